#include <algorithm>

#include "rotation/drafts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

Perform wake(const Turn& turn, const AccessKeyId& key) {
  const bool old_key = key == turn.view.old_key;
  return {.op = Op::activate_key,
          .step = old_key ? Step::deactivate : Step::create,
          .direction = old_key ? Direction::back : Direction::forward,
          .key = key,
          .location = {}};
}

// The first word, once accepted, turns a key on; anything else stops.
const Pending& open_intent(const Turn& turn) {
  const Pending* waking = turn.view.waking();
  return waking != nullptr ? *waking : *turn.view.pending;
}

Action applied(const Turn& turn) {
  Draft draft = outcome(open_intent(turn), Outcome::done, turn.now);
  draft.detail["settled"] = "by reading";
  switch (turn.open) {
    case Open::deactivate_old:
      put_last_use(draft, turn.view, turn.view.old_key);
      return Write{.draft = moving(std::move(draft), State::deactivated)};
    case Open::undelete_old: return Write{.draft = std::move(draft)};
    case Open::wake_old:
      if (turn.view.state != State::deactivated) return Write{.draft = std::move(draft)};
      return Write{.draft = moving(std::move(draft), State::verified)};
    case Open::delete_new: return Write{.draft = moving(std::move(draft), State::rolled_back), .shred = true};
    case Open::delete_old:
      // Going back it is no end: what comes next undoes it.
      if (turn.view.direction == Direction::back) return Write{.draft = std::move(draft)};
      return Write{.draft = moving(std::move(draft), State::completed), .shred = true};
    case Open::nothing:
    case Open::create:
    case Open::location:
    case Open::wake_new:
    case Open::clean_up: return Write{.draft = std::move(draft)};
    case Open::deactivate_new:
      put_last_use(draft, turn.view, *turn.view.new_key);
      return Write{.draft = std::move(draft)};
  }
  return Closed{};
}

Action not_applied(const Turn& turn) {
  Draft draft = outcome(open_intent(turn), Outcome::not_done, turn.now);
  draft.detail["settled"] = "by reading";
  return Write{.draft = std::move(draft)};
}

Action orphan_found(const Turn& turn) {
  Draft draft = outcome(*turn.view.pending, Outcome::half_done, turn.now);
  draft.key = turn.candidate.key->id;
  draft.detail["why"] = "the key was made, its secret never arrived";
  return Write{.draft = std::move(draft)};
}

Action stranger_found(const Turn& turn) {
  std::string ids;
  if (turn.open == Open::create) {
    const AccessKeyId id = turn.candidate.key->id;
    const std::string accept_word = "stranger:" + id.text();
    if (accepted(turn, accept_word)) {
      Draft draft = outcome(*turn.view.pending, Outcome::not_done, turn.now);
      draft.detail["foreign"] = id.text();
      return Write{.draft = std::move(draft)};
    }
    return stop_unless_accepted(
        turn, attention(turn.view, AttentionCode::stranger,
                        "A create of ours has no known outcome, and key " + id.text() +
                            " appeared that does not fit it: it was used, or made at another time, or is not the only "
                            "one. keybaton touches none of them. If it is surely somebody else's, say so.",
                        {accept_word}));
  }
  for (const AccessKey& key : strangers(turn.view, *done(turn.seen.keys->answer))) {
    ids += (ids.empty() ? "" : ", ") + key.id.text();
  }
  const bool can_go_back = turn.old_key == Seen::active || turn.view.state == State::planned;
  return StopFor{attention_with_hint(AttentionCode::stranger,
                                     "User " + turn.view.target.user.text() +
                                         " has a key that this rotation neither "
                                         "started with nor made: " +
                                         ids + ". Find out whose it is and remove it, then run: " +
                                         resume_command(turn.view) + (can_go_back ? "; or go back." : "."),
                                     can_go_back ? rollback_command(turn.view) : resume_command(turn.view))};
}

