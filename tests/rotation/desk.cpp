#include "desk.hpp"

#include <algorithm>
#include <utility>

namespace desk {
namespace {

constexpr std::string_view secret_prefix = "secret-of-";

StorageTrouble full_disk() {
  return StorageTrouble({.message = "The disk is full.", .keys = "Nothing was written.", .hint = "make room"});
}

SealingTrouble no_sealing_key() {
  return SealingTrouble(
      {.message = "The sealing key is gone.", .keys = "No key was touched.", .hint = "bring it back"});
}

// The answer that the test put in the way of this call, if any.
std::optional<Bad> in_the_way(Desk& desk, const std::string& call) {
  desk.calls.push_back(call);
  if (desk.before) desk.before(call);
  const auto found = desk.bad.find(call);
  if (found == desk.bad.end() || found->second.empty()) return std::nullopt;
  Bad bad = found->second.front();
  if (!desk.always.contains(call)) found->second.pop_front();
  return bad;
}

template <class T>
Answer<T> as(const Bad& bad) {
  return std::visit([](const auto& each) -> Answer<T> { return each; }, bad);
}

// A change: nothing happens behind a refusal; behind an Unknown only if the test says so.
template <class T, class F>
Answer<T> change(Desk& desk, const std::string& call, F&& effect) {
  const auto bad = in_the_way(desk, call);
  if (bad && (std::holds_alternative<Refused>(*bad) || !desk.happens_anyway.contains(call))) return as<T>(*bad);
  Answer<T> answer = effect();
  return bad ? as<T>(*bad) : std::move(answer);
}

class DeskJournal : public Journal {
 public:
  explicit DeskJournal(Desk& desk) : desk_(desk) {}
  [[nodiscard]] const View& view() const override { return desk_.view; }
  void append(Draft draft, Attachments attachments) override {
    if (desk_.journal_refuses && desk_.journal_refuses(draft)) throw full_disk();
    if (!desk_.leased) ++desk_.written_without_lease;
    Record record{.id = desk_.view.seq + 1,
                  .rotation = RotationId{"r-1"},
                  .seq = desk_.view.seq + 1,
                  .at = desk_.wall,
                  .actor = "ann@ops1",
                  .claim = {},
                  .caller = {},
                  .account = AccountName{"prod"},
                  .user = UserName{"support-api"},
                  .what = std::move(draft),
                  .hash = {}};
    apply(desk_.view, record);
    desk_.records.push_back(std::move(record));
    if (attachments.wrapped_key) desk_.wrapped = attachments.wrapped_key;
    for (SealedSecret& each : attachments.sealed) desk_.sealed[each.purpose] = std::move(each);
    if (!attachments.shred) return;
    desk_.sealed.clear();
    desk_.wrapped.reset();
  }
  void set_caller(const Arn&) override {}
  void take_lease(Seize seize) override {
    if (desk_.lease_held && seize == Seize::no) {
      throw Held({.message = "Ben holds it.", .keys = "Nothing was changed.", .hint = "wait"});
    }
    desk_.lease_held = false;
    desk_.leased = true;
  }
  void require_lease() override {}
  void release_lease() noexcept override { desk_.leased = false; }
  std::optional<std::string> wrapped_key() override { return desk_.wrapped; }
  std::optional<SealedSecret> sealed(const std::string& purpose) override {
    const auto found = desk_.sealed.find(purpose);
    return found == desk_.sealed.end() ? std::nullopt : std::optional{found->second};
  }
  void require_space() override {}

 private:
  Desk& desk_;
};

class DeskSealer : public Sealer {
 public:
  explicit DeskSealer(Desk& desk) : desk_(desk) {}
  std::string new_wrapped_key(const RotationId&) override { return "wrapped"; }
  void prove(const std::string&, const RotationId&) override {
    if (desk_.sealing_key_gone) throw no_sealing_key();
  }
  SealedSecret seal(const std::string&, const RotationId&, const AccountName&, std::string purpose,
                    const AccessKeyId& key, const Secret& secret) override {
    if (desk_.sealing_key_gone) throw no_sealing_key();
    std::string bytes = secret.expose([](std::string_view text) { return "sealed:" + std::string(text); });
    return {.purpose = std::move(purpose), .key = key, .bytes = std::move(bytes)};
  }
  std::optional<Secret> unseal(const std::string&, const RotationId&, const AccountName&,
                               const SealedSecret& sealed) override {
    if (desk_.sealing_key_gone) throw no_sealing_key();
    if (!sealed.bytes.starts_with("sealed:")) return std::nullopt;
    return Secret{std::string_view{sealed.bytes}.substr(7)};
  }

