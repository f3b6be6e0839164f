// What the core needs of the world. Implemented in store/, providers/, secrets_adapters/ and cli/;
// a fake of each lives in the tests.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rotation/answer.hpp"
#include "rotation/errors.hpp"
#include "rotation/names.hpp"
#include "rotation/record.hpp"
#include "rotation/secret.hpp"
#include "rotation/time.hpp"

namespace rotation {

struct View;
struct Situation;
struct Cell;

// ---- the cloud ---------------------------------------------------------------------------------------------

// `unusable` is any status but Active and Inactive (AWS knows Expired): it signs nothing and still fills a slot.
enum class KeyStatus : std::uint8_t { active, inactive, unusable };
template <>
struct Words<KeyStatus> {
  static constexpr std::array all{"Active"sv, "Inactive"sv, "unusable"sv};
};

struct AccessKey {
  AccessKeyId id;
  KeyStatus status = KeyStatus::unusable;
  Time created_at{};
  bool operator==(const AccessKey&) const = default;
};

struct NewKey {
  AccessKeyId id;
  SecretAccessKey secret;
  Time created_at{};
};

// Who the cloud says signs the requests.
struct Caller {
  AccountId account_id;
  std::string partition;  // "aws", "aws-cn", …
  Arn arn;
  UserId user_id;  // of a user; "AROA…:session" for a role
  bool operator==(const Caller&) const = default;
};

struct User {
  UserName name;
  UserId id;
  Arn arn;
  bool operator==(const User&) const = default;
};

// `at` empty: never used, or not since the cloud began to note it.
struct LastUsed {
  std::optional<Time> at;
  std::string service;  // "s3"; empty where unknown
  std::string region;
  bool operator==(const LastUsed&) const = default;
};

// A deleted key in the cloud's recycle bin.
struct BinnedKey {
  AccessKeyId id;
  Time created_at{}, deleted_at{}, gone_at{};  // `gone_at`: when nothing brings it back any more
  bool operator==(const BinnedKey&) const = default;
};

// One source that used a key, as the cloud's event history tells it.
struct KeyUse {
  std::string service;  // "ecs"
  std::string address;  // "203.0.113.7"; may be empty
  std::string agent;    // may be empty
  Time at{};            // its latest use
  Time first{};         // the earliest that was read; the epoch where the history does not tell
  bool operator==(const KeyUse&) const = default;
};

// The provider's own limits and habits, as data.
struct ProviderFacts {
  std::string provider;       // "aws"
  Seconds granularity{};      // only the first use in a span this long is recorded
  Seconds lag{};              // until a use shows in last-used
  bool loopback = false;      // every endpoint is on loopback: floors and minimum spacings fall away
  Seconds undelete_for{};     // how long a deleted key can come back; zero: never
  std::size_t bin_slots = 0;  // deleted keys kept of one user; a further one purges the oldest
  std::string proof_of_use;   // "aws s3 ls --profile dev": a call that shows in last-used and needs no permission
  // Those that keybaton itself calls, as last-used names them: their use proves nothing about anybody else.
  std::set<std::string> own_services;

