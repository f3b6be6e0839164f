#include "fake_world.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "rotation/evidence.hpp"

namespace fake {
namespace {

const AccessKeyId old_id{"AKIAOLD0000000000001"};
const UserName user_name{"support-api"};

AccessKeyId made_id(int number) { return AccessKeyId{"AKIANEW000000000000" + std::to_string(number)}; }

// One process: counts its calls, injects its faults, remembers what it has read.
class Process {
 public:
  Process(World& world, const Command& command) : world_(world), command_(command) {}

  World& world() { return world_; }
  Ran ran;
  bool interrupted = false;
  bool noted = false;  // the spill has the intent of a reactivation
  std::optional<Time> caller_ok, user_ok, keys_read;
  std::map<LocationName, Time> places_read;
  std::map<LocationName, std::optional<AccessKeyId>> places_saw;  // what the last of these reads showed

  // Every effect passes here first. The fault it returns is the caller's to play; crashes are played here.
  Fault next(CallKind kind) {
    const int number = static_cast<int>(ran.calls.size());
    ran.calls.push_back(kind);
    arrive_late();
    const auto found = command_.faults.find(number);
    const Fault fault = found == command_.faults.end() ? Fault::none : found->second;
    if (fault == Fault::interrupt) interrupted = true;
    meddle(fault);
    if (fault == Fault::crash_before) throw Crash{};
    return fault;
  }

  void remember(Time at) {
    world_.keys_before = world_.keys;
    world_.changed_at = at;
  }

  void breaks(const std::string& what) { world_.broken.push_back(what); }

  // What a foreign actor does to a key that is there.
  void meddle(Fault fault) {
    const auto set = [&](const AccessKeyId& id, KeyStatus status) {
      if (!world_.keys.contains(id)) return;
      remember(world_.wall);
      world_.keys[id].status = status;
      world_.meddled = true;
    };
    const auto erase = [&](const AccessKeyId& id) {
      remember(world_.wall);
      if (remove(id)) world_.meddled = true;
    };
    const AccessKeyId new_key = world_.view.new_key.value_or(AccessKeyId{});
    switch (fault) {
      case Fault::foreign_create:
        world_.meddled = true;
        remember(world_.wall);
        world_.keys[AccessKeyId{"AKIAFOREIGN000000001"}] = {.created_at = world_.wall, .foreign = true};
        break;
      case Fault::foreign_deactivate_old: set(old_id, KeyStatus::inactive); break;
      case Fault::foreign_activate_old: set(old_id, KeyStatus::active); break;
      case Fault::foreign_delete_old: erase(old_id); break;
      case Fault::foreign_deactivate_new: set(new_key, KeyStatus::inactive); break;
      case Fault::foreign_delete_new: erase(new_key); break;
      case Fault::foreign_purge_old:
        if (world_.bin.erase(old_id) > 0) world_.meddled = true;
        break;
      case Fault::foreign_restore_old:
        remember(world_.wall);
        if (restore(old_id)) world_.meddled = true;
        break;
      default: break;
    }
  }

  // Requests that were given up for lost and arrive after all.
  void arrive_late() {
    auto late = std::exchange(world_.late, {});
    for (const LateEffect& effect : late) {
      if (effect.at > world_.wall) {
        world_.late.push_back(effect);
      } else {
        change(effect.what, effect.key, effect.at);
      }
    }
  }

  bool remove(const AccessKeyId& id) {
    auto found = world_.keys.extract(id);
    if (found.empty()) return false;
    found.mapped().status = KeyStatus::inactive;
    if (world_.recycles()) world_.bin.insert(std::move(found));
    return true;
  }
  bool restore(const AccessKeyId& id) {
    auto found = world_.bin.extract(id);
    return !found.empty() && world_.keys.insert(std::move(found)).inserted;
  }

  void change(const std::string& what, const AccessKeyId& key, Time at) {
    remember(at);
    if (what == "delete") {
      if (remove(key) && key == old_id) world_.old_deleted_by_us = true;
    } else if (what == "undelete") {
      (void)restore(key);
    } else if (what == "create") {
      world_.keys[key] = {.created_at = at};
      world_.made_by_us.insert(key);
    } else if (world_.keys.contains(key)) {
      world_.keys[key].status = what == "Active" ? KeyStatus::active : KeyStatus::inactive;
    }
    nobody_is_cut_off();
  }

  // Invariant 1 and 13 from outside: no consumer may ever sit on a key that is not Active, unless somebody meddled.
  void nobody_is_cut_off() {
    if (world_.meddled) return;
    for (const auto& [name, held] : world_.places) {
      const LocationView* location = world_.view.find(name);
      if (location != nullptr && location->state == LocationState::waived) continue;  // a person took that on
      if (world_.edited.contains(name) || (!held && world_.view.procedure == Procedure::retire)) continue;
      const auto key = held ? world_.keys.find(*held) : world_.keys.end();
      if (key == world_.keys.end() || key->second.status != KeyStatus::active) {
        breaks("invariant 1: " + name.text() + " holds a key that does not work");
      }
    }
  }

