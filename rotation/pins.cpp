#include "rotation/pins.hpp"

#include "rotation/drafts.hpp"

namespace rotation {
namespace {

void put_policy(Detail& detail, const Policy& policy) {
  const auto put_seconds = [&](const char* key, Seconds value) { detail[key] = std::to_string(value.count()); };
  put_seconds("policy.max_age", policy.max_age);
  put_seconds("policy.quiet", policy.quiet);
  put_seconds("policy.grace", policy.grace);
  put_seconds("policy.lag", policy.lag);
  put_seconds("policy.granularity", policy.granularity);
  put_seconds("policy.propagation", policy.propagation);
  put_seconds("policy.check_every", policy.check_every);
  if (policy.cadence) put_seconds("policy.cadence", *policy.cadence);
  if (policy.late_undo > Seconds{0}) put_seconds("policy.late_undo", policy.late_undo);
  std::vector<std::string> confirm;
  for (const Step step : policy.confirm) confirm.emplace_back(word(step));
  put_list(detail, "policy.confirm", confirm);
}

Policy policy_from(const Record& record) {
  const Detail& detail = record.what.detail;
  const auto seconds = [&](const char* key) {
    const auto value = get_seconds(detail, key);
    if (!value) impossible(record, std::string("it lacks ") + key);
    return *value;
  };
  Policy policy{.max_age = seconds("policy.max_age"),
                .quiet = seconds("policy.quiet"),
                .grace = seconds("policy.grace"),
                .lag = seconds("policy.lag"),
                .granularity = seconds("policy.granularity"),
                .propagation = seconds("policy.propagation"),
                .check_every = seconds("policy.check_every"),
                .confirm = {},
                .cadence = get_seconds(detail, "policy.cadence"),
                .late_undo = get_seconds(detail, "policy.late_undo").value_or(Seconds{0})};
  for (const std::string& name : get_list(detail, "policy.confirm")) {
    const auto step = parse_word<Step>(name);
    if (!step) impossible(record, "it confirms an unknown step");
    policy.confirm.insert(*step);
  }
  return policy;
}

std::string location_prefix(std::size_t index) { return "location." + std::to_string(index) + "."; }

void put_location(Detail& detail, const std::string& prefix, const LocationSpec& spec, const Start::Told& told) {
  detail[prefix + "name"] = spec.name.text();
  detail[prefix + "type"] = spec.type;
  detail[prefix + "optional"] = spec.optional ? "yes" : "no";
  if (spec.canary) detail[prefix + "canary"] = "yes";
  for (const auto& [key, value] : spec.settings) detail[prefix + "set." + key] = value;
  if (told.custody != Custody::open) detail[prefix + "custody"] = word(told.custody);
  if (!told.mark.empty()) detail[prefix + "mark"] = told.mark;
  if (told.holds || told.empty) detail[prefix + "holds"] = told.holds ? told.holds->text() : "";
}

void put_locations(Detail& detail, const Start& start) {
  detail["locations"] = std::to_string(start.locations.size());
  for (std::size_t i = 0; i < start.locations.size(); ++i) {
    const auto told = start.told.find(start.locations[i].name);
    put_location(detail, location_prefix(i), start.locations[i],
                 told == start.told.end() ? Start::Told{} : told->second);
  }
}

// The entries whose keys start with the prefix, without it.
std::map<std::string, std::string> below(const Detail& detail, const std::string& prefix) {
  std::map<std::string, std::string> entries;
  for (auto at = detail.lower_bound(prefix); at != detail.end() && at->first.starts_with(prefix); ++at) {
    entries[at->first.substr(prefix.size())] = at->second;
  }
  return entries;
}

LocationView location_from(const Record& record, const std::string& prefix) {
  const Detail& detail = record.what.detail;
  const auto name = get(detail, prefix + "name"), type = get(detail, prefix + "type");
  if (!name || !type) impossible(record, "it lacks a location");
  LocationView location{
      .spec = {.name = LocationName{*name},
               .type = *type,
               .optional = get(detail, prefix + "optional") == "yes",
               .canary = get(detail, prefix + "canary") == "yes",
               .settings = below(detail, prefix + "set.")},
      .holds = {},
      .custody = parse_word<Custody>(get(detail, prefix + "custody").value_or("")).value_or(Custody::open),
      .mark = get(detail, prefix + "mark").value_or("")};
  const auto holds = get(detail, prefix + "holds");
  if (holds && !holds->empty()) location.holds = AccessKeyId{*holds};
  return location;
}

// What is there already is written; going back has to take it out again.
void meet_new_key(LocationView& location, const AccessKeyId& new_key) {
  if (location.holds != new_key) return;
  location.state = LocationState::written;
  location.ever_written = true;
}

std::vector<LocationView> locations_from(const Record& record) {
  const Detail& detail = record.what.detail;
  const auto count = get_seconds(detail, "locations").value_or(Seconds{0}).count();
  const bool rotates = get(detail, "procedure") == word(Procedure::rotate);
  std::vector<LocationView> locations;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    LocationView location = location_from(record, location_prefix(i));
    // A retire only watches: it began with no place holding the key.
    const bool told = get(detail, location_prefix(i) + "holds").has_value();
    if (rotates && !told) location.holds = AccessKeyId{get(detail, "old_key").value_or("")};
    locations.push_back(std::move(location));
  }
  return locations;
}

void put_batch(Detail& detail, const Batch& batch) {
  detail["batch"] = batch.id;
  detail["batch.query"] = batch.query;
  detail["batch.on_use"] = word(batch.on_use);
  if (batch.warn_before > Seconds{0}) detail["batch.warn_before"] = std::to_string(batch.warn_before.count());
  if (!batch.owner.empty()) detail["batch.owner"] = batch.owner;
  if (batch.was_off) detail["batch.was_off"] = "yes";
  if (batch.off_since) detail["batch.off_since"] = rfc3339(*batch.off_since);
  if (!batch.off_by.empty()) detail["batch.off_by"] = batch.off_by;
}

std::optional<Batch> batch_from(const Detail& detail) {
  const auto id = get(detail, "batch");
  if (!id) return std::nullopt;
  const auto text = [&](const char* key) { return get(detail, key).value_or(""); };
  return Batch{.id = *id,
               .query = text("batch.query"),
               .on_use = parse_word<OnUse>(text("batch.on_use")).value_or(OnUse::stop),
               .warn_before = get_seconds(detail, "batch.warn_before").value_or(Seconds{0}),
               .owner = text("batch.owner"),
               .was_off = text("batch.was_off") == "yes",
               .off_since = get_time(detail, "batch.off_since"),
               .off_by = text("batch.off_by")};
}

void adopt(View& view, const Record& record) {
  const auto adopted = get(record.what.detail, "adopted_key");
  if (!adopted) return;
  view.new_key = AccessKeyId{*adopted};
  view.new_said = KeyStatus::active;
  view.state = State::created;
  view.created_at = Instant{.wall = record.at, .boot = {}, .boot_id = {}};
  for (LocationView& location : view.locations) meet_new_key(location, *view.new_key);
}

std::set<std::string> own_services_from(const Detail& detail) {
  if (!get(detail, "own_services")) return {"iam", "sts"};  // of a version that knew AWS alone
  const auto words = get_list(detail, "own_services");
  return {words.begin(), words.end()};
}

}  // namespace

