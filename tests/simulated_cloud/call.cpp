#include <algorithm>
#include <charconv>

#include "api.hpp"

namespace simulated_cloud {

std::string Call::get(std::string_view name, std::string_view otherwise) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string{otherwise} : found->second;
}

std::string Call::need(std::string_view name) const {
  std::string value = get(name);
  if (!value.empty()) return value;
  throw ApiError(400, "ValidationError",
                 "1 validation error detected: Value null at '" + std::string{name} +
                     "' failed to satisfy constraint: Member must not be null");
}

long Call::number(std::string_view name, long otherwise, long least, long most) const {
  const std::string text = get(name);
  if (text.empty()) return otherwise;
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) return value;
  throw ApiError(400, "ValidationError",
                 "1 validation error detected: Value '" + text + "' at '" + std::string{name} +
                     "' failed to satisfy constraint: Member must have value between " + std::to_string(least) +
                     " and " + std::to_string(most));
}

std::vector<std::string> Call::members(std::string_view name) const {
  std::vector<std::string> out;
  for (int n = 1;; ++n) {
    std::string value = get(std::string{name} + ".member." + std::to_string(n));
    if (value.empty()) return out;
    out.push_back(std::move(value));
  }
}

void Call::require(std::string_view service, const std::string& resource) const {
  const std::string name = std::string{service} + ":" + std::string{action};
  const Decision decision = decide(caller.policy, name);
  if (decision == Decision::allowed) return;
  throw ApiError(
      403, "AccessDenied",
      "User: " + caller.arn + " is not authorized to perform: " + name + " on resource: " + resource +
          (decision == Decision::explicit_deny ? " with an explicit deny in an identity-based policy"
                                               : " because no identity-based policy allows the " + name + " action"));
}

std::string seal_marker(std::string_view list, std::string_view last) {
  const std::string inner = std::string{list} + "|" + std::string{last};
  return base64(hmac_sha256("simulated cloud marker", inner).substr(0, 9)) + hex(inner);
}

std::string open_marker(const Call& call, std::string_view list, std::string_view parameter) {
  const std::string marker = call.get(parameter);
  if (marker.empty()) return {};
  std::string inner;
  for (std::size_t i = 12; i + 1 < marker.size(); i += 2) {
    inner += uri_decode("%" + marker.substr(i, 2));
  }
  const std::string start = std::string{list} + "|";
  if (!inner.starts_with(start) || seal_marker(list, inner.substr(start.size())) != marker) {
    throw ApiError(400, "ValidationError", "Invalid Marker.");
  }
  return inner.substr(start.size());
}

std::size_t page_size(const Call& call) {
  return std::min(static_cast<std::size_t>(call.number("MaxItems", 100, 1, 1000)), call.world.options.page_cap);
}

std::string element(std::string_view name, std::string_view text) { return nested(name, xml_escape(text)); }

std::string nested(std::string_view name, std::string_view inner) {
  std::string out;
  out.reserve(inner.size() + 2 * name.size() + 5);
  return out.append("<").append(name).append(">").append(inner).append("</").append(name).append(">");
}

std::string timestamp(const World& world, std::string_view name, Time time) {
  return element(name, iso8601(time, world.options.fractional_timestamps));
}

}  // namespace simulated_cloud
