#include "providers/alibaba_ram/policies.hpp"

#include <algorithm>
#include <utility>

namespace alibaba_ram {
namespace {

// ---- patterns -----------------------------------------------------------------------------------------------------

std::string lower(std::string_view text) {
  std::string small{text};
  std::ranges::transform(small, small.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return small;
}

// Does everything that `text`, a pattern itself, stands for fit `pattern`? A star of the text is a sign of its own
// here, which only a star of the pattern takes in.
bool covers(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0;
  std::optional<std::pair<std::size_t, std::size_t>> back;  // where the last star stood, and what it had taken in
  while (t < text.size()) {
    const bool star = p < pattern.size() && pattern[p] == '*';
    const bool fits = p < pattern.size() && !star && (pattern[p] == text[t] || (pattern[p] == '?' && text[t] != '*'));
    if (star) {
      back = {p++, t};
    } else if (fits) {
      ++p, ++t;
    } else if (back) {
      p = back->first + 1;
      t = ++back->second;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

// Is there anything at all that fits both?
bool meet(std::string_view one, std::string_view other) {
  // row[j]: what is before i of the one and before j of the other can be the same.
  std::vector<char> row(other.size() + 1, 0), next;
  row[0] = 1;
  for (std::size_t i = 0; i <= one.size(); ++i) {
    for (std::size_t j = 0; j < other.size(); ++j) {
      if (row[j] != 0 && other[j] == '*') row[j + 1] = 1;  // the other's star takes in nothing
    }
    if (i == one.size()) break;
    next.assign(other.size() + 1, 0);
    const bool star = one[i] == '*';
    if (star) {  // takes in any number of the other's signs
      bool reached = false;
      for (std::size_t j = 0; j <= other.size(); ++j) {
        reached = reached || row[j] != 0;
        if (reached) next[j] = 1;
      }
    } else {
      for (std::size_t j = 0; j < other.size(); ++j) {
        if (row[j] == 0) continue;
        if (other[j] == '*') next[j] = 1;
        if (other[j] == one[i] || other[j] == '?' || one[i] == '?') next[j + 1] = 1;
      }
    }
    row.swap(next);
  }
  return row[other.size()] != 0;
}

// "acs:SERVICE:REGION:ACCOUNT:RESOURCE": a star of one part takes in nothing of the next.
template <class Fits>
bool part_by_part(std::string_view pattern, std::string_view resource, Fits fits) {
  if (std::ranges::count(pattern, ':') < 4 || std::ranges::count(resource, ':') < 4) return fits(pattern, resource);
  for (int part = 0; part < 4; ++part) {
    const std::size_t one = pattern.find(':'), other = resource.find(':');
    if (!fits(pattern.substr(0, one), resource.substr(0, other))) return false;
    pattern.remove_prefix(one + 1);
    resource.remove_prefix(other + 1);
  }
  return fits(pattern, resource);
}

// ---- documents ----------------------------------------------------------------------------------------------------

// "x" or ["x", "y"]; nullopt for anything else, an empty list included.
std::optional<std::vector<std::string>> words(Value value) {
  std::vector<std::string> all;
  if (value.is_text()) {
    all.emplace_back(value.text());
  } else {
    for (const auto item : value.items()) {
      if (!item.is_text()) return std::nullopt;
      all.emplace_back(item.text());
    }
  }
  if (all.empty() || std::ranges::any_of(all, &std::string::empty)) return std::nullopt;
  return all;
}

std::optional<Statement> read_statement(Value value) {
  const auto effect = value.member("Effect").text();
  const auto action = value.member("Action"), other = value.member("NotAction");
  if ((effect != "Allow" && effect != "Deny") || action.exists() == other.exists()) return std::nullopt;
  auto actions = words(action.exists() ? action : other);
  auto resources = words(value.member("Resource"));
  const bool odd = value.member("NotResource").exists();
  if (!resources && odd) resources = std::vector<std::string>{"*"};
  if (!actions || !resources) return std::nullopt;
  for (std::string& each : *actions) each = lower(each);
  const auto condition = value.member("Condition");
  return Statement{.effect = effect == "Allow" ? Decree::allow : Decree::deny,
                   .actions = std::move(*actions),
                   .all_but_these = other.exists(),
                   .resources = std::move(*resources),
                   .perhaps = odd || (condition.exists() && !condition.is_null())};
}

enum class Reach { nothing, part, whole };

Reach reach(const Statement& statement, std::string_view action, std::string_view resource) {
  const bool named = std::ranges::any_of(statement.actions, [&](const auto& each) { return covers(each, action); });
  if (named == statement.all_but_these) return Reach::nothing;
  const auto& resources = statement.resources;
  const bool whole =
      std::ranges::any_of(resources, [&](const auto& each) { return part_by_part(each, resource, covers); });
  if (whole && !statement.perhaps) return Reach::whole;
  const bool part =
      whole || std::ranges::any_of(resources, [&](const auto& each) { return part_by_part(each, resource, meet); });
  return part ? Reach::part : Reach::nothing;
}

Reach farthest(const Policies& policies, Decree decree, std::string_view action, std::string_view resource) {
  Reach far = Reach::nothing;
  for (const Statement& each : policies.statements) {
    if (each.effect == decree) far = std::max(far, reach(each, action, resource));
  }
  return far;
}

}  // namespace

std::optional<std::vector<Statement>> read_statements(std::string_view document) {
  const auto json = Json::parse(http::Body{document});
  if (!json || json->root().member("Version").text() != "1") return std::nullopt;
  const Value listed = json->root().member("Statement");
  if (!listed.is_list()) return std::nullopt;
  std::vector<Statement> all;
  for (const Value each : listed.items()) {
    auto statement = read_statement(each);
    if (!statement) return std::nullopt;
    all.push_back(std::move(*statement));
  }
  return all;
}

Grant evaluate(const Policies& policies, std::string_view action, std::string_view resource) {
  if (policies.all) return Grant::allowed;
  const std::string small = lower(action);
  const Reach denied = farthest(policies, Decree::deny, small, resource);
  const Reach allowed = farthest(policies, Decree::allow, small, resource);
  if (denied == Reach::whole) return Grant::denied;
  if (allowed == Reach::nothing) return policies.unread.empty() ? Grant::denied : Grant::not_known;
  const bool certain = allowed == Reach::whole && denied == Reach::nothing && policies.unread.empty();
  return certain ? Grant::allowed : Grant::perhaps;
}

std::string every_user(const rotation::Arn& principal) {
  const std::string_view text = principal.text();
  const std::size_t end = text.rfind(':'), begin = text.rfind(':', end == 0 || end == text.npos ? end : end - 1);
  const bool whole = end != text.npos && begin != text.npos && begin < end;
  return "acs:ram:*:" + (whole ? std::string{text.substr(begin + 1, end - begin - 1)} : std::string{"*"}) + ":user/*";
}

}  // namespace alibaba_ram