Action new_lost(const Turn& turn) {
  const std::string accept_word = "lost_new_key:again";
  if (accepted(turn, accept_word)) {
    Draft draft = row_done(Step::create, Direction::back, turn.now);
    draft.key = turn.view.new_key;
    return Write{.draft = moving(std::move(draft), State::planned), .shred = true};
  }
  return stop_unless_accepted(turn, attention(turn.view, AttentionCode::lost_new_key,
                                              "The new key " + turn.view.new_key->text() +
                                                  " was deleted by somebody before it was deployed. Nothing holds it.",
                                              {accept_word}));
}

// Locations hold a key that no longer works, while the old one does.
Action locations_dead(const Turn& turn) {
  const std::string new_key = turn.view.new_key->text();
  if (turn.new_key != Seen::inactive) {
    const bool gone = turn.new_key == Seen::absent;
    return StopFor{attention_with_hint(gone ? AttentionCode::lost_new_key : AttentionCode::new_inactive,
                                       "Locations hold the new key " + new_key + ", which " +
                                           (gone ? "somebody deleted" : "can't be made Active") +
                                           ": consumers are failing. The old key is Active: put it back at once.",
                                       rollback_command(turn.view))};
  }
  return offer_wake(turn, AttentionCode::new_inactive,
                    "Locations hold the new key " + new_key + ", which somebody switched off: consumers are failing.",
                    "new_inactive:reactivate", *turn.view.new_key);
}

Action old_off_early(const Turn& turn) {
  if (accepted(turn, "old_inactive:finish")) {
    if (turn.view.state == State::created) return deploy(turn);
  }
  const std::string old_key = turn.view.old_key.text();
  if (turn.old_key == Seen::unusable) {
    return stop_unless_accepted(turn,
                                attention(turn.view, AttentionCode::old_inactive,
                                          "The old key " + old_key +
                                              " has become unusable and can't be made "
                                              "Active again; locations that still hold it are failing. The new key "
                                              "works: finish its deploy.",
                                          {"old_inactive:finish"}));
  }
  return offer_wake(turn, AttentionCode::old_inactive,
                    "The old key " + old_key +
                        " is not Active although this rotation has not deactivated it; locations "
                        "that still hold it are failing. Turn it on again, or finish the deploy of the new key.",
                    "old_inactive:reactivate", turn.view.old_key, {"old_inactive:finish"});
}

Action deploy_again(const Turn& turn) {
  return Write{.draft = moving(row_done(Step::deploy, Direction::back, turn.now), State::created)};
}

Action old_gone_early(const Turn& turn) {
  if (accepted(turn, "closed_outside:finish")) {
    if (turn.view.state == State::created) return deploy(turn);
    if (turn.view.state == State::deployed) return deploy_again(turn);  // a rollback had begun to restore locations
  }
  return stop_unless_accepted(turn, attention(turn.view, AttentionCode::closed_outside,
                                              "The old key " + turn.view.old_key.text() +
                                                  " was deleted by somebody: "
                                                  "there is no way back. The new key works; finish its deploy.",
                                              {"closed_outside:finish"}));
}

// Invariant 9 holds for what somebody else did, too: rotate wants the new key used, retire wants the old one quiet
// (which a key that is gone cannot show any more).
Maybe evidence_for_outside(const Turn& turn) {
  const View& view = turn.view;
  const bool rotates = view.procedure == Procedure::rotate;
  if (view.state != (rotates ? State::deployed : State::planned) || turn.wishes.override_reason) return std::nullopt;
  if (!rotates && turn.old_key == Seen::absent) return std::nullopt;
  const Millis check = std::max(spacing(view).check, Millis{1000});
  if (auto look = sample(turn, rotates ? *view.new_key : view.old_key, spacing(view).check)) return *look;
  if (rotates && new_key_used(view)) return std::nullopt;
  const Assessment found = rotates ? Assessment{.verdict = Verdict::new_idle,
                                                .stuck = true,
                                                .left = check,
                                                .says = "nobody has used the new key yet" + how_to_use(view)}
                                   : assess(view, turn.now);
  if (found.enough) return std::nullopt;
  if (give_up_waiting(turn, found)) return not_enough(turn, found);
  const Millis left = found.left > Millis{0} ? found.left : check;
  return Sit{.step = Step::verify, .left = left, .look_again = std::min(left, check), .what = found.says};
}

