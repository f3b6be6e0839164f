// What to make of the journal and the world together: the reconcile table as data. The first row that matches says
// it; the last rows are the principles for what no earlier row foresaw, so the table is total.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

#include "rotation/procedure.hpp"

namespace rotation {

// A key as two trustworthy reads show it.
enum class Seen : std::uint8_t { none, active, inactive, absent, unusable, orphan };
template <>
struct Words<Seen> {
  static constexpr std::array all{"none"sv, "Active"sv, "Inactive"sv, "gone"sv, "unusable"sv, "orphan"sv};
};

// What the open intent, if any, was about. `clean_up` removes an orphan; `wake_*` answers an alarm; `undelete_old`
// brings the old key back from the cloud's recycle bin.
enum class Open : std::uint8_t {
  nothing,
  create,
  location,
  deactivate_old,
  delete_old,
  wake_old,
  wake_new,
  deactivate_new,
  delete_new,
  clean_up,
  undelete_old
};
template <>
struct Words<Open> {
  static constexpr std::array all{"nothing"sv,    "create"sv,   "location"sv,    "deactivate old"sv,
                                  "delete old"sv, "wake old"sv, "wake new"sv,    "deactivate new"sv,
                                  "delete new"sv, "clean up"sv, "undelete old"sv};
};

enum class Stranger : std::uint8_t { no, yes };

struct Situation {
  Procedure procedure = Procedure::rotate;
  State state = State::planned;
  Direction direction = Direction::forward;
  Open open = Open::nothing;
  Seen old_key = Seen::active;
  Seen new_key = Seen::none;
  Stranger stranger = Stranger::no;
  Bin bin = Bin::no;  // the cloud's recycle bin may hold the old key, once it is gone
};

// What resuming does.
enum class Resume : std::uint8_t {
  go_on,                // the next step of the table, in the rotation's direction
  never_made,           // the create did not happen: planned again, a new attempt
  orphan,               // the create happened, its secret is lost: show; on consent remove it, planned again
  stranger,             // a key that is none of ours: stop, touch nothing
  old_not_active,       // nothing done yet and the old key is not Active: stop; rollback cancels
  new_inactive,         // stop; offer to reactivate the new key, or roll back
  new_lost,             // the new key is gone before it was deployed: shred, planned again on consent
  old_off_early,        // alarm: reactivate the old key (default), or finish the deploy
  old_gone_early,       // no way back: finish the deploy, then completed (closed outside) on consent
  locations_dead,       // locations hold a dead key: reactivate the new one if it can be, else restore at once
  closed_outside,       // someone was faster: accept as deactivated or completed, on consent
  applied,              // the open intent did happen
  not_applied,          // the open intent did not happen: check everything anew, ask anew
  both_off,             // outage: reactivate the old key (default)
  reactivated_outside,  // somebody turned the old key on again: roll back, or verify anew
  finished,             // the old key is gone and the new one works: completed
  restore_dead_end,     // going back, the old key is gone for good: say so, keep the new one
  reactivate_old,       // going back: the old key Active before anything else
  undelete_old,         // going back: out of the recycle bin first, then Active
  no_key,               // no key is or can be made Active: the emergency steps
};
template <>
struct Words<Resume> {
  static constexpr std::array all{
      "go on"sv,          "never made"sv,       "orphan"sv,         "stranger"sv,       "old not active"sv,
      "new inactive"sv,   "new lost"sv,         "old off early"sv,  "old gone early"sv, "locations dead"sv,
      "closed outside"sv, "applied"sv,          "not applied"sv,    "both off"sv,       "reactivated outside"sv,
      "finished"sv,       "restore dead end"sv, "reactivate old"sv, "undelete old"sv,   "no key"sv};
};

// A row matches where each set has the situation's value. Sets are bit masks over the enumerators.
template <class E>
struct SetOf {
  std::uint16_t bits = 0;
  constexpr SetOf() = default;
  constexpr SetOf(std::initializer_list<E> members) {  // NOLINT(google-explicit-constructor): reads as a set
    for (const E member : members) bits = static_cast<std::uint16_t>(bits | (1U << static_cast<unsigned>(member)));
  }
  [[nodiscard]] constexpr bool has(E member) const { return ((bits >> static_cast<unsigned>(member)) & 1U) != 0; }
  [[nodiscard]] static constexpr SetOf any() {
    SetOf all;
    all.bits = 0xFFFF;
    return all;
  }
};

struct Cell {
  SetOf<Procedure> procedures;
  SetOf<Direction> directions;
  SetOf<State> states;
  SetOf<Open> open;
  SetOf<Seen> old_key;
  SetOf<Seen> new_key;
  SetOf<Stranger> stranger;
  Resume resume;
  std::string_view why;
  SetOf<Bin> bin = SetOf<Bin>::any();

  [[nodiscard]] constexpr bool matches(const Situation& at) const {
    return procedures.has(at.procedure) && directions.has(at.direction) && states.has(at.state) && open.has(at.open) &&
           old_key.has(at.old_key) && new_key.has(at.new_key) && stranger.has(at.stranger) && bin.has(at.bin);
  }
};

[[nodiscard]] std::span<const Cell> reconcile_table();
// The first matching row; null only for a situation that cannot be (a test walks all that can).
[[nodiscard]] const Cell* reconcile(const Situation& situation);
// Can the journal and the world be so at all? A new key exists only after a create, and only rotate makes one.
[[nodiscard]] bool possible(const Situation& situation);

}  // namespace rotation
