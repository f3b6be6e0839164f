// Deployments that are rolled so that their pods take a Secret's new pair, each once for each write.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "rotation/answer.hpp"
#include "rotation/time.hpp"
#include "secrets_adapters/kube_api.hpp"

namespace secrets_adapters {

// A rollout begins when the pod template's annotation keybaton.dev/restarted-for is given a new stamp: the same one
// once more changes nothing, so that a write that was cut short and is done again rolls nothing twice. It is over as
// kubectl takes it to be (kubectl rollout status): the controller has seen this template, and all replicas are updated
// and available.
class KubeRollout {
 public:
  struct Plan {
    std::string space;  // the namespace
    std::vector<std::string> deployments;
    rotation::Seconds patience{300};  // for all of them together, by pauses of a second
  };
  KubeRollout(KubeApi& api, Plan plan, std::function<bool(rotation::Millis)> pause);

  // Could each of them be rolled? Changes nothing.
  [[nodiscard]] std::optional<rotation::Refused> fit() const;
  // Begins each rollout that has not begun for this stamp, then waits for all. What is left to be done; empty: nothing.
  [[nodiscard]] std::string roll(const std::string& stamp) const;

 private:
  [[nodiscard]] KubeThing deployment(const std::string& name) const;
  [[nodiscard]] std::string begin(const std::string& name, const std::string& stamp) const;
  [[nodiscard]] std::string wait(const std::string& name, const std::string& stamp, rotation::Seconds& left) const;

  KubeApi& api_;
  Plan plan_;
  std::function<bool(rotation::Millis)> pause_;
};

}  // namespace secrets_adapters
