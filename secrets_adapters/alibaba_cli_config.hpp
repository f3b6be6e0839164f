// One profile of the aliyun command's config: access_key_id and access_key_secret.
#pragma once

#include <memory>
#include <string>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// The pair stands in the object of `profiles` in ~/.aliyun/config.json whose name is PROFILE. Modes AK and RamRoleArn:
// both sign with a long-lived key. Unfit (Refusal::unsupported): every other mode - a ChainableRamRoleArn profile has
// no pair of its own, and the message names its source_profile - and an sts_token beside the pair. Unfit, too: two
// profiles of that name, and what the command's own reader and those of the SDKs would take in different ways.
[[nodiscard]] std::unique_ptr<const PairFormat> alibaba_cli_format(std::string profile);

}  // namespace secrets_adapters
