// AWS Signature Version 4, written from the rules ("Create a signed AWS API request", IAM user guide): what a server
// needs to check one, and a signer for the demo's consumer. Shares no code with keybaton's own signer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text.hpp"

namespace simulated_cloud {

using Headers = std::vector<std::pair<std::string, std::string>>;  // names as they came, order kept

struct Request {
  std::string method;
  std::string target;  // path and query as on the request line
  Headers headers;
  std::string body;

  // The first value of that name in any case, or nullopt.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct Scope {
  std::string access_key, date, region, service;
};

// What an Authorization header claims.
struct Claim {
  Scope scope;
  std::vector<std::string> signed_headers;
  std::string signature;
};

enum class Verdict {
  ok,
  missing,
  incomplete,
  unsigned_header,
  bad_date,
  bad_scope,
  expired,
  not_yet,
  bad_payload,
  bad
};

// Reads the Authorization header; nullopt with `missing` or `incomplete` in `verdict` if it is no SigV4 claim.
[[nodiscard]] std::optional<Claim> read_claim(const Request& request, Verdict& verdict);

// The canonical request of what was received. Service "s3" encodes the path once, all others twice.
[[nodiscard]] std::string canonical_request(const Request& request, const Claim& claim);
[[nodiscard]] std::string string_to_sign(const Claim& claim, std::string_view amz_date, std::string_view canonical);
[[nodiscard]] std::string signature_of(std::string_view secret, const Scope& scope, std::string_view to_sign);

// `ok` only if the signature is whole, fresh (within 15 minutes of `now` either way) and right for `secret`.
[[nodiscard]] Verdict verify(const Request& request, const Claim& claim, std::string_view secret, Time now);

struct Signer {
  std::string access_key, secret, token, region, service;
};
// Adds X-Amz-Date, X-Amz-Security-Token (if any) and Authorization. The request must have its Host header already.
void sign(Request& request, const Signer& signer, Time now);

[[nodiscard]] std::string sha256(std::string_view data);  // raw bytes
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::string_view data);

}  // namespace simulated_cloud