 private:
  World& world_;
  const Command& command_;
};

class FakeClock : public Clock {
 public:
  explicit FakeClock(Process& process) : process_(process) {}
  Instant now() override { return {.wall = process_.world().wall, .boot = process_.world().boot, .boot_id = "boot"}; }
  void set_server_offset(Millis) override {}
  Waited wait(Millis span, const std::function<void(Millis)>& tick) override {
    tick(span);
    World& world = process_.world();
    const Seconds whole = std::chrono::ceil<Seconds>(span);
    world.wall += whole;
    world.boot += whole;
    consumers_work();
    if (++waits_ > 40) process_.interrupted = true;  // Ctrl-C
    return process_.interrupted ? Waited::interrupted : Waited::done;
  }
  [[nodiscard]] bool interrupted() const override { return process_.interrupted; }
  void hold_signals() override {}
  void release_signals() override {}
  AttemptId fresh_attempt() override { return AttemptId{"attempt-" + std::to_string(process_.world().view.seq)}; }

 private:
  // While time passes each consumer uses what its place holds.
  void consumers_work() {
    World& world = process_.world();
    for (const auto& [name, held] : world.places) {
      if (!held || !world.keys.contains(*held)) continue;
      CloudKey& key = world.keys[*held];
      if (key.status != KeyStatus::active) continue;
      key.used_at = world.wall;
      key.service = "s3";
    }
  }

  Process& process_;
  int waits_ = 0;
};

class FakeCloud : public Cloud {
 public:
  explicit FakeCloud(Process& process) : process_(process) {}

  [[nodiscard]] ProviderFacts facts() const override { return process_.world().view.provider; }

  Answer<Caller> caller() override {
    if (auto bad = read_fault<Caller>()) return std::move(*bad);
    process_.caller_ok = process_.world().wall;
    return Done<Caller>{me()};
  }
  Answer<User> user(const UserName& name) override {
    if (auto bad = read_fault<User>()) return std::move(*bad);
    process_.user_ok = process_.world().wall;
    return Done<User>{{.name = name, .id = UserId{"AIDA1"}, .arn = Arn{"arn:aws:iam::1:user/support-api"}}};
  }
  Answer<std::vector<AccessKey>> keys(const UserName&) override {
    const Fault fault = process_.next(CallKind::list);
    if (auto bad = as_answer<std::vector<AccessKey>>(fault)) return std::move(*bad);
    const bool old_news =
        process_.world().wall - process_.world().changed_at < process_.world().view.policy.propagation;
    const auto& shown = fault == Fault::stale && old_news ? process_.world().keys_before : process_.world().keys;
    std::vector<AccessKey> list;
    for (const auto& [id, key] : shown) list.push_back({.id = id, .status = key.status, .created_at = key.created_at});
    process_.keys_read = process_.world().wall;
    if (fault == Fault::crash_after) throw Crash{};
    return Done<std::vector<AccessKey>>{list};
  }

  Answer<NewKey> create_key(const UserName&) override {
    World& world = process_.world();
    require_intent(Op::create_key, AccessKeyId{});
    require_identity();
    if (!world.creates_sent.insert(world.view.pending->attempt).second)
      process_.breaks("invariant 3: a create sent twice");
    const AccessKeyId id = made_id(world.next_key++);
    if (auto lost = mutate<NewKey>("create", id)) return std::move(*lost);
    return Done<NewKey>{
        {.id = id, .secret = Secret{"secret-of-" + id.text()}, .created_at = world.keys.at(id).created_at}};
  }
  Answer<Nothing> set_status(const UserName&, const AccessKeyId& key, KeyStatus status) override {
    const bool wakes = status == KeyStatus::active;
    require_intent(wakes ? Op::activate_key : Op::deactivate_key, key);
    require_identity();
    require_known(key);
    if (!wakes) check_deactivate(key);
    if (!process_.world().keys.contains(key)) return gone();
    if (auto lost = mutate<Nothing>(wakes ? "Active" : "Inactive", key)) return std::move(*lost);
    return Done<Nothing>{};
  }
  Answer<Nothing> delete_key(const UserName&, const AccessKeyId& key) override {
    require_intent(Op::delete_key, key);
    require_identity();
    require_known(key);
    check_delete(key);
    if (!process_.world().keys.contains(key)) return gone();
    if (process_.world().recycles() && works(key)) {
      return Refused{.why = Refusal::conflict, .code = "Active", .message = {}, .request_id = {}};
    }
    if (auto lost = mutate<Nothing>("delete", key)) return std::move(*lost);
    return Done<Nothing>{};
  }
  Answer<std::vector<BinnedKey>> deleted_keys(const UserId& user) override {
    if (!process_.world().recycles()) return Cloud::deleted_keys(user);
    if (auto bad = read_fault<std::vector<BinnedKey>>()) return std::move(*bad);
    std::vector<BinnedKey> list;
    for (const auto& [id, key] : process_.world().bin) list.push_back({.id = id, .created_at = key.created_at});
    return Done<std::vector<BinnedKey>>{list};
  }
  Answer<Nothing> undelete_key(const UserId& user, const AccessKeyId& key) override {
    World& world = process_.world();
    if (!world.recycles()) return Cloud::undelete_key(user, key);
    require_intent(Op::undelete_key, key);
    require_identity();
    require_known(key);
    if (world.view.direction == Direction::forward) process_.breaks("a key brought back while going forward");
    if (!world.bin.contains(key)) return gone();
    if (world.keys.size() >= 2) {
      return Refused{.why = Refusal::limit_exceeded, .code = "LimitExceeded", .message = {}, .request_id = {}};
    }
    if (auto lost = mutate<Nothing>("undelete", key)) return std::move(*lost);
    return Done<Nothing>{};
  }

