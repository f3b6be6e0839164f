// Section 6 of the design line by line: when a key is quiet, when the new one is used, and what the verdict is.
#include "rotation/evidence.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "story.hpp"

namespace story {
namespace {

using std::chrono::seconds;
constexpr auto h = [](int count) { return Seconds{hours{count}}; };
constexpr auto m = [](int count) { return Seconds{minutes{count}}; };
constexpr Seconds s1{1};

// One look at a key, in time since the deploy (rotate) or the start (retire).
struct Glance {
  Seconds at{};
  AccessKeyId key;
  std::optional<Seconds> used;  // empty: the cloud says "never"
  std::string service = "s3";
  bool known = true;
};

Glance old_at(Seconds at, std::optional<Seconds> used) { return {.at = at, .key = old_id, .used = used}; }
Glance old_fails(Seconds at) { return {.at = at, .key = old_id, .used = {}, .service = {}, .known = false}; }
Glance new_at(Seconds at, std::optional<Seconds> used, std::string service = "s3") {
  return {.at = at, .key = new_id, .used = used, .service = std::move(service)};
}

struct Case {
  const char* name;
  std::vector<Glance> glances;
  std::optional<Verdict> verdict;
  bool enough = false;
  bool stuck = false;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

void play(Story& story, const std::vector<Glance>& glances) {
  const Time start = story.wall;
  for (const Glance& each : glances) {
    story.pass(each.at - (story.wall - start));
    if (!each.known) {
      story.failed_sample(each.key);
    } else {
      story.sample(each.key, each.used ? std::optional{start + *each.used} : std::nullopt, each.service);
    }
  }
}

void expect(const Story& story, const Case& wanted) {
  const Assessment found = assess(story.view, story.now());
  EXPECT_EQ(found.enough, wanted.enough) << found.says;
  EXPECT_EQ(found.stuck, wanted.stuck) << found.says;
  EXPECT_EQ(found.verdict ? word(*found.verdict) : "none", wanted.verdict ? word(*wanted.verdict) : "none")
      << found.says;
  EXPECT_FALSE(found.says.empty());
}

// quiet 24 h, lag 4 h, granularity 15 min, check_every 15 min: a window of 28 h.
class Rotating : public testing::TestWithParam<Case> {};

TEST_P(Rotating, is_judged_by_its_samples) {
  Story story;
  story.create().deploy();
  play(story, GetParam().glances);
  expect(story, GetParam());
}

const auto by_name = [](const auto& each) { return std::string(each.param.name); };

// Invariant 9: verified means that all of this held.
INSTANTIATE_TEST_SUITE_P(
    QuietOldKey, Rotating,
    testing::Values(Case{"window_from_the_deploy",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_at(h(28), h(-2))},
                         Verdict::moved,
                         true},
                    Case{"one_second_before_the_window_is_over",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_at(h(28) - s1, h(-2))},
                         {}},
                    Case{"a_use_just_before_the_deploy_may_have_gone_on_for_a_granularity",
                         {old_at(h(1), m(-10)), new_at(h(1), m(30)), old_at(h(28) + m(5) - s1, m(-10))},
                         {}},
                    Case{"and_the_window_counts_from_its_end",
                         {old_at(h(1), m(-10)), new_at(h(1), m(30)), old_at(h(28) + m(5), m(-10))},
                         Verdict::moved,
                         true},
                    Case{"window_from_the_last_use_and_its_granularity",
                         {old_at(h(2), h(1)), new_at(h(2), m(30)), old_at(h(29) + m(15), h(1))},
                         Verdict::moved,
                         true},
                    Case{"one_second_before_that",
                         {old_at(h(2), h(1)), new_at(h(2), m(30)), old_at(h(29) + m(15) - s1, h(1))},
                         Verdict::old_still_used},
                    Case{"one_sample_is_not_two", {new_at(h(1), m(30)), old_at(h(40), h(-2))}, {}},
                    Case{"two_samples_one_second_too_close",
                         {new_at(h(1), m(30)), old_at(h(30), h(-2)), old_at(h(30) + m(15) - s1, h(-2))},
                         {}},
                    Case{"two_samples_check_every_apart",
                         {new_at(h(1), m(30)), old_at(h(30), h(-2)), old_at(h(30) + m(15), h(-2))},
                         Verdict::moved,
                         true},
                    Case{"a_new_use_between_them_starts_over",
                         {old_at(h(1), m(30)), new_at(h(1), m(30)), old_at(h(30), h(29))},
                         Verdict::old_still_used,
                         false,
                         true},
                    Case{"no_sample_is_unknown", {new_at(h(1), m(30))}, Verdict::unknown}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    Unknown, Rotating,
    testing::Values(Case{"null_is_unknown_not_quiet",
                         {old_at(h(1), {}), new_at(h(1), m(30)), old_at(h(40), {})},
                         Verdict::unknown,
                         false,
                         true},
                    Case{"null_before_the_window_is_over_can_be_waited_for",
                         {old_at(h(1), {}), new_at(h(1), m(30)), old_at(h(2), {})},
                         Verdict::unknown},
                    Case{"a_sample_that_goes_back_is_unknown",
                         {old_at(h(1), m(30)), new_at(h(1), m(30)), old_at(h(40), m(29))},
                         Verdict::unknown},
                    Case{"and_stays_unknown_until_a_person_says_so",
                         {old_at(h(1), m(30)), new_at(h(1), m(30)), old_at(h(40), m(29)), old_at(h(41), m(29))},
                         Verdict::unknown,
                         false,
                         true},
                    Case{"a_sample_that_goes_back_to_never_is_unknown",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_at(h(40), {})},
                         Verdict::unknown},
                    Case{"a_failed_read_is_unknown",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_at(h(40), h(-2)), old_fails(h(41))},
                         Verdict::unknown},
                    Case{"after_a_failed_read_two_samples_are_wanted_again",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_fails(h(39)), old_at(h(40), h(-2))},
                         {}},
                    Case{"and_then_it_is_quiet",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_fails(h(39)), old_at(h(40), h(-2)),
                          old_at(h(40) + m(15), h(-2))},
                         Verdict::moved,
                         true},
                    Case{"after_going_back_and_forth_two_samples_are_wanted_again",
                         {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_at(h(2), h(-3)), old_at(h(40), h(-2))},
                         {}}),
    by_name);

