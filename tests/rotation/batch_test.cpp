// One of many: what a batch pins, how long its one consent holds, and what comes before the first act.
#include "rotation/batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "desk.hpp"
#include "rotation/next.hpp"
#include "story.hpp"

namespace desk {
namespace {

Batch a_batch() {
  return {.id = "b-1",
          .query = "idle > 90d",
          .on_use = OnUse::reactivate,
          .warn_before = hours{24},
          .owner = "ann",
          .was_off = true,
          .off_since = story::noon() - hours{50},
          .off_by = "a record"};
}

story::Story begun(const Batch& batch) {
  Start start = story::start_of({.procedure = Procedure::retire, .policy = quick_policy(), .locations = {}});
  start.batch = batch;
  return story::Story::of(start);
}

Draft agreed(const story::Story& story, std::optional<Time> use, const std::vector<std::string>& steps) {
  Draft draft = decision("consent_batch", story.now());
  put_list(draft.detail, "steps", steps);
  if (use) draft.detail["last_used"] = rfc3339(*use);
  return draft;
}

const std::vector<std::string> both{"deactivate", "delete"};

TEST(Batch, is_pinned_by_the_start) {
  const story::Story story = begun(a_batch());
  EXPECT_EQ(story.view.batch, a_batch());
}

TEST(Batch, a_rotation_of_its_own_has_none) { EXPECT_FALSE(story::Story{}.view.batch); }

TEST(Standing, holds_for_the_steps_that_were_named) {
  story::Story story = begun({.id = "b-1"});
  story.tell(agreed(story, std::nullopt, {"deactivate"}));
  ASSERT_TRUE(story.view.standing);
  EXPECT_EQ(story.view.standing->steps, std::set<Step>{Step::deactivate});
  EXPECT_EQ(story.view.standing->by, story.records.back().actor);
}

TEST(Standing, survives_samples_that_show_the_use_that_was_known) {
  story::Story story = begun({.id = "b-1"});
  const Time use = story::noon() - hours{3000};
  story.tell(agreed(story, use, both)).sample(old_id, use).pass(hours{1}).sample(old_id, use);
  EXPECT_TRUE(story.view.standing);
}

TEST(Standing, ends_with_a_use_after_it) {
  story::Story story = begun({.id = "b-1"});
  story.tell(agreed(story, story::noon() - hours{3000}, both)).sample(old_id, story::noon());
  EXPECT_FALSE(story.view.standing);
  EXPECT_NE(story.view.consent_over.find("was used at"), std::string::npos);
}

TEST(Standing, of_a_key_that_was_never_used_ends_with_its_first_use) {
  story::Story story = begun({.id = "b-1"});
  story.tell(agreed(story, std::nullopt, both)).sample(old_id, std::nullopt);
  EXPECT_TRUE(story.view.standing);
  story.sample(old_id, story::noon() - hours{1});
  EXPECT_FALSE(story.view.standing);
}

TEST(Standing, ends_with_whatever_no_plan_foresees) {
  for (const std::string what : {"accept", "ignore_use", "rollback"}) {
    story::Story story = begun({.id = "b-1"});
    story.tell(agreed(story, std::nullopt, both));
    Draft draft = decision(what, story.now());
    draft.key = old_id;
    draft.detail["word"] = "reactivated_outside:verify";
    story.tell(std::move(draft));
    EXPECT_FALSE(story.view.standing) << what;
    EXPECT_FALSE(story.view.consent_over.empty()) << what;
  }
}

TEST(Standing, ends_where_somebody_turns_on_a_key_that_was_off) {
  story::Story story = begun(a_batch());
  story.tell(agreed(story, std::nullopt, both)).tell(observation("alarm_over", story.now()));
  EXPECT_FALSE(story.view.standing);
}

TEST(Standing, of_a_config_that_agrees_no_longer_covers_nothing_until_it_does_again) {
  story::Story story = begun({.id = "b-1"});
  story.tell(agreed(story, std::nullopt, both)).tell(observation("consent_withdrawn", story.now()));
  EXPECT_FALSE(stands(story.view, Step::deactivate));
  EXPECT_FALSE(stands(story.view, Step::delete_key));
  ASSERT_TRUE(story.view.standing) << "what was agreed to stays known";
  EXPECT_TRUE(story.view.consent_over.empty()) << "nothing has happened to the key";
  story.tell(observation("consent_renewed", story.now()));
  EXPECT_TRUE(stands(story.view, Step::deactivate));
  EXPECT_TRUE(stands(story.view, Step::delete_key));
}

TEST(Standing, that_is_over_is_not_brought_back_by_a_config_that_agrees) {
  const Time use = story::noon() - hours{3000};
  story::Story story = begun({.id = "b-1"});
  story.tell(agreed(story, use, both)).pass(hours{1}).sample(old_id, use + hours{2999});
  ASSERT_FALSE(story.view.standing);
  story.tell(observation("consent_renewed", story.now()));
  EXPECT_FALSE(story.view.standing);
}

// ---- the engine ----------------------------------------------------------------------------------------------------

Desk at_work(const Batch& batch) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy(), .locations = {}}};
  desk.view.batch = batch;
  desk.used[old_id] = {.at = desk.wall - hours{3000}, .service = "s3", .region = ""};
  return desk;
}

TEST(Owner, is_told_before_the_first_act) {
  Desk desk = at_work({.id = "b-1", .query = "idle > 90d", .warn_before = hours{24}, .owner = "ann"});
  const Result result = desk.advance({.wait = true});
  EXPECT_EQ(result.ending, Ending::waiting);
  EXPECT_EQ(desk.count("Inactive"), 0);
  EXPECT_NE(result.problem->hint.find("keybaton clean --where 'idle > 90d'"), std::string::npos);
}

