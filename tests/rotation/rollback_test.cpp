// The way back at a scripted desk: the old key first, whatever else does not work.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/errors.hpp"

namespace desk {
namespace {

bool active(const Desk& desk, const AccessKeyId& key) {
  const auto found = desk.keys.find(key);
  return found != desk.keys.end() && found->second.status == KeyStatus::active;
}

// The first call that changes anything.
std::string first_change(const Desk& desk) {
  const auto found = std::ranges::find_if(desk.calls, [](const std::string& call) {
    return call.starts_with("Active") || call.starts_with("Inactive") || call.starts_with("delete") ||
           call.starts_with("create") || call.starts_with("write");
  });
  return found == desk.calls.end() ? "none" : *found;
}

// Invariant 12: until the delete is sent, one command leads back to the old key in all its places.
class FromEachRow : public testing::TestWithParam<Step> {};

TEST_P(FromEachRow, one_command_leads_back) {
  Desk desk = at_row(GetParam());
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
  EXPECT_TRUE(active(desk, old_id));
  EXPECT_FALSE(desk.keys.contains(new_id));
  EXPECT_EQ(desk.places.at(laptop), old_id);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_TRUE(desk.sealed.empty());  // Invariant 15
  EXPECT_FALSE(desk.wrapped);
}

INSTANTIATE_TEST_SUITE_P(Invariant12, FromEachRow,
                         testing::Values(Step::create, Step::deploy, Step::verify, Step::deactivate),
                         [](const auto& each) { return std::string(word(each.param)); });

TEST(Rollback, of_a_planned_rotation_cancels_it) {
  Desk desk;
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::cancelled);
  EXPECT_EQ(first_change(desk), "none");
}

TEST(Rollback, of_a_retirement_reactivates_and_closes) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy(), .locations = {}}};
  desk.used[old_id].at = desk.wall - hours{500};
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_TRUE(active(desk, old_id));
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(Rollback, of_a_completed_rotation_does_nothing) {
  Desk desk = at_row(Step::delete_key);
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_TRUE(desk.calls.empty());
}

TEST(Rollback, begins_with_the_old_key) {
  Desk desk = at_row(Step::deactivate);
  (void)desk.roll_back();
  EXPECT_EQ(first_change(desk), "Active " + old_id.text());
  EXPECT_TRUE(active(desk, old_id));
}

TEST(Rollback, without_wait_has_the_consumers_back_and_waits_for_the_new_key) {
  Desk desk = at_row(Step::deactivate);
  expect_end(desk.roll_back(), Ending::waiting);
  EXPECT_EQ(desk.places.at(laptop), old_id);
  EXPECT_TRUE(active(desk, old_id));
  EXPECT_TRUE(active(desk, new_id));  // somebody may still use it
  EXPECT_EQ(desk.view.state, State::created);
}

// Section 7: none of these stops the reactivation of the pinned old key.
struct Trial {
  const char* name;
  std::function<void(Desk&)> hinder;
};

class WakesInSpite : public testing::TestWithParam<Trial> {};

TEST_P(WakesInSpite, of) {
  Desk desk = at_row(Step::deactivate);
  GetParam().hinder(desk);
  try {
    (void)desk.roll_back();
  } catch (const Trouble& trouble) {
    ADD_FAILURE() << trouble.problem().message;
  }
  EXPECT_TRUE(active(desk, old_id));
}

