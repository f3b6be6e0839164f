// AWS Signature Version 4, by hand: libcurl's own takes the clock itself, so a skewed clock could not be corrected.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/calling/digest.hpp"
#include "rotation/names.hpp"
#include "rotation/secret.hpp"
#include "rotation/time.hpp"

namespace aws_iam {

// A POST to "/" without a query, which is every request of the Query and JSON protocols.
struct ToSign {
  std::string host;                                          // as in the Host header, with an unusual port
  std::vector<std::pair<std::string, std::string>> headers;  // lower-case names; all are signed, beside host and date
  std::string_view body;
  std::string region;
  std::string service;  // "iam", "sts"
  rotation::Time at{};  // server time
};

struct Signature {
  std::string amz_date;  // the X-Amz-Date header
  std::string canonical_request;
  std::string string_to_sign;
  std::string signature;      // hex
  std::string authorization;  // the Authorization header
};

// What signs: derived from the secret for one day, region and service, and kept, so that the next signature of that day
// costs a tenth.
class SigningKey {
 public:
  [[nodiscard]] calling::HmacSha256& of(const rotation::Secret& secret, const std::string& scope);

 private:
  // By digest: a second copy of the secret would outlive whoever gave it. Not by id: a pair that is probed may have the
  // id of ours and another secret.
  calling::Sha256 secret_{};
  std::string scope_;
  std::optional<calling::HmacSha256> key_;
};

// The session token, where there is one, is signed as x-amz-security-token: the caller sends that header too, and wipes
// the canonical request, which holds it.
[[nodiscard]] Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
                             const rotation::Secret* token, SigningKey& key);
[[nodiscard]] Signature sign(const ToSign& request, const rotation::AccessKeyId& id, const rotation::Secret& secret,
                             const rotation::Secret* token);

// "20260102T030405Z"
[[nodiscard]] std::string amz_date(rotation::Time at);

}  // namespace aws_iam
