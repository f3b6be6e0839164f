#include <algorithm>
#include <unordered_map>

#include "api.hpp"

namespace simulated_cloud {
namespace {

std::string page_end(const Call& call, std::string_view list, bool more, std::string_view last) {
  if (more) return element("IsTruncated", "true") + element("Marker", seal_marker(list, last));
  return call.world.options.omit_is_truncated ? "" : element("IsTruncated", "false");
}

// --- whose ---

[[noreturn]] void invalid(const std::string& member) {
  throw ApiError(400, "ValidationError",
                 "1 validation error detected: Value at '" + member + "' failed to satisfy constraint");
}

bool valid_name(std::string_view name) {
  static constexpr std::string_view others = "_+=,.@-";
  return name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  others.find(c) != std::string_view::npos;
         });
}

std::string user_name(const Call& call) {
  std::string name = call.get("UserName");
  if (name.empty()) {
    if (!call.caller.user_name.empty()) return call.caller.user_name;
    throw ApiError(400, "ValidationError", "Must specify userName when calling with non-User credentials");
  }
  if (!valid_name(name)) invalid("userName");
  return name;
}

std::string key_id(const Call& call) {
  std::string id = call.need("AccessKeyId");
  if (id.size() < 16 || id.size() > 128) invalid("accessKeyId");
  return id;
}

// Permission is asked before existence, so that who may not look can't probe for names.
User& permitted_user(const Call& call) {
  const std::string name = user_name(call);
  call.require("iam", "user " + name);
  return call.world.user(call.caller.account_id, name);
}

std::string user_fields(const Call& call, const User& user) {
  return element("Path", user.path) + element("UserName", user.name) + element("UserId", user.id) +
         element("Arn", call.world.user_arn(user)) + timestamp(call.world, "CreateDate", user.created);
}

std::string tag_fields(const std::string& key, const std::string& value) {
  return nested("member", element("Key", key) + element("Value", value));
}

// --- users ---

std::string get_user(const Call& call) {
  const User& user = permitted_user(call);
  std::string tags;
  for (const auto& [key, value] : user.tags) tags += tag_fields(key, value);
  return nested("GetUserResult", nested("User", user_fields(call, user) + (tags.empty() ? "" : nested("Tags", tags))));
}

std::string list_users(const Call& call) {
  call.require("iam", "*");
  const auto& users = call.world.account(call.caller.account_id).users;
  const std::string prefix = call.get("PathPrefix", "/");
  const std::string after = open_marker(call, "users");
  const std::size_t most = page_size(call);
  std::string inner, last;
  std::size_t count = 0;
  bool more = false;
  for (auto at = after.empty() ? users.begin() : users.upper_bound(after); at != users.end(); ++at) {
    if (!at->second.path.starts_with(prefix)) continue;
    if ((more = count == most)) break;
    inner += nested("member", user_fields(call, at->second));
    last = at->first;
    ++count;
  }
  return nested("ListUsersResult", nested("Users", inner) + page_end(call, "users", more, last));
}

std::string list_user_tags(const Call& call) {
  const User& user = permitted_user(call);
  const std::string after = open_marker(call, "tags");
  const std::size_t most = page_size(call);
  std::string inner, last;
  std::size_t count = 0;
  bool more = false;
  for (auto at = after.empty() ? user.tags.begin() : user.tags.upper_bound(after); at != user.tags.end(); ++at) {
    if ((more = count == most)) break;
    inner += tag_fields(at->first, at->second);
    last = at->first;
    ++count;
  }
  return nested("ListUserTagsResult", nested("Tags", inner) + page_end(call, "tags", more, last));
}

std::string create_user(const Call& call) {
  const std::string name = call.need("UserName");
  call.require("iam", "user " + name);
  User& user = call.world.create_user(call.caller.account_id, name, call.get("Path", "/"));
  user.policy.allow.clear();  // a new user may do nothing
  for (int n = 1;; ++n) {
    const std::string at = "Tags.member." + std::to_string(n);
    const std::string key = call.get(at + ".Key");
    if (key.empty()) break;
    user.tags[key] = call.get(at + ".Value");
  }
  return nested("CreateUserResult", nested("User", user_fields(call, user)));
}

std::string delete_user(const Call& call) {
  call.world.delete_user(call.caller.account_id, permitted_user(call).name);
  return {};
}

// --- access keys ---

std::string list_access_keys(const Call& call) {
  const User& user = permitted_user(call);
  const std::string after = open_marker(call, "keys");
  const std::size_t most = page_size(call);
  const auto keys = call.world.listed_keys(user);
  auto at = keys.begin();
  if (!after.empty()) {
    at = std::find_if(keys.begin(), keys.end(), [&](const ListedKey& key) { return key.id == after; });
    if (at != keys.end()) ++at;
  }
  std::string inner, last;
  std::size_t count = 0;
  for (; at != keys.end() && count < most; ++at, ++count) {
    inner += nested("member", element("UserName", user.name) + element("AccessKeyId", at->id) +
                                  element("Status", status_text(at->status)) +
                                  timestamp(call.world, "CreateDate", at->created));
    last = at->id;
  }
  return nested("ListAccessKeysResult",
                nested("AccessKeyMetadata", inner) + page_end(call, "keys", at != keys.end(), last));
}

