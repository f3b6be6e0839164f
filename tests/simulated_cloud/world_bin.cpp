// The recycle bin: what Alibaba's deleted keys lie in until they are restored, purged, or too old.
#include <algorithm>

#include "world.hpp"

namespace simulated_cloud {
namespace {

[[noreturn]] void not_in_bin(std::string_view id) {
  throw ApiError(404, "EntityNotExist.User.AccessKey",
                 "The access key " + std::string{id} + " does not exist in the recycle bin.");
}

auto binned(std::vector<BinnedKey>& bin, std::string_view id) {
  return std::find_if(bin.begin(), bin.end(), [&](const BinnedKey& key) { return key.id == id; });
}

}  // namespace

// nullptr once the user has gone, or another one has come under the name.
User* World::owner_of(const AccessKey& key) {
  const auto home = accounts_.find(key.account_id);
  if (home == accounts_.end()) return nullptr;
  const auto user = home->second.users.find(key.user_name);
  if (user == home->second.users.end()) return nullptr;
  // Either list alone may have forgotten it.
  const bool listed = std::find(user->second.keys.begin(), user->second.keys.end(), key.id) != user->second.keys.end();
  return listed || binned(user->second.bin, key.id) != user->second.bin.end() ? &user->second : nullptr;
}

std::vector<BinnedKey>& World::bin(User& user) {
  std::erase_if(user.bin, [&](const BinnedKey& key) { return key.recycled + options.bin <= now(); });
  while (user.bin.size() > options.bin_slots) user.bin.erase(user.bin.begin());
  return user.bin;
}

void World::put_in_bin(AccessKey& key, Time at) {
  if (!key.now().deleted) {
    key.changes.push_back({.at = at, .listed_at = at, .effective_at = at, .status = key.now().status, .deleted = true});
  }
  User* owner = owner_of(key);
  if (!owner) return;
  const auto later =
      std::find_if(owner->bin.begin(), owner->bin.end(), [&](const BinnedKey& other) { return other.recycled > at; });
  owner->bin.insert(later, {.id = key.id, .recycled = at});
  static_cast<void>(bin(*owner));
}

AccessKey& World::restore_key(std::string_view key_id) {
  AccessKey* key = find_key(key_id);
  User* owner = key ? owner_of(*key) : nullptr;
  if (!owner) not_in_bin(key_id);
  auto& there = bin(*owner);
  const auto found = binned(there, key_id);
  if (found == there.end()) not_in_bin(key_id);
  if (counted_keys(*owner) >= options.key_limit) {
    throw ApiError(409, "LimitExceeded",
                   "The count of access keys beyond the current limits: " + std::to_string(options.key_limit));
  }
  there.erase(found);
  if (std::find(owner->keys.begin(), owner->keys.end(), key->id) == owner->keys.end()) owner->keys.push_back(key->id);
  change(*key, KeyStatus::inactive, false);
  return *key;
}

void World::purge_key(std::string_view key_id) {
  AccessKey* key = find_key(key_id);
  User* owner = key ? owner_of(*key) : nullptr;
  if (!owner) not_in_bin(key_id);
  auto& there = bin(*owner);
  const auto found = binned(there, key_id);
  if (found == there.end()) not_in_bin(key_id);
  there.erase(found);
}

}  // namespace simulated_cloud