  Answer<LastUsed> last_used(const UserName&, const AccessKeyId& key) override {
    if (auto bad = read_fault<LastUsed>()) return std::move(*bad);
    const auto found = process_.world().keys.find(key);
    if (found == process_.world().keys.end()) return Done<LastUsed>{};
    const CloudKey& key_used = found->second;
    if (!process_.world().recycles()) {
      return Done<LastUsed>{{.at = key_used.used_at, .service = key_used.service, .region = {}}};
    }
    const Seconds span = process_.world().view.policy.granularity;
    LastUsed coarse;
    if (key_used.used_at) coarse.at = *key_used.used_at - key_used.used_at->time_since_epoch() % span;
    return Done<LastUsed>{coarse};
  }
  Answer<Caller> probe(const AccessKeyId& key, const SecretAccessKey& secret) override {
    if (auto bad = read_fault<Caller>()) return std::move(*bad);
    const bool right = secret.expose([&](std::string_view text) { return text == "secret-of-" + key.text(); });
    if (!right) process_.breaks("the secret of " + key.text() + " was lost on the way");
    const auto found = process_.world().keys.find(key);
    if (found == process_.world().keys.end() || found->second.status != KeyStatus::active) {
      return Refused{
          .why = Refusal::invalid_credentials, .code = "InvalidClientTokenId", .message = {}, .request_id = {}};
    }
    return Done<Caller>{me()};
  }
  std::optional<AccessKeyId> signing_key() override {
    if (!process_.world().view.self) return std::nullopt;
    return signer_.empty() ? old_id : signer_;
  }
  void sign_with(const AccessKeyId& key, const SecretAccessKey&) override { signer_ = key; }
  [[nodiscard]] std::optional<Millis> clock_offset() const override { return std::nullopt; }
  [[nodiscard]] std::string command_for(Op, const UserName&, const AccessKeyId& key) const override {
    return "aws iam update-access-key --access-key-id " + key.text();
  }

 private:
  static Caller me() {
    return {.account_id = AccountId{"1"},
            .partition = "aws",
            .arn = Arn{"arn:aws:iam::1:user/ops"},
            .user_id = UserId{"AIDA1"}};
  }
  static Answer<Nothing> gone() {
    return Refused{.why = Refusal::no_such_entity, .code = "NoSuchEntity", .message = {}, .request_id = {}};
  }

  template <class T>
  static std::optional<Answer<T>> as_answer(Fault fault) {
    if (fault == Fault::lost_before || fault == Fault::lost_after) return Answer<T>{Unknown{"no reply"}};
    if (fault == Fault::denied)
      return Answer<T>{Refused{.why = Refusal::denied, .code = "AccessDenied", .message = {}, .request_id = {}}};
    return std::nullopt;
  }
  template <class T>
  std::optional<Answer<T>> read_fault() {
    const Fault fault = process_.next(CallKind::read);
    if (auto bad = as_answer<T>(fault)) return bad;
    if (fault == Fault::crash_after) throw Crash{};
    return std::nullopt;
  }

  // Plays the fault of a mutation; empty: it happened and the reply arrives.
  template <class T>
  std::optional<Answer<T>> mutate(const std::string& what, const AccessKeyId& key) {
    const Fault fault = process_.next(CallKind::mutation);
    World& world = process_.world();
    switch (fault) {
      case Fault::lost_before: return Answer<T>{Unknown{"no reply"}};
      case Fault::refused:
        return Answer<T>{Refused{.why = Refusal::denied, .code = "AccessDenied", .message = {}, .request_id = {}}};
      case Fault::late:
        world.late.push_back({.at = world.wall + world.view.policy.propagation / 2, .what = what, .key = key});
        return Answer<T>{Unknown{"no reply"}};
      default: break;
    }
    process_.change(what, key, world.wall);
    if (fault == Fault::crash_after) throw Crash{};
    if (fault == Fault::lost_after) return Answer<T>{Unknown{"no reply"}};
    return std::nullopt;
  }