INSTANTIATE_TEST_SUITE_P(
    Section7, WakesInSpite,
    testing::Values(Trial{"a_list_that_is_denied", [](Desk& desk) { desk.bad["keys"] = {no(Refusal::denied)}; }},
                    Trial{"a_list_that_is_lost", [](Desk& desk) { desk.bad["keys"] = {Unknown{"no reply"}}; }},
                    Trial{"a_user_that_cannot_be_read", [](Desk& desk) { desk.bad["user"] = {no(Refusal::denied)}; }},
                    Trial{"a_user_read_that_is_lost", [](Desk& desk) { desk.bad["user"] = {Unknown{"no reply"}}; }},
                    Trial{"a_stranger",
                          [](Desk& desk) {
                            desk.keys[other_id] = {
                                .id = other_id, .status = KeyStatus::active, .created_at = desk.wall};
                          }},
                    Trial{"locations_that_cannot_be_read",
                          [](Desk& desk) {
                            desk.bad["read laptop"] = {no(Refusal::denied)};
                            desk.always = {"read laptop"};
                          }},
                    Trial{"a_lease_held_elsewhere", [](Desk& desk) { desk.lease_held = true; }},
                    Trial{"a_missing_sealing_key", [](Desk& desk) { desk.wrapped.reset(); }},
                    Trial{"a_journal_that_cannot_commit",
                          [](Desk& desk) { desk.journal_refuses = [](const Draft&) { return true; }; }},
                    Trial{"one_lost_reply", [](Desk& desk) { desk.bad["Active"] = {Unknown{"no reply"}}; }},
                    Trial{"two_lost_replies",
                          [](Desk& desk) {
                            desk.bad["Active"] = {Unknown{"no reply"}, Unknown{"no reply"}};
                          }}),
    [](const auto& each) { return std::string(each.param.name); });

// Invariants 7 and 16: without a journal the reactivation is all that happens, after the identity check.
TEST(WithoutAJournal, only_the_old_key_is_touched_and_the_spill_keeps_the_record) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  const auto records = desk.records.size();
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::storage);
  EXPECT_NE(result.problem->keys.find("is Active"), std::string::npos);
  EXPECT_NE(result.problem->hint.find("keybaton rollback prod/support-api"), std::string::npos);
  EXPECT_EQ(desk.records.size(), records);
  EXPECT_EQ(desk.count("Inactive") + desk.count("delete") + desk.count("write"), 0);
  ASSERT_EQ(desk.notes.size(), 3U);  // Invariant 20: the decision and the intent before the call, then what came of it
  EXPECT_EQ(get(desk.notes[0].detail, "what"), "rollback");
  EXPECT_EQ(desk.notes[1].kind, Kind::intent);
  EXPECT_EQ(desk.notes[1].key, old_id);
  EXPECT_EQ(desk.notes[2].outcome, Outcome::done);
  EXPECT_LT(std::ranges::find(desk.calls, "caller"), std::ranges::find(desk.calls, "Active " + old_id.text()));
}

TEST(WithoutAJournal, a_wrong_account_touches_nothing) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  desk.caller.account_id = AccountId{"999999999999"};
  expect_end(desk.roll_back(sit), Ending::wrong_account);
  EXPECT_FALSE(active(desk, old_id));
}

TEST(WithoutAJournal, another_user_of_that_name_is_not_touched) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  desk.user->id = UserId{"AIDAANOTHER"};
  expect_end(desk.roll_back(sit), Ending::storage);
  EXPECT_FALSE(active(desk, old_id));
}

TEST(WithoutAJournal, an_unclear_answer_is_told_as_unclear) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  desk.bad["Active"] = {Unknown{"no reply"}};
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::storage);
  EXPECT_NE(result.problem->keys.find("aws iam update-access-key"), std::string::npos);  // Invariant 11
  EXPECT_EQ(desk.notes.at(2).outcome, Outcome::unknown);
}

TEST(WithoutAJournal, a_resume_of_the_way_back_has_the_old_key_active_too) {
  Desk desk = at_row(Step::deactivate);
  desk.bad["Active"] = {no(Refusal::throttled), no(Refusal::throttled)};
  expect_end(desk.roll_back(sit), Ending::refused);
  ASSERT_FALSE(active(desk, old_id));
  desk.journal_refuses = [](const Draft&) { return true; };
  desk.bad.clear();
  expect_end(desk.advance(sit), Ending::storage);
  EXPECT_TRUE(active(desk, old_id));
  EXPECT_EQ(desk.notes.size(), 3U);
}

