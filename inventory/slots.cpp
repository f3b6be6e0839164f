#include "inventory/slots.hpp"

#include <algorithm>

namespace inventory {
namespace {

using rotation::AccessKeyId;
using rotation::KeyStatus;
using Sight = SlotPlace::Sight;

bool is_active(const SlotKey& key) { return key.key.status == KeyStatus::active; }
bool is_held(const SlotKey& key) { return key.held == Held::own || key.held == Held::elsewhere; }
bool long_unused(const SlotKey& key) { return key.use == SlotUse::idle || key.use == SlotUse::never; }

// Nobody has needed it for long enough. What is switched off cannot be in use, so the quiet window is enough there.
bool at_rest(const SlotKey& key) { return long_unused(key) || (!is_active(key) && key.use == SlotUse::resting); }

SlotAdvice find(SlotWhy why, const SlotKey& key) { return {.next = NextStep::find, .why = why, .key = key.key.id}; }

// ---- places ------------------------------------------------------------------------------------------------------

// A rotation between these keys would go through this place. One that shows nothing goes by the config's word.
bool goes_along(const SlotPlace& place, const AccessKeyId& old_key, const AccessKeyId& new_key) {
  if (!place.same_secret) return false;
  if (place.optional) return true;
  if (place.sight == Sight::unreadable || !place.writable) return false;
  return place.sight == Sight::silent || place.holds == old_key || place.holds == new_key;
}

bool all_go_along(const std::vector<SlotPlace>& places, const AccessKeyId& old_key, const AccessKeyId& new_key) {
  return std::ranges::all_of(places, [&](const SlotPlace& place) { return goes_along(place, old_key, new_key); });
}

// Somebody would be given the new key.
bool reaches_somebody(const std::vector<SlotPlace>& places, const AccessKeyId& key) {
  return std::ranges::any_of(places, [&](const SlotPlace& place) {
    return place.holds == key || (place.sight == Sight::silent && !place.optional);
  });
}

// ---- one that can go ---------------------------------------------------------------------------------------------

// Which of several that are equally safe: the one whose silence says most.
bool sooner(const SlotKey& one, const SlotKey& other) {
  if (is_active(one) != is_active(other)) return !is_active(one);
  if ((one.use == SlotUse::never) != (other.use == SlotUse::never)) return one.use == SlotUse::never;
  if (one.used_at != other.used_at) return one.used_at < other.used_at;
  return one.key.created_at < other.key.created_at;
}

bool another_is_active(const UserSlots& user, const SlotKey& key) {
  return std::ranges::any_of(user.keys,
                             [&](const SlotKey& each) { return each.key.id != key.key.id && is_active(each); });
}

std::optional<SlotAdvice> one_to_retire(const UserSlots& user) {
  const SlotKey* found = nullptr;
  for (const SlotKey& key : user.keys) {
    const bool safe = at_rest(key) && key.held == Held::nowhere && !key.signs && another_is_active(user, key);
    if (safe && (found == nullptr || sooner(key, *found))) found = &key;
  }
  if (found == nullptr) return std::nullopt;
  return SlotAdvice{.next = NextStep::retire,
                    .why = is_active(*found) ? SlotWhy::unused : SlotWhy::switched_off,
                    .key = found->key.id};
}

// ---- a rotation that somebody began ------------------------------------------------------------------------------

struct Pair {
  const SlotKey& old_key;
  const SlotKey& new_key;
};

std::optional<Pair> by_age(const UserSlots& user) {
  if (user.keys.size() != 2) return std::nullopt;
  const SlotKey& one = user.keys[0];
  const SlotKey& other = user.keys[1];
  if (!is_active(one) || !is_active(other) || one.key.created_at == other.key.created_at) return std::nullopt;
  return one.key.created_at < other.key.created_at ? Pair{one, other} : Pair{other, one};
}

// The younger key stands in a location of the target; the older one is still used or still held.
bool half_done(const UserSlots& user, const Pair& pair) {
  const auto shows = [&](const SlotPlace& place) {
    return place.holds == pair.new_key.key.id && place.shows_secret && place.sight == Sight::open;
  };
  return std::ranges::any_of(user.places, shows) && pair.new_key.use != SlotUse::idle;
}

std::optional<SlotAdvice> one_to_adopt(const UserSlots& user) {
  const auto pair = by_age(user);
  if (!pair || !half_done(user, *pair)) return std::nullopt;
  const auto& [old_key, new_key] = *pair;
  if (old_key.use == SlotUse::unknown) return find(SlotWhy::not_known_use, old_key);
  if (old_key.held == Held::elsewhere) return find(SlotWhy::outside_locations, old_key);
  if (!all_go_along(user.places, old_key.key.id, new_key.key.id)) return find(SlotWhy::places_differ, old_key);
  return SlotAdvice{
      .next = NextStep::adopt, .why = SlotWhy::half_done, .key = old_key.key.id, .new_key = new_key.key.id};
}

// ---- what must be found out first --------------------------------------------------------------------------------

// Of a key that would go if this were not.
std::optional<SlotWhy> hindrance(const SlotKey& key) {
  if (key.use == SlotUse::unknown) return SlotWhy::not_known_use;
  if (!is_active(key) && is_held(key)) return SlotWhy::dead_but_held;
  if (!is_active(key) && !at_rest(key)) return SlotWhy::just_off;
  if (!at_rest(key)) return std::nullopt;
  if (is_held(key)) return SlotWhy::idle_but_held;
  if (key.held == Held::unknown) return SlotWhy::may_be_held;
  return key.signs ? std::optional{SlotWhy::signs_itself} : std::nullopt;
}

SlotAdvice what_is_missing(const UserSlots& user) {
  std::vector<const SlotKey*> order;
  for (const SlotKey& key : user.keys) order.push_back(&key);
  std::ranges::sort(order, [](const SlotKey* one, const SlotKey* other) { return sooner(*one, *other); });
  if (std::ranges::none_of(user.keys, is_active)) {
    const auto held = std::ranges::find_if(order, [](const SlotKey* key) { return is_held(*key); });
    return find(SlotWhy::none_active, held == order.end() ? *order.front() : **held);
  }
  for (const SlotKey* key : order) {
    if (const auto why = hindrance(*key)) return find(*why, *key);
  }
  // All of them are Active and in use, as far as anybody can tell.
  for (const SlotKey* key : order) {
    if (is_held(*key)) continue;
    return find(key->use == SlotUse::young ? SlotWhy::not_rolled_out : SlotWhy::used_by_strangers, *key);
  }
  const auto made = [](const SlotKey* key) { return key->key.created_at; };
  return find(SlotWhy::both_in_use, **std::ranges::min_element(order, {}, made));
}

// ---- one key -----------------------------------------------------------------------------------------------------

SlotAdvice only_key(const UserSlots& user) {
  const SlotKey& key = user.keys.front();
  if (!is_active(key)) return find(SlotWhy::none_active, key);
  if (!key.too_old) return {};
  if (key.use == SlotUse::unknown) return find(SlotWhy::not_known_use, key);
  if (key.use == SlotUse::never || key.use == SlotUse::young) return find(SlotWhy::nobody_uses, key);
  if (user.places.empty()) return find(SlotWhy::no_locations, key);
  if (key.held == Held::elsewhere) return find(SlotWhy::outside_locations, key);
  const AccessKeyId& id = key.key.id;
  if (!reaches_somebody(user.places, id) || !all_go_along(user.places, id, id)) {
    return find(SlotWhy::places_differ, key);
  }
  return {.next = NextStep::rotate, .why = SlotWhy::too_old, .key = key.key.id};
}

}  // namespace

SlotUse slot_use(const rotation::AccessKey& key, const std::optional<rotation::LastUsed>& used, const KeyTimes& times,
                 rotation::Time now) {
  if (!used) return SlotUse::unknown;
  const rotation::Seconds habit = std::max(times.quiet, times.long_unused);
  if (!used->at) {
    const rotation::Seconds patience = key.status == KeyStatus::active ? habit : times.quiet;
    return now - key.created_at > patience ? SlotUse::never : SlotUse::young;
  }
  const rotation::Seconds silent = now - *used->at;
  if (silent <= times.quiet) return SlotUse::recent;
  return silent > habit ? SlotUse::idle : SlotUse::resting;
}

SlotAdvice advise(const UserSlots& user) {
  if (user.open_rotation) return {.next = NextStep::go_on, .why = SlotWhy::open_rotation};
  if (user.keys.empty()) return {};
  if (user.excluded) return {.next = NextStep::nothing, .why = SlotWhy::excluded};
  if (user.keys.size() == 1) return only_key(user);
  if (const auto advice = one_to_retire(user)) return *advice;
  if (const auto advice = one_to_adopt(user)) return *advice;
  return what_is_missing(user);
}

}  // namespace inventory