  void require_intent(Op op, const AccessKeyId& key) {
    const View& view = process_.world().view;
    const auto& open = view.slot(op, key);
    // The one exception: a reactivation that the journal cannot take has its intent in the spill.
    if (op == Op::activate_key && process_.noted) return;
    // And removing a just-made key that nothing could store.
    const bool creating = view.pending && view.pending->op == Op::create_key;
    if (creating && process_.world().made_by_us.contains(key) && !process_.world().sealed.contains("new")) return;
    if (!open || open->op != op || (!key.empty() && open->key != key))
      process_.breaks("invariant 3: a mutation without its intent");
  }
  void require_identity() {
    if (!process_.caller_ok || !process_.user_ok) {
      // Reactivating needs only the identity check; a read of the user that failed does not stop it.
      if (!process_.caller_ok) process_.breaks("invariant 7: a mutation without an identity check in this process");
    }
  }
  void require_known(const AccessKeyId& key) {
    const World& world = process_.world();
    // A person may take a foreign key for the orphan, and has then said so.
    if (world.view.orphan == key && world.view.accepted.contains("orphan:" + key.text())) return;
    if (key != old_id && !world.made_by_us.contains(key))
      process_.breaks("invariant 8: a key that is not ours was touched");
  }
  bool read_lately(const std::optional<Time>& at) { return at && process_.world().wall - *at <= Seconds{60}; }
  bool works(const std::optional<AccessKeyId>& key) {
    const auto found = key ? process_.world().keys.find(*key) : process_.world().keys.end();
    return found != process_.world().keys.end() && found->second.status == KeyStatus::active;
  }

  // Invariants 1 and 2: as of reads within 60 s no place holds the key that goes, unless a person has waived just that.
  void require_no_place_holds(const AccessKeyId& key) {
    const View& view = process_.world().view;
    if (key != old_id && (key != view.new_key || !ever_deployed(view))) return;
    // Forward, mandatory places hold the new key; an optional one that failed may keep the old one until the delete.
    for (const LocationView& location : view.locations) {
      const LocationName& name = location.spec.name;
      const auto read = process_.places_read.find(name);
      const bool fresh = read != process_.places_read.end() && read_lately(read->second);
      const bool excused = location.state == LocationState::waived && (!fresh || location.waived_holding == key);
      if (excused || (location.spec.optional && view.state == State::verified)) continue;
      if (!fresh && location.state != LocationState::waived) process_.breaks("nobody has looked at " + name.text());
      if (fresh && process_.places_saw[name] == key) process_.breaks(name.text() + " holds the key that goes");
    }
  }

  void check_deactivate(const AccessKeyId& key) {
    const View& view = process_.world().view;
    if (!read_lately(process_.keys_read)) process_.breaks("invariant 1: deactivate without fresh reads");
    require_no_place_holds(key);
    if (key != old_id || view.procedure == Procedure::retire) return;
    if (view.direction == Direction::back) process_.breaks("invariant 12: the old key deactivated while going back");
    if (view.state != State::verified) process_.breaks("invariant 9: deactivate before verify");
    for (const LocationView& location : view.locations) {
      if (location.spec.optional || location.state == LocationState::waived) continue;
      const auto read = process_.places_read.find(location.spec.name);
      if (read == process_.places_read.end() || !read_lately(read->second)) {
        process_.breaks("invariant 1: deactivate without reading " + location.spec.name.text());
      }
      if (process_.places_saw[location.spec.name] != view.new_key) {
        process_.breaks("invariant 1: deactivate while " + location.spec.name.text() + " does not hold the new key");
      }
    }
  }

  void check_delete(const AccessKeyId& key) {
    World& world = process_.world();
    const View& view = world.view;
    if (!read_lately(process_.keys_read)) process_.breaks("invariant 2: delete without fresh reads");
    const bool never_deployed = key != old_id && !ever_deployed(view);
    require_no_place_holds(key);
    if (works(key) && !never_deployed && !world.meddled) process_.breaks("invariant 2: an Active key deleted");
    if (key != old_id) {
      if (view.new_key == key && view.direction == Direction::back && !works(old_id) && !world.meddled) {
        process_.breaks("invariant 2: the new key deleted while the old one does not work");
      }
      return;
    }
    if (view.deactivated_at &&
        elapsed(*view.deactivated_at, {.wall = world.wall, .boot = world.boot, .boot_id = "boot"}) <
            Millis{view.policy.grace}) {
      process_.breaks("invariant 2: deleted before the grace was over");
    }
    if (view.direction == Direction::back) process_.breaks("invariant 12: the old key deleted while going back");
    if (view.procedure == Procedure::rotate && !works(view.new_key) && !world.meddled) {
      process_.breaks("invariant 2: the new key does not work");
    }
  }

