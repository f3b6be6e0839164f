#include "fake_world.hpp"

#include <utility>

#include "fake_process.hpp"
#include "rotation/by_hand.hpp"

namespace fake {
namespace {

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
    for (const auto& [name, place] : world.places) {
      if (!place.id || place.secret_of || !world.keys.contains(*place.id)) continue;
      CloudKey& key = world.keys[*place.id];
      if (key.status != KeyStatus::active) continue;
      key.used_at = world.wall;
      key.service = "s3";
    }
  }

  Process& process_;
  int waits_ = 0;
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

namespace {

constexpr int writes_before = 7;

void put_up(World& world, Start& start, const Site& site) {
  const LocationName name{"place" + std::to_string(start.locations.size())};
  LocationSpec spec{.name = name, .type = "fake", .optional = site.optional, .canary = site.canary, .settings = {}};
  if (site.nature == Nature::derived_part) spec.settings["as"] = "derived";
  start.locations.push_back(spec);
  if (site.nature == Nature::closed) {
    start.told[name] = {.custody = Custody::closed, .mark = std::to_string(writes_before)};
  }
  if (site.nature == Nature::by_hand) start.told[name] = {.custody = Custody::by_hand, .mark = {}};
  Place& place = world.places[name];
  place = {.nature = site.nature, .writes = writes_before};
  if (start.procedure == Procedure::rotate) place.id = old_id;
}

// A person's two commands, and what he does between them. Without our help he has the old pair from elsewhere.
Result do_by_hand(World& world, Journal& journal, const LocationName& name) {
  const auto now = [&] { return Instant{.wall = world.wall, .boot = world.boot, .boot_id = "boot"}; };
  const auto refused = [](const Problem& problem) { return Result{.ending = Ending::refused, .problem = problem}; };
  auto shown = reveal(world.view, name, now());
  const bool back = world.view.direction == Direction::back;
  if (auto* pair = std::get_if<Revelation>(&shown)) {
    if (!back && !world.sealed.contains("new")) world.broken.emplace_back("invariant 4: shown before it was sealed");
    journal.append(std::move(pair->draft));
  } else if (!std::holds_alternative<Draft>(confirm(world.view, name, "", now()))) {
    return refused(std::get<Problem>(shown));
  }
  place_holds(world.places.at(name), back ? old_id : *world.view.new_key);
  nobody_is_cut_off(world);
  auto word = confirm(world.view, name, "put there", now());
  if (const auto* problem = std::get_if<Problem>(&word)) return refused(*problem);
  journal.append(std::get<Draft>(std::move(word)));
  return {};
}

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
  for (const Site& site : scene.sites) put_up(world, start, site);
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
  const auto journal = fake_journal(process);
  const auto sealer = fake_sealer();
  const auto spill = fake_spill(process);
  const auto cloud = fake_cloud(process);
  FakeClock clock{process};
  FakeOperator person{cells};
  Locations locations;
  for (const auto& place : world.places) locations[place.first] = fake_place(process, place.first);
  Ports ports{*journal, *sealer, *spill, *cloud, locations, clock, person};
  const Wishes wishes{.through = command.through,
                      .wait = command.wait,
                      .only_location = {},
                      .override_reason = command.override_reason,
                      .accept = command.accept};
  try {
    process.ran.result = command.by_hand    ? do_by_hand(world, *journal, *command.by_hand)
                         : command.rollback ? roll_back(ports, "test", wishes)
                                            : advance(ports, wishes);
  } catch (const Crash&) {
    process.ran.result.reset();
  } catch (const Trouble& trouble) {
    process.ran.result = Result{.ending = trouble.ending(), .problem = trouble.problem(), .waiting = {}};
  }
  return std::move(process.ran);
}

namespace {

// At the end each place holds what the direction wanted, whole, and the journal knows it.
void check_places(World& world, const AccessKeyId& wanted) {
  for (const auto& [name, place] : world.places) {
    const LocationView& location = *world.view.find(name);
    if (world.edited.contains(name) || location.state == LocationState::waived) continue;
    const auto expect = [&, &name = name](bool holds, const char* what) {
      if (!holds) world.broken.push_back("invariant 12: closed, but " + name.text() + what);
    };
    expect(place.id == wanted, " lacks the key that stays");
    expect(!place.secret_of, " holds half a pair");
    expect(!place.unfinished, " is not finished");
    expect(!place.proposed || place.proposed == wanted, " is to get a key that is gone, once somebody merges");
    const bool claimed = location.state == LocationState::written || location.state == LocationState::confirmed ||
                         location.state == LocationState::restored;
    expect(!claimed || location.holds == place.id, " does not hold what the journal claims");
  }
}

}  // namespace

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
      check_places(world, *view.new_key);
    }
    return;
  }
  expect(status(old_id) == KeyStatus::active, "invariant 12: turned back, but the old key is not Active");
  if (view.procedure == Procedure::rotate) check_places(world, old_id);
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
    number(location.state), number(location.ever_written), number(location.old_sealed), number(location.in_doubt);
    add(location.holds ? location.holds->text() : "");
    add(location.waived_holding ? location.waived_holding->text() : "");
  }
  for (const auto& [name, place] : world.places) {
    for (const auto& key : {place.id, place.secret_of, place.proposed}) add(key ? key->text() : "");
    number(place.unfinished), number(view.find(name)->mark == std::to_string(place.writes));
  }
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
