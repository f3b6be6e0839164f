// Alibaba's RAM, STS, IMS, ActionTrail and KMS over a World: parameters in, JSON out, errors as ApiError. What is said
// in AWS's words (a World's own errors) is put into Alibaba's by acs_words().
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "acs_message.hpp"
#include "dialect.hpp"

namespace simulated_cloud {

using Json = nlohmann::json;

// The members of the reply beside RequestId.
[[nodiscard]] Json answer_ram(const Call& call);
[[nodiscard]] Json answer_policies(const Call& call);  // the part of RAM that reads policies
[[nodiscard]] Json answer_acs_sts(const Call& call);
// AssumeRoleWithOIDC, the one call that nobody signs.
[[nodiscard]] Json answer_oidc(const Call& call);
[[nodiscard]] Json answer_ims(const Call& call);
[[nodiscard]] Json answer_actiontrail(const Call& call);
[[nodiscard]] Json answer_kms(const Call& call);
[[nodiscard]] Json answer_acs(const Call& call, const AcsMessage& message);

[[noreturn]] void unknown_acs_action(const Call& call);
// UserName, or the caller's own; checked by RAM's rules (1..64 of letters, digits and . _ -).
[[nodiscard]] std::string acs_user_name(const Call& call);
[[nodiscard]] std::string acs_time(const Call& call, Time time);

[[nodiscard]] Reply acs_success(const Dialect& dialect, const std::string& action, Json result,
                                const std::string& request_id);
[[nodiscard]] Reply acs_failure(const Dialect& dialect, const ApiError& error, const std::string& request_id);
[[nodiscard]] ApiError acs_words(const Dialect& dialect, const ApiError& error);

}  // namespace simulated_cloud
