#include "providers/aws_iam/query_api.hpp"

#include "providers/aws_iam/signed_post.hpp"

namespace aws_iam {

using rotation::Answer;

namespace {

constexpr const char* form_type = "application/x-www-form-urlencoded; charset=utf-8";

const char* api_version(Service service) { return service == Service::iam ? "2010-05-08" : "2011-06-15"; }

}  // namespace

Answer<QueryReply> QueryApi::call(const Call& call, Signer* signer) {
  return calling::try_call<QueryReply>(
      world_, settings_.patience, call.effect, signer, [&](const Credentials* credentials) {
        SigningKey once;  // whoever's secret it is, nothing of it stays behind
        return understand(calling::send(transport_, request(call, credentials, once), world_, clock_), call);
      });
}

http::Request QueryApi::request(const Call& call, const Credentials* credentials, SigningKey& key) const {
  const auto& endpoint = settings_.endpoints.of(call.service);
  http::Params params{{"Action", call.action}, {"Version", api_version(call.service)}};
  params.insert(params.end(), call.params.begin(), call.params.end());
  auto body = http::form(params);
  auto out = calling::request_to(endpoint.url, call.action, call.effect, settings_.patience, world_);
  out.body = http::Body{body};
  out.reply_cap = call.reply_cap;
  rotation::wipe(body);
  for (auto& [name, value] : params) rotation::wipe(value);
  add_headers(out, {.service = call.service, .endpoint = endpoint, .content_type = form_type}, credentials,
              std::chrono::floor<rotation::Seconds>(clock_.now()), key);
  return out;
}

QueryApi::Tried QueryApi::read(const Call& call, http::Reply reply, http::Millis took) {
  const auto received = world_.now();
  return understand(calling::receive(std::move(reply), call.action, received - took, received, clock_), call);
}

QueryApi::Tried QueryApi::understand(std::variant<http::Response, calling::Setback> reply, const Call& call) const {
  if (auto* setback = std::get_if<calling::Setback>(&reply)) return std::move(*setback);
  auto& response = std::get<http::Response>(reply);
  if (response.status < 200 || response.status >= 300) {
    return read_failure(std::move(response), call.action, clock_.now());
  }
  if (calling::is_web_page(response.body.view())) return calling::web_page(call.action);
  auto xml = Xml::parse(std::move(response.body));
  if (!xml) return calling::malformed_reply(call.action, "it is not whole, well-formed XML");
  if (xml->root().name() != call.action + "Response")
    return calling::malformed_reply(call.action, "it answers another call");
  return QueryReply{std::move(*xml), call.action, std::chrono::floor<rotation::Seconds>(clock_.now())};
}

}  // namespace aws_iam
