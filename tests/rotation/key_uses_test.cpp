// Who used a key, as the cloud's event history tells it; and what a survey says of the recycle bin.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "rotation/engine.hpp"
#include "rotation/evidence.hpp"
#include "story.hpp"

namespace story {
namespace {

constexpr Seconds month = hours{24 * 30};

// A cloud whose reads say what the test wants; nothing may be changed through it.
class ReadOnlyCloud : public Cloud {
 public:
  [[nodiscard]] ProviderFacts facts() const override { return known; }
  Answer<Caller> caller() override {
    return Done<Caller>{
        {.account_id = AccountId{"123456789012"}, .partition = "aws", .arn = Arn{"a"}, .user_id = UserId{"OPS"}}};
  }
  Answer<User> user(const UserName& name) override {
    return Done<User>{{.name = name, .id = UserId{"AIDAEXAMPLE"}, .arn = Arn{"b"}}};
  }
  Answer<std::vector<AccessKey>> keys(const UserName&) override { return Done<std::vector<AccessKey>>{listed}; }
  Answer<NewKey> create_key(const UserName&) override { return forbidden<NewKey>(); }
  Answer<Nothing> set_status(const UserName&, const AccessKeyId&, KeyStatus) override { return forbidden<Nothing>(); }
  Answer<Nothing> delete_key(const UserName&, const AccessKeyId&) override { return forbidden<Nothing>(); }
  Answer<Nothing> undelete_key(const UserId&, const AccessKeyId&) override { return forbidden<Nothing>(); }
  Answer<LastUsed> last_used(const UserName&, const AccessKeyId& key) override { return Done<LastUsed>{used[key]}; }
  Answer<std::vector<BinnedKey>> deleted_keys(const UserId& user) override {
    asked_of_bin.push_back(user);
    return bin;
  }
  Answer<std::vector<KeyUse>> uses(const AccessKeyId& key) override {
    asked_uses.push_back(key);
    return sources[key];
  }
  Answer<Caller> probe(const AccessKeyId&, const SecretAccessKey&) override { return forbidden<Caller>(); }
  std::optional<AccessKeyId> signing_key() override { return std::nullopt; }
  void sign_with(const AccessKeyId&, const SecretAccessKey&) override { ADD_FAILURE() << "another signer"; }
  [[nodiscard]] std::optional<Millis> clock_offset() const override { return std::nullopt; }
  [[nodiscard]] std::string command_for(Op, const UserName&, const AccessKeyId&) const override { return "x"; }

  ProviderFacts known{.provider = "aws", .granularity = minutes{1}, .lag = minutes{10}};
  std::vector<AccessKey> listed;
  std::map<AccessKeyId, LastUsed> used;
  std::map<AccessKeyId, Answer<std::vector<KeyUse>>> sources;
  Answer<std::vector<BinnedKey>> bin = Done<std::vector<BinnedKey>>{};
  std::vector<AccessKeyId> asked_uses;
  std::vector<UserId> asked_of_bin;

 private:
  template <class T>
  Answer<T> forbidden() {
    ADD_FAILURE() << "nothing is to be changed here";
    return Refused{};
  }
};

class Still : public Clock {
 public:
  explicit Still(Story& story) : story_(story) {}
  Instant now() override { return story_.now(); }
  void set_server_offset(Millis) override {}
  Waited wait(Millis span, const std::function<void(Millis)>&) override {
    story_.pass(std::chrono::ceil<Seconds>(span));
    return Waited::done;
  }
  [[nodiscard]] bool interrupted() const override { return false; }
  void hold_signals() override {}
  void release_signals() override {}
  AttemptId fresh_attempt() override { return AttemptId{"attempt-x"}; }

 private:
  Story& story_;
};

class Place : public Location {
 public:
  explicit Place(AccessKeyId holds) : holds_(std::move(holds)) {}
  Answer<Holding> read() override { return Done<Holding>{{.id = holds_, .secret = {}}}; }
  Answer<Written> write(const Change&) override {
    ADD_FAILURE() << "nothing is to be written here";
    return Refused{};
  }

