// What was started together, acted on and shown as one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/style.hpp"

namespace cli {

// "b-01J…", or the beginning of one.
[[nodiscard]] bool names_batch(std::string_view word);

struct Members {
  std::string batch;  // its whole id
  std::vector<rotation::RotationId> rotations;
  std::set<rotation::AccessKeyId> keys;
  std::vector<rotation::RotationId> unreadable;  // open, and nobody can say whether it is of this batch
};
// Told of with the batch: its key may be one that is to be turned on.
void add_unreadable(House& house, const store::JournalReader& reader, const Members& members, std::vector<Driven>& all);
// Those of the one batch that the word names. Throws Trouble (usage) where it names none or several.
[[nodiscard]] Members members_of(const std::optional<store::JournalReader>& reader, const std::string& word);

// Goes on with each under its recorded consent, as far as it may without a wait or a question, so many of them at once;
// with a line of progress.
[[nodiscard]] std::vector<Driven> advance_all(House& house, const std::vector<rotation::RotationId>& rotations,
                                              std::size_t width);

// "verified", "created, going back"
[[nodiscard]] std::string state_words(const rotation::View& view);
// "delete from 2026-03-01T…", or what keeps it; empty for one that is closed.
[[nodiscard]] std::string what_next(const RotationReport& report, rotation::Time now);
// "380 deactivated, 15 planned; 5 want a look"
[[nodiscard]] std::string counts_text(std::span<const RotationReport> reports);
// A line or two for a list: the counts, and the command that comes next.
[[nodiscard]] std::string batch_line(const std::string& batch, std::span<const RotationReport> reports,
                                     rotation::Time now, const Style& style);
// What was started together stands together, however many they are; the others each by themselves.
[[nodiscard]] std::string grouped_text(std::span<const RotationReport> reports, rotation::Time now, const Style& style);
// The same with a row for each key.
[[nodiscard]] std::string batch_text(const std::string& batch, std::span<const RotationReport> reports,
                                     rotation::Time now, const Style& style);
// {"batch","query","counts":{…},"rotations":[…]}
[[nodiscard]] std::string batch_json(const std::string& batch, std::span<const RotationReport> reports);

// Shows a batch and gives the exit code.
[[nodiscard]] int report_batch(House& house, const std::string& batch, const std::vector<Driven>& all);

}  // namespace cli
