// The settings of the type vault-kv2.
#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "platform/files.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/vault_secret.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;
using Method = VaultAccess::Method;

constexpr const char* default_jwt = "/var/run/secrets/kubernetes.io/serviceaccount/token";

// ---- check --------------------------------------------------------------------------------------------------

bool is_set(const LocationSpec& spec, const char* name) { return !text_of(spec, name).empty(); }

// Components between single slashes, none of them "." or "..", which a URL would swallow.
bool is_path(std::string_view text) {
  while (true) {
    const std::string_view one = text.substr(0, text.find('/'));
    if (one.empty() || one == "." || one == "..") return false;
    if (one.size() == text.size()) return true;
    text.remove_prefix(one.size() + 1);
  }
}

void check_place(const LocationSpec& spec, Findings& findings) {
  check_address(spec, "address", findings);
  const std::string_view address = text_of(spec, "address");
  if (address.ends_with("/v1") || address.ends_with("/v1/")) {
    findings.push_back({"address", false, "address is that of the server, without /v1"});
  }
  for (const char* name : {"mount", "path", "auth.mount"}) {
    if (!is_set(spec, name) || is_path(text_of(spec, name))) continue;
    findings.push_back(
        {name, false, std::string(name) + " wants names between single slashes, none at its beginning or end"});
  }
  if (is_set(spec, "id") && text_of(spec, "id") == text_of(spec, "value")) {
    findings.push_back({"value", false, "id and value name the same member"});
  }
}

void allow_only(const LocationSpec& spec, std::initializer_list<std::string_view> allowed, const std::string& method,
                Findings& findings) {
  for (const char* name : {"token_file", "token_env", "auth.mount", "auth.role_id", "auth.role_id_file",
                           "auth.secret_id_file", "auth.secret_id_env", "auth.role", "auth.jwt_file"}) {
    if (!is_set(spec, name) || std::ranges::find(allowed, name) != allowed.end()) continue;
    findings.push_back({name, false, std::string(name) + " means nothing with auth.method " + method});
  }
}

void want_one(const LocationSpec& spec, const char* a, const char* b, Findings& findings) {
  if (is_set(spec, a) != is_set(spec, b)) return;
  const bool both = is_set(spec, a);
  findings.push_back({both ? b : a, !both,
                      "auth.method approle wants " + std::string(both ? "only " : "") + "one of " + a + " and " + b});
}

void check_access(const LocationSpec& spec, Findings& findings) {
  const std::string method(is_set(spec, "auth.method") ? text_of(spec, "auth.method") : "token");
  if (method == "token") {
    allow_only(spec, {"token_file", "token_env"}, method, findings);
    if (is_set(spec, "token_file") && is_set(spec, "token_env")) {
      findings.push_back({"token_env", false, "only one of token_file and token_env can name the token"});
    }
  } else if (method == "approle") {
    allow_only(spec, {"auth.mount", "auth.role_id", "auth.role_id_file", "auth.secret_id_file", "auth.secret_id_env"},
               method, findings);
    want_one(spec, "auth.role_id_file", "auth.role_id", findings);
    want_one(spec, "auth.secret_id_file", "auth.secret_id_env", findings);
  } else if (method == "kubernetes") {
    allow_only(spec, {"auth.mount", "auth.role", "auth.jwt_file"}, method, findings);
    if (!is_set(spec, "auth.role")) findings.push_back({"auth.role", true, "auth.method kubernetes wants auth.role"});
  } else {
    findings.push_back({"auth.method", false, "auth.method is one of token, approle, kubernetes"});
  }
}

void check_vault(const LocationSpec& spec, Findings& findings) {
  check_place(spec, findings);
  check_access(spec, findings);
}

// ---- make ---------------------------------------------------------------------------------------------------

std::string path_of(const LocationSpec& spec, const char* name) {
  return is_set(spec, name) ? platform::expand_home(text_of(spec, name)).string() : std::string();
}

VaultAccess access_of(const LocationSpec& spec) {
  const auto text = [&](const char* name) { return std::string(text_of(spec, name)); };
  const std::string method = text("auth.method");
  VaultAccess access{.token_file = path_of(spec, "token_file"),
                     .token_env = text("token_env"),
                     .mount = text("auth.mount"),
                     .role_id = text("auth.role_id"),
                     .role_id_file = path_of(spec, "auth.role_id_file"),
                     .secret_id_file = path_of(spec, "auth.secret_id_file"),
                     .secret_id_env = text("auth.secret_id_env"),
                     .role = text("auth.role"),
                     .jwt_file = path_of(spec, "auth.jwt_file")};
  if (method == "approle") access.method = Method::approle;
  if (method == "kubernetes") access.method = Method::service_account;
  access.mount = encoded_path(access.mount.empty() ? method : access.mount);
  if (access.jwt_file.empty()) access.jwt_file = default_jwt;
  return access;
}

std::unique_ptr<rotation::Location> vault_secret(const LocationSpec& spec, const Surroundings& surroundings) {
  http::TransportSettings settings;
  if (is_set(spec, "ca_file")) settings.ca_bundle = path_of(spec, "ca_file");
  std::string address(text_of(spec, "address"));
  while (address.ends_with('/')) address.pop_back();
  auto client = std::make_unique<VaultClient>(
      VaultServer{.address = address, .name_space = std::string(text_of(spec, "namespace")), .access = access_of(spec)},
      wire_for(spec, surroundings, std::move(settings)), surroundings.pause);
  return std::make_unique<VaultSecret>(VaultPlace{.mount = spec.settings.at("mount"),
                                                  .path = spec.settings.at("path"),
                                                  .members = {spec.settings.at("id"), spec.settings.at("value")}},
                                       std::move(client));
}

constexpr std::array vault_settings{Setting{"address"},
                                    Setting{"mount"},
                                    Setting{"path"},
                                    Setting{"id"},
                                    Setting{"value"},
                                    Setting{"namespace", false},
                                    Setting{"ca_file", false, Shape::path},
                                    Setting{"token_file", false, Shape::path},
                                    Setting{"token_env", false},
                                    Setting{"auth.method", false},
                                    Setting{"auth.mount", false},
                                    Setting{"auth.role_id", false},
                                    Setting{"auth.role_id_file", false, Shape::path},
                                    Setting{"auth.secret_id_file", false, Shape::path},
                                    Setting{"auth.secret_id_env", false},
                                    Setting{"auth.role", false},
                                    Setting{"auth.jwt_file", false, Shape::path}};

}  // namespace

const Kind vault_kv2{"vault-kv2",  vault_settings, check_vault,
                     vault_secret, Reach::network, "{mount}/{path} at {address}[, namespace {namespace}]"};

}  // namespace secrets_adapters
