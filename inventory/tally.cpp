#include "inventory/tally.hpp"

#include <algorithm>
#include <utility>

namespace inventory {
namespace {

template <class V>
bool before(const std::optional<V>& left, const std::optional<V>& right) {
  return left && (!right || *left < *right);
}

}  // namespace

void sort_rows(std::vector<KeyRow>& rows, Field field, rotation::Time now) {
  std::ranges::stable_sort(rows, [&](const KeyRow& left, const KeyRow& right) {
    if (measured(field)) return before(number_of(left, field, now), number_of(right, field, now));
    return before(text_of(left, field), text_of(right, field));
  });
}

std::vector<std::pair<std::string, std::size_t>> Tally::by_number() const {
  std::vector<std::pair<std::string, std::size_t>> list(values.begin(), values.end());
  std::ranges::stable_sort(list, {}, &std::pair<std::string, std::size_t>::second);
  return list;
}

Tally tally(const std::vector<KeyRow>& rows, Field field, rotation::Time now) {
  Tally count;
  for (const KeyRow& row : rows) {
    if (auto value = shown(row, field, now)) {
      ++count.values[std::move(*value)];
      ++count.matched;
    } else {
      ++count.unmatched;
    }
  }
  return count;
}

}  // namespace inventory
