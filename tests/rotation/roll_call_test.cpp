// Who used the old key, who of them came over to the new one, and the places that were forgotten.
#include "rotation/roll_call.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/pins.hpp"

namespace desk {
namespace {

using story::noon;
using story::Story;

const LocationName mailer{"mailer"};

KeyUse use(const std::string& service, const std::string& address, const std::string& agent, Time at) {
  return {.service = service, .address = address, .agent = agent, .at = at};
}

// A sample of a key, with what the event history told of it.
void sample(Story& story, const AccessKeyId& key, const std::vector<KeyUse>& uses) {
  Draft draft = observation("last_used", story.now());
  draft.key = key;
  draft.detail["last_used"] = rfc3339(story.wall);
  put_uses(draft.detail, uses, story.wall);
  story.tell(std::move(draft));
}

Story deployed() {
  Story story;
  story.create().pass(minutes{1}).deploy();
  return story;
}

TEST(RollCall, ticks_off_whoever_was_seen_with_the_new_key) {
  Story story = deployed();
  sample(story, old_id,
         {use("s3", "203.0.113.7", "aws-cli/2.15.30 md/Botocore command/s3.ls", noon()),
          use("ecs", "203.0.113.9", "", noon() - hours{2})});
  EXPECT_EQ(roll_words(story.view),
            "0 of 2 known consumers were seen with the new key; not yet: s3 from 203.0.113.7 (aws-cli/2.15.30), "
            "ecs from 203.0.113.9");
  sample(story, new_id,
         {use("s3", "203.0.113.7", "aws-cli/2.15.30 md/Botocore command/s3.cp", noon() + minutes{9}),
          use("sqs", "203.0.113.7", "aws-cli/2.15.30", noon() + minutes{9})});
  EXPECT_EQ(roll_words(story.view), "1 of 2 known consumers were seen with the new key; not yet: ecs from 203.0.113.9");
  EXPECT_EQ(roll_call(story.view).size(), 2u) << "who never used the old key is no part of it";
  sample(story, new_id, {use("ecs", "203.0.113.9", "", noon() + minutes{10})});
  EXPECT_EQ(roll_words(story.view), "2 of 2 known consumers were seen with the new key");
}

// The new key is sampled first.
TEST(RollCall, remembers_who_was_seen_with_the_new_key_before_it_knew_of_the_old_one) {
  Story story = deployed();
  sample(story, new_id, {use("s3", "203.0.113.7", "x", noon() + minutes{5})});
  EXPECT_EQ(roll_words(story.view), "");
  sample(story, old_id, {use("s3", "203.0.113.7", "x", noon())});
  EXPECT_EQ(roll_words(story.view), "1 of 1 known consumer was seen with the new key");
}

TEST(RollCall, takes_the_tick_back_from_whoever_uses_the_old_key_again) {
  Story story = deployed();
  sample(story, old_id, {use("s3", "203.0.113.7", "x", noon())});
  sample(story, new_id, {use("s3", "203.0.113.7", "x", noon() + minutes{5})});
  EXPECT_TRUE(story.view.consumers.front().ticked());
  sample(story, old_id, {use("s3", "203.0.113.7", "x", noon() + minutes{6})});
  EXPECT_FALSE(story.view.consumers.front().ticked());
}

TEST(RollCall, leaves_out_what_is_older_than_90_days) {
  Story story = deployed();
  sample(story, old_id, {use("s3", "203.0.113.2", "", noon() - hours{24 * 91})});
  EXPECT_TRUE(roll_call(story.view).empty());
  EXPECT_EQ(roll_words(story.view), "");
}

// The first new key was lost: what was seen with it says nothing of the second.
TEST(RollCall, begins_anew_with_another_new_key) {
  Story story;
  story.create();
  sample(story, old_id, {use("s3", "203.0.113.7", "x", noon())});
  sample(story, new_id, {use("s3", "203.0.113.7", "x", noon() + minutes{5})});
  EXPECT_TRUE(story.view.consumers.front().ticked());
  story.tell(moving(row_done(Step::create, Direction::back, story.now()), State::planned));
  ASSERT_EQ(story.view.consumers.size(), 1u);
  EXPECT_FALSE(story.view.consumers.front().ticked());
}

TEST(RollCall, tells_consumers_apart_by_service_address_and_program) {
  Story story = deployed();
  sample(story, old_id,
         {use("s3", "203.0.113.7", "x", noon() - hours{1}), use("s3", "203.0.113.7", "x", noon() - hours{2}),
          use("ecs", "203.0.113.7", "x", noon()), use("s3", "203.0.113.8", "x", noon()),
          use("s3", "203.0.113.7", "y", noon())});
  ASSERT_EQ(story.view.consumers.size(), 4u);
  EXPECT_EQ(story.view.consumers.front().last, noon() - hours{1}) << "in whatever order they are told";
  sample(story, old_id, {use("s3", "203.0.113.7", "x", noon() - hours{3})});
  EXPECT_EQ(story.view.consumers.front().last, noon() - hours{1}) << "the history is told late";
}

TEST(RollCall, names_as_many_as_four_and_needs_no_new_key_for_it) {
  Story story;
  std::vector<KeyUse> uses;
  for (const char* service : {"a", "b", "c", "d"}) uses.push_back(use(service, "", "", noon()));
  sample(story, old_id, uses);
  EXPECT_EQ(roll_words(story.view), "known consumers: a, b, c, d");
}

TEST(RollCall, leaves_out_what_it_cannot_read_and_keys_that_are_not_its_own) {
  Story story = deployed();
  Draft draft = observation("last_used", story.now());
  draft.key = old_id;
  put_list(draft.detail, "sources", {"s3", "s3|a|b|2026-01-02T12:00:00Z|more", "s3|a|b|yesterday"});
  story.tell(std::move(draft));
  sample(story, other_id, {use("s3", "203.0.113.7", "x", noon())});
  EXPECT_TRUE(story.view.consumers.empty());
  Detail detail;
  put_uses(detail, {use("s3", "", "", noon() - hours{24 * 91})}, noon());
  EXPECT_TRUE(detail.empty());
  put_uses(detail,
           {use("s3", "",
                "a\x7f"
                "b",
                noon() - hours{24 * 90})},
           noon());
  EXPECT_EQ(get_list(detail, "sources").at(0), "s3||a_b|" + rfc3339(noon() - hours{24 * 90}));
}

TEST(RollCall, keeps_two_hundred_and_still_ticks_those_off) {
  Story story = deployed();
  for (int round = 0; round < 7; ++round) {
    std::vector<KeyUse> uses;
    for (int at = 0; at < 30; ++at) uses.push_back(use("s" + std::to_string(round * 30 + at), "", "", noon()));
    sample(story, old_id, uses);
  }
  EXPECT_EQ(story.view.consumers.size(), 200u);
  sample(story, new_id, {use("s199", "", "", noon()), use("s200", "", "", noon())});
  EXPECT_TRUE(story.view.consumers.back().ticked());
}

TEST(RollCall, keeps_the_newest_thirty_and_names_four) {
  Story story = deployed();
  std::vector<KeyUse> uses;
  for (int at = 0; at < 40; ++at) uses.push_back(use("s" + std::to_string(at), "", "", noon() - minutes{at}));
  sample(story, old_id, uses);
  ASSERT_EQ(story.view.consumers.size(), 30u);
  EXPECT_EQ(story.view.consumers.back().service, "s29");
  EXPECT_EQ(roll_words(story.view),
            "0 of 30 known consumers were seen with the new key; not yet: s0, s1, s2, s3 and 26 more");
}

// An agent is what a stranger chose to send.
TEST(RollCall, survives_what_would_break_its_own_form) {
  Story story = deployed();
  sample(story, old_id, {use("s3", "AWS Internal", "a|b,c\n\x1b[31m evil", noon())});
  ASSERT_EQ(story.view.consumers.size(), 1u);
  EXPECT_EQ(story.view.consumers.front().address, "AWS Internal");
  EXPECT_EQ(story.view.consumers.front().program, "a_b_c__[31m");
}

TEST(RollCall, of_a_retire_names_who_used_the_key) {
  Story story{{.procedure = Procedure::retire}};
  sample(story, old_id, {use("s3", "203.0.113.7", "", noon())});
  EXPECT_EQ(roll_words(story.view), "known consumers: s3 from 203.0.113.7");
}

TEST(RollCall, is_shown_before_the_old_key_is_switched_off) {
  Desk desk = at_row(Step::verify);
  Draft draft = observation("last_used", {.wall = desk.wall, .boot = desk.boot, .boot_id = "boot"});
  draft.key = old_id;
  draft.detail["last_used"] = rfc3339(desk.used[old_id].at.value());
  put_uses(draft.detail, {use("ecs", "203.0.113.9", "", desk.wall - hours{5})}, desk.wall);
  desk.append(std::move(draft));
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  desk.asked.clear();
  expect_end(desk.advance(wishes), Ending::ok);
  const auto question = std::ranges::find(desk.asked, Step::deactivate, &Question::step);
  ASSERT_NE(question, desk.asked.end());
  EXPECT_TRUE(std::ranges::count(question->because,
                                 "0 of 1 known consumer was seen with the new key; not yet: ecs from 203.0.113.9"));
}

// ---- the old key is still used --------------------------------------------------------------------------------------

// An hour after the deploy, and by nobody of this desk.
void both_were_used(Desk& desk) {
  desk.consumers_work = false;
  desk.wall += hours{1};
  desk.boot += hours{1};
  desk.used[old_id].at = desk.wall - minutes{1};
  desk.used[new_id] = {.at = desk.wall - minutes{1}, .service = "s3", .region = {}};
}

TEST(StillUsed, names_the_command_that_looks_for_the_place) {
  Desk desk = at_row(Step::deploy);
  both_were_used(desk);
  const Result result = desk.advance();
  expect_end(result, Ending::waiting);
  EXPECT_TRUE(says(result, "keybaton find " + old_id.text()));
}

// Deployed, and a place that nobody thought of lives on the old key.
Desk with_a_forgotten_place() {
  Desk desk = at_row(Step::deploy);
  desk.places[mailer] = old_id;
  return desk;
}

Draft mailer_joins(const Desk& desk) {
  return location_added({.name = mailer, .type = "fake", .settings = {{"path", "/x"}}}, {.holds = old_id},
                        {.wall = desk.wall, .boot = desk.boot, .boot_id = "boot"});
}

TEST(ForgottenPlace, joins_while_the_rotation_waits_and_comes_over_to_the_new_key) {
  Desk desk = with_a_forgotten_place();
  desk.names_places = [&](const View&) { return std::vector{mailer_joins(desk)}; };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.places.at(mailer), new_id);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_TRUE(std::ranges::count(desk.told, "mailer joins"));
  EXPECT_EQ(desk.count("still used"), 1) << "then nobody used it any more";
}

// A colleague's `locations add` while this command waits.
TEST(ForgottenPlace, that_another_command_took_in_is_written_by_the_one_that_waits) {
  Desk desk = with_a_forgotten_place();
  desk.names_places = [&](const View&) {
    desk.append(mailer_joins(desk));
    return std::vector<Draft>{};
  };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.places.at(mailer), new_id);
}

