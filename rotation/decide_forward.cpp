#include <algorithm>

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

// ---- deploy ------------------------------------------------------------------------------------------------

constexpr int probes_wanted = 3;

Action probe(const Turn& turn) {
  const auto& probing = turn.seen.probing;
  const Spacing gaps = spacing(turn.view);
  if (!probing.last) return Look{.at = At::probe, .key = *turn.view.new_key};
  if (probing.good >= probes_wanted) {
    Draft draft = observation("probe", turn.now);
    draft.key = turn.view.new_key;
    return Write{.draft = std::move(draft)};
  }
  if (probing.good == 0 && elapsed(*probing.first, turn.now) >= gaps.probe_budget) {
    return GiveUp{.ending = Ending::unknown,
                  .problem = not_known(turn.view, "signing a first call with the new key",
                                       "the cloud did not accept it within " +
                                           about(std::chrono::duration_cast<Seconds>(gaps.probe_budget)))};
  }
  const Millis since_last = elapsed(*probing.last, turn.now);
  const Millis gap = probing.good == 0 ? std::max(gaps.probe, Millis{200}) : gaps.probe;
  if (since_last < gap) return Pause{.span = gap - since_last, .what = "until the cloud knows the new key everywhere"};
  return Look{.at = At::probe, .key = *turn.view.new_key};
}

// The way back is the safer one, where there is one.
Action waiver(const Turn& turn, const LocationView& location, AttentionCode code, const std::string& message) {
  Attention stop = attention(turn.view, code, message, {"waive_location:" + location.spec.name.text()});
  if (turn.old_key == Seen::active || turn.old_key == Seen::inactive) stop.hint = rollback_command(turn.view);
  return stop_unless_accepted(turn, std::move(stop));
}

// What one location asks for, given what it holds now; nothing once it is settled.
Maybe deploy_one(const Turn& turn, const LocationView& location) {
  const bool retried = turn.wishes.only_location && *turn.wishes.only_location == location.spec.name;
  if (location.spec.optional && location.state == LocationState::failed && !turn.view.pending && !retried)
    return std::nullopt;
  const bool looked = turn.seen.locations.contains(location.spec.name);
  if (auto action = look_at(turn, location)) {
    const bool gave_up = std::holds_alternative<GiveUp>(*action);
    if (!gave_up || !looked) return action;
    if (turn.view.pending && !location.spec.optional) {  // whatever the place said: the write's outcome is not known
      std::get<GiveUp>(*action).ending = Ending::unknown;
      return action;
    }
    if (!location.spec.optional) return action;
    if (turn.view.pending) {  // neither done nor not done; later gates read the place again
      Draft draft = outcome(*turn.view.pending, Outcome::half_done, turn.now);
      draft.detail["why"] = "the place cannot be read, so nobody knows what became of the write";
      return Write{.draft = std::move(draft)};
    }
    return Write{.draft = location_seen(location, location.holds, LocationState::failed, turn.now)};
  }
  const auto holds = held_by(turn, location);
  const bool holds_new = holds_pair(turn, location, *turn.view.new_key);
  const bool holds_old = holds_pair(turn, location, turn.view.old_key);
  const std::string name = location.spec.name.text();
  if (turn.view.pending) {  // of a write, or of a restore that the loss of the old key has overtaken
    const bool happened = turn.view.pending->op == Op::write_location ? holds_new : holds_old;
    Draft draft = settled_place(turn, location, happened);
    if (draft.outcome == Outcome::done) draft.key = holds;
    return Write{.draft = std::move(draft)};
  }
  if (holds_new && !unfinished(turn, location)) {
    if (location.state == LocationState::written) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::written, turn.now)};
  }
  if (location.spec.optional && !holds_old) {  // never holds the others up
    if (location.state == LocationState::failed) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::failed, turn.now)};
  }
  if (location.holds != holds) return Write{.draft = location_seen(location, holds, location.state, turn.now)};
  if (!holds) {
    return waiver(turn, location, AttentionCode::location_missing,
                  "Location " + name + " holds no key: it, or its entry, is not there. Nothing was written to it.");
  }
  if (!holds_old && !holds_new) {
    return waiver(turn, location, AttentionCode::conflict,
                  "Location " + name + " holds " + held_words(turn, location) +
                      ", which is neither the old pair nor the new one. Nothing was written to it.");
  }
  if (turn.view.new_shredded) {
    return waiver(turn, location, AttentionCode::location_stale,
                  "Location " + name +
                      " holds the old key, and the new one's secret is not sealed here any more. Put the new pair back "
                      "there by hand, then resume.");
  }
  if (auto question = ask(turn, Step::deploy, Direction::forward, Op::write_location, *turn.view.new_key,
                          "write the new key " + turn.view.new_key->text() + " to its locations", {})) {
    return question;
  }
  return Perform{.op = Op::write_location,
                 .step = Step::deploy,
                 .direction = Direction::forward,
                 .key = *turn.view.new_key,
                 .location = location.spec.name};
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

