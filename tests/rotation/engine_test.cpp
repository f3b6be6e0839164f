// The engine at a scripted desk: one command at a time, forward.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/errors.hpp"

namespace desk {
namespace {

// ---- the whole way --------------------------------------------------------------------------------------------------

TEST(Advance, goes_from_planned_to_completed_in_one_patient_command) {
  Desk desk;
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_FALSE(desk.keys.contains(old_id));
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active);
  EXPECT_EQ(desk.places.at(laptop), new_id);
  EXPECT_EQ(desk.places.at(vault), new_id);
  EXPECT_TRUE(desk.sealed.empty());  // Invariant 15
  EXPECT_FALSE(desk.wrapped);
  EXPECT_TRUE(desk.spill.empty());
  EXPECT_EQ(desk.count("create"), 1);  // Invariant 3
  EXPECT_TRUE(desk.created_under_hold);
  EXPECT_EQ(desk.signals_held, 0);
}

TEST(Advance, retires_a_key_in_one_patient_command) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy(), .locations = {}}};
  desk.used[old_id].at = desk.wall - hours{500};
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_EQ(desk.count("create"), 0);
}

TEST(Advance, retires_a_key_while_places_hold_another_one) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy()}};
  desk.used[old_id].at = desk.wall - hours{500};
  desk.keys[other_id] = {.id = other_id, .status = KeyStatus::active, .created_at = desk.wall - hours{24}};
  desk.places = {{laptop, other_id}, {vault, std::nullopt}};
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_TRUE(desk.keys.contains(other_id));
}

// Invariant 1 and 2: a place that took the key into use again stops its retirement.
TEST(Advance, stops_a_retirement_of_a_key_that_a_place_holds_again) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy()}};
  desk.used[old_id].at = desk.wall - hours{500};
  desk.consumers_work = false;
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.count("Inactive"), 0);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::drift);
  EXPECT_EQ(desk.view.attention->accept.front().find("drift:deploy"), std::string::npos);
}

TEST(Advance, of_a_closed_rotation_does_nothing) {
  Desk desk;
  expect_end(desk.advance(sit), Ending::ok);
  const auto calls = desk.calls.size();
  const auto records = desk.records.size();
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.calls.size(), calls);
  EXPECT_EQ(desk.records.size(), records);
}

class Through : public testing::TestWithParam<Step> {};

TEST_P(Through, stops_after_the_step) {
  Desk desk;
  Wishes wishes = sit;
  wishes.through = GetParam();
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, row_of(GetParam()).to);
  EXPECT_FALSE(desk.view.pending);
  const auto records = desk.records.size();
  expect_end(desk.advance(wishes), Ending::ok);  // reached already
  EXPECT_EQ(desk.records.size(), records);
}

INSTANTIATE_TEST_SUITE_P(EachStep, Through,
                         testing::Values(Step::create, Step::deploy, Step::verify, Step::deactivate, Step::delete_key),
                         [](const auto& each) { return std::string(word(each.param)); });

// ---- consent --------------------------------------------------------------------------------------------------------

TEST(Consent, without_a_terminal_the_hint_says_yes_to_the_step) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.advance();
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api --yes=deploy");
  EXPECT_EQ(desk.count("write"), 0);
  EXPECT_EQ(desk.view.state, State::created);
  EXPECT_FALSE(desk.view.pending);
}

TEST(Consent, declined_touches_nothing) {
  Desk desk;
  desk.answer = Consent::declined;
  expect_end(desk.advance(), Ending::needs_operator);
  EXPECT_EQ(desk.count("write"), 0);
  EXPECT_EQ(desk.places.at(laptop), old_id);
}

TEST(Consent, to_deactivate_shows_the_command_that_undoes_it_and_wants_it_typed) {
  Desk desk = at_row(Step::deactivate);
  const auto asked = std::ranges::find(desk.asked, Op::deactivate_key, &Question::op);
  ASSERT_NE(asked, desk.asked.end());
  EXPECT_EQ(asked->undo_command, "aws iam update-access-key --access-key-id " + old_id.text());
  EXPECT_TRUE(asked->typed);
  EXPECT_EQ(asked->key, old_id);
  EXPECT_FALSE(asked->because.empty());
  EXPECT_TRUE(desk.kept(Kind::decision, "consent"));
}

TEST(Consent, is_not_asked_where_the_policy_does_not_want_it) {
  Policy policy = quick_policy();
  policy.confirm.clear();
  Desk desk{{.policy = policy}};
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_TRUE(desk.asked.empty());
}

