// Credentials that the machine gives: the metadata service of ECS, a credentials URI, and a program.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "providers/calling/credentials.hpp"
#include "providers/http/transport.hpp"

namespace alibaba_ram {

using calling::CredentialProvider;
using calling::World;

struct MetadataSettings {
  std::string address = "http://100.100.100.200/";
  std::optional<std::string> role = {};  // else the one that the instance has
  bool tokenless = true;                 // ask without a token where the service gives none
};

// The metadata service of ECS. Refused{not_sent} when no such service answers, Refused{no_such_entity} when the
// instance has no role. Throws Trouble(usage) for an address or a role that it may not have.
[[nodiscard]] std::unique_ptr<CredentialProvider> instance_metadata(http::Transport& transport,
                                                                    MetadataSettings settings);

// A service that answers a GET with a session as JSON: https anywhere, http to this machine or to the metadata's
// address. Throws Trouble(usage) for another.
[[nodiscard]] std::unique_ptr<CredentialProvider> credentials_uri(const World& world, http::Transport& transport,
                                                                  std::string address);

// The chain's end: the first of the two that gives credentials, and that one from then on; either may be nullptr.
// Throws Trouble(usage) at a fetch that finds neither.
[[nodiscard]] std::unique_ptr<CredentialProvider> of_machine(std::unique_ptr<CredentialProvider> metadata,
                                                             std::unique_ptr<CredentialProvider> uri);

// A program that prints {"mode", "access_key_id", "access_key_secret", "sts_token", "expiration"}, run without a shell.
// `where` is the profile in words. Throws Trouble(usage) if the command line has an open quote or is empty.
[[nodiscard]] std::unique_ptr<CredentialProvider> external(const std::string& where, const std::string& command_line,
                                                           const std::string& file);

}  // namespace alibaba_ram
