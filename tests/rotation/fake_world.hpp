// A world small enough to copy, with a clock that the test ticks: one user at a cloud, locations with consumers, a
// journal, a spill. It can be made to fail at any single call, and it checks the invariants as it goes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rotation/engine.hpp"
#include "rotation/reconcile.hpp"
#include "rotation/view.hpp"

namespace fake {

using namespace rotation;

// What can go wrong at one call. `late` arrives after all, within the propagation delay.
enum class Fault : std::uint8_t {
  none,
  crash_before,
  crash_after,
  lost_before,
  lost_after,
  late,
  refused,
  denied,
  stale,
  storage,
  interrupt,
  foreign_create,
  foreign_deactivate_old,
  foreign_delete_old,
  foreign_deactivate_new,
  foreign_delete_new,
  foreign_activate_old,
  place_gets_old,  // somebody edits the place that is being read or written
  place_gets_new,
  place_emptied,
  place_gets_other,  // a key that is none of ours
  crash_between,     // of the two parts of a write
  lost_between,
  merged,              // the proposal, by whoever reviews it
  rejected,            // the same, thrown away
  foreign_purge_old,   // out of the recycle bin, for good
  foreign_restore_old  // out of the recycle bin, Inactive
};

// Which cloud the world is: what its keys do there beyond what all clouds have in common.
enum class Habits : std::uint8_t {
  plain,    // deleted is gone, an Active key can be deleted, last-used names the service
  recycles  // deleted keys lie in a recycle bin, an Active one is not deleted, last-used is coarse and without a
            // service
};

// `list` is the read of the keys: what somebody else does shows there, so that is where he acts.
enum class CallKind : std::uint8_t {
  list,
  read,
  mutation,
  location_read,
  location_write,
  parts_write,  // to a place that takes two writes
  review_read,  // of a place whose changes are reviewed
  review_write,
  commit,
  spill
};

struct Crash {};

struct CloudKey {
  KeyStatus status = KeyStatus::active;
  Time created_at{};
  std::optional<Time> used_at;
  std::string service;
  bool foreign = false;  // made by somebody else
  bool operator==(const CloudKey&) const = default;
};

// How a place takes and shows what it holds.
enum class Nature : std::uint8_t {
  open,         // id and secret can be read, and are written at once
  closed,       // shows only a mark that moves with each write; its secret is written first, then its id
  by_hand,      // a person writes it, and says so
  reviewed,     // a write is a proposal, which somebody merges
  two_step,     // open; its secret is written first, then its id
  two_part,     // open; the pair is written at once, and then something is left to do
  derived_part  // the same, and it keeps what is derived from the secret
};

struct Place {
  Nature nature = Nature::open;
  std::optional<AccessKeyId> id = {};         // what its consumers use
  std::optional<AccessKeyId> secret_of = {};  // a write was cut short: its secret is that of this key
  bool unfinished = false;                    // a write was cut short: the pair is there, but not all of it
  std::optional<AccessKeyId> proposed = {};
  int writes = 0;  // of a closed one: its mark
};

struct LateEffect {
  Time at{};
  std::string what;  // "Inactive", "Active", "delete", "create"
  AccessKeyId key;
};

struct World {
  // the cloud
  std::map<AccessKeyId, CloudKey> keys;
  std::map<AccessKeyId, CloudKey> keys_before;  // what a stale list shows, within the propagation delay
  std::map<AccessKeyId, CloudKey> bin;          // of a cloud that recycles
  Time changed_at{};
  std::vector<LateEffect> late;
  int next_key = 2;
  // locations; each is also a consumer that uses what it holds
  std::map<LocationName, Place> places;
  // this machine
  Time wall{};
  Millis boot{};
  View view;
  std::vector<Record> records;
  std::map<std::string, SealedSecret> sealed;
  std::optional<std::string> wrapped;
  std::map<std::string, Spill::Kept> spill;
  std::vector<Draft> notes;  // of a rollback that the journal could not take
  // bookkeeping for the invariants
  bool meddled = false;           // a foreign actor has touched old or new: an outage may be his
  std::set<LocationName> edited;  // places that somebody else has written: what they hold is his doing
  bool old_deleted_by_us = false;
  std::set<AttemptId> creates_sent;
  std::set<AccessKeyId> made_by_us;
  std::vector<std::string> broken;  // invariants that did not hold, in words

  [[nodiscard]] bool recycles() const { return view.provider.undeletes(); }
};

struct Site {
  Nature nature = Nature::open;
  bool optional = false;
  bool canary = false;
};

struct Scene {
  Habits cloud = Habits::plain;
  Procedure procedure = Procedure::rotate;
  bool self = false;
  std::vector<Site> sites = {{}};
  Policy policy;
  std::optional<Step> through;  // what went well before the trouble begins
};

// A world with one old, used key in every location, and the rotation just started.
[[nodiscard]] World opening(const Scene& scene);

struct Command {
  bool rollback = false;
  std::optional<LocationName> by_hand;  // not ours: a person has the pair revealed, puts it there, and confirms it
  bool wait = true;                     // a person loses patience after some dozen waits
  std::set<std::string> accept;
  std::optional<std::string> override_reason;
  std::optional<Step> through;
  std::map<int, Fault> faults;  // by number of the call within this command
};

struct Ran {
  std::optional<Result> result;  // empty: it crashed
  std::vector<CallKind> calls;   // each call that was made, in order
};

// Runs one process on the world. `cells` collects the rows of the reconcile table that were taken.
Ran run(World& world, const Command& command, std::set<const Cell*>* cells = nullptr);

// Which faults make sense at such a call.
[[nodiscard]] std::vector<Fault> faults_at(CallKind kind, Habits cloud);

// Does the hint's work: what a person would type next.
[[nodiscard]] Command follow(const World& world, const Result& result);

// Whoever reviews proposals merges those that he is said to be waited for. False where there is none.
bool reviewer_merges(World& world);

// At a stop that only a person at the cloud can clear, does what its message says. False at any other stop.
bool person_clears(World& world, const Result& result);

// What is left to say once the rotation is closed.
void check_end(World& world);

// Everything that later behaviour can depend on, without absolute times.
[[nodiscard]] std::string fingerprint(const World& world);

}  // namespace fake
