// How to reach a Kubernetes API server and who is asking, as kubectl's own files or the pod's surroundings say.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rotation/secret.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

inline constexpr std::string_view in_cluster = "in-cluster";  // as a context's name

// Where to look.
struct KubeSources {
  std::string context = {};  // empty: the current one
  // Empty: every file of $KUBECONFIG, else ~/.kube/config, else the pod's own service account.
  std::string kubeconfig = {};
  std::filesystem::path service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
};

// A program that hands out credentials (client-go credential plugins, ExecCredential v1 and v1beta1).
struct KubePlugin {
  std::string api_version;
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> env = {};
  std::string cluster = {};  // spec.cluster of KUBERNETES_EXEC_INFO as JSON, where the plugin wants it
};

struct KubeUser {
  rotation::Secret token = {};
  std::filesystem::path token_file = {};  // before `token`; read anew for each series of requests
  std::string certificate = {};           // PEM, with its key
  rotation::Secret key = {};
  std::optional<KubePlugin> plugin = {};
};

struct KubeTarget {
  std::string words;              // for messages: "context prod"
  std::string server;             // no slash at its end
  std::optional<std::string> ca;  // PEM; empty: the system's
  std::string space;              // the namespace that goes without saying
  KubeUser user;
};

// Reads files; asks nobody. Throws Unfit, with what is wrong and where, for what can't be read and for each setting
// that this version does not carry out: none is passed over in silence that changes who is asked, or who is asking.
//
// As kubectl reads them (client-go, tools/clientcmd): of several files the first to name a cluster, a user, a context
// or the current context has it; files of $KUBECONFIG that are not there are skipped; a relative path in a file starts
// at that file's folder.
[[nodiscard]] KubeTarget find_kube_target(const KubeSources& sources);

}  // namespace secrets_adapters
