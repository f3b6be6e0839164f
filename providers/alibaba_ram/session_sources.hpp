// Sessions that STS gives: AssumeRole and AssumeRoleWithOIDC.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "providers/alibaba_ram/rpc_api.hpp"

namespace alibaba_ram {

using calling::CredentialProvider;

struct Role {
  std::string arn;
  std::string session_name;
  std::optional<std::string> external_id = {};
  std::optional<std::string> policy = {};  // what narrows the session
  std::optional<std::int64_t> seconds = {};
};

// STS AssumeRole, signed with the source's credentials.
[[nodiscard]] std::unique_ptr<CredentialProvider> assume_role(Role role, RpcApi sts, std::unique_ptr<Signer> source);

// STS AssumeRoleWithOIDC, unsigned; the token file is read at each fetch, because it is rotated.
[[nodiscard]] std::unique_ptr<CredentialProvider> assume_role_with_oidc(Role role, std::string provider_arn,
                                                                        std::string token_file, RpcApi sts);

}  // namespace alibaba_ram
