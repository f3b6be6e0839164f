// The recycle bin of access keys, IMS 2019-08-15. Its calls name the user by id; policies name the actions "ram:…".
#include <algorithm>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

User& permitted_user(const Call& call) {
  const std::string id = call.get("UserId", call.caller.user_name.empty() ? "" : call.caller.user_id);
  if (id.empty()) throw ApiError(400, "MissingParameter.UserId", "UserId is mandatory for this action.");
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/*");
  for (auto& entry : call.world.account(call.caller.account_id).users) {
    if (entry.second.id == id) return entry.second;
  }
  throw ApiError(404, "EntityNotExist.User", "The user " + id + " does not exist.");
}

// The key in that user's bin.
BinnedKey named_key(const Call& call, User& user) {
  const std::string id = call.need("UserAccessKeyId");
  const auto& bin = call.world.bin(user);
  const auto found = std::find_if(bin.begin(), bin.end(), [&](const BinnedKey& key) { return key.id == id; });
  if (found != bin.end()) return *found;
  throw ApiError(404, "EntityNotExist.User.AccessKey", "The access key " + id + " is not in the recycle bin.");
}

Json key_json(const Call& call, const BinnedKey& key) {
  return {{"AccessKeyId", key.id},
          {"CreateDate", acs_time(call, call.world.find_key(key.id)->created)},
          {"RecycleDate", acs_time(call, key.recycled)},
          {"DeleteDate", acs_time(call, key.recycled + call.world.options.bin)}};
}

Json list_bin(const Call& call) {
  Json keys = Json::array();
  for (const BinnedKey& key : call.world.bin(permitted_user(call))) keys.push_back(key_json(call, key));
  return {{"AccessKeys", {{"AccessKey", keys}}}};
}

Json get_info(const Call& call) {
  User& user = permitted_user(call);
  Json key = key_json(call, named_key(call, user));
  key["UserId"] = user.id;
  key["UserPrincipalName"] = user.name + "@" + call.caller.account_id + ".onaliyun.com";
  key["UserRecycled"] = false;
  return {{"AccessKey", key}};
}

}  // namespace

Json answer_ims(const Call& call) {
  if (call.action == "ListAccessKeysInRecycleBin") return list_bin(call);
  if (call.action == "GetAccessKeyInfoInRecycleBin") return get_info(call);
  if (call.action == "RestoreAccessKeyFromRecycleBin") {
    call.world.restore_key(named_key(call, permitted_user(call)).id);
    return Json::object();
  }
  if (call.action == "DeleteAccessKeyInRecycleBin") {
    call.world.purge_key(named_key(call, permitted_user(call)).id);
    return Json::object();
  }
  unknown_acs_action(call);
}

}  // namespace simulated_cloud
