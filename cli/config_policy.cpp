#include <algorithm>
#include <array>
#include <charconv>
#include <memory>

#include "cli/config_parts.hpp"
#include "cli/style.hpp"
#include "rotation/errors.hpp"

namespace cli {
namespace {

using rotation::Seconds;

struct Span {
  const char* key;
  std::optional<Seconds> PolicyPatch::*patch;
  Seconds rotation::Policy::*policy;
};
constexpr std::array spans{Span{"max_age", &PolicyPatch::max_age, &rotation::Policy::max_age},
                           Span{"quiet", &PolicyPatch::quiet, &rotation::Policy::quiet},
                           Span{"grace", &PolicyPatch::grace, &rotation::Policy::grace},
                           Span{"lag", &PolicyPatch::lag, &rotation::Policy::lag},
                           Span{"granularity", &PolicyPatch::granularity, &rotation::Policy::granularity},
                           Span{"late_undo", &PolicyPatch::late_undo, &rotation::Policy::late_undo},
                           Span{"propagation", &PolicyPatch::propagation, &rotation::Policy::propagation},
                           Span{"check_every", &PolicyPatch::check_every, &rotation::Policy::check_every}};

// What a window must not fall below where a real cloud's own delays decide.
struct Floor {
  const char* key;
  Seconds rotation::Policy::*policy;
  Seconds least;
};
constexpr std::array floors{Floor{"quiet", &rotation::Policy::quiet, std::chrono::hours{1}},
                            Floor{"grace", &rotation::Policy::grace, std::chrono::hours{24}},
                            Floor{"lag", &rotation::Policy::lag, std::chrono::hours{4}}};

void read_confirm(const yaml::Value& value, PolicyPatch& patch) {
  std::set<rotation::Step> steps;
  for (const yaml::Value& item : yaml::items(value)) {
    const std::string word = yaml::text(item);
    const auto step = rotation::parse_word<rotation::Step>(word);
    const bool asked = step && *step != rotation::Step::create && *step != rotation::Step::verify;
    if (!asked) yaml::unknown_word(item, word, {"deploy", "deactivate", "delete"});
    if (!steps.insert(*step).second) yaml::wrong(item, "\"" + word + "\" stands twice in " + value.what + ".");
  }
  patch.confirm = std::move(steps);
}

void read_approvals(const yaml::Value& value) {
  const std::string& text = value.node.IsScalar() ? value.node.Scalar() : std::string();
  int count = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 0 || value.node.Tag() == "!") {
    yaml::wrong(value, value.what + " wants a number of people, 0 or more.");
  }
  if (count > 0) {
    yaml::wrong_key(value,
                    "\"approvals\" is not supported by this version: nobody would be asked to approve. "
                    "Remove it, or set it to 0.");
  }
}

void read_excluded(const yaml::Value& value, PolicyPatch& patch) {
  std::vector<rotation::UserName> users;
  for (const yaml::Value& item : yaml::items(value)) users.emplace_back(yaml::text(item));
  patch.exclude_users = std::move(users);
}

void merge(rotation::Policy& policy, const PolicyPatch& patch) {
  for (const Span& span : spans) policy.*span.policy = (patch.*span.patch).value_or(policy.*span.policy);
  if (patch.confirm) policy.confirm = *patch.confirm;
}

void hold_floors(EffectivePolicy& result, const std::optional<std::string>& override_reason) {
  for (const Floor& floor : floors) {
    const Seconds value = result.policy.*floor.policy;
    if (value >= floor.least) continue;
    const std::string below = std::string(floor.key) + " is " + rotation::duration_text(value) +
                              ", below the floor of " + rotation::duration_text(floor.least);
    if (!override_reason || override_reason->find_first_not_of(" \t\r\n") == std::string::npos) {
      throw rotation::Trouble(
          rotation::Ending::usage,
          {.message = "The policy's " + below + " that a real cloud's delays ask for.",
           .keys = "Nothing was done; no key was touched.",
           .hint = std::string("Raise ") + floor.key + " to " + rotation::duration_text(floor.least) +
                   " or more; for this command only, --override REASON passes the floor and is recorded."});
    }
    result.warnings.push_back("The policy's " + below + ", passed by --override.");
  }
}

// No floor, but a value that the cloud does not keep to makes evidence say more than it knows.
void warn_of_wishes(EffectivePolicy& result, const rotation::Policy& usual) {
  if (result.policy.granularity < usual.granularity) {
    result.warnings.push_back("granularity is " + rotation::duration_text(result.policy.granularity) +
                              ", but the cloud notes a use only every " + rotation::duration_text(usual.granularity) +
                              ".");
  }
  if (result.policy.propagation < usual.propagation) {
    result.warnings.push_back("propagation is " + rotation::duration_text(result.policy.propagation) +
                              ": a new key may take up to " + rotation::duration_text(usual.propagation) +
                              " to be known everywhere.");
  }
}

}  // namespace

namespace parts {

yaml::Handlers policy_handlers(PolicyPatch& patch) {
  yaml::Handlers handlers;
  for (const Span& span : spans) {
    handlers.emplace_back(span.key,
                          [&patch, &span](const yaml::Value& value) { patch.*span.patch = yaml::duration(value); });
  }
  handlers.emplace_back("approvals", [](const yaml::Value& value) { read_approvals(value); });
  handlers.emplace_back("confirm", [&patch](const yaml::Value& value) { read_confirm(value, patch); });
  handlers.emplace_back("windows", yaml::later("no step would be held back. Remove it, and resume when it suits."));
  handlers.emplace_back("exclude_users", [&patch](const yaml::Value& value) { read_excluded(value, patch); });
  handlers.emplace_back("auto_rotate", [&patch](const yaml::Value& value) { patch.auto_rotate = yaml::truth(value); });
  return handlers;
}

yaml::Handlers policy_at_level(PolicyPatch& patch) {
  const auto said = std::make_shared<std::set<std::string>>();
  yaml::Handlers once;
  for (const auto& [key, handler] : policy_handlers(patch)) {
    once.emplace_back(key, [said, set = handler](const yaml::Value& value) {
      if (!said->insert(value.key).second) {
        yaml::wrong_key(value, "\"" + value.key + "\" stands both in \"policy\" and beside it.");
      }
      set(value);
    });
  }
  yaml::Handlers all = once;
  all.emplace_back("policy", [once](const yaml::Value& value) { yaml::read(value, once); });
  return all;
}

}  // namespace parts

EffectivePolicy effective_policy(const Config& config, const rotation::AccountName& account,
                                 const rotation::UserName& user, const PolicyOptions& options, Loopback loopback,
                                 rotation::Seconds granularity) {
  const Account* described = config.account(account);
  rotation::Policy usual;
  usual.granularity = granularity;
  EffectivePolicy result{.policy = usual, .warnings = {}};
  merge(result.policy, config.policy);
  if (described != nullptr) merge(result.policy, described->policy);
  if (const ConfiguredTarget* target = config.target(account, user)) {
    merge(result.policy, target->policy);
    result.policy.cadence = target->cadence;
  }
  result.policy.quiet = options.quiet.value_or(result.policy.quiet);
  result.policy.grace = options.grace.value_or(result.policy.grace);
  if (loopback == Loopback::no) {
    hold_floors(result, options.override_reason);
    warn_of_wishes(result, usual);
  }
  return result;
}

}  // namespace cli
