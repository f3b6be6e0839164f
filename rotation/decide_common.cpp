#include <algorithm>

#include "rotation/drafts.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

constexpr std::string_view waive_word = "waive_location:";

std::optional<AccessKeyId> seen_to_hold(const Turn& turn, const LocationName& name) {
  const auto found = turn.seen.locations.find(name);
  const LocationLook* look = found == turn.seen.locations.end() ? nullptr : done(found->second.answer);
  const LocationView* location = turn.view.find(name);
  return look == nullptr || location == nullptr ? std::nullopt : held(*look, *location);
}

Draft consent_draft(const Turn& turn, const std::string& accepted_word) {
  if (accepted_word.starts_with(waive_word)) {
    Draft draft = decision("waive", turn.now);
    draft.location = LocationName{accepted_word.substr(waive_word.size())};
    draft.key = seen_to_hold(turn, *draft.location);
    draft.detail["word"] = accepted_word;
    return draft;
  }
  Draft draft = decision("accept", turn.now);
  draft.detail["word"] = accepted_word;
  return draft;
}

}  // namespace

bool accepted(const Turn& turn, const std::string& word) { return turn.view.accepted.contains(word); }

Action stop_unless_accepted(const Turn& turn, Attention attention) {
  for (const std::string& each : attention.accept) {
    if (turn.wishes.accept.contains(each) && !accepted(turn, each)) return Write{.draft = consent_draft(turn, each)};
  }
  return StopFor{.attention = std::move(attention)};
}

Action close_or_stop(const Turn& turn, AttentionCode code, std::string message, const std::string& accept_word) {
  if (!accepted(turn, accept_word)) {
    return stop_unless_accepted(turn, attention(turn.view, code, std::move(message), {accept_word}));
  }
  const Row* held = held_row(turn.view.procedure, turn.view.state);
  const Step step = held != nullptr ? held->step : steps_of(turn.view.procedure).front().step;
  return Write{.draft = moving(row_done(step, Direction::back, turn.now), State::rolled_back), .shred = true};
}

bool waived(const LocationView& location) { return location.state == LocationState::waived; }
bool mandatory(const LocationView& location) { return !location.spec.optional && !waived(location); }

bool drifted(const Turn& turn) {
  return std::ranges::any_of(turn.view.locations, [&](const LocationView& each) {
    if (each.state == LocationState::pending) return true;           // optional ones, too, that have joined since
    const bool named = turn.wishes.only_location == each.spec.name;  // an optional one, to be tried once more
    if (named && each.state == LocationState::failed) return true;
    return mandatory(each) && each.state != LocationState::written && each.state != LocationState::confirmed;
  });
}

Maybe look_first(const Turn& turn, const LocationView& location) {
  const auto found = turn.seen.locations.find(location.spec.name);
  if (found != turn.seen.locations.end() && elapsed(found->second.at, turn.now) <= read_life) return std::nullopt;
  return Look{.at = At::location, .location = location.spec.name};
}

bool covered_by_waiver(const Turn& turn, const LocationView& location, const AccessKeyId& going) {
  return waived(location) && (location.waived_holding == going || seen_to_hold(turn, location.spec.name) != going);
}

Maybe tried_since_off(const Turn& turn, const AccessKeyId& key, const std::optional<Time>& was, std::string hint) {
  const bool old_key = key == turn.view.old_key;
  const std::string name = old_key ? "The old key" : "The new key";
  const Sample* latest = latest_sample(turn.view, key);
  if (latest == nullptr || !latest->known) {
    return GiveUp{.ending = Ending::unknown,
                  .problem = not_known(turn.view, "reading the last use of " + key.text(),
                                       "without it nobody can say whether it was tried since its deactivation")};
  }
  if (latest->used.at == was) return std::nullopt;
  if (was && (!latest->used.at || *latest->used.at < *was)) {
    return GiveUp{.ending = Ending::unknown,
                  .problem = not_known(turn.view, "reading the last use of " + key.text(), "it went back in time")};
  }
  if (accepted(turn, "check_failed:ignore")) {
    Draft draft = decision("ignore_use", turn.now);
    draft.key = key;
    if (latest->used.at) draft.detail["last_used"] = rfc3339(*latest->used.at);
    return Write{.draft = std::move(draft)};
  }
  return stop_unless_accepted(
      turn, attention_with_hint(AttentionCode::check_failed,
                                name + " was tried after its deactivation began: last use " + at_line(latest) +
                                    ", before it was " + (was ? rfc3339(*was) : std::string("never used")) +
                                    ". Somebody still holds it: find that before it is deleted.",
                                std::move(hint), {"check_failed:ignore"}));
}

