#include <algorithm>
#include <iterator>

#include "rotation/drafts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

// ---- create ------------------------------------------------------------------------------------------------

Action create(const Turn& turn) {
  if (turn.view.orphan) return clean_orphan(turn);
  if (turn.seen.keys_run.size() < 2) return Look{.at = At::keys};  // two equal lists
  if (auto question = ask(turn, Step::create, Direction::forward, Op::create_key, turn.view.old_key,
                          "create a second access key for " + target_words(turn.view.target),
                          {"one key is there, " + turn.view.old_key.text() + ", Active"})) {
    return *question;
  }
  return Perform{
      .op = Op::create_key, .step = Step::create, .direction = Direction::forward, .key = {}, .location = {}};
}

// ---- verify ------------------------------------------------------------------------------------------------

Draft verified(const Turn& turn, const Assessment& found) {
  Draft draft = moving(row_done(Step::verify, Direction::forward, turn.now), State::verified);
  if (found.verdict) draft.detail["verdict"] = word(*found.verdict);
  draft.detail["evidence"] = found.says;
  if (!found.enough && turn.view.override_reason) draft.detail["override"] = *turn.view.override_reason;
  put_last_use(draft, turn.view, turn.view.old_key);
  return draft;
}

// An override counts for the command that gives it, and for what it has led to.
bool overridden(const Turn& turn) { return turn.wishes.override_reason && turn.view.override_reason; }

// The word that passed verify stands for as long as evidence would, and falls with the next use of the old key.
bool word_stands(const Turn& turn) {
  const View& view = turn.view;
  if (!view.verified_by_word || !view.verified_at) return false;
  if (elapsed(*view.verified_at, turn.now) > evidence_life) return false;
  const Sample* latest = latest_sample(view, view.old_key);
  return latest != nullptr && latest->known && latest->used.at == view.old_used_at_verify;
}

Millis sample_spacing(const Turn& turn) {
  const Spacing gaps = spacing(turn.view);
  return turn.view.self ? gaps.own_check : gaps.check;
}

// It held a key of ours when it was last there. A mount that is away looks like that, and comes back.
Maybe vanished(const Turn& turn, const LocationView& location) {
  const bool gone = !held_by(turn, location) && look_of(turn, location).custody == Custody::open;
  if (!gone || !location.last_key || turn.view.procedure == Procedure::retire) return std::nullopt;
  return stop_unless_accepted(
      turn,
      attention_with_hint(AttentionCode::location_missing,
                          "Location " + location.spec.name.text() + " held " + location.last_key->text() +
                              " when it was last seen, and is not there now. If it only is away, bring it back; if "
                              "it is gone for good, say so.",
                          rollback_command(turn.view), {"waive_location:" + location.spec.name.text()}));
}

// Fresh reads of every location: none holds the key that goes.
Maybe no_location_holds_old(const Turn& turn) {
  const bool off = turn.view.state == State::deactivated;
  for (const LocationView& location : turn.view.locations) {
    if (waived(location)) {
      if (auto look = look_first(turn, location)) return look;
      if (covered_by_waiver(turn, location, turn.view.old_key)) continue;
    }
    if (auto action = look_at(turn, location)) return action;
    if (auto stop = written_since(turn, location)) return stop;
    const auto holds = held_by(turn, location);
    if (auto stop = vanished(turn, location)) return stop;
    const LocationLook& look = look_of(turn, location);
    const bool to_go_back = proposes_old(look, turn.view);
    if (holds != turn.view.old_key && !to_go_back) continue;
    if (location.holds != holds) return Write{.draft = location_seen(location, holds, location.state, turn.now)};
    if (holds != turn.view.old_key) {
      return stop_unless_accepted(
          turn, attention_with_hint(AttentionCode::drift,
                                    "Location " + location.spec.name.text() +
                                        " has a change under review that puts the old key back (" +
                                        look.proposed->where + "): close it, or go back.",
                                    rollback_command(turn.view), {"waive_location:" + location.spec.name.text()}));
    }
    return stop_unless_accepted(
        turn, attention_with_hint(AttentionCode::drift,
                                  "Location " + location.spec.name.text() + " holds the old key" +
                                      (off ? ", which is Inactive: whoever reads it there is down. To bring the old "
                                             "key back: " +
                                                 rollback_command(turn.view) +
                                                 ". To delete it all the same, leave the place to its fate."
                                           : ": somebody still needs it."),
                                  rollback_command(turn.view), {"waive_location:" + location.spec.name.text()}));
  }
  return std::nullopt;
}

