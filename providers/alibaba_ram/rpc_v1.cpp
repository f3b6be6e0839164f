#include "providers/alibaba_ram/rpc_v1.hpp"

#include <algorithm>

#include "providers/calling/digest.hpp"

namespace alibaba_ram::rpc_v1 {

http::Params common_params(const ToSign& request) {
  return {{"Action", request.action},
          {"Version", request.version},
          {"Format", "JSON"},
          {"Timestamp", rotation::rfc3339(request.at)},
          {"SignatureNonce", request.nonce}};
}

Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
               const rotation::Secret* token) {
  auto params = common_params(request);
  params.reserve(params.size() + request.params.size() + 4);  // one buffer: secrets leave no copies behind
  params.emplace_back("AccessKeyId", id.text());
  params.emplace_back("SignatureMethod", "HMAC-SHA1");
  params.emplace_back("SignatureVersion", "1.0");
  if (token) token->expose([&](std::string_view text) { params.emplace_back("SecurityToken", text); });
  params.insert(params.end(), request.params.begin(), request.params.end());
  std::sort(params.begin(), params.end());

  Signature out;
  out.canonical_query = http::form(params);
  for (auto& [name, value] : params) rotation::wipe(value);
  out.string_to_sign = std::string{request.method} + "&%2F&" + http::percent_encode(out.canonical_query);
  out.signature = secret.expose([&](std::string_view bytes) {
    std::string key;
    key.reserve(bytes.size() + 1);
    key.append(bytes).append("&");
    auto made = calling::base64(calling::hmac_sha1(key, out.string_to_sign));
    rotation::wipe(key);
    return made;
  });
  out.form = out.canonical_query + "&Signature=" + http::percent_encode(out.signature);
  return out;
}

}  // namespace alibaba_ram::rpc_v1
