// A question that one access key answers with yes, no, or "not known": what `keys --where`, `search` and `clean` share.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "inventory/field.hpp"
#include "inventory/pattern.hpp"

namespace inventory {

// Kleene's logic. A comparison of a missing value is `unknown`, and so is its negation: neither is a match.
enum class Truth : std::uint8_t { no, unknown, yes };

enum class Compare : std::uint8_t { below, at_most, above, at_least, equal, unequal, matches, in, not_in };

// A point in time, or the whole of a day (UTC): a later time comes after its end, an earlier one before its beginning.
struct Moment {
  rotation::Time first{};
  bool whole_day = false;
  bool operator==(const Moment&) const = default;
};
using Texts = std::vector<std::string>;  // sorted, each once
using Numbers = std::vector<std::int64_t>;
using Operand = std::variant<std::string, Texts, Pattern, rotation::Seconds, Moment, bool, std::int64_t, Numbers>;

struct Comparison {
  Field field{};
  Compare compare{};
  Operand with;
  bool operator==(const Comparison&) const = default;
};

struct Condition {
  enum class Form : std::uint8_t { always, comparison, all, any, negation };
  Form form = Form::always;
  std::optional<Comparison> comparison;  // of that form alone
  std::vector<Condition> parts;          // of all, any (two or more) and negation (one)
  bool operator==(const Condition&) const = default;
};

class Query {
 public:
  Query() = default;  // every key
  explicit Query(Condition condition) : condition_(std::move(condition)) {}

  [[nodiscard]] Truth truth(const KeyRow& row, rotation::Time now) const;
  [[nodiscard]] bool matches(const KeyRow& row) const { return truth(row, row.seen_at) == Truth::yes; }
  // In one form, which reads back as the same query: for plans, jobs and people.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] const Condition& condition() const noexcept { return condition_; }
  bool operator==(const Query&) const = default;

 private:
  Condition condition_;
};

[[nodiscard]] Condition one(Comparison comparison);
// Nested ones of the same form become one; what always holds is left out of `all`.
[[nodiscard]] Condition all(std::vector<Condition> parts);
[[nodiscard]] Condition any(std::vector<Condition> parts);
[[nodiscard]] Condition negation(Condition part);

[[nodiscard]] Query both(const Query& left, const Query& right);
// idle > span or (never_used and age > span)
[[nodiscard]] Query unused_for(rotation::Seconds span);

// What of a text field the query keeps out by `not in`, `!=` or a negated `in`, `=`, `~`: a slip of the hand in one of
// them lets through what should have been spared.
struct Excluded {
  std::vector<std::string> names;  // each once, in order
  std::vector<Pattern> patterns;
};
[[nodiscard]] Excluded excluded(const Query& query, Field field);
// Whatever the query finds was unused for longer than this, or never used and is older; nullopt where that is not so.
[[nodiscard]] std::optional<rotation::Seconds> implies_unused_for(const Query& query);
// The same question of keys that were never used, with their age for the idle time that they lack; nullopt for a query
// that doesn't ask for idle time, or asks for never_used itself.
[[nodiscard]] std::optional<Query> of_the_never_used(const Query& query);

}  // namespace inventory

template <>
struct rotation::Words<inventory::Compare> {
  static constexpr std::array all{std::string_view{"<"},  std::string_view{"<="}, std::string_view{">"},
                                  std::string_view{">="}, std::string_view{"="},  std::string_view{"!="},
                                  std::string_view{"~"},  std::string_view{"in"}, std::string_view{"not in"}};
};
