// Alibaba Cloud's signature V1 of RPC APIs (HMAC-SHA1), written from the rules ("Request structure and signature method
// V1"). All parameters, common ones and the action's own, travel in the query, the form body, or both.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sigv4.hpp"

namespace simulated_cloud {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Every parameter as it came, query first; names that came twice stay twice.
[[nodiscard]] Pairs rpc_pairs(const Request& request);
// The value of the first pair of that name, or empty.
[[nodiscard]] std::string rpc_value(const Pairs& pairs, std::string_view name);

// Over all pairs but "Signature".
[[nodiscard]] std::string rpc_string_to_sign(std::string_view method, Pairs pairs);
[[nodiscard]] std::string rpc_signature(std::string_view secret, std::string_view to_sign);

// `incomplete` if one of AccessKeyId, SignatureMethod=HMAC-SHA1, SignatureVersion=1.0, SignatureNonce and Signature is
// missing, other than that, or given twice; `bad` if the signature is not right for `secret`. Times are not looked at.
[[nodiscard]] Verdict check_rpc(const Pairs& pairs);
[[nodiscard]] Verdict verify_rpc(const Request& request, const Pairs& pairs, std::string_view secret);

}  // namespace simulated_cloud
