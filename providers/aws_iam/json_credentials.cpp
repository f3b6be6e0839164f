#include <algorithm>
#include <nlohmann/json.hpp>

#include "providers/aws_iam/sources.hpp"

namespace aws_iam {

namespace {

using nlohmann::json;

bool is_visible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

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

std::optional<Credentials> read(const json& object, const char* token_member, std::string& what) {
  const auto id = member(object, "AccessKeyId");
  const auto secret = member(object, "SecretAccessKey");
  const auto token = member(object, token_member);
  const auto expiration = member(object, "Expiration");
  if (!is_signing_id(id) || !is_visible(secret) || (!token.empty() && !is_visible(token))) {
    what = "there is no whole AccessKeyId and SecretAccessKey in it";
    return std::nullopt;
  }
  Credentials found{.id = rotation::AccessKeyId{std::string{id}}, .secret = rotation::Secret{secret}};
  if (!token.empty()) found.token = rotation::Secret{token};
  if (!expiration.empty()) {
    found.expires = rotation::parse_rfc3339(expiration);
    if (!found.expires) {
      what = "its Expiration is not a time";
      return std::nullopt;
    }
  }
  return found;
}

}  // namespace

bool is_signing_id(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), fits);
}

std::optional<Credentials> read_json_credentials(std::string_view text, const char* token_member,
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
    found = read(object, token_member, what);
  }
  wipe_strings(object);
  return found;
}

}  // namespace aws_iam
