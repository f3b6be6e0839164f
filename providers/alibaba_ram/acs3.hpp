// Alibaba Cloud's Signature V3, ACS3-HMAC-SHA256 (its OpenAPI signature reference). Pure: time and nonce are arguments.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/http/encode.hpp"
#include "rotation/names.hpp"
#include "rotation/secret.hpp"
#include "rotation/time.hpp"

namespace alibaba_ram::acs3 {

// A POST to "/", as every RPC call is.
struct ToSign {
  std::string host;  // as in the Host header, with an unusual port
  std::string action;
  std::string version;
  http::Params query = {};                                        // in any order
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones: lower-case names; all are signed
  std::string_view body = {};
  std::string nonce;
  rotation::Time at{};  // server time
};

// Signed as well: the caller sends these headers, and wipes the canonical request, which holds the session token.
struct Signature {
  std::string date;            // x-acs-date
  std::string content_sha256;  // x-acs-content-sha256
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;      // hex
  std::string authorization;  // the Authorization header
};

// A session token is signed as x-acs-security-token, with x-acs-accesskey-id beside it as the vendor's SDK does; the
// caller sends both.
[[nodiscard]] Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
                             const rotation::Secret* token);

// "UserAccessKeyId=…&UserName=…": names in byte order, as it is signed and sent.
[[nodiscard]] std::string canonical_query(http::Params params);

}  // namespace alibaba_ram::acs3
