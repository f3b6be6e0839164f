#include "secrets_adapters/kubeconfig.hpp"

#include <gtest/gtest.h>

#include "secrets_adapters/kube_login.hpp"
#include "tests/secrets_adapters/kube_bench.hpp"

namespace {

using kube::Bench;
using places::said;
using places::text_of;
using places::why;
using rotation::Refusal;
using secrets_adapters::find_kube_target;
using secrets_adapters::KubeTarget;
using secrets_adapters::log_in;
using secrets_adapters::Unfit;

// Sets a variable for as long as it lives; nullptr: takes it away.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* now = std::getenv(name)) before_ = now;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) const { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }
  const char* name_;
  std::optional<std::string> before_;
};

class Kubeconfig : public ::testing::Test {
 protected:
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    workbench::put(here_ / name, text);
    return here_ / name;
  }
  // One context `prod` of user `u` in cluster `c`.
  [[nodiscard]] std::string config(const std::string& user, const std::string& cluster = {}) const {
    return write("config",
                 "current-context: prod\ncontexts: [{name: prod, context: {cluster: c, user: u}}]\n"
                 "clusters: [{name: c, cluster: {server: https://k.example:6443/" +
                     cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n");
  }
  static KubeTarget target(const std::string& file, const std::string& context = {}) {
    return find_kube_target({.context = context, .kubeconfig = file});
  }
  static std::string trouble(const std::function<void()>& f) {
    try {
      f();
    } catch (const Unfit& unfit) {
      return unfit.what;
    }
    return "none";
  }
  workbench::Directory here_;
  Variable no_list_{"KUBECONFIG", nullptr};
  Variable no_pod_{"KUBERNETES_SERVICE_HOST", nullptr};
  Variable home_{"HOME", here_.path().c_str()};
};

TEST_F(Kubeconfig, TakesTheCurrentContextUnlessOneIsNamed) {
  const auto file = write("config", R"(
current-context: dev
clusters: [{name: a, cluster: {server: "https://a.example/"}}, {name: b, cluster: {server: "https://b.example:8443/x"}}]
users: [{name: u, user: {token: t-u}}]
contexts:
- {name: dev, context: {cluster: a, user: u}}
- {name: prod, context: {cluster: b, user: u, namespace: apps}}
)");
  EXPECT_EQ(target(file).server, "https://a.example");
  EXPECT_EQ(target(file).space, "default");
  EXPECT_EQ(target(file, "prod").server, "https://b.example:8443/x");
  EXPECT_EQ(target(file, "prod").space, "apps");
  EXPECT_EQ(target(file, "prod").words, "context prod");
  EXPECT_EQ(text_of(log_in(target(file).user, {}).token), "t-u");
  EXPECT_EQ(trouble([&] { (void)target(file, "other"); }), "context other is in no kubeconfig that was read");
}

TEST_F(Kubeconfig, ReadsJson) {
  const auto file =
      write("config", R"({"current-context":"p","clusters":[{"name":"c","cluster":{"server":"https://j.example"}}],
"users":[{"name":"u","user":{"token":"t-j"}}],"contexts":[{"name":"p","context":{"cluster":"c","user":"u"}}]})");
  EXPECT_EQ(target(file).server, "https://j.example");
}

TEST_F(Kubeconfig, OfSeveralFilesTheFirstToNameAThingHasIt) {
  const auto first = write("first", "current-context: p\nusers: [{name: u, user: {token: t-first}}]\n");
  const auto second = write("second", R"(
current-context: other
users: [{name: u, user: {token: t-second}}]
clusters: [{name: c, cluster: {server: "https://second.example"}}]
contexts: [{name: p, context: {cluster: c, user: u}}]
)");
  const Variable list("KUBECONFIG", (first + "::/not/there:" + second).c_str());
  const KubeTarget found = find_kube_target({});
  EXPECT_EQ(found.server, "https://second.example");
  EXPECT_EQ(text_of(found.user.token), "t-first");
}

TEST_F(Kubeconfig, LooksInTheHomeDirectoryLast) {
  EXPECT_EQ(trouble([] { (void)find_kube_target({}); }), "there is no kubeconfig; name one: kubeconfig");
  std::filesystem::create_directory(here_ / ".kube");
  std::filesystem::rename(config("token: t-home"), here_ / ".kube" / "config");
  EXPECT_EQ(text_of(find_kube_target({}).user.token), "t-home");
  EXPECT_NE(trouble([&] { (void)target(here_ / "missing"); }).find("is not there"), std::string::npos);
}

