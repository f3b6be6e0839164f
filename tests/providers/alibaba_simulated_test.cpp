// Alibaba Cloud's client against the simulated cloud, which verifies both signature styles, takes a nonce once, keeps
// its own clock and loses replies.
#include <gtest/gtest.h>

#include "providers/alibaba_ram/connect.hpp"
#include "simulated_cloud/control.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using alibaba_ram::SignatureStyle;
using rotation::AccessKeyId;
using rotation::Refusal;
using rotation::UserName;
using simulated_cloud::Control;
using simulated_cloud::FaultKind;
using namespace std::chrono_literals;

const UserName dev{"dev"};

struct AlibabaSimulatedTest : testing::TestWithParam<SignatureStyle> {
  simulated_cloud::Server server;
  Control control{server};
  simulated_cloud::KeySeen key = control.seed_user("dev", std::chrono::hours{2880}, Control::acs_account);
  tests::FakeWorld fake;
  std::unique_ptr<alibaba_ram::RamCloud> cloud = connect();

  std::unique_ptr<alibaba_ram::RamCloud> connect() {
    auto world = calling::real_world();
    fake.variables = {{"ALIBABA_CLOUD_ACCESS_KEY_ID", key.id},
                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", key.secret},
                      {"HOME", "/nonexistent"}};
    world.env = fake.world.env;
    world.sleep = [](http::Millis) { return true; };
    const auto url = server.url();
    return alibaba_ram::connect(
        {.endpoints = {{"ram", url}, {"sts", url}, {"ims", url}, {"actiontrail", url}, {"kms", url}},
         .style = GetParam(),
         .patience = {.deadline = 5s}},
        std::move(world));
  }
  void fault(FaultKind kind, const std::string& action, std::size_t at_byte = 0) {
    control.clear_faults();
    control.fault({.kind = kind, .action = action, .count = 0, .at_byte = at_byte});
  }
  void set(const std::function<void(simulated_cloud::Options&)>& change) {
    auto options = control.options();
    change(options);
    control.set(options);
  }
  std::vector<simulated_cloud::KeySeen> keys() { return control.keys("dev", Control::acs_account); }
};

INSTANTIATE_TEST_SUITE_P(Styles, AlibabaSimulatedTest, testing::Values(SignatureStyle::v3, SignatureStyle::v1),
                         [](const auto& style) { return style.param == SignatureStyle::v3 ? "v3" : "v1"; });

TEST_P(AlibabaSimulatedTest, a_key_lives_and_dies_and_comes_back) {
  const auto who = cloud->caller();
  ASSERT_TRUE(rotation::done(who));
  EXPECT_EQ(rotation::done(who)->arn.text(), "acs:ram::1234567890123456:user/dev");
  const auto user = cloud->user(dev);
  ASSERT_TRUE(rotation::done(user));
  EXPECT_EQ(rotation::done(user)->id, rotation::done(who)->user_id);
  const auto made = cloud->create_key(dev);
  ASSERT_TRUE(rotation::done(made));
  const auto& fresh = *rotation::done(made);
  ASSERT_TRUE(rotation::done(cloud->probe(fresh.id, fresh.secret)));
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::limit_exceeded);
  const AccessKeyId old_key{key.id};
  EXPECT_EQ(rotation::refused(cloud->delete_key(dev, old_key))->why, Refusal::conflict);  // it is Active
  cloud->sign_with(fresh.id, fresh.secret);
  ASSERT_TRUE(rotation::done(cloud->set_status(dev, old_key, rotation::KeyStatus::inactive)));
  const auto two = cloud->keys(dev);
  ASSERT_TRUE(rotation::done(two));
  ASSERT_EQ(rotation::done(two)->size(), 2U);
  EXPECT_EQ(rotation::done(two)->front().status, rotation::KeyStatus::inactive);
  ASSERT_TRUE(rotation::done(cloud->delete_key(dev, old_key)));
  EXPECT_EQ(rotation::refused(cloud->delete_key(dev, old_key))->why, Refusal::no_such_entity);
  const auto& id = rotation::done(user)->id;
  const auto bin = cloud->deleted_keys(id);
  ASSERT_TRUE(rotation::done(bin));
  ASSERT_EQ(rotation::done(bin)->size(), 1U);
  EXPECT_EQ(rotation::done(bin)->front().id, old_key);
  EXPECT_EQ(rotation::done(bin)->front().gone_at - rotation::done(bin)->front().deleted_at, 30 * 24h);
  ASSERT_TRUE(rotation::done(cloud->undelete_key(id, old_key)));
  EXPECT_EQ(rotation::refused(cloud->undelete_key(id, old_key))->why, Refusal::no_such_entity);
  EXPECT_EQ(keys().size(), 2U);
}

TEST_P(AlibabaSimulatedTest, uses_show_by_the_hour_and_in_the_history) {
  const auto made = cloud->create_key(dev);
  ASSERT_TRUE(rotation::done(made));
  const auto& fresh = *rotation::done(made);
  const auto never = cloud->last_used(dev, fresh.id);
  ASSERT_TRUE(rotation::done(never));
  EXPECT_FALSE(rotation::done(never)->at);
  ASSERT_TRUE(rotation::done(cloud->probe(fresh.id, fresh.secret)));
  const auto used = cloud->last_used(dev, fresh.id);
  ASSERT_TRUE(rotation::done(used));
  ASSERT_TRUE(rotation::done(used)->at);
  EXPECT_EQ(*rotation::done(used)->at, std::chrono::floor<std::chrono::hours>(*rotation::done(used)->at));
  const auto uses = cloud->uses(fresh.id);
  ASSERT_TRUE(rotation::done(uses));
  ASSERT_FALSE(rotation::done(uses)->empty());
  EXPECT_EQ(rotation::done(uses)->front().service, "sts");
  EXPECT_FALSE(rotation::done(uses)->front().address.empty());
}

