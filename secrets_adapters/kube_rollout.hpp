// Deployments that are rolled so that their pods take a Secret's new pair, each once for each write.
#pragma once

#include <functional>
#include <memory>
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
    std::shared_ptr<const WriteBudget> budget;  // of the write that waits for them; may be null
  };
  // What is left to be done; no words: nothing.
  struct Rest {
    std::string words;
    bool waiting = false;  // the patience lasts, but this write's time is over: the next one waits on
  };
  KubeRollout(KubeApi& api, Plan plan, std::function<bool(rotation::Millis)> pause);

  // Could each of them be rolled? Changes nothing.
  [[nodiscard]] std::optional<rotation::Refused> fit() const;
  // Begins each rollout that has not begun for this stamp, then waits for all. `patience`: for all of them together, by
  // pauses of a second; what is left of it afterwards.
  [[nodiscard]] Rest roll(const std::string& stamp, rotation::Seconds& patience) const;

 private:
  [[nodiscard]] KubeThing deployment(const std::string& name) const;
  [[nodiscard]] std::string begin(const std::string& name, const std::string& stamp) const;
  [[nodiscard]] Rest wait(const std::string& name, const std::string& stamp, rotation::Seconds& patience) const;
  [[nodiscard]] bool out_of_time() const;

  KubeApi& api_;
  Plan plan_;
  std::function<bool(rotation::Millis)> pause_;
};

}  // namespace secrets_adapters