TEST_F(Kubeconfig, RelativePathsStartAtTheFilesOwnFolder) {
  std::filesystem::create_directory(here_ / "keys");
  workbench::put(here_ / "keys/ca", "CA");
  workbench::put(here_ / "keys/crt", "CERT");
  workbench::put(here_ / "keys/key", "KEY");
  workbench::put(here_ / "keys/token", "t-file\n");
  const auto file = config("client-certificate: keys/crt, client-key: keys/key, tokenFile: keys/token, token: t-none",
                           ", certificate-authority: keys/ca");
  const KubeTarget found = target(file);
  EXPECT_EQ(found.ca, "CA");
  const auto shown = log_in(found.user, {});
  EXPECT_EQ(text_of(shown.token), "t-file");  // before the token itself
  EXPECT_EQ(shown.certificate->chain, "CERT");
  EXPECT_EQ(text_of(shown.certificate->key), "KEY");
}

TEST_F(Kubeconfig, DataStandsBeforeFiles) {
  const auto file = config("client-certificate-data: " + kube::base64("CERT") + ", client-certificate: gone, " +
                               "client-key-data: " + kube::base64("KEY"),
                           ", certificate-authority-data: " + kube::base64("CA"));
  EXPECT_EQ(target(file).ca, "CA");
  EXPECT_EQ(target(file).user.certificate, "CERT");
}

TEST_F(Kubeconfig, WhatIsNotCarriedOutIsRefusedByName) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases{
      {"token: t", ", insecure-skip-tls-verify: true", "cluster c in kubeconfig"},
      {"token: t", ", insecure-skip-tls-verify: true", "insecure-skip-tls-verify"},
      {"token: t", ", tls-server-name: x", "tls-server-name"},
      {"token: t", ", proxy-url: \"http://p\"", "proxy-url"},
      {"username: a, password: b", "", "username"},
      {"auth-provider: {name: gcp}", "", "auth-provider"},
      {"token: t, as: admin", "", "as (impersonation)"},
      {"token: t, as-groups: [g]", "", "as-groups (impersonation)"},
      {"", "", "it has no credentials"},
      {"client-certificate-data: QQ==", "", "only go together"},
      {"client-key-data: '*', client-certificate-data: QQ==", "", "client-key-data is no base64"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}", "", "apiVersion"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1}", "", "it has no command"},
      {"exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Always}", "", "terminal"},
      {"tokenFile: gone, client-certificate: gone", "", "is not there"},
  };
  for (const auto& [user, cluster, part] : cases) {
    const std::string said = trouble([&] { (void)target(config(user, cluster)); });
    EXPECT_NE(said.find(part), std::string::npos) << user << cluster << ": " << said;
  }
}

TEST_F(Kubeconfig, AMalformedFileIsNamedAndNotQuoted) {
  for (const char* text : {"users: [t-secret", "- t-secret", "t-secret", "\tusers: t-secret"}) {
    const std::string said = trouble([&] { (void)target(write("config", text)); });
    EXPECT_NE(said.find("kubeconfig " + (here_ / "config").string() + " is no "), std::string::npos) << said;
    EXPECT_EQ(said.find("t-secret"), std::string::npos);
  }
  for (const char* text : {"current-context: [a]", "{current-context: p, contexts: {name: p}}",
                           "{current-context: p, contexts: [{name: p}]}", "{current-context: p, contexts: [p, {}]}"}) {
    EXPECT_NE(trouble([&] { (void)target(write("config", text)); }), "none") << text;
  }
}

TEST_F(Kubeconfig, AddressesThatAreNotSafeAreRefused) {
  for (const char* server : {"http://k.example", "k.example:6443", "https://u:p@k.example", ""}) {
    const auto file = write("config",
                            "current-context: p\ncontexts: [{name: p, context: {cluster: c, user: u}}]\nclusters: "
                            "[{name: c, cluster: {server: \"" +
                                std::string(server) + "\"}}]\nusers: [{name: u, user: {token: t}}]\n");
    EXPECT_NE(trouble([&] { (void)target(file); }).find("server is"), std::string::npos) << server;
  }
}

