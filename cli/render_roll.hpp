// The roll call of those who used the old key, for people.
#pragma once

#include <string>

#include "cli/style.hpp"
#include "rotation/view.hpp"

namespace cli {

// Who used the old key, from where, with what, when, and whether the new one was seen there. Empty where the event
// history told nothing.
[[nodiscard]] std::string roll_text(const rotation::View& view, const Style& style);

}  // namespace cli
