#include "providers/alibaba_ram/rpc_api.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "providers/alibaba_ram/acs3.hpp"
#include "providers/alibaba_ram/failures.hpp"
#include "providers/alibaba_ram/rpc_v1.hpp"
#include "providers/calling/digest.hpp"
#include "providers/http/url.hpp"
#include "rotation/errors.hpp"

namespace alibaba_ram {

using rotation::Answer;

namespace {

constexpr const char* form_type = "application/x-www-form-urlencoded";

// 128 random bits as a UUID's text.
std::string fresh_nonce() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw std::runtime_error("no random bytes");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  auto text = calling::hex(bytes);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

void take_form(http::Request& out, std::string form) {
  if (form.empty()) {
    out.headers.emplace_back("Content-Type", "");  // libcurl would put in its own, which nobody signed
    return;
  }
  out.body = http::Body{form};
  rotation::wipe(form);
  out.headers.emplace_back("Content-Type", form_type);
}

struct Occasion {
  std::string origin;  // "https://ram.aliyuncs.com/"
  std::string host;
  std::string version;
  std::string nonce;
  rotation::Time at{};
};

void sign_v3(http::Request& out, const Call& call, const Occasion& now, const Credentials& credentials) {
  const auto query = acs3::canonical_query(call.params);
  out.url = now.origin + (query.empty() ? "" : "?" + query);
  take_form(out, http::form(call.body_params));
  const auto* token = credentials.token_or_null();
  acs3::ToSign request{.host = now.host,
                       .action = call.action,
                       .version = now.version,
                       .query = call.params,
                       .body = out.body.view(),
                       .nonce = now.nonce,
                       .at = now.at};
  if (!out.body.empty()) request.headers.emplace_back("content-type", form_type);
  auto signature = acs3::sign(request, credentials.id, credentials.secret, token);
  rotation::wipe(signature.canonical_request);
  out.headers.emplace_back("x-acs-action", call.action);
  out.headers.emplace_back("x-acs-version", now.version);
  out.headers.emplace_back("x-acs-date", signature.date);
  out.headers.emplace_back("x-acs-signature-nonce", now.nonce);
  out.headers.emplace_back("x-acs-content-sha256", signature.content_sha256);
  if (token) {
    out.headers.emplace_back("x-acs-accesskey-id", credentials.id.text());
    token->expose([&](auto text) { out.headers.emplace_back("x-acs-security-token", std::string{text}); });
  }
  out.headers.emplace_back("Authorization", signature.authorization);
}

rpc_v1::ToSign as_v1(const Call& call, const Occasion& now) {
  return {.action = call.action, .version = now.version, .params = {}, .nonce = now.nonce, .at = now.at};
}

void sign_v1(http::Request& out, const Call& call, const Occasion& now, const Credentials& credentials) {
  auto request = as_v1(call, now);
  request.params.reserve(call.params.size() + call.body_params.size());  // one buffer: no copies are left behind
  request.params.insert(request.params.end(), call.params.begin(), call.params.end());
  request.params.insert(request.params.end(), call.body_params.begin(), call.body_params.end());
  auto signature = rpc_v1::sign(request, credentials.id, credentials.secret, credentials.token_or_null());
  for (auto& [name, value] : request.params) rotation::wipe(value);
  rotation::wipe(signature.canonical_query);
  rotation::wipe(signature.string_to_sign);
  out.url = now.origin;
  take_form(out, std::move(signature.form));
}

// What the vendor's SDK sends for AssumeRoleWithOIDC: the common parameters in the query, the call's own in the body.
void leave_unsigned(http::Request& out, const Call& call, const Occasion& now) {
  auto query = rpc_v1::common_params(as_v1(call, now));
  query.insert(query.end(), call.params.begin(), call.params.end());
  out.url = now.origin + "?" + http::form(query);
  take_form(out, http::form(call.body_params));
}

}  // namespace

std::string_view service_name(Service service) {
  switch (service) {
    case Service::ram: return "ram";
    case Service::sts: return "sts";
    case Service::ims: return "ims";
    case Service::actiontrail: return "actiontrail";
    case Service::kms: return "kms";
  }
  return "";
}

std::string_view api_version(Service service) {
  switch (service) {
    case Service::ram: return "2015-05-01";
    case Service::sts: return "2015-04-01";
    case Service::ims: return "2019-08-15";
    case Service::actiontrail: return "2020-07-06";
    case Service::kms: return "2016-01-20";
  }
  return "";
}

const Endpoint* Endpoints::of(Service service) const {
  switch (service) {
    case Service::ram: return &ram;
    case Service::sts: return &sts;
    case Service::ims: return ims ? &*ims : nullptr;
    case Service::actiontrail: return actiontrail ? &*actiontrail : nullptr;
    case Service::kms: return kms ? &*kms : nullptr;
  }
  return nullptr;
}

Answer<RpcReply> RpcApi::call(const Call& call, Signer* signer) {
  const auto* endpoint = settings_.endpoints.of(call.service);
  if (call.at && (endpoint == nullptr || !endpoint->overridden) && !settings_.endpoints.ram.overridden) {
    endpoint = &*call.at;
  }
  if (endpoint == nullptr) {
    return rotation::Refused{
        rotation::Refusal::unsupported, "",
        call.action + " was not sent: no endpoint of " + std::string{service_name(call.service)} + " is configured",
        ""};
  }
  return calling::try_call<RpcReply>(
      *world_, settings_.patience, call.effect, signer, [&](const Credentials* credentials) {
        return understand(calling::send(*transport_, request_at(call, *endpoint, credentials), *world_, clock_), call);
      });
}

http::Request RpcApi::request(const Call& call, const Credentials* credentials) const {
  const Endpoint* endpoint = settings_.endpoints.of(call.service);
  KEYBATON_ASSERT(endpoint != nullptr);
  return request_at(call, *endpoint, credentials);
}

http::Request RpcApi::request_at(const Call& call, const Endpoint& endpoint, const Credentials* credentials) const {
  const auto url = http::parse_url(endpoint.url);
  KEYBATON_ASSERT(url.has_value() && url->path == "/" && url->query.empty());
  const Occasion now{.origin = url->scheme + "://" + url->authority() + "/",
                     .host = url->authority(),
                     .version = std::string{api_version(call.service)},
                     .nonce = fresh_nonce(),
                     .at = std::chrono::floor<rotation::Seconds>(clock_.now())};
  auto out = calling::request_to({}, call.action, call.effect, settings_.patience, *world_);
  out.reply_cap = call.reply_cap;
  out.headers.emplace_back("Accept", "application/json");
  if (credentials == nullptr) {
    leave_unsigned(out, call, now);
  } else if (settings_.style == SignatureStyle::v1) {
    sign_v1(out, call, now, *credentials);
  } else {
    sign_v3(out, call, now, *credentials);
  }
  return out;
}

RpcApi::Tried RpcApi::read(const Call& call, http::Reply reply, http::Millis took) {
  const auto received = world_->now();
  return understand(calling::receive(std::move(reply), call.action, received - took, received, clock_), call);
}

RpcApi::Tried RpcApi::understand(std::variant<http::Response, calling::Setback> reply, const Call& call) const {
  if (auto* setback = std::get_if<calling::Setback>(&reply)) return std::move(*setback);
  auto& response = std::get<http::Response>(reply);
  if (response.status < 200 || response.status >= 300) {
    return read_failure(std::move(response), call.action, clock_.now());
  }
  if (calling::is_web_page(response.body.view())) return calling::web_page(call.action);
  auto json = Json::parse(std::move(response.body));
  if (!json) return calling::malformed_reply(call.action, "it is not a whole, well-formed JSON object");
  // Some of the vendor's gateways say no with a status that says yes.
  if (!json->root().member("Code").text().empty()) {
    return calling::malformed_reply(call.action, "it says yes and holds an error code");
  }
  if (json->root().member("RequestId").text().empty()) {
    return calling::malformed_reply(call.action, "there is no request id in it");
  }
  return RpcReply{std::move(*json), std::chrono::floor<rotation::Seconds>(clock_.now())};
}

}  // namespace alibaba_ram