void pin(View& view, const Record& record) {
  const Detail& detail = record.what.detail;
  const auto text = [&](const char* key) { return get(detail, key).value_or(""); };
  const auto procedure = parse_word<Procedure>(text("procedure"));
  if (!procedure) impossible(record, "it names no procedure");
  view.id = record.rotation;
  view.procedure = *procedure;
  view.target = {.account = record.account,
                 .provider = text("provider"),
                 .partition = text("partition"),
                 .account_id = AccountId{text("account_id")},
                 .user = record.user,
                 .user_id = UserId{text("user_id")},
                 .by_profile = text("by_profile") == "yes"};
  view.policy = policy_from(record);
  view.connection = below(detail, "connection.");
  view.provider = {.provider = text("provider"),
                   .granularity = view.policy.granularity,
                   .lag = view.policy.lag,
                   .loopback = text("loopback") == "yes",
                   .undelete_for = get_seconds(detail, "undelete_for").value_or(Seconds{0}),
                   .proof_of_use = text("proof_of_use"),
                   .own_services = own_services_from(detail)};
  view.self = text("self") == "yes";
  view.old_key = AccessKeyId{text("old_key")};
  view.old_created = get_time(detail, "old_created");
  view.idle_at_start = get_seconds(detail, "idle_at_start");
  if (view.idle_at_start) view.old_use_seen = record.at - *view.idle_at_start;
  view.batch = batch_from(detail);
  view.locations = locations_from(record);
  adopt(view, record);
  view.started_by = record.actor;
  view.started_at = record.at;
}

Draft started(const Start& start) {
  Draft draft{.kind = Kind::started,
              .step = {},
              .direction = Direction::forward,
              .attempt = {},
              .outcome = {},
              .key = start.old_key,
              .location = {},
              .detail = {}};
  Detail& detail = draft.detail;
  detail["procedure"] = word(start.procedure);
  detail["provider"] = start.target.provider;
  detail["partition"] = start.target.partition;
  detail["account_id"] = start.target.account_id.text();
  detail["user_id"] = start.target.user_id.text();
  detail["old_key"] = start.old_key.text();
  detail["self"] = start.self ? "yes" : "no";
  detail["by_profile"] = start.target.by_profile ? "yes" : "no";
  for (const auto& [key, value] : start.connection) detail["connection." + key] = value;
  detail["loopback"] = start.provider.loopback ? "yes" : "no";
  detail["undeletes"] = start.provider.undeletes() ? "yes" : "no";
  if (start.provider.undeletes()) detail["undelete_for"] = std::to_string(start.provider.undelete_for.count());
  put_list(detail, "own_services", {start.provider.own_services.begin(), start.provider.own_services.end()});
  if (start.self) detail["proof_of_use"] = start.provider.proof_of_use;
  if (start.old_created) detail["old_created"] = rfc3339(*start.old_created);
  if (start.idle_at_start) detail["idle_at_start"] = std::to_string(start.idle_at_start->count());
  put_policy(detail, start.policy);
  put_locations(detail, start);
  if (start.adopted) detail["adopted_key"] = start.adopted->text();
  if (start.batch) put_batch(detail, *start.batch);
  return draft;
}

Draft location_added(const LocationSpec& spec, const Start::Told& told, const Instant& now) {
  Draft draft = decision("add_location", now);
  draft.location = spec.name;
  draft.key = told.holds;
  put_location(draft.detail, location_prefix(0), spec, told);
  return draft;
}

LocationView added_location(const View& view, const Record& record) {
  LocationView location = location_from(record, location_prefix(0));
  if (view.find(location.spec.name) != nullptr) impossible(record, "it adds a location that is there already");
  if (!location.holds) location.holds = view.old_key;
  if (view.new_key) meet_new_key(location, *view.new_key);
  return location;
}

}  // namespace rotation
