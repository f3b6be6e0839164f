// From reads to what may be believed: which key is how, when a read counts, who is a stranger.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "rotation/decide.hpp"
#include "rotation/evidence.hpp"
#include "rotation/reconcile.hpp"

namespace rotation {

// Whether a sighting is young enough to act on.
template <class T>
[[nodiscard]] bool fresh(const std::optional<Sighting<T>>& sighting, const Instant& now);

// The key as it may be believed, or what to do before it can be.
[[nodiscard]] std::variant<Seen, Action> trust_old(const View& view, const Observations& seen, const Instant& now);
[[nodiscard]] std::variant<Seen, Action> trust_new(const View& view, const Observations& seen, const Instant& now);

// Of an open create: none, orphan, or stranger (several, used, or made outside the window).
struct Candidate {
  Seen seen = Seen::none;
  std::optional<AccessKey> key;
  Stranger stranger = Stranger::no;
};
[[nodiscard]] std::variant<Candidate, Action> created_candidate(const View& view, const Observations& seen,
                                                                const Instant& now);

// The same list in two reads, both `span` after `touched` and far enough apart; else what is still missing: a list that
// lacks a key may be older than the key.
[[nodiscard]] std::optional<Action> unless_seen_twice(const View& view, const Observations& seen,
                                                      const Instant& touched, Millis span, const Instant& now);
// That span: the propagation delay, and for an intent without an outcome as long as its request may be on its way.
[[nodiscard]] Millis until_it_shows(const View& view);
[[nodiscard]] Millis until_an_intent_shows(const View& view);

// Keys of the user that are neither old, new nor our orphan.
[[nodiscard]] std::vector<AccessKey> strangers(const View& view, const KeyList& keys);
[[nodiscard]] const AccessKey* find_key(const KeyList& keys, const AccessKeyId& id);
[[nodiscard]] Open open_of(const View& view);

template <class T>
bool fresh(const std::optional<Sighting<T>>& sighting, const Instant& now) {
  return sighting && elapsed(sighting->at, now) <= read_life;
}

}  // namespace rotation
