#include "rotation/view.hpp"

#include <algorithm>
#include <charconv>

namespace rotation {
namespace {

[[noreturn]] void impossible(const Record& record, const std::string& why) {
  throw StorageTrouble({.message = "Record " + std::to_string(record.seq) + " of rotation " + record.rotation.text() +
                                   " cannot follow the ones before it: " + why + ".",
                        .keys = "No key was touched by this command.",
                        .hint = "keybaton history verify"});
}

std::string joined(const auto& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ",") + std::string(text);
  return all;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// ---- the pins of a started record --------------------------------------------------------------------------

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
  std::vector<std::string_view> confirm;
  for (const Step step : policy.confirm) confirm.push_back(word(step));
  detail["policy.confirm"] = joined(confirm);
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
                .cadence = get_seconds(detail, "policy.cadence")};
  for (const std::string& name : split(get(detail, "policy.confirm").value_or(""))) {
    const auto step = parse_word<Step>(name);
    if (!step) impossible(record, "it confirms an unknown step");
    policy.confirm.insert(*step);
  }
  return policy;
}

std::string location_prefix(std::size_t index) { return "location." + std::to_string(index) + "."; }

void put_locations(Detail& detail, const std::vector<LocationSpec>& locations) {
  detail["locations"] = std::to_string(locations.size());
  for (std::size_t i = 0; i < locations.size(); ++i) {
    const std::string prefix = location_prefix(i);
    detail[prefix + "name"] = locations[i].name.text();
    detail[prefix + "type"] = locations[i].type;
    detail[prefix + "optional"] = locations[i].optional ? "yes" : "no";
    for (const auto& [key, value] : locations[i].settings) detail[prefix + "set." + key] = value;
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

std::vector<LocationView> locations_from(const Record& record) {
  const Detail& detail = record.what.detail;
  const auto count = get_seconds(detail, "locations").value_or(Seconds{0}).count();
  std::vector<LocationView> locations;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const std::string prefix = location_prefix(i);
    const auto name = get(detail, prefix + "name"), type = get(detail, prefix + "type");
    if (!name || !type) impossible(record, "it lacks a location");
    LocationView location{.spec = {.name = LocationName{*name},
                                   .type = *type,
                                   .optional = get(detail, prefix + "optional") == "yes",
                                   .settings = {}},
                          .holds = AccessKeyId{get(detail, "old_key").value_or("")}};
    location.spec.settings = below(detail, prefix + "set.");
    locations.push_back(std::move(location));
  }
  return locations;
}

void begin(View& view, const Record& record) {
  if (view.seq != 0) impossible(record, "a rotation starts once");
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
                   .undeletes = text("undeletes") == "yes"};
  view.self = text("self") == "yes";
  view.old_key = AccessKeyId{text("old_key")};
  view.old_created = get_time(detail, "old_created");
  view.idle_at_start = get_seconds(detail, "idle_at_start");
  view.locations = locations_from(record);
  view.started_by = record.actor;
  view.started_at = record.at;
}

// ---- moving along the table --------------------------------------------------------------------------------

bool one_row(const View& view, State to, Step step, Direction direction) {
  const Row& row = row_of(step);
  const State from = starts_from(view.procedure, step);
  if (direction == Direction::forward) return view.state == from && to == row.to;
  if (to == State::rolled_back || to == State::cancelled) return !terminal(view.state);
  return view.state == row.to && to == from;
}

void clear_evidence(View& view) {
  view.samples.clear();
  view.verdict.reset();
}

void arrive(View& view, State to, const Record& record) {
  const auto instant = get_instant(record.what.detail);
  const bool forward = record.what.direction == Direction::forward;
  view.state = to;
  // Consents outlive the rows that they lead through, not the place where a new question begins.
  if (to == State::planned || to == State::deactivated) view.accepted.clear();
  switch (to) {
    case State::planned:
      view.new_key.reset();
      view.created_at.reset();
      view.probed_at.reset();
      view.new_said.reset();
      view.new_touched.reset();
      view.new_deleted = false;
      clear_evidence(view);
      break;
    case State::created:
      if (forward) {
        view.created_at = instant;
      } else {
        view.restored_at = view.direction == Direction::back ? instant : std::nullopt;
        view.deployed_at.reset();
      }
      clear_evidence(view);
      break;
    case State::deployed:
      if (forward) {
        view.deployed_at = instant;
        clear_evidence(view);
      }
      view.verified_at.reset();
      break;
    case State::verified:
      view.verified_at = forward ? instant : std::nullopt;
      if (!forward) clear_evidence(view);
      view.deactivated_at.reset();
      break;
    case State::deactivated:
      view.deactivated_at = instant;
      view.old_used_at_deactivate = get_time(record.what.detail, "old_last_used");
      break;
    case State::completed:
    case State::rolled_back:
    case State::cancelled: break;
  }
}

