// Queries and what is none, by the same dice each time.
#pragma once

#include <random>
#include <string>

#include "inventory/query.hpp"

namespace inventory::testing {

using Dice = std::mt19937;  // the standard says what it throws, on every machine

// Of 0 to `sides` - 1.
[[nodiscard]] std::size_t thrown(Dice& dice, std::size_t sides);
[[nodiscard]] Condition any_condition(Dice& dice, int depth);
[[nodiscard]] KeyRow any_row(Dice& dice);

}  // namespace inventory::testing
