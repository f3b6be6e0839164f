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
  Desk desk;
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.answer = Consent::nobody_to_ask;
  desk.used[old_id].at = desk.wall;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::check_failed);
  EXPECT_EQ(desk.count("delete"), 0);
}

TEST(Gate, evidence_that_fails_at_the_last_look_goes_back_to_verify) {
  Desk desk;
  Wishes wishes = sit;
  wishes.through = Step::verify;
  expect_end(desk.advance(wishes), Ending::ok);
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
