// RAM 2015-05-01: users and their access keys.
#include <algorithm>
#include <unordered_map>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

// Permission is asked before existence, so that who may not look can't probe for names.
User& permitted_user(const Call& call) {
  const std::string name = acs_user_name(call);
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/" + name);
  return call.world.user(call.caller.account_id, name);
}

AccessKey& named_key(const Call& call) {
  const std::string id = call.need("UserAccessKeyId");
  User& user = permitted_user(call);
  return call.world.key_of(user, id);
}

Json user_json(const Call& call, const User& user) {
  return {{"UserId", user.id},
          {"UserName", user.name},
          {"DisplayName", user.name},
          {"Comments", ""},
          {"CreateDate", acs_time(call, user.created)},
          {"UpdateDate", acs_time(call, user.created)}};
}

Json list_users(const Call& call) {
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/*");
  const auto& users = call.world.account(call.caller.account_id).users;
  const std::string after = open_marker(call, "users");
  const std::size_t most = page_size(call);
  Json page = Json::array();
  auto at = after.empty() ? users.begin() : users.upper_bound(after);
  for (; at != users.end() && page.size() < most; ++at) page.push_back(user_json(call, at->second));
  Json out{{"Users", {{"User", page}}}};
  if (at != users.end()) {
    out["IsTruncated"] = true;
    out["Marker"] = seal_marker("users", std::prev(at)->first);
  } else if (!call.world.options.omit_is_truncated) {
    out["IsTruncated"] = false;
  }
  return out;
}

Json get_user(const Call& call) {
  static_cast<void>(call.need("UserName"));
  Json user = user_json(call, permitted_user(call));
  user["LastLoginDate"] = "";
  return {{"User", user}};
}

Json create_user(const Call& call) {
  static_cast<void>(call.need("UserName"));
  const std::string name = acs_user_name(call);
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/*");
  User& user = call.world.create_user(call.caller.account_id, name);
  user.policy.allow.clear();  // a new user may do nothing
  return {{"User", user_json(call, user)}};
}

Json delete_user(const Call& call) {
  static_cast<void>(call.need("UserName"));
  call.world.delete_user(call.caller.account_id, permitted_user(call).name);
  return Json::object();
}

Json list_access_keys(const Call& call) {
  Json keys = Json::array();
  for (const ListedKey& key : call.world.listed_keys(permitted_user(call))) {
    keys.push_back(
        {{"AccessKeyId", key.id}, {"Status", status_text(key.status)}, {"CreateDate", acs_time(call, key.created)}});
  }
  return {{"AccessKeys", {{"AccessKey", keys}}}};
}

Json create_access_key(const Call& call) {
  const User& user = permitted_user(call);
  const AccessKey& key = call.world.create_key(user.account_id, user.name);
  if (call.created_key) *call.created_key = key.id;
  return {{"AccessKey",
           {{"AccessKeyId", key.id},
            {"AccessKeySecret", key.secret},
            {"Status", "Active"},
            {"CreateDate", acs_time(call, key.created)}}}};
}

Json update_access_key(const Call& call) {
  const std::string status = call.need("Status");
  if (status != "Active" && status != "Inactive") {
    throw ApiError(400, "InvalidParameter.Status", "The specified status " + status + " is not valid.");
  }
  call.world.set_status(named_key(call).id, *parse_status(status));
  return Json::object();
}

Json delete_access_key(const Call& call) {
  const AccessKey& key = named_key(call);
  if (call.world.options.delete_active_refused && key.now().status == KeyStatus::active) {
    throw ApiError(409, "DeleteConflict.AccessKey.Active",
                   "The access key " + key.id + " is active; disable it before you delete it.");
  }
  call.world.delete_key(key.id);
  return Json::object();
}

Json get_access_key_last_used(const Call& call) {
  const auto use = call.world.last_used(named_key(call));
  return {{"AccessKeyLastUsed", {{"LastUsedDate", use ? acs_time(call, use->at) : ""}}}};
}

using Handler = Json (*)(const Call&);
const std::unordered_map<std::string_view, Handler>& handlers() {
  static const std::unordered_map<std::string_view, Handler> table{
      {"ListUsers", list_users},
      {"GetUser", get_user},
      {"CreateUser", create_user},
      {"DeleteUser", delete_user},
      {"ListAccessKeys", list_access_keys},
      {"CreateAccessKey", create_access_key},
      {"UpdateAccessKey", update_access_key},
      {"DeleteAccessKey", delete_access_key},
      {"GetAccessKeyLastUsed", get_access_key_last_used},
  };
  return table;
}

}  // namespace

std::string acs_user_name(const Call& call) {
  std::string name = call.get("UserName");
  if (name.empty()) {
    if (!call.caller.user_name.empty()) return call.caller.user_name;
    throw ApiError(400, "MissingParameter.UserName", "UserName is mandatory for credentials that are not a user's.");
  }
  if (name.size() > 64) {
    throw ApiError(400, "InvalidParameter.UserName.Length",
                   "The length of the parameter UserName is beyond the maximum of 64.");
  }
  const bool fine = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
  if (fine) return name;
  throw ApiError(400, "InvalidParameter.UserName.InvalidChars", "The parameter UserName contains invalid characters.");
}

std::string acs_time(const Call& call, Time time) { return iso8601(time, call.world.options.fractional_timestamps); }

Json answer_ram(const Call& call) {
  const auto found = handlers().find(call.action);
  return found == handlers().end() ? answer_policies(call) : found->second(call);
}

void unknown_acs_action(const Call& call) {
  throw ApiError(404, "InvalidAction.NotFound",
                 "Specified api is not found, please check your url and method: " + std::string{call.action});
}

Json answer_acs(const Call& call, const AcsMessage& message) {
  if (message.service == "ram") return answer_ram(call);
  if (message.service == "sts") return answer_acs_sts(call);
  if (message.service == "ims") return answer_ims(call);
  if (message.service == "actiontrail") return answer_actiontrail(call);
  if (message.service == "kms") return answer_kms(call);
  return Json::object();
}

}  // namespace simulated_cloud
