#include <algorithm>
#include <iterator>

#include "rotation/drafts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

Action row_undone(const Turn& turn, Step step) {
  return Write{.draft = moving(row_done(step, Direction::back, turn.now), starts_from(turn.view.procedure, step))};
}

Action close(const Turn& turn, Step step, State state) {
  return Write{.draft = moving(row_done(step, Direction::back, turn.now), state), .shred = true};
}

// ---- restoring the locations -------------------------------------------------------------------------------

Action cannot_restore(const Turn& turn, const LocationView& location, AttentionCode code, const std::string& message) {
  return stop_unless_accepted(turn,
                              attention(turn.view, code, message, {"waive_location:" + location.spec.name.text()}));
}

// The place works with the new key and nobody but a person can give it the old one: he may as well leave it so.
Action no_old_secret(const Turn& turn, const LocationView& location, const std::string& why) {
  const std::string finish = "location_stale:finish";
  const bool can_finish = turn.new_key == Seen::active;
  std::vector<std::string> words;
  if (can_finish) words.push_back(finish);
  // Of the key that signs our own calls a place may be the only holder: given up, there is no way on.
  if (!turn.view.self) words.push_back("waive_location:" + location.spec.name.text());
  Attention stop =
      attention(turn.view, AttentionCode::location_stale,
                "Location " + location.spec.name.text() + " holds the new key, and its old secret " + why +
                    " Put the old pair back there by hand, then resume" +
                    (can_finish ? "; or leave the places with the new key and go forward again, the old key "
                                  "verified anew: " +
                                      resume_command(turn.view) + " --accept " + finish + "."
                                : std::string(".")),
                std::move(words));
  // Given up, the place would go dead with the new key: that is for a person to say, not for a hint. And going on was
  // tried once where it led back here.
  if (!can_finish || turn.view.once_finished) stop.hint = resume_command(turn.view);
  return stop_unless_accepted(turn, std::move(stop));
}

// A key that was only just turned on may still be refused. As long as the new key works its holders keep it, so that
// nobody is handed one that does not.
Maybe until_old_key_is_known(const Turn& turn) {
  if (turn.new_key != Seen::active || !turn.view.old_touched) return std::nullopt;
  const Millis left = spacing(turn.view).settle - elapsed(*turn.view.old_touched, turn.now);
  if (left <= Millis{0}) return std::nullopt;
  return Pause{.span = left, .what = "until the cloud knows the old key everywhere again"};
}

// He is asked for it after everything else: `waits_for_a_person`.
Maybe undone_by_a_person(const Turn& turn, const LocationView& location) {
  if (location.state == LocationState::restored || location.state == LocationState::manual) return std::nullopt;
  return Write{.draft = location_seen(location, location.holds, LocationState::manual, turn.now)};
}

Maybe restore_one(const Turn& turn, const LocationView& location) {
  if (auto action = look_at(turn, location)) return action;
  const LocationLook& look = look_of(turn, location);
  const auto holds = held_by(turn, location);
  if (turn.view.pending) return settle_write(turn, location);
  if (look.custody == Custody::by_hand) return undone_by_a_person(turn, location);
  const std::string name = location.spec.name.text();
  const bool proposed_old = look.proposed && look.proposed->id == turn.view.old_key;
  if (holds == turn.view.new_key && proposed_old && turn.new_key == Seen::inactive) {
    return offer_wake(turn, AttentionCode::new_inactive,
                      "Location " + name + " holds the new key, which is Inactive, until a review is over (" +
                          look.proposed->where + "): whoever reads it there is down until then.",
                      "new_inactive:reactivate", *turn.view.new_key);
  }
  if (holds == turn.view.new_key && proposed_old) {
    if (location.state == LocationState::proposed) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::proposed, turn.now)};
  }
  const bool proposed_new = look.proposed && look.proposed->id == turn.view.new_key;
  const bool back_already = holds_pair(turn, location, turn.view.old_key) && !location.in_doubt;
  if (back_already && !look.unfinished && !proposed_new) {
    if (location.state == LocationState::restored) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::restored, turn.now)};
  }
  if (auto stop = written_since(turn, location)) return stop;
  if (location.holds != holds) return Write{.draft = location_seen(location, holds, location.state, turn.now)};
  if (!holds) {
    return cannot_restore(
        turn, location, AttentionCode::location_missing,
        "Location " + name + " holds no key any more, so there is nothing to put the old one in place of.");
  }
  const bool ours = look.half || location.in_doubt || back_already || holds_pair(turn, location, *turn.view.new_key);
  if (!ours) {
    return cannot_restore(turn, location, AttentionCode::conflict,
                          "Location " + name + " holds " + held_words(turn, location) +
                              ", which is neither the new pair nor the old one. Nothing was written to it.");
  }
  if (turn.view.old_secret_of(location) == nullptr) {
    return no_old_secret(turn, location, "is not sealed here.");
  }
  if (turn.seen.cannot_unseal) {
    Action stop = no_old_secret(
        turn, location, "cannot be opened: " + *turn.seen.cannot_unseal + " Bring the sealing key back and resume.");
    if (auto* shown = std::get_if<StopFor>(&stop)) shown->ending = Ending::storage;
    return stop;
  }
  if (auto pause = until_old_key_is_known(turn)) return pause;
  if (auto consent = given_up(turn, location)) return consent;
  return Perform{.op = Op::restore_location,
                 .step = Step::deploy,
                 .direction = Direction::back,
                 .key = turn.view.old_key,
                 .location = location.spec.name};
}

