#include "secrets_adapters/vault_client.hpp"

#include <utility>

#include "platform/files.hpp"
#include "providers/http/encode.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/token_source.hpp"
#include "secrets_adapters/vault_reply.hpp"

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Done;
using rotation::done;
using rotation::Nothing;
using rotation::Refusal;
using rotation::Refused;
using rotation::refused;
using rotation::Secret;

constexpr rotation::Millis patience{400};
constexpr int catching_up = 5;

bool is_denied(const Answer<http::Response>& answer) {
  const Refused* no = refused(answer);
  return no != nullptr && (no->why == Refusal::denied || no->why == Refusal::invalid_credentials);
}

// A file that is not there says nothing of the place that its token leads to.
template <class T>
Answer<T> as_credentials(Answer<T> answer) {
  if (auto* no = std::get_if<Refused>(&answer); no != nullptr && no->why == Refusal::no_such_entity) {
    no->why = Refusal::invalid_credentials;
  }
  return answer;
}

bool is_missing(const Answer<Secret>& answer) {
  const Refused* no = refused(answer);
  return no != nullptr && no->why == Refusal::no_such_entity;
}

std::optional<Secret> client_token(std::string_view reply) {
  const auto root = json_reply(reply);
  auto token = root ? json_secret(reply, json_at(&*root, {"auth", "client_token"})) : std::nullopt;
  return token && !token->empty() ? std::move(token) : std::nullopt;
}

void append_member(http::Body& body, std::string_view name, const Secret& value) {
  body.append(body.empty() ? "{" : ",");
  append_json(body, name);
  body.append(":");
  value.expose([&](std::string_view text) { append_json(body, text); });
}

}  // namespace

VaultClient::VaultClient(VaultServer server, std::unique_ptr<http::Transport> wire,
                         std::function<bool(rotation::Millis)> pause)
    : server_(std::move(server)),
      pause_(std::move(pause)),
      web_("Vault at " + server_.address, server_.address, std::move(wire), pause_) {}

// Best effort: a token that stays runs out by itself.
VaultClient::~VaultClient() {
  if (!logged_in() || token_.empty()) return;
  const Call call{.method = http::Method::post,
                  .path = "auth/token/revoke-self",
                  .what = "giving back our token",
                  .effect = Effect::write};
  (void)web_.send(ask_for(call, Token::ours));
}

bool VaultClient::wait() const { return pause_ && pause_(patience); }

Ask VaultClient::ask_for(const Call& call, Token token) const {
  Ask ask{
      .method = call.method, .path = "/v1/" + call.path, .what = call.what, .body = call.body, .effect = call.effect};
  ask.headers.emplace_back("X-Vault-Request", "true");
  if (!server_.name_space.empty()) ask.headers.emplace_back("X-Vault-Namespace", server_.name_space);
  if (!call.body.empty()) ask.headers.emplace_back("Content-Type", "application/json");
  if (!index_.empty() && call.method == http::Method::get) ask.headers.emplace_back("X-Vault-Index", index_);
  if (token == Token::ours) {
    token_.expose([&](std::string_view text) { ask.headers.emplace_back("X-Vault-Token", std::string(text)); });
  }
  return ask;
}

// ---- who we are ---------------------------------------------------------------------------------------------

Answer<Secret> VaultClient::given_token() const {
  const VaultAccess& from = server_.access;
  if (!from.token_file.empty()) return as_credentials(word_in_file(from.token_file, "Vault's token"));
  if (!from.token_env.empty()) return as_credentials(word_in_variable(from.token_env, "Vault's token"));
  for (const char* name : {"VAULT_TOKEN", "BAO_TOKEN"}) {
    auto token = word_in_variable(name, "Vault's token");
    if (!is_missing(token)) return token;
  }
  auto token = word_in_file(platform::expand_home("~/.vault-token"), "Vault's token");
  if (!is_missing(token)) return token;
  return Refused{.why = Refusal::invalid_credentials,
                 .code = {},
                 .message =
                     "there is no token: neither in VAULT_TOKEN nor in BAO_TOKEN nor in ~/.vault-token; set "
                     "token_file, token_env or auth, or log in (vault login)",
                 .request_id = {},
                 .remedy = "log in (vault login), or set token_file, token_env or auth"};
}

std::string VaultClient::token_remedy() const {
  const VaultAccess& from = server_.access;
  if (from.method != VaultAccess::Method::token) return "check the role of auth, and what proves it";
  if (!from.token_file.empty()) return "renew the token in " + rotation::quoted(from.token_file);
  if (!from.token_env.empty()) return "renew the token in the variable " + from.token_env;
  return "log in anew (vault login)";
}