void move(View& view, const Record& record) {
  const auto text = get(record.what.detail, "state");
  if (!text) return;
  const auto to = parse_word<State>(*text);
  if (!to || !record.what.step) impossible(record, "it names no state");
  if (!one_row(view, *to, *record.what.step, record.what.direction)) {
    impossible(record, "it moves from " + std::string(word(view.state)) + " to " + *text);
  }
  arrive(view, *to, record);
}

// ---- intents and outcomes ----------------------------------------------------------------------------------

void touch(View& view, const Pending& pending) {
  if (pending.location) {  // a write to a place: the keys themselves stay as they are
    if (LocationView* location = view.find(*pending.location)) location->ever_written = true;
  } else if (pending.key == view.old_key) {
    view.old_touched = pending.since;
    if (pending.op == Op::deactivate_key || pending.op == Op::delete_key) view.old_maybe_inactive = true;
  } else if (view.new_key && pending.key == view.new_key) {
    view.new_touched = pending.since;
  } else if (view.orphan && pending.key == view.orphan) {
    view.orphan_touched = pending.since;
  }
}

void intend(View& view, const Record& record) {
  const auto op = get_op(record.what.detail);
  auto& slot = op == Op::activate_key ? view.waking : view.pending;
  if (slot) impossible(record, "an intent is still open");
  if (!op || !record.what.step) impossible(record, "an intent without a step");
  Pending pending{.op = *op,
                  .step = *record.what.step,
                  .direction = record.what.direction,
                  .attempt = record.what.attempt,
                  .location = record.what.location,
                  .key = record.what.key,
                  .since = get_instant(record.what.detail).value_or(Instant{.wall = record.at, .boot = {}, .boot_id = {}}),
                  .keys_before = {}};
  for (std::string& id : split(get(record.what.detail, "keys_before").value_or(""))) {
    pending.keys_before.insert(AccessKeyId{std::move(id)});
  }
  touch(view, pending);
  if (get(record.what.detail, "old_sealed") == "yes" && pending.location) {
    if (LocationView* location = view.find(*pending.location)) location->old_sealed = true;
  }
  slot = std::move(pending);
}

void key_is(View& view, const AccessKeyId& key, Op op) {
  const bool old_key = key == view.old_key;
  const bool new_key = view.new_key == key;
  auto& said = old_key ? view.old_said : view.new_said;
  if (view.orphan == key) {
    if (op == Op::delete_key) view.orphan.reset();
    return;
  }
  if (!old_key && !new_key) return;
  if (op == Op::delete_key) {
    (old_key ? view.old_deleted : view.new_deleted) = true;
  } else {
    said = op == Op::activate_key ? KeyStatus::active : KeyStatus::inactive;
    if (old_key) view.old_maybe_inactive = op == Op::deactivate_key;
  }
  if (op == Op::activate_key) view.accepted.clear();
}

void settle_location(View& view, const Record& record, Op op) {
  LocationView* location = view.find(*record.what.location);
  if (location == nullptr) impossible(record, "it names an unknown location");
  if (record.what.key && record.what.outcome == Outcome::done) location->holds = record.what.key;
  switch (*record.what.outcome) {
    case Outcome::done:
      location->state = op == Op::restore_location ? LocationState::restored : LocationState::written;
      break;
    case Outcome::refused: location->state = LocationState::failed; break;
    case Outcome::not_done:
    case Outcome::half_done:
    case Outcome::unknown: break;
  }
}

void conclude(View& view, const Record& record) {
  const auto op = get_op(record.what.detail);
  if (!record.what.outcome) impossible(record, "an outcome that says nothing");
  const Outcome outcome = *record.what.outcome;
  if (outcome != Outcome::unknown && op) (op == Op::activate_key ? view.waking : view.pending).reset();
  if (op == Op::create_key && outcome == Outcome::done) {
    if (!record.what.key) impossible(record, "a create without a key");
    view.new_key = record.what.key;
    view.new_touched = get_instant(record.what.detail);
    view.new_said = KeyStatus::active;
    view.orphan.reset();
  }
  if (op == Op::create_key && outcome == Outcome::half_done) {
    view.orphan = record.what.key;
    view.orphan_touched = get_instant(record.what.detail);
  }
  if (op && record.what.location) settle_location(view, record, *op);
  if (op && *op >= Op::activate_key && outcome == Outcome::done && record.what.key) {
    key_is(view, *record.what.key, *op);
    if (view.new_key == record.what.key && *op == Op::deactivate_key) view.new_deactivated_at = get_instant(record.what.detail);
  }
  // A deactivate or delete of the old key that surely did not happen leaves it as it was.
  if (op && (*op == Op::deactivate_key) && record.what.key == view.old_key &&
      (outcome == Outcome::not_done || outcome == Outcome::refused)) {
    view.old_maybe_inactive = view.old_said == KeyStatus::inactive;
  }
  move(view, record);
}

// ---- observations, decisions, notes ----------------------------------------------------------------------------

void note_gap(View& view, const Sample& sample) {
  if (!sample.known || sample.key != view.old_key || !sample.used.at) return;
  for (auto before = view.samples.rbegin(); before != view.samples.rend(); ++before) {
    if (before->key != view.old_key || !before->known || !before->used.at) continue;
    const Seconds gap = *sample.used.at - *before->used.at;
    if (gap > Seconds{0} && gap > view.longest_gap.value_or(Seconds{0})) view.longest_gap = gap;
    return;
  }
}

