#include "cli/unattended.hpp"

#include <algorithm>

#include "cli/named.hpp"
#include "cli/style.hpp"
#include "cli/survey.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Ending;
using rotation::Step;

constexpr std::size_t usual_cap = 50;  // of one unattended clean, where the config names none

std::string words_of(const ConfiguredTarget& target) { return target.account.text() + "/" + target.user.text(); }

std::vector<const PolicyPatch*> levels(const Config& config) {
  std::vector<const PolicyPatch*> all{&config.policy};
  for (const auto& [name, account] : config.accounts) all.push_back(&account.policy);
  for (const auto& [name, target] : config.targets) all.push_back(&target.policy);
  return all;
}

// Those of the accounts that may have a user of this name, for all that can be told; empty: one of them surely has.
std::optional<std::string> looked_for(House& house, const Config& config, const rotation::UserName& name) {
  std::string unread;
  for (const auto& [account, described] : config.accounts) {
    try {
      const auto access = house.access(connection_of(described, config));
      const auto answer = access->cloud().user(name);
      if (rotation::done(answer) != nullptr) return std::nullopt;
      const auto* no = rotation::refused(answer);
      // Nor is there one of what is no name at all, which is known without asking.
      const bool no_name = no != nullptr && no->why == rotation::Refusal::invalid && no->code.empty();
      const bool none = no_name || (no != nullptr && no->why == rotation::Refusal::no_such_entity);
      if (none) continue;
    } catch (const rotation::Trouble&) {
      // Named below.
    }
    unread += (unread.empty() ? "" : ", ") + account.text();
  }
  return unread;
}

Failure would_stop_at_deploy(const std::string& words) {
  return {.ending = Ending::needs_operator,
          .problem = {
              .message = words + " was not started: its policy asks before deploy, and nobody is there to be asked.",
              .keys = "Its key stays as it is; a second one would only have been left lying about.",
              .hint = "keybaton rotate " + rotation::quoted(words) +
                      "; or leave deploy out of policy.confirm of that target"}};
}

Failure is_left_out(const std::string& words) {
  return {
      .ending = Ending::needs_operator,
      .problem = {
          .message = words + " was not started: exclude_users of the config leaves it out of all that runs by itself.",
          .keys = "Its key stays as it is.",
          .hint = "keybaton rotate " + rotation::quoted(words) + ", or take it out of exclude_users"}};
}

Failure another_key(const std::string& words, const rotation::AccessKeyId& key) {
  return {.ending = Ending::needs_operator,
          .problem = {
              .message = words + " was not started: its key is not " + key.text() + " any more, which the scan saw.",
              .keys = "No key was touched.",
              .hint = "keybaton run --once looks again"}};
}

UnattendedStart begin(House& house, const std::string& words, const std::optional<rotation::AccessKeyId>& key) {
  UnattendedStart start{.target = words, .driven = {}, .failure = {}};
  Surveyed surveyed = survey_target(house, {.target = words, .profile = {}}, {}, {});
  if (const auto* turned = surveyed.turned()) {
    start.failure = Failure{.ending = turned->ending, .problem = turned->problem};
    return start;
  }
  if (key && surveyed.prospect().start.old_key != *key) {
    start.failure = another_key(words, *key);
    return start;
  }
  surveyed.bench->require_sealing_key();
  start.driven = start_and_go(house, *surveyed.bench, surveyed.prospect(), {});
  return start;
}

}  // namespace

Names names_of(const Config& config, const rotation::AccountName& name, const std::optional<rotation::AccountId>& id) {
  const auto signing = [&](const Account& account) {
    rotation::Connection connection = connection_of(account, config);
    connection.erase("region");
    return connection;
  };
  Names names{name};
  const Account* own = config.account(name);
  const auto pinned = id || own == nullptr ? id : own->account_id;
  for (const auto& [other, account] : config.accounts) {
    const bool same = (pinned && account.account_id == pinned) || (own != nullptr && signing(*own) == signing(account));
    if (same) names.insert(other);
  }
  return names;
}

