// The worker: one pass over everything that runs by itself.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/job_run.hpp"
#include "cli/unattended.hpp"
#include "cli/worker_due.hpp"

namespace cli {

// A part of the pass that could not be done; the others were.
struct StageTrouble {
  std::string stage;  // "config", "collect", …
  Failure failure;
};

// An open rotation that goes no further without a person.
struct Asking {
  std::string rotation, target, why, command;
};

// What the clean-up of the config did, or would have done.
struct CleanPart {
  std::vector<std::string> lines;  // for people
  std::string document;            // the same as JSON; empty: there was none
  rotation::Ending ending = rotation::Ending::ok;
};

struct PassReport {
  rotation::Time began{}, ended{};
  std::optional<std::size_t> keys;      // that the scan saw; empty: there was none
  std::vector<std::string> incomplete;  // accounts that could not be read
  std::vector<JobResult> jobs;
  CleanPart clean;
  std::size_t open = 0, waiting = 0;
  std::optional<rotation::Time> next_due;  // of those that wait
  std::vector<Asking> asking;
  std::vector<Driven> advanced;
  std::vector<UnattendedStart> started;
  std::vector<std::string> notes;
  std::vector<StageTrouble> troubles;
  bool interrupted = false;

  // Of everything together, as of several rotations.
  [[nodiscard]] rotation::Ending ending() const;
};

// Everything: collect, jobs, clean, what is due, metrics; or the scheduled jobs alone, whose time came between two of
// those.
enum class PassKind : bool { whole, jobs };
// Throws nothing that a later pass could do better: what went wrong is in the report, and in the log.
[[nodiscard]] PassReport run_pass(const Options& options, PassKind kind);

[[nodiscard]] std::string pass_json(const PassReport& report, const rotation::Instant& now);
[[nodiscard]] std::string pass_text(const PassReport& report, const rotation::Instant& now, const Style& style);

// Where the clean-up and the metrics hang in. What they have to say goes into the report; trouble is thrown.
void clean_by_itself(House& house, const Config& config, PassReport& report);
void push_metrics(House& house, const Config& config, PassReport& report);

}  // namespace cli
