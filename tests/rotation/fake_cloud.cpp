// The cloud of the fake world, and what may never be asked of it.
#include "fake_process.hpp"
#include "rotation/evidence.hpp"

namespace fake {
namespace {

AccessKeyId made_id(int number) { return AccessKeyId{"AKIANEW000000000000" + std::to_string(number)}; }

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
    if (process_.world().recycles() && works(process_.world(), key)) {
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
      const World& world = process_.world();
      if (world.places.at(name).id == key && !world.edited.contains(name)) {
        process_.breaks(name.text() + " holds the key that goes, and the journal does not know");
      }
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
      const World& world = process_.world();
      const Place& place = world.places.at(location.spec.name);
      if (place.secret_of && !world.edited.contains(location.spec.name)) {
        process_.breaks("invariant 11: deactivate while " + location.spec.name.text() + " holds half a pair");
      }
    }
  }

  void check_delete(const AccessKeyId& key) {
    World& world = process_.world();
    const View& view = world.view;
    if (!read_lately(process_.keys_read)) process_.breaks("invariant 2: delete without fresh reads");
    const bool never_deployed = key != old_id && !ever_deployed(view);
    require_no_place_holds(key);
    if (works(process_.world(), key) && !never_deployed && !world.meddled)
      process_.breaks("invariant 2: an Active key deleted");
    if (key != old_id) {
      if (view.new_key == key && view.direction == Direction::back && !works(process_.world(), old_id) &&
          !world.meddled) {
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
    if (view.procedure == Procedure::rotate && !works(process_.world(), view.new_key) && !world.meddled) {
      process_.breaks("invariant 2: the new key does not work");
    }
  }

  Process& process_;
  AccessKeyId signer_;
};

}  // namespace

std::unique_ptr<Cloud> fake_cloud(Process& process) { return std::make_unique<FakeCloud>(process); }

}  // namespace fake
