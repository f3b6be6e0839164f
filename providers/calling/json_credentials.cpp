#include <algorithm>
#include <nlohmann/json.hpp>

#include "platform/files.hpp"
#include "providers/calling/sources.hpp"

namespace calling {

namespace {

using nlohmann::json;

// Empty for a missing member and one of another type.
std::string_view member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

void wipe_strings(json& object) {
  for (auto& value : object) {
    if (value.is_string()) rotation::wipe(value.get_ref<std::string&>());
  }
}

std::optional<Credentials> read(const json& object, const JsonNames& names, std::string& what) {
  const auto id = member(object, names.id);
  const auto secret = member(object, names.secret);
  const auto token = member(object, names.token);
  const auto expiration = member(object, names.expires);
  if (!is_signing_id(id) || !is_visible(secret) || (!token.empty() && !is_visible(token))) {
    what = std::string{"there is no whole "} + names.id + " and " + names.secret + " in it";
    return std::nullopt;
  }
  Credentials found{.id = rotation::AccessKeyId{std::string{id}}, .secret = rotation::Secret{secret}};
  if (!token.empty()) found.token = rotation::Secret{token};
  if (!expiration.empty()) {
    found.expires = rotation::parse_rfc3339(expiration);
    if (!found.expires) {
      what = std::string{"its "} + names.expires + " is not a time";
      return std::nullopt;
    }
  }
  return found;
}

}  // namespace

bool is_visible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool is_signing_id(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), fits);
}

std::optional<Credentials> read_json_credentials(std::string_view text, const JsonNames& names,
                                                 std::optional<int> version, std::string& what) {
  auto object = json::parse(text, nullptr, false);  // its exceptions would quote the text
  if (!object.is_object()) {
    what = "it is not a JSON object";
    return std::nullopt;
  }
  std::optional<Credentials> found;
  const auto stated = object.find("Version");
  if (version && (stated == object.end() || !stated->is_number_integer() || *stated != *version)) {
    what = "its Version is not " + std::to_string(*version);
  } else {
    found = read(object, names, what);
  }
  wipe_strings(object);
  return found;
}

std::optional<rotation::Secret> token_in(const std::string& file) {
  std::optional<std::string> token;
  try {
    token = platform::read_file(file, 64 << 10);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  if (!token) return std::nullopt;
  while (!token->empty() && (token->back() == '\n' || token->back() == '\r')) token->pop_back();
  return rotation::Secret::taking(std::move(*token));
}

const http::Response* good(const http::Reply& reply) {
  const auto* response = std::get_if<http::Response>(&reply);
  return response && response->status == 200 ? response : nullptr;
}

std::string why_not(const http::Reply& reply) {
  if (const auto* not_sent = std::get_if<http::NotSent>(&reply)) return not_sent->why;
  if (const auto* lost = std::get_if<http::Lost>(&reply)) return lost->why;
  return "it answered with HTTP " + std::to_string(std::get<http::Response>(reply).status);
}

}  // namespace calling