Maybe restore_all(const Turn& turn) {
  for (const LocationView& location : turn.view.locations) {
    if (!location.ever_written) continue;
    // An interrupted write is settled before another one begins.
    if (turn.view.pending && turn.view.pending->location != location.spec.name) continue;
    if (waived(location) && !turn.view.pending) {
      if (auto look = look_first(turn, location)) return look;
      if (covered_by_waiver(turn, location, *turn.view.new_key)) continue;
    }
    if (auto action = restore_one(turn, location)) return action;
  }
  if (auto stop = waits_for_a_person(turn)) return stop;
  return waits_for_a_review(turn);
}

// Invariant 2, for the key that goes on the way back: not only the places that we wrote may hold it by now.
Maybe no_location_holds_new(const Turn& turn) {
  if (!ever_deployed(turn.view)) return std::nullopt;
  for (const LocationView& location : turn.view.locations) {
    if (auto look = look_first(turn, location)) return look;
    if (covered_by_waiver(turn, location, *turn.view.new_key)) continue;
    if (auto action = look_at(turn, location)) return action;
    if (auto stop = written_since(turn, location)) return stop;
    const auto holds = held_by(turn, location);
    if (holds != turn.view.new_key) continue;
    return Write{.draft = location_seen(location, holds, location.state, turn.now)};  // and then it is restored
  }
  return std::nullopt;
}

// ---- retiring the new key ----------------------------------------------------------------------------------

Maybe wait_until_quiet(const Turn& turn) {
  const View& view = turn.view;
  if (!ever_deployed(view)) return std::nullopt;
  if (auto look = sample(turn, *view.new_key, spacing(view).check)) return look;
  if (auto write = override_wish(turn)) return write;
  const Assessment found = assess_new_key_gone(view, turn.now);
  if (found.enough || turn.wishes.override_reason) return std::nullopt;
  // Who still uses it? Perhaps a place that somebody else has put it into: no wait would end that.
  if (auto action = no_location_holds_new(turn)) return action;
  if (give_up_waiting(turn, found)) return not_enough(turn, found);
  const Millis check = std::max(spacing(view).check, Millis{view.provider.loopback ? 200 : 1000});
  const Millis left = found.left > Millis{0} ? found.left : check;
  return Sit{.step = Step::create, .left = left, .look_again = std::min(left, check), .what = found.says};
}

