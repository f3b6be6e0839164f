// The machine on one screen: which steps there are, what each does, and how each is undone.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "rotation/words.hpp"

namespace rotation {

using namespace std::string_view_literals;

enum class Procedure : std::uint8_t { rotate, retire };
enum class Step : std::uint8_t { create, deploy, verify, deactivate, delete_key };
enum class State : std::uint8_t {
  planned,
  created,
  deployed,
  verified,
  deactivated,
  completed,
  rolled_back,
  cancelled
};
enum class Direction : std::uint8_t { forward, back };
enum class Effect : std::uint8_t { reads, mutates, destroys };
enum class Undo : std::uint8_t {
  nothing,
  retire_new_key,
  restore_locations,
  reactivate_old_key,
  impossible,
  undelete_old_key  // of a provider with a recycle bin, for a while
};

template <>
struct Words<Procedure> {
  static constexpr std::array all{"rotate"sv, "retire"sv};
};
template <>
struct Words<Step> {
  static constexpr std::array all{"create"sv, "deploy"sv, "verify"sv, "deactivate"sv, "delete"sv};
};
template <>
struct Words<State> {
  static constexpr std::array all{"planned"sv,     "created"sv,   "deployed"sv,    "verified"sv,
                                  "deactivated"sv, "completed"sv, "rolled_back"sv, "cancelled"sv};
};
template <>
struct Words<Direction> {
  static constexpr std::array all{"forward"sv, "back"sv};
};
template <>
struct Words<Effect> {
  static constexpr std::array all{"reads"sv, "mutates"sv, "destroys"sv};
};
template <>
struct Words<Undo> {
  static constexpr std::array all{"nothing"sv,
                                  "deactivate, then delete the new key"sv,
                                  "put back what each location held"sv,
                                  "reactivate the old key"sv,
                                  "impossible"sv,
                                  "bring the old key back from the recycle bin"sv};
};

struct Row {
  Step step;
  State from, to;
  Effect effect;
  Undo undo;
  std::string_view before;  // what must hold before it starts
  std::string_view after;   // what holds once it is done
};

// Read downwards it is a rotation, upwards a rollback. retire is its last three rows, starting at planned.
// clang-format off
inline constexpr std::array rows{
    Row{Step::create, State::planned, State::created, Effect::mutates, Undo::retire_new_key,
        "exactly one key, Active, pinned; identity pinned; sealing key proven; disk has room",
        "a second key is Active, its secret sealed"},
    Row{Step::deploy, State::created, State::deployed, Effect::mutates, Undo::restore_locations,
        "every location holds the old key", "every mandatory location holds the new key"},
    Row{Step::verify, State::deployed, State::verified, Effect::reads, Undo::nothing,
        "-", "consumers use the new key, the old one is quiet"},
    Row{Step::deactivate, State::verified, State::deactivated, Effect::mutates, Undo::reactivate_old_key,
        "fresh evidence, every location holds the new key, consent",
        "old key Inactive, back in one command"},
    Row{Step::delete_key, State::deactivated, State::completed, Effect::destroys, Undo::impossible,
        "grace is over, the old key still Inactive and unused, consent",
        "old key gone; sealed secrets shredded"},
};
// clang-format on

[[nodiscard]] constexpr std::span<const Row> steps_of(Procedure procedure) {
  const std::span<const Row> all{rows};
  return procedure == Procedure::rotate ? all : all.last(3);
}

[[nodiscard]] constexpr const Row& row_of(Step step) { return rows[static_cast<std::size_t>(step)]; }

[[nodiscard]] constexpr bool terminal(State state) {
  return state == State::completed || state == State::rolled_back || state == State::cancelled;
}

// The row's undo at a provider that keeps deleted keys for a while, and at one that does not.
enum class Bin : bool { no, yes };
[[nodiscard]] constexpr Undo undo_of(const Row& row, Bin bin) {
  return bin == Bin::yes && row.undo == Undo::impossible ? Undo::undelete_old_key : row.undo;
}

// The state in which `step` may start: retire enters its first row from planned.
[[nodiscard]] constexpr State starts_from(Procedure procedure, Step step) {
  return steps_of(procedure).front().step == step ? State::planned : row_of(step).from;
}

// The step that comes next going forward from a state that is not terminal.
[[nodiscard]] constexpr const Row* next_row(Procedure procedure, State state) {
  for (const Row& row : steps_of(procedure)) {
    if (starts_from(procedure, row.step) == state) return &row;
  }
  return nullptr;
}

// The last row that still holds: what a rollback undoes first. Null where nothing has been done yet.
[[nodiscard]] constexpr const Row* held_row(Procedure procedure, State state) {
  for (const Row& row : steps_of(procedure)) {
    if (row.to == state) return &row;
  }
  return nullptr;
}

namespace check {
consteval bool one_chain() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].step != static_cast<Step>(i)) return false;
    if (i > 0 && rows[i].from != rows[i - 1].to) return false;
  }
  return rows.front().from == State::planned && rows.back().to == State::completed;
}
consteval bool undo_matches_effect() {
  for (const Row& row : rows) {
    if ((row.effect == Effect::reads) != (row.undo == Undo::nothing)) return false;
    if ((row.effect == Effect::destroys) != (row.undo == Undo::impossible)) return false;
  }
  return true;
}
consteval bool only_the_last_destroys() {
  for (const Row& row : rows) {
    if ((row.effect == Effect::destroys) != (&row == &rows.back())) return false;
  }
  return true;
}
}  // namespace check
static_assert(check::one_chain());
static_assert(check::undo_matches_effect());
static_assert(check::only_the_last_destroys());

}  // namespace rotation