Answer<http::Body> VaultClient::login_body() const {
  const VaultAccess& from = server_.access;
  http::Body body;
  if (from.method == VaultAccess::Method::service_account) {
    const auto jwt = word_in_file(from.jwt_file, "the service account's token", Readers::anybody);
    if (done(jwt) == nullptr) return rotation::pass_on<http::Body>(jwt);
    append_member(body, "role", Secret(from.role));
    append_member(body, "jwt", *done(jwt));
  } else {
    const auto role = from.role_id_file.empty() ? Answer<Secret>(Done<Secret>{Secret(from.role_id)})
                                                : word_in_file(from.role_id_file, "the role id", Readers::anybody);
    if (done(role) == nullptr) return rotation::pass_on<http::Body>(role);
    const auto secret = from.secret_id_file.empty() ? word_in_variable(from.secret_id_env, "the secret id")
                                                    : word_in_file(from.secret_id_file, "the secret id");
    if (done(secret) == nullptr) return rotation::pass_on<http::Body>(secret);
    append_member(body, "role_id", *done(role));
    append_member(body, "secret_id", *done(secret));
  }
  body.append("}");
  return Done<http::Body>{std::move(body)};
}

Answer<Nothing> VaultClient::log_in() {
  const auto body = as_credentials(login_body());
  if (done(body) == nullptr) return rotation::pass_on<Nothing>(body);
  // A login whose reply was lost leaves a token that nobody knows and that runs out, so that it can be asked again.
  const Call call{.method = http::Method::post,
                  .path = "auth/" + server_.access.mount + "/login",
                  .what = "logging in at auth/" + server_.access.mount,
                  .body = done(body)->view()};
  const auto answer = web_.send(ask_for(call, Token::none), {400, 401, 403});
  const http::Response* reply = done(answer);
  if (reply == nullptr) return rotation::pass_on<Nothing>(answer);
  const std::string said = words() + ", " + call.what + ": ";
  if (reply->status >= 400) {
    return Refused{.why = Refusal::invalid_credentials,
                   .code = {},
                   .message = said + "it does not accept this role, or what proves it",
                   .request_id = {},
                   .remedy = token_remedy()};
  }
  auto token = client_token(reply->body.view());
  if (!token) return Refused{Refusal::unsupported, {}, said + "the reply has no token in it", {}};
  token_ = std::move(*token);
  logged_in_ = LoggedIn::yes;
  fresh_login_ = true;
  return Done<Nothing>{};
}

Answer<Nothing> VaultClient::sign_in() {
  fresh_login_ = false;
  if (server_.access.method != VaultAccess::Method::token) {
    return logged_in() ? Answer<Nothing>(Done<Nothing>{}) : log_in();
  }
  auto token = given_token();
  if (done(token) == nullptr) return rotation::pass_on<Nothing>(token);
  token_ = std::move(*done(token));
  return Done<Nothing>{};
}

// ---- requests -----------------------------------------------------------------------------------------------

Answer<http::Response> VaultClient::send(const Call& call, std::initializer_list<int> also) {
  auto answer = caught_up(call, also);
  if (is_denied(answer) && logged_in() && !fresh_login_) {  // run out since
    const auto again = log_in();
    if (const auto* no = refused(again)) return *no;
    // Of the login, not of this request, which was refused.
    if (const auto* lost = rotation::unknown(again)) return Refused{Refusal::other, {}, lost->why, {}};
    answer = caught_up(call, also);
  }
  if (is_denied(answer)) return explained(*refused(answer));
  if (const http::Response* reply = done(answer); reply != nullptr && call.effect == Effect::write) {
    if (const std::string* index = reply->header("X-Vault-Index")) index_ = *index;
  }
  return answer;
}

Answer<http::Response> VaultClient::caught_up(const Call& call, std::initializer_list<int> also) {
  for (int tries = 1;; ++tries) {
    auto answer = web_.send(ask_for(call, Token::ours), also);
    const Refused* no = refused(answer);
    const bool behind = no != nullptr && no->why == Refusal::conflict && call.effect == Effect::read;
    if (!behind || tries == catching_up || !wait()) return answer;
  }
}

// Vault says 403 to both.
Refused VaultClient::explained(Refused no) {
  const Call call{.path = "auth/token/lookup-self", .what = "looking at our token"};
  const auto answer = web_.send(ask_for(call, Token::ours));
  if (done(answer) != nullptr) {
    no.message += "; the token is good, but its policies do not allow this";
    no.remedy = "let its policies allow this";
  } else if (is_denied(answer)) {
    no.why = Refusal::invalid_credentials;
    no.message += "; most likely the token has expired or was revoked";
    no.remedy = token_remedy();
  }
  return no;
}

}  // namespace secrets_adapters