TEST(WithoutAJournal, a_resume_of_the_way_forward_changes_nothing) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  EXPECT_THROW((void)desk.advance(sit), StorageTrouble);
  EXPECT_FALSE(active(desk, old_id));
  EXPECT_TRUE(desk.notes.empty());
}

TEST(WithoutAJournal, the_next_rollback_finishes_the_rest) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  expect_end(desk.roll_back(sit), Ending::storage);
  desk.journal_refuses = {};
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Invariant 7, on the usual way too.
TEST(Rollback, with_the_wrong_account_touches_nothing) {
  Desk desk = at_row(Step::deactivate);
  desk.caller.account_id = AccountId{"999999999999"};
  expect_end(desk.roll_back(sit), Ending::wrong_account);
  EXPECT_EQ(first_change(desk), "none");
}

TEST(Rollback, that_is_denied_says_so_and_keeps_the_direction) {
  Desk desk = at_row(Step::deactivate);
  desk.bad["Active"] = {no(Refusal::denied, "AccessDenied")};
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::refused);
  EXPECT_EQ(desk.view.direction, Direction::back);
  EXPECT_NE(result.problem->message.find("AccessDenied"), std::string::npos);
}

// A crash between the intent of a reactivation and its outcome.
TEST(Rollback, that_was_cut_off_in_its_reactivation_goes_on) {
  Desk desk = at_row(Step::deactivate);
  const auto cut = [](const Draft& draft) {
    return draft.kind == Kind::outcome && get(draft.detail, "op") == "activate_key";
  };
  desk.journal_refuses = cut;
  (void)desk.roll_back(sit);
  ASSERT_TRUE(desk.view.waking());
  desk.journal_refuses = {};
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(Rollback, after_a_delete_that_had_gone_through_says_that_it_is_too_late) {
  Desk desk = at_row(Step::deactivate);
  desk.bad["delete"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"delete"};
  desk.journal_refuses = [](const Draft& draft) {
    return draft.kind == Kind::outcome && get(draft.detail, "op") == "delete_key";
  };
  EXPECT_THROW((void)desk.advance(sit), StorageTrouble);
  ASSERT_TRUE(desk.view.pending);
  desk.journal_refuses = {};
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::refused);
  EXPECT_EQ(desk.view.state, State::completed);
}

// Invariant 13: a place that somebody else changed is not written.
TEST(Restore, of_a_place_with_a_third_value_stops_there) {
  Desk desk = at_row(Step::deploy);
  desk.places[vault] = other_id;
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api --accept waive_location:vault");
  EXPECT_EQ(desk.places.at(vault), other_id);
  EXPECT_EQ(desk.places.at(laptop), old_id);
}

TEST(Restore, of_a_place_that_could_never_be_read_takes_the_old_secret_that_another_place_showed) {
  Desk desk{{.policy = quick_policy()}};
  desk.write_only = {vault};
  expect_end(desk.roll_back(sit), Ending::ok);
  Desk deployed{{.policy = quick_policy()}};
  deployed.write_only = {vault};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(deployed.advance(wishes), Ending::ok);
  EXPECT_FALSE(deployed.view.find(vault)->old_sealed);
  expect_end(deployed.roll_back(sit), Ending::ok);
  EXPECT_EQ(deployed.places.at(vault), old_id);
}

TEST(Restore, of_places_that_could_never_be_read_asks_for_a_hand) {
  Setting setting{.policy = quick_policy()};
  Desk desk{setting};
  desk.write_only = {laptop, vault};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_FALSE(desk.view.find(vault)->old_sealed);
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_stale);
}

TEST(Restore, of_an_optional_place_that_refuses_is_told_and_can_be_given_up) {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].optional = true;
  Desk desk = at_row(Step::deploy, setting);
  desk.bad["write vault"] = {no(Refusal::denied)};
  desk.always = {"write vault"};
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::refused);
  EXPECT_TRUE(says(result, "--accept waive_location:vault"));
  EXPECT_EQ(desk.places.at(laptop), old_id);
  (void)desk.advance({.wait = false, .accept = {"waive_location:vault"}});
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::waived);
}

