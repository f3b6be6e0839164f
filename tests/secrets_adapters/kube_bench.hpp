// What the tests of Kubernetes share: a cluster with one Secret in it, its kubeconfig, and ways to be cut off.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "secrets_adapters/registry.hpp"
#include "simulated_stores/kubernetes.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace kube {

using simulated_stores::Json;
using simulated_stores::Kubernetes;

inline std::string base64(const std::string& text) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    unsigned group = 0;
    for (std::size_t i = at; i < at + 3; ++i)
      group = group << 8U | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0U);
    for (unsigned i = 0; i < 4; ++i) out += at + i <= text.size() ? letters[group >> (18 - 6 * i) & 63U] : '=';
  }
  return out;
}

inline Json secret_with(const std::string& id, const std::string& secret) {
  return {{"kind", "Secret"},
          {"type", "Opaque"},
          {"metadata",
           {{"name", "aws"},
            {"namespace", "apps"},
            {"uid", "0b5f"},
            {"labels", {{"team", "support"}}},
            {"annotations", {{"note", "kept"}}}}},
          {"data", {{"ID", base64(id)}, {"VALUE", base64(secret)}, {"REGION", base64("eu-west-1")}}}};
}

inline Json deployment(const std::string& name) {
  return {{"kind", "Deployment"},
          {"metadata", {{"name", name}, {"namespace", "apps"}}},
          {"spec", {{"replicas", 2}, {"template", {{"metadata", {{"labels", {{"app", name}}}}}}}}}};
}

// The process dies at its request number `at` (from 1): before it leaves, or before its reply is looked at.
struct Crashed {};
struct CrashPlan {
  int at = 0;
  enum class When { before, after } when = When::before;
  int asked = 0;
};

class CrashingWire final : public http::Transport {
 public:
  CrashingWire(std::unique_ptr<http::Transport> wire, std::shared_ptr<CrashPlan> plan)
      : wire_(std::move(wire)), plan_(std::move(plan)) {}
  http::Reply send(const http::Request& request) override {
    const bool now = ++plan_->asked == plan_->at;
    if (now && plan_->when == CrashPlan::When::before) throw Crashed{};
    auto reply = wire_->send(request);
    if (now) throw Crashed{};
    return reply;
  }

 private:
  std::unique_ptr<http::Transport> wire_;
  std::shared_ptr<CrashPlan> plan_;
};

const std::set<std::string> everything{"get secrets", "patch secrets", "get deployments", "patch deployments"};

// A cluster on loopback that holds the old pair, and whoever may change it.
struct Bench {
  workbench::Directory here;
  Kubernetes cluster;
  std::shared_ptr<CrashPlan> plan = std::make_shared<CrashPlan>();
  std::map<std::string, std::string> settings{
      {"context", "prod"}, {"namespace", "apps"}, {"secret", "aws"}, {"id", "ID"}, {"value", "VALUE"}};
  std::vector<rotation::Millis> pauses = {};
  bool patient = true;
  std::function<void(rotation::Millis)> on_pause = {};
  std::function<rotation::Millis()> boot = {};  // the clock of a write's time

  Bench() {
    cluster.allow("t-good", everything);
    cluster.put(secret_with(places::old_id, places::old_secret));
    for (const char* name : {"web", "worker"}) cluster.put(deployment(name));
    use("token: t-good");
    settings["kubeconfig"] = here / "config";
  }
  // The user's entry of the kubeconfig.
  void use(const std::string& user) const {
    workbench::put(here / "config", "clusters: [{name: c, cluster: {server: \"" + cluster_url() +
                                        "\"}}]\ncontexts: [{name: prod, context: {cluster: c, user: u}}]\n"
                                        "users: [{name: u, user: {" +
                                        user + "}}]\n");
  }
  void restart() {
    settings["restart.0"] = "web";
    settings["restart.1"] = "worker";
  }
  [[nodiscard]] std::string cluster_url() const { return cluster.url(); }

  [[nodiscard]] std::unique_ptr<rotation::Location> place() {
    const rotation::LocationSpec spec{
        .name = rotation::LocationName("k8s"), .type = "kubernetes", .settings = settings};
    secrets_adapters::Surroundings around;
    around.network = [this](http::TransportSettings wire) -> std::unique_ptr<http::Transport> {
      return std::make_unique<CrashingWire>(http::curl_transport(std::move(wire)), plan);
    };
    if (patient) {
      around.pause = [this](rotation::Millis span) {
        pauses.push_back(span);
        if (on_pause) on_pause(span);
        return true;
      };
    }
    around.boot = boot;
    return secrets_adapters::make_location(spec, around);
  }
  [[nodiscard]] Json secret() { return cluster.object("Secret", "aws"); }
  // The Secret but for what moves with every write.
  [[nodiscard]] static Json still(Json object) {
    object["metadata"].erase("resourceVersion");
    return object;
  }
  [[nodiscard]] Json expected(const std::string& id, const std::string& secret) {
    Json object = secret_with(id, secret);
    object["apiVersion"] = "v1";
    return object;
  }
  [[nodiscard]] std::size_t patches() {
    std::size_t count = 0;
    for (const auto& one : cluster.seen())
      count += one.method == "PATCH" && one.query.find("dryRun") == std::string::npos ? 1 : 0;
    return count;
  }
};

}  // namespace kube
