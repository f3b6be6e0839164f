// "Did you mean …?" for a word that is not among those allowed.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cli {

// The allowed word that a slip of the finger would turn into `word`: at most two edits and less than half of it; a
// swap of neighbours is one edit. nullopt if none is near. The first of equals wins.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word, std::span<const std::string> allowed);

}  // namespace cli
