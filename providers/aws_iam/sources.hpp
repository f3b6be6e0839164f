// The single sources of credentials, each behind the same face.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "providers/aws_iam/query_api.hpp"
#include "providers/http/transport.hpp"

namespace aws_iam {

using calling::CredentialProvider;

struct AssumedRole {
  std::string profile;  // for messages
  std::string role_arn;
  std::string session_name;
  std::optional<std::string> external_id = {};
  std::optional<std::string> mfa_serial = {};
  std::optional<std::string> duration_seconds = {};
};

// STS AssumeRole, signed with the source's credentials. Asks for a code where the profile names an MFA device.
[[nodiscard]] std::unique_ptr<CredentialProvider> assume_role(AssumedRole role, QueryApi sts,
                                                              std::unique_ptr<Signer> source, const World& world);

// STS AssumeRoleWithWebIdentity, unsigned; the token file is read at each fetch, because it is rotated.
[[nodiscard]] std::unique_ptr<CredentialProvider> web_identity(AssumedRole role, std::string token_file, QueryApi sts);

// A program that prints credentials as JSON (Version 1), run without a shell.
// Throws Trouble(usage) if the command line has an open quote or is empty.
[[nodiscard]] std::unique_ptr<CredentialProvider> credential_process(const std::string& profile,
                                                                     const std::string& command_line);

// The container credential service: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI.
// Throws Trouble(usage) for an address that it may not have.
[[nodiscard]] std::unique_ptr<CredentialProvider> container(const World& world, http::Transport& transport);

// The instance metadata service, version 2 only. Refused{not_sent} when no such service answers or it is disabled.
// Throws Trouble(usage) for an endpoint that it may not have.
[[nodiscard]] std::unique_ptr<CredentialProvider> instance_metadata(const World& world, http::Transport& transport,
                                                                    const std::optional<std::string>& endpoint);

}  // namespace aws_iam
