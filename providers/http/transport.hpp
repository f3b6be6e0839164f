// The seam between keybaton and the network.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "providers/http/message.hpp"
#include "rotation/secret.hpp"

namespace http {

// One finished exchange, for a debug log. Never a body, a header's value or a query string.
struct LogLine {
  std::string what;        // "ListAccessKeys POST https://iam.amazonaws.com/"
  int status = 0;          // 0: no reply
  std::string ending;      // "reply", or why there is none
  std::string request_id;  // x-amzn-RequestId; may be empty
  Millis took{};
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Never throws for what the other side does. Not for two threads at once.
  [[nodiscard]] virtual Reply send(const Request& request) = 0;
};

// Shown to a server that asks for one.
struct ClientCertificate {
  std::string chain;     // PEM
  rotation::Secret key;  // PEM, not encrypted
};

struct TransportSettings {
  std::optional<std::string> ca_bundle = {};  // a PEM file instead of the system's certificates
  std::function<void(const LogLine&)> log = {};
  std::optional<std::string> ca_pem = {};  // the certificates themselves, instead of any file's
  std::optional<ClientCertificate> client = {};
};

// libcurl: TLS 1.2 at least and verified, HTTP/1.1, no redirect, no netrc, no cookie, no Expect. Loads nothing and
// opens nothing before the first send.
[[nodiscard]] std::unique_ptr<Transport> curl_transport(TransportSettings settings = {});

}  // namespace http
