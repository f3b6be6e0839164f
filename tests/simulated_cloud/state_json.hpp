// The world as JSON: to seed it, to look at it, to set its options, and to let a foreign actor act in it.
#pragma once

#include <nlohmann/json.hpp>

#include "cloud.hpp"

namespace simulated_cloud {

using Json = nlohmann::json;

// All of these throw std::invalid_argument (or nlohmann's own exception) for an unknown or malformed member.

// {"options": {…}, "accounts": [{"id", "partition", "users": […], "roles": […]}]}: adds to what is there.
void seed(World& world, const Json& state);
[[nodiscard]] Json state_of(World& world);

void set_options(World& world, const Json& changes);
[[nodiscard]] Json options_of(const Options& options);

// One move of a foreign actor or a consumer; what it answers depends on the move ("create_key": id and secret).
Json act(World& world, const Json& move);

[[nodiscard]] FaultRule parse_rule(const Json& rule);
[[nodiscard]] Json rule_json(const FaultRule& rule);
[[nodiscard]] Json log_json(const LogEntry& entry);

}  // namespace simulated_cloud
