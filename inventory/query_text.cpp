// A query in its one form.
#include <algorithm>

#include "inventory/query.hpp"
#include "inventory/query_tokens.hpp"

namespace inventory {
namespace {

using Form = Condition::Form;

std::string literal(const std::string& text) {
  if (is_plain_word(text)) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

template <class Items, class Say>
std::string list_of(const Items& items, Say say) {
  std::string text = "[";
  for (const auto& item : items) text += (text.size() > 1 ? ", " : "") + say(item);
  return text + "]";
}

struct OperandText {
  std::string operator()(const std::string& text) const { return literal(text); }
  std::string operator()(const Texts& texts) const { return list_of(texts, literal); }
  std::string operator()(const Pattern& pattern) const { return literal(pattern.text()); }
  std::string operator()(rotation::Seconds span) const { return rotation::duration_text(span); }
  std::string operator()(const Moment& moment) const {
    const std::string time = rotation::rfc3339(moment.first);
    return moment.whole_day ? time.substr(0, 10) : time;
  }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(const Numbers& numbers) const {
    return list_of(numbers, [](std::int64_t number) { return std::to_string(number); });
  }
};

std::string text_of(const Comparison& comparison) {
  const std::string field(rotation::word(comparison.field));
  if (comparison.compare == Compare::equal && comparison.with == Operand{true}) return field;
  return field + " " + std::string(rotation::word(comparison.compare)) + " " +
         std::visit(OperandText{}, comparison.with);
}

std::string text_of(const Condition& condition);

std::string part_text(const Condition& part) {
  const bool composed = part.form == Form::all || part.form == Form::any;
  return composed ? "(" + text_of(part) + ")" : text_of(part);
}

std::string text_of(const Condition& condition) {
  switch (condition.form) {
    case Form::always: return "is(access_key)";
    case Form::comparison: return text_of(*condition.comparison);
    case Form::negation: return "not " + part_text(condition.parts.front());
    case Form::all:
    case Form::any: break;
  }
  std::string text;
  for (const Condition& part : condition.parts) {
    if (!text.empty()) text += condition.form == Form::all ? " and " : " or ";
    text += part_text(part);
  }
  return text;
}

}  // namespace

std::string Query::text() const { return text_of(condition_); }

}  // namespace inventory