// Fresh reads of each mandatory location: all hold the new key, or something drifted.
Maybe locations_hold_new(const Turn& turn) {
  for (const LocationView& location : turn.view.locations) {
    if (!mandatory(location)) continue;
    if (auto action = look_at(turn, location)) return action;
    if (auto stop = written_since(turn, location)) return stop;
    const auto& proposed = look_of(turn, location).proposed;
    const bool to_go_back = proposes_old(look_of(turn, location), turn.view);
    if (holds_pair(turn, location, *turn.view.new_key) && !to_go_back) continue;
    const auto holds = held_by(turn, location);
    if (location.holds != holds) return Write{.draft = location_seen(location, holds, location.state, turn.now)};
    if (accepted(turn, "drift:deploy")) {
      if (location.state != LocationState::pending) {
        return Write{.draft = location_seen(location, holds, LocationState::pending, turn.now)};
      }
      // From deployed, verify itself turns to what is pending.
      if (turn.view.state == State::deployed) return std::nullopt;
      return Write{.draft = moving(row_done(Step::verify, Direction::back, turn.now), State::deployed)};
    }
    return stop_unless_accepted(
        turn, attention(turn.view, AttentionCode::drift,
                        "Location " + location.spec.name.text() +
                            (to_go_back ? " has a change under review that puts the old key back: " + proposed->where
                                        : " no longer holds the new key but " + held_words(turn, location)) +
                            ".",
                        {"drift:deploy", "waive_location:" + location.spec.name.text()}));
  }
  return std::nullopt;
}

Action verify(const Turn& turn) {
  const View& view = turn.view;
  if (view.procedure == Procedure::rotate && drifted(turn)) {
    return Write{.draft = moving(row_done(Step::deploy, Direction::back, turn.now), State::created)};
  }
  // The new key first: our own reads of it must not hide what others did before them.
  if (view.new_key) {
    if (auto look = sample(turn, *view.new_key, sample_spacing(turn))) return *look;
  }
  if (auto look = sample(turn, view.old_key, spacing(view).check)) return *look;
  if (auto write = override_wish(turn)) return *write;
  const Assessment found = assess(view, turn.now);
  if (found.enough || overridden(turn)) return Write{.draft = verified(turn, found)};
  // Who still uses the old key? Perhaps a place that somebody has put it back into.
  if (found.verdict == Verdict::old_still_used) {
    const bool rotates = view.procedure == Procedure::rotate;
    if (auto action = rotates ? locations_hold_new(turn) : no_location_holds_old(turn)) return *action;
  }
  if (give_up_waiting(turn, found)) return not_enough(turn, found);
  const Millis check = std::max<Millis>(sample_spacing(turn), Millis{view.provider.loopback ? 200 : 1000});
  const Millis left = found.left > Millis{0} ? found.left : check;
  // The place that was forgotten may be on this machine; once it is in the config it can join.
  const bool forgotten = found.verdict == Verdict::old_still_used && view.procedure == Procedure::rotate;
  const std::string where = "; keybaton find " + view.old_key.text() + " looks for where it still stands";
  return Sit{.step = Step::verify,
             .left = left,
             .look_again = std::min(left, check),
             .what = found.says + (forgotten ? where : std::string())};
}

// ---- deactivate --------------------------------------------------------------------------------------------

// Before the first act the key's owner is told, and has the time that was promised him.
Maybe owner_first(const Turn& turn, Step step) {
  const View& view = turn.view;
  if (!view.batch || view.batch->warn_before == Seconds{0}) return std::nullopt;
  const std::string owner = view.batch->owner;
  if (!view.warned_at) {
    return GiveUp{.ending = Ending::waiting,
                  .problem = {.message = "The owner of " + view.old_key.text() + ", " + owner +
                                         ", has not been told yet that it is to go.",
                              .keys = keys_now(view),
                              .hint = clean_command(view)}};
  }
  const Millis left = Millis{view.batch->warn_before} - elapsed(*view.warned_at, turn.now);
  if (left <= Millis{0}) return std::nullopt;
  return Sit{.step = step,
             .left = left,
             .look_again = left,
             .what = owner + " was told, and has " + about(view.batch->warn_before) + " to object"};
}

