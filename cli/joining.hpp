// A location joins a rotation that is open.
#pragma once

#include "cli/compose.hpp"

namespace cli {

// The record by which it joins, once it was seen to hold a key of this rotation, or to show nothing at all. Throws
// Trouble (needs_operator) where it holds another key or cannot be read.
[[nodiscard]] rotation::Draft joining(House& house, const rotation::View& view, const rotation::LocationSpec& spec,
                                      rotation::Location& place);

// A stop of `locations add`, with what it means for this rotation's keys.
[[nodiscard]] rotation::Trouble no_joining(const rotation::View& view, std::string message, std::string hint);

}  // namespace cli