TEST(ForgottenPlace, is_asked_for_once_a_use_and_not_at_each_look) {
  Desk desk = with_a_forgotten_place();
  both_were_used(desk);
  desk.accepts.clear();
  Wishes wishes = sit;
  wishes.through = Step::verify;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.count("still used"), 1);
  EXPECT_GE(desk.count("last_used"), 4);
}

TEST(ForgottenPlace, is_nobodys_question_where_the_command_does_not_wait) {
  Desk desk = with_a_forgotten_place();
  desk.wall += hours{1};
  desk.boot += hours{1};
  desk.used[old_id].at = desk.wall - minutes{1};
  expect_end(desk.advance(), Ending::waiting);
  EXPECT_EQ(desk.count("still used"), 0);
}

// Nothing is written there any more on the way back; the question had been open while a colleague turned round.
TEST(ForgottenPlace, does_not_join_a_rotation_that_a_colleague_has_turned_back_meanwhile) {
  Desk desk = with_a_forgotten_place();
  desk.names_places = [&](const View&) {
    desk.append(decision("rollback", {.wall = desk.wall, .boot = desk.boot, .boot_id = "boot"}));
    desk.places.at(mailer) = std::nullopt;
    return std::vector{mailer_joins(desk)};
  };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
  EXPECT_EQ(desk.view.find(mailer), nullptr);
  EXPECT_TRUE(std::ranges::count(desk.told, "mailer does not join: the rotation has gone on meanwhile"));
}

