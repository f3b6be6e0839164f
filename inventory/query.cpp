#include "inventory/query.hpp"

#include <algorithm>
#include <utility>

namespace inventory {
namespace {

using Form = Condition::Form;

Truth inverse(Truth truth) {
  if (truth == Truth::unknown) return truth;
  return truth == Truth::yes ? Truth::no : Truth::yes;
}

bool holds(std::int64_t value, Compare compare, std::int64_t first, std::int64_t past) {
  switch (compare) {
    case Compare::below: return value < first;
    case Compare::at_most: return value < past;
    case Compare::above: return value >= past;
    case Compare::at_least: return value >= first;
    case Compare::equal: return value >= first && value < past;
    case Compare::unequal: return value < first || value >= past;
    case Compare::matches:
    case Compare::in:
    case Compare::not_in: break;
  }
  return false;
}

// Whether a text field's value is as the comparison wants it.
struct TextHolds {
  std::string_view value;
  Compare compare;
  bool operator()(const std::string& text) const { return (value == text) == (compare == Compare::equal); }
  bool operator()(const Texts& texts) const {
    return std::binary_search(texts.begin(), texts.end(), value, std::less<>{}) == (compare == Compare::in);
  }
  bool operator()(const Pattern& pattern) const { return pattern.found_in(value); }
  bool operator()(const auto& /*no text*/) const { return false; }
};

struct NumberHolds {
  std::int64_t value;
  Compare compare;
  bool operator()(std::int64_t number) const { return holds(value, compare, number, number + 1); }
  bool operator()(bool flag) const { return holds(value, compare, flag ? 1 : 0, flag ? 2 : 1); }
  bool operator()(rotation::Seconds span) const { return holds(value, compare, span.count(), span.count() + 1); }
  bool operator()(const Moment& moment) const {
    const std::int64_t first = moment.first.time_since_epoch().count();
    return holds(value, compare, first, first + (moment.whole_day ? 86400 : 1));
  }
  bool operator()(const Numbers& numbers) const {
    return (std::ranges::find(numbers, value) != numbers.end()) == (compare == Compare::in);
  }
  bool operator()(const auto& /*a text*/) const { return false; }
};

Truth truth_of(const Comparison& comparison, const KeyRow& row, rotation::Time now) {
  const auto said = [](bool holds) { return holds ? Truth::yes : Truth::no; };
  if (measured(comparison.field)) {
    const auto number = number_of(row, comparison.field, now);
    return number ? said(std::visit(NumberHolds{*number, comparison.compare}, comparison.with)) : Truth::unknown;
  }
  const auto text = text_of(row, comparison.field);
  return text ? said(std::visit(TextHolds{*text, comparison.compare}, comparison.with)) : Truth::unknown;
}

Truth truth_of(const Condition& condition, const KeyRow& row, rotation::Time now) {
  switch (condition.form) {
    case Form::always: return Truth::yes;
    case Form::comparison: return truth_of(*condition.comparison, row, now);
    case Form::negation: return inverse(truth_of(condition.parts.front(), row, now));
    case Form::all: {
      Truth least = Truth::yes;
      for (const Condition& part : condition.parts) {
        least = std::min(least, truth_of(part, row, now));
        if (least == Truth::no) break;
      }
      return least;
    }
    case Form::any: {
      Truth most = Truth::no;
      for (const Condition& part : condition.parts) {
        most = std::max(most, truth_of(part, row, now));
        if (most == Truth::yes) break;
      }
      return most;
    }
  }
  return Truth::unknown;
}

Condition joined(Form form, std::vector<Condition> parts) {
  std::vector<Condition> flat;
  for (Condition& part : parts) {
    if (part.form == form) {
      std::ranges::move(part.parts, std::back_inserter(flat));
    } else if (form != Form::all || part.form != Form::always) {
      flat.push_back(std::move(part));
    }
  }
  if (flat.empty()) return {};
  if (flat.size() == 1) return std::move(flat.front());
  return {.form = form, .parts = std::move(flat)};
}

}  // namespace

Condition one(Comparison comparison) { return {.form = Form::comparison, .comparison = std::move(comparison)}; }
Condition all(std::vector<Condition> parts) { return joined(Form::all, std::move(parts)); }
Condition any(std::vector<Condition> parts) { return joined(Form::any, std::move(parts)); }

Condition negation(Condition part) {
  Condition negated{.form = Form::negation};
  negated.parts.push_back(std::move(part));
  return negated;
}

Truth Query::truth(const KeyRow& row, rotation::Time now) const { return truth_of(condition_, row, now); }

Query both(const Query& left, const Query& right) { return Query{all({left.condition(), right.condition()})}; }

Query unused_for(rotation::Seconds span) {
  return Query{any({one({.field = Field::idle, .compare = Compare::above, .with = span}),
                    all({one({.field = Field::never_used, .compare = Compare::equal, .with = true}),
                         one({.field = Field::age, .compare = Compare::above, .with = span})})})};
}

}  // namespace inventory
