#include "secrets_adapters/kube_rollout.hpp"

#include <utility>

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Refusal;
using rotation::Refused;

constexpr std::string_view annotation = "keybaton.dev/restarted-for";
constexpr int tries_to_begin = 3;
constexpr rotation::Seconds between_looks{1};
constexpr rotation::Millis kept_for_the_end{20'000};  // to look once more, and to take the mark away

bool is_for(const KubeObject& deployment, const std::string& stamp) {
  return deployment.text({"spec", "template", "metadata", "annotations", annotation}) == stamp;
}

std::string why_not(const Answer<KubeObject>& answer) {
  if (const Refused* no = rotation::refused(answer)) return no->message;
  const auto* lost = rotation::unknown(answer);
  return lost == nullptr ? std::string{} : lost->why;
}

// kubectl's own rule (kubectl/pkg/polymorphichelpers/rollout_status.go).
bool is_complete(const KubeObject& deployment) {
  const auto of_status = [&](std::string_view name) { return deployment.number({"status", name}).value_or(0); };
  if (of_status("observedGeneration") < deployment.number({"metadata", "generation"}).value_or(0)) return false;
  const auto updated = of_status("updatedReplicas");
  return updated >= deployment.number({"spec", "replicas"}).value_or(1) && of_status("replicas") <= updated &&
         of_status("availableReplicas") >= updated;
}

bool has_failed(const KubeObject& deployment) {
  const auto seen = deployment.number({"status", "observedGeneration"}).value_or(0);
  const JsonPlace* conditions = deployment.at({"status", "conditions"});
  if (conditions == nullptr || seen < deployment.number({"metadata", "generation"}).value_or(0)) return false;
  for (const JsonPlace& one : conditions->items) {
    if (deployment.text(member_of(one, "type")) == "Progressing" &&
        deployment.text(member_of(one, "reason")) == "ProgressDeadlineExceeded") {
      return true;
    }
  }
  return false;
}

}  // namespace

KubeRollout::KubeRollout(KubeApi& api, Plan plan, std::function<bool(rotation::Millis)> pause)
    : api_(api), plan_(std::move(plan)), pause_(std::move(pause)) {}

KubeThing KubeRollout::deployment(const std::string& name) const {
  return {.path = "/apis/apps/v1/namespaces/" + plan_.space + "/deployments/" + name,
          .words = "deployment " + plan_.space + "/" + name,
          .kind = "Deployment",
          .role = "deployments (apps)"};
}

std::optional<Refused> KubeRollout::fit() const {
  const auto refuse = [](Refusal why, std::string message) {
    return Refused{.why = why, .code = {}, .message = std::move(message), .request_id = {}};
  };
  for (const std::string& name : plan_.deployments) {
    const KubeThing thing = deployment(name);
    auto answer = api_.get(thing);
    if (const auto* seen = rotation::done(answer)) {
      if (seen->is_true({"spec", "paused"})) {
        return refuse(Refusal::unsupported, thing.words + " is paused, so it would never be restarted");
      }
      answer = api_.try_patch(thing, "{}");
    }
    if (const Refused* no = rotation::refused(answer)) return *no;
    if (const auto* lost = rotation::unknown(answer)) return refuse(Refusal::other, lost->why);
  }
  return std::nullopt;
}

std::string KubeRollout::begin(const std::string& name, const std::string& stamp) const {
  const KubeThing thing = deployment(name);
  http::Body merge{R"({"spec":{"template":{"metadata":{"annotations":{")"};
  merge.append(annotation);
  merge.append("\":");
  append_json(merge, stamp);
  merge.append("}}}}}");
  std::string trouble;
  for (int tries = 0; tries < tries_to_begin; ++tries) {
    const auto now = api_.get(thing);
    const auto* seen = rotation::done(now);
    if (seen == nullptr) return thing.words + " is not restarted: " + why_not(now);
    if (is_for(*seen, stamp)) return {};
    const auto patched = api_.patch(thing, merge.view());
    if (const auto* after = rotation::done(patched); after != nullptr && is_for(*after, stamp)) return {};
    trouble = why_not(patched);
    if (rotation::refused(patched) != nullptr) break;
  }
  return thing.words + " is not restarted: " + (trouble.empty() ? "it does not keep its annotation" : trouble);
}

bool KubeRollout::out_of_time() const {
  const auto left = plan_.budget ? plan_.budget->for_changes() : std::nullopt;
  return left && *left < kept_for_the_end;
}

KubeRollout::Rest KubeRollout::wait(const std::string& name, const std::string& stamp,
                                    rotation::Seconds& patience) const {
  const KubeThing thing = deployment(name);
  for (;;) {
    const auto now = api_.get(thing);
    const auto* seen = rotation::done(now);
    if (seen == nullptr) return {thing.words + " cannot be watched: " + why_not(now)};
    if (!is_for(*seen, stamp)) return {thing.words + " was changed by somebody else while it was restarted"};
    if (is_complete(*seen)) return {};
    if (has_failed(*seen)) return {thing.words + ": its rollout has failed (ProgressDeadlineExceeded)"};
    const std::string not_over = thing.words + ": its rollout is not over yet";
    if (patience <= rotation::Seconds{0}) return {not_over};
    if (out_of_time()) return {not_over, true};
    if (!pause_ || !pause_(between_looks)) return {not_over};
    patience -= between_looks;
  }
}

KubeRollout::Rest KubeRollout::roll(const std::string& stamp, rotation::Seconds& patience) const {
  for (const std::string& name : plan_.deployments) {
    if (std::string left = begin(name, stamp); !left.empty()) return {std::move(left)};
  }
  for (const std::string& name : plan_.deployments) {
    if (Rest left = wait(name, stamp, patience); !left.words.empty()) return left;
  }
  return {};
}

}  // namespace secrets_adapters
