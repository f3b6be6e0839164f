// One consent answers one question: it is spent when the answer has been used, and never outlives what it answered.
#include <gtest/gtest.h>

#include <string>

#include "desk.hpp"
#include "expect_end.hpp"

namespace desk {
namespace {

// Somebody who switches a key off twice means it.
TEST(Accept, of_a_reactivation_counts_once_in_a_command_that_goes_on_for_days) {
  Desk desk = at_row(Step::deploy);
  desk.keys[new_id].status = KeyStatus::inactive;
  desk.answer = Consent::nobody_to_ask;
  bool again = false;
  desk.before = [&](const std::string& call) {
    if (call != "last_used" || again || desk.count("Active " + new_id.text()) == 0) return;
    again = true;
    desk.keys[new_id].status = KeyStatus::inactive;
  };
  expect_end(desk.advance({.wait = true, .accept = {"new_inactive:reactivate"}}), Ending::needs_operator);
  EXPECT_TRUE(again);
  EXPECT_EQ(desk.count("Active " + new_id.text()), 1);
  EXPECT_EQ(desk.keys[new_id].status, KeyStatus::inactive);
}

// Section 7: never deactivate again alone.
TEST(Accept, to_verify_anew_does_not_cover_a_second_emergency) {
  Desk desk = at_row(Step::deactivate);
  desk.keys[old_id].status = KeyStatus::active;
  desk.answer = Consent::given;
  Wishes wishes{.through = Step::deactivate, .wait = true, .accept = {"reactivated_outside:verify"}};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::inactive);
  desk.keys[old_id].status = KeyStatus::active;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::reactivated_outside);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::active);
}

TEST(Accept, of_a_drift_does_not_cover_the_next_one) {
  Desk desk = at_row(Step::verify);
  desk.places[vault] = old_id;
  desk.answer = Consent::given;
  Wishes wishes{.through = Step::verify, .wait = true, .accept = {"drift:deploy"}};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), new_id);
  desk.places[vault] = old_id;
  desk.consumers_work = false;
  expect_end(desk.advance(), Ending::needs_operator);
  EXPECT_EQ(desk.places.at(vault), old_id);  // somebody put it there a second time, and nobody has been asked
}

TEST(Accept, of_what_somebody_else_did_is_over_when_he_took_it_back) {
  Desk desk = at_row(Step::deploy);
  desk.keys[old_id].status = KeyStatus::inactive;
  desk.consumers_work = false;
  desk.used[new_id] = {};
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance({.accept = {"closed_outside:accept"}}), Ending::needs_operator);
  desk.keys[old_id].status = KeyStatus::active;
  (void)desk.advance();
  EXPECT_TRUE(desk.view.accepted.empty());
  desk.keys[old_id].status = KeyStatus::inactive;
  expect_end(desk.advance(), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::closed_outside);
}

TEST(Accept, of_a_use_after_the_deactivation_does_not_cover_the_next_use) {
  Desk desk = at_row(Step::deactivate);
  desk.answer = Consent::nobody_to_ask;
  desk.wall += minutes{20};
  desk.boot += minutes{20};
  desk.used[old_id].at = desk.wall;
  expect_end(desk.advance({.accept = {"check_failed:ignore"}}), Ending::waiting);
  EXPECT_TRUE(desk.kept(Kind::decision, "ignore_use"));
  desk.wall += hours{1};
  desk.boot += hours{1};
  desk.used[old_id].at = desk.wall;
  expect_end(desk.advance(), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::check_failed);
}

// "--override: for this command only": what it passed stands for an hour, and falls with the next use of the old key.
TEST(Override, that_passed_verify_falls_with_the_next_use_of_the_old_key) {
  Desk desk;
  desk.consumers_work = false;
  Wishes wishes{.through = Step::verify, .override_reason = "the consumers are switched off"};
  expect_end(desk.advance(wishes), Ending::ok);
  desk.wall += minutes{20};
  desk.boot += minutes{20};
  desk.used[old_id].at = desk.wall;
  expect_end(desk.advance(), Ending::waiting);
  EXPECT_EQ(desk.count("Inactive"), 0);  // Invariant 1
  EXPECT_EQ(desk.view.state, State::deployed);
}

TEST(Override, that_passed_verify_carries_the_next_command_to_the_deactivate) {
  Desk desk;
  desk.consumers_work = false;
  Wishes wishes{.through = Step::verify, .override_reason = "the consumers are switched off"};
  expect_end(desk.advance(wishes), Ending::ok);
  expect_end(desk.advance({.through = Step::deactivate}), Ending::ok);
  EXPECT_EQ(desk.count("Inactive " + old_id.text()), 1);
}

// Exit 0 is for a state that holds, not for one that the journal remembers.
TEST(Through, a_step_that_was_reached_before_looks_before_it_says_so) {
  Desk desk = at_row(Step::deactivate);
  desk.keys[old_id].status = KeyStatus::active;
  desk.keys[new_id].status = KeyStatus::inactive;
  desk.answer = Consent::nobody_to_ask;
  Wishes wishes{.through = Step::deactivate};
  expect_end(desk.advance(wishes), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::new_inactive);
}

}  // namespace
}  // namespace desk
