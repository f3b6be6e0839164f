#include "secrets_adapters/kubeconfig.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>

#include "platform/files.hpp"
#include "providers/http/url.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/base64.hpp"

namespace secrets_adapters {
namespace {

namespace fs = std::filesystem;
using rotation::Refusal;
using rotation::Secret;

constexpr std::size_t largest_file = 1 << 20;

[[noreturn]] void unfit(std::string what) { throw Unfit{.what = std::move(what)}; }
[[noreturn]] void unsupported(std::string what) { throw Unfit{.why = Refusal::unsupported, .what = std::move(what)}; }

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string(value);
}

// The caller wipes it. Who can write it could name another server, or a program to be run as us. Its group may: with
// umask 002 each user is alone in his own.
std::string whole_file(const fs::path& path, const std::string& what) {
  const std::string name = what + " " + path.string();
  try {
    const platform::Fd file = platform::open_file(path, O_RDONLY | O_NONBLOCK);
    struct stat info {};
    if (::fstat(file.get(), &info) == 0 && (info.st_mode & S_IWOTH) != 0) {
      throw Unfit{.what = name + " can be written by anybody; take that away (chmod o-w)",
                  .remedy = "chmod o-w " + rotation::quoted(path.string())};
    }
    return platform::read_all(file, path, largest_file);
  } catch (const std::system_error& error) {
    if (error.code().value() == ENOENT) unfit(name + " is not there");
    unfit(name + " cannot be read: " + error.code().message());
  }
}

// Null where there is none: asked for its kind, the node that yaml-cpp gives then would throw.
YAML::Node child(const YAML::Node& node, const std::string& name) {
  if (!node.IsMap() || !node[name].IsDefined()) return {};
  return node[name];
}

// Null where there is no list.
YAML::Node list_in(const YAML::Node& node, const std::string& name) {
  const YAML::Node list = child(node, name);
  return list.IsSequence() ? list : YAML::Node{};
}

// One cluster, user or context, and the file that it comes from.
struct Entry {
  YAML::Node node;
  fs::path folder;
  std::string words;  // "user dev in FILE"

  [[nodiscard]] std::string text(const char* name) const {
    const YAML::Node value = child(node, name);
    if (value.IsNull()) return {};
    if (!value.IsScalar()) unfit(words + ": " + name + " is no text");
    return value.Scalar();
  }
  [[nodiscard]] bool has(const char* name) const {
    const YAML::Node value = child(node, name);
    return !value.IsNull() && !(value.IsScalar() && value.Scalar().empty());
  }
  [[nodiscard]] fs::path path(const char* name) const {
    const fs::path path = text(name);
    return path.empty() || path.is_absolute() ? path : folder / path;
  }
  // NAME-data, base64, or the file that NAME tells: kubectl prefers the data.
  [[nodiscard]] Secret pem(const std::string& name) const {
    std::string data = text((name + "-data").c_str());
    if (!data.empty()) {
      auto decoded = decode_base64(data);
      rotation::wipe(data);
      if (!decoded) unfit(words + ": " + name + "-data is no base64");
      return std::move(*decoded);
    }
    const fs::path file = path(name.c_str());
    return file.empty() ? Secret{} : Secret::taking(whole_file(file, words + ": " + name));
  }
  void refuse(const char* name, const char* why) const {
    if (has(name)) unsupported(words + ": " + name + " " + why);
  }
};

std::string exposed(const Secret& secret) {
  return secret.expose([](std::string_view text) { return std::string(text); });
}

class KubeFiles {
 public:
  void add(const fs::path& file) {
    std::string text = whole_file(file, "kubeconfig");
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::Exception& error) {  // its words can quote the text
      rotation::wipe(text);
      throw Unfit{.line = static_cast<std::size_t>(error.mark.line + 1),
                  .what = "kubeconfig " + file.string() + " is no YAML"};
    }
    rotation::wipe(text);
    if (root.IsNull()) return;
    if (!root.IsMap()) unfit("kubeconfig " + file.string() + " is no mapping");
    files_.push_back({root, file.parent_path(), "kubeconfig " + file.string()});
  }

  [[nodiscard]] bool empty() const { return files_.empty(); }

  [[nodiscard]] std::string current() const {
    for (const Entry& file : files_) {
      if (std::string name = file.text("current-context"); !name.empty()) return name;
    }
    return {};
  }

  // `what`: "context"; its list is "contexts".
  [[nodiscard]] Entry find(const std::string& what, const std::string& name) const {
    for (const Entry& file : files_) {
      for (const YAML::Node& one : list_in(file.node, what + "s")) {
        const YAML::Node called = child(one, "name");
        if (!called.IsScalar() || called.Scalar() != name) continue;
        return {child(one, what), file.folder, what + " " + name + " in " + file.words};
      }
    }
    unfit(what + " " + name + " is in no kubeconfig that was read");
  }

 private:
  std::vector<Entry> files_;
};

std::string server_of(const Entry& cluster) {
  std::string server = cluster.text("server");
  while (server.ends_with('/')) server.pop_back();
  const auto url = http::parse_url(server);
  if (!url || !url->query.empty()) unfit(cluster.words + ": server is no address (https://HOST[:PORT])");
  if (!http::may_speak_to(*url, {})) unfit(cluster.words + ": server is plain http, which is for this machine alone");
  return server;
}

void refuse_other_ways(const Entry& cluster) {
  if (cluster.text("insecure-skip-tls-verify") == "true") {
    unsupported(cluster.words + ": insecure-skip-tls-verify: a server that is not verified gets no key");
  }
  cluster.refuse("tls-server-name", "is not supported by this version: name the server as its certificate does");
  cluster.refuse("proxy-url", "is not supported by this version: use HTTPS_PROXY");
}

