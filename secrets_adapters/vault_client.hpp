// One Vault or OpenBao server: who we are there, and the requests under that token.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "rotation/secret.hpp"
#include "secrets_adapters/web.hpp"

namespace secrets_adapters {

// How to come by a token. Paths and names only; what they hold is read at each use.
struct VaultAccess {
  enum class Method : std::uint8_t { token, approle, service_account };
  Method method = Method::token;
  // Of a token; both empty: VAULT_TOKEN, else BAO_TOKEN, else ~/.vault-token.
  std::string token_file = {};
  std::string token_env = {};
  // Of a login: where its method is mounted, and what it wants.
  std::string mount = {};
  std::string role_id = {};
  std::string role_id_file = {};
  std::string secret_id_file = {};
  std::string secret_id_env = {};
  std::string role = {};
  std::string jwt_file = {};
};

struct VaultServer {
  std::string address;  // no slash at its end
  std::string name_space = {};
  VaultAccess access = {};
};

// A token from a file or a variable is read anew by each sign_in, so that an agent may renew it there. One from a login
// is kept in memory alone, asked for again when Vault no longer takes it, and revoked when the client goes; after a
// crash it lives until its own time is over.
class VaultClient {
 public:
  VaultClient(VaultServer server, std::unique_ptr<http::Transport> wire, std::function<bool(rotation::Millis)> pause);
  ~VaultClient();
  VaultClient(const VaultClient&) = delete;
  VaultClient& operator=(const VaultClient&) = delete;

  struct Call {
    http::Method method = http::Method::get;
    std::string path;  // below /v1/, percent-encoded
    std::string what;
    std::string_view body = {};  // JSON
    Effect effect = Effect::read;
  };

  // Before each use of the place.
  [[nodiscard]] rotation::Answer<rotation::Nothing> sign_in();
  // As Web::send. A read waits for a standby that has not yet seen our last write (412). Whether it is the token
  // (invalid_credentials) or its policies (denied) is told apart.
  [[nodiscard]] rotation::Answer<http::Response> send(const Call& call, std::initializer_list<int> also = {});

  [[nodiscard]] bool logged_in() const { return logged_in_ == LoggedIn::yes; }
  // What helps where the token, or the login, is not accepted.
  [[nodiscard]] std::string token_remedy() const;
  // false: there shall be no other try.
  [[nodiscard]] bool wait() const;
  [[nodiscard]] const std::string& words() const { return web_.words(); }

 private:
  enum class LoggedIn : bool { no, yes };
  enum class Token : bool { none, ours };
  [[nodiscard]] rotation::Answer<rotation::Secret> given_token() const;
  [[nodiscard]] rotation::Answer<http::Body> login_body() const;
  [[nodiscard]] rotation::Answer<rotation::Nothing> log_in();
  [[nodiscard]] Ask ask_for(const Call& call, Token token) const;
  [[nodiscard]] rotation::Answer<http::Response> caught_up(const Call& call, std::initializer_list<int> also);
  [[nodiscard]] rotation::Refused explained(rotation::Refused no);

  VaultServer server_;
  std::function<bool(rotation::Millis)> pause_;
  Web web_;
  rotation::Secret token_;
  LoggedIn logged_in_ = LoggedIn::no;
  bool fresh_login_ = false;  // made in this use
  std::string index_;         // of our last write, for standbys; no secret
};

}  // namespace secrets_adapters
