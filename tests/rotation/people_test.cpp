// Places that a person writes, or whose change waits for somebody's review.
#include <gtest/gtest.h>

#include <algorithm>

#include "places.hpp"
#include "rotation/next.hpp"
#include "rotation/pins.hpp"

namespace desk {
namespace {

TEST(ManualPlace, is_asked_for_last_and_holds_the_deploy_until_somebody_confirms_it) {
  Setting setting = with(laptop, person);
  setting.locations[0].settings["instructions"] = "Fastly, S3 logging";
  Desk desk{setting};
  const Result result = desk.advance(deploying());
  expect_end(result, Ending::needs_operator);
  EXPECT_TRUE(says(result, "Fastly, S3 logging"));
  EXPECT_TRUE(says(result, "keybaton reveal prod/support-api laptop"));
  EXPECT_TRUE(says(result, "keybaton confirm prod/support-api laptop --note TEXT"));
  EXPECT_EQ(desk.places.at(vault), new_id) << "the others are kept";
  EXPECT_EQ(desk.view.find(laptop)->state, LocationState::manual);
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
  EXPECT_EQ(next(desk.view, now).needs, std::vector<Need>{Need::manual});
  say(desk, laptop);
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.view.find(laptop)->state, LocationState::confirmed);
  EXPECT_EQ(desk.view.state, State::deployed);
  EXPECT_EQ(desk.count("write laptop"), 0);
}

TEST(ManualPlace, that_is_optional_holds_nobody_up_but_its_old_key_is_not_deleted_unseen) {
  Setting setting = with(laptop, person);
  setting.locations[0].optional = true;
  Desk desk{setting};
  expect_end(desk.advance(deploying()), Ending::ok);
  desk.before = [&](const std::string& call) {  // whoever reads it there is away
    if (call == "last_used") desk.used[old_id].at = story::noon() - minutes{30};
  };
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_TRUE(desk.keys.contains(old_id));
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"waive_location:laptop"});
}

TEST(ManualPlace, is_put_back_by_a_person_before_the_new_key_goes) {
  Desk desk{with(laptop, person)};
  (void)desk.advance(deploying());
  say(desk, laptop);
  expect_end(desk.advance(deploying()), Ending::ok);
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_TRUE(says(result, old_id.text()));
  EXPECT_EQ(desk.places.at(vault), old_id) << "what needs no person is back at once";
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active);
  say(desk, laptop);
  (void)desk.advance(sit);
  EXPECT_EQ(desk.view.state, State::rolled_back);
  EXPECT_EQ(desk.view.find(laptop)->state, LocationState::restored);
}

// Whoever was shown the new pair may have put it there without a word.
TEST(ManualPlace, that_was_revealed_and_never_confirmed_is_asked_for_on_the_way_back) {
  for (const bool shown : {false, true}) {
    Desk desk{with(laptop, person)};
    (void)desk.advance(deploying());
    const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
    if (shown) desk.append(std::get<Revelation>(reveal(desk.view, laptop, now)).draft);
    const Result result = desk.roll_back(sit);
    EXPECT_EQ(word(result.ending), word(shown ? Ending::needs_operator : Ending::ok));
  }
}

TEST(ManualPlace, is_revealed_with_the_pair_that_its_direction_wants) {
  Desk desk{with(laptop, person)};
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
  EXPECT_TRUE(std::holds_alternative<Problem>(reveal(desk.view, laptop, now))) << "there is no new key yet";
  (void)desk.advance(deploying());
  EXPECT_EQ(std::get<Revelation>(reveal(desk.view, laptop, now)).purpose, "new");
  EXPECT_TRUE(std::holds_alternative<Problem>(reveal(desk.view, vault, now))) << "keybaton writes that one";
  EXPECT_TRUE(std::holds_alternative<Problem>(reveal(desk.view, LocationName{"nowhere"}, now)));
  say(desk, laptop);
  EXPECT_TRUE(std::holds_alternative<Problem>(confirm(desk.view, laptop, "again", now)));
  (void)desk.roll_back(sit);
  const auto old_pair = std::get<Revelation>(reveal(desk.view, laptop, now));
  EXPECT_EQ(old_pair.purpose, "old:vault");
  EXPECT_EQ(old_pair.key, old_id);
}

// A rotation whose change was proposed, merged and found used.
Desk merged_and_verified() {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  expect_end(desk.advance({.through = Step::deploy}), Ending::waiting);
  desk.places.at(vault) = new_id;  // merged
  desk.reviewed[vault] = std::nullopt;
  Wishes wishes = sit;
  wishes.through = Step::verify;
  expect_end(desk.advance(wishes), Ending::ok);
  return desk;
}

