#include "cli/render_slots.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/json.hpp"
#include "cli/table.hpp"
#include "rotation/words.hpp"

namespace cli {
namespace {

using inventory::NextStep;
using Json = nlohmann::ordered_json;
using rotation::word;

constexpr std::size_t most_gaps = 5;

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string used_words(const KeyOfUser& key) {
  const rotation::Time now = key.row.seen_at;
  if (!key.row.used) return "not known";
  if (!key.row.used->at) return "never";
  return *key.row.used->at >= now ? "just now" : rotation::about(now - *key.row.used->at) + " ago";
}

// Most keys are Active; a column that says so of each would leave no room for a user's name at 80 columns.
Cell status_and_use(const KeyOfUser& key) {
  switch (key.row.key.status) {
    case rotation::KeyStatus::active: return {used_words(key)};
    case rotation::KeyStatus::inactive: return {"off, " + used_words(key), Ink::yellow};
    case rotation::KeyStatus::unusable: return {"unusable, " + used_words(key), Ink::red};
  }
  return {};
}

std::string homes_words(const KeyOfUser& key, const std::string& own) {
  std::string text;
  for (const SlotHome& home : key.homes) text += (text.empty() ? "" : ", ") + visible(home_words(home, own));
  if (!text.empty()) return text;
  return key.facts.held == inventory::Held::nowhere ? "nowhere" : "not seen";
}

// What becomes of this key by the advice.
std::string part_of(const PlannedUser& user, const KeyOfUser& key) {
  const rotation::AccessKeyId& id = key.row.key.id;
  if (user.advice.new_key == id) return "keep";
  if (user.advice.key != id) return "";
  return user.advice.next == NextStep::adopt ? "replace" : std::string(word(user.advice.next));
}

std::string keys_table(const SlotPlan& plan, const Style& style) {
  Table table({{"ACCOUNT/USER", Wrap::hang}, {"KEY"}, {"AGE"}, {"LAST USED"}, {"NEXT"}, {"LIVES IN", Wrap::hang}});
  for (const PlannedUser& user : plan.users) {
    bool first = true;
    for (const KeyOfUser& key : user.keys) {
      table.add({{first ? visible(user.target()) : ""},
                 {visible(key.row.key.id.text())},
                 {rotation::about(std::max(key.row.seen_at - key.row.key.created_at, rotation::Seconds{0}))},
                 status_and_use(key),
                 {part_of(user, key), Ink::bold},
                 {homes_words(key, user.target())}});
      first = false;
    }
  }
  return table.empty() ? "" : table.text(style) + "\n";
}

std::string next_steps(const SlotPlan& plan, const Style& style) {
  std::string text;
  for (const PlannedUser& user : plan.users) {
    if (user.why.empty()) continue;
    text += paragraph(visible(user.target() + ": " + user.why) + ".", 0, style);
    if (!user.command.empty()) text += command_lines(visible(user.command), 2, style);
  }
  return text.empty() ? "" : text + "\n";
}

std::string gap_lines(const SlotPlan& plan, const Style& style) {
  std::string text;
  for (std::size_t at = 0; at < std::min(plan.not_looked_into.size(), most_gaps); ++at) {
    text += paragraph("Not looked into: " + visible(plan.not_looked_into[at]), 0, style);
  }
  const std::size_t rest = plan.not_looked_into.size() - std::min(plan.not_looked_into.size(), most_gaps);
  return rest == 0 ? text : text + "Not looked into: " + std::to_string(rest) + " places more.\n";
}

std::string counts_line(const SlotCounts& counts, const Style& style) {
  std::string text = counted(counts.users, "user");
  const std::size_t without = counts.users - std::min(counts.users, counts.with_key);
  if (without > 0) text += ", " + std::to_string(without) + " without a key";
  text += ", " + counted(counts.keys, "key") + ".";
  std::string to_do;
  for (const NextStep step : {NextStep::retire, NextStep::adopt, NextStep::rotate, NextStep::go_on, NextStep::find}) {
    if (counts.of(step) == 0) continue;
    const std::string name = step == NextStep::go_on ? "go on with" : std::string(word(step));
    to_do += (to_do.empty() ? "" : ", ") + std::to_string(counts.of(step)) + " to " + name;
  }
  if (counts.of(NextStep::nothing) > 0) {
    to_do += (to_do.empty() ? "" : ", ") + std::to_string(counts.of(NextStep::nothing)) + " with nothing to do";
  }
  return paragraph(text + (to_do.empty() ? "" : " Users: " + to_do + "."), 0, style);
}

// ---- JSON --------------------------------------------------------------------------------------------------------

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json home_object(const SlotHome& home) {
  return {{"target", text_or_null(home.target)},
          {"location", text_or_null(home.location)},
          {"path", text_or_null(home.file.string())},
          {"line", home.line == 0 ? Json(nullptr) : Json(home.line)}};
}

Json key_object(const PlannedUser& user, const KeyOfUser& key) {
  Json object = Json::parse(json::key(key.row));
  for (const char* said : {"account", "provider", "account_id", "user", "user_id"}) object.erase(said);
  Json homes = Json::array();
  for (const SlotHome& home : key.homes) homes.push_back(home_object(home));
  object["use"] = word(key.facts.use);
  object["too_old"] = key.facts.too_old;
  object["held"] = word(key.facts.held);
  object["lives_in"] = std::move(homes);
  object["part"] = text_or_null(part_of(user, key));
  return object;
}

Json user_object(const PlannedUser& user) {
  Json keys = Json::array();
  for (const KeyOfUser& key : user.keys) keys.push_back(key_object(user, key));
  return {{"account", user.account.text()},
          {"provider", user.provider},
          {"account_id", user.account_id.text()},
          {"user", user.user.text()},
          {"user_id", user.user_id.text()},
          {"slots", user.keys.size()},
          {"keys", std::move(keys)},
          {"rotation", user.open ? Json(user.open->id.text()) : Json(nullptr)},
          {"next",
           {{"step", word(user.advice.next)},
            {"reason", word(user.advice.why)},
            {"why", text_or_null(user.why)},
            {"command", text_or_null(user.command)}}}};
}

}  // namespace

std::string slots_text(const SlotPlan& plan, const Style& style) {
  std::string text = keys_table(plan, style) + next_steps(plan, style) + gap_lines(plan, style);
  return text + counts_line(plan.counts, style);
}

std::string slots_json(const SlotPlan& plan, const Scanned& scanned, const std::optional<Failure>& failure) {
  Json users = Json::array(), counts = Json::object(), incomplete = Json::array();
  for (const PlannedUser& user : plan.users) users.push_back(user_object(user));
  counts["users"] = plan.counts.users;
  counts["with_key"] = plan.counts.with_key;
  counts["keys"] = plan.counts.keys;
  for (std::size_t at = 0; at < plan.counts.next.size(); ++at) {
    counts[std::string(word(static_cast<NextStep>(at)))] = plan.counts.next.at(at);
  }
  for (const UnreadAccount& each : scanned.incomplete) incomplete.push_back(each.account.text());
  Json document{{"as_of", rotation::rfc3339(scanned.as_of)},
                {"users", std::move(users)},
                {"counts", std::move(counts)},
                {"not_looked_into", plan.not_looked_into},
                {"incomplete", std::move(incomplete)}};
  if (failure) document["error"] = Json::parse(json::error(*failure))["error"];
  return document.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace cli
