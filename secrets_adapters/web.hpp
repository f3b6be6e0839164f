// One server that keeps secrets behind HTTP, and the rules of what may be asked of it twice. What it says goes into no
// message but its status: bodies can echo secrets.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "providers/http/encode.hpp"
#include "providers/http/transport.hpp"
#include "rotation/answer.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

// `write`: not sent again once it may have arrived, and then Unknown.
enum class Effect : std::uint8_t { read, write };

struct Ask {
  http::Method method = http::Method::get;
  std::string path;  // below the server's address, percent-encoded: "/v1/secret/data/app?version=2"
  std::string what;  // "reading secret/app", for messages and the log; never a secret
  std::vector<http::Header> headers = {};  // beside the common ones
  std::string_view body = {};              // wiped by the caller
  Effect effect = Effect::read;
};

class Web {
 public:
  // `words`: what messages call the server, "Vault at https://vault.internal". `address`: no slash at its end.
  Web(std::string words, std::string address, std::unique_ptr<http::Transport> wire,
      std::function<bool(rotation::Millis)> pause);

  // Sent with every request from now on, in place of one of the same name: tokens are renewed.
  void set_header(const std::string& name, const rotation::Secret& value);

  // Done for a 2xx and for the statuses of `also`. Else by the status: 401 invalid_credentials, 403 denied, 404
  // no_such_entity, 409 and 412 conflict, 429 (or a 403 that speaks of a rate limit) throttled, 400, 422 and redirects
  // invalid; a 5xx is Unknown, of a read after some tries. A request that did not leave this machine is
  // Refused{not_sent}; a lost reply is Unknown.
  [[nodiscard]] rotation::Answer<http::Response> send(const Ask& ask, std::span<const int> also);
  [[nodiscard]] rotation::Answer<http::Response> send(const Ask& ask, std::initializer_list<int> also = {}) {
    return send(ask, std::span(also.begin(), also.size()));
  }

  [[nodiscard]] const std::string& words() const { return words_; }

 private:
  [[nodiscard]] http::Request request_for(const Ask& ask) const;

  std::string words_;
  std::string address_;
  std::unique_ptr<http::Transport> wire_;
  std::function<bool(rotation::Millis)> pause_;
  std::vector<std::pair<std::string, rotation::Secret>> common_;
};

// A network location's own transport. Throws Trouble (usage) where the surroundings have none.
[[nodiscard]] std::unique_ptr<http::Transport> wire_for(const rotation::LocationSpec& spec,
                                                        const Surroundings& surroundings,
                                                        http::TransportSettings settings = {});

// Finds fault with a server's address in `setting`: https, or http to loopback alone; no query, no user in it.
void check_address(const rotation::LocationSpec& spec, const std::string& setting, Findings& findings);

using http::append_json;

}  // namespace secrets_adapters