TEST(ReviewedPlace, waits_for_the_merge_before_the_deploy_is_done) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  Wishes wishes;
  wishes.through = Step::deploy;
  const Result result = desk.advance(wishes);
  expect_end(result, Ending::waiting);
  EXPECT_TRUE(says(result, "branch rotate, to be merged into main"));
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::proposed);
  EXPECT_EQ(desk.view.find(vault)->holds, old_id);
  EXPECT_EQ(desk.view.state, State::created);
  expect_end(desk.advance(wishes), Ending::waiting);
  EXPECT_EQ(desk.count("write vault"), 1) << "one proposal is enough";
  desk.places[vault] = new_id;
  desk.reviewed[vault].reset();
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::written);
}

// A merge that comes late must not bring in a key that is dead by then.
TEST(ReviewedPlace, has_its_proposal_withdrawn_on_the_way_back) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  (void)desk.advance({.through = Step::deploy});
  ASSERT_TRUE(desk.reviewed.at(vault));
  (void)desk.roll_back(sit);
  EXPECT_FALSE(desk.reviewed.at(vault));
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Whoever proposed it: merged later, it would bring in a key that is dead by then.
TEST(ReviewedPlace, has_a_proposal_of_somebody_else_withdrawn_too) {
  Desk desk = at_row(Step::create);
  desk.reviewed[vault] = Proposal{.id = new_id, .where = "branch of a colleague"};
  expect_end(desk.advance({.through = Step::deploy}), Ending::waiting);
  EXPECT_EQ(desk.count("write vault"), 0);
  (void)desk.roll_back(sit);
  EXPECT_FALSE(desk.reviewed.at(vault));
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Invariant 13.
TEST(ReviewedPlace, that_somebody_edited_meanwhile_is_given_no_proposal_on_the_way_back) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  (void)desk.advance({.through = Step::deploy});
  desk.answer = Consent::nobody_to_ask;
  desk.calls.clear();
  desk.before = [&](const std::string& call) {  // between the look that decides and the one before the write
    if (call == "read vault" && desk.count("read vault") == 2) desk.places[vault] = other_id;
  };
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
  EXPECT_EQ(desk.count("write vault"), 0);
}

TEST(ReviewedPlace, that_was_merged_waits_for_the_merge_of_the_way_back_with_both_keys_active) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  (void)desk.advance({.through = Step::deploy});
  desk.places[vault] = new_id;
  desk.reviewed[vault].reset();
  expect_end(desk.advance({.through = Step::deploy}), Ending::ok);
  expect_end(desk.roll_back({}), Ending::waiting);
  EXPECT_EQ(desk.keys.at(old_id).status, KeyStatus::active);
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active);
  desk.places[vault] = old_id;
  desk.reviewed[vault].reset();
  (void)desk.advance(sit);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Consumers keep an Active key: a review takes as long as it takes.
TEST(ReviewedPlace, that_got_the_new_key_once_it_was_off_on_the_way_back_offers_to_turn_it_on) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  expect_end(desk.advance({.through = Step::deploy}), Ending::waiting);
  const Proposal branch = *desk.reviewed.at(vault);
  desk.consumers_work = false;
  for (int at = 0; at < 20 && desk.keys.at(new_id).status == KeyStatus::active; ++at) {
    (void)desk.roll_back();
    desk.wall += hours{2};
    desk.boot += hours{2};
  }
  ASSERT_EQ(desk.keys.at(new_id).status, KeyStatus::inactive);
  desk.places.at(vault) = new_id;  // merged after all
  desk.reviewed[vault] = Proposal{.id = old_id, .where = branch.where};
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::new_inactive);
  EXPECT_NE(desk.view.attention->message.find(branch.where), std::string::npos);
  expect_end(desk.advance({.accept = {"new_inactive:reactivate"}}), Ending::waiting);
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active);
}

TEST(ReviewedPlace, whose_proposal_got_no_answer_is_settled_by_reading) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"write vault"};
  expect_end(desk.advance({.through = Step::deploy}), Ending::waiting);
  EXPECT_EQ(desk.count("write vault"), 1);
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::proposed);
}

TEST(ReviewedPlace, with_a_change_that_puts_the_old_key_back_is_not_let_go_of_the_old_key) {
  Desk desk = merged_and_verified();
  Wishes wishes = sit;
  desk.reviewed[vault] = Proposal{.id = old_id, .where = "a colleague's revert"};
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::drift);
  EXPECT_NE(desk.view.attention->message.find("a colleague's revert"), std::string::npos);
  desk.answer = Consent::given;
  wishes = sit;
  wishes.accept = {"drift:deploy"};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_FALSE(desk.reviewed.at(vault)) << "withdrawn";
  EXPECT_EQ(desk.places.at(vault), new_id);
  EXPECT_EQ(desk.view.state, State::completed);
}

