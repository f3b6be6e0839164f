// What a request to Alibaba Cloud says, in either of its two signature styles, and what the front door makes of it.
#pragma once

#include <optional>
#include <string>

#include "acs3.hpp"
#include "api.hpp"
#include "rpc_v1.hpp"

namespace simulated_cloud {

struct AcsMessage {
  Pairs pairs;
  Parameters parameters;
  std::string service;  // "ram", "sts", "ims", "actiontrail", "kms"; any other is a data plane
  std::string region, action, version, host;
  bool xml = false;                    // V1 without Format=JSON
  Verdict verdict = Verdict::missing;  // ok: the five below are there
  std::optional<Acs3Claim> v3;         // otherwise V1
  std::string access_key, token, nonce, date;
};

// nullopt for a request that is not Alibaba's.
[[nodiscard]] std::optional<AcsMessage> read_acs(const Request& request);
[[nodiscard]] bool is_data_plane(const AcsMessage& message);

// As identify() of AWS: throws InvalidAccessKeyId.NotFound, or what is wrong with the session token.
[[nodiscard]] Identity identify_acs(World& world, const AcsMessage& message);
// `ok` only if the signature is whole, fresh (within 15 minutes of `now` either way) and right for `secret`.
[[nodiscard]] Verdict verify_acs(const Request& request, const AcsMessage& message, std::string_view secret, Time now);
// Turns what verify_acs() found into the gateway's own error, which tells its own string to sign as the real one does.
[[noreturn]] void refuse_acs(Verdict verdict, const Request& request, const AcsMessage& message);

}  // namespace simulated_cloud
