// Who used a key last, ActionTrail 2020-07-06: by service, by address, by event.
#include <algorithm>
#include <set>

#include "acs_api.hpp"

namespace simulated_cloud {
namespace {

// "ecs" is shown as "Ecs".
std::string shown_name(std::string service) {
  if (!service.empty() && service[0] >= 'a' && service[0] <= 'z')
    service[0] = static_cast<char>(service[0] - 'a' + 'A');
  return service;
}

const AccessKey& permitted_key(const Call& call) {
  const std::string id = call.need("AccessKey");
  call.require("actiontrail", "*");
  const AccessKey* key = call.world.find_key(id);
  if (key && key->account_id == call.caller.account_id) return *key;
  throw ApiError(404, "EntityNotExist.User.AccessKey", "The access key " + id + " does not exist in this account.");
}

std::string detail(const Call& call, const AccessKey& key, const KeyUse& use) {
  const auto& users = call.world.account(key.account_id).users;
  const auto owner = users.find(key.user_name);
  return Json{{"eventVersion", 1},
              {"eventType", "ApiCall"},
              {"eventName", use.event},
              {"eventTime", iso8601(use.at)},
              {"serviceName", shown_name(use.service)},
              {"eventSource", use.service + ".aliyuncs.com"},
              {"sourceIpAddress", use.address},
              {"userAgent", use.agent},
              {"acsRegion", use.region},
              {"userIdentity",
               {{"type", "ram-user"},
                {"accountId", key.account_id},
                {"principalId", owner == users.end() ? "" : owner->second.id},
                {"userName", key.user_name},
                {"accessKeyId", key.id}}}}
      .dump();
}

// What all four answers have of a use.
Json use_json(const Call& call, const AccessKey& key, const KeyUse& use) {
  return {{"Source", "ManagementEvent"},
          {"UsedTimestamp", use.at.time_since_epoch().count()},
          {"Detail", detail(call, key, use)}};
}

Json service_json(const Call& call, const AccessKey& key, const KeyUse& use) {
  Json out = use_json(call, key, use);
  out["ServiceName"] = shown_name(use.service);
  out["ServiceNameEn"] = shown_name(use.service);
  out["ServiceNameCn"] = shown_name(use.service);
  return out;
}

Json last_used_info(const Call& call, const AccessKey& key) {
  const auto uses = call.world.last_origins(key);
  Json out = uses.empty() ? Json{{"Detail", ""}, {"Source", ""}, {"ServiceName", ""}, {"ServiceNameEn", ""}}
                          : service_json(call, key, uses.front());
  out["AccessKeyId"] = key.id;
  out["AccountId"] = key.account_id;
  out["AccountType"] = "ram-user";
  out["OwnerId"] = key.account_id;
  out["UserName"] = key.user_name;
  return out;
}

Json last_used_products(const Call& call, const AccessKey& key) {
  Json products = Json::array();
  std::set<std::string> seen;
  for (const KeyUse& use : call.world.last_origins(key)) {
    if (seen.insert(use.service).second) products.push_back(service_json(call, key, use));
  }
  return {{"Products", products}};
}

// The newest use of that service for each value of the member, a page at a time.
Json by(const Call& call, const AccessKey& key, const char* list, const char* name, std::string KeyUse::*member) {
  const std::string service = lower(call.need("ServiceName"));
  const auto most = static_cast<std::size_t>(call.number("PageSize", 20, 1, 100));
  const std::string after = open_marker(call, list, "NextToken");
  std::vector<KeyUse> found;
  std::set<std::string> seen;
  for (const KeyUse& use : call.world.last_origins(key)) {
    if (lower(use.service) == service && seen.insert(use.*member).second) found.push_back(use);
  }
  auto at = found.begin();
  if (!after.empty()) {
    at = std::find_if(found.begin(), found.end(), [&](const KeyUse& use) { return use.*member == after; });
    if (at != found.end()) ++at;
  }
  Json page = Json::array();
  for (; at != found.end() && page.size() < most; ++at) {
    page.push_back(use_json(call, key, *at));
    page.back()[name] = (*at).*member;
  }
  Json out{{list, page}};
  if (at != found.end()) out["NextToken"] = seal_marker(list, page.back().at(name).get<std::string>());
  return out;
}

}  // namespace

Json answer_actiontrail(const Call& call) {
  if (call.action == "GetAccessKeyLastUsedInfo") return last_used_info(call, permitted_key(call));
  if (call.action == "GetAccessKeyLastUsedProducts") return last_used_products(call, permitted_key(call));
  if (call.action == "GetAccessKeyLastUsedIps") return by(call, permitted_key(call), "Ips", "Ip", &KeyUse::address);
  if (call.action == "GetAccessKeyLastUsedEvents") {
    return by(call, permitted_key(call), "Events", "EventName", &KeyUse::event);
  }
  unknown_acs_action(call);
}

}  // namespace simulated_cloud
