// What status says comes next, from the journal alone.
#include "rotation/next.hpp"

#include <gtest/gtest.h>

#include "story.hpp"

namespace story {
namespace {

using Needs = std::vector<Need>;

void expect(const Story& story, std::optional<Step> step, const Needs& needs) {
  const Next found = next(story.view, story.now());
  EXPECT_EQ(found.step, step);
  EXPECT_EQ(found.needs, needs);
  EXPECT_EQ(found.command, "keybaton resume prod/support-api");
  EXPECT_FALSE(found.why.empty());
}

TEST(Next, is_create_then_deploy_with_consent) {
  Story story;
  expect(story, Step::create, {});
  story.create();
  expect(story, Step::deploy, {Need::confirm});
}

TEST(Next, is_verify_with_the_time_to_come_back) {
  Story story;
  story.create().deploy();
  story.pass(hours{1}).sample(new_id, story.wall).sample(old_id, noon() - hours{3});
  expect(story, Step::verify, {Need::wait});
  EXPECT_EQ(next(story.view, story.now()).not_before, noon() + hours{28});
}

TEST(Next, names_no_time_that_lies_behind) {
  Story story;
  story.create().deploy();
  story.pass(hours{1}).sample(new_id, story.wall).sample(old_id, noon() - hours{3}).pass(hours{50});
  expect(story, Step::verify, {});
  EXPECT_FALSE(next(story.view, story.now()).not_before);
}

TEST(Next, wants_a_person_where_waiting_will_not_bring_it) {
  Story story;
  story.create().deploy();
  story.pass(hours{1}).sample(new_id, std::nullopt).sample(old_id, noon() - hours{3});
  story.pass(hours{40}).sample(new_id, std::nullopt).sample(old_id, noon() - hours{3});
  const Next found = next(story.view, story.now());
  EXPECT_EQ(found.step, Step::verify);
  EXPECT_EQ(found.needs.front(), Need::operator_);
}

TEST(Next, is_deactivate_then_delete_after_the_grace) {
  Story story;
  story.create().deploy().verify();
  expect(story, Step::deactivate, {Need::confirm});
  story.deactivate();
  expect(story, Step::delete_key, {Need::wait, Need::confirm});
  EXPECT_EQ(next(story.view, story.now()).not_before, noon() + hours{24 * 7});
  story.pass(hours{24 * 7});
  expect(story, Step::delete_key, {Need::confirm});
}

TEST(Next, asks_only_for_what_the_policy_confirms) {
  Policy policy;
  policy.confirm.clear();
  Story story{{.policy = policy}};
  story.create();
  expect(story, Step::deploy, {});
}

TEST(Next, of_an_attention_is_its_hint) {
  Story story;
  story.create();
  story.tell(attention_draft({.code = AttentionCode::new_inactive,
                              .message = "The new key was switched off.",
                              .hint = "keybaton resume prod/support-api --accept new_inactive:reactivate",
                              .accept = {"new_inactive:reactivate"}},
                             story.now()));
  const Next found = next(story.view, story.now());
  EXPECT_EQ(found.needs, Needs{Need::operator_});
  EXPECT_EQ(found.command, "keybaton resume prod/support-api --accept new_inactive:reactivate");
  EXPECT_EQ(found.why, "The new key was switched off.");
}

TEST(Next, of_an_interruption_is_to_settle_it) {
  Story story;
  story.intend(Op::create_key, Step::create, Direction::forward);
  expect(story, Step::create, {});
  EXPECT_NE(next(story.view, story.now()).why.find("look what the cloud shows"), std::string::npos);
}

TEST(Next, going_back_is_the_old_key_first) {
  Story story;
  story.create().deploy().verify().deactivate().turn_back();
  expect(story, Step::deactivate, {});
  EXPECT_NE(next(story.view, story.now()).why.find("old key on"), std::string::npos);
}

TEST(Next, going_back_restores_and_then_lets_the_new_key_rest) {
  Story story;
  story.create().deploy().turn_back();
  expect(story, Step::deploy, {});
  story.tell(moving(row_done(Step::deploy, Direction::back, story.now()), State::created));
  const Time restored = story.wall;
  story.pass(hours{1}).sample(new_id, restored - hours{1});
  expect(story, Step::create, {Need::wait, Need::confirm});
  EXPECT_EQ(next(story.view, story.now()).not_before, restored + hours{28});
  story.intend(Op::deactivate_key, Step::create, Direction::back, new_id).settle(Outcome::done);
  expect(story, Step::create, {Need::wait, Need::confirm});
  EXPECT_EQ(next(story.view, story.now()).not_before, story.wall + hours{24 * 7});
}

TEST(Next, going_back_with_nothing_done_is_to_close_it) {
  Story story;
  story.turn_back();
  expect(story, Step::create, {});
}

TEST(Next, of_a_closed_rotation_is_nothing) {
  Story story;
  story.create().deploy().verify().deactivate().remove();
  const Next found = next(story.view, story.now());
  EXPECT_FALSE(found.step);
  EXPECT_TRUE(found.needs.empty());
  EXPECT_TRUE(found.command.empty());
}

TEST(Next, of_a_retirement_walks_its_three_rows) {
  Story story{{.procedure = Procedure::retire, .locations = {}}};
  EXPECT_EQ(next(story.view, story.now()).step, Step::verify);
  story.verify();
  EXPECT_EQ(next(story.view, story.now()).step, Step::deactivate);
  story.deactivate();
  EXPECT_EQ(next(story.view, story.now()).step, Step::delete_key);
}

}  // namespace
}  // namespace story