 private:
  AccessKeyId holds_;
};

Locations places(const AccessKeyId& hold) {
  Locations all;
  for (const LocationName& name : {laptop, vault}) all[name] = std::make_unique<Place>(hold);
  return all;
}

// ---- the samples ------------------------------------------------------------------------------------------------

class TellingJournal : public Journal {
 public:
  explicit TellingJournal(Story& story) : story_(story) {}
  [[nodiscard]] const View& view() const override { return story_.view; }
  void append(Draft draft, Attachments) override { story_.tell(std::move(draft)); }
  void set_caller(const Arn&) override {}
  void take_lease(Seize) override {}
  void require_lease() override {}
  void release_lease() noexcept override {}
  std::optional<std::string> wrapped_key() override { return std::nullopt; }
  std::optional<SealedSecret> sealed(const std::string&) override { return std::nullopt; }
  void require_space() override {}

 private:
  Story& story_;
};

// Nothing is sealed, spilled or asked while keys are only watched.
class NoSealer : public Sealer {
  std::string new_wrapped_key(const RotationId&) override { return {}; }
  SealedSecret seal(const std::string&, const RotationId&, const AccountName&, std::string, const AccessKeyId&,
                    const Secret&) override {
    return {};
  }
  void prove(const std::string&, const RotationId&) override {}
  std::optional<Secret> unseal(const std::string&, const RotationId&, const AccountName&,
                               const SealedSecret&) override {
    return std::nullopt;
  }
};
class NoSpill : public Spill {
  void prepare(const RotationId&, const AttemptId&) override {}
  void keep(const RotationId&, const AttemptId&, const SealedSecret&, Time) override {}
  std::optional<Kept> kept(const RotationId&, const AttemptId&) override { return std::nullopt; }
  void remove(const RotationId&, const AttemptId&) noexcept override {}
  void note(const RotationId&, const Draft&) noexcept override {}
};
class Nobody : public Operator {
  Consent confirm(const Question&) override { return Consent::nobody_to_ask; }
  void tell(const Progress&) override {}
  void waiting(const std::string&, Millis) override {}
};

Policy watching(Seconds lag = minutes{10}) {
  Policy policy;
  policy.quiet = hours{24};
  policy.lag = lag;
  policy.granularity = minutes{1};
  return policy;
}

// A deployed rotation, watched by one command after the other.
struct Watch {
  Story story;
  ReadOnlyCloud cloud;

