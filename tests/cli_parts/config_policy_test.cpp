#include <gtest/gtest.h>

#include "cli/config.hpp"
#include "rotation/errors.hpp"

using cli::Loopback;
using namespace std::chrono_literals;

namespace {

cli::Config config(const std::string& text) { return cli::parse_config(text, "/etc/keybaton/config.yaml"); }

cli::EffectivePolicy policy_of(const cli::Config& from, const cli::PolicyOptions& options = {},
                               Loopback loopback = Loopback::no) {
  return cli::effective_policy(from, rotation::AccountName("prod"), rotation::UserName("app"), options, loopback,
                               std::chrono::minutes{15});
}

std::string refusal_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    return trouble.problem().message + " | " + trouble.problem().hint;
  }
  return "no refusal";
}

constexpr const char* levels = R"(
accounts:
  prod:
    policy: {grace: 3d, lag: 5h}
    check_every: 20m
policy: {quiet: 48h, grace: 2d, lag: 4h, propagation: 200s, confirm: [delete]}
targets:
  prod/app:
    cadence: 31d
    policy: {lag: 6h, max_age: 30d}
    confirm: [deactivate]
)";

}  // namespace

TEST(Policy, without_a_config_the_defaults_hold) {
  const auto result = policy_of({});
  EXPECT_EQ(result.policy, rotation::Policy{});
  EXPECT_TRUE(result.warnings.empty());
}

TEST(Policy, a_target_overrides_its_account_and_the_account_the_top) {
  const auto policy = policy_of(config(levels)).policy;
  EXPECT_EQ(policy.quiet, 48h);                                                     // top
  EXPECT_EQ(policy.propagation, 200s);                                              // top
  EXPECT_EQ(policy.grace, 72h);                                                     // account
  EXPECT_EQ(policy.check_every, 20min);                                             // account, beside `policy`
  EXPECT_EQ(policy.lag, 6h);                                                        // target
  EXPECT_EQ(policy.max_age, 720h);                                                  // target
  EXPECT_EQ(policy.confirm, std::set<rotation::Step>{rotation::Step::deactivate});  // target, beside `policy`
  EXPECT_EQ(policy.granularity, 15min);                                             // default
  EXPECT_EQ(policy.cadence, rotation::Seconds{31 * 24h});
}

TEST(Policy, another_user_of_the_account_has_no_share_in_a_target) {
  const auto result = cli::effective_policy(config(levels), rotation::AccountName("prod"), rotation::UserName("other"),
                                            {}, Loopback::no, std::chrono::minutes{15});
  EXPECT_EQ(result.policy.lag, 5h);
  EXPECT_EQ(result.policy.cadence, std::nullopt);
  EXPECT_EQ(result.policy.confirm, std::set<rotation::Step>{rotation::Step::delete_key});
}

TEST(Policy, options_stand_above_every_level) {
  const auto policy = policy_of(config(levels), {.quiet = 90h, .grace = 100h, .override_reason = {}}).policy;
  EXPECT_EQ(policy.quiet, 90h);
  EXPECT_EQ(policy.grace, 100h);
}

TEST(Policy, a_value_below_its_floor_is_refused_off_loopback) {
  EXPECT_EQ(refusal_of([] { (void)policy_of(config("policy: {quiet: 59m}")); }),
            "The policy's quiet is 59m, below the floor of 1h that a real cloud's delays ask for. | Raise quiet to 1h "
            "or more; for this command only, --override REASON passes the floor and is recorded.");
  EXPECT_NE(refusal_of([] { (void)policy_of(config("policy: {grace: 23h}")); }).find("grace is 23h"),
            std::string::npos);
  EXPECT_NE(refusal_of([] { (void)policy_of(config("policy: {lag: 0s}")); }).find("lag is 0s"), std::string::npos);
}

TEST(Policy, a_value_at_its_floor_is_taken) {
  const auto result = policy_of(config("policy: {quiet: 1h, grace: 24h, lag: 4h}"));
  EXPECT_EQ(result.policy.quiet, 1h);
  EXPECT_TRUE(result.warnings.empty());
}

TEST(Policy, options_stay_under_the_floors) {
  EXPECT_NE(refusal_of([] { (void)policy_of({}, {.quiet = 1min, .grace = {}, .override_reason = {}}); }), "no refusal");
  EXPECT_NE(refusal_of([] { (void)policy_of({}, {.quiet = {}, .grace = 1h, .override_reason = {}}); }), "no refusal");
}

TEST(Policy, an_override_passes_a_floor_with_a_warning) {
  const auto result = policy_of({}, {.quiet = 1min, .grace = {}, .override_reason = "drill"});
  EXPECT_EQ(result.policy.quiet, 1min);
  EXPECT_EQ(result.warnings,
            std::vector<std::string>{"The policy's quiet is 1m, below the floor of 1h, passed by --override."});
}

TEST(Policy, floors_and_warnings_fall_away_on_loopback) {
  const auto result =
      policy_of(config("policy: {quiet: 0s, grace: 0s, lag: 0s, propagation: 0s, granularity: 1s}"), {}, Loopback::yes);
  EXPECT_EQ(result.policy.grace, 0s);
  EXPECT_TRUE(result.warnings.empty());
}

TEST(Policy, values_that_a_real_cloud_does_not_keep_to_are_warned_of) {
  EXPECT_EQ(policy_of(config("policy: {propagation: 5s, granularity: 1m}")).warnings.size(), 2U);
}

TEST(Policy, a_host_that_only_looks_like_loopback_is_not) {
  for (const char* url : {"http://127.0.0.1:5000", "http://127.1.2.3", "https://localhost/x", "http://[::1]:80"}) {
    EXPECT_TRUE(cli::loopback_url(url)) << url;
  }
  for (const char* url : {"http://127.0.0.1.example.com", "http://127.evil.com", "http://localhost.example.com",
                          "http://127.0.0.1@example.com/", "http://example.com/127.0.0.1", "http://128.0.0.1",
                          "http://127.0.1", "127.0.0.1", "http://", "http://[::1].evil.com"}) {
    EXPECT_FALSE(cli::loopback_url(url)) << url;
  }
}
