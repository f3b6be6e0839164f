// The deploy: the new key proven, then written to each location that holds the old one.
#include <algorithm>

#include "rotation/drafts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

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

// ---- one location ------------------------------------------------------------------------------------------

// A read that failed: a mandatory place stops the deploy, an optional one is passed over.
Maybe cannot_look(const Turn& turn, const LocationView& location, Action action, bool looked) {
  const bool gave_up = std::holds_alternative<GiveUp>(action);
  if (!gave_up || !looked) return action;
  if (turn.view.pending && !location.spec.optional) {  // whatever the place said: the write's outcome is not known
    std::get<GiveUp>(action).ending = Ending::unknown;
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

// Nothing but the journal knows of it: a person writes it once all others are written, and says so.
Maybe left_to_a_person(const Turn& turn, const LocationView& location) {
  if (location.state == LocationState::confirmed || location.state == LocationState::manual) return std::nullopt;
  return Write{.draft = location_seen(location, location.holds, LocationState::manual, turn.now)};
}

// A write of ours that was cut short: one of two values, or the pair without all that belongs to it.
bool is_ours_to_end(const Turn& turn, const LocationView& location) {
  const LocationLook& look = look_of(turn, location);
  const bool holds_new = holds_pair(turn, location, *turn.view.new_key);
  if (holds_new && proposes_old(look, turn.view)) return true;  // whoever proposed it, it is withdrawn
  const bool cut_short = look.half || (look.unfinished && holds_new);
  return (cut_short && location.ever_written) || (location.in_doubt && !moved(look, location));
}

Maybe not_the_old_pair(const Turn& turn, const LocationView& location) {
  const std::string name = location.spec.name.text();
  if (auto stop = written_since(turn, location)) return stop;
  if (!held_by(turn, location)) {
    return waiver(turn, location, AttentionCode::location_missing,
                  "Location " + name + " holds no key: it, or its entry, is not there. Nothing was written to it.");
  }
  if (holds_pair(turn, location, turn.view.old_key) || is_ours_to_end(turn, location)) return std::nullopt;
  return waiver(turn, location, AttentionCode::conflict,
                "Location " + name + " holds " + held_words(turn, location) +
                    ", which is neither the old pair nor the new one. Nothing was written to it.");
}

// What one location asks for, given what it holds now; nothing once it is settled, or left to others.
Maybe deploy_one(const Turn& turn, const LocationView& location) {
  const bool retried = turn.wishes.only_location && *turn.wishes.only_location == location.spec.name;
  if (location.spec.optional && location.state == LocationState::failed && !turn.view.pending && !retried)
    return std::nullopt;
  const bool looked = turn.seen.locations.contains(location.spec.name);
  if (auto action = look_at(turn, location)) return cannot_look(turn, location, std::move(*action), looked);
  const LocationLook& look = look_of(turn, location);
  const auto holds = held_by(turn, location);
  if (turn.view.pending) return settle_write(turn, location);  // or a restore that the loss of the old key overtook
  if (look.custody == Custody::by_hand) return left_to_a_person(turn, location);
  const bool there = holds_pair(turn, location, *turn.view.new_key) && !proposes_old(look, turn.view);
  if (there && !look.unfinished && !location.in_doubt) {
    if (location.state == LocationState::written) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::written, turn.now)};
  }
  if (look.proposed && look.proposed->id == *turn.view.new_key) {
    if (location.state == LocationState::proposed) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::proposed, turn.now)};
  }
  if (location.spec.optional && !is_ours_to_end(turn, location) &&
      !holds_pair(turn, location, turn.view.old_key)) {  // holds nobody up
    if (location.state == LocationState::failed) return std::nullopt;
    return Write{.draft = location_seen(location, holds, LocationState::failed, turn.now)};
  }
  if (!moved(look, location) && location.holds != holds) {
    return Write{.draft = location_seen(location, holds, location.state, turn.now)};
  }
  if (auto stop = not_the_old_pair(turn, location)) return stop;
  if (turn.view.new_shredded) {
    return waiver(turn, location, AttentionCode::location_stale,
                  "Location " + location.spec.name.text() +
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

bool settled(const LocationView& location) {
  return location.state == LocationState::written || location.state == LocationState::confirmed;
}

// A canary goes first, and as long as it has not taken the new key nobody else is given it.
Maybe deploy_all(const Turn& turn, bool canaries) {
  for (const LocationView& location : turn.view.locations) {
    if (waived(location) || location.spec.canary != canaries) continue;
    if (turn.wishes.only_location && location.spec.name != *turn.wishes.only_location) continue;
    if (turn.view.pending && turn.view.pending->location != location.spec.name) continue;
    if (settled(location) && !turn.view.pending) continue;
    if (auto action = deploy_one(turn, location)) return action;
  }
  return std::nullopt;
}

bool canary_is_out(const Turn& turn) {
  return std::ranges::any_of(turn.view.locations, [](const LocationView& each) {
    return each.spec.canary && mandatory(each) && !settled(each);
  });
}

Action not_all_written(const Turn& turn) {
  if (auto stop = waits_for_a_person(turn)) return *stop;
  if (auto sit = waits_for_a_review(turn)) return *sit;
  return GiveUp{.ending = Ending::refused,
                .problem = {.message = "Some locations do not hold the new key yet.",
                            .keys = keys_now(turn.view),
                            .hint = resume_command(turn.view)}};
}

}  // namespace

Action deploy(const Turn& turn) {
  if (!turn.view.probed_at) return probe(turn);
  if (auto action = deploy_all(turn, true)) return *action;
  if (canary_is_out(turn) && !turn.view.pending) return not_all_written(turn);
  if (auto action = deploy_all(turn, false)) return *action;
  if (drifted(turn)) return not_all_written(turn);
  return Write{.draft = moving(row_done(Step::deploy, Direction::forward, turn.now), State::deployed)};
}

}  // namespace rotation
