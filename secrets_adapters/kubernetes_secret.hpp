// A location that is a Secret of Kubernetes: two members of its data are the pair.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "rotation/ports.hpp"
#include "secrets_adapters/kube_api.hpp"
#include "secrets_adapters/kube_rollout.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// Read: GET of the Secret; `data` holds base64, decoded strictly. A Secret that is not there, or has neither member, is
// an empty Holding. Refused{invalid}: half a pair, or what is no access key.
//
// Write: one merge patch with both members and the resourceVersion that was read just before, so that the API server
// itself refuses it (409) where anything of the Secret has changed since; then everything is read and decided anew. All
// else in the Secret stays. A patch whose reply is lost is settled by reading: with the new pair in place it is done;
// with the old one still there it is sent again under the same resourceVersion, of which the API server takes one.
//
// With deployments to restart, the same patch leaves a mark on the Secret: the annotation keybaton.dev/restart-due with
// a stamp of this write. Then each deployment's pod template is given the stamp, which rolls it, and once all have
// rolled the mark is taken away. After a crash or a time-out:
//   before the patch      nothing has happened;
//   after the patch       the pair and the mark are there together. `read` says that the write is unfinished; a write
//   of
//                         the same pair goes on with the stamp that it finds, which rolls nothing twice; a write of
//                         another pair (a restore) puts its own mark in place of it and rolls anew;
//   before the mark goes  the same; every rollout is found complete.
// A Secret that holds the new pair and has no mark is done, whoever wrote it.
//
// Source: Kubernetes API reference, Secret v1 and Deployment v1 apps; API concepts, "Resource versions".
class KubernetesSecret final : public rotation::Location {
 public:
  struct Plan {
    std::string space;  // the namespace; empty: the context's
    std::string secret;
    std::string id;  // members of its data
    std::string value;
    std::vector<std::string> restart = {};
    rotation::Seconds patience{300};  // for all its deployments, over as many writes as it takes
    std::shared_ptr<const WriteBudget> budget = {};
  };
  KubernetesSecret(Plan plan, std::unique_ptr<KubeApi> api, std::function<bool(rotation::Millis)> pause);

  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> ready() const override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;

 private:
  struct Seen {
    std::string version;
    std::optional<Pair> pair = {};
    std::string due = {};  // the stamp of restarts that are due for this very pair
  };
  // A patch went out: what is known of it, until a look tells.
  struct Sent {
    std::string doubt = {};
    bool lost = false;
  };
  using Written = rotation::Answer<rotation::Written>;
  [[nodiscard]] KubeThing thing() const;
  [[nodiscard]] std::string space() const;
  [[nodiscard]] KubeRollout rollout() const;
  [[nodiscard]] rotation::Answer<KubeObject> look() const;
  [[nodiscard]] Seen understand(const KubeObject& object) const;  // throws Unfit
  void require_writable(const KubeObject& object) const;          // throws Unfit
  [[nodiscard]] std::optional<Written> try_write(const rotation::Change& change, const Pair& fresh, Sent& sent);
  [[nodiscard]] http::Body merge_of(const Seen& before, const Pair& fresh, const std::string& stamp) const;
  [[nodiscard]] Written finish(const std::string& due, const Pair& fresh);
  [[nodiscard]] std::string take_mark_away(const std::string& due, const Pair& fresh) const;
  [[nodiscard]] rotation::Refused refuse(rotation::Refusal why, const std::string& what) const;
  [[nodiscard]] rotation::Refused refuse(const Unfit& unfit) const;
  [[nodiscard]] rotation::Refused refuse(rotation::Refused no) const;  // of this place

  Plan plan_;
  std::unique_ptr<KubeApi> api_;
  std::function<bool(rotation::Millis)> pause_;
  std::string waits_for_;  // the stamp that `patience_` is left for
  rotation::Seconds patience_{0};
};

}  // namespace secrets_adapters
