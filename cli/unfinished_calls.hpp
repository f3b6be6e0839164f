// Single calls that the journal began and never saw the end of: a process that was killed, a journal that was lost
// between the two records.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rotation/ports.hpp"
#include "rotation/record.hpp"
#include "rotation/view.hpp"
#include "store/journal_reader.hpp"

namespace cli {

// The clouds' clocks and this one's, and the time that a call takes: a younger one may still be under way.
inline constexpr rotation::Seconds call_is_over{15 * 60};

struct UnfinishedCalls {
  std::vector<rotation::Record> intents;  // without an outcome, oldest first
  std::set<rotation::AccessKeyId> made;   // keys of which the journal knows who made them
};
// Of one user; or (for none) of all that were begun since then.
[[nodiscard]] UnfinishedCalls unfinished_calls(const store::JournalReader& reader, const rotation::Target& target);
[[nodiscard]] UnfinishedCalls unfinished_calls(const store::JournalReader& reader, rotation::Time since);

// "key deactivate of AKIA… at 2026-…Z by ops"
[[nodiscard]] std::string call_words(const rotation::Record& intent);
// The key that came with it, where one of these did: nobody may have its secret.
[[nodiscard]] std::optional<rotation::AccessKey> made_by(const rotation::Record& create, const UnfinishedCalls& calls,
                                                         const std::vector<rotation::AccessKey>& keys);
// Names mean another user, or another account, once they are given anew.
[[nodiscard]] bool of_same_user(const rotation::Record& intent, const rotation::Target& target);
// How the key of the call stands among the user's keys: "Active", "Inactive", "absent"; "no new key" of a create. What
// the call did to it that does not tell: others may have been at it since.
[[nodiscard]] std::string seen_of(const rotation::Record& intent, const std::vector<rotation::AccessKey>& keys);

}  // namespace cli