 private:
  Desk& desk_;
};

class DeskSpill : public Spill {
 public:
  explicit DeskSpill(Desk& desk) : desk_(desk) {}
  void prepare(const RotationId&, const AttemptId&) override {}
  void keep(const RotationId&, const AttemptId& attempt, const SealedSecret& secret, Time created_at) override {
    if (desk_.spill_refuses) throw full_disk();
    desk_.spill[attempt.text()] = {.secret = secret, .created_at = created_at};
  }
  std::optional<Kept> kept(const RotationId&, const AttemptId& attempt) override {
    const auto found = desk_.spill.find(attempt.text());
    return found == desk_.spill.end() ? std::nullopt : std::optional{found->second};
  }
  void remove(const RotationId&, const AttemptId& attempt) noexcept override { desk_.spill.erase(attempt.text()); }
  void note(const RotationId&, const Draft& draft) noexcept override { desk_.notes.push_back(draft); }

 private:
  Desk& desk_;
};

class DeskCloud : public Cloud {
 public:
  explicit DeskCloud(Desk& desk) : desk_(desk) {}
  [[nodiscard]] ProviderFacts facts() const override {
    return {.provider = "aws", .granularity = minutes{15}, .lag = hours{4}};
  }
  Answer<Caller> caller() override {
    return read<Caller>("caller", [&] { return desk_.caller; });
  }
  Answer<User> user(const UserName& name) override {
    if (const auto bad = in_the_way(desk_, "user")) return as<User>(*bad);
    if (!desk_.user || desk_.user->name != name) return no(Refusal::no_such_entity, "NoSuchEntity");
    return Done<User>{*desk_.user};
  }
  Answer<std::vector<AccessKey>> keys(const UserName&) override {
    return read<std::vector<AccessKey>>("keys", [&] {
      std::vector<AccessKey> list;
      for (const auto& [id, key] : desk_.keys) list.push_back(key);
      return list;
    });
  }
  Answer<NewKey> create_key(const UserName&) override {
    desk_.created_under_hold = desk_.signals_held > 0;
    return change<NewKey>(desk_, "create", [&]() -> Answer<NewKey> {
      const AccessKeyId id = desk_.next_key;
      desk_.keys[id] = {.id = id, .status = KeyStatus::active, .created_at = desk_.wall};
      return Done<NewKey>{
          {.id = id, .secret = Secret{std::string(secret_prefix) + id.text()}, .created_at = desk_.wall}};
    });
  }
  Answer<Nothing> set_status(const UserName&, const AccessKeyId& key, KeyStatus status) override {
    return on_key(std::string(word(status)), key, [&, status] { desk_.keys[key].status = status; });
  }
  Answer<Nothing> delete_key(const UserName&, const AccessKeyId& key) override {
    return on_key("delete", key, [&] { desk_.keys.erase(key); });
  }
  Answer<LastUsed> last_used(const UserName&, const AccessKeyId& key) override {
    return read<LastUsed>("last_used", [&] { return desk_.used[key]; });
  }
  Answer<Caller> probe(const AccessKeyId& key, const SecretAccessKey& secret) override {
    if (const auto bad = in_the_way(desk_, "probe")) return as<Caller>(*bad);
    const bool right =
        secret.expose([&](std::string_view text) { return text == std::string(secret_prefix) + key.text(); });
    const auto found = desk_.keys.find(key);
    const bool works = right && found != desk_.keys.end() && found->second.status == KeyStatus::active;
    if (!works) return no(Refusal::invalid_credentials, "InvalidClientTokenId");
    desk_.used[key] = {.at = desk_.wall, .service = "sts", .region = "us-east-1"};
    return Done<Caller>{{.account_id = desk_.caller.account_id,
                         .partition = desk_.caller.partition,
                         .arn = desk_.user->arn,
                         .user_id = desk_.user->id}};
  }
  std::optional<AccessKeyId> signing_key() override { return desk_.signer; }
  void sign_with(const AccessKeyId& key, const SecretAccessKey&) override { desk_.signer = key; }
  [[nodiscard]] std::optional<Millis> clock_offset() const override { return std::nullopt; }
  [[nodiscard]] std::string command_for(Op, const UserName&, const AccessKeyId& key) const override {
    return "aws iam update-access-key --access-key-id " + key.text();
  }

 private:
  template <class T, class F>
  Answer<T> read(const std::string& call, F&& value) {
    if (const auto bad = in_the_way(desk_, call)) return as<T>(*bad);
    return Done<T>{value()};
  }
  template <class F>
  Answer<Nothing> on_key(const std::string& call, const AccessKeyId& key, F&& effect) {
    Answer<Nothing> answer = change<Nothing>(desk_, call, [&]() -> Answer<Nothing> {
      if (!desk_.keys.contains(key)) return no(Refusal::no_such_entity, "NoSuchEntity");
      effect();
      return Done<Nothing>{};
    });
    desk_.calls.back() += " " + key.text();
    return answer;
  }

