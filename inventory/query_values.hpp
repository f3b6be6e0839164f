// What a field is compared with: whether it fits the field.
#pragma once

#include "inventory/query_tokens.hpp"

namespace inventory {

// A field, how it is compared, and what with, as they were typed.
struct Typed {
  Field field{};
  Token named;  // the field
  Compare compare{};
  Token mark;  // the comparison
};

// Throws BadQuery where a field of this kind is not compared so.
void refuse_comparison_that_does_not_fit(const Typed& typed);
// One value, or the values of a list for `in` and `not in`. Throws BadQuery for one that does not fit the field.
[[nodiscard]] Operand operand_of(const Typed& typed, const Token& value);
[[nodiscard]] Operand operand_of(const Typed& typed, const std::vector<Token>& values);

// "age > 90d": a comparison of this field that reads.
[[nodiscard]] std::string example(const Typed& typed);

}  // namespace inventory