INSTANTIATE_TEST_SUITE_P(
    UsedNewKey, Rotating,
    testing::Values(
        Case{"nobody_used_it_while_the_old_one_rests", {old_at(h(1), h(-2)), new_at(h(1), {})}, Verdict::new_idle},
        Case{"nobody_used_it_though_the_old_one_is_quiet",
             {old_at(h(1), h(-2)), new_at(h(1), {}), old_at(h(40), h(-2))},
             Verdict::new_idle,
             false,
             true},
        Case{"nobody_used_either_for_a_whole_window",
             {old_at(h(1), h(-24)), new_at(h(1), {}), old_at(h(40), h(-24))},
             Verdict::both_idle,
             false,
             true},
        Case{"one_second_less_is_not_both_idle",
             {old_at(h(1), h(-24) + s1), new_at(h(1), {}), old_at(h(40), h(-24) + s1)},
             Verdict::new_idle,
             false,
             true},
        Case{"the_probe_by_sts_is_our_own",
             {old_at(h(1), h(-2)), new_at(h(1), Seconds{0}, "sts"), old_at(h(40), h(-2))},
             Verdict::new_idle,
             false,
             true},
        Case{"a_call_of_iam_within_a_granularity_of_ours_is_our_own",
             {old_at(h(1), h(-2)), new_at(h(1), m(15), "iam"), old_at(h(40), h(-2))},
             Verdict::new_idle,
             false,
             true},
        Case{"a_call_of_sts_one_second_later_is_not",
             {old_at(h(1), h(-2)), new_at(h(1), m(15) + s1, "sts"), old_at(h(40), h(-2))},
             Verdict::moved,
             true},
        Case{"an_unknown_service_within_a_granularity_proves_nothing",
             {old_at(h(1), h(-2)), new_at(h(1), m(10), ""), old_at(h(40), h(-2))},
             Verdict::new_idle,
             false,
             true},
        Case{"no_service_at_all_proves_nothing",
             {old_at(h(1), h(-2)), new_at(h(1), m(10), "N/A"), old_at(h(40), h(-2))},
             Verdict::new_idle,
             false,
             true},
        Case{"another_service_is_a_use_at_once",
             {old_at(h(1), h(-2)), new_at(h(1), s1, "s3"), old_at(h(40), h(-2))},
             Verdict::moved,
             true}),
    by_name);

class Retiring : public testing::TestWithParam<Case> {};

