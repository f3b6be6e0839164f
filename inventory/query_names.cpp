// What a query names, and what it leaves out without saying so.
#include <algorithm>

#include "inventory/query.hpp"

namespace inventory {
namespace {

using Form = Condition::Form;
enum class Sense : bool { as_it_stands, negated };

Sense opposite(Sense sense) { return sense == Sense::negated ? Sense::as_it_stands : Sense::negated; }

void collect(const Condition& condition, Field field, Sense sense, Excluded& found) {
  for (const Condition& part : condition.parts) {
    collect(part, field, condition.form == Form::negation ? opposite(sense) : sense, found);
  }
  if (condition.form != Form::comparison || condition.comparison->field != field) return;
  const auto& [_, compare, with] = *condition.comparison;
  const bool keeps_out = compare == Compare::unequal || compare == Compare::not_in;
  const bool lets_in = compare == Compare::equal || compare == Compare::in || compare == Compare::matches;
  if (sense == Sense::as_it_stands ? !keeps_out : !lets_in) return;
  std::vector<std::string>& names = found.names;
  if (const auto* text = std::get_if<std::string>(&with)) names.push_back(*text);
  if (const auto* texts = std::get_if<Texts>(&with)) names.insert(names.end(), texts->begin(), texts->end());
  if (const auto* pattern = std::get_if<Pattern>(&with)) found.patterns.push_back(*pattern);
}

bool asks_for(const Condition& condition, Field field) {
  if (condition.form == Form::comparison) return condition.comparison->field == field;
  return std::ranges::any_of(condition.parts, [&](const Condition& part) { return asks_for(part, field); });
}

Condition with_age_for_idle(Condition condition) {
  if (condition.form == Form::comparison && condition.comparison->field == Field::idle) {
    condition.comparison->field = Field::age;
  }
  for (Condition& part : condition.parts) part = with_age_for_idle(std::move(part));
  return condition;
}

}  // namespace

Excluded excluded(const Query& query, Field field) {
  Excluded found;
  collect(query.condition(), field, Sense::as_it_stands, found);
  std::ranges::sort(found.names);
  found.names.erase(std::unique(found.names.begin(), found.names.end()), found.names.end());
  return found;
}

std::optional<Query> of_the_never_used(const Query& query) {
  if (!asks_for(query.condition(), Field::idle) || asks_for(query.condition(), Field::never_used)) return std::nullopt;
  return Query{all({one({.field = Field::never_used, .compare = Compare::equal, .with = true}),
                    with_age_for_idle(query.condition())})};
}

namespace {

bool asks_never_used(const Condition& part) {
  if (!part.comparison || part.comparison->field != Field::never_used) return false;
  const bool* wanted = std::get_if<bool>(&part.comparison->with);
  return wanted != nullptr && (part.comparison->compare == Compare::equal) == *wanted;
}

std::optional<rotation::Seconds> least(const Condition& condition, Field field) {
  if (!condition.comparison || condition.comparison->field != field) return std::nullopt;
  const auto* span = std::get_if<rotation::Seconds>(&condition.comparison->with);
  const Compare compare = condition.comparison->compare;
  if (span == nullptr || (compare != Compare::above && compare != Compare::at_least)) return std::nullopt;
  return *span;
}

std::optional<rotation::Seconds> implied(const Condition& condition) {
  std::optional<rotation::Seconds> found;
  switch (condition.form) {
    case Condition::Form::comparison: return least(condition, Field::idle);
    case Condition::Form::all: {
      const bool never_used = std::ranges::any_of(condition.parts, asks_never_used);
      for (const Condition& part : condition.parts) {
        const auto one = never_used ? std::max(implied(part), least(part, Field::age)) : implied(part);
        found = std::max(found, one);
      }
      return found;
    }
    case Condition::Form::any:
      for (const Condition& part : condition.parts) {
        const auto one = implied(part);
        if (!one) return std::nullopt;
        found = found ? std::min(*found, *one) : *one;
      }
      return found;
    case Condition::Form::always:
    case Condition::Form::negation: break;
  }
  return std::nullopt;
}

}  // namespace

std::optional<rotation::Seconds> implies_unused_for(const Query& query) { return implied(query.condition()); }

}  // namespace inventory
