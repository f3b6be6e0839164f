#include "secrets_adapters/kube_api.hpp"

#include <algorithm>
#include <utility>

#include "rotation/stops.hpp"
#include "secrets_adapters/kube_login.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using rotation::Secret;
using rotation::Unknown;

Refused refuse(Refusal why, std::string message, std::string code = {}) {
  return {.why = why, .code = std::move(code), .message = std::move(message), .request_id = {}};
}

Refused refuse(const Unfit& unfit) {
  Refused no =
      refuse(unfit.why, (unfit.line > 0 ? "line " + std::to_string(unfit.line) + ": " : std::string()) + unfit.what);
  no.remedy = unfit.remedy;
  return no;
}

// "NotFound"; empty where it is no Status, or its reason is no such word.
std::string reason_in(http::Body body) {
  try {
    const KubeObject status(std::move(body));
    const std::string reason = status.text({"reason"});
    const bool word = std::all_of(reason.begin(), reason.end(),
                                  [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
    return status.text({"kind"}) == "Status" && word && reason.size() <= 64 ? reason : std::string{};
  } catch (const JsonError&) {
    return {};
  }
}

Refused refuse_status(int status, const std::string& reason, const std::string& said, const std::string& permission) {
  const std::string text = said + "status " + std::to_string(status) + (reason.empty() ? "" : " " + reason);
  switch (status) {
    case 401:
      return refuse(Refusal::invalid_credentials, text + ": the API server does not accept the credentials", reason);
    case 403: {
      Refused no = refuse(Refusal::denied, text + ": a role must allow " + permission, reason);
      no.remedy = "let a role allow " + permission;
      return no;
    }
    case 404:
      if (reason == "NotFound") return refuse(Refusal::no_such_entity, text + ": it is not there", reason);
      return refuse(Refusal::other, text + ": this is no answer of a Kubernetes API server", reason);
    case 409: return refuse(Refusal::conflict, text + ": it has changed since it was read", reason);
    default: return refuse(Refusal::invalid, text + ": the API server does not take it", reason);
  }
}

}  // namespace

KubeApi::KubeApi(KubeSettings settings, Network network, std::function<bool(rotation::Millis)> pause)
    : settings_(std::move(settings)), network_(std::move(network)), pause_(std::move(pause)) {}

// Throws Unfit.
void KubeApi::connect() {
  if (!target_) target_ = find_kube_target(settings_.sources);
  KubeCredentials shown = log_in(target_->user, settings_.pass_env);
  http::TransportSettings wire;
  wire.ca_pem = target_->ca;
  wire.client = std::move(shown.certificate);
  web_.emplace("Kubernetes, " + target_->words, target_->server, network_(std::move(wire)), pause_);
  if (shown.token.empty()) return;
  std::string bearer = "Bearer ";
  shown.token.expose([&](std::string_view text) {
    bearer.reserve(bearer.size() + text.size());  // one buffer, so that none is left behind unwiped
    bearer.append(text);
  });
  web_->set_header("Authorization", Secret::taking(std::move(bearer)));
}

std::optional<Refused> KubeApi::begin() {
  try {
    if (!web_ || !target_->user.token_file.empty()) connect();
    return std::nullopt;
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  }
}

std::string KubeApi::renewal() const {
  const KubeUser& user = target_->user;
  if (!user.token_file.empty()) return "renew the token in " + rotation::quoted(user.token_file.string());
  if (user.plugin) return "sign in again with " + rotation::quoted(user.plugin->argv.front());
  return "renew the credentials of " + target_->words;
}

Answer<KubeObject> KubeApi::get(const KubeThing& thing) {
  return call(thing, {.doing = "reading " + thing.words, .verb = "get"});
}

Answer<KubeObject> KubeApi::patch(const KubeThing& thing, std::string_view merge) {
  return call(thing, {.method = http::Method::patch,
                      .query = "?fieldManager=keybaton",
                      .body = merge,
                      .effect = Effect::write,
                      .doing = "changing " + thing.words,
                      .verb = "patch"});
}

Answer<KubeObject> KubeApi::try_patch(const KubeThing& thing, std::string_view merge) {
  return call(thing, {.method = http::Method::patch,
                      .query = "?dryRun=All&fieldManager=keybaton",
                      .body = merge,
                      .effect = Effect::read,
                      .doing = "trying a change of " + thing.words,
                      .verb = "patch"});
}

Answer<http::Response> KubeApi::send(const KubeThing& thing, const Call& call) {
  Ask ask{.method = call.method,
          .path = thing.path + call.query,
          .what = call.doing,
          .body = call.body,
          .effect = call.effect};
  ask.headers.emplace_back("Accept", "application/json");
  if (call.method == http::Method::patch) ask.headers.emplace_back("Content-Type", "application/merge-patch+json");
  return web_->send(ask, {400, 401, 403, 404, 409, 422});
}

Answer<KubeObject> KubeApi::call(const KubeThing& thing, const Call& call) {
  try {
    if (!web_) connect();
    auto answer = send(thing, call);
    const bool renewable = target_->user.plugin || !target_->user.token_file.empty();
    if (rotation::done(answer) != nullptr && rotation::done(answer)->status == 401 && renewable) {
      connect();
      answer = send(thing, call);
    }
    if (auto* response = rotation::done(answer)) return read_reply(thing, call, std::move(*response));
    return rotation::pass_on<KubeObject>(answer);
  } catch (const Unfit& unfit) {
    return refuse(unfit);
  }
}

Answer<KubeObject> KubeApi::read_reply(const KubeThing& thing, const Call& call, http::Response response) const {
  const std::string said = web_->words() + ", " + call.doing + ": ";
  if (response.status >= 400) {
    Refused no =
        refuse_status(response.status, reason_in(std::move(response.body)), said, call.verb + " on " + thing.role);
    if (no.why == Refusal::invalid_credentials) no.remedy = renewal();
    return no;
  }
  try {
    KubeObject object(std::move(response.body));
    if (object.text({"kind"}) == thing.kind) return Done<KubeObject>{std::move(object)};
  } catch (const JsonError&) {  // said below
  }
  const std::string odd = said + "the reply is no " + thing.kind;
  if (call.effect == Effect::write) return Unknown{odd};
  return refuse(Refusal::invalid, odd);
}

}  // namespace secrets_adapters
