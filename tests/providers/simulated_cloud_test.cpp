// Against the simulated cloud, which verifies signatures, pages, throttles, keeps its own clock and loses replies.
#include <gtest/gtest.h>

#include <set>

#include "providers/aws_iam/connect.hpp"
#include "simulated_cloud/control.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using rotation::Refusal;
using rotation::UserName;
using simulated_cloud::FaultKind;
using namespace std::chrono_literals;

const UserName dev{"dev"};

struct SimulatedCloudTest : testing::Test {
  simulated_cloud::Server server;
  simulated_cloud::Control control{server};
  simulated_cloud::KeySeen key = control.seed_user("dev");
  tests::FakeWorld fake;
  std::unique_ptr<aws_iam::IamCloud> cloud = connect();

  std::unique_ptr<aws_iam::IamCloud> connect() {
    auto world = calling::real_world();
    fake.variables = {{"AWS_ACCESS_KEY_ID", key.id},
                      {"AWS_SECRET_ACCESS_KEY", key.secret},
                      {"AWS_CONFIG_FILE", "/nonexistent/config"},
                      {"AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials"}};
    world.env = fake.world.env;
    world.sleep = [](http::Millis) { return true; };
    return aws_iam::connect({.region = "eu-west-1",
                             .endpoints = {{"iam", server.url()}, {"sts", server.url()}, {"cloudtrail", server.url()}},
                             .patience = {.deadline = 5s}},
                            std::move(world));
  }
  void fault(FaultKind kind, const std::string& action, std::size_t at_byte = 0) {
    control.clear_faults();
    control.fault({.kind = kind, .action = action, .count = 0, .at_byte = at_byte});
  }
};

TEST_F(SimulatedCloudTest, users_on_many_pages_are_all_read) {
  for (int i = 0; i < 25; ++i) control.seed_user("user" + std::to_string(i));
  auto options = control.options();
  options.page_cap = 3;
  control.set(options);
  int users = 0;
  ASSERT_TRUE(rotation::done(cloud->list_users([&](const rotation::User&) {
    ++users;
    return aws_iam::More::go_on;
  })));
  EXPECT_EQ(users, 26);
  EXPECT_EQ(control.arrived("ListUsers"), 9U);
}

// Invariants 3 and 11: sent once, and what was not confirmed is unknown, whether it worked or not.
TEST_F(SimulatedCloudTest, a_create_whose_reply_does_not_come_whole_is_unknown_and_arrived_once) {
  const FaultKind kinds[] = {
      FaultKind::drop_request,     FaultKind::drop_reply,      FaultKind::error_500_after, FaultKind::error_500_before,
      FaultKind::error_503_before, FaultKind::html_502_before, FaultKind::garbage,         FaultKind::leak,
      FaultKind::cut_reply};
  for (const auto kind : kinds) {
    for (const auto& one : control.keys("dev")) {
      if (one.id != key.id) control.delete_key(one.id);
    }
    ASSERT_TRUE(rotation::done(cloud->keys(dev)));  // a kept-alive connection stands
    fault(kind, "CreateAccessKey", 100);
    const auto before = control.arrived("CreateAccessKey");
    const auto answer = cloud->create_key(dev);
    ASSERT_TRUE(rotation::unknown(answer)) << static_cast<int>(kind);
    EXPECT_EQ(control.arrived("CreateAccessKey"), before + 1) << static_cast<int>(kind);
    for (const auto& one : control.keys("dev")) {
      EXPECT_EQ(rotation::unknown(answer)->why.find(one.secret.substr(0, 12)), std::string::npos);
    }
  }
}

TEST_F(SimulatedCloudTest, a_create_that_surely_did_nothing_is_refused) {
  fault(FaultKind::throttle, "CreateAccessKey");
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::throttled);
  fault(FaultKind::expired_token, "CreateAccessKey");
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::expired_session);
  fault(FaultKind::access_denied, "CreateAccessKey");
  EXPECT_EQ(rotation::refused(cloud->create_key(dev))->why, Refusal::denied);
  EXPECT_EQ(control.arrived("CreateAccessKey"), 3U);
  EXPECT_EQ(control.worked("CreateAccessKey"), 0U);
}

