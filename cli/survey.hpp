// Before a rotation exists: config, policy, cloud and locations of a target, looked at without changing anything.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"

namespace cli {

// Policy for a rotation being started.
struct StartWords {
  std::optional<std::string> quiet, grace;
};
Describer& describe_start(Describer& command, StartWords& into);

// An open rotation keeps what was pinned at its start: other windows on the command line are warned about, no more, so
// that the command which started it also goes on with it. Throws Trouble (usage) for a text that is no duration.
void warn_of_new_policy(const StartWords& words, const rotation::View& open);

struct Surveyed {
  std::unique_ptr<Bench> bench;
  std::variant<rotation::Prospect, rotation::Turned> found;
  std::vector<std::string> warnings;

  [[nodiscard]] const rotation::Prospect& prospect() const { return std::get<rotation::Prospect>(found); }
  [[nodiscard]] const rotation::Turned* turned() const { return std::get_if<rotation::Turned>(&found); }
};

// For rotate. Throws Trouble (usage) for what the config does not say.
[[nodiscard]] Surveyed survey_target(House& house, const TargetWords& target, const StartWords& start,
                                     const Consents& consents);
// For adopt: the same with two keys that are there already.
[[nodiscard]] Surveyed survey_adoption(House& house, const TargetWords& target, const rotation::AccessKeyId& old_key,
                                       const rotation::AccessKeyId& new_key, const StartWords& start,
                                       const Consents& consents);
// For retire: the key is named, locations are none.
[[nodiscard]] Surveyed survey_key(House& house, const TargetWords& target, const rotation::AccessKeyId& key,
                                  const StartWords& start, const Consents& consents);

// The same for one key of a clean: its batch is pinned with it, and both its acts are asked about, whatever the policy
// says.
[[nodiscard]] Surveyed survey_of_batch(House& house, const Config& config, const KeyRow& row,
                                       const rotation::Batch& batch, const Consents& consents);

}  // namespace cli