std::string create_access_key(const Call& call) {
  const User& user = permitted_user(call);
  const AccessKey& key = call.world.create_key(user.account_id, user.name);
  if (call.created_key) *call.created_key = key.id;
  return nested("CreateAccessKeyResult",
                nested("AccessKey", element("UserName", user.name) + element("AccessKeyId", key.id) +
                                        element("Status", "Active") + element("SecretAccessKey", key.secret) +
                                        timestamp(call.world, "CreateDate", key.created)));
}

std::string update_access_key(const Call& call) {
  const std::string id = key_id(call);
  const std::string status = call.need("Status");
  if (status != "Active" && status != "Inactive") {
    throw ApiError(400, "ValidationError",
                   "1 validation error detected: Value '" + status +
                       "' at 'status' failed to satisfy constraint: "
                       "Member must satisfy enum value set: [Active, Inactive]");
  }
  call.world.set_status(call.world.key_of(permitted_user(call), id).id, *parse_status(status));
  return {};
}

std::string delete_access_key(const Call& call) {
  const std::string id = key_id(call);
  call.world.delete_key(call.world.key_of(permitted_user(call), id).id);
  return {};
}

std::string get_access_key_last_used(const Call& call) {
  const std::string id = key_id(call);
  call.require("iam", "access key " + id);
  const AccessKey* key = call.world.find_key(id);
  // Another account's key is not told apart from one that never was.
  if (!key || key->account_id != call.caller.account_id) {
    throw ApiError(403, "AccessDenied",
                   "User: " + call.caller.arn +
                       " is not authorized to perform: iam:GetAccessKeyLastUsed on resource: "
                       "access key " +
                       id);
  }
  if (key->now().deleted) {
    throw ApiError(404, "NoSuchEntity", "The Access Key with id " + id + " cannot be found.");
  }
  const auto use = call.world.last_used(*key);
  // Without a date, service and region are the literal N/A (IAM API reference, AccessKeyLastUsed).
  const std::string fields = use ? timestamp(call.world, "LastUsedDate", use->at) +
                                       element("ServiceName", use->service) + element("Region", use->region)
                                 : element("ServiceName", "N/A") + element("Region", "N/A");
  return nested("GetAccessKeyLastUsedResult",
                element("UserName", key->user_name) + nested("AccessKeyLastUsed", fields));
}

// --- policies ---

const Policy& policy_of(const Call& call, const std::string& arn) {
  const auto& home = call.world.account(call.caller.account_id);
  for (const auto& entry : home.users) {
    if (call.world.user_arn(entry.second) == arn) return entry.second.policy;
  }
  for (const auto& entry : home.roles) {
    if ("arn:" + home.partition + ":iam::" + home.id + ":role/" + entry.first == arn) return entry.second.policy;
  }
  throw ApiError(404, "NoSuchEntity", "The principal " + arn + " cannot be found.");
}

std::string simulate_principal_policy(const Call& call) {
  const std::string source = call.need("PolicySourceArn");
  const auto actions = call.members("ActionNames");
  if (actions.empty()) invalid("actionNames");
  call.require("iam", source);
  const Policy& policy = policy_of(call, source);
  auto resources = call.members("ResourceArns");
  if (resources.empty()) resources.emplace_back("*");
  std::string inner;
  for (const std::string& action : actions) {
    for (const std::string& resource : resources) {
      const Decision decision = decide(policy, action);
      inner += nested("member", element("EvalActionName", action) + element("EvalResourceName", resource) +
                                    element("EvalDecision", decision == Decision::allowed         ? "allowed"
                                                            : decision == Decision::explicit_deny ? "explicitDeny"
                                                                                                  : "implicitDeny") +
                                    element("MatchedStatements", "") + element("MissingContextValues", ""));
    }
  }
  return nested("SimulatePrincipalPolicyResult",
                nested("EvaluationResults", inner) + page_end(call, "simulate", false, ""));
}

using Handler = std::string (*)(const Call&);
const std::unordered_map<std::string_view, Handler>& handlers() {
  static const std::unordered_map<std::string_view, Handler> table{
      {"GetUser", get_user},
      {"ListUsers", list_users},
      {"ListUserTags", list_user_tags},
      {"CreateUser", create_user},
      {"DeleteUser", delete_user},
      {"ListAccessKeys", list_access_keys},
      {"CreateAccessKey", create_access_key},
      {"UpdateAccessKey", update_access_key},
      {"DeleteAccessKey", delete_access_key},
      {"GetAccessKeyLastUsed", get_access_key_last_used},
      {"GenerateCredentialReport", generate_report},
      {"GetCredentialReport", get_report},
      {"SimulatePrincipalPolicy", simulate_principal_policy},
  };
  return table;
}

}  // namespace

std::string answer_iam(const Call& call) {
  const auto found = handlers().find(call.action);
  if (found == handlers().end()) {
    throw ApiError(400, "InvalidAction",
                   "Could not find operation " + std::string{call.action} + " for version " + call.get("Version"));
  }
  // A session token without MFA may not call IAM at all (STS API reference, GetSessionToken).
  if (call.caller.session_without_mfa) {
    throw ApiError(403, "InvalidClientTokenId", "The security token included in the request is invalid");
  }
  return found->second(call);
}

}  // namespace simulated_cloud