bool left_out(const Config& config, const Names& names, const rotation::UserName& user) {
  std::vector<const PolicyPatch*> patches{&config.policy};
  for (const rotation::AccountName& name : names) {
    if (const Account* account = config.account(name)) patches.push_back(&account->policy);
    if (const ConfiguredTarget* target = config.target(name, user)) patches.push_back(&target->policy);
  }
  return std::ranges::any_of(patches, [&](const PolicyPatch* patch) {
    return patch->exclude_users && std::ranges::find(*patch->exclude_users, user) != patch->exclude_users->end();
  });
}

std::set<rotation::UserName> users_left_out(const Config& config) {
  std::set<rotation::UserName> names;
  for (const PolicyPatch* patch : levels(config)) {
    if (patch->exclude_users) names.insert(patch->exclude_users->begin(), patch->exclude_users->end());
  }
  return names;
}

void require_known_users(House& house, const Config& config, const std::set<rotation::UserName>& names,
                         const std::set<rotation::UserName>& seen) {
  for (const rotation::UserName& name : names) {
    if (seen.contains(name)) continue;
    const auto unread = looked_for(house, config, name);
    if (!unread) continue;
    throw usage("\"" + visible(name.text()) + "\" is to be left out, and no account " +
                    (unread->empty() ? "has a user of that name: nobody would be left out."
                                     : "that could be read has a user of that name; not read: " + *unread + "."),
                unread->empty() ? "mend the name in exclude_users of the config, or in the query"
                                : "keybaton doctor, or mend the name");
  }
}

UnattendedStart start_unattended(House& house, const Config& config, const ConfiguredTarget& target,
                                 const std::optional<rotation::AccessKeyId>& key) {
  const std::string words = words_of(target);
  try {
    const auto reader = house.reader();
    for (const rotation::Summary& each :
         open_rotations(reader, {.account = target.account, .user = target.user, .by_profile = false})) {
      if (each.procedure != rotation::Procedure::rotate) continue;
      store::JournalStore store = house.store();
      return {.target = words, .driven = go_on(house, store, each.id, {}), .failure = {}};
    }
    if (left_out(config, names_of(config, target.account, {}), target.user)) {
      return {.target = words, .driven = {}, .failure = is_left_out(words)};
    }
    const auto confirm = setting(config, target, &PolicyPatch::confirm).value_or(rotation::Policy{}.confirm);
    if (confirm.contains(Step::deploy)) return {.target = words, .driven = {}, .failure = would_stop_at_deploy(words)};
    return begin(house, words, key);
  } catch (const rotation::Trouble& trouble) {
    if (trouble.ending() == Ending::storage) throw;
    return {
        .target = words, .driven = {}, .failure = Failure{.ending = trouble.ending(), .problem = trouble.problem()}};
  }
}

UnattendedClean unattended_clean(const Config& config) {
  const CleanSettings& clean = config.clean;
  UnattendedClean may{.consent = {}, .most = clean.max_per_run.value_or(usual_cap), .why_not = {}};
  if (!clean.enabled) {
    may.why_not = "clean.enabled is not set";
  } else if (clean.dry_run) {
    may.why_not = "clean.dry_run is set";
  } else if (clean.consent.empty()) {
    may.why_not = "clean.consent agrees to nothing";
  } else {
    may.consent = clean.consent;
  }
  return may;
}

bool agrees(const Config& config, const rotation::View& view, Step step) {
  const Account* account = config.account(view.target.account);
  if (account == nullptr || (account->account_id && *account->account_id != view.target.account_id)) return false;
  const Names names = names_of(config, view.target.account, view.target.account_id);
  return unattended_clean(config).consent.contains(step) && !left_out(config, names, view.target.user);
}

}  // namespace cli
