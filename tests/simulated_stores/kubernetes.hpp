// The API server of a Kubernetes cluster, as far as Secrets and Deployments go: resource versions, merge patches with
// their compare-and-set, dry runs, roles, Status objects, and Deployments that roll. Source: Kubernetes API reference
// 1.32; API concepts; API conventions. kubectl works against it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "simulated_stores/store_server.hpp"

namespace simulated_stores {

class Kubernetes final : public StoreServer {
 public:
  // How a Deployment ends a rollout.
  struct Rolling {
    enum class End { complete, never, deadline_exceeded };
    End end = End::complete;
    int looks = 2;  // how many reads of it come before
  };

  explicit Kubernetes(std::uint16_t port = 0);
  // From a seed: {"roles": {TOKEN: ["get secrets", …]}, "objects": [OBJECT, …]}.
  Kubernetes(std::uint16_t port, const Json& seed);
  ~Kubernetes() override;

  // What the bearer of this token may do: "patch secrets". The empty token: whoever shows none.
  void allow(const std::string& token, std::set<std::string> rules);
  void forget(const std::string& token);  // it is no token any more
  // Takes it as it is, as any controller or person may write it; a new resourceVersion is all that it is given.
  void put(Json object);
  // null where there is none.
  [[nodiscard]] Json object(const std::string& kind, const std::string& name, const std::string& space = "apps");
  void rolling(const std::string& deployment, Rolling how);
  // How often its pod template has changed.
  [[nodiscard]] int rollouts(const std::string& deployment);

  // All that requests change.
  using Key = std::pair<std::string, std::string>;  // kind, "namespace/name"
  struct Moment {
    std::map<Key, Json> objects;
    std::map<std::string, int> looked, rollouts;
    std::int64_t version;
  };
  [[nodiscard]] Moment moment();
  void back_to(const Moment& moment);

 protected:
  Reply answer(const Request& request, std::string_view path, std::string_view query) override;

 private:
  struct Target {
    std::string kind, resource, space, name;
  };
  [[nodiscard]] static std::optional<Target> target_of(std::string_view path);
  [[nodiscard]] std::optional<Reply> refused(const Request& request, const Target& target, const std::string& verb);
  Reply get(const Target& target);
  Reply list(const Target& target, std::string_view query);
  Reply patch(const Request& request, const Target& target, std::string_view query);
  [[nodiscard]] std::optional<Reply> unfit(const Json& before, const Json& after);
  void store(const Json& before, Json after);
  void turn(Json& deployment);

  std::map<std::string, std::set<std::string>> roles_;
  std::map<Key, Json> objects_;
  std::map<std::string, Rolling> rolling_;
  std::map<std::string, int> looked_, rollouts_;  // looked_: since the change, of those that roll
  std::int64_t version_ = 1000;
};

}  // namespace simulated_stores
