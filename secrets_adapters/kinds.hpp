// Every kind of location that there is, each defined beside the code that knows it.
#pragma once

#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

extern const Kind aws_credentials_file;
extern const Kind alibaba_credentials_file;
extern const Kind alibaba_cli_config;
extern const Kind alibaba_kms_secret;
extern const Kind aws_secrets_manager;
extern const Kind aws_ssm;
extern const Kind env_file;
extern const Kind manual;
extern const Kind vault_kv2;
extern const Kind github_actions;
extern const Kind gitlab_ci;
extern const Kind circleci;
extern const Kind structured_file;
extern const Kind exec;
extern const Kind http_steps;
extern const Kind kubernetes;
extern const Kind eyaml;
extern const Kind eyaml_gpg;

}  // namespace secrets_adapters