  Desk& desk_;
};

class DeskLocation : public Location {
 public:
  DeskLocation(Desk& desk, LocationName name) : desk_(desk), name_(std::move(name)) {}
  Answer<Holding> read() override {
    if (const auto bad = in_the_way(desk_, "read " + name_.text())) return as<Holding>(*bad);
    const auto& held = desk_.places.at(name_);
    return Done<Holding>{held_now(held)};
  }
  SecretAccessKey form(const SecretAccessKey& secret) const override {
    return secret.expose([&](std::string_view text) { return Secret{form_words() + std::string(text)}; });
  }
  Answer<Nothing> ready() const override {
    if (const auto bad = in_the_way(desk_, "ready " + name_.text())) return as<Nothing>(*bad);
    return Done<Nothing>{};
  }
  Answer<Written> write(const Change& wanted) override {
    return change<Written>(desk_, "write " + name_.text(), [&]() -> Answer<Written> {
      const std::string whole = form_words() + std::string(secret_prefix) + wanted.id.text();
      if (!wanted.secret.expose([&](std::string_view text) { return text == whole; })) return no(Refusal::invalid);
      desk_.attempts.insert_or_assign(name_, wanted.attempt);
      auto& held = desk_.places.at(name_);
      if (const auto review = desk_.reviewed.find(name_); review != desk_.reviewed.end()) {
        review->second = Proposal{.id = wanted.id, .where = "branch rotate, to be merged into main"};
        if (held == wanted.id) review->second.reset();  // withdrawn
        return Done<Written>{{.proposed = review->second}};
      }
      if (!held_now(held).meets(wanted.expected)) return no(Refusal::conflict);
      desk_.secret_of.erase(name_);
      desk_.unfinished.erase(name_);
      if (const auto closed = desk_.closed.find(name_); closed != desk_.closed.end()) {
        held = wanted.id;
        return Done<Written>{{.mark = std::to_string(++closed->second)}};
      }
      held = wanted.id;
      return Done<Written>{};
    });
  }

 private:
  [[nodiscard]] std::string form_words() const {
    const auto found = desk_.forms.find(name_);
    return found == desk_.forms.end() ? "" : found->second;
  }
  [[nodiscard]] Holding held_now(const std::optional<AccessKeyId>& held) const {
    if (desk_.by_hand.contains(name_)) return {.id = {}, .custody = Custody::by_hand};
    if (const auto closed = desk_.closed.find(name_); closed != desk_.closed.end()) {
      return {.id = {}, .custody = Custody::closed, .mark = held ? std::to_string(closed->second) : ""};
    }
    Holding holding{.id = held, .secret = {}};
    if (const auto review = desk_.reviewed.find(name_); review != desk_.reviewed.end()) {
      holding.proposed = review->second;
    }
    if (!held || desk_.write_only.contains(name_)) return holding;
    const auto other = desk_.secret_of.find(name_);
    const AccessKeyId& of = other == desk_.secret_of.end() ? *held : other->second;
    const bool spoilt = desk_.spoilt.contains(name_);
    if (desk_.unfinished.contains(name_)) holding.unfinished = "a restart";
    holding.secret = Secret{spoilt ? "another secret" : form_words() + std::string(secret_prefix) + of.text()};
    return holding;
  }

  Desk& desk_;
  LocationName name_;
};

class DeskClock : public Clock {
 public:
  explicit DeskClock(Desk& desk) : desk_(desk) {}
  Instant now() override { return {.wall = desk_.wall, .boot = desk_.boot, .boot_id = "boot"}; }
  void set_server_offset(Millis) override {}
  Waited wait(Millis span, const std::function<void(Millis)>& tick) override {
    tick(span);
    const Seconds whole = std::chrono::ceil<Seconds>(span);
    desk_.wall += whole;
    desk_.boot += whole;
    if (!desk_.consumers_work) return Waited::done;
    for (const auto& [name, held] : desk_.places) {
      if (held && desk_.keys.contains(*held))
        desk_.used[*held] = {.at = desk_.wall, .service = "s3", .region = "eu-west-1"};
    }
    return Waited::done;
  }
  [[nodiscard]] bool interrupted() const override {
    return desk_.interrupt_at && desk_.looks_at_signal++ >= *desk_.interrupt_at;
  }
  void hold_signals() override { ++desk_.signals_held; }
  void release_signals() override { --desk_.signals_held; }
  AttemptId fresh_attempt() override { return AttemptId{"attempt-" + std::to_string(desk_.view.seq)}; }