TEST_F(Kubeconfig, APodIsItsOwnContext) {
  workbench::put(here_ / "ca.crt", "CA");
  workbench::put(here_ / "namespace", "apps\n");
  workbench::put(here_ / "token", "t-1");
  const Variable port("KUBERNETES_SERVICE_PORT", "6443");
  const auto find = [&](const char* context) {
    return find_kube_target({.context = context, .kubeconfig = {}, .service_account = here_.path()});
  };
  EXPECT_NE(trouble([&] { (void)find("in-cluster"); }).find("this is no pod"), std::string::npos);
  const Variable host("KUBERNETES_SERVICE_HOST", "10.0.0.1");
  for (const char* context : {"in-cluster", ""}) {
    const KubeTarget found = find(context);
    EXPECT_EQ(found.server, "https://10.0.0.1:6443");
    EXPECT_EQ(found.ca, "CA");
    EXPECT_EQ(found.space, "apps");
    EXPECT_EQ(text_of(log_in(found.user, {}).token), "t-1");
    workbench::put(here_ / "token", "t-2\n");
    EXPECT_EQ(text_of(log_in(found.user, {}).token), "t-2");
    workbench::put(here_ / "token", "t-1");
  }
  const Variable v6("KUBERNETES_SERVICE_HOST", "fd00::1");
  EXPECT_EQ(find("").server, "https://[fd00::1]:6443");
}

// ---- plugins ---------------------------------------------------------------------------------------------------

std::string plugin(const std::string& script, const std::string& more = {}) {
  return "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: sh, args: [-c, '" +
         script + "']" + more + "}";
}

std::string credential(const std::string& status) {
  return R"(echo "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":)" +
         status + "}\"";
}

TEST_F(Kubeconfig, APluginIsToldWhatItMustKnowAndItsTokenUsed) {
  const Variable passed("KEYBATON_TEST_PASSED", "p");
  const Variable kept("KEYBATON_TEST_KEPT", "k");
  const auto file =
      config(plugin("printenv KUBERNETES_EXEC_INFO > " + (here_ / "info").string() + "; " +
                        credential(R"({\"token\":\"t-$A-$KEYBATON_TEST_PASSED-$KEYBATON_TEST_KEPT-$0\"})"),
                    ", provideClusterInfo: true, env: [{name: A, value: a}]"),
             ", certificate-authority-data: " + kube::base64("CA"));
  EXPECT_EQ(text_of(log_in(target(file).user, {"KEYBATON_TEST_PASSED"}).token), "t-a-p--sh");
  const auto info = kube::Json::parse(workbench::get(here_ / "info"));
  EXPECT_EQ(info["kind"], "ExecCredential");
  EXPECT_EQ(info["apiVersion"], "client.authentication.k8s.io/v1");
  EXPECT_EQ(info["spec"]["interactive"], false);
  EXPECT_EQ(info["spec"]["cluster"]["server"], "https://k.example:6443");
  EXPECT_EQ(info["spec"]["cluster"]["certificate-authority-data"], kube::base64("CA"));
}

TEST_F(Kubeconfig, APluginMayHandOutACertificate) {
  const auto file = config(plugin(credential(R"({\"clientCertificateData\":\"C\",\"clientKeyData\":\"K\"})")));
  const auto shown = log_in(target(file).user, {});
  EXPECT_TRUE(shown.token.empty());
  EXPECT_EQ(shown.certificate->chain, "C");
  EXPECT_EQ(text_of(shown.certificate->key), "K");
}

TEST_F(Kubeconfig, APluginThatFailsIsNamedAndNotQuoted) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"echo t-secret; echo t-secret >&2; exit 3", "failed with exit code 3"},
      {"echo t-secret", "did not answer with an ExecCredential"},
      {"echo \"{}\"", "did not answer with an ExecCredential"},
      {credential("{}"), "neither a token nor a certificate"},
      {credential(R"({\"clientKeyData\":\"t-secret\"})"), "a certificate without its key"},
      {credential(R"({\"token\":\"t-secret x\"})"), "a blank or a control character"},
  };
  for (const auto& [script, part] : cases) {
    const std::string said = trouble([&] { (void)log_in(target(config(plugin(script))).user, {}); });
    EXPECT_NE(said.find(part), std::string::npos) << said;
    EXPECT_EQ(said.find("t-secret"), std::string::npos) << said;
  }
  const auto gone = config("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./gone}");
  EXPECT_NE(trouble([&] { (void)log_in(target(gone).user, {}); }).find("could not be started"), std::string::npos);
}