  [[nodiscard]] bool undeletes() const { return undelete_for > Seconds{0}; }
  [[nodiscard]] Bin bin() const { return undeletes() ? Bin::yes : Bin::no; }
};

// One account's key service, with the credentials that the config names. Every call has a deadline.
// A 5xx on a write, or any failure after its first byte left, is Unknown; reads retry inside.
class Cloud {
 public:
  virtual ~Cloud() = default;
  [[nodiscard]] virtual ProviderFacts facts() const = 0;
  [[nodiscard]] virtual Answer<Caller> caller() = 0;
  [[nodiscard]] virtual Answer<User> user(const UserName& user) = 0;
  [[nodiscard]] virtual Answer<std::vector<AccessKey>> keys(const UserName& user) = 0;  // all pages
  // Sent at most once on the wire, on a connection of its own. Never retried.
  [[nodiscard]] virtual Answer<NewKey> create_key(const UserName& user) = 0;
  [[nodiscard]] virtual Answer<Nothing> set_status(const UserName& user, const AccessKeyId& key, KeyStatus status) = 0;
  [[nodiscard]] virtual Answer<Nothing> delete_key(const UserName& user, const AccessKeyId& key) = 0;
  [[nodiscard]] virtual Answer<LastUsed> last_used(const UserName& user, const AccessKeyId& key) = 0;
  // What lies in the recycle bin of this user; Refused{unsupported} where there is none.
  [[nodiscard]] virtual Answer<std::vector<BinnedKey>> deleted_keys(const UserId& /*user*/) {
    return Refused{Refusal::unsupported, "", "this cloud has no recycle bin for access keys", ""};
  }
  // Out of the recycle bin: the same id and secret again, Inactive. no_such_entity: it is not in there (any more).
  [[nodiscard]] virtual Answer<Nothing> undelete_key(const UserId& /*user*/, const AccessKeyId& /*key*/) {
    return Refused{Refusal::unsupported, "", "this cloud has no recycle bin for access keys", ""};
  }
  // Who used it, newest first, as far as the event history tells and the permissions allow.
  [[nodiscard]] virtual Answer<std::vector<KeyUse>> uses(const AccessKeyId& /*key*/) {
    return Refused{Refusal::unsupported, "", "this cloud's event history is not read by this version", ""};
  }
  // Who is it that signs with this pair? Needs no permission. invalid_credentials: unknown key, or not yet known.
  [[nodiscard]] virtual Answer<Caller> probe(const AccessKeyId& key, const SecretAccessKey& secret) = 0;

  // Which key signs our own calls: empty for a role or other temporary credentials.
  [[nodiscard]] virtual std::optional<AccessKeyId> signing_key() = 0;
  // Self-rotation: from now on sign with this pair instead.
  virtual void sign_with(const AccessKeyId& key, const SecretAccessKey& secret) = 0;

  // Server time minus ours, from the latest reply's Date header; empty before the first reply.
  [[nodiscard]] virtual std::optional<Millis> clock_offset() const = 0;
  // The provider's own command for it, to paste from any machine.
  [[nodiscard]] virtual std::string command_for(Op op, const UserName& user, const AccessKeyId& key) const = 0;
};

// ---- locations ---------------------------------------------------------------------------------------------

// One location as the config describes it, pinned in the journal at the start. `settings` are the adapter's own.
struct LocationSpec {
  LocationName name;
  std::string type;
  bool optional = false;
  bool canary = false;  // written before all others, which are written only once it took the new key
  std::map<std::string, std::string> settings;
  bool operator==(const LocationSpec&) const = default;
};

// How a place lets itself be known.
enum class Custody : std::uint8_t {
  open,     // its id can be read, mostly its secret too
  closed,   // it takes a pair and shows none; all that it tells is a mark that moves with every write
  by_hand,  // a person writes it, and says so
};
template <>
struct Words<Custody> {
  static constexpr std::array all{"open"sv, "closed"sv, "by hand"sv};
};

// A change that waits for somebody's review: the place holds it once that is over.
struct Proposal {
  AccessKeyId id;
  std::string where;  // "branch rotate-r-01J, to be merged into origin/main"
  bool operator==(const Proposal&) const = default;
};

// What a location holds now. Open without an `id`, closed without a `mark`: the place is empty or not there, which is a
// value.
struct Holding {
  std::optional<AccessKeyId> id;
  std::optional<SecretAccessKey> secret = {};  // empty where the place cannot be read back
  Custody custody = Custody::open;
  std::string mark = {};  // of a closed place, in the store's own words: "2026-01-02T03:04:05Z"
  std::optional<Proposal> proposed = {};
  // Not empty: the place has the pair, but a write of it was cut short before all was done that belongs to it, and says
  // here what is left. Writing the same pair again ends it; another pair may be written over it.
  std::string unfinished = {};

