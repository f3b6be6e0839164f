// What a user of a kubeconfig shows to the API server right now.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "providers/http/transport.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/kubeconfig.hpp"

namespace secrets_adapters {

struct KubeCredentials {
  rotation::Secret token = {};  // empty: none
  std::optional<http::ClientCertificate> certificate = {};
};

// Reads the token's file, or runs the plugin: argv and variables of the kubeconfig, what Command passes by itself, and
// the variables named in `pass_env`. Throws Unfit; never with a word of what the plugin said.
//
// Source: Kubernetes documentation, "Authenticating", client-go credential plugins (KUBERNETES_EXEC_INFO; the reply's
// status has a token, or clientCertificateData with clientKeyData, or both).
[[nodiscard]] KubeCredentials log_in(const KubeUser& user, const std::vector<std::string>& pass_env);

}  // namespace secrets_adapters
