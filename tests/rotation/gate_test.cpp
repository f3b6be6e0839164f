// What stands between a wish and a mutation, at a scripted desk.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/errors.hpp"

namespace desk {
namespace {

// ---- the gate -------------------------------------------------------------------------------------------------------

TEST(Gate, wrong_account_sends_no_write) {
  Desk desk;
  desk.caller.account_id = AccountId{"999999999999"};
  const Result result = desk.advance(sit);
  expect_end(result, Ending::wrong_account);  // Invariant 7
  EXPECT_EQ(desk.count("create"), 0);
}

TEST(Gate, wrong_partition_sends_no_write) {
  Desk desk;
  desk.caller.partition = "aws-cn";
  expect_end(desk.advance(sit), Ending::wrong_account);
  EXPECT_EQ(desk.count("create"), 0);
}

TEST(Gate, a_recreated_or_missing_user_stops) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  desk.user->id = UserId{"AIDAANOTHER"};
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::user_recreated);
  Desk gone;
  gone.answer = Consent::nobody_to_ask;
  gone.user.reset();
  expect_end(gone.advance(sit), Ending::needs_operator);
  EXPECT_EQ(gone.view.attention->code, AttentionCode::user_missing);
  EXPECT_EQ(desk.count("create") + gone.count("create"), 0);
}

TEST(Gate, reads_that_are_denied_or_lost_end_the_command) {
  for (const char* read : {"caller", "user", "keys"}) {
    Desk denied;
    denied.bad[read] = {no(Refusal::denied, "AccessDenied")};
    expect_end(denied.advance(sit), Ending::refused);
    Desk lost;
    lost.bad[read] = {Unknown{"no reply"}};
    expect_end(lost.advance(sit), Ending::unknown);
    EXPECT_EQ(denied.count("create") + lost.count("create"), 0) << read;
  }
}

// Invariant 2: somebody tried the old key after its deactivation began.
TEST(Gate, a_use_after_the_deactivate_stops_the_delete) {
  Desk desk = at_row(Step::deactivate);
  desk.answer = Consent::nobody_to_ask;
  desk.used[old_id].at = desk.wall;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::check_failed);
  EXPECT_EQ(desk.count("delete"), 0);
}

TEST(Gate, evidence_that_fails_at_the_last_look_goes_back_to_verify) {
  Desk desk = at_row(Step::verify);
  desk.used[old_id].at = desk.wall;  // Invariant 1: a consumer came back to the old key
  const Result result = desk.advance();
  expect_end(result, Ending::waiting);
  EXPECT_EQ(desk.view.state, State::deployed);
  EXPECT_EQ(desk.count("Inactive"), 0);
}

TEST(Gate, an_old_key_that_never_shows_a_use_is_stopped_at_not_waited_for) {
  Desk desk;
  desk.before = [&](const std::string& call) {
    if (call == "last_used") desk.used[old_id] = {};
  };
  Result result = desk.advance();
  for (int i = 0; i < 12 && result.ending == Ending::waiting; ++i) {
    desk.boot += result.waiting->not_before - desk.wall;
    desk.wall = result.waiting->not_before;
    desk.used[new_id] = {.at = desk.wall - minutes{1}, .service = "s3", .region = {}};
    result = desk.advance();
  }
  expect_end(result, Ending::needs_operator);  // Invariant 18
  EXPECT_TRUE(says(result, "--override"));
}

// Not even a patient operator is kept waiting for what no wait can bring.
TEST(Gate, a_patient_command_does_not_wait_for_ever_for_a_key_that_shows_no_use) {
  Desk desk;
  desk.before = [&](const std::string& call) {
    if (call == "last_used") desk.used[old_id] = {};
  };
  const Result result = desk.advance(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_TRUE(says(result, "--override"));
  EXPECT_EQ(desk.count("Inactive"), 0);
}

TEST(Denied, stays_on_the_board_until_it_is_granted) {
  Desk desk;
  desk.bad["keys"] = {no(Refusal::denied, "AccessDenied")};
  const Result result = desk.advance(sit);
  expect_end(result, Ending::refused);
  ASSERT_TRUE(desk.view.attention);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::denied);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api");
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_TRUE(desk.kept(Kind::observation, "attention_over"));
}

