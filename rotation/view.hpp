// What the journal says of one rotation: the fold of its records, and nothing else.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "rotation/batch.hpp"
#include "rotation/names.hpp"
#include "rotation/ports.hpp"
#include "rotation/procedure.hpp"
#include "rotation/record.hpp"
#include "rotation/roll_call.hpp"
#include "rotation/time.hpp"

namespace rotation {

// Pinned at the start. Defaults are the config's.
struct Policy {
  Seconds max_age = std::chrono::hours{24 * 90};
  Seconds quiet = std::chrono::hours{24};
  Seconds grace = std::chrono::hours{24 * 7};
  Seconds lag = std::chrono::hours{4};
  Seconds granularity = std::chrono::minutes{15};
  Seconds propagation{120};
  Seconds check_every = std::chrono::minutes{15};
  std::set<Step> confirm{Step::deploy, Step::deactivate, Step::delete_key};
  std::optional<Seconds> cadence;  // the target's word on how often the key is surely used
  // How long the old values of the locations stay sealed after the delete, where the cloud can still undo it.
  Seconds late_undo{};
  bool operator==(const Policy&) const = default;
};

// Whose key, where: everything that a mutation is checked against (invariant 7).
struct Target {
  AccountName account;
  std::string provider;
  std::string partition;
  AccountId account_id;
  UserName user;
  UserId user_id;
  bool by_profile = false;  // no config names the account: it is the profile of that name
  bool operator==(const Target&) const = default;
};

// How the account is reached (profile, region, endpoints), pinned so that a broken config stops no rollback.
// The core only keeps it; cli/ and the provider give it meaning.
using Connection = std::map<std::string, std::string>;

enum class LocationState : std::uint8_t { pending, written, proposed, failed, manual, confirmed, restored, waived };
template <>
struct Words<LocationState> {
  static constexpr std::array all{"pending"sv, "written"sv,   "proposed"sv, "failed"sv,
                                  "manual"sv,  "confirmed"sv, "restored"sv, "waived"sv};
};

struct LocationView {
  LocationSpec spec;
  LocationState state = LocationState::pending;
  std::optional<AccessKeyId> holds;     // last known
  std::optional<AccessKeyId> last_key;  // the last one that it was ever known to hold
  bool ever_written = false;            // an intent to write it was made: it may have held the new key
  bool old_sealed = false;              // its old value is sealed here
  // Closed, and written by nobody knows whom: what `holds` says of it is not to be relied on before our next write.
  bool in_doubt = false;
  Custody custody = Custody::open;
  std::string mark;                           // of a closed place: what it told after the last write that is known of
  std::optional<AccessKeyId> waived_holding;  // what it held when it was waived; empty: nothing, or not readable
};

// It keeps something derived from the secret, which nobody can sign with.
[[nodiscard]] inline bool is_derived(const LocationSpec& spec) { return spec.settings.contains("as"); }

// Someone must look: in the words of the JSON contract.
enum class AttentionCode : std::uint8_t {
  orphan,
  stranger,
  conflict,
  location_missing,
  location_stale,
  old_inactive,
  new_inactive,
  both_inactive,
  no_key,
  lost_new_key,
  reactivated_outside,
  closed_outside,
  user_missing,
  user_recreated,
  denied,
  drift,
  check_failed
};
template <>
struct Words<AttentionCode> {
  static constexpr std::array all{"orphan"sv,
                                  "stranger"sv,
                                  "conflict"sv,
                                  "location_missing"sv,
                                  "location_stale"sv,
                                  "old_inactive"sv,
                                  "new_inactive"sv,
                                  "both_inactive"sv,
                                  "no_key"sv,
                                  "lost_new_key"sv,
                                  "reactivated_outside"sv,
                                  "closed_outside"sv,
                                  "user_missing"sv,
                                  "user_recreated"sv,
                                  "denied"sv,
                                  "drift"sv,
                                  "check_failed"sv};
};

struct Attention {
  AttentionCode code = AttentionCode::denied;
  std::string message;
  std::string hint;                 // a whole command
  std::vector<std::string> accept;  // the words that --accept takes here
  bool operator==(const Attention&) const = default;
};

// An intent without a known outcome.
struct Pending {
  Op op = Op::create_key;
  Step step = Step::create;
  Direction direction = Direction::forward;
  AttemptId attempt;
  std::optional<LocationName> location;
  std::optional<AccessKeyId> key;
  Instant since;
  std::set<AccessKeyId> keys_before;  // of a create: what stood there
};

enum class Verdict : std::uint8_t { moved, new_idle, old_still_used, both_idle, quiet, unknown };
template <>
struct Words<Verdict> {
  static constexpr std::array all{"moved"sv, "new idle"sv, "old still used"sv, "both idle"sv, "quiet"sv, "unknown"sv};
};

// One look at one key's last-used.
struct Sample {
  AccessKeyId key;
  LastUsed used;
  Instant seen;
  bool known = true;  // false: the read failed
  // Self-rotation: when this burst of our own calls began. A use before it and after the last burst is not ours.
  std::optional<Time> own_since;
  std::string used_by = {};  // "ecs from 203.0.113.7, oss from …": by the event history, where it could be read
  bool foreign_use = false;  // and it names a service that keybaton does not call itself
};

struct View {
  // pinned at the start
  RotationId id;
  Procedure procedure = Procedure::rotate;
  Target target;
  Policy policy;
  Connection connection;
  ProviderFacts provider;
  bool self = false;  // the tool signs with the very key it rotates
  AccessKeyId old_key;
  std::optional<Time> old_created;
  std::optional<Seconds> idle_at_start;  // how long the old key had been unused
  std::optional<Batch> batch;            // it is one of many
  std::string started_by;
  Time started_at{};