Action deactivate_new(const Turn& turn) {
  const View& view = turn.view;
  if (auto wait = wait_until_quiet(turn)) return *wait;
  if (ever_deployed(view)) {
    if (auto look = sample_now(turn, *view.new_key)) return *look;
  }
  if (auto action = no_location_holds_new(turn)) return *action;
  std::vector<std::string> because{
      ever_deployed(view) ? assess_new_key_gone(view, turn.now).says : "it was never deployed",
      "the old key is Active"};
  std::ranges::move(left_with(view, *view.new_key), std::back_inserter(because));
  if (auto question = ask(turn, Step::create, Direction::back, Op::deactivate_key, *view.new_key,
                          "deactivate the new key " + view.new_key->text(), std::move(because))) {
    return *question;
  }
  return Perform{.op = Op::deactivate_key,
                 .step = Step::create,
                 .direction = Direction::back,
                 .key = *view.new_key,
                 .location = {}};
}

// The grace of a new key that somebody may have come to use; none for one that nobody ever got.
Maybe new_key_grace(const Turn& turn) {
  const View& view = turn.view;
  if (!ever_deployed(view) || !view.new_deactivated_at) return std::nullopt;
  const Millis left = Millis{view.policy.grace} - elapsed(*view.new_deactivated_at, turn.now);
  if (left > Millis{0}) {
    const Millis check = std::max(spacing(view).check, Millis{1000});
    return Sit{.step = Step::create,
               .left = left,
               .look_again = std::min(left, check),
               .what = "the new key stays Inactive for a grace of " + about(view.policy.grace) + " before the delete"};
  }
  if (auto look = sample_now(turn, *view.new_key)) return look;
  return tried_since_off(turn, *view.new_key, view.new_used_at_deactivate,
                         resume_command(view) + " --accept check_failed:ignore");
}

Action delete_new(const Turn& turn) {
  const View& view = turn.view;
  // Somebody else switched it off: the grace starts when we first see it.
  if (ever_deployed(view) && !view.new_deactivated_at) {
    if (auto look = sample_now(turn, *view.new_key)) return *look;
    Draft draft = row_done(Step::create, Direction::back, turn.now);
    draft.key = view.new_key;
    draft.detail["op"] = word(Op::deactivate_key);
    draft.detail["outside"] = "yes";
    put_last_use(draft, view, *view.new_key);
    return Write{.draft = std::move(draft)};
  }
  if (auto wait = new_key_grace(turn)) return *wait;
  if (auto action = no_location_holds_new(turn)) return *action;
  if (auto question =
          ask(turn, Step::create, Direction::back, Op::delete_key, *view.new_key,
              "delete the new key " + view.new_key->text(),
              {ever_deployed(view) ? "the old key is Active and back in its places" : "it was never deployed",
               view.provider.undeletes() ? "it goes into the recycle bin" : "after this it cannot come back"})) {
    return *question;
  }
  return Perform{
      .op = Op::delete_key, .step = Step::create, .direction = Direction::back, .key = *view.new_key, .location = {}};
}

Action undo_create(const Turn& turn) {
  const View& view = turn.view;
  if (auto action = restore_all(turn)) return *action;
  if (ever_deployed(view) && !view.restored_at) return Write{.draft = observation("restored", turn.now)};
  switch (turn.new_key) {
    case Seen::active: return deactivate_new(turn);
    case Seen::inactive:
    case Seen::unusable: return delete_new(turn);
    case Seen::absent:
    case Seen::none:
    case Seen::orphan: return close(turn, Step::create, State::rolled_back);
  }
  return Closed{};
}

Action cancel(const Turn& turn) {
  if (turn.view.orphan || turn.open == Open::clean_up) return clean_orphan(turn);
  const Step first = steps_of(turn.view.procedure).front().step;
  // A rotation that made no key was cancelled; a retire that had switched its key off was rolled back.
  const bool rolled_back = turn.view.procedure == Procedure::retire && turn.view.old_touched;
  return close(turn, first, rolled_back ? State::rolled_back : State::cancelled);
}

}  // namespace

Action go_back(const Turn& turn) {
  const Row* row = held_row(turn.view.procedure, turn.view.state);
  if (row == nullptr) return cancel(turn);
  switch (row->step) {
    case Step::create: return undo_create(turn);
    case Step::deploy:
      if (auto action = restore_all(turn)) return *action;
      return row_undone(turn, Step::deploy);
    case Step::verify: return row_undone(turn, Step::verify);
    case Step::deactivate: return row_undone(turn, Step::deactivate);
    case Step::delete_key: return Closed{};
  }
  return Closed{};
}

}  // namespace rotation
