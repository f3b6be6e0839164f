#include "providers/aws_iam/query_api.hpp"

#include <algorithm>

#include "providers/aws_iam/sigv4.hpp"
#include "providers/http/url.hpp"
#include "rotation/errors.hpp"

namespace aws_iam {

using rotation::Answer;
using rotation::Done;
using rotation::Unknown;

namespace {

constexpr const char* form_type = "application/x-www-form-urlencoded; charset=utf-8";

const char* api_version(Service service) { return service == Service::iam ? "2010-05-08" : "2011-06-15"; }

std::string request_id_note(const rotation::Refused& refused) {
  std::string note;
  if (!refused.code.empty()) note += " (" + refused.code + ")";
  if (!refused.request_id.empty()) note += ", request id " + refused.request_id;
  return note;
}

}  // namespace

struct QueryApi::Tries {
  http::SysMillis started;
  int made = 0;
  Millis waited{0};
  bool clock_corrected = false;
  bool session_renewed = false;
};

Answer<QueryReply> QueryApi::call(const Call& call, Signer* signer) {
  Tries tries{.started = world_.now()};
  for (;;) {
    const Credentials* credentials = nullptr;
    if (signer) {
      const auto answer = signer->credentials(call.effect == Effect::read ? Renewal::when_due : Renewal::never);
      const auto* held = rotation::done(answer);
      if (!held) return rotation::pass_on<QueryReply>(answer);
      credentials = *held;
    }
    ++tries.made;
    auto tried = attempt(call, credentials);
    if (auto* reply = std::get_if<QueryReply>(&tried)) return Done<QueryReply>{std::move(*reply)};
    auto& setback = std::get<Setback>(tried);
    if (may_try_again(call.effect, setback) && prepare_again(call.effect, setback, tries, signer)) continue;
    if (ends_refused(call.effect, setback)) return std::move(setback.refused);
    return Unknown{setback.refused.message + request_id_note(setback.refused)};
  }
}

// Waits, or puts right what was wrong. false: there is no use in another try.
bool QueryApi::prepare_again(Effect effect, const Setback& setback, Tries& tries, Signer* signer) {
  switch (setback.remedy) {
    case Remedy::none: return false;
    case Remedy::wait: {
      const auto& policy = effect == Effect::read ? settings_.retry : settings_.write_retry;
      const auto spent = std::max(tries.waited, world_.now() - tries.started);  // a clock set back costs nothing
      const auto delay = http::retry_delay(policy, tries.made, spent, world_.random(), setback.retry_after);
      if (!delay || world_.interrupted()) return false;
      tries.waited += *delay;
      return world_.sleep(*delay);
    }
    case Remedy::clock:  // the refusal's Date header has set the offset
      return !std::exchange(tries.clock_corrected, true);
    case Remedy::new_session:
      return !std::exchange(tries.session_renewed, true) && signer != nullptr && signer->expire();
  }
  return false;
}

http::Request QueryApi::request(const Call& call, const Credentials* credentials) const {
  const auto& endpoint = settings_.endpoints.of(call.service);
  const auto url = http::parse_url(endpoint.url);
  KEYBATON_ASSERT(url.has_value());
  http::Params params{{"Action", call.action}, {"Version", api_version(call.service)}};
  params.insert(params.end(), call.params.begin(), call.params.end());
  auto body = http::form(params);
  http::Request out{.method = http::Method::post,
                    .url = endpoint.url,
                    .purpose = call.action,
                    .body = http::Body{body},
                    .deadline = settings_.deadline,
                    .reply_cap = call.reply_cap,
                    .connection = call.effect == Effect::read ? http::Connection::kept_alive : http::Connection::fresh,
                    .interrupted = world_.interrupted};
  rotation::wipe(body);
  for (auto& [name, value] : params) rotation::wipe(value);
  out.headers.emplace_back("Content-Type", form_type);
  if (credentials) {
    const auto* token = credentials->token_or_null();
    auto signature = sign({.host = url->authority(),
                           .headers = {{"content-type", form_type}},
                           .body = out.body.view(),
                           .region = endpoint.signing_region,
                           .service = std::string{service_name(call.service)},
                           .at = std::chrono::floor<rotation::Seconds>(server_now())},
                          credentials->id, credentials->secret, token);
    rotation::wipe(signature.canonical_request);
    out.headers.emplace_back("X-Amz-Date", signature.amz_date);
    if (token) token->expose([&](auto text) { out.headers.emplace_back("X-Amz-Security-Token", std::string{text}); });
    out.headers.emplace_back("Authorization", signature.authorization);
  }
  return out;
}

QueryApi::Tried QueryApi::attempt(const Call& call, const Credentials* credentials) {
  const auto outgoing = request(call, credentials);
  const auto sent = world_.now();
  auto reply = transport_.send(outgoing);
  const auto received = world_.now();
  if (const auto* not_sent = std::get_if<http::NotSent>(&reply)) return read_failure(*not_sent, call.action);
  if (const auto* lost = std::get_if<http::Lost>(&reply)) return read_failure(*lost, call.action);
  auto& response = std::get<http::Response>(reply);
  if (const auto offset = http::clock_offset(response, sent, received)) offset_ = offset;
  if (response.status < 200 || response.status >= 300) {
    return read_failure(std::move(response), call.action, server_now());
  }
  return read(std::move(response), call);
}

QueryApi::Tried QueryApi::read(http::Response response, const Call& call) const {
  auto xml = Xml::parse(std::move(response.body));
  if (!xml) return malformed_reply(call.action, "it is not whole, well-formed XML");
  if (xml->root().name() != call.action + "Response") return malformed_reply(call.action, "it answers another call");
  return QueryReply{std::move(*xml), call.action, std::chrono::floor<rotation::Seconds>(server_now())};
}

}  // namespace aws_iam
