// What the two slots of a user call for: named cases, and laws over every combination there is.
#include "inventory/slots.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace inventory {
namespace {

using rotation::AccessKeyId;
using rotation::KeyStatus;
using rotation::Seconds;
using rotation::Time;
using Sight = SlotPlace::Sight;

constexpr Seconds day{24 * 3600};
const Time now{Seconds{1'800'000'000}};
const AccessKeyId older{"AKIAOLDER"}, younger{"AKIAYOUNGER"}, third{"AKIATHIRD"}, stranger{"AKIASTRANGER"};

constexpr std::array statuses{KeyStatus::active, KeyStatus::inactive, KeyStatus::unusable};
constexpr std::array uses{SlotUse::recent, SlotUse::young, SlotUse::resting,
                          SlotUse::idle,   SlotUse::never, SlotUse::unknown};
constexpr std::array helds{Held::nowhere, Held::own, Held::elsewhere, Held::unknown};

SlotKey a_key(const AccessKeyId& id, SlotUse use, Held held, KeyStatus status = KeyStatus::active) {
  const Seconds age = id == older ? 200 * day : id == younger ? 20 * day : 10 * day;
  return {.key = {.id = id, .status = status, .created_at = now - age}, .used_at = {}, .use = use, .held = held};
}

SlotPlace place(std::optional<AccessKeyId> holds, Sight sight = Sight::open) {
  return {.holds = std::move(holds), .sight = sight, .shows_secret = sight == Sight::open};
}

using Places = std::vector<SlotPlace>;
std::map<std::string, Places> some_places() {
  std::map<std::string, Places> all{{"none", {}},
                                    {"older", {place(older)}},
                                    {"younger", {place(younger)}},
                                    {"both", {place(older), place(younger)}},
                                    {"a stranger", {place(younger), place(stranger)}},
                                    {"empty", {place(younger), place({})}},
                                    {"unreadable", {place(younger), place({}, Sight::unreadable)}},
                                    {"silent", {place({}, Sight::silent)}},
                                    {"a silent one beside", {place(younger), place({}, Sight::silent)}},
                                    {"optional stranger", {place(younger), place(stranger)}},
                                    {"not writable", {place(older), place(younger)}},
                                    {"two secrets", {place(older), place(younger), place(younger)}}};
  all["optional stranger"].back().optional = true;
  all["not writable"].front().writable = false;
  all["two secrets"].back().same_secret = false;
  return all;
}

void each_key(const AccessKeyId& id, const std::function<void(const SlotKey&)>& take) {
  for (const KeyStatus status : statuses) {
    for (const SlotUse use : uses) {
      for (const Held held : helds) {
        for (const int flags : {0, 1, 2, 3}) {
          SlotKey key = a_key(id, use, held, status);
          key.signs = (flags & 1) != 0;
          key.too_old = (flags & 2) != 0;
          take(key);
        }
      }
    }
  }
}

bool active(const SlotKey& key) { return key.key.status == KeyStatus::active; }

const SlotKey* the(const UserSlots& user, const AccessKeyId& id) {
  const auto found = std::ranges::find(user.keys, id, [](const SlotKey& key) { return key.key.id; });
  return found == user.keys.end() ? nullptr : &*found;
}

// What must hold of every advice, whatever it is. Empty: it does.
std::string broken_law(const UserSlots& user, const SlotAdvice& advice) {
  const SlotKey* key = the(user, advice.key);
  const auto actives = std::ranges::count_if(user.keys, active);
  switch (advice.next) {
    case NextStep::nothing:
      if (user.keys.size() >= 2 && !user.excluded) return "two keys are never nothing";
      if (!advice.key.empty()) return "names a key for nothing";
      return "";
    case NextStep::go_on: return user.open_rotation ? "" : "goes on with no rotation";
    case NextStep::find: return key == nullptr ? "is to find a key that is not there" : "";
    case NextStep::retire:
      if (key == nullptr) return "retires a key that is not there";
      if (actives - (active(*key) ? 1 : 0) < 1) return "retires the last Active one";
      if (key->use == SlotUse::recent || key->use == SlotUse::young) return "retires a key in use";
      if (key->use == SlotUse::unknown) return "retires a key of which nothing is known";
      if (key->use == SlotUse::resting && active(*key)) return "retires a key that was used not long ago";
      if (key->held != Held::nowhere) return "retires a key that may be held";
      return key->signs ? "retires the key that signs" : "";
    case NextStep::rotate:
      if (user.keys.size() != 1 || key == nullptr || !active(*key)) return "rotates what rotate refuses";
      if (!key->too_old) return "rotates a young key";
      if (key->use == SlotUse::unknown) return "rotates a key whose use cannot be read";
      return key->held == Held::elsewhere || user.places.empty() ? "leaves a place behind" : "";
    case NextStep::adopt: {
      if (user.keys.size() != 2 || actives != 2 || !advice.new_key) return "adopts what adopt refuses";
      if (*advice.new_key != younger || advice.key != older) return "takes the younger for the older";
      if (key->use == SlotUse::unknown) return "adopts though the use of the old one cannot be read";
      if (key->held == Held::elsewhere) return "leaves a place behind";
      const auto shows = [](const SlotPlace& one) { return one.holds == younger && one.shows_secret; };
      return std::ranges::any_of(user.places, shows) ? "" : "nobody has the secret of the new key";
    }
  }
  return "unknown step";
}

std::string words(const UserSlots& user, const SlotAdvice& advice) {
  std::string text{rotation::word(advice.next)};
  text += " " + std::string(rotation::word(advice.why)) + " of";
  for (const SlotKey& key : user.keys) {
    text += " [" + key.key.id.text() + " " + std::string(rotation::word(key.key.status)) + " " +
            std::string(rotation::word(key.use)) + " " + std::string(rotation::word(key.held)) +
            (key.signs ? " signs" : "") + (key.too_old ? " old" : "") + "]";
  }
  return text;
}

TEST(Slots, EveryCombinationOfTwoKeysHasASafeAnswer) {
  std::set<SlotWhy> seen;
  for (const auto& [name, places] : some_places()) {
    each_key(older, [&](const SlotKey& one) {
      each_key(younger, [&](const SlotKey& other) {
        if (one.too_old || other.too_old || (one.signs && other.signs)) return;
        const UserSlots user{.keys = {one, other}, .places = places};
        const SlotAdvice advice = advise(user);
        ASSERT_EQ(broken_law(user, advice), "") << name << ": " << words(user, advice);
        seen.insert(advice.why);
        // The order in which a cloud lists them means nothing.
        const SlotAdvice turned = advise({.keys = {other, one}, .places = places});
        ASSERT_EQ(turned.why, advice.why) << words(user, advice);
        ASSERT_EQ(turned.key, advice.key) << words(user, advice);
      });
    });
  }
  for (const SlotWhy why :
       {SlotWhy::unused, SlotWhy::switched_off, SlotWhy::half_done, SlotWhy::none_active, SlotWhy::not_known_use,
        SlotWhy::just_off, SlotWhy::dead_but_held, SlotWhy::idle_but_held, SlotWhy::may_be_held, SlotWhy::signs_itself,
        SlotWhy::not_rolled_out, SlotWhy::used_by_strangers, SlotWhy::both_in_use, SlotWhy::places_differ,
        SlotWhy::outside_locations}) {
    EXPECT_TRUE(seen.contains(why)) << rotation::word(why);
  }
}

TEST(Slots, EveryCombinationOfOneKeyHasASafeAnswer) {
  std::set<SlotWhy> seen;
  for (const auto& [name, places] : some_places()) {
    each_key(older, [&](const SlotKey& key) {
      for (const int flags : {0, 1, 2, 3}) {
        const UserSlots user{
            .keys = {key}, .places = places, .open_rotation = (flags & 1) != 0, .excluded = (flags & 2) != 0};
        const SlotAdvice advice = advise(user);
        ASSERT_EQ(broken_law(user, advice), "") << name << ": " << words(user, advice);
        ASSERT_NE(advice.next, NextStep::retire) << "it is the only one";
        seen.insert(advice.why);
      }
    });
  }
  for (const SlotWhy why : {SlotWhy::in_order, SlotWhy::excluded, SlotWhy::open_rotation, SlotWhy::too_old,
                            SlotWhy::none_active, SlotWhy::not_known_use, SlotWhy::nobody_uses, SlotWhy::no_locations,
                            SlotWhy::outside_locations, SlotWhy::places_differ}) {
    EXPECT_TRUE(seen.contains(why)) << rotation::word(why);
  }
}

TEST(Slots, ThreeKeysAndNoneHaveASafeAnswerToo) {
  EXPECT_EQ(advise({}).next, NextStep::nothing);
  for (const KeyStatus status : statuses) {
    for (const SlotUse use : uses) {
      for (const Held held : helds) {
        each_key(older, [&](const SlotKey& one) {
          each_key(younger, [&](const SlotKey& other) {
            if (one.signs || other.signs || one.too_old || other.too_old) return;
            const UserSlots user{.keys = {one, other, a_key(third, use, held, status)}, .places = {place(younger)}};
            const SlotAdvice advice = advise(user);
            ASSERT_EQ(broken_law(user, advice), "") << words(user, advice);
          });
        });
      }
    }
  }
}

struct Case {
  const char* name;
  UserSlots user;
  SlotAdvice advice;
};

SlotAdvice says(NextStep next, SlotWhy why, AccessKeyId key = {}, std::optional<AccessKeyId> new_key = {}) {
  return {.next = next, .why = why, .key = std::move(key), .new_key = std::move(new_key)};
}

std::vector<Case> cases_of_two() {
  const SlotKey used = a_key(older, SlotUse::recent, Held::own);
  const auto two = [&](SlotKey one, SlotKey other, Places places = {}) {
    return UserSlots{.keys = {std::move(one), std::move(other)}, .places = std::move(places)};
  };
  return {
      {"one unused and nowhere held", two(used, a_key(younger, SlotUse::never, Held::nowhere)),
       says(NextStep::retire, SlotWhy::unused, younger)},
      {"of two unused the one that never was",
       two(a_key(older, SlotUse::idle, Held::nowhere), a_key(younger, SlotUse::never, Held::nowhere)),
       says(NextStep::retire, SlotWhy::unused, younger)},
      {"an Inactive one beside an Active one",
       two(a_key(older, SlotUse::resting, Held::nowhere, KeyStatus::inactive),
           a_key(younger, SlotUse::recent, Held::own)),
       says(NextStep::retire, SlotWhy::switched_off, older)},
      {"switched off an hour ago",
       two(a_key(older, SlotUse::recent, Held::nowhere, KeyStatus::inactive),
           a_key(younger, SlotUse::recent, Held::own)),
       says(NextStep::find, SlotWhy::just_off, older)},
      {"half done: one location is left",
       two(used, a_key(younger, SlotUse::recent, Held::own), {place(older), place(younger)}),
       says(NextStep::adopt, SlotWhy::half_done, older, younger)},
      {"half done: all hold the new one, somebody still uses the old one",
       two(a_key(older, SlotUse::recent, Held::nowhere), a_key(younger, SlotUse::young, Held::own), {place(younger)}),
       says(NextStep::adopt, SlotWhy::half_done, older, younger)},
      {"two consumers: the younger one is held, and long unused",
       two(a_key(older, SlotUse::recent, Held::nowhere), a_key(younger, SlotUse::idle, Held::own), {place(younger)}),
       says(NextStep::find, SlotWhy::idle_but_held, younger)},
      {"half done, and a file outside holds the old one",
       two(a_key(older, SlotUse::recent, Held::elsewhere), a_key(younger, SlotUse::recent, Held::own),
           {place(younger)}),
       says(NextStep::find, SlotWhy::outside_locations, older)},
      {"made just now, held nowhere", two(used, a_key(younger, SlotUse::young, Held::nowhere), {place(older)}),
       says(NextStep::find, SlotWhy::not_rolled_out, younger)},
      {"used last week by nobody known", two(used, a_key(younger, SlotUse::resting, Held::nowhere), {place(older)}),
       says(NextStep::find, SlotWhy::used_by_strangers, younger)},
      {"unused, and a place could not be read", two(used, a_key(younger, SlotUse::idle, Held::unknown)),
       says(NextStep::find, SlotWhy::may_be_held, younger)},
      {"unused, and still held", two(used, a_key(younger, SlotUse::idle, Held::elsewhere)),
       says(NextStep::find, SlotWhy::idle_but_held, younger)},
      {"its use could not be read", two(used, a_key(younger, SlotUse::unknown, Held::nowhere)),
       says(NextStep::find, SlotWhy::not_known_use, younger)},
      {"a rotation is open",
       {.keys = {used, a_key(younger, SlotUse::never, Held::nowhere)}, .open_rotation = true},
       says(NextStep::go_on, SlotWhy::open_rotation)},
      {"left out by the policy",
       {.keys = {used, a_key(younger, SlotUse::never, Held::nowhere)}, .excluded = true},
       says(NextStep::nothing, SlotWhy::excluded)}};
}

TEST(Slots, OneKeyThatIsListedTwiceIsNotAnotherOne) {
  const SlotKey unused = a_key(older, SlotUse::idle, Held::nowhere);
  EXPECT_NE(advise({.keys = {unused, unused}}).next, NextStep::retire);
}

TEST(Slots, TheCasesThatPeopleMeet) {
  for (const auto& [name, user, advice] : cases_of_two()) {
    const SlotAdvice found = advise(user);
    EXPECT_EQ(found.next, advice.next) << name;
    EXPECT_EQ(found.why, advice.why) << name << ": " << rotation::word(found.why);
    EXPECT_EQ(found.key, advice.key) << name;
    EXPECT_EQ(found.new_key, advice.new_key) << name;
  }
}

TEST(Slots, OneOldKeyIsRotatedWhereItsTargetAllowsIt) {
  SlotKey old = a_key(older, SlotUse::recent, Held::own);
  EXPECT_EQ(advise({.keys = {old}, .places = {place(older)}}).next, NextStep::nothing);
  old.too_old = true;
  EXPECT_EQ(advise({.keys = {old}, .places = {place(older)}}).next, NextStep::rotate);
  EXPECT_EQ(advise({.keys = {old}, .places = {place({}, Sight::silent)}}).next, NextStep::rotate);
  EXPECT_EQ(advise({.keys = {old}, .places = {}}).why, SlotWhy::no_locations);
  EXPECT_EQ(advise({.keys = {old}, .places = {place(older), place(stranger)}}).why, SlotWhy::places_differ);
  SlotPlace spare = place({});
  spare.optional = true;
  EXPECT_EQ(advise({.keys = {old}, .places = {spare}}).why, SlotWhy::places_differ) << "nobody would get the new key";
}

TEST(SlotUses, CountFromTheWindowsAndMissingIsNotNever) {
  const KeyTimes times{.quiet = 1 * day, .long_unused = 90 * day, .max_age = 90 * day};
  const rotation::AccessKey key{.id = older, .status = KeyStatus::active, .created_at = now - 90 * day - Seconds{1}};
  const rotation::AccessKey fresh{.id = older, .status = KeyStatus::active, .created_at = now - 90 * day};
  const rotation::AccessKey off{.id = older, .status = KeyStatus::inactive, .created_at = now - day - Seconds{1}};
  const rotation::AccessKey just_off{.id = older, .status = KeyStatus::inactive, .created_at = now - day};
  const auto used = [](Seconds ago) {
    return std::optional{rotation::LastUsed{.at = now - ago, .service = {}, .region = {}}};
  };
  EXPECT_EQ(slot_use(key, std::nullopt, times, now), SlotUse::unknown);
  EXPECT_EQ(slot_use(key, rotation::LastUsed{}, times, now), SlotUse::never);
  EXPECT_EQ(slot_use(fresh, rotation::LastUsed{}, times, now), SlotUse::young) << "not handed out yet";
  EXPECT_EQ(slot_use(off, rotation::LastUsed{}, times, now), SlotUse::never) << "nobody can use it";
  EXPECT_EQ(slot_use(just_off, rotation::LastUsed{}, times, now), SlotUse::young);
  EXPECT_EQ(slot_use(key, used(day), times, now), SlotUse::recent);
  EXPECT_EQ(slot_use(key, used(-day), times, now), SlotUse::recent) << "a clock that is off";
  EXPECT_EQ(slot_use(key, used(day + Seconds{1}), times, now), SlotUse::resting);
  EXPECT_EQ(slot_use(key, used(90 * day), times, now), SlotUse::resting);
  EXPECT_EQ(slot_use(key, used(90 * day + Seconds{1}), times, now), SlotUse::idle);
  const KeyTimes monthly{.quiet = 120 * day, .long_unused = 90 * day};
  EXPECT_EQ(slot_use(key, used(100 * day), monthly, now), SlotUse::recent) << "a cadence is longer than any habit";
  EXPECT_EQ(slot_use(key, rotation::LastUsed{}, monthly, now), SlotUse::young);
}

}  // namespace
}  // namespace inventory
