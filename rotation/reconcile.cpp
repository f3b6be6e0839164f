#include "rotation/reconcile.hpp"

#include <algorithm>

namespace rotation {
namespace {

constexpr auto A = Seen::active, I = Seen::inactive, X = Seen::absent, E = Seen::unusable;
constexpr auto none = Seen::none, orphan = Seen::orphan;
constexpr auto planned = State::planned, created = State::created, deployed = State::deployed,
               verified = State::verified, deactivated = State::deactivated;
constexpr auto forward = Direction::forward, back = Direction::back;
constexpr auto rotate = Procedure::rotate, retire = Procedure::retire;
constexpr auto nothing = Open::nothing;
constexpr auto no = Stranger::no, yes = Stranger::yes;

constexpr auto any_procedure = SetOf<Procedure>::any();
constexpr auto any_state = SetOf<State>::any();
constexpr auto any_open = SetOf<Open>::any();
constexpr auto any_key = SetOf<Seen>::any();
constexpr auto any_stranger = SetOf<Stranger>::any();

using Keys = SetOf<Seen>;
using States = SetOf<State>;
using Opens = SetOf<Open>;

// clang-format off
constexpr std::array table{
    // ---- going back: the old key first, whatever else is the case
    Cell{any_procedure, {back}, any_state, {Open::undelete_old}, {A, I, E}, any_key, any_stranger,
         Resume::applied, "the old key is back from the recycle bin"},
    Cell{any_procedure, {back}, any_state, {Open::undelete_old}, {X}, any_key, any_stranger,
         Resume::not_applied, "the old key is still gone"},
    Cell{any_procedure, {back}, {deactivated}, {Open::delete_old}, {X}, any_key, any_stranger,
         Resume::applied, "the delete had already gone through, and can be undone", {Bin::yes}},
    Cell{any_procedure, {back}, {created, deployed, verified, deactivated},
         {nothing, Open::location, Open::deactivate_old, Open::delete_old, Open::wake_old, Open::wake_new,
          Open::deactivate_new, Open::delete_new},
         {X}, any_key, any_stranger,
         Resume::undelete_old, "the old key is gone, perhaps only into the recycle bin", {Bin::yes}},
    Cell{any_procedure, {back}, {planned}, {nothing, Open::clean_up}, any_key, {none, orphan}, any_stranger,
         Resume::go_on, "nothing of ours is in force: cancel"},
    Cell{{rotate}, {back}, any_state, {Open::create}, {A, X}, any_key, {yes},
         Resume::stranger, "several new keys, or one that does not fit"},
    Cell{any_procedure, {back}, any_state, {Open::create}, {I, E}, {none, orphan}, any_stranger,
         Resume::reactivate_old, "the old key is off while a create is not yet known"},
    Cell{{rotate}, {back}, any_state, {Open::create}, {A, X}, {none}, any_stranger,
         Resume::never_made, "no new key appeared"},
    Cell{{rotate}, {back}, any_state, {Open::create}, {A, X}, {orphan}, any_stranger,
         Resume::orphan, "one new key, made in the window, never used"},
    Cell{any_procedure, {back}, any_state, any_open, {I, E}, any_key, any_stranger,
         Resume::reactivate_old, "going back begins with the old key"},
    Cell{any_procedure, {back}, any_state, {Open::wake_old}, {A}, any_key, any_stranger,
         Resume::applied, "the old key is Active again"},
    Cell{any_procedure, {back}, any_state, {Open::deactivate_old, Open::delete_old}, {A}, any_key, any_stranger,
         Resume::not_applied, "the old key is Active: it was not switched off"},
    Cell{any_procedure, {back}, {deactivated}, {Open::delete_old}, {X}, {A, none}, any_stranger,
         Resume::finished, "the delete had already gone through"},
    Cell{{rotate}, {back}, any_state, {Open::deactivate_new}, {A, X}, {I, E, X}, any_stranger,
         Resume::applied, "the new key is off"},
    Cell{{rotate}, {back}, any_state, {Open::deactivate_new}, {A, X}, {A}, any_stranger,
         Resume::not_applied, "the new key is still Active"},
    Cell{{rotate}, {back}, any_state, {Open::delete_new}, {A}, {X}, any_stranger,
         Resume::applied, "the new key is gone"},
    Cell{{rotate}, {back}, any_state, {Open::delete_new}, {A, X}, {A, I, E}, any_stranger,
         Resume::not_applied, "the new key is still there"},
    Cell{{rotate}, {back}, any_state, {Open::wake_new}, {A, X}, {A}, any_stranger,
         Resume::applied, "the new key is Active again"},
    Cell{{rotate}, {back}, any_state, {Open::wake_new}, {A, X}, {I, E, X}, any_stranger,
         Resume::not_applied, "the new key is still off"},
    Cell{any_procedure, {back}, any_state, any_open, {X}, {A}, any_stranger,
         Resume::restore_dead_end, "the old key is gone for good; the new one works"},
    Cell{{rotate}, {back}, any_state, any_open, {X}, {I}, any_stranger,
         Resume::locations_dead, "the old key is gone for good; the new one can still be turned on"},
    Cell{any_procedure, {back}, any_state, any_open, {X}, {E, X, none, orphan}, any_stranger,
         Resume::no_key, "the old key is gone for good and no other is Active or can be"},
    Cell{any_procedure, {back}, any_state, any_open, {A}, any_key, any_stranger,
         Resume::go_on, "the old key is Active: the next row upwards"},

    // ---- a create without an outcome
    Cell{{rotate}, {forward}, {planned}, {Open::create}, {A}, any_key, {yes},
         Resume::stranger, "several new keys, or one that does not fit"},
    Cell{{rotate}, {forward}, {planned}, {Open::create}, {A}, {none}, {no},
         Resume::never_made, "no new key appeared within the propagation delay"},
    Cell{{rotate}, {forward}, {planned}, {Open::create}, {A}, {orphan}, {no},
         Resume::orphan, "one new key, made in the window, never used"},

    // ---- what alarms outrank a stranger: consumers may be without a key right now
    Cell{any_procedure, {forward}, any_state, {Open::wake_old}, {A}, any_key, any_stranger,
         Resume::applied, "the old key is Active again"},
    Cell{any_procedure, {forward}, any_state, {Open::wake_old}, {I, E, X}, any_key, any_stranger,
         Resume::not_applied, "the old key is still off"},
    Cell{{rotate}, {forward}, any_state, {Open::wake_new}, any_key, {A}, any_stranger,
         Resume::applied, "the new key is Active again"},
    Cell{{rotate}, {forward}, any_state, {Open::wake_new}, any_key, {I, E, X}, any_stranger,
         Resume::not_applied, "the new key is still off"},
    Cell{{rotate}, {forward}, {deployed, verified}, {nothing}, {I, E}, {I}, any_stranger,
         Resume::locations_dead, "neither key is Active, and locations hold the new one"},
    Cell{{rotate}, {forward}, {created, deployed, verified, deactivated}, any_open, {I}, {I, E, X}, any_stranger,
         Resume::both_off, "neither key is Active: an outage"},
    Cell{{rotate}, {forward}, {created}, any_open, {E, X}, {I}, any_stranger,
         Resume::new_inactive, "principle 1: the old key can't come back; the new one can"},
    Cell{{rotate}, {forward}, {deployed, verified, deactivated}, any_open, {E, X}, {I}, any_stranger,
         Resume::locations_dead, "the old key can't come back; the new one can, and locations hold it"},
    Cell{{rotate}, {forward}, {created, deployed, verified, deactivated}, any_open, {E, X}, {E, X}, any_stranger,
         Resume::no_key, "principle 3: neither key is Active or can be made so"},
    Cell{{rotate}, {forward}, {created}, {nothing, Open::location}, {I, E}, {A}, any_stranger,
         Resume::old_off_early, "locations may still hold the old key, and it is off"},

    // ---- nothing is left to do, whoever else has a key
    Cell{any_procedure, {forward}, {deactivated}, {nothing, Open::delete_old, Open::wake_old}, {X}, {A, none}, any_stranger,
         Resume::finished, "the old key is gone"},

    // ---- a stranger stops every other forward step
    Cell{any_procedure, {forward}, any_state, any_open, any_key, any_key, {yes},
         Resume::stranger, "a key that this rotation neither started with nor made"},

    // ---- planned
    Cell{any_procedure, {forward}, {planned}, {nothing, Open::clean_up}, {A}, {none, orphan}, {no},
         Resume::go_on, "nothing stands against the next step"},
    Cell{{rotate}, {forward}, {planned}, any_open, {I, E, X}, {none, orphan}, {no},
         Resume::old_not_active, "nothing done yet, and the old key is not Active"},
    Cell{{retire}, {forward}, {planned, verified}, {nothing, Open::delete_old}, {I, E, X}, {none}, {no},
         Resume::closed_outside, "someone was faster"},

    // ---- created, deploying
    Cell{{rotate}, {forward}, {created}, {nothing, Open::location}, {A}, {A}, {no},
         Resume::go_on, "both keys work: deploy"},
    Cell{{rotate}, {forward}, {created}, {nothing}, {A}, {I, E}, {no},
         Resume::new_inactive, "the new key was switched off"},
    Cell{{rotate}, {forward}, {created}, {nothing}, {A}, {X}, {no},
         Resume::new_lost, "the new key was deleted"},
    Cell{{rotate}, {forward}, {created}, {Open::location}, {A}, {I, E, X}, {no},
         Resume::locations_dead, "locations may hold a dead key"},
    Cell{{rotate}, {forward}, {created}, {nothing, Open::location}, {X}, {A}, {no},
         Resume::old_gone_early, "the old key is gone: there is no way back"},

    // ---- deployed, verified
    Cell{any_procedure, {forward}, {verified}, {Open::delete_old}, {A}, any_key, {no},
         Resume::not_applied, "the old key was turned on again, and the delete before that never arrived"},
    Cell{{rotate}, {forward}, {deployed, verified}, {nothing}, {A}, {A}, {no},
         Resume::go_on, "both keys work"},
    Cell{{rotate}, {forward}, {deployed, verified}, {nothing, Open::deactivate_old}, {A}, {I, E, X}, {no},
         Resume::locations_dead, "locations hold a dead key"},
    Cell{{rotate}, {forward}, {deployed, verified}, {nothing, Open::delete_old}, {I, E, X}, {A}, {no},
         Resume::closed_outside, "someone was faster, or a delete of ours arrived after the way back had begun"},

    // ---- deactivate
    Cell{{retire}, {forward}, {verified}, {nothing}, {A}, {none}, {no},
         Resume::go_on, "nothing stands against the next step"},
    Cell{any_procedure, {forward}, {verified}, {Open::deactivate_old}, {A}, {A, none}, {no},
         Resume::not_applied, "the old key is still Active"},
    Cell{any_procedure, {forward}, {verified}, {Open::deactivate_old}, {I, E}, {A, none}, {no},
         Resume::applied, "the old key is off"},
    Cell{any_procedure, {forward}, {verified}, {Open::deactivate_old}, {X}, {A, none}, {no},
         Resume::closed_outside, "someone was faster, and went further"},

    // ---- deactivated, delete
    Cell{any_procedure, {forward}, {deactivated}, {nothing}, {I, E}, {A, none}, {no},
         Resume::go_on, "the old key is off and can still come back"},
    Cell{{rotate}, {forward}, {deactivated}, {nothing}, {A}, {I, E, X}, {no},
         Resume::locations_dead, "principle 1: locations hold a dead key; who turned the old one on comes second"},
    Cell{any_procedure, {forward}, {deactivated}, {nothing, Open::delete_old}, {A}, any_key, {no},
         Resume::reactivated_outside, "somebody turned the old key on again, likely in an emergency"},
    Cell{any_procedure, {forward}, {deactivated}, {Open::delete_old}, {I, E}, {A, none}, {no},
         Resume::not_applied, "the old key is still there"},

    // ---- a rollback whose restore was overtaken: somebody deleted the old key meanwhile
    Cell{{rotate}, {forward}, {deployed}, {Open::location}, {X}, {A}, {no},
         Resume::old_gone_early, "principle 2: point the locations at the key that is Active"},
};
// clang-format on

bool state_fits(const Situation& at) {
  if (terminal(at.state)) return false;
  if (at.procedure == Procedure::retire) return at.state == planned || at.state == verified || at.state == deactivated;
  return true;
}

bool keys_fit(const Situation& at) {
  if (at.old_key == Seen::none || at.old_key == Seen::orphan) return false;
  if (at.procedure == Procedure::retire) return at.new_key == Seen::none;
  const bool made = at.new_key != Seen::none && at.new_key != Seen::orphan;
  return (at.state != planned) == made;
}

bool open_fits(const Situation& at) {
  switch (at.open) {
    case Open::nothing: return at.new_key != Seen::orphan || at.state == planned;
    case Open::create:
    case Open::clean_up: return at.procedure == Procedure::rotate && at.state == planned;
    // Written in `created`, restored in `deployed` or `created`. Forward in `deployed` only where the old key was lost
    // while a restore was open.
    case Open::location:
      if (at.procedure != Procedure::rotate) return false;
      if (at.state == created) return true;
      return at.state == deployed && (at.direction == Direction::back || at.old_key == Seen::absent);
    case Open::deactivate_old: return at.state == verified;
    // Also above it: a rollback has turned the key on, and the delete before it is not yet settled.
    case Open::delete_old: return at.state == deactivated || at.state == verified;
    case Open::wake_old: return true;
    case Open::undelete_old: return at.direction == Direction::back && at.state != planned;
    case Open::wake_new: return at.procedure == Procedure::rotate && at.state != planned;
    case Open::deactivate_new:
    case Open::delete_new:
      return at.procedure == Procedure::rotate && at.direction == Direction::back && at.state == created;
  }
  return false;
}

}  // namespace

std::span<const Cell> reconcile_table() { return table; }

const Cell* reconcile(const Situation& situation) {
  const auto found = std::ranges::find_if(table, [&](const Cell& cell) { return cell.matches(situation); });
  return found == table.end() ? nullptr : &*found;
}

bool possible(const Situation& situation) {
  return state_fits(situation) && keys_fit(situation) && open_fits(situation);
}

}  // namespace rotation