std::vector<std::string> why_now(const View& view, const Assessment& found) {
  std::vector<std::string> because{found.says};
  if (std::string roll = roll_words(view); !roll.empty()) because.push_back(std::move(roll));
  std::ranges::move(left_with(view, view.old_key), std::back_inserter(because));
  because.push_back(found.enough ? "this can be undone by one rollback until the delete"
                                 : "on your word: " + view.override_reason.value_or(""));
  return because;
}

Action deactivate(const Turn& turn) {
  const View& view = turn.view;
  if (auto wait = owner_first(turn, Step::deactivate)) return *wait;
  if (auto look = sample_now(turn, view.old_key)) return *look;
  if (auto write = override_wish(turn)) return *write;
  const Assessment found = assess(view, turn.now);
  const bool proven = found.enough || word_stands(turn) || overridden(turn);
  if (!proven) {
    const State back_to = starts_from(view.procedure, Step::verify);
    return Write{.draft = moving(row_done(Step::verify, Direction::back, turn.now), back_to)};
  }
  const bool rotates = view.procedure == Procedure::rotate;
  if (rotates && drifted(turn)) {  // a place has joined since
    return Write{.draft = moving(row_done(Step::verify, Direction::back, turn.now), State::deployed)};
  }
  if (auto action = rotates ? locations_hold_new(turn) : no_location_holds_old(turn)) return *action;
  if (auto question = ask(turn, Step::deactivate, Direction::forward, Op::deactivate_key, view.old_key,
                          "deactivate " + old_key_words(view), why_now(view, found))) {
    return *question;
  }
  return Perform{.op = Op::deactivate_key,
                 .step = Step::deactivate,
                 .direction = Direction::forward,
                 .key = view.old_key,
                 .location = {}};
}

// ---- delete ------------------------------------------------------------------------------------------------

std::string after_the_delete(const View& view) {
  if (!view.provider.undeletes()) return "after this there is no way back";
  return "for " + about(view.provider.undelete_for) + " after this a rollback can bring it back from the recycle bin";
}

Action delete_old(const Turn& turn) {
  const View& view = turn.view;
  if (auto look = sample(turn, view.old_key, spacing(view).check)) return *look;
  if (auto stop = tried_since_off(turn, view.old_key, view.old_used_at_deactivate, rollback_command(view)))
    return *stop;
  if (auto wait = owner_first(turn, Step::delete_key)) return *wait;
  const Millis left = Millis{view.policy.grace} - elapsed(*view.deactivated_at, turn.now);
  if (left > Millis{0}) {
    const Millis check = std::max(spacing(view).check, Millis{1000});
    return Sit{.step = Step::delete_key,
               .left = left,
               .look_again = std::min(left, check),
               .what = std::string(view.procedure == Procedure::retire ? "the key" : "the old key") +
                       " stays Inactive for a grace of " + about(view.policy.grace) + " before the delete"};
  }
  if (auto look = sample_now(turn, view.old_key)) return *look;
  if (auto action = no_location_holds_old(turn)) return *action;
  std::vector<std::string> because{"Inactive since " + rfc3339(view.deactivated_at->wall) + ", not tried since"};
  std::ranges::move(left_with(view, view.old_key), std::back_inserter(because));
  because.push_back(after_the_delete(view));
  if (auto question =
          ask(turn, Step::delete_key, Direction::forward, Op::delete_key, view.old_key,
              "delete " + old_key_words(view) + (view.provider.undeletes() ? "" : " for good"), std::move(because))) {
    return *question;
  }
  return Perform{.op = Op::delete_key,
                 .step = Step::delete_key,
                 .direction = Direction::forward,
                 .key = view.old_key,
                 .location = {}};
}

}  // namespace

Action go_forward(const Turn& turn) {
  if (turn.open == Open::clean_up) return clean_orphan(turn);
  const Row* row = next_row(turn.view.procedure, turn.view.state);
  KEYBATON_ASSERT(row != nullptr);
  switch (row->step) {
    case Step::create: return create(turn);
    case Step::deploy: return deploy(turn);
    case Step::verify: return verify(turn);
    case Step::deactivate: return deactivate(turn);
    case Step::delete_key: return delete_old(turn);
  }
  return Closed{};
}

}  // namespace rotation