  // The same id, and the same secret where both are known.
  [[nodiscard]] bool meets(const Holding& expected) const {
    return id == expected.id && (!secret || !expected.secret || secret->same_as(*expected.secret));
  }
};

// One write of a pair to a place.
struct Change {
  const Holding& expected;  // what was read just before, and sealed
  const AccessKeyId& id;
  const SecretAccessKey& secret;             // in the form that the place keeps it in
  Direction direction = Direction::forward;  // forward: the new pair; back: the old one again
  AttemptId attempt = {};                    // of the intent in the journal
};

struct Written {
  std::string mark = {};                  // of a closed place, as the store gave it for this very write
  std::optional<Proposal> proposed = {};  // not in the place yet
};

class Location {
 public:
  virtual ~Location() = default;
  [[nodiscard]] virtual Answer<Holding> read() = 0;
  // Could a write succeed as things stand? Changes nothing.
  [[nodiscard]] virtual Answer<Nothing> ready() const { return Done<Nothing>{}; }
  // Writes the pair only if the place holds `expected` now - its secret too, where one is given - and reads it back
  // before it says Done. Another value: Refused{conflict}, and the place is as it was. Where the two values can only be
  // written one after the other, each may already be the new one: a write that was cut short in between goes on.
  [[nodiscard]] virtual Answer<Written> write(const Change& change) = 0;
  // How long ago what read() gave last was really seen: a run over many keys looks at each place once for all of them.
  [[nodiscard]] virtual Millis age() const { return {}; }
  // The form in which this place keeps the secret of such a pair: itself, or what is derived from it.
  [[nodiscard]] virtual SecretAccessKey form(const SecretAccessKey& secret) const { return secret.clone(); }
};

// ---- the journal and the sealed secrets ----------------------------------------------------------------------

struct SealedSecret {
  std::string purpose;  // "new", or "old:" and the location's name
  AccessKeyId key;
  std::string bytes;  // nonce, ciphertext, tag: opaque here
};

// What one commit stores or destroys beside its record.
struct Attachments {
  std::optional<std::string> wrapped_key;
  std::vector<SealedSecret> sealed;
  bool shred = false;  // delete the wrapped data key and every sealed secret of the rotation
};

enum class Seize : bool { no, yes };

// The journal of one rotation. Every function throws StorageTrouble when it cannot do its work.
class Journal {
 public:
  virtual ~Journal() = default;
  [[nodiscard]] virtual const View& view() const = 0;  // the fold of all records; kept up by append
  // One durable commit: the record, its attachments, the projection. Throws Held where an advancing record
  // (intent, outcome) meets a lease that is no longer ours.
  virtual void append(Draft draft, Attachments attachments = {}) = 0;
  // Who the cloud says we are: stands on the records from now on.
  virtual void set_caller(const Arn& arn) = 0;
  // Takes or renews the lease for longer than any request's deadline. Held if another live process has it,
  // unless seized (a rollback's right: the other is fenced off).
  virtual void take_lease(Seize seize) = 0;
  virtual void require_lease() = 0;  // just before the first byte of a mutation; throws Held
  virtual void release_lease() noexcept = 0;
  [[nodiscard]] virtual std::optional<std::string> wrapped_key() = 0;
  [[nodiscard]] virtual std::optional<SealedSecret> sealed(const std::string& purpose) = 0;
  virtual void require_space() = 0;  // at least 1 MiB free beside the journal
};

// AES-256-GCM under a data key per rotation, which the sealing key wraps. Throws SealingTrouble.
class Sealer {
 public:
  virtual ~Sealer() = default;
  // Makes a data key, proves the sealing key by a round trip, and has both the file and its directory fsynced.
  [[nodiscard]] virtual std::string new_wrapped_key(const RotationId& rotation) = 0;
  [[nodiscard]] virtual SealedSecret seal(const std::string& wrapped_key, const RotationId& rotation,
                                          const AccountName& account, std::string purpose, const AccessKeyId& key,
                                          const Secret& secret) = 0;
  // The sealing key, read anew, opens this data key: what is sealed under it can be read again.
  virtual void prove(const std::string& wrapped_key, const RotationId& rotation) = 0;
  // nullopt: the tag does not fit, so these bytes are not whole or not ours.
  [[nodiscard]] virtual std::optional<Secret> unseal(const std::string& wrapped_key, const RotationId& rotation,
                                                     const AccountName& account, const SealedSecret& sealed) = 0;
};

// A small preallocated file beside the journal: where a just-made secret goes first, full disk or not.
class Spill {
 public:
  virtual ~Spill() = default;
  virtual void prepare(const RotationId& rotation, const AttemptId& attempt) = 0;  // 0600, written, fsynced
  virtual void keep(const RotationId& rotation, const AttemptId& attempt, const SealedSecret& secret,
                    Time created_at) = 0;  // fsynced
  struct Kept {
    SealedSecret secret;
    Time created_at{};
  };
  // nullopt: no file, or one with no whole entry.
  [[nodiscard]] virtual std::optional<Kept> kept(const RotationId& rotation, const AttemptId& attempt) = 0;
  virtual void remove(const RotationId& rotation, const AttemptId& attempt) noexcept = 0;
  // The emergency record of a reactivation that the journal could not take; best effort, never throws.
  virtual void note(const RotationId& rotation, const Draft& draft) noexcept = 0;
};

// ---- time, chance and people -----------------------------------------------------------------------------------

enum class Waited { done, interrupted };

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() = 0;
  virtual void set_server_offset(Millis offset) = 0;
  // Sleeps this long by the boot clock, calling `tick` about once a second with what is left.
  virtual Waited wait(Millis span, const std::function<void(Millis left)>& tick) = 0;
  [[nodiscard]] virtual bool interrupted() const = 0;  // a signal asks us to stop at the next safe point
  virtual void hold_signals() = 0;                     // around create alone
  virtual void release_signals() = 0;
  [[nodiscard]] virtual AttemptId fresh_attempt() = 0;
};

