#include "world.hpp"

#include <gtest/gtest.h>

#include "state_json.hpp"

namespace simulated_cloud {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const std::string account = "123456789012";
const Time start = *parse_iso8601("2026-01-02T03:04:05Z");

class WorldTest : public ::testing::Test {
 protected:
  WorldTest() : world([] { return start; }) {
    world.add_account(account);
    world.create_user(account, "dev");
  }
  AccessKey& old_key() { return world.seed_key(account, "dev", start - hours{24 * 120}); }
  User& dev() { return world.user(account, "dev"); }
  std::vector<std::string> listed() {
    std::vector<std::string> out;
    for (const ListedKey& key : world.listed_keys(dev()))
      out.push_back(key.id + " " + std::string{status_text(key.status)});
    return out;
  }
  static std::string refusal(const std::function<void()>& call) {
    try {
      call();
    } catch (const ApiError& error) {
      return error.code + " " + std::to_string(error.status);
    }
    return "none";
  }

  World world;
};

TEST_F(WorldTest, MakesIdsOfTheRightShape) {
  const AccessKey& key = world.create_key(account, "dev");
  EXPECT_EQ(key.id.size(), 20U);
  EXPECT_TRUE(key.id.starts_with("AKIA"));
  EXPECT_EQ(key.secret.size(), 40U);
  EXPECT_TRUE(dev().id.starts_with("AIDA"));
  EXPECT_EQ(dev().id.size(), 21U);
}

TEST_F(WorldTest, RefusesAThirdKeyEvenIfOneIsInactive) {
  const std::string first = world.create_key(account, "dev").id;
  world.set_status(first, KeyStatus::inactive);
  world.create_key(account, "dev");
  EXPECT_EQ(refusal([&] { world.create_key(account, "dev"); }), "LimitExceeded 409");
  world.delete_key(first);
  EXPECT_EQ(refusal([&] { world.create_key(account, "dev"); }), "none");
}

TEST_F(WorldTest, LetsParallelCreatesPassALimitThatIsBlindToYoungKeys) {
  world.options.key_limit_blind = seconds{1};
  for (int n = 0; n < 4; ++n) world.create_key(account, "dev");
  EXPECT_EQ(world.live_keys(dev()).size(), 4U);
  world.advance(seconds{2});
  EXPECT_EQ(refusal([&] { world.create_key(account, "dev"); }), "LimitExceeded 409");
}

TEST_F(WorldTest, RefusesANewKeyUntilItHasPropagated) {
  world.options.propagation = seconds{10};
  const AccessKey& key = world.create_key(account, "dev");
  world.advance(Millis{9999});
  EXPECT_EQ(world.effective_status(key), std::nullopt);
  world.advance(Millis{1});
  EXPECT_EQ(world.effective_status(key), KeyStatus::active);
}

TEST_F(WorldTest, LetsADeactivatedKeyWorkUntilThatHasPropagated) {
  AccessKey& key = old_key();
  world.options.deactivation_delay = seconds{5};
  world.set_status(key.id, KeyStatus::inactive);
  EXPECT_EQ(world.effective_status(key), KeyStatus::active);
  world.advance(seconds{5});
  EXPECT_EQ(world.effective_status(key), KeyStatus::inactive);
  world.delete_key(key.id);
  EXPECT_EQ(world.effective_status(key), KeyStatus::inactive);
  world.advance(seconds{5});
  EXPECT_EQ(world.effective_status(key), std::nullopt);
}

TEST_F(WorldTest, AReactivationWinsOverAnEarlierDeactivationStillOnItsWay) {
  AccessKey& key = old_key();
  world.options.deactivation_delay = seconds{5};
  world.set_status(key.id, KeyStatus::inactive);
  world.set_status(key.id, KeyStatus::active);
  world.advance(seconds{10});
  EXPECT_EQ(world.effective_status(key), KeyStatus::active);
}

TEST_F(WorldTest, ShowsAnOlderListWhileItIsStale) {
  const std::string old = old_key().id;
  world.options.stale = seconds{3};
  const std::string fresh = world.create_key(account, "dev").id;
  world.set_status(old, KeyStatus::inactive);
  EXPECT_EQ(listed(), std::vector<std::string>{old + " Active"});
  world.advance(seconds{3});
  EXPECT_EQ(listed(), (std::vector<std::string>{old + " Inactive", fresh + " Active"}));
  world.delete_key(old);
  EXPECT_EQ(listed().size(), 2U);
  world.advance(seconds{3});
  EXPECT_EQ(listed(), std::vector<std::string>{fresh + " Active"});
}

TEST_F(WorldTest, AlternatesBetweenStaleAndFreshLists) {
  world.options.stale = seconds{60};
  world.options.stale_alternates = true;
  world.create_key(account, "dev");
  const std::size_t first = listed().size(), second = listed().size(), third = listed().size();
  EXPECT_EQ((std::vector<std::size_t>{first, second, third}), (std::vector<std::size_t>{0, 1, 0}));
}

TEST_F(WorldTest, RecordsOnlyTheFirstUseInASpan) {
  AccessKey& key = old_key();
  EXPECT_FALSE(world.last_used(key));
  world.record_use(key, "s3", "eu-west-1");
  world.advance(minutes{15} - Millis{1});
  world.record_use(key, "ec2", "us-east-1");
  EXPECT_EQ(world.last_used(key)->at, start);
  EXPECT_EQ(world.last_used(key)->service, "s3");
  world.advance(Millis{1});
  world.record_use(key, "ec2", "us-east-1");
  EXPECT_EQ(world.last_used(key)->at, start + minutes{15});
  EXPECT_EQ(world.last_used(key)->service, "ec2");
}

TEST_F(WorldTest, ShowsAUseOnlyAfterItsLag) {
  AccessKey& key = old_key();
  world.options.lag = hours{4};
  world.record_use(key, "s3", "eu-west-1");
  world.advance(minutes{30});
  world.record_use(key, "sts", "eu-west-1");
  world.advance(hours{4} - minutes{30} - Millis{1});
  EXPECT_FALSE(world.last_used(key));
  world.advance(Millis{1});
  EXPECT_EQ(world.last_used(key)->service, "s3");
  world.advance(minutes{30});
  EXPECT_EQ(world.last_used(key)->service, "sts");
}

TEST_F(WorldTest, GivesARecreatedUserAnotherIdAndNoKeys) {
  const std::string key = old_key().id;
  const std::string before = dev().id;
  world.recreate_user(account, "dev");
  EXPECT_NE(dev().id, before);
  EXPECT_TRUE(listed().empty());
  EXPECT_EQ(refusal([&] { static_cast<void>(world.key_of(dev(), key)); }), "NoSuchEntity 404");
}

TEST_F(WorldTest, RefusesToDeleteAUserWhoHasKeys) {
  old_key();
  EXPECT_EQ(refusal([&] { world.delete_user(account, "dev"); }), "DeleteConflict 409");
  EXPECT_EQ(refusal([&] { world.delete_user(account, "nobody"); }), "NoSuchEntity 404");
}

TEST_F(WorldTest, ThrottlesByATokenBucketThatRefills) {
  world.options.throttle_rate = 2;
  world.options.throttle_burst = 3;
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(world.take_token(account, "ListUsers"));
  EXPECT_FALSE(world.take_token(account, "ListUsers"));
  world.advance(Millis{500});
  EXPECT_TRUE(world.take_token(account, "ListUsers"));
  EXPECT_FALSE(world.take_token(account, "ListUsers"));
}

TEST_F(WorldTest, ADenyWinsOverAnAllow) {
  const Policy policy{.allow = {"iam:*"}, .deny = {"iam:Create*"}};
  EXPECT_EQ(decide(policy, "iam:ListUsers"), Decision::allowed);
  EXPECT_EQ(decide(policy, "iam:CreateAccessKey"), Decision::explicit_deny);
  EXPECT_EQ(decide(policy, "sts:AssumeRole"), Decision::implicit_deny);
}

TEST_F(WorldTest, ComesBackTheSameThroughItsJson) {
  AccessKey& key = old_key();
  world.record_use(key, "s3", "eu-west-1");
  dev().tags["team"] = "ops";
  world.add_role(account, "rotator").trust = {"*"};
  world.options.stale = Millis{1234};
  const Json state = state_of(world);
  World copy([] { return start; }, 99);
  seed(copy, state);
  EXPECT_EQ(state_of(copy).dump(2), state.dump(2));
}

TEST_F(WorldTest, RefusesAStateWithAnUnknownMember) {
  EXPECT_THROW(seed(world, Json::parse(R"({"accounts":[{"id":"1","user":[]}]})")), std::invalid_argument);
  EXPECT_THROW(set_options(world, Json{{"propagation", 3}}), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(parse_rule(Json{{"fault", "explode"}})), std::invalid_argument);
}

TEST_F(WorldTest, WritesAndReadsTimes) {
  EXPECT_EQ(iso8601(start + Millis{120}), "2026-01-02T03:04:05Z");
  EXPECT_EQ(iso8601(start + Millis{120}, true), "2026-01-02T03:04:05.120000Z");
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05.120000Z"), start + Millis{120});
  EXPECT_EQ(parse_iso8601("2026-01-02T03:04:05+00:00"), start);
  EXPECT_EQ(parse_iso8601("2026-02-30T03:04:05Z"), std::nullopt);
  EXPECT_EQ(http_date(start), "Fri, 02 Jan 2026 03:04:05 GMT");
  EXPECT_EQ(amz_date(start), "20260102T030405Z");
}

}  // namespace
}  // namespace simulated_cloud
