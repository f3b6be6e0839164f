#include "rotation/sight.hpp"

#include <algorithm>

#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"
#include "rotation/turn.hpp"

namespace rotation {
namespace {

Seen as_seen(const KeyList& keys, const AccessKeyId& id) {
  const AccessKey* key = find_key(keys, id);
  if (key == nullptr) return Seen::absent;
  switch (key->status) {
    case KeyStatus::active: return Seen::active;
    case KeyStatus::inactive: return Seen::inactive;
    case KeyStatus::unusable: return Seen::unusable;
  }
  return Seen::unusable;
}

const KeyList& now_listed(const Observations& seen) { return *done(seen.keys->answer); }

Action look_again(const View& view, Millis span) {
  const bool open = view.pending || view.waking() != nullptr;
  return Pause{.span = std::max(span, Millis{0}),
               .what = open ? "until the cloud surely shows what became of the last call"
                            : "what the cloud lists is not what was done last: reading it again"};
}

// What an open intent on this key would make of it.
std::optional<Seen> intended(const View& view, const AccessKeyId& id) {
  const std::optional<Pending>& waking = id == view.old_key ? view.waking_old : view.waking_new;
  const Pending* open = waking && waking->key == id               ? &*waking
                        : view.pending && view.pending->key == id ? &*view.pending
                                                                  : nullptr;
  if (open == nullptr) return std::nullopt;
  switch (open->op) {
    case Op::activate_key: return Seen::active;
    case Op::deactivate_key:
    case Op::undelete_key: return Seen::inactive;
    case Op::delete_key: return Seen::absent;
    case Op::create_key:
    case Op::write_location:
    case Op::restore_location: return std::nullopt;
  }
  return std::nullopt;
}

// What our own acknowledged mutations made of it; empty: we never touched it, so nothing is contradicted.
std::optional<Seen> acknowledged(const std::optional<KeyStatus>& said, bool deleted) {
  if (deleted) return Seen::absent;
  if (!said) return std::nullopt;
  return *said == KeyStatus::active ? Seen::active : Seen::inactive;
}

struct Belief {
  std::optional<Seen> acknowledged;
  std::optional<Seen> intended;
  std::optional<Instant> touched;
};

std::variant<Seen, Action> trust(const View& view, const Observations& seen, const AccessKeyId& id,
                                 const Belief& belief, const Instant& now) {
  const Seen shown = as_seen(now_listed(seen), id);
  if (belief.intended) {
    // A list older than our own deactivate shows Active too: for "Active again" one read is not enough.
    // A list older than the key itself lacks it just as well as one from after its delete.
    // One older than our own delete shows Inactive, as if it were undone.
    const bool maybe_old_news = (belief.intended == Seen::active && belief.acknowledged == Seen::inactive) ||
                                (belief.intended == Seen::inactive && belief.acknowledged == Seen::absent) ||
                                belief.intended == Seen::absent;
    if (shown == *belief.intended && !maybe_old_news) return shown;
    if (shown == Seen::absent && belief.intended == Seen::inactive && !belief.acknowledged) return shown;
  } else if (!belief.acknowledged || shown == *belief.acknowledged) {
    return shown;
  }
  if (!belief.touched) return shown;
  const Millis span = belief.intended ? until_an_intent_shows(view) : until_it_shows(view);
  if (auto action = unless_seen_twice(view, seen, *belief.touched, span, now)) return *action;
  return shown;
}

// A list that lacks the new key is not yet a lost key: the cloud must not know the key itself either, and that for as
// long as it may take to spread - a key just lost to sight is not given up for one stale corner of the cloud. Once
// consumers hold it, the alarm comes first: it gives nothing up.
std::variant<Seen, Action> prove_lost(const View& view, const Observations& seen, const Instant& now) {
  const auto& probing = seen.probing;
  if (probing.good > 0) return look_again(view, spacing(view).contradiction);
  const Spacing gaps = spacing(view);
  const bool alarm = view.direction == Direction::forward && ever_deployed(view);
  const Millis span = alarm ? gaps.contradiction : std::max(gaps.settle, gaps.contradiction);
  const bool throughout = probing.unknown_key >= 2 && probing.first_unknown && probing.last &&
                          elapsed(*probing.first_unknown, *probing.last) >= span;
  if (throughout) return Seen::absent;
  if (probing.last && elapsed(*probing.last, now) < gaps.contradiction) {
    return look_again(view, gaps.contradiction - elapsed(*probing.last, now));
  }
  return Action{Look{.at = At::probe, .key = *view.new_key}};
}

bool in_window(const Pending& create, const AccessKey& key) {
  constexpr Seconds slack{2};  // whole seconds on both sides, and the offset's own error
  return key.created_at >= create.since.wall - slack && key.created_at <= create.since.wall + write_deadline + slack;
}

}  // namespace

bool moved(const LocationLook& look, const LocationView& location) {
  return look.custody == Custody::closed && !look.mark.empty() && look.mark != location.mark;
}

std::optional<AccessKeyId> held(const LocationLook& look, const LocationView& location) {
  switch (look.custody) {
    case Custody::open: return look.id;
    case Custody::closed: return look.mark.empty() || moved(look, location) ? std::nullopt : location.holds;
    case Custody::by_hand: return location.holds;
  }
  return std::nullopt;
}

const LocationView* View::old_secret_of(const LocationView& location) const {
  if (location.old_sealed) return &location;
  const auto other = std::ranges::find_if(
      locations, [](const LocationView& each) { return each.old_sealed && !is_derived(each.spec); });
  return other == locations.end() ? nullptr : &*other;
}

Millis until_it_shows(const View& view) { return spacing(view).settle; }
Millis until_an_intent_shows(const View& view) { return spacing(view).settle + spacing(view).in_flight; }

Maybe unless_seen_twice(const View& view, const Observations& seen, const Instant& touched, Millis span,
                        const Instant& now) {
  const Millis gap = spacing(view).contradiction;
  const auto first =
      std::ranges::find_if(seen.keys_run, [&](const Instant& read) { return elapsed(touched, read) >= span; });
  if (first == seen.keys_run.end()) return look_again(view, span - elapsed(touched, now));
  const auto reads = std::distance(first, seen.keys_run.end());
  const Millis apart = elapsed(*first, seen.keys_run.back());
  if (reads < 2 || apart < gap) return look_again(view, gap - apart);
  return std::nullopt;
}

const AccessKey* find_key(const KeyList& keys, const AccessKeyId& id) {
  const auto found = std::ranges::find(keys, id, &AccessKey::id);
  return found == keys.end() ? nullptr : &*found;
}

std::vector<AccessKey> strangers(const View& view, const KeyList& keys) {
  std::vector<AccessKey> others;
  for (const AccessKey& key : keys) {
    if (key.id == view.old_key || (view.new_key && key.id == *view.new_key)) continue;
    if (view.orphan && key.id == *view.orphan) continue;
    others.push_back(key);
  }
  return others;
}

Open open_of(const View& view) {
  if (view.waking_old) return view.waking_old->op == Op::undelete_key ? Open::undelete_old : Open::wake_old;
  if (view.waking_new) return Open::wake_new;
  if (!view.pending) {
    // Half-way through the deploy some locations hold the new key already, though no write is open.
    const bool deploying = view.direction == Direction::forward && view.state == State::created && ever_deployed(view);
    return deploying ? Open::location : Open::nothing;
  }
  const bool old_key = view.pending->key == view.old_key;
  const bool orphan = view.state == State::planned && !old_key;
  switch (view.pending->op) {
    case Op::create_key: return Open::create;
    case Op::write_location:
    case Op::restore_location: return Open::location;
    case Op::activate_key: return old_key ? Open::wake_old : Open::wake_new;
    case Op::deactivate_key: return orphan ? Open::clean_up : old_key ? Open::deactivate_old : Open::deactivate_new;
    case Op::delete_key: return orphan ? Open::clean_up : old_key ? Open::delete_old : Open::delete_new;
    case Op::undelete_key: return Open::undelete_old;
  }
  return Open::nothing;
}

std::variant<Seen, Action> trust_old(const View& view, const Observations& seen, const Instant& now) {
  return trust(view, seen, view.old_key,
               {.acknowledged = acknowledged(view.old_said, view.old_deleted),
                .intended = intended(view, view.old_key),
                .touched = view.old_touched},
               now);
}

std::variant<Seen, Action> trust_new(const View& view, const Observations& seen, const Instant& now) {
  if (!view.new_key) return Seen::none;
  auto trusted = trust(view, seen, *view.new_key,
                       {.acknowledged = acknowledged(view.new_said, view.new_deleted),
                        .intended = intended(view, *view.new_key),
                        .touched = view.new_touched},
                       now);
  const bool gone = std::holds_alternative<Seen>(trusted) && std::get<Seen>(trusted) == Seen::absent;
  if (!gone || view.new_deleted || intended(view, *view.new_key) == Seen::absent) return trusted;
  if (view.new_shredded) return trusted;  // nothing to sign with any more: the lists have to do
  // Going back, nothing hangs on it before the places are restored; a key that nobody ever held needs no proof at all.
  if (view.direction == Direction::back && (!ever_deployed(view) || !view.restored_at)) return trusted;
  return prove_lost(view, seen, now);
}

std::variant<Candidate, Action> created_candidate(const View& view, const Observations& seen, const Instant& now) {
  const Pending& create = *view.pending;
  std::vector<AccessKey> fresh_keys;
  for (const AccessKey& key : now_listed(seen)) {
    if (!create.keys_before.contains(key.id)) fresh_keys.push_back(key);
  }
  // Until the delay is over another key may still appear; one that did would make this one a stranger.
  if (auto action = unless_seen_twice(view, seen, create.since, until_an_intent_shows(view), now)) return *action;
  if (fresh_keys.empty()) return Candidate{};
  if (fresh_keys.size() > 1 || !in_window(create, fresh_keys.front())) {
    return Candidate{.key = fresh_keys.front(), .stranger = Stranger::yes};
  }
  const AccessKey& key = fresh_keys.front();
  const auto used = seen.candidates.find(key.id);
  if (used == seen.candidates.end()) return Action{Look{.at = At::candidate, .key = key.id}};
  const LastUsed* last = done(used->second.answer);
  if (last == nullptr) {
    return Action{GiveUp{.ending = Ending::unknown,
                         .problem = not_known(view, "reading whether " + key.id.text() + " was ever used",
                                              "without it an orphan can't be told from a stranger")}};
  }
  if (last->at) return Candidate{.key = key, .stranger = Stranger::yes};
  return Candidate{.seen = Seen::orphan, .key = key};
}

}  // namespace rotation
