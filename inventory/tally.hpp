// Rows in an order, and how many there are of each.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "inventory/field.hpp"

namespace inventory {

// Ascending; rows without a value come last, equal ones keep their order.
void sort_rows(std::vector<KeyRow>& rows, Field field);

struct Tally {
  std::map<std::string, std::size_t> values;
  std::size_t matched = 0;    // rows with a value
  std::size_t unmatched = 0;  // rows without one

  void add(const KeyRow& row, Field field);
  // The rarest first, as Resoto prints them; equal ones by value.
  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> by_number() const;
};
}  // namespace inventory
