// STS 2015-04-01.
#include <algorithm>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

Json get_caller_identity(const Call& call) {
  Json out{{"AccountId", call.caller.account_id}, {"Arn", call.caller.arn}, {"PrincipalId", call.caller.user_id}};
  if (call.caller.user_name.empty()) {
    out["IdentityType"] = "AssumedRoleUser";
    out["RoleId"] = call.caller.user_id.substr(0, call.caller.user_id.find(':'));
  } else {
    out["IdentityType"] = "RAMUser";
    out["UserId"] = call.caller.user_id;
  }
  return out;
}

struct RoleFound {
  const Account& home;
  const Role& role;
};

RoleFound find_role(const Call& call, const std::string& arn) {
  const auto parts = split(arn, ':');
  const bool whole = parts.size() == 5 && parts[0] == "acs" && parts[1] == "ram" && parts[4].starts_with("role/");
  if (!whole) throw ApiError(400, "InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.");
  auto& accounts = call.world.accounts();
  const auto home = accounts.find(parts[3]);
  if (home != accounts.end() && home->second.partition == "acs") {
    const auto role = home->second.roles.find(parts[4].substr(5));
    if (role != home->second.roles.end()) return {.home = home->second, .role = role->second};
  }
  throw ApiError(404, "EntityNotExist.Role", "The specified Role does not exist.");
}

bool trusts(const Role& role, const Caller& caller) {
  const std::string root = "acs:ram::" + caller.account_id + ":root";
  return std::any_of(role.trust.begin(), role.trust.end(), [&](const std::string& trusted) {
    return trusted == "*" || trusted == caller.arn || trusted == caller.account_id || trusted == root;
  });
}

std::string session_name(const Call& call) {
  std::string name = call.need("RoleSessionName");
  const bool fine = name.size() >= 2 && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                             c == '@' || c == '-' || c == '_';
                    });
  if (fine) return name;
  throw ApiError(400, "InvalidParameter.RoleSessionName", "The parameter RoleSessionName is wrongly formed.");
}

Json assumed(const Call& call, const RoleFound& found, const std::string& name, long seconds) {
  const Session& session = call.world.open_role_session(found.home, found.role, name, std::chrono::seconds{seconds});
  return {{"Credentials",
           {{"AccessKeyId", session.access_key},
            {"AccessKeySecret", session.secret},
            {"SecurityToken", session.token},
            {"Expiration", acs_time(call, session.expires)}}},
          {"AssumedRoleUser",
           {{"Arn", "acs:ram::" + found.home.id + ":assumed-role/" + found.role.name + "/" + name},
            {"AssumedRoleId", found.role.id + ":" + name}}}};
}

Json assume_role(const Call& call) {
  const std::string arn = call.need("RoleArn");
  const std::string name = session_name(call);
  const long seconds = call.number("DurationSeconds", 3600, 900, 43200);
  call.require("sts", arn);
  const RoleFound found = find_role(call, arn);
  const bool outside = !found.role.external_id.empty() && found.role.external_id != call.get("ExternalId");
  if (!trusts(found.role, call.caller) || outside) {
    throw ApiError(403, "NoPermission", "You are not authorized to do this action. You should be trusted by the role.");
  }
  return assumed(call, found, name, seconds);
}

}  // namespace

Json answer_oidc(const Call& call) {
  const std::string arn = call.need("RoleArn");
  const std::string provider = call.need("OIDCProviderArn");
  const std::string token = call.need("OIDCToken");
  const std::string name = session_name(call);
  const long seconds = call.number("DurationSeconds", 3600, 900, 43200);
  const RoleFound found = find_role(call, arn);
  if (!provider.starts_with("acs:ram::" + found.home.id + ":oidc-provider/")) {
    throw ApiError(404, "EntityNotExist.OIDCProvider", "The OIDC Provider does not exist.");
  }
  const auto& accepted = found.role.web_identity_tokens;
  if (std::find(accepted.begin(), accepted.end(), token) == accepted.end()) {
    throw ApiError(400, "AuthenticationFail.OIDCToken.Invalid", "This OIDC token is invalid.");
  }
  Json out = assumed(call, found, name, seconds);
  out["OIDCTokenInfo"] = {{"Subject", "system:serviceaccount:default:app"},
                          {"Issuer", "https://oidc.example.com"},
                          {"ClientIds", "sts.aliyuncs.com"},
                          {"VerificationInfo", "Success"}};
  return out;
}

Json answer_acs_sts(const Call& call) {
  if (call.action == "GetCallerIdentity") return get_caller_identity(call);  // needs no permission
  if (call.action == "AssumeRole") return assume_role(call);
  unknown_acs_action(call);
}

}  // namespace simulated_cloud