TEST_F(SimulatedCloudTest, reads_ride_out_what_passes) {
  for (const auto kind : {FaultKind::drop_reply, FaultKind::error_503_before, FaultKind::html_502_before,
                          FaultKind::garbage, FaultKind::throttle}) {
    control.clear_faults();
    control.fault({.kind = kind, .action = "ListAccessKeys", .count = 2});
    const auto answer = cloud->keys(dev);
    ASSERT_TRUE(rotation::done(answer)) << static_cast<int>(kind);
    EXPECT_EQ(rotation::done(answer)->size(), 1U);
  }
}

TEST_F(SimulatedCloudTest, a_clock_that_is_an_hour_off_is_corrected) {
  auto options = control.options();
  options.date_skew = 1h;
  control.set(options);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  ASSERT_TRUE(cloud->clock_offset());
  EXPECT_NEAR(static_cast<double>(cloud->clock_offset()->count()), 3'600'000.0, 2000.0);
  ASSERT_TRUE(rotation::done(cloud->create_key(dev)));
  EXPECT_EQ(control.arrived("CreateAccessKey"), 1U);
}

TEST_F(SimulatedCloudTest, a_key_that_is_not_known_yet_and_an_inactive_one_are_invalid_credentials) {
  auto options = control.options();
  options.propagation = 1h;
  control.set(options);
  const auto made = cloud->create_key(dev);
  ASSERT_TRUE(rotation::done(made));
  const auto early = cloud->probe(rotation::done(made)->id, rotation::done(made)->secret);
  ASSERT_TRUE(rotation::refused(early));
  EXPECT_EQ(rotation::refused(early)->why, Refusal::invalid_credentials);
  options.propagation = 0ms;
  control.set(options);
  control.set_status(rotation::done(made)->id.text(), simulated_cloud::KeyStatus::inactive);
  const auto inactive = cloud->probe(rotation::done(made)->id, rotation::done(made)->secret);
  ASSERT_TRUE(rotation::refused(inactive));
  EXPECT_EQ(rotation::refused(inactive)->why, Refusal::invalid_credentials);
}

TEST_F(SimulatedCloudTest, a_write_whose_reply_is_lost_is_unknown_and_arrived_once) {
  fault(FaultKind::drop_reply, "UpdateAccessKey");
  const rotation::AccessKeyId id{key.id};
  EXPECT_TRUE(rotation::unknown(cloud->set_status(dev, id, rotation::KeyStatus::active)));
  EXPECT_EQ(control.arrived("UpdateAccessKey"), 1U);
}

// Both regions are asked; each tells its own.
TEST_F(SimulatedCloudTest, the_event_history_names_who_used_a_key) {
  const auto other = control.seed_user("other");
  control.use(other.id, "s3", "eu-west-1");
  control.use(other.id, "ec2", "eu-west-1");
  control.use(other.id, "iam", "us-east-1");
  control.use(other.id, "s3", "ap-south-1");  // nobody looks there
  const auto answer = cloud->uses(rotation::AccessKeyId{other.id});
  ASSERT_TRUE(rotation::done(answer));
  std::set<std::string> services;
  for (const auto& use : *rotation::done(answer)) services.insert(use.service + " from " + use.address);
  EXPECT_EQ(services, (std::set<std::string>{"s3 from 127.0.0.1", "ec2 from 127.0.0.1", "iam from 127.0.0.1"}));
  EXPECT_EQ(control.arrived("LookupEvents"), 2U);
}

TEST_F(SimulatedCloudTest, the_event_history_is_read_page_by_page_and_rides_out_a_throttle) {
  const auto other = control.seed_user("other");
  for (int i = 0; i < 7; ++i) control.use(other.id, "svc" + std::to_string(i), "eu-west-1");
  auto options = control.options();
  options.page_cap = 3;
  control.set(options);
  control.fault({.kind = FaultKind::throttle, .action = "LookupEvents"});
  const auto answer = cloud->uses(rotation::AccessKeyId{other.id});
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->size(), 7U);
  EXPECT_EQ(control.arrived("LookupEvents"), 5U);  // us-east-1 twice, for the throttle; three pages
}

TEST_F(SimulatedCloudTest, an_event_history_that_is_denied_says_so) {
  control.deny("dev", "cloudtrail:LookupEvents");
  const auto answer = cloud->uses(rotation::AccessKeyId{key.id});
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::denied);
}

}  // namespace
