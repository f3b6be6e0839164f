// The settings of the kind `kubernetes`.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/kubernetes_secret.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;

constexpr std::array settings{Setting{"context", false},
                              Setting{"namespace", false},
                              Setting{"secret"},
                              Setting{"id"},
                              Setting{"value"},
                              Setting{"kubeconfig", false, Shape::path},
                              Setting{"pass_env", false, Shape::list},
                              Setting{"restart", false, Shape::list},
                              Setting{"restart_timeout", false, Shape::duration}};

constexpr rotation::Seconds usual_patience{300};
constexpr rotation::Seconds longest_patience{3600};

bool is_made_of(std::string_view text, std::string_view beside_letters_and_digits, bool capitals) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (capitals && c >= 'A' && c <= 'Z') ||
           beside_letters_and_digits.find(c) != std::string_view::npos;
  });
}

// Kubernetes documentation, "Object Names and IDs"; a member of a Secret's data has [-._a-zA-Z0-9].
bool is_object_name(std::string_view text) {
  return text.size() <= 253 && is_made_of(text, "-.", false) && !text.starts_with('.') && !text.starts_with('-');
}
bool is_data_name(std::string_view text) { return text.size() <= 253 && is_made_of(text, "-._", true); }

void check(const LocationSpec& spec, Findings& findings) {
  for (const char* name : {"namespace", "secret"}) {
    if (is_object_name(text_of(spec, name))) continue;
    findings.push_back({name, false, std::string(name) + " is no name that Kubernetes allows"});
  }
  for (const char* name : {"id", "value"}) {
    if (is_data_name(text_of(spec, name))) continue;
    findings.push_back({name, false, std::string(name) + " is no name that a Secret's data can have"});
  }
  if (!text_of(spec, "id").empty() && text_of(spec, "id") == text_of(spec, "value")) {
    findings.push_back({"value", false, "id and value name the same member"});
  }
  const auto restart = list_of(spec, "restart");
  for (std::size_t n = 0; n < restart.size(); ++n) {
    if (is_object_name(restart[n])) continue;
    findings.push_back({"restart." + std::to_string(n), false, "restart names no deployment that Kubernetes allows"});
  }
  const auto patience = duration_of(spec, "restart_timeout");
  if (!patience) return;
  if (restart.empty())
    findings.push_back(
        {"restart_timeout", false, "restart_timeout says how long, but not of what: name deployments in restart"});
  if (*patience > longest_patience)
    findings.push_back({"restart_timeout", false, "restart_timeout is more than an hour"});
}

std::unique_ptr<rotation::Location> make(const LocationSpec& spec, const Surroundings& surroundings) {
  if (!surroundings.network) not_connected(spec, "Look there with kubectl.");
  const auto text = [&](const char* name) { return std::string(text_of(spec, name)); };
  KubeSettings reach{.sources = {.context = text("context"), .kubeconfig = text("kubeconfig")},
                     .pass_env = list_of(spec, "pass_env")};
  KubernetesSecret::Plan plan{.space = text("namespace"),
                              .secret = text("secret"),
                              .id = text("id"),
                              .value = text("value"),
                              .restart = list_of(spec, "restart"),
                              .patience = duration_of(spec, "restart_timeout").value_or(usual_patience),
                              .budget = surroundings.budget};
  auto api = std::make_unique<KubeApi>(std::move(reach), surroundings.network, surroundings.pause);
  return std::make_unique<KubernetesSecret>(std::move(plan), std::move(api), surroundings.pause);
}

}  // namespace

const Kind kubernetes{"kubernetes", settings,       check,
                      make,         Reach::network, "[{namespace}/]{secret}[, context {context}]"};

}  // namespace secrets_adapters
