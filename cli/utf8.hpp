// Code points of a text whose encoding is not to be trusted.
#pragma once

#include <cstddef>
#include <string_view>

namespace cli::utf8 {

struct Point {
  char32_t value = 0;
  std::size_t length = 1;  // bytes; 1 where they are no UTF-8
  bool valid = false;      // overlong forms and surrogates are not
};

// The first code point of a text that is not empty.
[[nodiscard]] Point first(std::string_view text);
// How many columns of a terminal it takes: 0, 1 or 2.
[[nodiscard]] std::size_t columns(char32_t point);

}  // namespace cli::utf8