  explicit Watch(const Policy& policy = watching()) : story{{.policy = policy}} {
    story.create().pass(minutes{1}).deploy();
    for (const AccessKeyId& id : {old_id, new_id}) {
      cloud.listed.push_back({.id = id, .status = KeyStatus::active, .created_at = noon()});
    }
    cloud.used[old_id] = {.at = noon() - minutes{30}, .service = {}, .region = {}};
    story.pass(minutes{20});
  }
  void look() {
    TellingJournal journal{story};
    NoSealer sealer;
    NoSpill spill;
    Still clock{story};
    Nobody nobody;
    Locations locations = places(new_id);
    Ports ports{journal, sealer, spill, cloud, locations, clock, nobody};
    const Result result = advance(ports, {});
    EXPECT_EQ(result.ending, Ending::waiting) << (result.problem ? result.problem->message : "");
    story.pass(minutes{20});
  }
  [[nodiscard]] int asked(const AccessKeyId& key) const {
    return static_cast<int>(std::ranges::count(cloud.asked_uses, key));
  }
  [[nodiscard]] const Sample& last(const AccessKeyId& key) const { return *latest_sample(story.view, key); }
};

KeyUse use(const std::string& service, const std::string& address = {}) {
  return {.service = service, .address = address, .agent = {}, .at = noon()};
}

TEST(KeyUses, are_asked_for_once_a_new_use) {
  Watch watch;
  watch.cloud.sources[old_id] = Done<std::vector<KeyUse>>{{use("ecs", "203.0.113.7")}};
  watch.look();
  EXPECT_EQ(watch.asked(old_id), 1);
  EXPECT_EQ(watch.asked(new_id), 0) << "never used: nothing to ask";
  watch.look();
  watch.look();
  EXPECT_GE(std::ranges::count(watch.story.view.samples, old_id, &Sample::key), 3) << "it was sampled each time";
  EXPECT_EQ(watch.asked(old_id), 1) << "the same use needs no second question";
  EXPECT_EQ(watch.last(old_id).used_by, "ecs from 203.0.113.7") << "what is known of it goes on from sample to sample";
  EXPECT_TRUE(watch.last(old_id).foreign_use);
  ASSERT_EQ(roll_call(watch.story.view).size(), 1U);
  EXPECT_EQ(roll_call(watch.story.view).front().address, "203.0.113.7");

  watch.cloud.used[old_id].at = watch.story.wall - minutes{1};
  watch.cloud.sources[old_id] = Done<std::vector<KeyUse>>{{use("oss", "198.51.100.2"), use("ecs", "203.0.113.7")}};
  watch.look();
  EXPECT_EQ(watch.asked(old_id), 2);
  EXPECT_EQ(watch.last(old_id).used_by, "oss from 198.51.100.2, ecs from 203.0.113.7");
}

// Our own probe of the new key stands in the history, too.
TEST(KeyUses, of_our_own_are_left_out) {
  Watch watch;
  watch.cloud.used[new_id] = {.at = watch.story.wall, .service = "sts", .region = {}};
  watch.cloud.sources[new_id] = Done<std::vector<KeyUse>>{
      {{.service = "sts", .address = "203.0.113.1", .agent = "keybaton/0.1.0", .at = noon()}}};
  watch.look();
  EXPECT_EQ(watch.last(new_id).used_by, "");
  EXPECT_TRUE(watch.story.view.consumers.empty());
}

// Where only the first use in a span is recorded, a consumer's may hide behind our own probe's.
TEST(NewKeyUse, in_the_same_span_as_our_own_is_asked_for_until_the_history_has_told_all) {
  Watch watch{watching(hours{1})};
  const Time probed = watch.story.view.probed_at->wall;
  watch.cloud.used[new_id] = {.at = probed, .service = {}, .region = {}};
  watch.cloud.sources[new_id] = Done<std::vector<KeyUse>>{{use("sts")}};
  watch.look();
  EXPECT_FALSE(new_key_used(watch.story.view));
  watch.cloud.sources[new_id] = Unknown{"no reply"};
  watch.look();
  EXPECT_EQ(watch.asked(new_id), 2);
  EXPECT_EQ(watch.last(new_id).used_by, "sts") << "what was known stays known";
  watch.cloud.sources[new_id] = Done<std::vector<KeyUse>>{{use("ecs", "203.0.113.7"), use("sts")}};
  watch.look();
  EXPECT_EQ(watch.last(new_id).used_by, "ecs from 203.0.113.7, sts");
  EXPECT_TRUE(new_key_used(watch.story.view)) << "though last-used has not moved";
  watch.look();
  EXPECT_EQ(watch.asked(new_id), 3) << "a consumer's use needs no second question";
}

TEST(KeyUses, that_cannot_be_had_leave_the_time_alone) {
  for (const Answer<std::vector<KeyUse>>& answer :
       {Answer<std::vector<KeyUse>>{
            Refused{.why = Refusal::denied, .code = "NoPermission", .message = {}, .request_id = {}}},
        Answer<std::vector<KeyUse>>{Unknown{"no reply"}}, Answer<std::vector<KeyUse>>{Done<std::vector<KeyUse>>{}}}) {
    Watch watch;
    watch.cloud.sources[old_id] = answer;
    watch.look();
    EXPECT_EQ(watch.asked(old_id), 1);
    EXPECT_TRUE(watch.last(old_id).known);
    EXPECT_EQ(watch.last(old_id).used.at, noon() - minutes{30});
    EXPECT_TRUE(watch.last(old_id).used_by.empty());
    EXPECT_FALSE(watch.last(old_id).foreign_use);
    EXPECT_FALSE(watch.story.view.attention) << "no permission that a rotation cannot do without";
  }
}

TEST(KeyUses, are_named_up_to_four_and_counted_beyond) {
  Watch watch;
  watch.cloud.sources[old_id] =
      Done<std::vector<KeyUse>>{{use("a", "1.1.1.1"), use("b"), use("c"), use("d"), use("e"), use("f")}};
  watch.look();
  EXPECT_EQ(watch.last(old_id).used_by, "a from 1.1.1.1, b, c, d and 2 more");
}

// ---- whose use proves the new key -------------------------------------------------------------------------------

// Invariant 9: a use of a service that keybaton itself calls proves nothing about a consumer.
TEST(NewKeyUse, by_a_service_of_our_own_is_no_consumers) {
  Watch watch;
  watch.cloud.sources[old_id] = Done<std::vector<KeyUse>>{};
  watch.cloud.used[new_id] = {.at = watch.story.view.probed_at->wall, .service = {}, .region = {}};
  watch.cloud.sources[new_id] = Done<std::vector<KeyUse>>{{use("sts"), use("iam")}};
  watch.look();
  EXPECT_EQ(watch.last(new_id).used_by, "sts, iam");
  EXPECT_FALSE(watch.last(new_id).foreign_use);
  EXPECT_FALSE(new_key_used(watch.story.view));
}

TEST(NewKeyUse, by_another_service_is_a_consumers_though_the_time_alone_proves_nothing) {
  Watch watch;
  watch.cloud.used[new_id] = {.at = watch.story.view.probed_at->wall, .service = {}, .region = {}};
  watch.cloud.sources[new_id] = Done<std::vector<KeyUse>>{{use("sts"), use("ecs", "203.0.113.7")}};
  watch.look();
  EXPECT_TRUE(watch.last(new_id).foreign_use);
  EXPECT_TRUE(new_key_used(watch.story.view));
  EXPECT_TRUE(new_key_used(fold(watch.story.records)));
}

// Where last-used names no service, a use counts once it is later than our own last call by more than the granularity.
TEST(NewKeyUse, without_a_service_counts_by_its_time) {
  Watch watch;
  const Time probed = watch.story.view.probed_at->wall;
  watch.cloud.used[new_id].at = probed + minutes{1};
  watch.look();
  EXPECT_FALSE(new_key_used(watch.story.view));
  watch.cloud.used[new_id].at = probed + minutes{1} + Seconds{1};
  watch.look();
  EXPECT_TRUE(new_key_used(watch.story.view));
}

// The services are pinned at the start: another cloud has others.
TEST(NewKeyUse, is_judged_by_the_services_that_the_rotation_pinned) {
  struct Case {
    std::set<std::string> own;
    std::string service;
    bool used;
  };
  for (const auto& each : {Case{{"ram", "sts", "ims"}, "ram", false}, Case{{"ram", "sts", "ims"}, "ims", false},
                           Case{{"ram", "sts", "ims"}, "iam", true}, Case{{"ram", "sts", "ims"}, "ecs", true},
                           Case{{"iam", "sts"}, "iam", false}, Case{{"iam", "sts"}, "ram", true}}) {
    Start start = start_of({.policy = watching()});
    start.provider.own_services = each.own;
    Story story;
    story.view = {};
    story.records.clear();
    story.tell(started(start));
    EXPECT_EQ(story.view.provider.own_services, each.own);
    EXPECT_EQ(fold(story.records).provider.own_services, each.own);
    story.create().deploy();
    story.sample(new_id, story.view.probed_at->wall, each.service);
    EXPECT_EQ(new_key_used(story.view), each.used) << each.service;
  }
}

// A rotation that an earlier version started pinned none: that version knew AWS alone.
TEST(NewKeyUse, of_an_earlier_versions_rotation_is_judged_as_that_version_did) {
  Draft draft = started(start_of({.policy = watching()}));
  for (const char* later : {"own_services", "undelete_for", "policy.late_undo"}) draft.detail.erase(later);
  Story story;
  story.view = {};
  story.records.clear();
  story.tell(draft).create().deploy();
  EXPECT_FALSE(story.view.provider.undeletes());
  EXPECT_EQ(story.view.policy.late_undo, Seconds{0});
  story.sample(new_id, story.view.probed_at->wall, "sts");
  EXPECT_FALSE(new_key_used(story.view));
  story.sample(new_id, story.view.probed_at->wall, "s3");
  EXPECT_TRUE(new_key_used(story.view));
}

// ---- what a survey says of the recycle bin ----------------------------------------------------------------------

struct Plan {
  ReadOnlyCloud cloud;
  Policy policy = watching();

