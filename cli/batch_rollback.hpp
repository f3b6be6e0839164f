// The way back of what was started together.
#pragma once

#include <optional>
#include <string>

#include "cli/compose.hpp"

namespace cli {

// Every key Active first, and only then the rest for any of them. A key that was off before stays off. Gives the exit
// code.
[[nodiscard]] int roll_back_batch(House& house, const std::optional<store::JournalReader>& reader,
                                  const std::string& word, const std::string& reason);

// Named, a batch comes back whole; without a name what is open is meant, and nothing that has gone already.
// Throws Trouble (needs_operator) where some of it would come back from a recycle bin.
void refuse_what_is_closed(const store::JournalReader& reader, const std::string& batch, const std::string& reason);

}  // namespace cli
