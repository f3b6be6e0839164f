// From the text of a query to what it means.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inventory/query.hpp"

namespace inventory {

// Where a query cannot be read, and what would fit there.
struct Fault {
  std::size_t at = 0, length = 1;  // bytes; `at` is the size of the text where its end came too early
  std::string message;             // goes on after "The query cannot be read at column N: "
  std::string fits;                // an example, or what to do
  std::string found;               // a word that is not known here
  std::vector<std::string> known;  // those that are
};

class BadQuery : public std::exception {
 public:
  explicit BadQuery(Fault fault) : fault_(std::move(fault)) {}
  [[nodiscard]] const Fault& fault() const noexcept { return fault_; }
  [[nodiscard]] const char* what() const noexcept override { return fault_.message.c_str(); }

 private:
  Fault fault_;
};

// What a search does with the keys that it finds.
struct Search {
  enum class Then : std::uint8_t { list, count, clean };
  Query query;
  Then then = Then::list;
  std::optional<Field> by;  // of a count; without it only the totals
};

// Throws BadQuery.
[[nodiscard]] Query parse_query(std::string_view text);
// The same with an optional `search` before it and a `| count FIELD` or `| clean` behind it.
[[nodiscard]] Search parse_search(std::string_view text);

// The words of every field.
[[nodiscard]] std::vector<std::string> field_words();

}  // namespace inventory