// client-go, pkg/apis/clientauthentication: what a plugin is told of the cluster where it asks for it.
std::string told_cluster(const KubeTarget& target) {
  nlohmann::json cluster{{"server", target.server}};
  if (target.ca) {
    http::Body text;
    append_base64(text, *target.ca);
    cluster["certificate-authority-data"] = std::string(text.view());
  }
  return cluster.dump();
}

KubePlugin plugin_of(const Entry& exec, const KubeTarget& target) {
  KubePlugin plugin{.api_version = exec.text("apiVersion"), .argv = {}};
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    unsupported(exec.words + ": apiVersion is neither client.authentication.k8s.io/v1 nor v1beta1");
  }
  if (exec.text("interactiveMode") == "Always") unsupported(exec.words + ": it wants a terminal (interactiveMode)");
  const std::string command = exec.text("command");
  if (command.empty()) unfit(exec.words + ": it has no command");
  const bool beside = command.find('/') != std::string::npos;  // else it is looked up in PATH
  plugin.argv.push_back(beside ? exec.path("command").string() : command);
  for (const YAML::Node& word : list_in(exec.node, "args")) {
    if (!word.IsScalar()) unfit(exec.words + ": args are not all texts");
    plugin.argv.push_back(word.Scalar());
  }
  for (const YAML::Node& one : list_in(exec.node, "env")) {
    const Entry entry{one, exec.folder, exec.words + ", env"};
    if (!entry.has("name")) unfit(entry.words + ": one has no name");
    plugin.env.emplace_back(entry.text("name"), entry.text("value"));
  }
  if (exec.text("provideClusterInfo") == "true") plugin.cluster = told_cluster(target);
  return plugin;
}

KubeUser user_of(const Entry& user, const KubeTarget& target) {
  for (const char* name : {"as", "as-uid", "as-groups", "as-user-extra"}) {
    user.refuse(name, "(impersonation) is not supported by this version");
  }
  user.refuse("username", "is not supported: API servers have dropped passwords");
  user.refuse("auth-provider", "is not supported: kubectl has dropped it for exec plugins");
  KubeUser found{.token_file = user.path("tokenFile"), .certificate = exposed(user.pem("client-certificate"))};
  found.token = Secret::taking(user.text("token"));
  found.key = user.pem("client-key");
  if (found.certificate.empty() != found.key.empty()) {
    unfit(user.words + ": a client certificate and its key only go together");
  }
  if (user.has("exec")) {
    found.plugin = plugin_of({child(user.node, "exec"), user.folder, user.words + ", exec"}, target);
  }
  if (found.token.empty() && found.token_file.empty() && found.certificate.empty() && !found.plugin) {
    const auto url = http::parse_url(target.server);
    if (!http::is_loopback(*url)) unfit(user.words + ": it has no credentials");
  }
  return found;
}

KubeTarget target_in(const KubeFiles& files, const std::string& wanted) {
  const std::string name = wanted.empty() ? files.current() : wanted;
  if (name.empty()) unfit("the kubeconfig has no current-context; name one: context");
  const Entry context = files.find("context", name);
  const Entry cluster = files.find("cluster", context.text("cluster"));
  refuse_other_ways(cluster);
  KubeTarget target{.words = "context " + name, .server = server_of(cluster), .ca = {}, .space = {}, .user = {}};
  if (std::string ca = exposed(cluster.pem("certificate-authority")); !ca.empty()) target.ca = std::move(ca);
  target.space = context.text("namespace");
  if (target.space.empty()) target.space = "default";
  target.user = user_of(files.find("user", context.text("user")), target);
  return target;
}

// Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
KubeTarget target_of_pod(const fs::path& account) {
  const std::string host = variable("KUBERNETES_SERVICE_HOST");
  const std::string port = variable("KUBERNETES_SERVICE_PORT");
  if (host.empty()) unfit("KUBERNETES_SERVICE_HOST is not set, so this is no pod; name a context");
  const bool v6 = host.find(':') != std::string::npos;
  KubeTarget target{.words = "this pod's cluster",
                    .server = "https://" + (v6 ? "[" + host + "]" : host) + ":" + (port.empty() ? "443" : port),
                    .ca = whole_file(account / "ca.crt", "the service account's"),
                    .space = whole_file(account / "namespace", "the service account's"),
                    .user = {.token_file = account / "token"}};
  while (target.space.ends_with('\n')) target.space.pop_back();
  return target;
}

std::vector<fs::path> listed(const std::string& list) {
  std::vector<fs::path> files;
  for (std::size_t from = 0; from <= list.size();) {
    const std::size_t end = std::min(list.find(':', from), list.size());
    const fs::path file = list.substr(from, end - from);
    std::error_code error;
    if (!file.empty() && fs::exists(file, error)) files.push_back(file);
    from = end + 1;
  }
  return files;
}

}  // namespace

KubeTarget find_kube_target(const KubeSources& sources) {
  if (sources.context == in_cluster) return target_of_pod(sources.service_account);
  KubeFiles files;
  const std::string list = variable("KUBECONFIG");
  const fs::path usual = platform::expand_home("~/.kube/config");
  std::error_code error;
  if (!sources.kubeconfig.empty()) {
    files.add(sources.kubeconfig);
  } else if (!list.empty()) {
    for (const fs::path& file : listed(list)) files.add(file);
  } else if (fs::exists(usual, error)) {
    files.add(usual);
  }
  if (!files.empty()) return target_in(files, sources.context);
  if (sources.context.empty() && !variable("KUBERNETES_SERVICE_HOST").empty()) {
    return target_of_pod(sources.service_account);
  }
  unfit("there is no kubeconfig; name one: kubeconfig");
}

}  // namespace secrets_adapters
