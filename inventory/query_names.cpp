// What a query names, and what it leaves out without saying so.
#include <algorithm>

#include "inventory/query.hpp"

namespace inventory {
namespace {

using Form = Condition::Form;
enum class Sense : bool { as_it_stands, negated };

Sense opposite(Sense sense) { return sense == Sense::negated ? Sense::as_it_stands : Sense::negated; }

void collect(const Condition& condition, Field field, Sense sense, std::vector<std::string>& names) {
  for (const Condition& part : condition.parts) {
    collect(part, field, condition.form == Form::negation ? opposite(sense) : sense, names);
  }
  if (condition.form != Form::comparison || condition.comparison->field != field) return;
  const auto [_, compare, with] = *condition.comparison;
  const bool keeps_out = compare == Compare::unequal || compare == Compare::not_in;
  const bool lets_in = compare == Compare::equal || compare == Compare::in;
  if (sense == Sense::as_it_stands ? !keeps_out : !lets_in) return;
  if (const auto* text = std::get_if<std::string>(&with)) names.push_back(*text);
  if (const auto* texts = std::get_if<Texts>(&with)) names.insert(names.end(), texts->begin(), texts->end());
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

std::vector<std::string> excluded(const Query& query, Field field) {
  std::vector<std::string> names;
  collect(query.condition(), field, Sense::as_it_stands, names);
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::optional<Query> of_the_never_used(const Query& query) {
  if (!asks_for(query.condition(), Field::idle) || asks_for(query.condition(), Field::never_used)) return std::nullopt;
  return Query{all({one({.field = Field::never_used, .compare = Compare::equal, .with = true}),
                    with_age_for_idle(query.condition())})};
}

}  // namespace inventory