  Process& process_;
  AccessKeyId signer_;
};

class FakeLocation : public Location {
 public:
  FakeLocation(Process& process, LocationName name) : process_(process), name_(std::move(name)) {}

  Answer<Holding> read() override {
    const Fault fault = process_.next(CallKind::location_read);
    if (fault == Fault::lost_before) return Unknown{"no reply"};
    if (fault == Fault::denied) return Refused{.why = Refusal::denied, .code = {}, .message = {}, .request_id = {}};
    if (fault == Fault::crash_after) throw Crash{};
    edit(fault);
    process_.places_read[name_] = process_.world().wall;
    const auto& held = process_.world().places.at(name_);
    process_.places_saw[name_] = held;
    Holding holding{.id = held, .secret = {}};
    if (held) holding.secret = Secret{"secret-of-" + held->text()};
    return Done<Holding>{std::move(holding)};
  }

  Answer<Written> write(const Change& change) override {
    World& world = process_.world();
    if (!world.view.pending || world.view.pending->location != name_)
      process_.breaks("invariant 3: a write without its intent");
    const bool right =
        change.secret.expose([&](std::string_view text) { return text == "secret-of-" + change.id.text(); });
    if (!right) process_.breaks("a wrong secret was written to " + name_.text());
    const auto old_one = world.sealed.lower_bound("old:");  // its own, or what another place showed
    const bool old_sealed = old_one != world.sealed.end() && old_one->first.starts_with("old:");
    const bool stored = change.id == old_id ? old_sealed : world.sealed.contains("new");
    if (!stored) process_.breaks("invariant 4: a secret left before its sealed form was durable");
    const Fault fault = process_.next(CallKind::location_write);
    if (fault == Fault::lost_before) return Unknown{"no reply"};
    if (fault == Fault::refused) return Refused{.why = Refusal::denied, .code = {}, .message = {}, .request_id = {}};
    auto& held = world.places.at(name_);
    if (held != change.expected.id)
      return Refused{.why = Refusal::conflict, .code = {}, .message = {}, .request_id = {}};
    held = change.id;
    process_.nobody_is_cut_off();
    if (fault == Fault::crash_after) throw Crash{};
    if (fault == Fault::lost_after) return Unknown{"no reply"};
    return Done<Written>{};
  }

 private:
  void edit(Fault fault) {
    World& world = process_.world();
    const auto put = [&](const std::optional<AccessKeyId>& key) {
      world.places.at(name_) = key;
      world.edited.insert(name_);
    };
    if (fault == Fault::place_gets_old) put(old_id);
    if (fault == Fault::place_gets_new && world.view.new_key) put(world.view.new_key);
    if (fault == Fault::place_emptied) put(std::nullopt);
  }

  Process& process_;
  LocationName name_;
};

class FakeJournal : public Journal {
 public:
  explicit FakeJournal(Process& process) : process_(process) {}
  [[nodiscard]] const View& view() const override { return process_.world().view; }

  void append(Draft draft, Attachments attachments) override {
    const Fault fault = process_.next(CallKind::commit);
    if (fault == Fault::storage) throw_storage();
    World& world = process_.world();
    const Record record{.id = world.view.seq + 1,
                        .rotation = world.view.id,
                        .seq = world.view.seq + 1,
                        .at = world.wall,
                        .actor = "ann@ops1",
                        .claim = {},
                        .caller = {},
                        .account = world.view.target.account,
                        .user = world.view.target.user,
                        .what = std::move(draft),
                        .hash = {}};
    const State before = world.view.state;
    apply(world.view, record);
    if (std::getenv("KEYBATON_TRACE") != nullptr) world.records.push_back(record);
    check_move(before, record);
    if (attachments.wrapped_key) world.wrapped = attachments.wrapped_key;
    for (SealedSecret& sealed : attachments.sealed) world.sealed[sealed.purpose] = std::move(sealed);
    if (attachments.shred && world.view.old_secrets_until()) {
      world.sealed.erase("new");
    } else if (attachments.shred) {
      world.sealed.clear();
      world.wrapped.reset();
    }
    if (fault == Fault::crash_after) throw Crash{};
  }
  void set_caller(const Arn&) override {}
  // Whoever takes the lease takes over what the journal could not take when it was asked to.
  void take_lease(Seize) override {
    World& world = process_.world();
    while (!world.notes.empty()) {
      Draft draft = world.notes.front();
      draft.detail["spilled_kind"] = word(draft.kind);
      draft.kind = Kind::note;
      draft.outcome.reset();
      append(std::move(draft), {});
      world.notes.erase(world.notes.begin());
    }
  }
  void require_lease() override {}
  void release_lease() noexcept override {}
  std::optional<std::string> wrapped_key() override { return process_.world().wrapped; }
  std::optional<SealedSecret> sealed(const std::string& purpose) override {
    const auto found = process_.world().sealed.find(purpose);
    if (found == process_.world().sealed.end()) return std::nullopt;
    return found->second;
  }
  void require_space() override {}

