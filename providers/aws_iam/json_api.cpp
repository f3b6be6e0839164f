#include "providers/aws_iam/json_api.hpp"

#include "providers/aws_iam/failures.hpp"
#include "providers/aws_iam/signed_post.hpp"

namespace aws_iam {

using rotation::Answer;

namespace {

constexpr const char* json_type = "application/x-amz-json-1.1";

std::string target_of(const JsonCall& call) {
  switch (call.service) {
    case Service::secretsmanager: return "secretsmanager." + call.action;
    case Service::ssm: return "AmazonSSM." + call.action;
    case Service::cloudtrail: return "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + call.action;
    case Service::iam:
    case Service::sts: break;  // they speak the Query protocol
  }
  return call.action;
}

}  // namespace

Answer<JsonReply> JsonApi::call(const JsonCall& call, calling::Signer* signer) {
  const auto endpoint = endpoints_.regional(call.service, call.region.empty() ? endpoints_.region : call.region);
  if (!endpoint) {
    return rotation::Refused{
        rotation::Refusal::unsupported, "",
        call.action + " was not sent: no endpoint of " + std::string{service_name(call.service)} + " is configured",
        ""};
  }
  const calling::Patience& patience = call.patience ? *call.patience : patience_;
  return calling::try_call<JsonReply>(
      *world_, patience, call.effect, signer,
      [&](const calling::Credentials* credentials) { return attempt(call, *endpoint, patience, credentials); });
}

JsonApi::Tried JsonApi::attempt(const JsonCall& call, const Endpoint& endpoint, const calling::Patience& patience,
                                const calling::Credentials* credentials) {
  auto out = calling::request_to(endpoint.url, call.action, call.effect, patience, *world_);
  out.body = http::Body{call.body.view()};
  out.reply_cap = call.reply_cap;
  const auto now = std::chrono::floor<rotation::Seconds>(clock_.now());
  SigningKey once;
  add_headers(out,
              {.service = call.service, .endpoint = endpoint, .content_type = json_type, .target = target_of(call)},
              credentials, now, once);
  auto reply = calling::send(*transport_, out, *world_, clock_);
  if (auto* setback = std::get_if<calling::Setback>(&reply)) return std::move(*setback);
  auto& response = std::get<http::Response>(reply);
  if (response.status < 200 || response.status >= 300) {
    return read_json_failure(std::move(response), call.action, clock_.now());
  }
  if (calling::is_web_page(response.body.view())) return calling::web_page(call.action);
  auto json = calling::Json::parse(std::move(response.body));
  if (!json) return calling::malformed_reply(call.action, "it is not a whole, well-formed JSON object");
  return JsonReply{std::move(*json)};
}

}  // namespace aws_iam