// Nothing can join any more once the old key is off.
TEST(ForgottenPlace, is_nobodys_question_once_the_old_key_is_off) {
  Desk desk = at_row(Step::deploy);
  both_were_used(desk);
  Wishes wishes = sit;
  wishes.override_reason = "test";
  std::string states;
  desk.names_places = [&](const View& view) {
    states += std::string(word(view.state)) + " ";
    return std::vector<Draft>{};
  };
  (void)desk.advance(wishes);
  EXPECT_EQ(states, "") << word(desk.view.state);
}

TEST(ForgottenPlace, is_asked_for_without_the_lease_and_joins_under_it) {
  for (const bool names : {true, false}) {
    Desk desk = with_a_forgotten_place();
    int asked = 0;
    desk.names_places = [&](const View&) {
      EXPECT_FALSE(desk.leased);
      if (++asked == 3) desk.places.at(mailer) = std::nullopt;  // else it would be used for ever
      return names ? std::vector{mailer_joins(desk)} : std::vector<Draft>{};
    };
    expect_end(desk.advance(sit), Ending::ok);
    EXPECT_EQ(desk.written_without_lease, 0);
    EXPECT_EQ(desk.view.find(mailer) != nullptr, names);
  }
}

TEST(ForgottenPlace, that_a_colleague_took_in_meanwhile_does_not_join_twice) {
  Desk desk = with_a_forgotten_place();
  desk.names_places = [&](const View&) {
    desk.append(mailer_joins(desk));
    return std::vector{mailer_joins(desk)};
  };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(std::ranges::count(desk.view.locations, mailer, [](const auto& each) { return each.spec.name; }), 1);
}

TEST(ForgottenPlace, does_not_join_once_a_colleague_has_led_the_rotation_on) {
  Desk desk = with_a_forgotten_place();
  bool asked = false;
  desk.names_places = [&](const View&) {
    desk.places.at(mailer) = std::nullopt;
    if (std::exchange(asked, true)) return std::vector<Draft>{};
    const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "boot"};
    desk.append(moving(row_done(Step::verify, Direction::forward, now), State::verified));
    return std::vector{mailer_joins(desk)};
  };
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.find(mailer), nullptr);
}

}  // namespace
}  // namespace desk
