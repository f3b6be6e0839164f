#include <stdexcept>
#include <variant>

#include "state_json.hpp"

namespace simulated_cloud {
namespace {

using Member = std::variant<Millis Options::*, bool Options::*, double Options::*, std::size_t Options::*>;
struct Named {
  const char* name;
  Member member;
};

// Spans are milliseconds, and their names end so.
const Named table[] = {
    {"propagation_ms", &Options::propagation},
    {"deactivation_delay_ms", &Options::deactivation_delay},
    {"stale_ms", &Options::stale},
    {"stale_alternates", &Options::stale_alternates},
    {"granularity_ms", &Options::granularity},
    {"lag_ms", &Options::lag},
    {"refused_counts_as_use", &Options::refused_counts_as_use},
    {"bad_signature_counts_as_use", &Options::bad_signature_counts_as_use},
    {"date_skew_ms", &Options::date_skew},
    {"date_follows_world", &Options::date_follows_world},
    {"key_limit", &Options::key_limit},
    {"key_limit_blind_ms", &Options::key_limit_blind},
    {"page_cap", &Options::page_cap},
    {"omit_is_truncated", &Options::omit_is_truncated},
    {"fractional_timestamps", &Options::fractional_timestamps},
    {"check_region", &Options::check_region},
    {"throttle_rate", &Options::throttle_rate},
    {"throttle_burst", &Options::throttle_burst},
    {"throttle_per_action", &Options::throttle_per_action},
    {"report_delay_ms", &Options::report_delay},
    {"report_interval_ms", &Options::report_interval},
    {"trail_lag_ms", &Options::trail_lag},
    {"lookup_rate", &Options::lookup_rate},
    {"latency_ms", &Options::latency},
    {"acs_granularity_ms", &Options::acs_granularity},
    {"delete_active_refused", &Options::delete_active_refused},
    {"bin_slots", &Options::bin_slots},
    {"bin_ms", &Options::bin},
};

void assign(Millis& target, const Json& value) { target = Millis{value.get<Millis::rep>()}; }
template <typename Value>
void assign(Value& target, const Json& value) {
  target = value.get<Value>();
}

Json plain(Millis value) { return value.count(); }
template <typename Value>
Json plain(Value value) {
  return value;
}

}  // namespace

void set_options(World& world, const Json& changes) {
  Options options = world.options;
  for (const auto& item : changes.items()) {
    const Named* found = nullptr;
    for (const Named& named : table) {
      if (item.key() == named.name) found = &named;
    }
    if (!found) throw std::invalid_argument("unknown option: " + item.key());
    std::visit([&](auto member) { assign(options.*member, item.value()); }, found->member);
  }
  // Who asks for one coarseness means both clouds.
  if (changes.contains("granularity_ms") && !changes.contains("acs_granularity_ms")) {
    options.acs_granularity = options.granularity;
  }
  if (options.page_cap == 0) throw std::invalid_argument("page_cap must be at least 1");
  world.options = options;
}

Json options_of(const Options& options) {
  Json out = Json::object();
  for (const Named& named : table) {
    std::visit([&](auto member) { out[named.name] = plain(options.*member); }, named.member);
  }
  return out;
}

}  // namespace simulated_cloud