TEST(Override, is_recorded_before_it_lets_a_rotation_pass) {
  Desk desk;
  desk.consumers_work = false;
  Wishes wishes{.through = Step::verify, .override_reason = "the consumers are switched off"};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::verified);
  EXPECT_TRUE(desk.kept(Kind::decision, "override"));
  const auto passed = std::ranges::find_if(
      desk.records, [](const Record& each) { return get(each.what.detail, "state") == "verified"; });
  ASSERT_NE(passed, desk.records.end());
  EXPECT_EQ(get(passed->what.detail, "override"), "the consumers are switched off");
}

// ---- waiting --------------------------------------------------------------------------------------------------------

TEST(Waiting, without_wait_ends_with_the_time_to_come_back) {
  Desk desk;
  const Result result = desk.advance();
  expect_end(result, Ending::waiting);
  ASSERT_TRUE(result.waiting);
  EXPECT_EQ(result.waiting->step, Step::verify);
  // The consumers used the old key until the deploy: quiet, lag and one granularity.
  EXPECT_EQ(result.waiting->not_before, desk.view.deployed_at->wall + hours{1} + minutes{10} + minutes{1});
  EXPECT_TRUE(says(result, rfc3339(result.waiting->not_before)));
}

TEST(Waiting, at_that_time_it_goes_on) {
  Desk desk;
  const Result first = desk.advance();
  ASSERT_TRUE(first.waiting);
  desk.used[new_id] = {.at = desk.wall + minutes{5}, .service = "s3", .region = {}};
  desk.boot += first.waiting->not_before - desk.wall;
  desk.wall = first.waiting->not_before;
  Wishes wishes;
  wishes.through = Step::verify;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::verified);
}

TEST(Waiting, for_the_grace_names_its_end) {
  Desk desk = at_row(Step::deactivate);
  const Result result = desk.advance();
  expect_end(result, Ending::waiting);
  ASSERT_TRUE(result.waiting);
  EXPECT_EQ(result.waiting->step, Step::delete_key);
  EXPECT_EQ(result.waiting->not_before, desk.view.deactivated_at->wall + hours{2});
}

// Invariant 17: resuming twice with equal observations does what resuming once does.
TEST(ResumingTwice, while_waiting_writes_nothing_new) {
  Desk desk;
  expect_end(desk.advance(), Ending::waiting);
  const auto records = desk.records.size();
  expect_end(desk.advance(), Ending::waiting);
  EXPECT_EQ(desk.records.size(), records);
}

TEST(ResumingTwice, at_a_stop_writes_nothing_new) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  desk.keys[other_id] = {.id = other_id, .status = KeyStatus::active, .created_at = desk.wall - hours{1}};
  const Result first = desk.advance();
  expect_end(first, Ending::needs_operator);
  const auto records = desk.records.size();
  const Result second = desk.advance();
  expect_end(second, Ending::needs_operator);
  EXPECT_EQ(desk.records.size(), records);
  EXPECT_EQ(first.problem, second.problem);
}

TEST(ResumingTwice, at_a_question_repeats_no_step) {
  Policy policy = quick_policy();
  policy.confirm = {Step::deactivate};
  Desk desk{{.policy = policy}};
  desk.answer = Consent::nobody_to_ask;
  const Result first = desk.advance(sit);
  expect_end(first, Ending::needs_operator);
  const auto before = desk.records.size();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.state, State::verified);
  // The gate of invariant 1 wants a fresh look at the old key, and nothing else.
  for (std::size_t i = before; i < desk.records.size(); ++i) {
    EXPECT_EQ(get(desk.records[i].what.detail, "what"), "last_used");
  }
}

// ---- signals --------------------------------------------------------------------------------------------------------

TEST(Interrupt, at_each_turn_ends_with_nothing_half_done_and_can_be_resumed) {
  int interrupted = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    Desk desk;
    desk.interrupt_at = turn;
    const Result result = desk.advance(sit);
    if (result.ending == Ending::ok) break;
    ++interrupted;
    expect_end(result, Ending::interrupted);
    EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api");
    EXPECT_FALSE(desk.view.pending) << turn;
    EXPECT_EQ(desk.signals_held, 0);
    desk.interrupt_at.reset();
    expect_end(desk.advance(sit), Ending::ok);
    EXPECT_EQ(desk.view.state, State::completed) << turn;
    EXPECT_EQ(desk.count("create"), 1) << turn;
    if (HasFailure()) return;
  }
  EXPECT_GT(interrupted, 30);
}

}  // namespace
}  // namespace desk
