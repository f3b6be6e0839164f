// One place where an enumerator and its word meet, for the journal, JSON, SQL and people alike.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace rotation {

// Specialised beside each enum: `static constexpr std::array all{"first"sv, …}` in the enumerators' order.
template <class E>
struct Words;

template <class E>
concept Worded = requires {
  Words<E>::all.size();
};

template <Worded E>
[[nodiscard]] constexpr std::string_view word(E value) {
  return Words<E>::all.at(static_cast<std::size_t>(value));
}

template <Worded E>
[[nodiscard]] constexpr std::optional<E> parse_word(std::string_view text) {
  for (std::size_t i = 0; i < Words<E>::all.size(); ++i) {
    if (Words<E>::all[i] == text) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace rotation
