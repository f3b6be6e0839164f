// One profile of an Alibaba Cloud credentials file: access_key_id and access_key_secret.
#pragma once

#include <memory>
#include <string>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// The pair stands in section [PROFILE] of ~/.alibabacloud/credentials, or of credentials.ini as other SDKs name it.
// `type` access_key (or none) and ram_role_arn: both sign with a long-lived key. Unfit (Refusal::unsupported): every
// other type, and a security token beside the pair.
[[nodiscard]] std::unique_ptr<const PairFormat> alibaba_credentials_format(std::string profile);

}  // namespace secrets_adapters
