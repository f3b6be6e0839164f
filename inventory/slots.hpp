// The two slots of a user: what its keys, taken together, call for. Pure: facts in, one piece of advice out.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "rotation/names.hpp"
#include "rotation/ports.hpp"
#include "rotation/words.hpp"

namespace inventory {

using namespace std::string_view_literals;

// How long a key has been at rest. `quiet` and `long_unused` are spans in KeyTimes.
enum class SlotUse : std::uint8_t {
  recent,   // used within the quiet window and what a report of a use may lag behind
  young,    // never used, and made too short a time ago to count as that: an Active one within `long_unused`, for it
            // may be about to be put where it is needed; another one within the quiet window
  resting,  // not used for longer than that, but used within `long_unused`
  idle,     // not used for `long_unused`
  never,    // never used, and older than that
  unknown,  // the last use could not be read: nothing is known, not even "never"
};

enum class Held : std::uint8_t {
  nowhere,    // every place was looked into
  own,        // by locations of its own target alone
  elsewhere,  // by a place that no location of its own target is
  unknown,    // it was not seen, but not everything could be looked into
};

struct KeyTimes {
  rotation::Seconds quiet{};        // the policy's quiet or the target's cadence, with lag and granularity
  rotation::Seconds long_unused{};  // never less than `quiet`
  rotation::Seconds max_age{};
};
[[nodiscard]] SlotUse slot_use(const rotation::AccessKey& key, const std::optional<rotation::LastUsed>& used,
                               const KeyTimes& times, rotation::Time now);

struct SlotKey {
  rotation::AccessKey key;
  std::optional<rotation::Time> used_at = {};
  SlotUse use = SlotUse::unknown;
  Held held = Held::unknown;
  bool too_old = false;  // by max_age
  bool signs = false;    // it signs the calls of this program
};

// A location of the user's own target.
struct SlotPlace {
  std::optional<rotation::AccessKeyId> holds = {};
  enum class Sight : std::uint8_t { open, silent, unreadable } sight = Sight::open;
  bool shows_secret = false;
  bool writable = true;
  bool optional = false;
  bool same_secret = true;  // as every other location that holds this key
};

struct UserSlots {
  std::vector<SlotKey> keys = {};
  std::vector<SlotPlace> places = {};  // empty: no target, or one without locations
  bool open_rotation = false;
  bool excluded = false;  // by the policy's exclude_users
};

// In the order in which they are shown: what is certain and short first.
enum class NextStep : std::uint8_t { retire, adopt, rotate, go_on, find, nothing };

enum class SlotWhy : std::uint8_t {
  in_order,       // nothing: one Active key that is young enough, or none at all
  excluded,       // nothing: the policy leaves this user out
  open_rotation,  // go_on
  unused,         // retire: Active, beside another Active one
  switched_off,   // retire: not Active, beside an Active one
  half_done,      // adopt: both Active, the locations hold the younger one or are about to
  too_old,        // rotate
  // find, for no other command would be safe or accepted:
  none_active,        // no key of this user is Active
  not_known_use,      // its last use could not be read
  just_off,           // not Active, and used too short a time ago
  dead_but_held,      // not Active, and still held
  idle_but_held,      // unused, and still held
  may_be_held,        // unused, and not every place could be looked into
  signs_itself,       // unused by others, and signs our own calls
  not_rolled_out,     // made lately, beside one in use, and held nowhere yet
  used_by_strangers,  // used within long_unused, by nobody that is known here
  both_in_use,        // and no location tells which of them is to stay
  places_differ,      // a rotation is called for, and a location of the target stands against it
  no_locations,       // the same, and nothing says where the key lives
  outside_locations,  // the same, and the key is held where no location of the target is
  nobody_uses,        // too old, the only one, and never used: to hand it over helps nobody
};

struct SlotAdvice {
  NextStep next = NextStep::nothing;
  SlotWhy why = SlotWhy::in_order;
  rotation::AccessKeyId key = {};                     // that goes, or is to be found; empty for nothing and go_on
  std::optional<rotation::AccessKeyId> new_key = {};  // adopt: that stays
};

// Total: every combination has an answer. Never `retire` for a key that was used within the quiet window, whose last
// use is not known, that is or may be held somewhere, that signs our calls, or beside which no other key is Active.
[[nodiscard]] SlotAdvice advise(const UserSlots& user);

}  // namespace inventory

template <>
struct rotation::Words<inventory::SlotUse> {
  static constexpr std::array all{"recent"sv, "young"sv, "resting"sv, "idle"sv, "never"sv, "unknown"sv};
};
template <>
struct rotation::Words<inventory::Held> {
  static constexpr std::array all{"nowhere"sv, "own"sv, "elsewhere"sv, "unknown"sv};
};
template <>
struct rotation::Words<inventory::NextStep> {
  static constexpr std::array all{"retire"sv, "adopt"sv, "rotate"sv, "go_on"sv, "find"sv, "nothing"sv};
};
template <>
struct rotation::Words<inventory::SlotWhy> {
  static constexpr std::array all{"in_order"sv,      "excluded"sv,      "open_rotation"sv,  "unused"sv,
                                  "switched_off"sv,  "half_done"sv,     "too_old"sv,        "none_active"sv,
                                  "not_known_use"sv, "just_off"sv,      "dead_but_held"sv,  "idle_but_held"sv,
                                  "may_be_held"sv,   "signs_itself"sv,  "not_rolled_out"sv, "used_by_strangers"sv,
                                  "both_in_use"sv,   "places_differ"sv, "no_locations"sv,   "outside_locations"sv,
                                  "nobody_uses"sv};
};