TEST(Denied, last_use_stops_instead_of_waiting_for_evidence_that_cannot_come) {
  Desk desk;
  desk.bad["last_used"] = {no(Refusal::denied, "AccessDenied")};
  desk.always = {"last_used"};
  expect_end(desk.advance(sit), Ending::refused);
  EXPECT_EQ(desk.view.state, State::deployed);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::denied);
}

TEST(Denied, mutation_is_on_the_board_too) {
  Desk desk;
  desk.bad["Inactive"] = {no(Refusal::denied, "AccessDenied")};
  expect_end(desk.advance(sit), Ending::refused);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::denied);
  expect_end(desk.advance(sit), Ending::ok);
}

// ---- a new key that is lost, or only out of sight ----------------------------------------------------------------

// Section 7: the cloud must not know the key throughout the propagation delay before its secret is given up.
TEST(LostNewKey, is_given_up_only_after_the_cloud_has_not_known_it_throughout_the_delay) {
  Desk desk = at_row(Step::create);
  desk.keys.erase(new_id);
  desk.answer = Consent::nobody_to_ask;
  const Time began = desk.wall;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::lost_new_key);
  EXPECT_GE(desk.wall - began, Seconds{240});  // the delay since the create, then the delay of the probes
  EXPECT_GE(desk.count("probe"), 12);
  EXPECT_TRUE(desk.sealed.contains("new"));
}

TEST(LostNewKey, is_not_lost_if_the_cloud_knows_it_once_more) {
  Desk desk = at_row(Step::create);
  const AccessKey key = desk.keys.extract(new_id).mapped();
  desk.before = [&](const std::string& call) {
    if (call == "probe" && desk.count("probe") == 8) desk.keys[new_id] = key;
  };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_EQ(desk.count("create"), 0);
}

TEST(LostNewKey, that_consumers_hold_does_not_keep_a_rollback_waiting_for_the_proof) {
  Desk desk = at_row(Step::deploy);
  desk.wall += Seconds{600};
  desk.boot += Seconds{600};
  desk.keys.erase(new_id);
  std::optional<Time> restored;
  const Time began = desk.wall;
  desk.before = [&](const std::string& call) {
    if (call == "write vault") restored = desk.wall;
  };
  (void)desk.roll_back(sit);
  ASSERT_TRUE(restored);
  EXPECT_LE(*restored - began, Seconds{20});
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(Outside, a_new_key_switched_off_after_the_deactivate_is_turned_on_before_anything_else) {
  Desk desk = at_row(Step::deactivate);
  desk.keys[old_id].status = KeyStatus::active;
  desk.keys[new_id].status = KeyStatus::inactive;
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::new_inactive);
  expect_end(desk.advance({.wait = true, .accept = {"new_inactive:reactivate"}}), Ending::needs_operator);
  EXPECT_EQ(desk.keys[new_id].status, KeyStatus::active);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::reactivated_outside);
}

TEST(Outside, an_old_key_that_can_never_be_active_again_is_not_offered_a_reactivation) {
  Desk desk = at_row(Step::create);
  desk.keys[old_id].status = KeyStatus::unusable;
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"old_inactive:finish"});
}

TEST(Lease, held_by_somebody_else_stops_a_resume) {
  Desk desk;
  desk.lease_held = true;
  EXPECT_THROW((void)desk.advance(sit), Held);
  EXPECT_TRUE(desk.calls.empty());
}

TEST(SelfRotation, signs_with_the_new_key_once_it_works_and_never_with_the_old_one_again) {
  Desk desk{{.policy = quick_policy(), .self = true}};
  desk.before = [&](const std::string& call) {
    if (desk.view.probed_at && desk.view.open() && call != "probe") {
      EXPECT_EQ(desk.signer, new_id) << call;
    }
  };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
}

}  // namespace
}  // namespace desk