TEST(Owner, has_the_time_that_was_promised) {
  Desk desk = at_work({.id = "b-1", .query = "idle > 90d", .warn_before = hours{24}, .owner = "ann"});
  desk.append(observation("warned", {.wall = desk.wall, .boot = desk.boot, .boot_id = "boot"}));
  const Result early = desk.advance();
  EXPECT_EQ(early.ending, Ending::waiting);
  EXPECT_EQ(desk.count("Inactive"), 0);
}

TEST(WasOff, a_rollback_leaves_it_off) {
  Desk desk = at_work({.id = "b-1", .was_off = true});
  desk.keys[old_id].status = KeyStatus::inactive;
  desk.accepts = {"closed_outside:accept"};
  desk.answer = Consent::nobody_to_ask;
  static_cast<void>(desk.advance({.accept = {"closed_outside:accept"}}));
  const Result back = desk.roll_back();
  EXPECT_EQ(desk.count("Active"), 0);
  EXPECT_FALSE(desk.view.open());
  EXPECT_EQ(back.ending, Ending::ok);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::inactive);
}

TEST(WasOff, a_rollback_says_nothing_of_off_where_somebody_has_turned_it_on) {
  Desk desk = at_work({.id = "b-1", .was_off = true});
  desk.keys[old_id].status = KeyStatus::inactive;
  static_cast<void>(desk.advance({.accept = {"closed_outside:accept"}}));
  ASSERT_TRUE(desk.view.open());
  desk.keys[old_id].status = KeyStatus::active;
  static_cast<void>(desk.roll_back());
  EXPECT_FALSE(desk.view.open());
  for (const Record& record : desk.records)
    EXPECT_FALSE(record.what.detail.contains("why")) << record.what.detail.at("why");
}

TEST(WasOff, a_rollback_behind_a_delete_that_got_lost_turns_nothing_on) {
  Desk desk = at_work({.id = "b-1", .was_off = true});
  desk.keys[old_id].status = KeyStatus::inactive;
  desk.accepts = {"closed_outside:accept"};
  desk.bad["delete"] = {Unknown{"no reply"}};
  desk.journal_refuses = [](const Draft& draft) {
    return draft.kind == Kind::outcome && get(draft.detail, "op") == "delete_key";
  };
  EXPECT_THROW((void)desk.advance({.wait = true, .accept = {"closed_outside:accept"}}), StorageTrouble);
  desk.journal_refuses = {};
  ASSERT_TRUE(desk.view.pending);
  static_cast<void>(desk.roll_back({.wait = true}));
  EXPECT_EQ(desk.count("Active"), 0);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::inactive);
}

TEST(WasOff, is_forgotten_with_since_when_once_this_rotation_switched_it_off) {
  Desk desk = at_work({.id = "b-1", .was_off = true, .off_since = Time{}, .off_by = "a report"});
  static_cast<void>(desk.advance({.through = Step::deactivate, .wait = true}));
  ASSERT_EQ(desk.view.state, State::deactivated);
  EXPECT_EQ(desk.view.batch, (Batch{.id = "b-1"}));
}

// It was off when this began; then somebody turned it on, and this rotation switched it off itself.
TEST(WasOff, a_rollback_turns_on_what_this_rotation_switched_off) {
  Desk desk = at_work({.id = "b-1", .was_off = true});
  static_cast<void>(desk.advance({.through = Step::deactivate, .wait = true}));
  ASSERT_EQ(desk.view.state, State::deactivated);
  ASSERT_EQ(desk.count("Inactive"), 1);
  static_cast<void>(desk.roll_back());
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::active);
}

TEST(WasOff, consent_to_a_key_that_was_off_covers_no_deactivate) {
  story::Story story = begun(a_batch());
  story.tell(agreed(story, std::nullopt, both));
  EXPECT_FALSE(stands(story.view, Step::deactivate)) << "whoever turned it on since wants it";
  EXPECT_TRUE(stands(story.view, Step::delete_key));
  story::Story active = begun({.id = "b-1"});
  active.tell(agreed(active, std::nullopt, both));
  EXPECT_TRUE(stands(active.view, Step::deactivate));
}

TEST(WakeOnly, turns_the_key_on_and_goes_no_further) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy(), .locations = {}}};
  desk.used[old_id] = {.at = desk.wall - hours{3000}, .service = "s3", .region = ""};
  static_cast<void>(desk.advance({.through = Step::deactivate, .wait = true}));
  ASSERT_EQ(desk.view.state, State::deactivated);
  const Result woken = desk.roll_back({.wake_only = true});
  EXPECT_EQ(woken.ending, Ending::ok);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::active);
  EXPECT_TRUE(desk.view.open());
  EXPECT_EQ(desk.view.direction, Direction::back);
  static_cast<void>(desk.roll_back());
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(Next, of_a_key_that_was_off_waits_for_its_owner) {
  Desk desk = at_work({.id = "b-1", .query = "idle > 90d", .warn_before = hours{24}, .owner = "ann", .was_off = true});
  desk.keys[old_id].status = KeyStatus::inactive;
  static_cast<void>(desk.advance({.wait = true, .accept = {"closed_outside:accept"}}));
  ASSERT_EQ(desk.view.state, State::deactivated);
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "boot"};
  EXPECT_EQ(next(desk.view, now).command, "keybaton clean --where 'idle > 90d'") << "nobody has told him";
  desk.append(observation("warned", now));
  const Next found = next(desk.view, now);
  ASSERT_FALSE(found.needs.empty());
  EXPECT_EQ(std::ranges::count(found.needs, Need::wait), 1);
  EXPECT_GE(found.not_before, desk.wall + hours{24});
}

}  // namespace
}  // namespace desk
