// A query's text, cut into tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/query.hpp"

namespace inventory {

struct Token {
  enum class Kind : std::uint8_t { word, quoted, compare, open, close, list_open, list_close, comma, pipe, arrow, end };
  Kind kind = Kind::end;
  std::string text;                // without its quotes
  std::size_t at = 0, length = 1;  // bytes of the query
};

constexpr std::size_t longest_query = 64 * 1024;

// Ends with an `end`. Throws BadQuery.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view text);
// Without regard to case: `and`, `or`, `not`, `in`.
[[nodiscard]] bool is_keyword(const Token& token, std::string_view keyword);
[[nodiscard]] bool is_any_keyword(const Token& token);
// Stands as a value without quotes.
[[nodiscard]] bool is_plain_word(std::string_view text);

}  // namespace inventory