Maybe look_at(const Turn& turn, const LocationView& location) {
  if (auto look = look_first(turn, location)) return look;
  const auto found = turn.seen.locations.find(location.spec.name);
  if (done(found->second.answer) != nullptr) return std::nullopt;
  const std::string waive = std::string(waive_word) + location.spec.name.text();
  const bool its_write_is_open = turn.view.pending && turn.view.pending->location == location.spec.name;
  // A place that is gone for good must not hold the rotation up for ever; its own open write has to be settled first.
  if (!its_write_is_open && turn.wishes.accept.contains(waive)) return Write{.draft = consent_draft(turn, waive)};
  const std::string what = "reading location " + location.spec.name.text();
  const Refused* no = refused(found->second.answer);
  GiveUp stop = no != nullptr ? GiveUp{.ending = ending_of(*no), .problem = place_refusal(turn.view, what, *no)}
                              : GiveUp{.ending = Ending::unknown,
                                       .problem = not_known(turn.view, what, unknown(found->second.answer)->why)};
  if (!its_write_is_open)
    stop.problem.hint +=
        "; or, if nobody needs that place any more: " + resume_command(turn.view) + " --accept " + waive;
  return stop;
}

const LocationLook& look_of(const Turn& turn, const LocationView& location) {
  return *done(turn.seen.locations.at(location.spec.name).answer);
}

Maybe written_since(const Turn& turn, const LocationView& location) {
  const LocationLook& look = look_of(turn, location);
  // A retire only watches, and began with the warning that it cannot look into this place.
  if (!moved(look, location) || turn.view.procedure == Procedure::retire) return std::nullopt;
  const std::string name = location.spec.name.text();
  const std::string waive = std::string(waive_word) + name;
  const std::string message =
      "Location " + name + " does not show what it holds, and somebody has written it since keybaton last knew. ";
  // With the old key off nothing is deployed any more.
  if (turn.view.state >= State::deactivated && turn.view.direction == Direction::forward) {
    return stop_unless_accepted(
        turn, attention_with_hint(AttentionCode::conflict, message + "It may hold the old key: look there, or go back.",
                                  rollback_command(turn.view), {waive}));
  }
  // As it should be, where it was put back by hand: of that nobody but a person can know.
  if (turn.view.direction == Direction::back && turn.view.old_secret_of(location) == nullptr) {
    return stop_unless_accepted(
        turn,
        attention(turn.view, AttentionCode::conflict,
                  message + "Its old secret is not sealed here, so keybaton cannot write it: once somebody has put "
                            "the old pair there by hand, say so by leaving it as it is.",
                  {waive}));
  }
  const std::string overwrite = "overwrite_location:" + name;
  if (accepted(turn, overwrite)) {
    Draft draft = location_seen(location, location.holds, LocationState::pending, turn.now);
    draft.detail["mark"] = look.mark;
    return Write{.draft = std::move(draft)};
  }
  return stop_unless_accepted(
      turn, attention(turn.view, AttentionCode::conflict,
                      message + "Find out who; then either write over it or leave it alone.", {overwrite, waive}));
}

Maybe given_up(const Turn& turn, const LocationView& location) {
  const std::string waive = std::string(waive_word) + location.spec.name.text();
  if (!turn.wishes.accept.contains(waive)) return std::nullopt;
  return Write{.draft = consent_draft(turn, waive)};
}

Maybe waits_for_a_person(const Turn& turn) {
  const bool back = turn.view.direction == Direction::back;
  const auto waits = [&](const LocationView& each) {
    return each.state == LocationState::manual && (back ? each.ever_written : mandatory(each));
  };
  const auto found = std::ranges::find_if(turn.view.locations, waits);
  if (found == turn.view.locations.end()) return std::nullopt;
  const std::string& name = found->spec.name.text();
  if (auto consent = given_up(turn, *found)) return consent;
  const AccessKeyId& key = back ? turn.view.old_key : *turn.view.new_key;
  const auto how = found->spec.settings.find("instructions");
  std::string names;
  for (const LocationView& each : turn.view.locations) {
    if (waits(each)) names += (names.empty() ? "" : ", ") + each.spec.name.text();
  }
  const std::string rotation = quoted(target_words(turn.view.target));
  return GiveUp{
      .ending = Ending::needs_operator,
      .problem = {.message = "Only a person can put key " + key.text() + " into " + names + "." +
                             (how == found->spec.settings.end() ? "" : " " + name + ": " + how->second + ".") +
                             " Once that is done: keybaton confirm " + rotation + " " + quoted(name) + " --note TEXT.",
                  .keys = keys_now(turn.view),
                  .hint = "keybaton reveal " + rotation + " " + quoted(name)}};
}

Maybe waits_for_a_review(const Turn& turn) {
  const auto found = std::ranges::find(turn.view.locations, LocationState::proposed, &LocationView::state);
  if (found == turn.view.locations.end()) return std::nullopt;
  const auto seen = turn.seen.locations.find(found->spec.name);
  const LocationLook* look = seen == turn.seen.locations.end() ? nullptr : done(seen->second.answer);
  const Millis check = std::max(spacing(turn.view).check, Millis{1000});
  return Sit{.step = Step::deploy,
             .left = check,
             .look_again = check,
             .what = "location " + found->spec.name.text() + " waits for a review" +
                     (look != nullptr && look->proposed ? ": " + look->proposed->where : std::string())};
}

