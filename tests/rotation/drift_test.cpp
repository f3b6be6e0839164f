// Locations that hold a key that they should not, as status tells them.
#include "rotation/drift.hpp"

#include <gtest/gtest.h>

#include "story.hpp"

namespace story {
namespace {

// What vault is told to hold, however it came there.
Drift seen_with(Story& story, const std::optional<AccessKeyId>& key) {
  const LocationView& location = *story.view.find(vault);
  story.tell(location_seen(location, key, location.state, story.now()));
  return drift_of(story.view, *story.view.find(vault));
}

TEST(Drift, is_none_on_the_way_from_the_old_key_to_the_new_one) {
  Story story;
  story.create();
  EXPECT_EQ(seen_with(story, old_id), Drift::none);
  EXPECT_EQ(seen_with(story, new_id), Drift::none);
  story.deploy().verify();
  EXPECT_EQ(seen_with(story, old_id), Drift::none) << "it works still; the gate of the deactivate looks for itself";
  EXPECT_EQ(seen_with(story, std::nullopt), Drift::none) << "that is no key at all";
}

TEST(Drift, is_a_key_that_is_off_or_gone) {
  Story story;
  story.create().deploy().verify().deactivate();
  EXPECT_EQ(seen_with(story, old_id), Drift::retired);
  EXPECT_EQ(seen_with(story, new_id), Drift::none);
  EXPECT_EQ(seen_with(story, old_id), Drift::retired);
  story.remove();
  EXPECT_EQ(drift_of(story.view, *story.view.find(vault)), Drift::retired);
  EXPECT_EQ(drift_of(story.view, *story.view.find(laptop)), Drift::none);
}

TEST(Drift, is_the_new_key_once_a_rollback_has_switched_it_off) {
  Story story;
  story.create().deploy().turn_back();
  EXPECT_EQ(seen_with(story, new_id), Drift::none) << "not restored yet";
  story.intend(Op::deactivate_key, Step::create, Direction::back, new_id).settle(Outcome::done);
  EXPECT_EQ(seen_with(story, new_id), Drift::retired);
  EXPECT_EQ(seen_with(story, old_id), Drift::none);
}

TEST(Drift, is_a_key_that_this_rotation_does_not_know) {
  Story story;
  story.create().deploy();
  EXPECT_EQ(seen_with(story, other_id), Drift::unknown);
}

TEST(Drift, is_a_key_that_is_off_or_gone_whatever_row_holds) {
  Story off;
  off.create().deploy();
  off.intend(Op::deactivate_key, Step::deactivate, Direction::forward, old_id).settle(Outcome::done);
  EXPECT_EQ(seen_with(off, old_id), Drift::retired);
  Story gone;
  gone.create().deploy();
  gone.intend(Op::delete_key, Step::delete_key, Direction::forward, old_id).settle(Outcome::done);
  EXPECT_EQ(seen_with(gone, old_id), Drift::retired);
  Story back;
  back.create().deploy().turn_back();
  back.intend(Op::delete_key, Step::create, Direction::back, new_id).settle(Outcome::done);
  EXPECT_EQ(seen_with(back, new_id), Drift::retired);
}

TEST(Drift, is_nothing_that_anybody_knows_of_a_place_in_doubt) {
  Story story;
  story.create().deploy().verify().deactivate();
  Draft draft = location_seen(*story.view.find(vault), old_id, LocationState::written, story.now());
  draft.detail["mark"] = "9";
  story.tell(std::move(draft));
  EXPECT_EQ(drift_of(story.view, *story.view.find(vault)), Drift::none);
}

}  // namespace
}  // namespace story
