// One profile of an AWS credentials file: aws_access_key_id and aws_secret_access_key.
#pragma once

#include <memory>
#include <string>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// The pair stands in section [PROFILE], as in ~/.aws/credentials; where that section has none, in [profile PROFILE], as
// in ~/.aws/config. Both with a pair is Unfit: which one is read depends on who reads. So is a profile with a session
// token (Refusal::unsupported): temporary credentials are not rotated.
[[nodiscard]] std::unique_ptr<const PairFormat> aws_credentials_format(std::string profile);

}  // namespace secrets_adapters
