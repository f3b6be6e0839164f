// Which records `history` shows, as it was asked for.
#pragma once

#include <optional>
#include <string>

#include "cli/compose.hpp"
#include "cli/options.hpp"
#include "store/history.hpp"

namespace cli {

struct HistoryWords {
  std::optional<std::string> rotation, account, user, key, actor, kind, step, location, since, until, text;
  int limit = -1;  // not given
  bool reverse = false;
  std::optional<std::string> head;
};

void describe_filters(Describer& command, HistoryWords& words);
// Throws Trouble (usage) for words that mean nothing. There is a journal.
[[nodiscard]] store::HistoryFilter filter_of(House& house, const HistoryWords& words,
                                             const std::optional<store::JournalReader>& reader);
// For verify and export. Throws Trouble (usage) if any filter was given.
void refuse_filters(const std::string& command, const HistoryWords& words);

}  // namespace cli