// ---- renewed while it is used ----------------------------------------------------------------------------------

TEST(KubernetesLogin, APluginIsRunOnceAndAgainOnceItsTokenIsRefused) {
  Bench bench;
  const std::string runs = bench.here / "runs";
  bench.use(plugin("echo x >> " + runs + "; " + credential(R"({\"token\":\"t-$(wc -l < )" + runs + R"()\"})")));
  bench.cluster.allow("t-1", kube::everything);
  const auto place = bench.place();
  EXPECT_EQ(said(place->read()), places::old_pair);
  EXPECT_EQ(said(place->read()), places::old_pair);
  EXPECT_EQ(workbench::get(runs), "x\n");
  bench.cluster.allow("t-1", {});
  EXPECT_EQ(why(place->read()), Refusal::denied);  // no permission: another token would not help
  EXPECT_EQ(workbench::get(runs), "x\n");
  bench.cluster.forget("t-1");
  bench.cluster.allow("t-2", kube::everything);
  EXPECT_EQ(said(place->read()), places::old_pair);
  EXPECT_EQ(workbench::get(runs), "x\nx\n");
  bench.cluster.forget("t-2");
  EXPECT_EQ(why(place->read()),
            Refusal::invalid_credentials);  // the third one is not accepted either, and there is no fourth
  EXPECT_EQ(workbench::get(runs), "x\nx\nx\n");
}

TEST(KubernetesLogin, ATokensFileIsReadAnewEachTime) {
  Bench bench;
  workbench::put(bench.here / "token", "t-1\n");
  bench.use("tokenFile: token");
  bench.cluster.allow("t-1", kube::everything);
  const auto place = bench.place();
  EXPECT_EQ(said(place->read()), places::old_pair);
  bench.cluster.forget("t-1");
  workbench::put(bench.here / "token", "t-good\n");
  EXPECT_EQ(said(place->read()), places::old_pair);
  EXPECT_EQ(bench.cluster.seen().size(), 2U);
  const std::string name = (bench.here / "token").string();
  for (const mode_t mode : {0666U, 0602U}) {
    ::chmod(name.c_str(), mode);
    EXPECT_EQ(why(place->read()), Refusal::invalid_credentials) << mode;
    EXPECT_EQ(places::remedy(place->read()), "chmod o-w " + name) << mode;
  }
  ::chmod(name.c_str(), 0664);  // as kubectl takes it, and as a container finds its own
  EXPECT_EQ(said(place->read()), places::old_pair);
  workbench::put(bench.here / "token", "");
  EXPECT_EQ(places::remedy(place->read()), "put the token into " + name);
  bench.cluster.forget("t-good");
  workbench::put(bench.here / "token", "t-good\n");
  EXPECT_EQ(places::remedy(place->read()), "renew the token in " + name);
  std::filesystem::remove(bench.here / "token");
  EXPECT_EQ(why(place->read()), Refusal::invalid_credentials);
}

TEST(KubernetesLogin, ATokenThatRunsOutInTheMiddleOfAWriteIsRenewed) {
  Bench bench;
  workbench::put(bench.here / "token", "t-good\n");
  bench.use("tokenFile: token");
  bench.cluster.trouble({.kind = simulated_stores::Trouble::Kind::refuse_before, .method = "PATCH", .status = 401});
  EXPECT_EQ(said(places::hand_over(*bench.place())), "done");
  EXPECT_EQ(said(bench.place()->read()), places::new_pair);
}

TEST(KubernetesLogin, AKubeconfigThatCannotBeUsedIsRefusedAndNothingAsked) {
  Bench bench;
  bench.use("token: t-good, as: admin");
  EXPECT_EQ(why(bench.place()->read()), Refusal::unsupported);
  EXPECT_EQ(why(bench.place()->ready()), Refusal::unsupported);
  EXPECT_EQ(why(places::hand_over(*bench.place())), Refusal::unsupported);
  bench.use("token: t-good");
  ::chmod((bench.here / "config").c_str(), 0646);
  EXPECT_EQ(why(bench.place()->read()), Refusal::invalid);
  EXPECT_EQ(places::remedy(bench.place()->read()), "chmod o-w " + (bench.here / "config").string());
  bench.settings["kubeconfig"] = bench.here / "gone";
  EXPECT_EQ(why(bench.place()->read()), Refusal::invalid);
  EXPECT_TRUE(bench.cluster.seen().empty());
}

}  // namespace
