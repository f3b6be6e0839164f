#include <algorithm>
#include <array>

#include "inventory/metrics.hpp"
#include "rotation/words.hpp"

namespace inventory {
namespace {

using rotation::word;

std::int64_t seconds(Time time) { return time.time_since_epoch().count(); }

// `value` of each key that has one.
template <class Value>
void each_key(const Metrics& metrics, const Emit& emit, Value value) {
  for (const MetricKey& key : metrics.keys) {
    const std::optional<std::int64_t> number = value(key);
    if (!number) continue;
    const MetricAccount& account = metrics.accounts[key.account];
    emit(std::array{Label{"account", account.name}, Label{"provider", account.provider}, Label{"user", key.user},
                    Label{"access_key_id", key.label}},
         *number);
  }
}

template <class Value>
void each_account(const Metrics& metrics, const Emit& emit, Value value) {
  for (const MetricAccount& account : metrics.accounts) {
    const std::optional<std::int64_t> number = value(account);
    if (number) emit(std::array{Label{"account", account.name}, Label{"provider", account.provider}}, *number);
  }
}

void emit_rotation(const Emit& emit, const MetricRotation& rotation, std::int64_t number,
                   std::initializer_list<Label> more = {}) {
  std::vector<Label> labels{{"account", rotation.account},
                            {"user", rotation.user},
                            {"rotation", rotation.id},
                            {"procedure", word(rotation.procedure)}};
  labels.insert(labels.end(), more);
  emit(labels, number);
}

void key_created(const Metrics& metrics, const Emit& emit) {
  each_key(metrics, emit, [](const MetricKey& key) { return std::optional{seconds(key.created)}; });
}
void key_used(const Metrics& metrics, const Emit& emit) {
  each_key(metrics, emit, [](const MetricKey& key) {
    return key.used ? std::optional{seconds(*key.used)} : std::optional<std::int64_t>{};
  });
}
void key_never_used(const Metrics& metrics, const Emit& emit) {
  each_key(metrics, emit, [](const MetricKey& key) {
    return key.use_known ? std::optional<std::int64_t>{key.used ? 0 : 1} : std::optional<std::int64_t>{};
  });
}
void key_age(const Metrics& metrics, const Emit& emit) {
  each_key(metrics, emit,
           [&](const MetricKey& key) { return std::optional<std::int64_t>{age_of(key, metrics.as_of).count()}; });
}
void key_max_age(const Metrics& metrics, const Emit& emit) {
  each_key(metrics, emit, [](const MetricKey& key) { return std::optional<std::int64_t>{key.max_age.count()}; });
}
void key_active(const Metrics& metrics, const Emit& emit) {
  each_key(metrics, emit, [](const MetricKey& key) {
    return std::optional<std::int64_t>{key.status == rotation::KeyStatus::active ? 1 : 0};
  });
}

void account_info(const Metrics& metrics, const Emit& emit) {
  for (const MetricAccount& account : metrics.accounts) {
    if (account.account_id.empty()) continue;
    emit(std::array{Label{"account", account.name}, Label{"provider", account.provider},
                    Label{"account_id", account.account_id}},
         1);
  }
}
void account_keys(const Metrics& metrics, const Emit& emit) {
  each_account(metrics, emit, [](const MetricAccount& account) {
    return account.complete ? std::optional{static_cast<std::int64_t>(account.keys)} : std::optional<std::int64_t>{};
  });
}
void account_warn(const Metrics& metrics, const Emit& emit) {
  each_account(metrics, emit,
               [&](const MetricAccount&) { return std::optional<std::int64_t>{metrics.warn_before.count()}; });
}
void scan_success(const Metrics& metrics, const Emit& emit) {
  each_account(metrics, emit,
               [](const MetricAccount& account) { return std::optional<std::int64_t>{account.complete ? 1 : 0}; });
}
void scan_run(const Metrics& metrics, const Emit& emit) {
  each_account(metrics, emit, [&](const MetricAccount&) { return std::optional{seconds(metrics.as_of)}; });
}

void rotation_state(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) {
    emit_rotation(emit, each, 1, {{"state", word(each.state)}, {"direction", word(each.direction)}});
  }
}
void rotation_started(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) emit_rotation(emit, each, seconds(each.started));
}
void rotation_updated(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) emit_rotation(emit, each, seconds(each.updated));
}
void rotation_steps(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) {
    for (const auto& [step, at] : each.steps) emit_rotation(emit, each, seconds(at), {{"step", word(step)}});
  }
}
void rotation_due(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) emit_rotation(emit, each, seconds(each.due));
}
void rotation_attention(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) {
    if (each.attention) emit_rotation(emit, each, 1, {{"code", word(*each.attention)}});
  }
}
void rotation_pending(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) {
    if (each.pending) emit_rotation(emit, each, seconds(each.pending->second), {{"step", word(each.pending->first)}});
  }
}
void rotation_stuck(const Metrics& metrics, const Emit& emit) {
  for (const MetricRotation& each : metrics.rotations) emit_rotation(emit, each, each.stuck ? 1 : 0);
}
void rotations_closed(const Metrics& metrics, const Emit& emit) {
  for (const MetricClosed& each : metrics.closed) {
    emit(std::array{Label{"account", each.account}, Label{"procedure", word(each.procedure)},
                    Label{"result", word(each.result)}},
         static_cast<std::int64_t>(each.rotations));
  }
}
void drifted(const Metrics& metrics, const Emit& emit) {
  for (const MetricDrift& each : metrics.drifted) {
    emit(std::array{Label{"account", each.account}, Label{"user", each.user}},
         static_cast<std::int64_t>(each.locations));
  }
}
void build_info(const Metrics& metrics, const Emit& emit) { emit(std::array{Label{"version", metrics.version}}, 1); }