// Since when it is surely off, as the start tells it: unless it was tried since, which somebody has to look at.
std::optional<Time> off_since(const View& view) {
  if (!view.batch || !view.batch->off_since) return std::nullopt;
  const Sample* latest = latest_sample(view, view.old_key);
  if (latest == nullptr || !latest->known) return std::nullopt;
  if (latest->used.at && *latest->used.at > *view.batch->off_since) return std::nullopt;
  return view.batch->off_since;
}

// After the evidence: walk the rows that somebody else has already made true.
Action closed_outside(const Turn& turn) {
  const View& view = turn.view;
  const std::string accept_word = "closed_outside:accept";
  const bool gone = turn.old_key == Seen::absent;
  // A rollback had begun to restore: who holds the old key again is given the new one first.
  if (view.state == State::deployed && drifted(turn)) return deploy_again(turn);
  if (!accepted(turn, accept_word)) {
    return stop_unless_accepted(
        turn, attention(view, AttentionCode::closed_outside,
                        "The old key " + view.old_key.text() + (gone ? " was deleted" : " was switched off") +
                            " by somebody else. Accept it as this rotation's own " + (gone ? "delete" : "deactivate") +
                            (gone ? "." : ", or turn back with: " + rollback_command(view) + "."),
                        {accept_word}));
  }
  if (view.pending) {
    const bool happened = view.pending->op == Op::delete_key && gone;
    Draft draft = outcome(*view.pending, happened ? Outcome::done : Outcome::not_done, turn.now);
    draft.detail["settled"] = "by reading";
    return Write{.draft = std::move(draft)};
  }
  if (auto action = evidence_for_outside(turn)) return *action;
  const bool verified = view.state == State::verified;
  if (verified && !turn.seen.sampled.contains(view.old_key)) return Look{.at = At::last_used, .key = view.old_key};
  const Step step = verified ? Step::deactivate : Step::verify;
  Draft draft = row_done(step, Direction::forward, turn.now);
  draft.detail["outside"] = "yes";
  if (verified) {
    draft.key = view.old_key;
    draft.detail["op"] = word(Op::deactivate_key);
  }
  if (verified) put_last_use(draft, view, view.old_key);
  if (const auto since = verified && !gone ? off_since(view) : std::nullopt) {
    // So long as it was off by now; from here on both clocks count, and no jump of one shortens what is left.
    put(draft.detail, earlier(turn.now, std::max(turn.now.wall - *since, Seconds{0})));
    draft.detail["off_by"] = view.batch->off_by;
  }
  return Write{.draft = moving(std::move(draft), row_of(step).to)};
}

Action both_off(const Turn& turn) {
  const std::string text = turn.view.procedure == Procedure::retire || !turn.view.new_key
                               ? "The key " + turn.view.old_key.text() + " is not Active."
                               : "Neither the old nor the new key is Active: consumers are failing.";
  if (turn.view.procedure == Procedure::retire || turn.new_key == Seen::active) {
    return offer_wake(turn, AttentionCode::old_inactive, text, "old_inactive:reactivate", turn.view.old_key);
  }
  return offer_wake(turn, AttentionCode::both_inactive, text, "both_inactive:reactivate", turn.view.old_key);
}

// Somebody turned the old key on, likely in an emergency: it is never switched off again alone.
Action reactivated_outside(const Turn& turn) {
  const View& view = turn.view;
  if (view.pending) return not_applied(turn);
  if (accepted(turn, "reactivated_outside:verify")) {
    Draft draft = row_done(Step::deactivate, Direction::back, turn.now);
    draft.key = view.old_key;
    draft.detail["op"] = word(Op::activate_key);
    draft.detail["outside"] = "yes";
    return Write{.draft = moving(std::move(draft), State::verified)};
  }
  return stop_unless_accepted(turn,
                              attention_with_hint(AttentionCode::reactivated_outside,
                                                  "Somebody turned the old key " + view.old_key.text() +
                                                      " on again, likely in an "
                                                      "emergency. Go back, or - once it is over - verify anew with: " +
                                                      resume_command(view) + " --accept reactivated_outside:verify.",
                                                  rollback_command(view), {"reactivated_outside:verify"}));
}