  // where it stands
  State state = State::planned;
  Direction direction = Direction::forward;
  std::optional<AccessKeyId> new_key;
  std::optional<Pending> pending;
  // A reactivation has a slot of its own, each key another: it waits for nothing else to be settled. So has bringing
  // the old key back from the recycle bin, which comes before it.
  std::optional<Pending> waking_old, waking_new;
  std::optional<Attention> attention;
  std::optional<std::string> old_key_is, new_key_is;  // as the cloud listed them when that was raised
  std::vector<LocationView> locations;
  std::optional<AccessKeyId> orphan;      // a key of a create whose secret was lost, not yet removed
  std::optional<Instant> orphan_touched;  // found, or last changed by an intent of ours
  std::set<std::string> accepted;         // --accept words that still hold
  std::optional<std::string> override_reason;
  std::optional<Standing> standing;    // the consent for the whole batch, as long as it holds
  std::string consent_over;            // why it holds no longer
  std::optional<Instant> warned_at;    // when the key's owner was told first
  std::optional<Seconds> warned_left;  // at the latest warning: that much at most was left until the first act
  int seq = 0;
  Time updated_at{};

  // what windows count from
  std::optional<Instant> created_at, probed_at, deployed_at, verified_at, deactivated_at;
  std::optional<Instant> restored_at, new_deactivated_at;
  std::optional<Time> old_deleted_at;
  std::optional<Instant> old_touched;  // the last intent of ours on the old key
  std::optional<Instant> new_touched;  // the last intent of ours on the new key
  std::optional<KeyStatus> old_said;   // what our last acknowledged mutation made it; empty: never touched
  std::optional<KeyStatus> new_said;
  bool old_deleted = false, new_deleted = false;
  bool left_deleted = false;        // a late undo was given up: the old key is to stay gone
  bool once_finished = false;       // a rollback was left for going on: another one is not sent the same way
  bool new_shredded = false;        // its sealed secret went when the rotation was completed
  bool old_maybe_inactive = false;  // a deactivate intent that no later reactivation has answered
  std::optional<Time> old_used_at_verify, old_used_at_deactivate, new_used_at_deactivate;
  bool verified_by_word = false;  // an --override stands in for evidence
  std::vector<Sample> samples;    // since the last step that changed what they mean
  Consumers consumers;            // as the event history told them
  std::optional<Verdict> verdict;
  std::optional<Time> old_use_seen;    // the latest use of the old key that this journal has seen
  std::optional<Seconds> longest_gap;  // between two uses of it

  [[nodiscard]] bool open() const { return !terminal(state); }
  // Completed, and the cloud may still bring the old key back.
  [[nodiscard]] bool late_undo() const { return state == State::completed && provider.undeletes() && !left_deleted; }
  // Until when that is so, counted from the delete; empty where it never was.
  [[nodiscard]] std::optional<Time> restorable_until() const;
  // Which sealed secrets outlive the delete: none, or those of the locations for as long as that.
  [[nodiscard]] std::optional<Time> old_secrets_until() const;
  [[nodiscard]] const Pending* waking() const {
    return waking_old ? &*waking_old : waking_new ? &*waking_new : nullptr;
  }
  // The slot of an intent for `op` on `key`.
  [[nodiscard]] std::optional<Pending>& slot(Op op, const std::optional<AccessKeyId>& key) {
    const bool wakes = op == Op::activate_key || op == Op::undelete_key;
    return !wakes ? pending : key == old_key ? waking_old : waking_new;
  }
  [[nodiscard]] const std::optional<Pending>& slot(Op op, const std::optional<AccessKeyId>& key) const {
    return const_cast<View*>(this)->slot(op, key);
  }
  // The location whose sealed old secret can be put back into this one: its own, or of another one that showed what
  // this one did not. nullptr: nobody here has it.
  [[nodiscard]] const LocationView* old_secret_of(const LocationView& location) const;
  [[nodiscard]] LocationView* find(const LocationName& name);
  [[nodiscard]] const LocationView* find(const LocationName& name) const;
};

// Does the --accept word answer an alarm? Then it is spent once the alarm is over; others guide a step to its end.
[[nodiscard]] bool answers_an_alarm(std::string_view accepted);

// Adds one record. Throws StorageTrouble for a record that cannot follow (invariant 10).
void apply(View& view, const Record& record);
[[nodiscard]] View fold(std::span<const Record> records);

// The row that SQL queries see: a projection, equal to the fold after each record (invariant 10).
struct Summary {
  RotationId id;
  Procedure procedure = Procedure::rotate;
  Target target;
  AccessKeyId old_key;
  std::optional<AccessKeyId> new_key;
  State state = State::planned;
  Direction direction = Direction::forward;
  std::optional<Step> pending_step;
  std::optional<AttentionCode> attention;
  int seq = 0;
  std::string started_by;
  Time started_at{};
  Time updated_at{};
  bool operator==(const Summary&) const = default;
};
[[nodiscard]] Summary summary(const View& view);

// Consent for the whole batch that covers this step, forward.
[[nodiscard]] bool stands(const View& view, Step step);
// The key was off before this rotation began, which has not switched it off itself: a way back does not turn it on.
[[nodiscard]] bool stays_off(const View& view);

}  // namespace rotation