TEST_P(Retiring, is_judged_from_the_last_use_alone) {
  Story story{{.procedure = Procedure::retire, .locations = {}}};
  play(story, GetParam().glances);
  expect(story, GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Retire, Retiring,
    testing::Values(
        Case{"used_long_ago_two_samples", {old_at(m(0), h(-900)), old_at(m(15), h(-900))}, Verdict::quiet, true},
        Case{"used_long_ago_one_sample", {old_at(m(0), h(-900))}, std::nullopt},
        Case{"the_window_counts_from_the_use_not_from_the_start",
             {old_at(m(0), h(-28)), old_at(m(15), h(-28))},
             Verdict::quiet,
             true},
        Case{"one_second_short_of_the_window",
             {old_at(m(0), h(-27)), old_at(h(1) + m(15) - s1, h(-27))},
             Verdict::old_still_used},
        Case{"never_used_and_old_enough", {old_at(m(0), {}), old_at(m(15), {})}, Verdict::quiet, true},
        Case{"never_used_but_one_sample_only", {old_at(m(0), {})}, std::nullopt},
        Case{"a_use_shows_up_between", {old_at(m(0), {}), old_at(m(15), m(5))}, Verdict::old_still_used},
        Case{"back_to_never_is_unknown", {old_at(m(0), h(-900)), old_at(m(15), {})}, Verdict::unknown},
        Case{"a_failed_read_is_unknown", {old_at(m(0), h(-900)), old_fails(m(15))}, Verdict::unknown}),
    by_name);

// Only retire takes never-used for quiet, and only once the key is older than quiet and lag together.
TEST(NeverUsed, wants_a_key_older_than_the_window) {
  for (const Seconds short_of : {Seconds{0}, Seconds{1}}) {
    Story story{{.procedure = Procedure::retire, .locations = {}}};
    play(story, {old_at(m(0), {}), old_at(m(15), {})});
    story.view.old_created = story.wall - h(28) + short_of;
    EXPECT_EQ(assess(story.view, story.now()).enough, short_of == Seconds{0});
  }
}

// ---- cadence --------------------------------------------------------------------------------------------------------

TEST(Cadence, raises_quiet_and_never_lowers_it) {
  Policy policy;
  policy.cadence = h(24 * 31);
  EXPECT_EQ(effective_quiet(Story{{.policy = policy}}.view), h(24 * 31));
  policy.cadence = h(1);
  EXPECT_EQ(effective_quiet(Story{{.policy = policy}}.view), h(24));
}

TEST(Cadence, is_at_least_the_idle_time_seen_at_the_start) {
  EXPECT_EQ(effective_quiet(Story{{.idle_at_start = h(24 * 9)}}.view), h(24 * 9));
  EXPECT_EQ(effective_quiet(Story{{.idle_at_start = h(2)}}.view), h(24));
}

TEST(Cadence, is_at_least_the_longest_gap_that_samples_showed) {
  Story story;
  story.create().deploy();
  play(story, {old_at(h(1), h(-24 * 4)), old_at(h(2), h(-24)), old_at(h(30), h(29)), old_at(h(40), h(30))});
  EXPECT_EQ(story.view.longest_gap, h(24 * 3));
  EXPECT_EQ(effective_quiet(story.view), h(24 * 3));
}

// Section 6: the longest gap that the journal has seen, not the last step alone.
TEST(Cadence, remembers_a_gap_that_an_earlier_step_saw) {
  Story story{{.idle_at_start = h(2)}};  // last used at 10:00
  story.create();
  story.pass(h(24 * 5)).sample(old_id, noon() + h(24 * 5));
  story.deploy();
  EXPECT_TRUE(story.view.samples.empty());
  EXPECT_EQ(story.view.longest_gap, h(24 * 5 + 2));
  story.pass(h(1)).sample(old_id, noon() + h(24 * 5));
  EXPECT_EQ(story.view.longest_gap, h(24 * 5 + 2));
  EXPECT_EQ(effective_quiet(story.view), h(24 * 5 + 2));
}

TEST(Cadence, holds_back_a_monthly_key_after_one_quiet_day) {
  Policy policy;
  policy.cadence = h(24 * 31);
  Story story{{.policy = policy}};
  story.create().deploy();
  play(story, {old_at(h(1), h(-2)), new_at(h(1), m(30)), old_at(h(24 * 31 + 4) - s1, h(-2))});
  EXPECT_FALSE(assess(story.view, story.now()).enough);
  story.pass(s1).sample(old_id, noon() - h(2));
  EXPECT_TRUE(assess(story.view, story.now()).enough);
}

// ---- self-rotation: the tool's own calls are not evidence -----------------------------------------------------------

Story self_rotating() {
  Story story{{.self = true}};
  story.create().deploy();
  return story;
}

// A sample taken in a burst of our own calls that began at `burst`.
void own_sample(Story& story, Time burst, Time used, const std::string& service) {
  Draft draft = sample_draft(new_id, Done<LastUsed>{{.at = used, .service = service, .region = {}}}, story.now());
  draft.detail["own_since"] = rfc3339(burst);
  story.tell(std::move(draft));
}

TEST(SelfRotation, a_use_during_our_own_burst_is_ours) {
  Story story = self_rotating();
  story.pass(h(2));
  own_sample(story, story.wall, story.wall, "iam");
  EXPECT_FALSE(new_key_used(story.view));
}

TEST(SelfRotation, a_use_within_a_granularity_of_our_last_call_is_ours) {
  Story story = self_rotating();
  const Time last_call = story.wall;  // the probe
  story.pass(h(2));
  own_sample(story, story.wall, last_call + m(15), "sts");
  EXPECT_FALSE(new_key_used(story.view));
}

TEST(SelfRotation, a_use_between_two_bursts_is_somebody_elses) {
  Story story = self_rotating();
  const Time last_call = story.wall;
  story.pass(h(2));
  own_sample(story, story.wall, last_call + m(15) + s1, "sts");
  EXPECT_TRUE(new_key_used(story.view));
}

TEST(SelfRotation, each_sample_is_a_call_of_our_own) {
  Story story = self_rotating();
  story.pass(h(1));
  own_sample(story, story.wall, story.wall, "iam");
  const Time sampled = story.wall;
  story.pass(h(1));
  own_sample(story, story.wall, sampled + m(10), "iam");
  EXPECT_FALSE(new_key_used(story.view));
}

TEST(SelfRotation, another_service_proves_the_use) {
  Story story = self_rotating();
  story.pass(h(1));
  own_sample(story, story.wall, story.wall, "s3");
  EXPECT_TRUE(new_key_used(story.view));
}

TEST(SelfRotation, says_which_command_proves_the_use) {
  Story story = self_rotating();
  play(story, {old_at(h(1), h(-2)), old_at(h(30), h(-2))});
  const Assessment found = assess(story.view, story.now());
  EXPECT_EQ(found.verdict, Verdict::new_idle);
  EXPECT_NE(found.says.find("aws s3 ls --profile dev"), std::string::npos) << found.says;
}

TEST(SelfRotation, is_sampled_no_more_often_than_every_two_spans) {
  EXPECT_EQ(spacing(Story{{.self = true}}.view).own_check, m(30));
  EXPECT_EQ(spacing(Story{{.self = true, .loopback = true}}.view).own_check, m(30));
}

// ---- clocks ---------------------------------------------------------------------------------------------------------

// Invariant 19: clock jumps never shorten a window.
TEST(ClockJumps, wall_time_ahead_does_not_end_the_window) {
  Story story;
  story.create().deploy();
  play(story, {old_at(h(1), h(-2)), new_at(h(1), m(30))});
  story.wall += h(60);  // the boot clock knows of one hour
  story.boot += h(1);
  story.sample(old_id, noon() - h(2));
  EXPECT_FALSE(assess(story.view, story.now()).enough);
}

TEST(ClockJumps, wall_time_back_makes_the_window_longer_at_most) {
  Story story;
  story.create().deploy();
  play(story, {old_at(h(1), h(-2)), new_at(h(1), m(30))});
  story.wall -= h(3);
  story.boot += h(60);
  story.sample(old_id, noon() - h(2));
  EXPECT_FALSE(assess(story.view, story.now()).enough);
}

TEST(ClockJumps, the_boot_clock_ahead_does_not_end_the_window) {
  Story story;
  story.create().deploy();
  play(story, {old_at(h(1), h(-2)), new_at(h(1), m(30))});
  story.wall += h(1);
  story.boot += h(60);
  story.sample(old_id, noon() - h(2));
  EXPECT_FALSE(assess(story.view, story.now()).enough);
}

TEST(ClockJumps, the_spacing_of_two_samples_is_not_shortened_either) {
  Story story;
  story.create().deploy();
  play(story, {new_at(h(1), m(30)), old_at(h(30), h(-2))});
  story.wall += h(1);
  story.boot += m(14);
  story.sample(old_id, noon() - h(2));
  EXPECT_FALSE(assess(story.view, story.now()).enough);
  story.wall += m(1);
  story.boot += m(1);
  story.sample(old_id, noon() - h(2));
  EXPECT_TRUE(assess(story.view, story.now()).enough);
}

TEST(ClockJumps, a_reboot_leaves_the_server_time_to_count_by) {
  Story story;
  story.create().deploy();
  play(story, {old_at(h(1), h(-2)), new_at(h(1), m(30))});
  story.wall += h(27);
  story.boot = seconds{30};
  story.boot_id = "second-boot";
  story.sample(old_id, noon() - h(2));
  EXPECT_TRUE(assess(story.view, story.now()).enough);
}

TEST(Waiting, says_how_long_it_can_still_take) {
  Story story;
  story.create().deploy();
  play(story, {old_at(h(1), h(-2)), new_at(h(1), m(30))});
  EXPECT_EQ(assess(story.view, story.now()).left, h(27));
  story.pass(h(20));
  EXPECT_EQ(assess(story.view, story.now()).left, h(7));
  story.pass(h(20));
  EXPECT_EQ(assess(story.view, story.now()).left, Millis{0});
  EXPECT_FALSE(assess(story.view, story.now()).enough) << "time alone is no evidence: a sample is";
}

// ---- going back -----------------------------------------------------------------------------------------------------

TEST(NewKeyGone, goes_at_once_if_it_was_never_deployed) {
  Story story;
  story.create().turn_back();
  EXPECT_TRUE(assess_new_key_gone(story.view, story.now()).enough);
}

TEST(NewKeyGone, counts_from_the_restore) {
  Story story;
  story.create().deploy().pass(h(100)).turn_back();
  story.tell(moving(row_done(Step::deploy, Direction::back, story.now()), State::created));
  const Time restored = story.wall;
  ASSERT_EQ(story.view.restored_at->wall, restored);
  story.pass(h(1)).sample(new_id, restored - h(1));
  story.pass(h(27) - s1).sample(new_id, restored - h(1));
  EXPECT_FALSE(assess_new_key_gone(story.view, story.now()).enough);
  story.pass(s1).sample(new_id, restored - h(1));
  EXPECT_TRUE(assess_new_key_gone(story.view, story.now()).enough);
}

TEST(NewKeyGone, waits_while_somebody_still_uses_it) {
  Story story;
  story.create().deploy().turn_back();
  story.tell(moving(row_done(Step::deploy, Direction::back, story.now()), State::created));
  story.pass(h(20)).sample(new_id, story.wall - h(1));
  story.pass(h(20)).sample(new_id, story.wall - h(1));
  EXPECT_FALSE(assess_new_key_gone(story.view, story.now()).enough);
}

// ---- spacings -------------------------------------------------------------------------------------------------------

TEST(Spacings, are_those_of_the_design_on_real_endpoints) {
  Policy policy;
  policy.propagation = Seconds{5};  // shorter than each of them, and still no reason to hurry
  const Spacing gaps = spacing(Story{{.policy = policy}}.view);
  EXPECT_EQ(gaps.probe, Seconds{2});
  EXPECT_EQ(gaps.probe_budget, Seconds{120});
  EXPECT_EQ(gaps.contradiction, Seconds{10});
  EXPECT_EQ(gaps.check, m(15));
  EXPECT_EQ(gaps.settle, Seconds{5});
}

TEST(Spacings, follow_the_propagation_on_loopback) {
  Policy policy;
  policy.propagation = Seconds{1};
  const Spacing gaps = spacing(Story{{.policy = policy, .loopback = true}}.view);
  EXPECT_EQ(gaps.probe, Seconds{1});
  EXPECT_EQ(gaps.contradiction, Seconds{1});
  EXPECT_EQ(gaps.check, Seconds{1});
  EXPECT_EQ(gaps.settle, Seconds{1});
  policy.propagation = Seconds{0};
  const Spacing none = spacing(Story{{.policy = policy, .loopback = true}}.view);
  EXPECT_EQ(none.probe, Millis{0});
  EXPECT_EQ(none.contradiction, Millis{0});
  EXPECT_EQ(none.check, Millis{0});
  EXPECT_EQ(none.settle, Millis{0});
}

TEST(Spacings, are_never_longer_on_loopback_than_on_real_endpoints) {
  Policy policy;
  policy.propagation = h(2);
  const Spacing gaps = spacing(Story{{.policy = policy, .loopback = true}}.view);
  EXPECT_EQ(gaps.probe, Seconds{2});
  EXPECT_EQ(gaps.contradiction, Seconds{10});
  EXPECT_EQ(gaps.check, m(15));
}

}  // namespace
}  // namespace story