void observe(View& view, const Record& record) {
  const Detail& detail = record.what.detail;
  const std::string what = get(detail, "what").value_or("");
  if (what == "last_used" && record.what.key) {
    Sample sample{.key = *record.what.key,
                  .used = {.at = get_time(detail, "last_used"),
                           .service = get(detail, "service").value_or(""),
                           .region = get(detail, "region").value_or("")},
                  .seen = get_instant(detail).value_or(Instant{.wall = record.at, .boot = {}, .boot_id = {}}),
                  .known = get(detail, "known") != "no",
                  .own_since = get_time(detail, "own_since")};
    note_gap(view, sample);
    view.samples.push_back(std::move(sample));
    if (const auto verdict = get(detail, "verdict")) view.verdict = parse_word<Verdict>(*verdict);
  } else if (what == "probe") {
    view.probed_at = get_instant(detail);
  } else if (what == "attention") {
    const auto code = parse_word<AttentionCode>(get(detail, "code").value_or(""));
    if (!code) impossible(record, "it names no attention code");
    view.attention = Attention{.code = *code,
                               .message = get(detail, "message").value_or(""),
                               .hint = get(detail, "hint").value_or(""),
                               .accept = split(get(detail, "accept").value_or(""))};
  } else if (what == "restored") {
    view.restored_at = get_instant(detail);
    clear_evidence(view);
  } else if (what == "attention_over") {
    view.attention.reset();
  } else if (what == "location" && record.what.location) {
    if (LocationView* location = view.find(*record.what.location)) {
      location->holds = record.what.key;
      if (const auto state = parse_word<LocationState>(get(detail, "location_state").value_or(""))) {
        location->state = *state;
      }
    }
  }
}

void resolve(View& view, const Record& record) {
  const Detail& detail = record.what.detail;
  const std::string what = get(detail, "what").value_or("");
  if (what == "rollback") {
    view.direction = Direction::back;
    view.accepted.clear();
    clear_evidence(view);
  } else if (what == "accept") {
    const std::string accepted = get(detail, "word").value_or("");
    view.accepted.insert(accepted);
    // The old key is gone for good: the only way left is on.
    if (accepted == "closed_outside:finish") view.direction = Direction::forward;
  } else if (what == "override") {
    view.override_reason = get(detail, "reason");
  } else if (what == "waive" && record.what.location) {
    if (LocationView* location = view.find(*record.what.location)) location->state = LocationState::waived;
  } else if (what == "ignore_use") {
    view.old_used_at_deactivate = get_time(detail, "old_last_used");
  }
}

}  // namespace

LocationView* View::find(const LocationName& name) {
  const auto found = std::ranges::find(locations, name, [](const LocationView& each) { return each.spec.name; });
  return found == locations.end() ? nullptr : &*found;
}

const LocationView* View::find(const LocationName& name) const { return const_cast<View*>(this)->find(name); }

void apply(View& view, const Record& record) {
  if (record.seq != view.seq + 1) impossible(record, "it is not number " + std::to_string(view.seq + 1));
  if (record.what.kind != Kind::started && view.seq == 0) impossible(record, "nothing has started");
  if (terminal(view.state) && record.what.kind != Kind::note) impossible(record, "the rotation is closed");
  switch (record.what.kind) {
    case Kind::started: begin(view, record); break;
    case Kind::intent: intend(view, record); break;
    case Kind::outcome: conclude(view, record); break;
    case Kind::observation: observe(view, record); break;
    case Kind::decision: resolve(view, record); break;
    case Kind::note: break;
  }
  view.seq = record.seq;
  view.updated_at = record.at;
  if (terminal(view.state)) {
    view.attention.reset();
    view.pending.reset();
    view.waking.reset();
  }
}

View fold(std::span<const Record> records) {
  View view;
  for (const Record& record : records) apply(view, record);
  return view;
}

Summary summary(const View& view) {
  return {.id = view.id,
          .procedure = view.procedure,
          .target = view.target,
          .old_key = view.old_key,
          .new_key = view.new_key,
          .state = view.state,
          .direction = view.direction,
          .pending_step = view.waking    ? std::optional{view.waking->step}
                          : view.pending ? std::optional{view.pending->step}
                                         : std::nullopt,
          .attention = view.attention ? std::optional{view.attention->code} : std::nullopt,
          .seq = view.seq,
          .started_by = view.started_by,
          .started_at = view.started_at,
          .updated_at = view.updated_at};
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
  detail["undeletes"] = start.provider.undeletes ? "yes" : "no";
  if (start.old_created) detail["old_created"] = rfc3339(*start.old_created);
  if (start.idle_at_start) detail["idle_at_start"] = std::to_string(start.idle_at_start->count());
  put_policy(detail, start.policy);
  put_locations(detail, start.locations);
  return draft;
}

}  // namespace rotation
