#include "secrets_adapters/kube_login.hpp"

#include <algorithm>
#include <system_error>

#include "platform/process.hpp"
#include "secrets_adapters/kube_object.hpp"
#include "secrets_adapters/token_source.hpp"

namespace secrets_adapters {
namespace {

using rotation::Refusal;
using rotation::Secret;

[[noreturn]] void unfit(std::string what, std::string remedy = {}) {
  throw Unfit{.why = Refusal::invalid_credentials, .what = std::move(what), .remedy = std::move(remedy)};
}

// As kubectl takes it, also where others can read it: the token that Kubernetes puts into each container is so.
Secret token_in(const std::filesystem::path& file) {
  auto token = word_in_file(file, "the token", Readers::anybody);
  if (const auto* no = rotation::refused(token)) unfit(no->message, no->remedy);
  return std::move(*rotation::done(token));
}

// What goes into a header: a line of visible characters.
void require_token(const Secret& token, const std::string& where) {
  const bool fits = token.expose([](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
  });
  if (!fits) unfit("the token of " + where + " has a blank or a control character in it");
}

std::string exec_info(const KubePlugin& plugin) {
  return R"({"kind":"ExecCredential","apiVersion":")" + plugin.api_version + R"(","spec":{"interactive":false)" +
         (plugin.cluster.empty() ? "" : ",\"cluster\":" + plugin.cluster) + "}}";
}

KubeObject said_by(const KubePlugin& plugin, const std::vector<std::string>& pass_env) {
  platform::Command command{.argv = plugin.argv, .pass_env = pass_env, .input = {}};
  command.set_env = plugin.env;
  command.set_env.emplace_back("KUBERNETES_EXEC_INFO", exec_info(plugin));
  const std::string name = "the plugin " + plugin.argv.front();
  try {
    platform::Finished run = platform::run(command);
    http::Body reply{run.out};
    rotation::wipe(run.out);
    if (run.timed_out) unfit(name + " did not end in time");
    if (run.exit_code != 0) unfit(name + " failed with exit code " + std::to_string(run.exit_code));
    if (run.output_cut) unfit(name + " said more than a credential");
    return KubeObject(std::move(reply));
  } catch (const std::system_error& error) {
    unfit(name + " could not be started: " + error.code().message());
  } catch (const JsonError&) {
    unfit(name + " did not answer with an ExecCredential");
  }
}

KubeCredentials ask(const KubePlugin& plugin, const std::vector<std::string>& pass_env) {
  const KubeObject said = said_by(plugin, pass_env);
  const std::string name = "the plugin " + plugin.argv.front();
  if (said.text({"kind"}) != "ExecCredential" || said.text({"apiVersion"}) != plugin.api_version) {
    unfit(name + " did not answer with an ExecCredential of " + plugin.api_version);
  }
  KubeCredentials found{.token = Secret::taking(said.text({"status", "token"}))};
  http::ClientCertificate certificate{.chain = said.text({"status", "clientCertificateData"}),
                                      .key = Secret::taking(said.text({"status", "clientKeyData"}))};
  if (certificate.chain.empty() != certificate.key.empty()) unfit(name + " gave a certificate without its key");
  if (!certificate.chain.empty()) found.certificate = std::move(certificate);
  if (found.token.empty() && !found.certificate) unfit(name + " gave neither a token nor a certificate");
  return found;
}

}  // namespace

// The order of client-go: a token file before a token; a plugin only where neither is there.
KubeCredentials log_in(const KubeUser& user, const std::vector<std::string>& pass_env) {
  KubeCredentials found;
  const bool has_token = !user.token_file.empty() || !user.token.empty();
  if (user.plugin && !has_token && user.certificate.empty()) {
    found = ask(*user.plugin, pass_env);
  } else {
    // Clones: the user's own stay for the next time.
    found.token = user.token_file.empty() ? user.token.clone() : token_in(user.token_file);
    if (!user.certificate.empty()) found.certificate = http::ClientCertificate{user.certificate, user.key.clone()};
  }
  require_token(found.token, user.plugin && !has_token ? "the plugin" : "the kubeconfig");
  return found;
}

}  // namespace secrets_adapters
