// From a rotation in the journal to the engine and back to the person: shared by rotate, retire, resume and rollback.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"

namespace cli {

// One rotation after a command: where it stands, and how the command ended with it.
struct Driven {
  rotation::View view;
  std::optional<Failure> failure;
  std::set<std::string> unused;  // words of --accept that nothing asked for
  bool row_only = false;         // its records cannot be read: the view has what stands in its row, no more
  [[nodiscard]] rotation::Ending ending() const { return failure ? failure->ending : rotation::Ending::ok; }
};

// Runs `work` and turns its ending, or the trouble it threw, into what to report. The lease is released.
[[nodiscard]] Driven drive(rotation::Journal& journal, const std::function<rotation::Result()>& work);

// Opens the rotation that was surveyed and goes as far as it may.
[[nodiscard]] Driven start_and_go(House& house, Bench& bench, const rotation::Prospect& prospect,
                                  const rotation::Wishes& wishes);
// The words of --accept that the records since `before` show no use of.
[[nodiscard]] std::set<std::string> unused_words(const store::JournalReader& reader, const rotation::View& before,
                                                 const rotation::Wishes& wishes);
// Who answers what the consent for a batch does not cover: whoever is at the terminal, or nobody.
enum class Person { asked, nobody };
// Goes on with an open rotation from what its journal pins; a closed one is only shown.
[[nodiscard]] Driven go_on(House& house, store::JournalStore& store, const rotation::RotationId& id,
                           const rotation::Wishes& wishes, Person whom = Person::asked);
// What a dry run found: the rotation as it would stand, and each effect that did not happen, a line each.
struct Rehearsed {
  Driven driven;
  std::vector<std::string> would;
};
[[nodiscard]] Rehearsed rehearse(House& house, store::JournalStore& store, const rotation::RotationId& id,
                                 const rotation::Wishes& wishes);
[[nodiscard]] Rehearsed rehearse_rollback(House& house, store::JournalStore& store, const rotation::RotationId& id,
                                          const std::string& reason, const rotation::Wishes& wishes);
[[nodiscard]] Rehearsed rehearse_start(House& house, Bench& bench, const rotation::Prospect& prospect,
                                       const rotation::Wishes& wishes);

[[nodiscard]] std::vector<RotationReport> reports_of(std::span<const Driven> all, const rotation::Instant& now);
// What went wrong with each, for people, on stderr.
void warn_of_failures(const Options& options, std::span<const Driven> all);

// Shows one rotation and gives the exit code.
[[nodiscard]] int report(House& house, const Driven& driven);
// Shows several, as `{"rotations":[…]}` with --json.
[[nodiscard]] int report_all(House& house, const std::vector<Driven>& all);
[[nodiscard]] int report(House& house, const Rehearsed& rehearsed);
[[nodiscard]] int report_turned(House& house, const rotation::Turned& turned);

}  // namespace cli
