// What can be asked of an access key: the fields of queries, of --sort and of --count-by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inventory/key_row.hpp"
#include "rotation/time.hpp"
#include "rotation/words.hpp"

namespace inventory {

enum class Field : std::uint8_t {
  account,
  provider,
  user,
  key,
  status,
  age,
  idle,
  created,
  last_used,
  service,
  region,
  never_used,
  slots
};

// What a field is compared with.
enum class Kind : std::uint8_t { text, status, span, time, flag, number };
[[nodiscard]] Kind kind_of(Field field);
// Has an order of its own, in which 9 comes before 10.
[[nodiscard]] bool measured(Field field);

// The value of a text field; nullopt where the row has none. A view into the row.
[[nodiscard]] std::optional<std::string_view> text_of(const KeyRow& row, Field field);
// Of any other: seconds of a span, seconds since 1970 of a time, 0 or 1 of a flag. `idle` and `last_used` have none for
// a key that was never used; they and `never_used` have none where the last use could not be read.
[[nodiscard]] std::optional<std::int64_t> number_of(const KeyRow& row, Field field, rotation::Time now);
// As a count shows it: spans in whole days, times as RFC 3339.
[[nodiscard]] std::optional<std::string> shown(const KeyRow& row, Field field, rotation::Time now);

}  // namespace inventory

template <>
struct rotation::Words<inventory::Field> {
  static constexpr std::array all{
      std::string_view{"account"}, std::string_view{"provider"}, std::string_view{"user"},
      std::string_view{"key"},     std::string_view{"status"},   std::string_view{"age"},
      std::string_view{"idle"},    std::string_view{"created"},  std::string_view{"last_used"},
      std::string_view{"service"}, std::string_view{"region"},   std::string_view{"never_used"},
      std::string_view{"slots"}};
};
