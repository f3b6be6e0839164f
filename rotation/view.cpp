#include "rotation/view.hpp"

#include <algorithm>
#include <utility>

#include "rotation/fold_parts.hpp"
#include "rotation/pins.hpp"

namespace rotation {
namespace {

// ---- moving along the table --------------------------------------------------------------------------------

bool one_row(const View& view, State to, Step step, Direction direction) {
  const Row& row = row_of(step);
  const State from = starts_from(view.procedure, step);
  if (direction == Direction::forward) return view.state == from && to == row.to;
  if (to == State::rolled_back || to == State::cancelled) return !terminal(view.state);
  return view.state == row.to && to == from;
}

void clear_evidence(View& view) {
  view.samples.clear();
  view.verdict.reset();
}

void arrive(View& view, State to, const Record& record) {
  const auto instant = get_instant(record.what.detail);
  const bool forward = record.what.direction == Direction::forward;
  view.state = to;
  // Consents outlive the rows that they lead through, not the place where a new question begins.
  if (to == State::planned || to == State::deactivated) view.accepted.clear();
  switch (to) {
    case State::planned:
      view.new_key.reset();
      view.created_at.reset();
      view.probed_at.reset();
      view.new_said.reset();
      view.new_touched.reset();
      view.new_deleted = false;
      for (Consumer& each : view.consumers) each.moved.reset();
      clear_evidence(view);
      break;
    case State::created:
      if (forward) {
        view.created_at = instant;
      } else {
        view.restored_at = view.direction == Direction::back ? instant : std::nullopt;
        view.deployed_at.reset();
      }
      clear_evidence(view);
      break;
    case State::deployed:
      if (forward) {
        view.deployed_at = instant;
        clear_evidence(view);
        view.accepted.erase("drift:deploy");
      }
      view.verified_at.reset();
      view.verified_by_word = false;
      break;
    case State::verified:
      view.verified_at = forward ? instant : std::nullopt;
      view.verified_by_word = forward && get(record.what.detail, "override").has_value();
      view.old_used_at_verify = get_time(record.what.detail, "old_last_used");
      if (!forward) clear_evidence(view);
      view.deactivated_at.reset();
      break;
    case State::deactivated:
      if (!forward) break;  // a late undo: the delete is to be undone
      view.deactivated_at = instant;
      view.old_used_at_deactivate = get_time(record.what.detail, "old_last_used");
      break;
    case State::completed:
      view.old_deleted = true;
      view.new_shredded = view.new_key.has_value();
      if (!view.old_deleted_at) view.old_deleted_at = record.at;
      if (view.policy.late_undo == Seconds{0}) {
        for (LocationView& location : view.locations) location.old_sealed = false;
      }
      break;
    case State::rolled_back:
    case State::cancelled: break;
  }
}

void move(View& view, const Record& record) {
  const auto text = get(record.what.detail, "state");
  if (!text) return;
  const auto to = parse_word<State>(*text);
  if (!to || !record.what.step) impossible(record, "it names no state");
  if (!one_row(view, *to, *record.what.step, record.what.direction)) {
    impossible(record, "it moves from " + std::string(word(view.state)) + " to " + *text);
  }
  arrive(view, *to, record);
}

// ---- intents and outcomes ----------------------------------------------------------------------------------

void touch(View& view, const Pending& pending) {
  if (pending.location) {  // a write to a place: the keys themselves stay as they are
    if (LocationView* location = view.find(*pending.location)) location->ever_written = true;
  } else if (pending.key == view.old_key) {
    view.old_touched = pending.since;
    if (pending.op == Op::deactivate_key || pending.op == Op::delete_key) view.old_maybe_inactive = true;
  } else if (view.new_key && pending.key == view.new_key) {
    view.new_touched = pending.since;
  } else if (view.orphan && pending.key == view.orphan) {
    view.orphan_touched = pending.since;
  }
}

void intend(View& view, const Record& record) {
  const auto op = get_op(record.what.detail);
  if (!op || !record.what.step) impossible(record, "an intent without a step");
  auto& slot = view.slot(*op, record.what.key);
  if (slot) impossible(record, "an intent is still open");
  if (*op == Op::deactivate_key && record.what.key) not_off(view, *record.what.key);
  Pending pending{
      .op = *op,
      .step = *record.what.step,
      .direction = record.what.direction,
      .attempt = record.what.attempt,
      .location = record.what.location,
      .key = record.what.key,
      .since = get_instant(record.what.detail).value_or(Instant{.wall = record.at, .boot = {}, .boot_id = {}}),
      .keys_before = {}};
  for (std::string& id : get_list(record.what.detail, "keys_before")) {
    pending.keys_before.insert(AccessKeyId{std::move(id)});
  }
  touch(view, pending);
  const auto own = get(record.what.detail, "old_sealed") == "yes" ? pending.location : std::nullopt;
  const auto other = get(record.what.detail, "old_sealed_of");  // a place that shows what this one does not
  for (const auto& name : {own, other ? std::optional{LocationName{*other}} : std::nullopt}) {
    if (LocationView* location = name ? view.find(*name) : nullptr) location->old_sealed = true;
  }
  slot = std::move(pending);
}

void key_is(View& view, const AccessKeyId& key, Op op, const Record& record) {
  const bool old_key = key == view.old_key;
  const bool new_key = view.new_key == key;
  auto& said = old_key ? view.old_said : view.new_said;
  if (view.orphan == key) {
    if (op == Op::delete_key) view.orphan.reset();
    return;
  }
  if (!old_key && !new_key) return;
  if (op == Op::delete_key) {
    (old_key ? view.old_deleted : view.new_deleted) = true;
    if (old_key) view.old_deleted_at = record.at;
  } else if (op == Op::undelete_key) {
    view.old_deleted = false;
    view.old_deleted_at.reset();
    view.old_said = KeyStatus::inactive;
    view.old_maybe_inactive = true;
  } else {
    said = op == Op::activate_key ? KeyStatus::active : KeyStatus::inactive;
    if (old_key) view.old_maybe_inactive = op == Op::deactivate_key;
    if (old_key) view.old_deleted = false;  // somebody has brought it back
  }
  if (op == Op::activate_key) view.accepted.clear();
}

void settle_location(View& view, const Record& record, Op op) {
  LocationView* location = view.find(*record.what.location);
  if (location == nullptr) impossible(record, "it names an unknown location");
  const auto state = parse_word<LocationState>(get(record.what.detail, "location_state").value_or(""));
  const bool proposed = state == LocationState::proposed;  // what is only proposed is not held yet
  if (record.what.key && record.what.outcome == Outcome::done && !proposed) location->holds = record.what.key;
  const auto mark = get(record.what.detail, "mark");
  if (mark) location->mark = *mark;
  if (*record.what.outcome == Outcome::done) location->in_doubt = false;
  if (*record.what.outcome == Outcome::half_done && mark) location->in_doubt = true;
  switch (*record.what.outcome) {
    case Outcome::done:
      location->state = state.value_or(op == Op::restore_location ? LocationState::restored : LocationState::written);
      // Found only after the others were restored: its consumers begin to leave the new key now.
      if (op == Op::restore_location && view.restored_at) {
        view.restored_at = get_instant(record.what.detail);
        clear_evidence(view);
      }
      break;
    case Outcome::refused: location->state = LocationState::failed; break;
    case Outcome::not_done:
    case Outcome::half_done:
    case Outcome::unknown: break;
  }
}

void conclude(View& view, const Record& record) {
  const auto op = get_op(record.what.detail);
  if (!record.what.outcome) impossible(record, "an outcome that says nothing");
  const Outcome outcome = *record.what.outcome;
  if (outcome != Outcome::unknown && op) view.slot(*op, record.what.key).reset();
  if (op == Op::create_key && outcome == Outcome::done) {
    if (!record.what.key) impossible(record, "a create without a key");
    view.new_key = record.what.key;
    view.new_touched = get_instant(record.what.detail);
    view.new_said = KeyStatus::active;
    view.orphan.reset();
  }
  if (op == Op::create_key && outcome == Outcome::half_done) {
    view.orphan = record.what.key;
    view.orphan_touched = get_instant(record.what.detail);
  }
  if (op && record.what.location) settle_location(view, record, *op);
  if (op && *op >= Op::activate_key && outcome == Outcome::done && record.what.key) {
    key_is(view, *record.what.key, *op, record);
    if (view.new_key == record.what.key && *op == Op::deactivate_key) {
      view.new_deactivated_at = get_instant(record.what.detail);
      view.new_used_at_deactivate = get_time(record.what.detail, "new_last_used");
    }
  }
  // A deactivate or delete of the old key that surely did not happen leaves it as it was.
  if (op && (*op == Op::deactivate_key) && record.what.key == view.old_key &&
      (outcome == Outcome::not_done || outcome == Outcome::refused)) {
    view.old_maybe_inactive = view.old_said == KeyStatus::inactive;
  }
  move(view, record);
}

// ---- observations, decisions, notes ----------------------------------------------------------------------------

void turn_back(View& view) {
  view.direction = Direction::back;
  view.left_deleted = false;
  view.accepted.clear();
  clear_evidence(view);
}

// A rollback that the journal could not take when it was asked for counts from here on; whether the old key was really
// turned on then, the next resume makes sure of by turning it on again.
void recall(View& view, const Record& record) {
  const Detail& detail = record.what.detail;
  if (get(detail, "what") == "late_undo_over") {  // their sealed secrets were shredded with this note
    for (LocationView& location : view.locations) location.old_sealed = false;
    return;
  }
  if (terminal(view.state) || !get(detail, "spilled_kind") || get(detail, "what") != "rollback") return;
  turn_back(view);
  view.old_maybe_inactive = true;
}

void observe(View& view, const Record& record) {
  const Detail& detail = record.what.detail;
  const std::string what = get(detail, "what").value_or("");
  if (take_of_batch(view, what, detail)) return;
  if (what == "last_used" && record.what.key) {
    Sample sample{.key = *record.what.key,
                  .used = {.at = get_time(detail, "last_used"),
                           .service = get(detail, "service").value_or(""),
                           .region = get(detail, "region").value_or("")},
                  .seen = get_instant(detail).value_or(Instant{.wall = record.at, .boot = {}, .boot_id = {}}),
                  .known = get(detail, "known") != "no",
                  .own_since = get_time(detail, "own_since"),
                  .used_by = get(detail, "used_by").value_or(""),
                  .foreign_use = get(detail, "foreign_use") == "yes"};
    note_gap(view, sample);
    used_again(view, sample);
    take_uses(view, record);
    view.samples.push_back(std::move(sample));
    // Each sample judges anew until the evidence is in; what passed verify stays as it was found.
    const bool judges = view.direction == Direction::forward && view.state < State::verified;
    const auto verdict = get(detail, "verdict");
    if (judges) view.verdict = verdict ? parse_word<Verdict>(*verdict) : std::nullopt;
  } else if (what == "probe") {
    view.probed_at = get_instant(detail);
  } else if (what == "attention") {
    const auto code = parse_word<AttentionCode>(get(detail, "code").value_or(""));
    if (!code) impossible(record, "it names no attention code");
    view.attention = Attention{.code = *code,
                               .message = get(detail, "message").value_or(""),
                               .hint = get(detail, "hint").value_or(""),
                               .accept = get_list(detail, "accept")};
    view.old_key_is = get(detail, "old_key_is");
    view.new_key_is = get(detail, "new_key_is");
  } else if (what == "restored") {
    view.restored_at = get_instant(detail);
    clear_evidence(view);
  } else if (what == "attention_over") {
    view.attention.reset();
    view.old_key_is.reset();
    view.new_key_is.reset();
  } else if (what == "alarm_over") {
    std::erase_if(view.accepted, answers_an_alarm);
    end_standing(view, "somebody turned the key on again");
  } else if (what == "old_key_back") {
    view.old_deleted = false;
    view.old_deleted_at.reset();
    view.old_said.reset();
    view.old_maybe_inactive = true;
  } else if (what == "foreign" && view.orphan == record.what.key) {
    view.orphan.reset();
  } else if (what == "location" && record.what.location) {
    if (LocationView* location = view.find(*record.what.location)) {
      location->holds = record.what.key;
      if (const auto mark = get(detail, "mark")) {  // as somebody consented to
        location->mark = *mark;
        location->in_doubt = true;
        view.accepted.erase("overwrite_location:" + location->spec.name.text());
      }
      // Whoever put it there: going back has to take it out again.
      if (view.new_key && location->holds == view.new_key) location->ever_written = true;
      if (const auto state = parse_word<LocationState>(get(detail, "location_state").value_or(""))) {
        location->state = *state;
        // Whoever proposed it: going back has to withdraw it.
        if (*state == LocationState::proposed && view.direction == Direction::forward) location->ever_written = true;
      }
    }
  }
}

// A person says what a place of his holds now. Only then is it known; shown the secret, it may hold it already.
void confirm(View& view, const Record& record) {
  LocationView* location = view.find(*record.what.location);
  if (location == nullptr || !record.what.key) impossible(record, "it confirms no key of a location");
  const bool back = record.what.key == view.old_key;
  location->holds = record.what.key;
  location->state = back ? LocationState::restored : LocationState::confirmed;
  if (!back) location->ever_written = true;
}

void resolve(View& view, const Record& record) {
  const Detail& detail = record.what.detail;
  const std::string what = get(detail, "what").value_or("");
  if (what == "consent_batch") {
    stand(view, record);
  } else if (what == "rollback") {
    end_standing(view, "the rotation was turned back");
    turn_back(view);
    move(view, record);  // a late one leads back out of completed
  } else if (what == "accept") {
    const std::string accepted = get(detail, "word").value_or("");
    take_word(view, accepted);
    // The old key is gone for good: the only way left is on.
    if (accepted == "closed_outside:finish") {
      view.direction = Direction::forward;
      view.left_deleted = true;
    }
    if (accepted == "location_stale:finish") {
      view.direction = Direction::forward;
      view.once_finished = true;
      view.restored_at.reset();
      clear_evidence(view);
    }
  } else if (what == "override") {
    view.override_reason = get(detail, "reason");
  } else if (what == "waive" && record.what.location) {
    if (LocationView* location = view.find(*record.what.location)) {
      location->state = LocationState::waived;
      location->waived_holding = record.what.key;
    }
  } else if (what == "add_location") {
    view.locations.push_back(added_location(view, record));
  } else if (what == "reveal" && record.what.location) {
    // Whoever was shown the new pair may have put it there, whether he says so or not.
    LocationView* location = view.find(*record.what.location);
    if (location != nullptr && view.direction == Direction::forward) location->ever_written = true;
  } else if (what == "confirm" && record.what.location) {
    confirm(view, record);
  } else if (what == "ignore_use") {
    auto& used = record.what.key == view.old_key ? view.old_used_at_deactivate : view.new_used_at_deactivate;
    used = get_time(detail, "last_used");
    view.accepted.erase("check_failed:ignore");
    end_standing(view, "somebody passed over a use of the key");
  }
}

}  // namespace

bool answers_an_alarm(std::string_view accepted) {
  return !accepted.starts_with("orphan:") && !accepted.starts_with("stranger:") && accepted != "drift:deploy" &&
         accepted != "check_failed:ignore" && !accepted.starts_with("overwrite_location:");
}

LocationView* View::find(const LocationName& name) {
  const auto found = std::ranges::find(locations, name, [](const LocationView& each) { return each.spec.name; });
  return found == locations.end() ? nullptr : &*found;
}

const LocationView* View::find(const LocationName& name) const { return const_cast<View*>(this)->find(name); }

void apply(View& view, const Record& record) {
  if (record.seq != view.seq + 1) impossible(record, "it is not number " + std::to_string(view.seq + 1));
  if (record.what.kind != Kind::started && view.seq == 0) impossible(record, "nothing has started");
  const bool late_undo = record.what.kind == Kind::decision && record.what.step == Step::delete_key && view.late_undo();
  if (terminal(view.state) && record.what.kind != Kind::note && !late_undo) {
    impossible(record, "the rotation is closed");
  }
  switch (record.what.kind) {
    case Kind::started:
      if (view.seq != 0) impossible(record, "a rotation starts once");
      pin(view, record);
      break;
    case Kind::intent: intend(view, record); break;
    case Kind::outcome: conclude(view, record); break;
    case Kind::observation: observe(view, record); break;
    case Kind::decision: resolve(view, record); break;
    case Kind::note: recall(view, record); break;
  }
  for (LocationView& each : view.locations) each.last_key = each.holds ? each.holds : each.last_key;
  view.seq = record.seq;
  view.updated_at = record.at;
  if (terminal(view.state)) {
    view.attention.reset();
    view.pending.reset();
    view.waking_old.reset();
    view.waking_new.reset();
  }
}

std::optional<Time> View::restorable_until() const {
  if (!late_undo() || !old_deleted_at) return std::nullopt;
  return *old_deleted_at + provider.undelete_for;
}

std::optional<Time> View::old_secrets_until() const {
  const bool sealed = std::ranges::any_of(locations, &LocationView::old_sealed);
  if (!sealed || policy.late_undo == Seconds{0} || !restorable_until()) return std::nullopt;
  return std::min(*restorable_until(), *old_deleted_at + policy.late_undo);
}

View fold(std::span<const Record> records) {
  View view;
  for (const Record& record : records) apply(view, record);
  return view;
}

Summary summary(const View& view) {
  return {.id = view.id,
          .procedure = view.procedure,
          .target = view.target,
          .old_key = view.old_key,
          .new_key = view.new_key,
          .state = view.state,
          .direction = view.direction,
          .pending_step = view.waking() != nullptr ? std::optional{view.waking()->step}
                          : view.pending           ? std::optional{view.pending->step}
                                                   : std::nullopt,
          .attention = view.attention ? std::optional{view.attention->code} : std::nullopt,
          .seq = view.seq,
          .started_by = view.started_by,
          .started_at = view.started_at,
          .updated_at = view.updated_at};
}
}  // namespace rotation