TEST(ManualPlace, is_not_revealed_on_the_way_back_before_the_old_key_works_again) {
  Desk desk{with(vault, person)};
  (void)desk.advance(deploying());
  say(desk, vault);
  desk.places.at(vault) = new_id;
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.bad["Active"] = {no(Refusal::denied)};
  desk.always = {"Active"};
  (void)desk.roll_back();
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
  ASSERT_EQ(desk.view.direction, Direction::back);
  EXPECT_TRUE(std::holds_alternative<Problem>(reveal(desk.view, vault, now)));
  desk.bad.clear();
  desk.always.clear();
  (void)desk.advance();
  EXPECT_TRUE(std::holds_alternative<Revelation>(reveal(desk.view, vault, now)));
}

// Invariant 11: a withdrawal without an answer is not done as long as the proposal is to be seen.
TEST(ReviewedPlace, whose_withdrawal_was_lost_is_withdrawn_once_more) {
  Desk desk = merged_and_verified();
  Wishes wishes = sit;
  desk.reviewed[vault] = Proposal{.id = old_id, .where = "a colleague's revert"};
  desk.bad["write vault"] = {Unknown{"no reply"}};  // and it never arrives
  wishes = sit;
  wishes.accept = {"drift:deploy"};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_FALSE(desk.reviewed.at(vault)) << "withdrawn";
}

// Somebody proposes the old key while it is Inactive already: merged after the delete, that would be
// an outage without a way back.
TEST(ReviewedPlace, with_a_late_change_that_puts_the_old_key_back_stops_the_delete) {
  Desk desk;
  desk.reviewed[vault] = std::nullopt;
  expect_end(desk.advance({.through = Step::deploy}), Ending::waiting);
  desk.places.at(vault) = new_id;  // merged
  desk.reviewed[vault] = std::nullopt;
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.reviewed[vault] = Proposal{.id = old_id, .where = "a colleague's revert"};
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_TRUE(desk.keys.contains(old_id));
}

// An optional place holds nobody up, but what would bring the dead key into it is no less dead.
TEST(ReviewedPlace, that_is_optional_has_a_change_that_puts_the_old_key_back_seen_before_the_delete) {
  Setting setting{.policy = quick_policy()};
  for (LocationSpec& each : setting.locations) each.optional = each.name == vault;
  Desk desk{setting};
  desk.reviewed[vault] = std::nullopt;
  expect_end(desk.advance({.through = Step::deploy}), Ending::ok);
  desk.places.at(vault) = new_id;  // merged
  desk.reviewed[vault] = Proposal{.id = old_id, .where = "a colleague's revert"};
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  (void)desk.advance(sit);
  EXPECT_TRUE(desk.keys.contains(old_id));
}

TEST(ReviewedPlace, whose_secret_somebody_changed_meanwhile_has_nothing_withdrawn) {
  Desk desk = merged_and_verified();
  Wishes wishes = sit;
  desk.reviewed[vault] = Proposal{.id = old_id, .where = "a colleague's revert"};
  desk.calls.clear();
  int reads = 0;
  desk.before = [&](const std::string& call) {  // between the look that decides and the one before the write
    if (call == "read vault" && desk.view.state == State::created && ++reads == 2) desk.spoilt.insert(vault);
  };
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  wishes = sit;
  wishes.accept = {"drift:deploy"};
  expect_end(desk.advance(wishes), Ending::needs_operator);
  EXPECT_EQ(desk.count("write vault"), 0);
}

TEST(ReviewedPlace, with_a_third_key_is_a_conflict_whatever_is_proposed_for_it) {
  Desk desk = at_row(Step::create);
  desk.places.at(vault) = other_id;
  desk.reviewed[vault] = Proposal{.id = old_id, .where = "a colleague's revert"};
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
  EXPECT_EQ(desk.count("write vault"), 0);
}

TEST(ManualPlace, is_revealed_the_new_pair_with_the_old_key_off) {
  Desk desk{with(vault, person)};
  (void)desk.advance(deploying());
  say(desk, vault);
  desk.places.at(vault) = new_id;
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
  const auto shown = reveal(desk.view, vault, now);
  ASSERT_TRUE(std::holds_alternative<Revelation>(shown));
  EXPECT_EQ(std::get<Revelation>(shown).purpose, "new");
}

}  // namespace
}  // namespace desk