  [[noreturn]] static void throw_storage() {
    throw StorageTrouble({.message = "disk full", .keys = "", .hint = "keybaton resume"});
  }

 private:
  // Invariant 10: one row at a time.
  void check_move(State before, const Record& record) {
    const State after = process_.world().view.state;
    if (before == after) return;
    if (!record.what.step) process_.breaks("invariant 10: a move without a step");
  }

  Process& process_;
};

class FakeSealer : public Sealer {
 public:
  std::string new_wrapped_key(const RotationId&) override { return "wrapped"; }
  void prove(const std::string&, const RotationId&) override {}
  SealedSecret seal(const std::string&, const RotationId&, const AccountName&, std::string purpose,
                    const AccessKeyId& key, const Secret& secret) override {
    return {.purpose = std::move(purpose), .key = key, .bytes = secret.expose([](std::string_view text) {
              return "sealed:" + std::string(text);
            })};
  }
  std::optional<Secret> unseal(const std::string&, const RotationId&, const AccountName&,
                               const SealedSecret& sealed) override {
    if (!sealed.bytes.starts_with("sealed:")) return std::nullopt;
    return Secret{std::string_view{sealed.bytes}.substr(7)};
  }
};

class FakeSpill : public Spill {
 public:
  explicit FakeSpill(Process& process) : process_(process) {}
  void prepare(const RotationId&, const AttemptId&) override {
    if (process_.next(CallKind::spill) == Fault::storage) FakeJournal::throw_storage();
  }
  void keep(const RotationId&, const AttemptId& attempt, const SealedSecret& secret, Time created_at) override {
    const Fault fault = process_.next(CallKind::spill);
    if (fault == Fault::storage) FakeJournal::throw_storage();
    process_.world().spill[attempt.text()] = {.secret = secret, .created_at = created_at};
    if (fault == Fault::crash_after) throw Crash{};
  }
  std::optional<Kept> kept(const RotationId&, const AttemptId& attempt) override {
    const auto found = process_.world().spill.find(attempt.text());
    if (found == process_.world().spill.end()) return std::nullopt;
    return found->second;
  }
  void remove(const RotationId&, const AttemptId& attempt) noexcept override {
    process_.world().spill.erase(attempt.text());
  }
  void note(const RotationId&, const Draft& draft) noexcept override {
    if (draft.kind == Kind::intent && get_op(draft.detail) == Op::activate_key) process_.noted = true;
    process_.world().notes.push_back(draft);
  }

 private:
  Process& process_;
};

class FakeOperator : public Operator {
 public:
  FakeOperator(std::set<const Cell*>* cells) : cells_(cells) {}
  Consent confirm(const Question& question) override {
    return question.accept_word.empty() ? Consent::given : Consent::nobody_to_ask;
  }
  void tell(const Progress&) override {}
  void waiting(const std::string&, Millis) override {}
  void thought(const Situation&, const Cell& cell) override {
    if (cells_ != nullptr) cells_->insert(&cell);
  }

