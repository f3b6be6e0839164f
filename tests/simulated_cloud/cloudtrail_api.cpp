// Who used a key, CloudTrail 2013-11-01: LookupEvents by AccessKeyId, each region its own events.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "api.hpp"

namespace simulated_cloud {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_on_a_page = 50;

// The one attribute that is answered here; CloudTrail takes one at a time.
std::string wanted_key(const Json& asked) {
  const Json attributes = asked.value("LookupAttributes", Json::array());
  const bool whole = attributes.size() == 1 && attributes[0].value("AttributeKey", "") == "AccessKeyId" &&
                     attributes[0].contains("AttributeValue");
  if (!whole) throw ApiError(400, "InvalidLookupAttributesException", "One AccessKeyId is wanted.");
  return attributes[0].at("AttributeValue").get<std::string>();
}

Json event_json(const AccessKey& key, const KeyUse& use, std::size_t number) {
  const std::string source = use.service + ".amazonaws.com";
  const Json told{
      {"eventVersion", "1.11"},
      {"eventTime", iso8601(use.at)},
      {"eventSource", source},
      {"eventName", use.event},
      {"awsRegion", use.region},
      {"sourceIPAddress", use.address},
      {"userAgent", use.agent},
      {"userIdentity",
       {{"type", "IAMUser"}, {"accountId", key.account_id}, {"accessKeyId", key.id}, {"userName", key.user_name}}}};
  return {{"EventId", key.id + "-" + std::to_string(number)},
          {"EventName", use.event},
          {"ReadOnly", "true"},
          {"AccessKeyId", key.id},
          {"EventTime", use.at.time_since_epoch().count()},
          {"EventSource", source},
          {"Username", key.user_name},
          {"CloudTrailEvent", told.dump()}};
}

}  // namespace

std::string answer_cloudtrail(const Call& call, const std::string& region, std::string_view body) {
  if (call.action != "LookupEvents") throw ApiError(400, "UnknownOperationException", "");
  call.require("cloudtrail", "*");
  if (!call.world.take_lookup(call.caller.account_id, region)) {
    throw ApiError(400, "ThrottlingException", "Rate exceeded");
  }
  const Json asked = Json::parse(body, nullptr, false);
  if (!asked.is_object()) throw ApiError(400, "SerializationException", "");
  const auto most = asked.value("MaxResults", std::int64_t{most_on_a_page});
  if (most < 1 || most > static_cast<std::int64_t>(most_on_a_page)) {
    throw ApiError(400, "InvalidMaxResultsException", "MaxResults is 1 to 50.");
  }
  const std::string id = wanted_key(asked);
  Json question = asked;  // a token is good for the question that it came with
  question.erase("NextToken");
  const std::string list = region + " " + question.dump();
  std::size_t at = 0;
  if (const std::string token = asked.value("NextToken", ""); !token.empty()) {
    at = token.find('|') == std::string::npos ? 0 : std::stoul(token.substr(0, token.find('|')));
    if (at == 0 || token != std::to_string(at) + "|" + hex(list)) throw ApiError(400, "InvalidNextTokenException", "");
  }
  const std::size_t page = std::min(static_cast<std::size_t>(most), call.world.options.page_cap);
  Json events = Json::array();
  const AccessKey* key = call.world.find_key(id);
  std::vector<KeyUse> uses;
  if (key != nullptr && key->account_id == call.caller.account_id) uses = call.world.events(*key, region);
  const std::size_t end = std::min(at + page, uses.size());
  for (std::size_t i = at; i < end; ++i) events.push_back(event_json(*key, uses[i], uses.size() - i));
  Json reply{{"Events", std::move(events)}};
  if (end < uses.size()) reply["NextToken"] = std::to_string(end) + "|" + hex(list);
  return reply.dump();
}

}  // namespace simulated_cloud
