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

void sort_rows(std::vector<KeyRow>& rows, Field field) {
  std::ranges::stable_sort(rows, [&](const KeyRow& left, const KeyRow& right) {
    if (measured(field)) return before(number_of(left, field, left.seen_at), number_of(right, field, right.seen_at));
    return before(text_of(left, field), text_of(right, field));
  });
}

std::vector<std::pair<std::string, std::size_t>> Tally::by_number() const {
  std::vector<std::pair<std::string, std::size_t>> list(values.begin(), values.end());
  std::ranges::stable_sort(list, {}, &std::pair<std::string, std::size_t>::second);
  return list;
}

void Tally::add(const KeyRow& row, Field field) {
  if (auto value = shown(row, field, row.seen_at)) {
    ++values[std::move(*value)];
    ++matched;
  } else {
    ++unmatched;
  }
}

}  // namespace inventory