 private:
  std::set<const Cell*>* cells_;
};

}  // namespace

World opening(const Scene& scene) {
  World world;
  world.wall = *parse_rfc3339("2026-01-02T03:04:05Z");
  world.boot = Seconds{1000};
  world.keys[old_id] = {
      .created_at = world.wall - std::chrono::hours{24 * 120}, .used_at = world.wall, .service = "s3"};
  Start start{.procedure = scene.procedure,
              .target = {.account = AccountName{"prod"},
                         .provider = "aws",
                         .partition = "aws",
                         .account_id = AccountId{"1"},
                         .user = user_name,
                         .user_id = UserId{"AIDA1"}},
              .policy = scene.policy,
              .self = scene.self,
              .old_key = old_id,
              .old_created = world.keys[old_id].created_at,
              .idle_at_start = {},
              .locations = {}};
  for (int i = 0; i < scene.locations; ++i) {
    const LocationName name{"place" + std::to_string(i)};
    start.locations.push_back({.name = name, .type = "fake", .settings = {}});
    world.places[name] = scene.procedure == Procedure::rotate ? std::optional{old_id} : std::nullopt;
  }
  if (scene.cloud == Habits::recycles) {
    start.provider.undelete_for = std::chrono::hours{24 * 30};
    start.provider.bin_slots = 3;
  }
  start.provider.own_services = {"sts", "iam"};
  world.keys_before = world.keys;
  const Record record{.id = 1,
                      .rotation = RotationId{"r-1"},
                      .seq = 1,
                      .at = world.wall,
                      .actor = "ann@ops1",
                      .claim = {},
                      .caller = {},
                      .account = start.target.account,
                      .user = user_name,
                      .what = started(start),
                      .hash = {}};
  apply(world.view, record);
  return world;
}

Ran run(World& world, const Command& command, std::set<const Cell*>* cells) {
  Process process{world, command};
  FakeJournal journal{process};
  FakeSealer sealer;
  FakeSpill spill{process};
  FakeCloud cloud{process};
  FakeClock clock{process};
  FakeOperator person{cells};
  Locations locations;
  for (const auto& place : world.places) locations[place.first] = std::make_unique<FakeLocation>(process, place.first);
  Ports ports{journal, sealer, spill, cloud, locations, clock, person};
  const Wishes wishes{.through = command.through,
                      .wait = command.wait,
                      .only_location = {},
                      .override_reason = command.override_reason,
                      .accept = command.accept};
  try {
    process.ran.result = command.rollback ? roll_back(ports, "test", wishes) : advance(ports, wishes);
  } catch (const Crash&) {
    process.ran.result.reset();
  } catch (const Trouble& trouble) {
    process.ran.result = Result{.ending = trouble.ending(), .problem = trouble.problem(), .waiting = {}};
  }
  return std::move(process.ran);
}

namespace {

const std::vector<Fault>& plain_faults_at(CallKind kind) {
  static const std::vector<Fault> foreign{Fault::foreign_create,     Fault::foreign_deactivate_old,
                                          Fault::foreign_delete_old, Fault::foreign_deactivate_new,
                                          Fault::foreign_delete_new, Fault::foreign_activate_old,
                                          Fault::interrupt};
  const auto with_foreign = [](std::vector<Fault> own) {
    own.insert(own.end(), foreign.begin(), foreign.end());
    return own;
  };
  static const std::vector<Fault> list =
      with_foreign({Fault::crash_before, Fault::lost_before, Fault::denied, Fault::stale});
  static const std::vector<Fault> read{Fault::crash_before, Fault::lost_before, Fault::denied};
  static const std::vector<Fault> mutation{Fault::crash_before, Fault::crash_after, Fault::lost_before,
                                           Fault::lost_after,   Fault::late,        Fault::refused,
                                           Fault::interrupt};
  static const std::vector<Fault> location_read{Fault::crash_before,   Fault::lost_before,    Fault::denied,
                                                Fault::place_gets_old, Fault::place_gets_new, Fault::place_emptied};
  static const std::vector<Fault> location_write{Fault::crash_before, Fault::crash_after, Fault::lost_before,
                                                 Fault::lost_after, Fault::refused};
  static const std::vector<Fault> commit{Fault::crash_before, Fault::crash_after, Fault::storage};
  switch (kind) {
    case CallKind::list: return list;
    case CallKind::read: return read;
    case CallKind::mutation: return mutation;
    case CallKind::location_read: return location_read;
    case CallKind::location_write: return location_write;
    case CallKind::commit:
    case CallKind::spill: return commit;
  }
  return commit;
}

}  // namespace

std::vector<Fault> faults_at(CallKind kind, Habits cloud) {
  std::vector<Fault> faults = plain_faults_at(kind);
  if (cloud == Habits::recycles && kind == CallKind::list) {
    faults.insert(faults.end(), {Fault::foreign_purge_old, Fault::foreign_restore_old});
  }
  return faults;
}

Command follow(const World& world, const Result& result) {
  Command next;
  const std::string hint = result.problem ? result.problem->hint : "";
  next.rollback = hint.find("keybaton rollback") != std::string::npos || world.view.direction == Direction::back;
  if (const auto at = hint.find("--accept "); at != std::string::npos) {
    const auto end = hint.find_first_of(" .", at + 9);
    next.accept.insert(hint.substr(at + 9, end == std::string::npos ? end : end - at - 9));
  }
  if (result.ending == Ending::interrupted) next.wait = false;
  const std::string text = result.problem ? result.problem->message + hint : "";
  const bool can_be_mended = text.find("is still used") != std::string::npos;
  if (text.find("--override") != std::string::npos && !can_be_mended) next.override_reason = "told to";
  return next;
}

bool person_clears(World& world, const Result& result) {
  // Somebody lives on the key that goes: the person finds who, and gives him the one that stays.
  if (result.problem && result.problem->message.find("is still used") != std::string::npos) {
    const bool back = world.view.direction == Direction::back;
    const std::optional<AccessKeyId> going = back ? world.view.new_key : old_id;
    for (auto& [name, held] : world.places) {
      if (held == going) held = back ? old_id : world.view.new_key;
    }
    return true;
  }
  // The old pair, put back by hand where no secret of it is left.
  const bool by_hand =
      result.problem && result.problem->message.find("old pair back there by hand") != std::string::npos;
  if (by_hand && result.problem->hint.find("--accept") == std::string::npos) {
    for (auto& [name, held] : world.places) {
      if (held == world.view.new_key && result.problem->message.find(name.text()) != std::string::npos) held = old_id;
    }
    return true;
  }
  const bool stranger = world.view.attention && world.view.attention->code == AttentionCode::stranger;
  const bool no_room = result.problem && result.problem->message.find("to make room") != std::string::npos;
  const bool only_by_hand = stranger && world.view.attention->hint.find("rollback") == std::string::npos &&
                            world.view.attention->accept.empty();
  if (!only_by_hand && !no_room) return false;
  world.keys_before = world.keys;
  for (auto at = world.keys.begin(); at != world.keys.end();) {
    const bool theirs = at->first != old_id && at->first != world.view.new_key;
    at = theirs ? world.keys.erase(at) : std::next(at);
  }
  return true;
}

void check_end(World& world) {
  const View& view = world.view;
  const auto status = [&](const AccessKeyId& id) -> std::optional<KeyStatus> {
    const auto found = world.keys.find(id);
    if (found == world.keys.end()) return std::nullopt;
    return found->second.status;
  };
  const auto expect = [&](bool holds, const char* what) {
    if (!holds) world.broken.emplace_back(what);
  };
  const bool kept = view.old_secrets_until().has_value();
  expect(kept || (!world.wrapped && world.sealed.empty()), "invariant 15: sealed secrets outlive the rotation");
  expect(!world.sealed.contains("new"), "invariant 15: the new key's sealed secret outlives the rotation");
  if (world.meddled) return;
  // The delete was sent before the rollback.
  if (view.state != State::completed && world.old_deleted_by_us && !world.recycles()) return;
  if (view.state == State::completed) {
    expect(!status(old_id), "completed, but the old key is there");
    if (view.procedure == Procedure::rotate) {
      expect(status(*view.new_key) == KeyStatus::active, "completed, but the new key does not work");
      for (const auto& [name, held] : world.places) {
        expect(held == view.new_key || world.edited.contains(name) || view.find(name)->state == LocationState::waived,
               "completed, but a place lacks the new key");
      }
    }
    return;
  }
  expect(status(old_id) == KeyStatus::active, "invariant 12: turned back, but the old key is not Active");
  for (const auto& [name, held] : world.places) {
    expect(held == old_id || view.procedure == Procedure::retire || world.edited.contains(name) ||
               view.find(name)->state == LocationState::waived,
           "invariant 12: turned back, but a place lacks the old key");
  }
  for (const auto& [id, key] : world.keys) {
    expect(id == old_id || key.foreign, "invariant 5: turned back, but a key of ours is left");
  }
}

std::string fingerprint(const World& world) {
  const View& view = world.view;
  std::string text;
  const auto add = [&](auto&& part) { (text += part) += '|'; };
  const auto number = [&](auto value) { add(std::to_string(static_cast<long long>(value))); };
  number(view.state), number(view.direction), number(view.seq > 1);
  for (const auto* open : {&view.pending, &view.waking_old, &view.waking_new}) {
    if (!*open) {
      add("-");
      continue;
    }
    number((*open)->op), number((*open)->direction);
    add((*open)->key ? (*open)->key->text() : ""), add((*open)->location ? (*open)->location->text() : "");
    number(world.wall - (*open)->since.wall >= view.policy.propagation);
    number(world.spill.contains((*open)->attempt.text()));
  }
  add(view.attention ? word(view.attention->code) : "");
  add(view.new_key ? view.new_key->text() : ""), add(view.orphan ? view.orphan->text() : "");
  for (const auto& accepted : view.accepted) add(accepted);
  number(view.old_maybe_inactive), number(view.old_deleted), number(view.new_deleted);
  number(view.probed_at.has_value()), number(view.restored_at.has_value()), number(view.new_deactivated_at.has_value());
  number(view.override_reason.has_value()), number(view.verified_by_word);
  for (const auto& name : world.edited) add(name.text());
  number(view.verdict ? static_cast<int>(*view.verdict) : -1);
  for (const auto& location : view.locations) {
    number(location.state), number(location.ever_written), number(location.old_sealed);
    add(location.holds ? location.holds->text() : "");
    add(location.waived_holding ? location.waived_holding->text() : "");
  }
  for (const auto& [name, held] : world.places) add(held ? held->text() : "");
  for (const auto& keys : {world.keys, world.keys_before}) {
    for (const auto& [id, key] : keys) add(id.text()), number(key.status), number(key.used_at.has_value());
    add("/");
  }
  for (const auto& [id, key] : world.bin) add(id.text());
  for (const auto& effect : world.late) add(effect.what + effect.key.text());
  for (const auto& [purpose, sealed] : world.sealed) add(purpose + sealed.key.text());
  number(world.meddled), number(world.made_by_us.size()), number(world.notes.size());
  number(world.wall - world.changed_at < view.policy.propagation);
  for (const auto& touched : {view.old_touched, view.new_touched}) {
    number(touched ? world.wall - touched->wall >= view.policy.propagation : -1);
  }
  return text;
}

}  // namespace fake
