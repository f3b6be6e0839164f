// Secrets Manager of an AWS account, behind the port of the locations that live there.
#pragma once

#include <memory>
#include <string>

#include "providers/aws_iam/iam_cloud.hpp"
#include "secrets_adapters/versioned_secrets.hpp"

namespace cli {

// Signs as the account does, a self-rotation's change of keys included; `cloud` is held by the caller. `region`: empty
// means the account's.
[[nodiscard]] std::unique_ptr<secrets_adapters::VersionedSecrets> aws_secrets(aws_iam::IamCloud& cloud,
                                                                              std::string region);

}  // namespace cli
