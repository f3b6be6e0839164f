// This machine of the fake world: its journal, its sealing key, its spill.
#include <cstdlib>
#include <utility>

#include "fake_process.hpp"

namespace fake {
namespace {

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

}  // namespace

std::unique_ptr<Journal> fake_journal(Process& process) { return std::make_unique<FakeJournal>(process); }
std::unique_ptr<Sealer> fake_sealer() { return std::make_unique<FakeSealer>(); }
std::unique_ptr<Spill> fake_spill(Process& process) { return std::make_unique<FakeSpill>(process); }

}  // namespace fake
