#include <algorithm>

#include "api.hpp"

namespace simulated_cloud {
namespace {

std::string credentials(const Call& call, const Session& session) {
  return nested("Credentials", element("AccessKeyId", session.access_key) + element("SecretAccessKey", session.secret) +
                                   element("SessionToken", session.token) +
                                   timestamp(call.world, "Expiration", session.expires));
}

std::string get_caller_identity(const Call& call) {
  // Needs no permission, and works under an explicit deny (AWS STS API reference).
  return nested("GetCallerIdentityResult", element("UserId", call.caller.user_id) +
                                               element("Account", call.caller.account_id) +
                                               element("Arn", call.caller.arn));
}

[[noreturn]] void may_not_assume(const Call& call, const std::string& role_arn) {
  throw ApiError(403, "AccessDenied",
                 "User: " + call.caller.arn + " is not authorized to perform: sts:AssumeRole on resource: " + role_arn);
}

bool trusts(const Role& role, const Caller& caller) {
  const std::string root = "arn:" + caller.partition + ":iam::" + caller.account_id + ":root";
  return std::any_of(role.trust.begin(), role.trust.end(), [&](const std::string& trusted) {
    return trusted == "*" || trusted == caller.arn || trusted == caller.account_id || trusted == root;
  });
}

struct RoleFound {
  const Account* home = nullptr;
  const Role* role = nullptr;  // nullptr: no such role, which looks the same as one that does not trust the caller
};

RoleFound find_role(const Call& call, const std::string& arn) {
  const auto parts = split(arn, ':');
  if (parts.size() != 6 || parts[0] != "arn" || !parts[5].starts_with("role/")) {
    throw ApiError(400, "ValidationError", arn + " is invalid");
  }
  auto& accounts = call.world.accounts();
  const auto home = accounts.find(parts[4]);
  if (home == accounts.end() || home->second.partition != parts[1]) return {};
  const auto role = home->second.roles.find(parts[5].substr(parts[5].rfind('/') + 1));
  if (role == home->second.roles.end()) return {};
  return {.home = &home->second, .role = &role->second};
}

std::string assumed(const Call& call, const RoleFound& found, const std::string& name, long seconds) {
  const Session& session = call.world.open_role_session(*found.home, *found.role, name, std::chrono::seconds{seconds});
  const std::string arn =
      "arn:" + found.home->partition + ":sts::" + found.home->id + ":assumed-role/" + found.role->name + "/" + name;
  return credentials(call, session) +
         nested("AssumedRoleUser", element("AssumedRoleId", found.role->id + ":" + name) + element("Arn", arn));
}

std::string assume_role(const Call& call) {
  const std::string arn = call.need("RoleArn");
  const std::string name = call.need("RoleSessionName");
  const long seconds = call.number("DurationSeconds", 3600, 900, 43200);
  if (name.size() < 2 || name.size() > 64) {
    throw ApiError(400, "ValidationError",
                   "1 validation error detected: Value at 'roleSessionName' failed to "
                   "satisfy constraint: Member must have length between 2 and 64");
  }
  const RoleFound found = find_role(call, arn);
  if (!found.role || !trusts(*found.role, call.caller)) may_not_assume(call, arn);
  if (!found.role->external_id.empty() && found.role->external_id != call.get("ExternalId")) {
    may_not_assume(call, arn);
  }
  call.require("sts", arn);
  if (call.caller.user_name.empty() && seconds > 3600) {
    throw ApiError(400, "ValidationError",
                   "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  }
  return nested("AssumeRoleResult", assumed(call, found, name, seconds));
}

std::string get_session_token(const Call& call) {
  if (call.caller.user_name.empty() || call.caller.access_key.starts_with("ASIA")) {
    throw ApiError(403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
  }
  const long seconds = call.number("DurationSeconds", 43200, 900, 129600);
  const bool mfa = !call.get("SerialNumber").empty();
  if (mfa && call.get("TokenCode").size() != 6) {
    throw ApiError(403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.");
  }
  const User& user = call.world.user(call.caller.account_id, call.caller.user_name);
  return nested("GetSessionTokenResult",
                credentials(call, call.world.open_user_session(user, std::chrono::seconds{seconds}, mfa)));
}

std::string get_access_key_info(const Call& call) {
  const std::string id = call.need("AccessKeyId");
  call.require("sts", "*");
  const AccessKey* key = call.world.find_key(id);
  if (!key) throw ApiError(400, "ValidationError", "Invalid access key id " + id);
  return nested("GetAccessKeyInfoResult", element("Account", key->account_id));
}

}  // namespace

std::string answer_web_identity(const Call& call) {
  const std::string arn = call.need("RoleArn");
  const std::string name = call.need("RoleSessionName");
  const std::string token = call.need("WebIdentityToken");
  const long seconds = call.number("DurationSeconds", 3600, 900, 43200);
  const RoleFound found = find_role(call, arn);
  if (!found.role || found.role->web_identity_tokens.empty()) {
    throw ApiError(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
  const auto& accepted = found.role->web_identity_tokens;
  if (std::find(accepted.begin(), accepted.end(), token) == accepted.end()) {
    throw ApiError(400, "InvalidIdentityToken", "The web identity token that was passed could not be validated");
  }
  return nested("AssumeRoleWithWebIdentityResult",
                assumed(call, found, name, seconds) + element("Provider", "oidc.example.com"));
}

std::string answer_sts(const Call& call) {
  if (call.action == "GetCallerIdentity") return get_caller_identity(call);
  if (call.action == "AssumeRole") return assume_role(call);
  if (call.action == "GetSessionToken") return get_session_token(call);
  if (call.action == "GetAccessKeyInfo") return get_access_key_info(call);
  throw ApiError(400, "InvalidAction",
                 "Could not find operation " + std::string{call.action} + " for version " + call.get("Version"));
}

}  // namespace simulated_cloud