  Plan() {
    cloud.known.undelete_for = month;
    cloud.known.bin_slots = 3;
    cloud.listed = {{.id = old_id, .status = KeyStatus::active, .created_at = noon() - hours{2400}}};
    cloud.used[old_id] = {.at = noon() - minutes{30}, .service = {}, .region = {}};
  }
  void deleted(int count) {
    std::vector<BinnedKey> all;
    for (int i = 0; i < count; ++i) {  // the oldest neither first nor last
      const Time at = noon() - hours{24 * (i == 1 ? 20 : i + 1)};
      all.push_back({.id = AccessKeyId{"GONE" + std::to_string(i)}, .deleted_at = at, .gone_at = at + month});
    }
    cloud.bin = Done<std::vector<BinnedKey>>{all};
  }
  std::vector<std::string> warnings() {
    Story story;
    Still clock{story};
    Locations locations = places(old_id);
    Request request{.account = AccountName{"prod"},
                    .user = UserName{"support-api"},
                    .policy = policy,
                    .locations = {{.name = laptop, .type = "fake", .settings = {}}}};
    auto found = survey(cloud, locations, clock, request);
    if (const auto* turned = std::get_if<Turned>(&found)) {
      ADD_FAILURE() << turned->problem.message;
      return {};
    }
    auto& warnings = std::get<Prospect>(found).warnings;
    std::erase_if(warnings, [](const std::string& each) { return each.find("cannot be read back") != each.npos; });
    return warnings;
  }
};

TEST(SurveyOfTheBin, warns_of_the_key_that_a_full_one_would_lose) {
  Plan plan;
  plan.deleted(3);
  const auto warnings = plan.warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0],
            "the recycle bin of support-api is full (3 keys): the delete at the end purges GONE1, deleted on "
            "2025-12-13T12:00:00Z, for good");
  EXPECT_EQ(plan.cloud.asked_of_bin, std::vector<UserId>{UserId{"AIDAEXAMPLE"}});
}

