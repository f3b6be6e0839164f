// KMS Secrets Manager of an Alibaba Cloud account, behind the port of the locations that live there.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "providers/alibaba_ram/ram_cloud.hpp"
#include "secrets_adapters/versioned_secrets.hpp"

namespace cli {

// Signs as the account does, a self-rotation's change of keys included; `cloud` is held by the caller. With a `region`,
// the KMS of that one, unless the account's endpoint is overridden.
[[nodiscard]] std::unique_ptr<secrets_adapters::VersionedSecrets> kms_secrets(alibaba_ram::RamCloud& cloud,
                                                                              const std::optional<std::string>& region);

}  // namespace cli