TEST_P(AlibabaSimulatedTest, users_on_many_pages_are_all_read) {
  for (int i = 0; i < 25; ++i) control.seed_user("user" + std::to_string(i), 1h, Control::acs_account);
  for (const bool omit : {false, true}) {
    set([&](auto& options) { options.page_cap = 3, options.omit_is_truncated = omit; });
    int users = 0;
    ASSERT_TRUE(rotation::done(cloud->list_users([&](const rotation::User&) {
      ++users;
      return alibaba_ram::More::go_on;
    })));
    EXPECT_EQ(users, 26);
  }
  EXPECT_EQ(control.arrived("ListUsers"), 18U);
}

// Invariants 3 and 11: sent once, and what was not confirmed is unknown, whether it worked or not.
TEST_P(AlibabaSimulatedTest, a_create_whose_reply_does_not_come_whole_is_unknown_and_arrived_once) {
  const FaultKind kinds[] = {
      FaultKind::drop_request,     FaultKind::drop_reply,      FaultKind::error_500_after, FaultKind::error_500_before,
      FaultKind::error_503_before, FaultKind::html_502_before, FaultKind::garbage,         FaultKind::leak,
      FaultKind::cut_reply};
  for (const auto kind : kinds) {
    for (const auto& one : keys()) {
      if (one.id != key.id) control.delete_key(one.id);
    }
    ASSERT_TRUE(rotation::done(cloud->keys(dev)));  // a kept-alive connection stands
    fault(kind, "CreateAccessKey", 100);
    const auto before = control.arrived("CreateAccessKey");
    const auto answer = cloud->create_key(dev);
    ASSERT_TRUE(rotation::unknown(answer)) << static_cast<int>(kind);
    EXPECT_EQ(control.arrived("CreateAccessKey"), before + 1) << static_cast<int>(kind);
    for (const auto& one : keys()) {
      EXPECT_EQ(rotation::unknown(answer)->why.find(one.secret.substr(0, 12)), std::string::npos);
    }
  }
}

TEST_P(AlibabaSimulatedTest, a_create_that_surely_did_nothing_is_refused) {
  fault(FaultKind::throttle, "CreateAccessKey");
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::throttled);
  fault(FaultKind::expired_token, "CreateAccessKey");
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::expired_session);
  fault(FaultKind::access_denied, "CreateAccessKey");
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::denied);
  EXPECT_EQ(control.arrived("CreateAccessKey"), 3U);
  EXPECT_EQ(control.worked("CreateAccessKey"), 0U);
}

TEST_P(AlibabaSimulatedTest, reads_ride_out_what_passes) {
  for (const auto kind : {FaultKind::drop_reply, FaultKind::error_503_before, FaultKind::html_502_before,
                          FaultKind::garbage, FaultKind::throttle}) {
    control.clear_faults();
    control.fault({.kind = kind, .action = "ListAccessKeys", .count = 2});
    const auto answer = cloud->keys(dev);
    ASSERT_TRUE(rotation::done(answer)) << static_cast<int>(kind);
    EXPECT_EQ(rotation::done(answer)->size(), 1U);
  }
}

TEST_P(AlibabaSimulatedTest, a_clock_that_is_an_hour_off_is_corrected) {
  set([](auto& options) { options.date_skew = 1h; });
  ASSERT_TRUE(rotation::done(cloud->caller()));
  ASSERT_TRUE(cloud->clock_offset());
  EXPECT_NEAR(static_cast<double>(cloud->clock_offset()->count()), 3'600'000.0, 2000.0);
  ASSERT_TRUE(rotation::done(cloud->create_key(dev)));
  EXPECT_EQ(control.arrived("CreateAccessKey"), 1U);
}

TEST_P(AlibabaSimulatedTest, a_key_that_is_not_known_yet_and_an_inactive_one_are_invalid_credentials) {
  set([](auto& options) { options.propagation = 1h; });
  const auto made = cloud->create_key(dev);
  ASSERT_TRUE(rotation::done(made));
  const auto& fresh = *rotation::done(made);
  EXPECT_EQ(rotation::refused(cloud->probe(fresh.id, fresh.secret))->why, Refusal::invalid_credentials);
  set([](auto& options) { options.propagation = 0ms; });
  control.set_status(fresh.id.text(), simulated_cloud::KeyStatus::inactive);
  EXPECT_EQ(rotation::refused(cloud->probe(fresh.id, fresh.secret))->why, Refusal::invalid_credentials);
}

TEST_P(AlibabaSimulatedTest, a_write_whose_reply_is_lost_is_unknown_and_arrived_once) {
  fault(FaultKind::drop_reply, "UpdateAccessKey");
  EXPECT_TRUE(rotation::unknown(cloud->set_status(dev, AccessKeyId{key.id}, rotation::KeyStatus::active)));
  EXPECT_EQ(control.arrived("UpdateAccessKey"), 1U);
}

}  // namespace
