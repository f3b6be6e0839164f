// Alibaba Cloud's signature V3 (ACS3-HMAC-SHA256), written from the rules ("Request structure and signature method
// V3"): what a server needs to check one, and a signer. Shares no code with keybaton's own signer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sigv4.hpp"

namespace simulated_cloud {

// What an Authorization header claims.
struct Acs3Claim {
  std::string access_key;
  std::vector<std::string> signed_headers;
  std::string signature;
};

[[nodiscard]] bool is_acs3(const Request& request);
// nullopt if the Authorization header is not a whole claim.
[[nodiscard]] std::optional<Acs3Claim> read_acs3(const Request& request);

[[nodiscard]] std::string acs3_canonical_request(const Request& request, const Acs3Claim& claim);
[[nodiscard]] std::string acs3_string_to_sign(std::string_view canonical);
[[nodiscard]] std::string acs3_signature(std::string_view secret, std::string_view to_sign);

// `unsigned_header` if host, an x-acs-* header, or content-type beside a body is not signed; `bad_payload` if
// x-acs-content-sha256 is not the body's; `bad` if the signature is not right for `secret`. Dates are not looked at.
[[nodiscard]] Verdict verify_acs3(const Request& request, const Acs3Claim& claim, std::string_view secret);

struct Acs3Signer {
  std::string access_key, secret, token, action, version, nonce;
};
// Adds the x-acs-* headers and Authorization. The request must have its Host header already, and Content-Type with a
// body.
void sign_acs3(Request& request, const Acs3Signer& signer, Time now);

}  // namespace simulated_cloud
