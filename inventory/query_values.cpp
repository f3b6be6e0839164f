#include "inventory/query_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <stdexcept>
#include <utility>

#include "inventory/query_parse.hpp"

namespace inventory {
namespace {

using namespace std::string_view_literals;

struct KindWords {
  std::string_view what;      // it is compared with
  std::string_view compared;  // how it can be
  std::string_view example;
};

KindWords words_of(Kind kind) {
  switch (kind) {
    case Kind::text: return {"a text", "= != ~ in, not in", " not in [jenkins, ci]"};
    case Kind::status: return {"Active, Inactive or unusable", "= != ~ in, not in", " = Active"};
    case Kind::span: return {"a span of time such as 90d or 12h", "< <= > >=", " > 90d"};
    case Kind::time: return {"a date or a time of RFC 3339", "< <= > >= = !=", " < 2026-01-31"};
    case Kind::flag: return {"true or false", "= !=", " = true"};
    case Kind::number: return {"a number", "< <= > >= = != in, not in", " = 2"};
  }
  return {};
}

bool fits(Kind kind, Compare compare) {
  const bool ordered = compare <= Compare::at_least;
  const bool exact = compare == Compare::equal || compare == Compare::unequal;
  const bool listed = compare == Compare::in || compare == Compare::not_in;
  switch (kind) {
    case Kind::text:
    case Kind::status: return !ordered;
    case Kind::span: return ordered;
    case Kind::time: return ordered || exact;
    case Kind::flag: return exact;
    case Kind::number: return ordered || exact || listed;
  }
  return false;
}

[[noreturn]] void wrong_value(const Typed& typed, const Token& value, const std::string& why = {}) {
  const std::string field = typed.named.text;
  throw BadQuery({.at = value.at,
                  .length = value.length,
                  .message = why.empty()
                                 ? field + " is compared with " + std::string(words_of(kind_of(typed.field)).what) +
                                       ", and \"" + value.text + "\" is none"
                                 : why,
                  .fits = "write it as in " + example(typed)});
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "Active, Inactive or unusable"
std::string listed(std::span<const std::string_view> words) {
  std::string text;
  for (std::size_t at = 0; at < words.size(); ++at) {
    text += (at == 0 ? "" : at + 1 == words.size() ? " or " : ", ") + std::string(words[at]);
  }
  return text;
}

constexpr std::array providers{"aws"sv, "alibaba"sv};

// In whichever letters it was typed: one of few words, or the comparison holds of no key, and a negation of all.
std::string word_of(const Typed& typed, const Token& value, std::span<const std::string_view> known) {
  const auto same = [&](std::string_view word) {
    return std::ranges::equal(word, value.text, [](char left, char right) { return (left | 0x20) == (right | 0x20); });
  };
  const auto found = std::ranges::find_if(known, same);
  if (found != known.end()) return std::string(*found);
  throw BadQuery({.at = value.at,
                  .length = value.length,
                  .message = typed.named.text + " is " + listed(known) + ", and never \"" + value.text + "\"",
                  .fits = "write it as in " + example(typed),
                  .found = value.text,
                  .known = {known.begin(), known.end()}});
}

Operand text_operand(const Typed& typed, const Token& value) {
  if (value.text.empty()) wrong_value(typed, value, "an empty text is no value: no key has it");
  if (typed.compare == Compare::matches) {
    try {
      return Pattern{value.text};
    } catch (const std::invalid_argument& why) {
      wrong_value(typed, value, "\"" + value.text + "\" is no regular expression: " + why.what());
    }
  }
  if (typed.field == Field::status) return word_of(typed, value, rotation::Words<rotation::KeyStatus>::all);
  return typed.field == Field::provider ? word_of(typed, value, providers) : value.text;
}

Operand span_operand(const Typed& typed, const Token& value) {
  const auto span = rotation::parse_duration(value.text);
  if (span) return *span;
  if (whole_number(value.text)) {
    wrong_value(typed, value,
                "\"" + value.text + "\" has no unit: " + value.text + "d are days, " + value.text + "h hours");
  }
  wrong_value(typed, value);
}

Operand time_operand(const Typed& typed, const Token& value) {
  if (const auto time = rotation::parse_rfc3339(value.text)) return Moment{.first = *time};
  if (value.text.size() == 10) {
    if (const auto day = rotation::parse_rfc3339(value.text + "T00:00:00Z"))
      return Moment{.first = *day, .whole_day = true};
  }
  if (rotation::parse_duration(value.text)) {
    const std::string span = typed.field == Field::created ? "age" : "idle";
    wrong_value(typed, value,
                typed.named.text + " is a point in time; for the time since then there is " + span + ": " + span +
                    " > " + value.text);
  }
  wrong_value(typed, value);
}

}  // namespace

std::string example(const Typed& typed) {
  const bool list = typed.compare == Compare::in || typed.compare == Compare::not_in;
  if (list && typed.field == Field::status) return typed.named.text + " in [Active, Inactive]";
  if (typed.field == Field::provider) return typed.named.text + (list ? " in [aws, alibaba]" : " = aws");
  if (list && typed.field == Field::slots) return typed.named.text + " in [1, 2]";
  if (typed.compare == Compare::matches) return typed.named.text + " ~ '^ci-'";
  if (typed.compare == Compare::equal && kind_of(typed.field) == Kind::text) return typed.named.text + " = NAME";
  return typed.named.text + std::string(words_of(kind_of(typed.field)).example);
}

void refuse_comparison_that_does_not_fit(const Typed& typed) {
  const Kind kind = kind_of(typed.field);
  if (fits(kind, typed.compare)) return;
  Typed known = typed;
  known.compare = kind == Kind::text ? Compare::not_in : kind == Kind::status ? Compare::equal : Compare::above;
  throw BadQuery({.at = typed.mark.at,
                  .length = typed.mark.length,
                  .message = typed.named.text + " is " +
                             (kind == Kind::status ? "a word, and" : std::string(words_of(kind).what) + ", and") +
                             " not compared by " + std::string(rotation::word(typed.compare)) + ", but by " +
                             std::string(words_of(kind).compared),
                  .fits = "write it as in " + example(known)});
}

Operand operand_of(const Typed& typed, const Token& value) {
  switch (kind_of(typed.field)) {
    case Kind::text:
    case Kind::status: return text_operand(typed, value);
    case Kind::span: return span_operand(typed, value);
    case Kind::time: return time_operand(typed, value);
    case Kind::flag:
      if (value.text == "true") return true;
      if (value.text == "false") return false;
      wrong_value(typed, value);
    case Kind::number:
      if (const auto number = whole_number(value.text)) return *number;
      wrong_value(typed, value);
  }
  wrong_value(typed, value);
}

Operand operand_of(const Typed& typed, const std::vector<Token>& values) {
  Typed each = typed;  // of a list every value is as one that is compared by =
  each.compare = Compare::equal;
  Texts texts;
  Numbers numbers;
  for (const Token& value : values) {
    const Operand operand = operand_of(each, value);
    if (const auto* text = std::get_if<std::string>(&operand)) texts.push_back(*text);
    if (const auto* number = std::get_if<std::int64_t>(&operand)) numbers.push_back(*number);
  }
  const auto once = [](auto& list) {
    std::ranges::sort(list);
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  once(texts);
  once(numbers);
  if (kind_of(typed.field) == Kind::number) return numbers;
  return texts;
}

}  // namespace inventory
