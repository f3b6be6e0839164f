// A clean: a retire for each key that a query finds, as one batch under one consent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/clean_evidence.hpp"
#include "cli/clean_plan.hpp"
#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/holders.hpp"
#include "cli/key_scan.hpp"
#include "cli/unattended.hpp"
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

// The one consent of a batch: to which steps, for how many keys at once, and whether a config gave it or a person.
struct BatchConsent {
  std::set<rotation::Step> steps;
  std::size_t keys = 0;
  bool by_config = false;
};
// The records by which a rotation comes under it. `use`: the key's last use as it was shown.
void record_consent(rotation::Journal& journal, const BatchConsent& consent, const std::optional<rotation::Time>& use,
                    const rotation::Instant& now);

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
  // Starts what was chosen, tells the owners, and goes on with all of it as far as it may.
  void act();
  [[nodiscard]] CleanReport& report() { return report_; }
  // Started by an earlier run, and part of this one.
  [[nodiscard]] const std::vector<rotation::Summary>& open() const { return open_; }

 private:
  struct Match {
    KeyRow row;
    std::set<rotation::AccessKeyId> active;  // the user's Active keys, with or without this one
  };
  struct Scan;
  void scan(Scan& found);
  void read_planned(Scan& found);
  void refuse(const KeyRow& row, std::string why, rotation::Ending ending, rotation::Problem problem);
  void once_each(Scan& found);
  using Texts = std::set<std::string, std::less<>>;
  using SeenTexts = std::map<inventory::Field, Texts>;
  void require_known(const std::set<rotation::UserName>& users, const SeenTexts& seen);
  void require_spared(inventory::Field field, const Texts& seen);
  void find_open(const Scan& found);
  [[nodiscard]] bool stands_against(const KeyRow& row);
  void sift(Scan& found);
  [[nodiscard]] Names names_of_account(const rotation::AccountName& name, const rotation::AccountId& id) const;
  [[nodiscard]] bool leaves_a_target_without_key(const Match& match) const;
  [[nodiscard]] bool stands_in_the_way(const Match& match, const std::vector<Holder>& holders);
  void look_at_all(const std::vector<Match>& matched, const Sweeps& swept);
  void take(const KeyRow& row);
  void give_back(const KeyRow& row);
  using Looked = std::variant<CleanStart, CleanRefusal>;
  [[nodiscard]] Looked look(const Match& match) const;
  void note_interrupt();
  [[nodiscard]] bool beyond_caps(const KeyRow& row) const;
  [[nodiscard]] rotation::Batch pins_for(const Match& match) const;
  void start(const CleanStart& each, store::JournalStore& store);

  House& house_;
  const Config& config_;
  CleanWords words_;
  CleanReport report_;
  using User = std::pair<rotation::AccountId, rotation::UserId>;
  std::int64_t last_record_ = 0;  // of the journal, before this run began to look
  BatchConsent consent_;
  Reports reports_;                      // of accounts that have keys which are off already
  std::vector<rotation::Summary> open_;  // started by an earlier run, and part of this one
  // Of those, without a consent, as that run was cut short: they stand before the same checks as the others, and here
  // once those are passed.
  std::map<rotation::AccessKeyId, rotation::RotationId> without_consent_;
  std::map<rotation::RotationId, KeyRow> unagreed_;
  std::map<User, std::vector<rotation::Summary>> open_users_;
  std::map<rotation::AccountId, Names> names_;  // as the scan met them
  std::size_t taken_ = 0;                       // of this run, of each account
  std::map<rotation::AccountName, std::size_t> of_account_;
  std::map<User, std::set<rotation::AccessKeyId>> to_go_;  // those of this run, and of every open retire
};

}  // namespace cli
