#include "cli/metrics_facts.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "cli/alone.hpp"
#include "cli/utf8.hpp"
#include "cli/version.hpp"
#include "inventory/metrics_keys.hpp"
#include "rotation/drift.hpp"

namespace cli {
namespace {

using inventory::MetricAccount;
using inventory::MetricRotation;
using rotation::View;

// Bytes that are no UTF-8 as U+FFFD: no format takes them.
std::string clean(const std::string& text) {
  std::string all;
  for (std::string_view rest = text; !rest.empty();) {
    const utf8::Point point = utf8::first(rest);
    all += point.valid ? rest.substr(0, point.length) : std::string_view{"\xef\xbf\xbd"};
    rest.remove_prefix(point.length);
  }
  return all;
}

MetricAccount account_of(const std::string& name, const std::string& provider, const std::string& region) {
  const known::Kind& kind = known::kind_or_first(provider);
  return {.name = clean(name),
          .provider = provider,
          .age_metric = std::string(kind.age_metric),
          .age_source = std::string(kind.age_source),
          .region = region,
          .account_id = {}};
}

// The accounts that a scan of these words reads, in the order of their names.
std::vector<MetricAccount> accounts_of(const Config& config, const ScanWords& words) {
  std::vector<MetricAccount> all;
  const auto configured = [&](const Account& account) {
    all.push_back(account_of(account.name.text(), account.provider, account.region.value_or("")));
  };
  for (const std::string& profile : words.profiles) {
    const Aim aim = aim_at({.target = {}, .profile = profile}, config, Locations::not_needed);
    all.push_back(account_of(aim.account.text(), aim.connection.at("provider"), ""));
  }
  for (const std::string& name : words.accounts) {
    const Aim aim = aim_at({.target = name + "/any", .profile = {}}, config, Locations::not_needed);
    if (aim.account.text() != name) {
      throw usage("\"" + name + "\" is no account, and metrics are told by account.",
                  "keybaton metrics " + aim.account.text());
    }
    configured(*config.account(aim.account));
  }
  if (words.profiles.empty() && words.accounts.empty()) {
    for (const auto& [name, account] : config.accounts) configured(account);
  }
  std::ranges::sort(all, {}, &MetricAccount::name);
  const auto twice = std::ranges::adjacent_find(all, {}, &MetricAccount::name);
  if (twice != all.end()) {
    throw usage("Two of the accounts would both be called \"" + twice->name + "\" in the metrics.",
                "name each account or profile once; one of the config is not named again by --profile");
  }
  return all;
}

rotation::Time due_of(const View& view, const rotation::Instant& now) {
  const rotation::Next next = rotation::next(view, now);
  if (next.not_before) return *next.not_before;
  const bool in_grace = view.state == rotation::State::deactivated && view.direction == rotation::Direction::forward;
  if (in_grace && view.deactivated_at) return view.deactivated_at->wall + view.policy.grace;
  return view.updated_at;
}

MetricRotation rotation_of(const View& view, const MetricsConfig& config, const rotation::Instant& now) {
  MetricRotation shown{.id = view.id.text(),
                       .account = clean(view.target.account.text()),
                       .user = clean(view.target.user.text()),
                       .procedure = view.procedure,
                       .state = view.state,
                       .direction = view.direction,
                       .started = view.started_at,
                       .updated = view.updated_at,
                       .due = due_of(view, now)};
  const auto done = [&](rotation::Step step, const std::optional<rotation::Instant>& at) {
    if (at) shown.steps.emplace_back(step, at->wall);
  };
  done(rotation::Step::create, view.created_at);
  done(rotation::Step::deploy, view.deployed_at);
  done(rotation::Step::verify, view.verified_at);
  done(rotation::Step::deactivate, view.deactivated_at);
  if (view.attention) shown.attention = view.attention->code;
  const rotation::Pending* pending = view.waking() != nullptr ? view.waking() : view.pending ? &*view.pending : nullptr;
  if (pending != nullptr) shown.pending = std::pair{pending->step, pending->since.wall};
  const bool unsettled = pending != nullptr && now.wall - pending->since.wall > config.stuck_after;
  shown.stuck = view.attention.has_value() || unsettled;
  return shown;
}

std::size_t drifted_in(const View& view) {
  return static_cast<std::size_t>(std::ranges::count_if(view.locations, [&](const rotation::LocationView& location) {
    return rotation::drift_of(view, location) != rotation::Drift::none;
  }));
}

}  // namespace

void add_rotations(inventory::Metrics& metrics, const store::JournalReader& reader, Whose whose,
                   const MetricsConfig& config, const rotation::Instant& now) {
  std::set<std::string> scanned;
  for (const MetricAccount& account : metrics.accounts) scanned.insert(account.name);
  std::map<std::pair<std::string, std::string>, rotation::RotationId>
      latest;  // what a user's places hold is told by its latest rotation
  std::map<std::tuple<std::string, rotation::Procedure, rotation::State>, std::size_t> closed;
  std::vector<rotation::RotationId> open;
  for (const rotation::Summary& each : reader.rotations(store::Which::all)) {
    const std::pair user{clean(each.target.account.text()), clean(each.target.user.text())};
    if (whose == Whose::scanned_accounts && !scanned.contains(user.first)) continue;
    if (each.procedure == rotation::Procedure::rotate) latest[user] = each.id;
    // Open ones too: once they close, the count must not seem to begin earlier than before.
    metrics.counted_from = std::min(metrics.counted_from.value_or(each.started_at), each.started_at);
    if (rotation::terminal(each.state)) {
      ++closed[{user.first, each.procedure, each.state}];
    } else {
      open.push_back(each.id);
    }
  }
  std::map<rotation::RotationId, std::size_t> drift;  // of those that are open, which are read anyway
  for (const rotation::RotationId& id : open) {
    const Driven standing = as_it_stands(reader, id);
    const View& view = standing.view;
    if (!view.open()) continue;  // it ended while we read
    metrics.rotations.push_back(rotation_of(view, config, now));
    if (standing.failure) metrics.rotations.back().stuck = true;
    if (!view.locations.empty()) drift[id] = drifted_in(view);
  }
  for (const auto& [user, id] : latest) {
    const auto known = drift.find(id);
    std::size_t count = known == drift.end() ? 0 : known->second;
    if (known == drift.end()) {
      const View view = as_it_stands(reader, id).view;
      if (view.locations.empty()) continue;
      count = drifted_in(view);
    }
    metrics.drifted.push_back({.account = user.first, .user = user.second, .locations = count});
  }
  for (const auto& [what, count] : closed) {
    const auto& [account, procedure, result] = what;
    metrics.closed.push_back({.account = account, .procedure = procedure, .result = result, .rotations = count});
  }
}

MetricFacts gather_metrics(House& house, const Config& config, const ScanWords& words) {
  MetricFacts facts;
  facts.metrics.version = version;
  facts.metrics.warn_before = config.metrics.warn_before;
  facts.metrics.accounts = accounts_of(config, words);
  inventory::KeyRules rules{.ids = config.metrics.key_ids, .max_age = {}, .clean = clean};
  // Floors are for what is done to keys; here only the age counts.
  rules.max_age = [&](const rotation::AccountName& account, const rotation::UserName& user) {
    return effective_policy(config, account, user, {}, Loopback::yes, {}).policy.max_age;
  };
  inventory::KeyGathering keys(facts.metrics, std::move(rules));
  // A snapshot can stand in for the scan here: the rows and what is incomplete are all that is asked of it.
  facts.scanned = scan_keys(house, words, [&](inventory::KeyRow row) { keys.take(std::move(row)); });
  std::set<std::string> incomplete;
  for (const UnreadAccount& each : facts.scanned.incomplete) incomplete.insert(clean(each.account.text()));
  keys.finish(incomplete);
  facts.metrics.as_of = facts.scanned.as_of;
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  const Whose whose = words.accounts.empty() && words.profiles.empty() ? Whose::everybody : Whose::scanned_accounts;
  if (reader) add_rotations(facts.metrics, *reader, whose, config.metrics, house.now());
  return facts;
}

}  // namespace cli