 private:
  Desk& desk_;
};

class DeskOperator : public Operator {
 public:
  explicit DeskOperator(Desk& desk) : desk_(desk) {}
  Consent confirm(const Question& question) override {
    desk_.asked.push_back(question);
    if (question.accept_word.empty()) return desk_.answer;
    if (desk_.accepts.contains(question.accept_word)) return Consent::given;
    return desk_.answer == Consent::nobody_to_ask ? Consent::nobody_to_ask : Consent::declined;
  }
  void tell(const Progress& progress) override { desk_.told.push_back(progress.text); }
  void waiting(const std::string&, Millis) override {}
  std::vector<Draft> still_used(const View& view) override {
    desk_.calls.push_back("still used");
    return desk_.names_places ? desk_.names_places(view) : std::vector<Draft>{};
  }

 private:
  Desk& desk_;
};

// One process: fresh ports over what lasts.
template <class F>
auto with_ports(Desk& desk, F&& run) {
  DeskJournal journal{desk};
  DeskSealer sealer{desk};
  DeskSpill spill{desk};
  DeskCloud cloud{desk};
  DeskClock clock{desk};
  DeskOperator person{desk};
  Locations locations;
  for (const auto& place : desk.places) {
    if (desk.view.find(place.first) != nullptr) {
      locations[place.first] = std::make_unique<DeskLocation>(desk, place.first);
    }
  }
  const auto make = [&desk](const LocationSpec& spec) { return std::make_unique<DeskLocation>(desk, spec.name); };
  Ports ports{journal, sealer, spill, cloud, locations, clock, person, make};
  return run(ports);
}

}  // namespace

Refused no(Refusal why, std::string code) {
  return {.why = why, .code = std::move(code), .message = {}, .request_id = "req-1"};
}

Policy quick_policy() {
  Policy policy;
  policy.quiet = hours{1};
  policy.lag = minutes{10};
  policy.grace = hours{2};
  policy.granularity = minutes{1};
  return policy;
}

Desk::Desk(const Setting& setting) {
  const Start start = story::start_of(setting);
  wall = story::noon();
  keys[old_id] = {.id = old_id, .status = KeyStatus::active, .created_at = *start.old_created};
  used[old_id] = {.at = wall - minutes{30}, .service = "s3", .region = "eu-west-1"};
  caller = {.account_id = start.target.account_id,
            .partition = "aws",
            .arn = Arn{"arn:aws:iam::123456789012:user/ops"},
            .user_id = UserId{"AIDAOPS"}};
  user = User{
      .name = start.target.user, .id = start.target.user_id, .arn = Arn{"arn:aws:iam::123456789012:user/support-api"}};
  if (setting.self) {
    caller.user_id = user->id;
    caller.arn = user->arn;
    signer = old_id;
  }
  for (const LocationSpec& each : setting.locations) places[each.name] = old_id;
  for (const auto& [name, facts] : setting.told) {
    if (facts.custody == Custody::closed) closed[name] = std::stoi(facts.mark);
    if (facts.custody == Custody::by_hand) by_hand.insert(name);
  }
  const story::Story story{setting};
  view = story.view;
  records = story.records;
}

Result Desk::advance(const Wishes& wishes) {
  return with_ports(*this, [&](Ports& ports) { return rotation::advance(ports, wishes); });
}

Result Desk::roll_back(const Wishes& wishes, const std::string& reason) {
  return with_ports(*this, [&](Ports& ports) { return rotation::roll_back(ports, reason, wishes); });
}

std::variant<Prospect, Turned> Desk::survey(const Request& request) {
  return with_ports(*this,
                    [&](Ports& ports) { return rotation::survey(ports.cloud, ports.locations, ports.clock, request); });
}

void Desk::append(Draft draft) { DeskJournal{*this}.append(std::move(draft), {}); }

void Desk::adopt_notes() {
  for (Draft draft : std::exchange(notes, {})) {
    draft.detail["spilled_kind"] = word(draft.kind);
    draft.kind = Kind::note;
    draft.outcome.reset();
    DeskJournal{*this}.append(std::move(draft), {});
  }
}

int Desk::count(const std::string& call) const {
  return static_cast<int>(
      std::ranges::count_if(calls, [&](const std::string& each) { return each.starts_with(call); }));
}

bool Desk::kept(Kind kind, const std::string& what) const {
  return std::ranges::any_of(records, [&](const Record& each) {
    return each.what.kind == kind && (get(each.what.detail, "what") == what || get(each.what.detail, "op") == what);
  });
}

}  // namespace desk
