// The life of access keys: changes that take effect and show at different times, and uses that are recorded coarsely.
#include <algorithm>

#include "world.hpp"

namespace simulated_cloud {
namespace {

constexpr std::chrono::hours forget_deleted_after{24};

// The last change, in the order made, that has come to pass by that member's time.
const KeyChange* last_by(const AccessKey& key, Time KeyChange::*when, Time now) {
  const auto found = std::find_if(key.changes.rbegin(), key.changes.rend(),
                                  [&](const KeyChange& change) { return change.*when <= now; });
  return found == key.changes.rend() ? nullptr : &*found;
}

const KeyUse* last_visible(const std::vector<KeyUse>& trail, Time now) {
  const auto found =
      std::find_if(trail.rbegin(), trail.rend(), [&](const KeyUse& use) { return use.visible_at <= now; });
  return found == trail.rend() ? nullptr : &*found;
}

}  // namespace

std::size_t World::counted_keys(const User& user) {
  std::size_t count = 0;
  for (const std::string& id : user.keys) {
    const AccessKey& key = keys_.at(id);
    const bool blind = options.key_limit_blind.count() > 0 && key.created > now() - options.key_limit_blind;
    if (!key.now().deleted && !blind) ++count;
  }
  return count;
}

AccessKey& World::create_key(const std::string& account_id, const std::string& user_name) {
  User& owner = user(account_id, user_name);
  if (counted_keys(owner) >= options.key_limit) {
    throw ApiError(409, "LimitExceeded",
                   "Cannot exceed quota for AccessKeysPerUser: " + std::to_string(options.key_limit));
  }
  AccessKey& key = seed_key(account_id, user_name, now());
  key.changes.front().listed_at = now() + options.stale;
  key.changes.front().effective_at = now() + options.propagation;
  return key;
}

AccessKey& World::seed_key(const std::string& account_id, const std::string& user_name, Time created,
                           const std::string& id, const std::string& secret, KeyStatus status) {
  User& owner = user(account_id, user_name);
  AccessKey key;
  const bool acs = is_acs(account_id);
  key.id = !id.empty() ? id : acs ? make_acs_id("LTAI5t", 18) : make_id("AKIA", 16);
  key.secret = !secret.empty() ? secret : acs ? make_acs_id("", 30) : make_secret();
  key.account_id = account_id;
  key.user_name = user_name;
  key.created = created;
  key.changes.push_back({.at = created, .listed_at = created, .effective_at = created, .status = status});
  const std::string name = key.id;
  const auto [entry, fresh] = keys_.try_emplace(name, std::move(key));
  if (!fresh) throw ApiError(409, "EntityAlreadyExists", "Access key " + name + " already exists.");
  // Keys deleted long ago can show in no list any more.
  std::erase_if(owner.keys, [&](const std::string& old) {
    const KeyChange& last = keys_.at(old).now();
    return last.deleted && last.listed_at + forget_deleted_after < now();
  });
  owner.keys.push_back(name);
  return entry->second;
}

void World::change(AccessKey& key, KeyStatus status, bool deleted) {
  const bool opens = status == KeyStatus::active && !deleted;
  key.changes.push_back({.at = now(),
                         .listed_at = now() + options.stale,
                         .effective_at = now() + (opens ? options.propagation : options.deactivation_delay),
                         .status = status,
                         .deleted = deleted});
}

void World::set_status(std::string_view key_id, KeyStatus status) {
  AccessKey* key = find_key(key_id);
  if (!key || key->now().deleted) {
    throw ApiError(404, "NoSuchEntity", "The Access Key with id " + std::string{key_id} + " cannot be found.");
  }
  if (key->now().status != status) change(*key, status, false);
}

void World::delete_key(std::string_view key_id) {
  AccessKey* key = find_key(key_id);
  if (!key || key->now().deleted) {
    throw ApiError(404, "NoSuchEntity", "The Access Key with id " + std::string{key_id} + " cannot be found.");
  }
  change(*key, key->now().status, true);
  if (is_acs(key->account_id)) put_in_bin(*key, now());
}

AccessKey* World::find_key(std::string_view id) {
  const auto found = keys_.find(std::string{id});
  return found == keys_.end() ? nullptr : &found->second;
}

AccessKey& World::key_of(const User& user, std::string_view id) {
  AccessKey* key = find_key(id);
  const bool owned = key && key->account_id == user.account_id && key->user_name == user.name &&
                     std::find(user.keys.begin(), user.keys.end(), key->id) != user.keys.end();
  if (!owned || key->now().deleted) {
    throw ApiError(404, "NoSuchEntity", "The Access Key with id " + std::string{id} + " cannot be found.");
  }
  return *key;
}

std::vector<std::string> World::live_keys(const User& user) {
  std::vector<std::string> out;
  std::copy_if(user.keys.begin(), user.keys.end(), std::back_inserter(out),
               [&](const std::string& id) { return !keys_.at(id).now().deleted; });
  return out;
}

std::vector<ListedKey> World::listed_keys(const User& user) {
  const bool fresh = options.stale_alternates && ++lists_ % 2 == 0;
  std::vector<ListedKey> out;
  for (const std::string& id : user.keys) {
    const AccessKey& key = keys_.at(id);
    const KeyChange* seen = fresh ? &key.now() : last_by(key, &KeyChange::listed_at, now());
    if (seen && !seen->deleted) out.push_back({.id = id, .status = seen->status, .created = key.created});
  }
  return out;
}

std::optional<KeyStatus> World::effective_status(const AccessKey& key) const {
  const KeyChange* in_force = last_by(key, &KeyChange::effective_at, now());
  if (!in_force || in_force->deleted) return std::nullopt;
  return in_force->status;
}

void World::note(std::vector<KeyUse>& trail, const KeyUse& use, bool acs) const {
  if (!trail.empty()) {
    const Time last = trail.back().at;
    if (acs ? coarse(use.at) <= coarse(last) : use.at < last + options.granularity) return;
  }
  // Of the visible ones only the newest can ever be asked for.
  const auto hidden =
      std::find_if(trail.begin(), trail.end(), [&](const KeyUse& seen) { return seen.visible_at > now(); });
  if (hidden - trail.begin() > 1) trail.erase(trail.begin(), hidden - 1);
  trail.push_back(use);
}

void World::record_use(AccessKey& key, const std::string& service, const std::string& region, std::optional<Time> at) {
  record_use(key, {.at = at.value_or(now()),
                   .visible_at = {},
                   .service = service,
                   .region = region,
                   .address = "127.0.0.1",
                   .agent = {},
                   .event = {}});
}

void World::record_use(AccessKey& key, KeyUse use) {
  const bool acs = is_acs(key.account_id);
  use.visible_at = use.at + options.lag;
  note(key.uses, use, acs);
  if (!acs) {
    constexpr std::size_t most_events = 20000;
    if (key.events.size() >= most_events) key.events.erase(key.events.begin(), key.events.begin() + most_events / 2);
    key.events.push_back(use);
  }
  if (acs) note(key.origins[{use.service, use.address, use.event}], use, acs);
}

Time World::coarse(Time at) const {
  const Millis span = options.acs_granularity;
  return span.count() > 0 ? Time{at.time_since_epoch() / span * span} : at;
}

std::optional<KeyUse> World::last_used(const AccessKey& key) const {
  const KeyUse* found = last_visible(key.uses, now());
  if (!found) return std::nullopt;
  KeyUse out = *found;
  if (is_acs(key.account_id)) out.at = coarse(out.at);
  return out;
}

std::vector<KeyUse> World::events(const AccessKey& key, const std::string& region) const {
  constexpr auto kept = std::chrono::hours{90 * 24};
  std::vector<KeyUse> out;
  for (const KeyUse& use : key.events) {
    if (use.region == region && use.at + options.trail_lag <= now() && use.at + kept >= now()) out.push_back(use);
  }
  std::stable_sort(out.begin(), out.end(), [](const KeyUse& a, const KeyUse& b) { return a.at > b.at; });
  return out;
}

std::vector<KeyUse> World::last_origins(const AccessKey& key) const {
  std::vector<KeyUse> out;
  for (const auto& origin : key.origins) {
    if (const KeyUse* found = last_visible(origin.second, now())) out.push_back(*found);
  }
  std::stable_sort(out.begin(), out.end(), [](const KeyUse& a, const KeyUse& b) { return a.at > b.at; });
  for (KeyUse& use : out) use.at = coarse(use.at);
  return out;
}

}  // namespace simulated_cloud
