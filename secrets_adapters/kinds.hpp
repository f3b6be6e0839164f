// Every kind of location that there is, each defined beside the code that knows it.
#pragma once

#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

extern const Kind aws_credentials_file;
extern const Kind alibaba_credentials_file;
extern const Kind alibaba_cli_config;
extern const Kind alibaba_kms_secret;
extern const Kind env_file;
extern const Kind manual;
extern const Kind vault_kv2;
extern const Kind eyaml;
extern const Kind eyaml_gpg;

}  // namespace secrets_adapters