Action finished(const Turn& turn) {
  Draft draft = turn.view.pending && turn.view.pending->op == Op::delete_key
                    ? outcome(*turn.view.pending, Outcome::done, turn.now)
                    : row_done(Step::delete_key, Direction::forward, turn.now);
  draft.detail["settled"] = "by reading";
  return Write{.draft = moving(std::move(draft), State::completed), .shred = true};
}

Action restore_dead_end(const Turn& turn) {
  return stop_unless_accepted(turn, attention(turn.view, AttentionCode::closed_outside,
                                              "The old key " + turn.view.old_key.text() +
                                                  " is gone for good, so there "
                                                  "is nothing to go back to. The new key works: go on with it.",
                                              {"closed_outside:finish"}));
}

// As it was found, which a look has just shown.
Action leave_off(const Turn& turn) {
  if (turn.view.pending) return not_applied(turn);
  Draft draft = row_done(held_row(turn.view.procedure, turn.view.state)->step, Direction::back, turn.now);
  draft.detail["why"] = "the key was off before this rotation, and stays so";
  return Write{.draft = moving(std::move(draft), State::rolled_back), .shred = true};
}

Action reactivate_old(const Turn& turn) {
  if (stays_off(turn.view)) return leave_off(turn);
  if (turn.seen.wake_refused) {
    return GiveUp{
        .ending = ending_of(*turn.seen.wake_refused),
        .problem = refusal(turn.view, "reactivating the old key " + turn.view.old_key.text(), *turn.seen.wake_refused)};
  }
  if (turn.seen.wake_tries >= 3) {
    return GiveUp{.ending = Ending::unknown,
                  .problem = not_known(turn.view, "reactivating the old key " + turn.view.old_key.text(),
                                       "the cloud gave no clear answer to three attempts")};
  }
  return wake(turn, turn.view.old_key);
}

Action no_key(const Turn& turn) {
  const std::string text = "Neither key of this rotation works or can be made to work. Make a key of user " +
                           turn.view.target.user.text() +
                           " by hand at the cloud, put it in each location, then close this rotation.";
  return close_or_stop(turn, AttentionCode::no_key, text, "no_key:close");
}

Action old_not_active(const Turn& turn) {
  const bool gone = turn.old_key == Seen::absent;
  return StopFor{attention_with_hint(gone ? AttentionCode::no_key : AttentionCode::old_inactive,
                                     "The old key " + turn.view.old_key.text() +
                                         (gone ? " is gone" : " is not Active") +
                                         ". Nothing has been done yet; a rollback cancels this rotation.",
                                     rollback_command(turn.view))};
}

}  // namespace

Action offer_wake(const Turn& turn, AttentionCode code, std::string message, const std::string& accept_word,
                  const AccessKeyId& key, std::vector<std::string> more) {
  if (accepted(turn, accept_word)) return wake(turn, key);
  std::vector<std::string> words{accept_word};
  words.insert(words.end(), more.begin(), more.end());
  return stop_unless_accepted(turn, attention(turn.view, code, std::move(message), std::move(words)));
}

namespace {

// Only a key that nobody ever used can be ours: its secret never reached anybody.
Action no_orphan(const Turn& turn, const LastUsed* last) {
  const std::string id = turn.view.orphan->text();
  if (last == nullptr) {
    return GiveUp{.ending = Ending::unknown,
                  .problem = not_known(turn.view, "reading whether " + id + " was ever used",
                                       "without it an orphan can't be told from somebody else's key")};
  }
  const std::string accept_word = "stranger:" + id;
  if (accepted(turn, accept_word)) {
    Draft draft = observation("foreign", turn.now);
    draft.key = turn.view.orphan;
    return Write{.draft = std::move(draft)};
  }
  return stop_unless_accepted(
      turn, attention(turn.view, AttentionCode::stranger,
                      "Key " + id +
                          " looked like the one that a create of ours left behind, but somebody has used it: it "
                          "is not ours, and keybaton does not touch it. If you know whose it is, say so.",
                      {accept_word}));
}

}  // namespace

