// What the config allows to be done while nobody watches, and rotations that are started then.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "cli/compose.hpp"
#include "cli/drive.hpp"
#include "cli/reports.hpp"
#include "cli/standing.hpp"

namespace cli {

// A setting of the policy as it holds for one target: its own, else its account's, else the config's.
template <class T>
[[nodiscard]] std::optional<T> setting(const Config& config, const ConfiguredTarget& target,
                                       std::optional<T> PolicyPatch::*which) {
  if (target.policy.*which) return target.policy.*which;
  const Account* account = config.account(target.account);
  if (account != nullptr && account->policy.*which) return account->policy.*which;
  return config.policy.*which;
}

// One cloud account may have several names in the config: whom one of them leaves out, all do; so with its targets.
using Names = std::set<rotation::AccountName>;
// Those that are surely of the same account: by the pinned id, or by the same credentials at the same place.
[[nodiscard]] Names names_of(const Config& config, const rotation::AccountName& name,
                             const std::optional<rotation::AccountId>& id);
// Named in exclude_users on any level: left out of everything that nobody watches.
[[nodiscard]] bool left_out(const Config& config, const Names& names, const rotation::UserName& user);
// Every name in exclude_users, on whatever level.
[[nodiscard]] std::set<rotation::UserName> users_left_out(const Config& config);
// Throws Trouble (usage) for one of these names that no account knows, as far as that can be told: it would leave
// nobody out. Users among `seen` are not asked about.
void require_known_users(House& house, const Config& config, const std::set<rotation::UserName>& names,
                         const std::set<rotation::UserName>& seen);

struct UnattendedStart {
  std::string target;
  std::optional<Driven> driven;    // one of these two
  std::optional<Failure> failure;  // nothing was started
};
// Starts a rotation of the target, or goes on with its open one. None is begun whose new key could not be deployed
// without asking somebody; `key`, where it is given, must still be the one to go. Throws Trouble for trouble with the
// journal alone.
[[nodiscard]] UnattendedStart start_unattended(House& house, const Config& config, const ConfiguredTarget& target,
                                               const std::optional<rotation::AccessKeyId>& key = {});

// How far a clean may go that runs by itself.
struct UnattendedClean {
  std::set<rotation::Step> consent;  // empty: it only looks
  std::size_t most = 0;              // keys started at once
  std::string why_not;               // why it only looks
};
[[nodiscard]] UnattendedClean unattended_clean(const Config& config);
// Whether the config agrees to this step now, which it once did: not to one that it does not name any more, nor for a
// user who is left out since, nor in an account that it does not have any more, or pins as another.
[[nodiscard]] bool agrees(const Config& config, const rotation::View& view, rotation::Step step);

}  // namespace cli
