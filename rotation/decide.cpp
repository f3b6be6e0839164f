#include "rotation/decide.hpp"

#include <algorithm>

#include "rotation/drafts.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

// Reached once nothing stands against the next step; or at once, where this very command took the step.
bool reached(const View& view, const Wishes& wishes) {
  if (!wishes.through || view.direction == Direction::back || view.pending) return false;
  // A place that has joined since is part of the deploy; so is one that failed, where this command names it.
  const auto joined = [&](const LocationView& each) {
    const bool named = wishes.only_location == each.spec.name && each.state == LocationState::failed;
    return named || each.state == LocationState::pending;
  };
  const bool open = view.procedure == Procedure::rotate && std::ranges::any_of(view.locations, joined);
  if (open && *wishes.through >= Step::deploy && view.state < State::deactivated) return false;
  return view.state >= row_of(*wishes.through).to;
}

// A create without an outcome: first what we may already hold, then what the list shows.
Maybe settle_create(Turn& turn) {
  if (turn.open != Open::create) return std::nullopt;
  if (!turn.seen.spill_whole) return Look{.at = At::spill};
  if (*turn.seen.spill_whole) return Adopt{};
  auto candidate = created_candidate(turn.view, turn.seen, turn.now);
  if (auto* action = std::get_if<Action>(&candidate)) return *action;
  turn.candidate = std::get<Candidate>(candidate);
  turn.new_key = turn.candidate.seen;
  return std::nullopt;
}

Maybe see_keys(Turn& turn) {
  auto old_key = trust_old(turn.view, turn.seen, turn.now);
  if (auto* action = std::get_if<Action>(&old_key)) return *action;
  turn.old_key = std::get<Seen>(old_key);
  auto new_key = trust_new(turn.view, turn.seen, turn.now);
  if (auto* action = std::get_if<Action>(&new_key)) return *action;
  turn.new_key = std::get<Seen>(new_key);
  const bool orphan_there = turn.view.orphan && find_key(*done(turn.seen.keys->answer), *turn.view.orphan) != nullptr;
  if (orphan_there) turn.new_key = Seen::orphan;
  return settle_create(turn);
}

// Somebody else has brought the deleted key back, which two trustworthy reads show.
Maybe back_from_the_bin(const Turn& turn) {
  if (!turn.view.old_deleted || turn.view.waking_old || turn.old_key == Seen::absent) return std::nullopt;
  Draft draft = observation("old_key_back", turn.now);
  draft.key = turn.view.old_key;
  return Write{.draft = std::move(draft)};
}

Stranger any_stranger(const Turn& turn) {
  if (turn.open == Open::create) return turn.candidate.stranger;
  // `retire` minds one key of a user who may well have another; nothing of ours could be confused with it.
  if (turn.view.procedure == Procedure::retire) return Stranger::no;
  return strangers(turn.view, *done(turn.seen.keys->answer)).empty() ? Stranger::no : Stranger::yes;
}

}  // namespace

Decision decide(const View& view, const Observations& seen, const Wishes& wishes, const Instant& now) {
  if (!view.open()) return {.action = Closed{}};
  if (reached(view, wishes) && seen.moved && !view.attention) return {.action = Reached{}};
  Turn turn{.view = view, .seen = seen, .wishes = wishes, .now = now, .open = open_of(view), .candidate = {}};
  if (view.direction == Direction::back) {
    if (auto action = wake_first(turn)) return {.action = *action};
    if (wishes.wake_only) return {.action = Reached{}};
  }
  for (const auto& check : {check_identity, check_user, check_keys}) {
    if (auto action = check(turn)) return {.action = *action};
  }
  if (auto action = see_keys(turn)) return {.action = *action};
  if (auto action = back_from_the_bin(turn)) return {.action = *action};
  const Situation at{.procedure = view.procedure,
                     .state = view.state,
                     .direction = view.direction,
                     .open = turn.open,
                     .old_key = turn.old_key,
                     .new_key = turn.new_key,
                     .stranger = any_stranger(turn),
                     .bin = view.provider.undeletes() && !seen.undelete_refused ? Bin::yes : Bin::no};
  const Cell* cell = reconcile(at);
  KEYBATON_ASSERT(cell != nullptr);
  if (cell->resume != Resume::go_on) return {.action = settle(turn, *cell), .at = at, .cell = cell};
  // On the way back a place may be left with the new key that is off: for that one no row of the table speaks.
  const bool wakes_new = view.direction == Direction::back && turn.new_key == Seen::inactive;
  if (!wakes_new && std::ranges::any_of(view.accepted, answers_an_alarm)) {
    return {.action = Write{.draft = observation("alarm_over", now)}, .at = at, .cell = cell};
  }
  if (reached(view, wishes) && wishes.accept.empty() && view.accepted.empty())
    return {.action = Reached{}, .at = at, .cell = cell};
  const bool forward = view.direction == Direction::forward;
  return {.action = forward ? go_forward(turn) : go_back(turn), .at = at, .cell = cell};
}

}  // namespace rotation