// Fresh reads of every location: none holds the key that goes.
Maybe no_location_holds_old(const Turn& turn) {
  const bool off = turn.view.state == State::deactivated;
  for (const LocationView& location : turn.view.locations) {
    if (waived(location)) {
      if (auto look = look_first(turn, location)) return look;
      if (covered_by_waiver(turn, location, turn.view.old_key)) continue;
    }
    if (auto action = look_at(turn, location)) return action;
    const auto holds = held_by(turn, location);
    if (holds != turn.view.old_key) continue;
    if (location.holds != holds) return Write{.draft = location_seen(location, holds, location.state, turn.now)};
    return stop_unless_accepted(
        turn, attention_with_hint(AttentionCode::drift,
                                  "Location " + location.spec.name.text() + " holds the old key" +
                                      (off ? ", which is Inactive." : ": somebody still needs it."),
                                  rollback_command(turn.view), {"waive_location:" + location.spec.name.text()}));
  }
  return std::nullopt;
}

// Fresh reads of each mandatory location: all hold the new key, or something drifted.
Maybe locations_hold_new(const Turn& turn) {
  for (const LocationView& location : turn.view.locations) {
    if (!mandatory(location)) continue;
    if (auto action = look_at(turn, location)) return action;
    if (holds_pair(turn, location, *turn.view.new_key)) continue;
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
                        "Location " + location.spec.name.text() + " no longer holds the new key but " +
                            held_words(turn, location) + ".",
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
  return Sit{.step = Step::verify, .left = left, .look_again = std::min(left, check), .what = found.says};
}

// ---- deactivate --------------------------------------------------------------------------------------------

Action deactivate(const Turn& turn) {
  const View& view = turn.view;
  if (auto look = sample_now(turn, view.old_key)) return *look;
  if (auto write = override_wish(turn)) return *write;
  const Assessment found = assess(view, turn.now);
  const bool proven = found.enough || word_stands(turn) || overridden(turn);
  if (!proven) {
    const State back_to = starts_from(view.procedure, Step::verify);
    return Write{.draft = moving(row_done(Step::verify, Direction::back, turn.now), back_to)};
  }
  const bool rotates = view.procedure == Procedure::rotate;
  if (auto action = rotates ? locations_hold_new(turn) : no_location_holds_old(turn)) return *action;
  if (auto question = ask(turn, Step::deactivate, Direction::forward, Op::deactivate_key, view.old_key,
                          "deactivate " + old_key_words(view),
                          {found.says, found.enough ? "this can be undone by one rollback until the delete"
                                                    : "on your word: " + view.override_reason.value_or("")})) {
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
  if (auto question =
          ask(turn, Step::delete_key, Direction::forward, Op::delete_key, view.old_key,
              "delete " + old_key_words(view) + (view.provider.undeletes() ? "" : " for good"),
              {"Inactive since " + rfc3339(view.deactivated_at->wall) + ", not tried since", after_the_delete(view)})) {
    return *question;
  }
  return Perform{.op = Op::delete_key,
                 .step = Step::delete_key,
                 .direction = Direction::forward,
                 .key = view.old_key,
                 .location = {}};
}

}  // namespace

Action deploy(const Turn& turn) {
  if (!turn.view.probed_at) return probe(turn);
  const bool whole_deploy = !turn.wishes.only_location;
  for (const LocationView& location : turn.view.locations) {
    if (waived(location)) continue;
    if (!whole_deploy && location.spec.name != *turn.wishes.only_location) continue;
    if (turn.view.pending && turn.view.pending->location != location.spec.name) continue;
    if (location.state == LocationState::written && !turn.view.pending) continue;
    if (auto action = deploy_one(turn, location)) return *action;
  }
  if (drifted(turn)) {
    return GiveUp{.ending = Ending::refused,
                  .problem = {.message = "Some locations do not hold the new key yet.",
                              .keys = keys_now(turn.view),
                              .hint = resume_command(turn.view)}};
  }
  return Write{.draft = moving(row_done(Step::deploy, Direction::forward, turn.now), State::deployed)};
}

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
