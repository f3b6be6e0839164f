// What to do now, given what the journal says and what this process has seen. Pure: no clock, no I/O, no chance.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "rotation/engine.hpp"
#include "rotation/ports.hpp"
#include "rotation/reconcile.hpp"
#include "rotation/view.hpp"

namespace rotation {

template <class T>
struct Sighting {
  Answer<T> answer;
  Instant at;
};

struct LocationLook {
  std::optional<AccessKeyId> id;
  bool readable = false;      // its secret too, so that it can be sealed
  bool other_secret = false;  // a key of ours, beside a secret that is not the one sealed here
  bool unfinished = false;    // the write of what it holds was cut short, and is to be done again
};

using KeyList = std::vector<AccessKey>;

// What this process has seen of the world. The engine fills it in as `decide` asks, and drops what a wait or a
// mutation has made old.
struct Observations {
  std::optional<Sighting<Caller>> caller;
  std::optional<Sighting<User>> user;
  std::optional<Sighting<KeyList>> keys;  // the newest read
  std::vector<Instant> keys_run;          // when consecutive reads showed the very same list, newest last
  bool keys_fresh = false;
  std::map<LocationName, Sighting<LocationLook>> locations;
  std::map<AccessKeyId, Instant> sampled;                // last-used reads that went into the journal
  std::map<AccessKeyId, Sighting<LastUsed>> candidates;  // last-used of keys that may be an orphan
  struct Probing {
    int good = 0;         // in a row
    int unknown_key = 0;  // refused as an unknown key, in a row
    std::optional<Instant> first, last, first_unknown;
  } probing;
  std::optional<bool> spill_whole;  // looked, and what was found
  std::set<std::pair<Step, Direction>> consents;
  std::optional<std::string> cannot_unseal;  // why the sealed secrets of old keys stay closed
  bool woken = false;                        // the old key was turned on by this process
  bool moved = false;                        // this process has taken a step of the table forward
  int wake_tries = 0;                        // reactivations sent without a clear answer
  std::optional<Refused> wake_refused;
  std::optional<Refused> undelete_refused;
  std::optional<Refused> refused;  // the last mutation or location write that was refused
};

enum class At : std::uint8_t { caller, user, keys, location, last_used, candidate, probe, spill };
struct Look {
  At at = At::caller;
  LocationName location;
  AccessKeyId key;
};
// A short wait inside the propagation delay; always sat through.
struct Pause {
  Millis span{};
  std::string what;
};
// A window of the policy: sat through only on request.
struct Sit {
  Step step = Step::verify;
  Millis left{};        // until it can be over
  Millis look_again{};  // when another sample makes sense
  std::string what;
};
// The journal alone.
struct Write {
  Draft draft;
  bool shred = false;
};
// An intent, an effect, an outcome.
struct Perform {
  Op op = Op::create_key;
  Step step = Step::create;
  Direction direction = Direction::forward;
  AccessKeyId key;        // of activate, deactivate and delete
  LocationName location;  // of write and restore
};
struct Ask {
  Question question;
};
struct StopFor {
  Attention attention;
  Ending ending = Ending::needs_operator;
};
struct GiveUp {
  Ending ending = Ending::refused;
  Problem problem;
};
// The spill or the sealed secret of an open create is whole.
struct Adopt {};
struct Closed {};
struct Reached {};

using Action = std::variant<Look, Pause, Sit, Write, Perform, Ask, StopFor, GiveUp, Adopt, Closed, Reached>;

struct Decision {
  Action action;
  Situation at;
  const Cell* cell = nullptr;  // the row of the reconcile table that said so; null where it took no table
};

[[nodiscard]] Decision decide(const View& view, const Observations& seen, const Wishes& wishes, const Instant& now);

}  // namespace rotation
