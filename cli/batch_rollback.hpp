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

}  // namespace cli