// clang-format off
constexpr std::array all{
    Family{"keybaton_access_key_created_timestamp_seconds", "When the access key was made.",
           "s", Shape::gauge, Concerns::key, key_created},
    Family{"keybaton_access_key_last_used_timestamp_seconds", "When the access key was last used; none if it never was.",
           "s", Shape::gauge, Concerns::key, key_used},
    Family{"keybaton_access_key_never_used", "Whether the access key was never used (1) or was (0).",
           "", Shape::gauge, Concerns::key, key_never_used},
    Family{"keybaton_access_key_age_seconds", "How old the access key was when the account was last scanned.",
           "s", Shape::gauge, Concerns::key, key_age},
    Family{"keybaton_access_key_max_age_seconds", "How old the policy lets the access key become.",
           "s", Shape::gauge, Concerns::key, key_max_age},
    Family{"keybaton_access_key_active", "Whether the access key is Active (1) or not (0).",
           "", Shape::gauge, Concerns::key, key_active},
    Family{"keybaton_account_info", "Which cloud account this name of the config stands for.",
           "", Shape::gauge, Concerns::rest, account_info},
    Family{"keybaton_account_access_keys", "Access keys of the account; none if it could not be read.",
           "", Shape::gauge, Concerns::rest, account_keys},
    Family{"keybaton_account_warn_before_seconds", "How long before its greatest age a key is to be warned of.",
           "s", Shape::gauge, Concerns::rest, account_warn},
    Family{"keybaton_scan_success", "Whether all of the account could be read at the last scan (1) or not (0).",
           "", Shape::gauge, Concerns::rest, scan_success},
    Family{"keybaton_scan_last_run_timestamp_seconds", "When the account was last scanned, whether it could be read or not.",
           "s", Shape::gauge, Concerns::rest, scan_run},
    Family{"keybaton_rotation_state", "Where an open rotation stands and which way it goes: 1.",
           "", Shape::gauge, Concerns::rest, rotation_state},
    Family{"keybaton_rotation_started_timestamp_seconds", "When an open rotation was started.",
           "s", Shape::gauge, Concerns::rest, rotation_started},
    Family{"keybaton_rotation_updated_timestamp_seconds", "When the journal last heard of an open rotation.",
           "s", Shape::gauge, Concerns::rest, rotation_updated},
    Family{"keybaton_rotation_step_timestamp_seconds", "When an open rotation finished a step.",
           "s", Shape::gauge, Concerns::rest, rotation_steps},
    Family{"keybaton_rotation_next_due_timestamp_seconds", "From when on an open rotation can go on.",
           "s", Shape::gauge, Concerns::rest, rotation_due},
    Family{"keybaton_rotation_attention", "An open rotation that a person must look at, and why: 1.",
           "", Shape::gauge, Concerns::rest, rotation_attention},
    Family{"keybaton_rotation_pending_since_timestamp_seconds", "Since when the outcome of a step of an open rotation is not known.",
           "s", Shape::gauge, Concerns::rest, rotation_pending},
    Family{"keybaton_rotation_stuck", "Whether an open rotation will not go on by itself (1) or will (0).",
           "", Shape::gauge, Concerns::rest, rotation_stuck},
    Family{"keybaton_rotations_closed_total", "Rotations of this journal that have ended, by how.",
           "", Shape::counter, Concerns::rest, rotations_closed},
    Family{"keybaton_drifted_locations", "Locations of a user last seen with a retired or an unknown key.",
           "", Shape::gauge, Concerns::rest, drifted},
    Family{"keybaton_build_info", "The version of keybaton that wrote this.",
           "", Shape::gauge, Concerns::rest, build_info},
};
// clang-format on

}  // namespace

std::span<const Family> families() { return all; }

std::string dotted_name(const Family& family) {
  std::string name(family.name);
  const std::string_view unit = family.shape == Shape::counter ? "_total" : family.unit.empty() ? "" : "_seconds";
  if (name.ends_with(unit)) name.resize(name.size() - unit.size());
  name[name.find('_')] = '.';
  return name;
}

Seconds age_of(const MetricKey& key, Time now) { return std::max(now - key.created, Seconds{0}); }

}  // namespace inventory
