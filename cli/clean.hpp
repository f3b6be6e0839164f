// A clean: a retire for each key that a query finds, as one batch under one consent.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/clean_plan.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/holders.hpp"
#include "cli/key_scan.hpp"
#include "inventory/query.hpp"

namespace cli {

// What a command, a line of a search or the worker asks for.
struct CleanWords {
  inventory::Query query;
  std::vector<std::string> accounts;  // none: every account of the config
  std::optional<std::size_t> max;     // starts no more than this
  std::optional<CleanPlan> plan;      // exactly its ids
  Consents consents;                  // --yes, --accept
  std::string command;                // that asks for the same again
};

// A key that fits and is left as it is.
struct CleanRefusal {
  KeyRow row;
  std::string why;  // one word: "excluded", "held", "in_use", …
  rotation::Ending ending = rotation::Ending::needs_operator;
  rotation::Problem problem;
};

// A key whose retire can start: nothing stands against it.
struct CleanStart {
  KeyRow row;
  rotation::Prospect prospect;
};

struct Started {
  KeyRow row;
  rotation::RotationId rotation;
};

struct CleanReport {
  std::string batch;  // of what was started; empty: nothing was
  std::size_t matched = 0;
  std::size_t left = 0;  // of those, how many the caps leave for another run
  std::vector<CleanRefusal> refused;
  std::vector<CleanStart> would_start;  // chosen, and not started: a plan, a dry run, or no consent
  std::vector<Started> started;
  std::vector<Driven> rotations;   // as they stand now, those of earlier runs that fit as well
  std::vector<std::string> notes;  // for people: who was told, who could not be
  std::optional<Failure> failure;  // of the run as a whole
};

// The records by which a rotation of a batch comes under its one consent. `use`: the key's last use as it was shown;
// `keys`: how many were agreed to at once.
void record_consent(rotation::Journal& journal, const std::set<rotation::Step>& steps,
                    const std::optional<rotation::Time>& use, std::size_t keys, const rotation::Instant& now);

// What stands against each key is in the report, and stops no other. Throws Trouble for what stops all of them.
class Clean {
 public:
  Clean(House& house, const Config& config, CleanWords words);
  ~Clean();
  Clean(const Clean&) = delete;
  Clean& operator=(const Clean&) = delete;

  // Looks, and changes nothing: what would start, what stands against the others.
  void choose();
  // The one consent: from --yes, or at the terminal. False: not given, which is in the report.
  [[nodiscard]] bool agree();
  // The same from the config, for the worker.
  [[nodiscard]] bool agree(const std::set<rotation::Step>& steps);
  [[nodiscard]] const std::set<rotation::Step>& agreed() const { return steps_; }
  // Starts what was chosen, tells the owners, and goes on with all of it as far as it may.
  void act();
  [[nodiscard]] CleanReport& report() { return report_; }
  // Started by an earlier run, and part of this one.
  [[nodiscard]] const std::vector<rotation::Summary>& open() const { return open_; }

 private:
  struct Scan;
  void scan(Scan& found);
  void read_planned(Scan& found);
  void refuse(const KeyRow& row, std::string why, rotation::Ending ending, rotation::Problem problem);
  void require_known(const std::set<rotation::UserName>& seen);
  [[nodiscard]] bool excluded(const KeyRow& row) const;
  [[nodiscard]] bool stands_against(const KeyRow& row, std::size_t active);
  void find_open(const Scan& found);
  void sift(Scan& found);
  void survey(const KeyRow& row, const std::vector<Holder>& holders);
  void note_interrupt();
  [[nodiscard]] bool beyond_caps(const KeyRow& row) const;
  [[nodiscard]] rotation::Batch pins_for(const KeyRow& row);
  void start(const CleanStart& each, store::JournalStore& store, std::size_t keys);

  House& house_;
  const Config& config_;
  CleanWords words_;
  CleanReport report_;
  std::set<rotation::Step> steps_;                   // agreed to
  std::vector<rotation::Summary> open_;              // started by an earlier run, and part of this one
  std::map<rotation::RotationId, KeyRow> unagreed_;  // of those, without a consent: that run was cut short
  std::map<std::pair<rotation::AccountId, rotation::UserId>, std::vector<rotation::Summary>> open_users_;
  std::map<rotation::AccountName, std::size_t> of_account_;
};

}  // namespace cli