TEST(Restore, whose_write_got_no_answer_is_settled_by_reading) {
  Desk desk = at_row(Step::deploy);
  desk.bad["write laptop"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"write laptop"};
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.places.at(laptop), old_id);
  EXPECT_EQ(desk.count("write laptop"), 1);
}

// The old key was deleted by somebody while locations were being restored: those get the new key again.
TEST(Restore, that_meets_a_deleted_old_key_points_every_place_at_the_new_one) {
  Desk desk = at_row(Step::deploy);
  desk.before = [&](const std::string& call) {
    if (call != "write vault") return;
    desk.keys.erase(old_id);
    desk.bad["write vault"] = {no(Refusal::denied)};
  };
  (void)desk.roll_back(sit);
  desk.before = {};
  EXPECT_EQ(desk.places.at(laptop), old_id);
  Wishes wishes{.wait = true, .accept = {"closed_outside:finish", "closed_outside:accept"}};
  Result result = desk.advance(wishes);
  for (int i = 0; i < 4 && desk.view.open(); ++i) result = desk.advance(wishes);
  expect_end(result, Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_EQ(desk.places.at(laptop), new_id);
  EXPECT_EQ(desk.places.at(vault), new_id);
}

// The same, with the restore itself left open.
TEST(Restore, left_open_that_meets_a_deleted_old_key_ends_too) {
  Desk desk = at_row(Step::deploy);
  desk.journal_refuses = [](const Draft& draft) {
    return draft.kind == Kind::outcome && draft.location == laptop && draft.direction == Direction::back;
  };
  (void)desk.roll_back(sit);
  desk.journal_refuses = {};
  ASSERT_TRUE(desk.view.pending);
  desk.keys.erase(old_id);
  Wishes wishes{.wait = true, .accept = {"closed_outside:finish", "closed_outside:accept"}};
  Result result = desk.advance(wishes);
  for (int i = 0; i < 6 && desk.view.open(); ++i) result = desk.advance(wishes);
  expect_end(result, Ending::ok);
  EXPECT_EQ(desk.places.at(laptop), new_id);
  EXPECT_EQ(desk.view.state, State::completed);
}

// Principle 3: a new key that is merely Inactive is brought back, never given up.
TEST(DeadEnd, with_the_old_key_gone_and_the_new_one_off_wakes_the_new_one) {
  Desk desk = at_row(Step::deploy);
  desk.keys.erase(old_id);
  desk.keys[new_id].status = KeyStatus::inactive;
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api --accept new_inactive:reactivate");
  EXPECT_TRUE(desk.sealed.contains("new"));
  (void)desk.advance({.wait = true, .accept = {"new_inactive:reactivate"}});
  EXPECT_TRUE(active(desk, new_id));
}

TEST(Rollback, interrupted_at_each_turn_can_be_taken_up_again) {
  int interrupted = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    Desk desk = at_row(Step::deactivate);
    desk.looks_at_signal = 0;
    desk.interrupt_at = turn;
    const Result result = desk.roll_back(sit);
    if (result.ending == Ending::ok) break;
    ++interrupted;
    expect_end(result, Ending::interrupted);
    EXPECT_FALSE(desk.view.pending || desk.view.waking() != nullptr) << turn;
    desk.interrupt_at.reset();
    expect_end(desk.roll_back(sit), Ending::ok);
    EXPECT_EQ(desk.view.state, State::rolled_back) << turn;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(interrupted, 10);
}

// Section 6: the old key's sealed secret is the emergency credential of a self-rotation.
TEST(SelfRotation, goes_back_signed_by_the_new_key_and_then_works_with_the_old_one) {
  Desk desk = at_row(Step::deactivate, {.policy = quick_policy(), .self = true});
  std::optional<AccessKeyId> signed_by;
  desk.before = [&](const std::string& call) {
    if (call == "Active") signed_by = desk.signer;
  };
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(signed_by, new_id);
  EXPECT_EQ(desk.signer, old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

}  // namespace
}  // namespace desk