Action settle_write(const Turn& turn, const LocationView& location) {
  const LocationLook& look = look_of(turn, location);
  const bool wrote = turn.view.pending->op == Op::write_location;
  const AccessKeyId& meant = wrote ? *turn.view.new_key : turn.view.old_key;
  const bool proposed = look.proposed && look.proposed->id == meant;
  // What the journal says of a place in doubt, it said before this write.
  const bool holds = holds_pair(turn, location, meant) && !location.in_doubt;
  const auto& other = wrote ? std::optional{turn.view.old_key} : turn.view.new_key;
  const bool contrary = look.proposed && look.proposed->id == other;  // the write was to withdraw that
  const bool happened = proposed || (holds && !look.unfinished && !contrary);
  const bool begun = look.half || moved(look, location) || holds;
  const Outcome how = happened ? Outcome::done : begun ? Outcome::half_done : Outcome::not_done;
  Draft draft = outcome(*turn.view.pending, how, turn.now);
  if (happened) draft.key = meant;
  if (proposed) draft.detail["location_state"] = word(LocationState::proposed);
  if (moved(look, location)) draft.detail["mark"] = look.mark;
  if (how == Outcome::half_done) draft.detail["why"] = "it was begun; it is written once more";
  return Write{.draft = std::move(draft)};
}

bool proposes_old(const LocationLook& look, const View& view) {
  return look.proposed && look.proposed->id == view.old_key;
}

std::optional<AccessKeyId> held_by(const Turn& turn, const LocationView& location) {
  return held(look_of(turn, location), location);
}

bool holds_pair(const Turn& turn, const LocationView& location, const AccessKeyId& key) {
  const LocationLook& look = look_of(turn, location);
  return held(look, location) == key && !look.other_secret;
}

std::string held_words(const Turn& turn, const LocationView& location) {
  const LocationLook& look = look_of(turn, location);
  const auto holds = held(look, location);
  if (!holds) return "no key";
  return holds->text() + (look.other_secret ? " with a secret that is not that key's" : "");
}

Maybe sample(const Turn& turn, const AccessKeyId& key, Millis spaced) {
  if (turn.seen.sampled.contains(key)) return std::nullopt;
  const Sample* latest = latest_sample(turn.view, key);
  // A read that failed is no sample: the next process may try again at once.
  if (latest != nullptr && latest->known && elapsed(latest->seen, turn.now) < spaced) return std::nullopt;
  return Look{.at = At::last_used, .key = key};
}

Maybe sample_now(const Turn& turn, const AccessKeyId& key) {
  const auto found = turn.seen.sampled.find(key);
  if (found != turn.seen.sampled.end() && elapsed(found->second, turn.now) <= read_life) return std::nullopt;
  return Look{.at = At::last_used, .key = key};
}

Maybe ask(const Turn& turn, Step step, Direction direction, Op op, const AccessKeyId& key, std::string what,
          std::vector<std::string> because) {
  const Step asked = op == Op::delete_key ? Step::delete_key : op == Op::deactivate_key ? Step::deactivate : step;
  if (!turn.view.policy.confirm.contains(asked)) return std::nullopt;
  if (turn.seen.consents.contains({asked, direction})) return std::nullopt;
  return Ask{.question = {.step = asked,
                          .direction = direction,
                          .op = op,
                          .key = key,
                          .what = std::move(what),
                          .because = std::move(because),
                          .undo_command = {},
                          .typed = op == Op::deactivate_key || op == Op::delete_key,
                          .accept_word = {}}};
}

Maybe override_wish(const Turn& turn) {
  if (!turn.wishes.override_reason || turn.view.override_reason == turn.wishes.override_reason) return std::nullopt;
  Draft draft = decision("override", turn.now);
  draft.detail["reason"] = *turn.wishes.override_reason;
  return Write{.draft = std::move(draft)};
}

bool give_up_waiting(const Turn& turn, const Assessment& found) {
  return found.hopeless || (found.stuck && !turn.wishes.wait);
}

Action not_enough(const Turn& turn, const Assessment& found) {
  const std::string resume = resume_command(turn.view);
  return GiveUp{.ending = Ending::needs_operator,
                .problem = {.message = "The evidence is not enough: " + found.says + ". " +
                                       (found.hopeless ? "No wait changes that: only your own word can pass it."
                                                       : "Resume once that has changed, or pass it on your own word "
                                                         "with --override REASON."),
                            .keys = keys_now(turn.view),
                            .hint = resume + (found.hopeless ? " --override REASON" : "")}};
}

std::vector<std::string> left_with(const View& view, const AccessKeyId& key) {
  std::vector<std::string> lines;
  for (const LocationView& location : view.locations) {
    const bool given_up = waived(location) && location.waived_holding == key;
    const bool passed_over = location.spec.optional && location.holds == key && !waived(location);
    if (!given_up && !passed_over) continue;
    lines.push_back("location " + location.spec.name.text() + " holds it and " +
                    (given_up ? "was waived" : "is optional") + ": it goes dead with it");
  }
  return lines;
}

std::string at_line(const Sample* sample) {
  if (sample == nullptr || !sample->known) return "not known";
  if (!sample->used.at) return "never";
  return rfc3339(*sample->used.at) + (sample->used.service.empty() ? "" : " by " + sample->used.service);
}

}  // namespace rotation
