// The part of RAM 2015-05-01 that reads policies: a user's Policy shown as one custom policy attached to the user.
#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

constexpr std::string_view suffix = "-policy";

std::string policy_name(const User& user) { return user.name + std::string{suffix}; }

std::string document(const Policy& policy) {
  Json statements = Json::array();
  const auto add = [&](const char* effect, const std::vector<std::string>& actions) {
    if (!actions.empty()) statements.push_back({{"Effect", effect}, {"Action", actions}, {"Resource", "*"}});
  };
  add("Allow", policy.allow);
  add("Deny", policy.deny);
  return Json{{"Version", "1"}, {"Statement", statements}}.dump();
}

bool has_policy(const User& user) { return !user.policy.allow.empty() || !user.policy.deny.empty(); }

const User& user_of_policy(const Call& call) {
  const std::string name = call.need("PolicyName");
  if (call.need("PolicyType") == "Custom" && name.ends_with(suffix)) {
    const auto& users = call.world.account(call.caller.account_id).users;
    const auto found = users.find(name.substr(0, name.size() - suffix.size()));
    if (found != users.end() && has_policy(found->second)) return found->second;
  }
  throw ApiError(404, "EntityNotExist.Policy", "The policy " + name + " does not exist.");
}

Json version_json(const Call& call, const User& user) {
  return {{"VersionId", "v1"},
          {"IsDefaultVersion", true},
          {"PolicyDocument", document(user.policy)},
          {"CreateDate", acs_time(call, user.created)}};
}

Json list_policies_for_user(const Call& call) {
  const std::string name = acs_user_name(call);
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":user/" + name);
  const User& user = call.world.user(call.caller.account_id, name);
  Json policies = Json::array();
  if (has_policy(user)) {
    policies.push_back({{"PolicyName", policy_name(user)},
                        {"PolicyType", "Custom"},
                        {"Description", ""},
                        {"DefaultVersion", "v1"},
                        {"AttachDate", acs_time(call, user.created)}});
  }
  return {{"Policies", {{"Policy", policies}}}};
}

Json get_policy(const Call& call) {
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":policy/*");
  const User& user = user_of_policy(call);
  return {{"Policy",
           {{"PolicyName", policy_name(user)},
            {"PolicyType", "Custom"},
            {"Description", ""},
            {"DefaultVersion", "v1"},
            {"AttachmentCount", 1},
            {"CreateDate", acs_time(call, user.created)},
            {"UpdateDate", acs_time(call, user.created)}}},
          {"DefaultPolicyVersion", version_json(call, user)}};
}

Json get_policy_version(const Call& call) {
  call.require("ram", "acs:ram:*:" + call.caller.account_id + ":policy/*");
  const User& user = user_of_policy(call);
  if (call.need("VersionId") != "v1") {
    throw ApiError(404, "EntityNotExist.Policy.Version", "The policy version does not exist.");
  }
  return {{"PolicyVersion", version_json(call, user)}};
}

}  // namespace

Json answer_policies(const Call& call) {
  if (call.action == "ListPoliciesForUser") return list_policies_for_user(call);
  if (call.action == "GetPolicy") return get_policy(call);
  if (call.action == "GetPolicyVersion") return get_policy_version(call);
  unknown_acs_action(call);
}

}  // namespace simulated_cloud
