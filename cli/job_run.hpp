// Runs a job's line in this process, by the same parser and the same command that a person would use.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/job_line.hpp"
#include "cli/reports.hpp"
#include "store/jobs.hpp"

namespace cli {

// Is it time for a job without an event? What was missed while nobody looked counts once.
[[nodiscard]] bool due(const store::Job& job, rotation::Time now);
// It ran while the clock was ahead, by more than one pass's clock may be off from the next one's.
[[nodiscard]] bool counted_ahead(const store::Job& job, rotation::Time now);
// When its schedule comes next; in the past where it is due. Empty: it waits for its event alone.
[[nodiscard]] std::optional<rotation::Time> next_time(const store::Job& job, rotation::Time now);

// What the line of a job names is there now: its target, its accounts; its query can be read. That they go later is told
// by the run. Throws Trouble (usage).
void require_meaning(House& house, const JobLine& line);

struct JobResult {
  std::string id;
  rotation::Ending ending = rotation::Ending::ok;
  std::string output;              // what it printed; of `--json` a document
  std::string warnings;            // what it would have said on stderr
  std::optional<Failure> failure;  // that it threw
};

enum class Output : bool { shown, kept };
// With its record in the journal. A job that a signal stops is left due.
[[nodiscard]] JobResult run_job(House& house, const store::Job& job, Output output);

}  // namespace cli
