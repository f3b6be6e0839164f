#include "exchange.hpp"

namespace simulated_cloud {
namespace {

// "LookupEvents" of the JSON protocol's "…CloudTrail_20131101.LookupEvents".
std::string operation(const Request& request) {
  const std::string target{request.header("x-amz-target").value_or("")};
  return target.substr(target.rfind('.') + 1);
}

}  // namespace

void Cloud::Exchange::read() {
  acs = read_acs(request);
  if (acs) {
    parameters = acs->parameters;
    entry.service = acs->service;
    entry.region = acs->region;
    entry.access_key = acs->access_key;
    entry.action = is_data_plane(*acs) ? acs->service + ":" + acs->action : acs->action;
    entry.target_key = parameter(acs->service == "actiontrail" ? "AccessKey" : "UserAccessKeyId");
    dialect = {.service = acs->service, .acs = true, .xml = acs->xml, .names_key = !entry.target_key.empty()};
    dialect.host = acs->host;
  } else {
    parameters = parse_form(request.body);
    if (const std::size_t mark = request.target.find('?'); mark != std::string::npos) {
      parameters.merge(parse_form(std::string_view{request.target}.substr(mark + 1)));
    }
    claim = read_claim(request, claimed);
    if (claim) {
      entry.service = claim->scope.service;
      entry.region = claim->scope.region;
      entry.access_key = claim->scope.access_key;
    }
    dialect = dialect_of(request, entry.service, parameter("Version"));
    entry.action = dialect.query ? parameter("Action") : entry.service + ":" + request.method;
    if (entry.service == "cloudtrail") entry.action = operation(request);
    entry.target_key = parameter("AccessKeyId");
  }
  entry.user = parameter("UserName");
  entry.asked_status = parameter("Status");
  entry.agent = request.header("user-agent").value_or("");
}

bool Cloud::Exchange::is_signed() const { return acs ? acs->verdict == Verdict::ok : claim.has_value(); }

bool Cloud::Exchange::is_web_identity() const {
  if (acs) return acs->verdict == Verdict::missing && entry.action == "AssumeRoleWithOIDC";
  return !claim && entry.action == "AssumeRoleWithWebIdentity";
}

Identity Cloud::Exchange::who(World& world) const {
  return acs ? identify_acs(world, *acs) : identify(world, request, *claim);
}

Verdict Cloud::Exchange::check(Time now) const {
  return acs ? verify_acs(request, *acs, identity->secret, now) : verify(request, *claim, identity->secret, now);
}

void Cloud::Exchange::refuse_signature(Verdict verdict, Time now) const {
  if (acs) refuse_acs(verdict, request, *acs);
  refuse(verdict, request, now);
}

void Cloud::Exchange::name_user(World& world) {
  const std::string id = acs ? parameter("UserId") : "";
  if (id.empty() || !entry.user.empty()) return;
  for (const auto& account : world.accounts()) {
    for (const auto& user : account.second.users) {
      if (user.second.id == id) entry.user = user.first;
    }
  }
}

KeyUse Cloud::Exchange::use(Time at) const {
  // Everybody calls from this machine.
  return {.at = at,
          .visible_at = {},
          .service = entry.service,
          .region = entry.region,
          .address = "127.0.0.1",
          .agent = entry.agent,
          .event = acs ? acs->action : entry.action};
}

Reply Cloud::Exchange::result(World& world) {
  const Call call{world, identity->caller, entry.action, parameters, &entry.created_key};
  if (acs) return acs_success(dialect, acs->action, answer_acs(call, *acs), request_id);
  if (dialect.json && entry.service == "cloudtrail") {
    return json_reply(answer_cloudtrail(call, entry.region, request.body));
  }
  if (!dialect.query) return data_plane_reply(dialect, identity->caller.account_id);
  if (entry.action.empty()) throw ApiError(400, "MissingAction", "The request is missing an action.");
  if (parameter("Version") != dialect.query->version) {
    throw ApiError(400, "InvalidAction",
                   "Could not find operation " + entry.action + " for version " + parameter("Version"));
  }
  const std::string text = dialect.query->name == "iam" ? answer_iam(call) : answer_sts(call);
  return success_reply(dialect, entry.action, text, request_id);
}

Reply Cloud::Exchange::web_identity_result(World& world) {
  const Caller nobody{};
  const Call call{world, nobody, entry.action, parameters, nullptr};
  if (acs) return acs_success(dialect, acs->action, answer_oidc(call), request_id);
  return success_reply(dialect, entry.action, answer_web_identity(call), request_id);
}

}  // namespace simulated_cloud
