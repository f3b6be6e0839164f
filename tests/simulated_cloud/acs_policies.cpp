// The part of RAM 2015-05-01 that reads policies: a user's or role's Policy shown as one custom policy attached to it.
// There are no groups.
#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

constexpr std::string_view suffix = "-policy", role_suffix = "-role-policy";

std::string document(const Policy& policy) {
  Json statements = Json::array();
  const auto add = [&](const char* effect, const std::vector<std::string>& actions) {
    if (!actions.empty()) statements.push_back({{"Effect", effect}, {"Action", actions}, {"Resource", "*"}});
  };
  add("Allow", policy.allow);
  add("Deny", policy.deny);
  return Json{{"Version", "1"}, {"Statement", statements}}.dump();
}

bool says_something(const Policy& policy) { return !policy.allow.empty() || !policy.deny.empty(); }

// Whose policy has this name, without its suffix; empty for the name of none.
std::string_view holder(std::string_view name, std::string_view ending) {
  return name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : std::string_view{};
}

const Policy& named_policy(const Call& call) {
  const std::string name = call.need("PolicyName");
  const Account& account = call.world.account(call.caller.account_id);
  const bool custom = call.need("PolicyType") == "Custom";
  const auto role = account.roles.find(std::string{holder(name, role_suffix)});
  if (custom && role != account.roles.end() && says_something(role->second.policy)) return role->second.policy;
  const auto user = account.users.find(std::string{holder(name, suffix)});
  if (custom && user != account.users.end() && says_something(user->second.policy)) return user->second.policy;
  throw ApiError(404, "EntityNotExist.Policy", "The policy " + name + " does not exist.");
}

Json version_json(const Call& call, const Policy& policy) {
  return {{"VersionId", "v1"},
          {"IsDefaultVersion", true},
          {"PolicyDocument", document(policy)},
          {"CreateDate", acs_time(call, {})}};
}

Json attached(const Call& call, const Policy& policy, const std::string& name) {
  Json policies = Json::array();
  if (says_something(policy)) {
    policies.push_back({{"PolicyName", name},
                        {"PolicyType", "Custom"},
                        {"Description", ""},
                        {"DefaultVersion", "v1"},
                        {"AttachDate", acs_time(call, {})}});
  }
  return {{"Policies", {{"Policy", policies}}}};
}

Json list_policies_for_user(const Call& call) {
  const std::string name = acs_user_name(call);
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/" + name);
  const User& user = call.world.user(call.caller.account_id, name);
  return attached(call, user.policy, name + std::string{suffix});
}

Json list_policies_for_role(const Call& call) {
  const std::string name = call.need("RoleName");
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":role/" + name);
  const auto& roles = call.world.account(call.caller.account_id).roles;
  const auto found = roles.find(name);
  if (found == roles.end()) throw ApiError(404, "EntityNotExist.Role", "The role " + name + " does not exist.");
  return attached(call, found->second.policy, name + std::string{role_suffix});
}

Json list_groups_for_user(const Call& call) {
  const std::string name = acs_user_name(call);
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/" + name);
  (void)call.world.user(call.caller.account_id, name);
  return {{"Groups", {{"Group", Json::array()}}}};
}

Json list_policies_for_group(const Call& call) {
  const std::string name = call.need("GroupName");
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":group/" + name);
  throw ApiError(404, "EntityNotExist.Group", "The group " + name + " does not exist.");
}

Json get_policy(const Call& call) {
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":policy/*");
  const Policy& policy = named_policy(call);
  return {{"Policy",
           {{"PolicyName", call.need("PolicyName")},
            {"PolicyType", "Custom"},
            {"Description", ""},
            {"DefaultVersion", "v1"},
            {"AttachmentCount", 1},
            {"CreateDate", acs_time(call, {})},
            {"UpdateDate", acs_time(call, {})}}},
          {"DefaultPolicyVersion", version_json(call, policy)}};
}

Json get_policy_version(const Call& call) {
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":policy/*");
  const Policy& policy = named_policy(call);
  if (call.need("VersionId") != "v1") {
    throw ApiError(404, "EntityNotExist.Policy.Version", "The policy version does not exist.");
  }
  return {{"PolicyVersion", version_json(call, policy)}};
}

}  // namespace

Json answer_policies(const Call& call) {
  if (call.action == "ListPoliciesForUser") return list_policies_for_user(call);
  if (call.action == "ListPoliciesForRole") return list_policies_for_role(call);
  if (call.action == "ListGroupsForUser") return list_groups_for_user(call);
  if (call.action == "ListPoliciesForGroup") return list_policies_for_group(call);
  if (call.action == "GetPolicy") return get_policy(call);
  if (call.action == "GetPolicyVersion") return get_policy_version(call);
  unknown_acs_action(call);
}

}  // namespace simulated_cloud
