#include "cli/json.hpp"

#include <nlohmann/json.hpp>

#include "cli/exit_codes.hpp"
#include "rotation/drift.hpp"
#include "rotation/words.hpp"

namespace cli::json {
namespace {

using Json = nlohmann::ordered_json;
using rotation::word;

// ASCII only: what a cloud said cannot steer the terminal that it is shown on.
std::string written(const Json& document) {
  return document.dump(-1, ' ', true, nlohmann::detail::error_handler_t::replace);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

template <class Tag>
Json name_or_null(const rotation::Name<Tag>& name) {
  return text_or_null(name.text());
}

template <class Tag>
Json name_or_null(const std::optional<rotation::Name<Tag>>& name) {
  return name ? text_or_null(name->text()) : Json(nullptr);
}

Json time_or_null(const std::optional<rotation::Time>& time) {
  return time ? Json(rotation::rfc3339(*time)) : Json(nullptr);
}

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json failure_object(const Failure& failure) {
  return {{"code", word(failure.ending)},
          {"exit", exit_code(failure.ending)},
          {"message", failure.problem.message},
          {"keys", failure.problem.keys},
          {"hint", failure.problem.hint}};
}

Json attention_object(const rotation::Attention& attention) {
  return {{"code", word(attention.code)},
          {"message", attention.message},
          {"hint", attention.hint},
          {"accept", attention.accept}};
}

Json pending_object(const rotation::Pending& pending) {
  return {{"step", word(pending.step)},
          {"direction", word(pending.direction)},
          {"attempt", name_or_null(pending.attempt)},
          {"location", name_or_null(pending.location)}};
}

// A reactivation that is under way comes before anything else.
Json pending_or_null(const rotation::View& view) {
  if (view.waking() != nullptr) return pending_object(*view.waking());
  return view.pending ? pending_object(*view.pending) : Json(nullptr);
}

Json needs_array(const std::vector<rotation::Need>& needs) {
  Json words = Json::array();
  for (const rotation::Need need : needs) words.push_back(word(need));
  return words;
}

// A closed rotation has nothing next.
Json next_object(const rotation::Next& next) {
  if (!next.step && next.command.empty()) return nullptr;
  return {{"step", next.step ? Json(word(*next.step)) : Json(nullptr)},
          {"needs", needs_array(next.needs)},
          {"not_before", time_or_null(next.not_before)},
          {"command", next.command}};
}

Json roll_array(const rotation::Consumers& roll) {
  Json all = Json::array();
  for (const rotation::Consumer& each : roll) {
    all.push_back({{"service", each.service},
                   {"address", text_or_null(each.address)},
                   {"program", text_or_null(each.program)},
                   {"old_key_used_at", rotation::rfc3339(*each.last)},
                   {"new_key_used_at", time_or_null(each.moved)},
                   {"moved", each.ticked()}});
  }
  return all;
}

Json rotation_object(const RotationReport& report) {
  const rotation::View& view = *report.view;
  Json locations = Json::array();
  for (const rotation::LocationView& location : view.locations) {
    locations.push_back({{"name", location.spec.name.text()},
                         {"type", location.spec.type},
                         {"state", word(location.state)},
                         {"holds", name_or_null(location.holds)}});
    const rotation::Drift drift = drift_of(view, location);
    if (drift != rotation::Drift::none) locations.back()["drift"] = word(drift);
  }
  Json object{{"rotation", view.id.text()},
              {"procedure", word(view.procedure)},
              {"account", view.target.account.text()},
              {"provider", view.target.provider},
              {"partition", view.target.partition},
              {"account_id", view.target.account_id.text()},
              {"user", view.target.user.text()},
              {"user_id", view.target.user_id.text()},
              {"old_key", view.old_key.text()},
              {"new_key", name_or_null(view.new_key)},
              {"state", word(view.state)},
              {"direction", word(view.direction)},
              {"pending", pending_or_null(view)},
              {"attention", view.attention ? attention_object(*view.attention) : Json(nullptr)},
              {"verdict", view.verdict ? Json(word(*view.verdict)) : Json(nullptr)},
              {"locations", std::move(locations)},
              {"next", next_object(report.next)},
              {"started_at", rotation::rfc3339(view.started_at)},
              {"started_by", view.started_by},
              {"updated_at", rotation::rfc3339(view.updated_at)}};
  if (view.batch) {
    object["batch"] = view.batch->id;
    object["agreed"] = Json::array();
    const std::string over = consent_over(view);
    if (view.standing && over.empty()) {
      for (const rotation::Step step : view.standing->steps) object["agreed"].push_back(word(step));
    }
    if (!over.empty()) object["consent_over"] = over;
    if (!view.batch->owner.empty()) object["owner"] = view.batch->owner;
    if (view.warned_at) object["warned_at"] = rotation::rfc3339(view.warned_at->wall);
    if (view.batch->off_since) object["off_since"] = rotation::rfc3339(*view.batch->off_since);
    if (view.batch->was_off) object["off_by"] = view.batch->off_by;
  }
  if (const auto roll = roll_call(view); !roll.empty()) object["roll_call"] = roll_array(roll);
  if (const auto until = view.restorable_until()) object["restorable_until"] = rotation::rfc3339(*until);
  if (report.error) object["error"] = failure_object(*report.error);
  return object;
}

std::string_view effect_word(rotation::Effect effect) {
  switch (effect) {
    case rotation::Effect::reads: return "reads";
    case rotation::Effect::mutates: return "mutates";
    case rotation::Effect::destroys: return "destroys";
  }
  return "";
}

Json key_object(const KeyRow& row) {
  const auto age = std::chrono::duration_cast<std::chrono::days>(row.seen_at - row.key.created_at);
  const bool read = row.used.has_value();
  const bool used = read && row.used->at.has_value();
  return {{"account", row.account.text()},
          {"provider", row.provider},
          {"account_id", row.account_id.text()},
          {"user", row.user.text()},
          {"user_id", row.user_id.text()},
          {"key", row.key.id.text()},
          {"status", word(row.key.status)},
          {"created_at", rotation::rfc3339(row.key.created_at)},
          {"age_days", age.count()},
          {"last_used_at", read ? time_or_null(row.used->at) : Json(nullptr)},
          {"last_used_service", used ? text_or_null(row.used->service) : Json(nullptr)},
          {"last_used_region", used ? text_or_null(row.used->region) : Json(nullptr)},
          {"never_used", read ? Json(!used) : Json(nullptr)}};
}

void add(Json& document, const Coverage& coverage) {
  document["incomplete"] = coverage.incomplete;
  for (const auto& [account, at] : coverage.scanned) document["scanned"][account] = rotation::rfc3339(at);
  if (coverage.failure) document["error"] = failure_object(*coverage.failure);
}

}  // namespace

std::string rotation(const RotationReport& report) { return written(rotation_object(report)); }

std::string rotations(std::span<const RotationReport> reports, const std::optional<Failure>& failure) {
  Json list = Json::array();
  for (const RotationReport& report : reports) list.push_back(rotation_object(report));
  Json document{{"rotations", std::move(list)}};
  if (failure) document["error"] = failure_object(*failure);
  return written(document);
}

std::string history_line(const rotation::Record& record) {
  const rotation::Draft& what = record.what;
  Json detail = Json::object();
  for (const auto& [key, value] : what.detail) detail[key] = value;
  return written({{"id", record.id},
                  {"rotation", name_or_null(record.rotation)},
                  {"seq", record.seq},
                  {"at", rotation::rfc3339(record.at)},
                  {"actor", record.actor},
                  {"claim", text_or_null(record.claim)},
                  {"caller", text_or_null(record.caller)},
                  {"kind", word(what.kind)},
                  {"step", what.step ? Json(word(*what.step)) : Json(nullptr)},
                  {"direction", word(what.direction)},
                  {"attempt", name_or_null(what.attempt)},
                  {"outcome", what.outcome ? Json(word(*what.outcome)) : Json(nullptr)},
                  {"account", record.account.text()},
                  {"user", record.user.text()},
                  {"key", name_or_null(what.key)},
                  {"location", name_or_null(what.location)},
                  {"detail", std::move(detail)},
                  {"hash", record.hash}});
}

std::string verified(const Verified& result) {
  if (result.ok) {
    return written({{"ok", true}, {"records", result.records}, {"rotations", result.rotations}, {"head", result.head}});
  }
  return written(
      {{"ok", false}, {"first_bad", result.first_bad ? Json(*result.first_bad) : Json(nullptr)}, {"why", result.why}});
}

std::string plan(const rotation::Prospect& prospect, const std::optional<rotation::RotationId>& open) {
  Json steps = Json::array();
  for (const rotation::Row& row : rotation::steps_of(prospect.start.procedure)) {
    steps.push_back({{"step", word(row.step)},
                     {"effect", effect_word(row.effect)},
                     {"undo", word(undo_of(row, prospect.start.provider.bin()))},
                     {"needs", needs_array(needs_of(row, prospect.start))}});
  }
  Json locations = Json::array();
  for (const rotation::SurveyedLocation& location : prospect.locations) {
    locations.push_back({{"name", location.spec.name.text()},
                         {"type", location.spec.type},
                         {"holds", name_or_null(location.holds)},
                         {"restorable", location.restorable}});
  }
  Json document{{"target", rotation::target_words(prospect.start.target)},
                {"procedure", word(prospect.start.procedure)},
                {"old_key", prospect.start.old_key.text()},
                {"steps", std::move(steps)},
                {"locations", std::move(locations)},
                {"rollback", fully_restorable(prospect) ? "full" : "reactivate_only"},
                {"warnings", prospect.warnings}};
  if (open) document["open"] = open->text();
  return written(document);
}

std::string turned(const rotation::Turned& turned) {
  Json document{{"error", failure_object({turned.ending, turned.problem})}};
  if (turned.attention) document["attention"] = attention_object(*turned.attention);
  return written(document);
}

std::string key(const KeyRow& row) { return written(key_object(row)); }

std::string after_keys(const Coverage& coverage) {
  Json rest = Json::object();
  add(rest, coverage);
  return "]," + written(rest).substr(1);
}

std::string count(const inventory::Tally& tally, const Coverage& coverage) {
  Json values = Json::object();
  for (const auto& [value, times] : tally.values) values[value] = times;
  Json all{{"count", std::move(values)}, {"matched", tally.matched}, {"unmatched", tally.unmatched}};
  add(all, coverage);
  return written(all);
}

std::string keys(const KeysReport& report, const std::optional<Failure>& failure) {
  std::string text = R"({"keys":[)";
  for (const KeyRow& row : report.keys) {
    if (text.back() == '}') text += ',';
    text += key(row);
  }
  return text + after_keys({.incomplete = report.incomplete, .scanned = {}, .failure = failure});
}

std::string doctor(std::span<const Check> checks) {
  Json list = Json::array();
  for (const Check& check : checks) {
    list.push_back(
        {{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}, {"hint", text_or_null(check.hint)}});
  }
  return written({{"checks", std::move(list)}});
}

std::string key_created(const rotation::AccessKeyId& key, const rotation::UserName& user,
                        const std::string& secret_file) {
  return written({{"key", key.text()}, {"user", user.text()}, {"secret_file", text_or_null(secret_file)}});
}

std::string key_last_used(const rotation::AccessKeyId& key, const rotation::LastUsed& used,
                          const std::vector<rotation::KeyUse>& uses) {
  const bool at = used.at.has_value();
  Json sources = Json::array();
  for (const rotation::KeyUse& use : uses) {
    sources.push_back({{"service", use.service},
                       {"address", text_or_null(use.address)},
                       {"agent", text_or_null(use.agent)},
                       {"at", rotation::rfc3339(use.at)}});
  }
  return written({{"key", key.text()},
                  {"last_used_at", time_or_null(used.at)},
                  {"service", at ? text_or_null(used.service) : Json(nullptr)},
                  {"region", at ? text_or_null(used.region) : Json(nullptr)},
                  {"never_used", !at},
                  {"sources", std::move(sources)}});
}

std::string error(const Failure& failure) { return written({{"error", failure_object(failure)}}); }

}  // namespace cli::json
