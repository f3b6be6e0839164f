// Alibaba Cloud's RPC Signature V1, HMAC-SHA1, for endpoints that know no other. Pure: time and nonce are arguments.
#pragma once

#include <string>
#include <string_view>

#include "providers/http/encode.hpp"
#include "rotation/names.hpp"
#include "rotation/secret.hpp"
#include "rotation/time.hpp"

namespace alibaba_ram::rpc_v1 {

struct ToSign {
  std::string_view method = "POST";  // goes into the signature
  std::string action;
  std::string version;
  http::Params params = {};  // the call's own, in any order
  std::string nonce;
  rotation::Time at{};  // server time
};

// Parameters may be secret: the caller wipes what it gets.
struct Signature {
  std::string canonical_query;  // every parameter but the signature
  std::string string_to_sign;
  std::string signature;  // base64
  std::string form;       // what is sent: the canonical query and the signature
};

[[nodiscard]] Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
                             const rotation::Secret* token);

// Action, Version, Format, Timestamp and SignatureNonce: what a call has that nobody signs, as well.
[[nodiscard]] http::Params common_params(const ToSign& request);

}  // namespace alibaba_ram::rpc_v1