Action clean_orphan(const Turn& turn) {
  const View& view = turn.view;
  const KeyList& keys = *done(turn.seen.keys->answer);
  if (turn.open == Open::clean_up) {
    const Millis span = until_an_intent_shows(view);
    const AccessKey* key = find_key(keys, *view.pending->key);
    if (key == nullptr) {
      if (auto action = unless_seen_twice(view, turn.seen, view.pending->since, span, turn.now)) return *action;
    }
    const bool off = key == nullptr || key->status != KeyStatus::active;
    const bool happened = view.pending->op == Op::delete_key ? key == nullptr : off;
    if (!happened && elapsed(view.pending->since, turn.now) < span) {
      return Pause{.span = span - elapsed(view.pending->since, turn.now),
                   .what = "until the cloud shows what became of the orphan"};
    }
    return happened ? applied(turn) : not_applied(turn);
  }
  const AccessKey* key = find_key(keys, *view.orphan);
  if (key != nullptr) {
    const auto used = turn.seen.candidates.find(*view.orphan);
    if (used == turn.seen.candidates.end()) return Look{.at = At::candidate, .key = *view.orphan};
    const LastUsed* last = done(used->second.answer);
    if (last == nullptr || last->at) return no_orphan(turn, last);
  }
  const std::string accept_word = "orphan:" + view.orphan->text();
  if (!accepted(turn, accept_word)) {
    return stop_unless_accepted(
        turn, attention(view, AttentionCode::orphan,
                        "A create of this rotation made key " + view.orphan->text() +
                            ", but its secret never arrived and cannot be had again. It was never used. It has to go "
                            "before another one can be made - unless somebody else made a key for this user at that "
                            "very minute: ask before you accept.",
                        {accept_word}));
  }
  if (key == nullptr) {
    if (auto action = unless_seen_twice(view, turn.seen, *view.orphan_touched, until_an_intent_shows(view), turn.now))
      return *action;
    Draft draft = row_done(Step::create, Direction::back, turn.now);
    draft.key = view.orphan;
    draft.detail["op"] = word(Op::delete_key);
    draft.detail["settled"] = "by reading";
    return Write{.draft = std::move(draft)};
  }
  return Perform{.op = key->status == KeyStatus::active ? Op::deactivate_key : Op::delete_key,
                 .step = Step::create,
                 .direction = Direction::back,
                 .key = *view.orphan,
                 .location = {}};
}

Action settle(const Turn& turn, const Cell& cell) {
  if (turn.old_key == Seen::absent) {
    if (auto stop = bin_is_closed(turn)) return *stop;
  }
  switch (cell.resume) {
    case Resume::go_on: break;
    case Resume::never_made: return not_applied(turn);
    case Resume::orphan: return orphan_found(turn);
    case Resume::stranger: return stranger_found(turn);
    case Resume::old_not_active: return old_not_active(turn);
    case Resume::new_inactive:
      if (turn.new_key == Seen::unusable) {
        return StopFor{attention_with_hint(AttentionCode::new_inactive,
                                           "The new key " + turn.view.new_key->text() +
                                               " can't be made Active again. It "
                                               "was not deployed yet: go back.",
                                           rollback_command(turn.view))};
      }
      return offer_wake(turn, AttentionCode::new_inactive,
                        "The new key " + turn.view.new_key->text() +
                            " was switched off by somebody before it was deployed. Turn it on, or "
                            "go back with: " +
                            rollback_command(turn.view) + ".",
                        "new_inactive:reactivate", *turn.view.new_key);
    case Resume::new_lost: return new_lost(turn);
    case Resume::old_off_early: return old_off_early(turn);
    case Resume::old_gone_early: return old_gone_early(turn);
    case Resume::locations_dead: return locations_dead(turn);
    case Resume::closed_outside: return closed_outside(turn);
    case Resume::applied: return applied(turn);
    case Resume::not_applied: return not_applied(turn);
    case Resume::both_off: return both_off(turn);
    case Resume::reactivated_outside: return reactivated_outside(turn);
    case Resume::finished: return finished(turn);
    case Resume::restore_dead_end: return restore_dead_end(turn);
    case Resume::reactivate_old: return reactivate_old(turn);
    case Resume::undelete_old: return undelete_old(turn);
    case Resume::no_key: return no_key(turn);
  }
  return Closed{};
}

}  // namespace rotation