struct Question {
  Step step = Step::create;
  Direction direction = Direction::forward;
  Op op = Op::create_key;
  AccessKeyId key;                   // the key it is about; its last four characters are what a person types
  std::string what;                  // "deactivate the old key AKIA…"
  std::vector<std::string> because;  // the evidence, a line each
  std::string undo_command;          // the provider's own, to paste from any machine; may be empty
  bool typed = false;                // wants the last four characters, not just y
  std::string accept_word;           // not empty: consent to what no plan foresees; --yes never covers it
};

enum class Consent : std::uint8_t { given, declined, nobody_to_ask };

struct Progress {
  Step step = Step::create;
  Direction direction = Direction::forward;
  std::string text;  // "wrote the new key to laptop"
};

class Operator {
 public:
  virtual ~Operator() = default;
  [[nodiscard]] virtual Consent confirm(const Question& question) = 0;
  virtual void tell(const Progress& progress) = 0;
  virtual void waiting(const std::string& what, Millis left) = 0;  // the progress line
  virtual void thought(const Situation&, const Cell&) {}           // which row of the reconcile table was taken
  // While this command waits for the old key to be quiet, somebody has used it: called once for each use that is new,
  // without the lease. Whoever is there is shown who it was, and names the places that were forgotten: the records by
  // which they join.
  [[nodiscard]] virtual std::vector<Draft> still_used(const View&) { return {}; }
};

struct Ports {
  Journal& journal;
  Sealer& sealer;
  Spill& spill;
  Cloud& cloud;
  std::map<LocationName, std::unique_ptr<Location>>& locations;
  Clock& clock;
  Operator& person;
  // For a place that joined after `locations` was filled, perhaps by a colleague's command. Empty: there is none.
  std::function<std::unique_ptr<Location>(const LocationSpec&)> make_location = {};
};

}  // namespace rotation