TEST(SurveyOfTheBin, says_nothing_while_there_is_room) {
  for (const int count : {0, 1, 2}) {
    Plan plan;
    plan.deleted(count);
    EXPECT_TRUE(plan.warnings().empty()) << count;
  }
}

TEST(SurveyOfTheBin, that_cannot_be_read_stops_nothing_and_is_said) {
  Plan denied;
  denied.cloud.bin = Refused{.why = Refusal::denied, .code = "NoPermission", .message = "grant x", .request_id = {}};
  ASSERT_EQ(denied.warnings().size(), 1U);
  EXPECT_NE(denied.warnings()[0].find("the recycle bin cannot be read"), std::string::npos);
  EXPECT_NE(denied.warnings()[0].find("grant x"), std::string::npos);
  Plan lost;
  lost.cloud.bin = Unknown{"no reply"};
  ASSERT_EQ(lost.warnings().size(), 1U);
  EXPECT_NE(lost.warnings()[0].find("the recycle bin cannot be read"), std::string::npos);
}

TEST(SurveyOfTheBin, asks_nothing_where_there_is_none) {
  Plan plan;
  plan.cloud.known.undelete_for = {};
  plan.deleted(3);
  EXPECT_TRUE(plan.warnings().empty());
  EXPECT_TRUE(plan.cloud.asked_of_bin.empty());
  plan.policy.late_undo = hours{48};
  ASSERT_EQ(plan.warnings().size(), 1U);
  EXPECT_NE(plan.warnings()[0].find("late_undo does nothing here"), std::string::npos);
}

}  // namespace
}  // namespace story
