// Locations at a scripted desk: optional, missing, foreign, unreadable, half-written.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/errors.hpp"

namespace desk {
namespace {

// ---- locations ------------------------------------------------------------------------------------------------------

Setting with_optional() {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].optional = true;
  return setting;
}

TEST(OptionalLocation, that_refuses_never_holds_the_others_up) {
  Desk desk{with_optional()};
  desk.bad["write vault"] = {no(Refusal::denied)};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::deployed);
  EXPECT_EQ(desk.places.at(laptop), new_id);
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::failed);
}

TEST(OptionalLocation, that_cannot_be_read_never_holds_the_others_up) {
  Desk desk{with_optional()};
  desk.bad["read vault"] = {no(Refusal::denied)};
  desk.always = {"read vault"};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::deployed);
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::failed);
}

// Invariant 11: a write without an answer is not refused because the place cannot be read.
TEST(OptionalLocation, with_an_open_write_that_cannot_be_read_is_neither_done_nor_refused) {
  Desk desk{with_optional()};
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"write vault"};
  desk.before = [&](const std::string& call) {
    if (call != "write vault") return;
    desk.bad["read vault"] = {Unknown{"no reply"}};
    desk.always = {"read vault"};
  };
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  (void)desk.advance(wishes);
  for (const Record& each : desk.records) {
    if (each.what.location != vault || !each.what.outcome) continue;
    EXPECT_TRUE(each.what.outcome == Outcome::unknown || each.what.outcome == Outcome::half_done)
        << word(*each.what.outcome);
  }
}

TEST(OptionalLocation, that_keeps_the_old_key_stops_the_delete) {
  Desk desk{with_optional()};
  desk.bad["write vault"] = {no(Refusal::denied)};
  desk.answer = Consent::given;
  desk.before = [&](const std::string& call) {  // the optional consumer is broken and uses nothing
    if (call == "last_used" && desk.view.state >= State::created) desk.used[old_id].at = story::noon() - minutes{30};
  };
  const Result result = desk.advance(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(desk.view.state, State::deactivated);
  EXPECT_TRUE(desk.keys.contains(old_id));  // Invariant 2
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"waive_location:vault"});
}

// A mount that is away reads like a place without a key, and comes back with the old one.
TEST(OptionalLocation, that_was_away_since_it_held_the_old_key_stops_the_delete_until_it_is_waived) {
  Desk desk{with_optional()};
  Wishes wishes = sit;
  wishes.through = Step::create;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.places[vault] = std::nullopt;
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.state, State::deactivated);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_missing);
  EXPECT_TRUE(desk.keys.contains(old_id));  // Invariant 2
  expect_end(desk.advance({.wait = true, .accept = {"waive_location:vault"}}), Ending::ok);
  EXPECT_FALSE(desk.keys.contains(old_id));
}

// A machine that is gone for good must not keep the old key alive for ever, nor be forgotten without a word.
TEST(OptionalLocation, that_can_never_be_read_again_stops_the_delete_until_it_is_waived) {
  Desk desk{with_optional()};
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.bad["read vault"] = {no(Refusal::denied)};
  desk.always = {"read vault"};
  const Result result = desk.advance(sit);
  expect_end(result, Ending::refused);
  EXPECT_TRUE(desk.keys.contains(old_id));  // Invariant 2
  EXPECT_TRUE(says(result, "--accept waive_location:vault"));
  expect_end(desk.advance({.wait = true, .accept = {"waive_location:vault"}}), Ending::ok);
  EXPECT_TRUE(desk.kept(Kind::decision, "waive"));
  EXPECT_FALSE(desk.keys.contains(old_id));
}

// Section 7: compare-and-set is of the id and the secret, and so is every later look.
TEST(MandatoryLocation, with_the_new_id_beside_another_secret_stops_before_the_deactivate) {
  Desk desk = at_row(Step::verify);
  desk.spoilt = {vault};
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.advance(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::drift);
  EXPECT_TRUE(says(result, "with a secret that is not that key's"));
  EXPECT_EQ(desk.count("Inactive"), 0);  // Invariant 1
}

TEST(MandatoryLocation, with_the_old_id_beside_another_secret_is_not_written) {
  Desk desk;
  desk.bad["write vault"] = {no(Refusal::other)};
  expect_end(desk.advance(sit), Ending::refused);  // its old pair is sealed by now
  desk.spoilt = {vault};
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
  EXPECT_EQ(desk.places.at(vault), old_id);
}

TEST(MandatoryLocation, whose_secret_changes_between_the_look_and_the_write_is_a_conflict) {
  Desk desk;
  desk.before = [&](const std::string& call) {
    if (call == "write vault") desk.spoilt = {vault};
  };
  desk.answer = Consent::given;
  (void)desk.advance({.wait = false});
  EXPECT_EQ(desk.places.at(vault), old_id);
}

// A write that put the pair there and was cut short before its consumers were restarted.
struct CutShort {
  Desk desk;
  int writes = 0, finishes_at = 2;
  CutShort() {
    desk.bad["write vault"] = {Unknown{"no reply"}};
    desk.happens_anyway = {"write vault"};
    desk.before = [this](const std::string& call) {
      if (call == "write vault") ++writes;
      if (call == "read vault")
        desk.unfinished = writes > 0 && writes < finishes_at ? std::set{vault} : std::set<LocationName>{};
    };
  }
};

TEST(UnfinishedWrite, is_done_again_though_the_place_holds_the_new_key) {
  CutShort cut;
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(cut.desk.advance(wishes), Ending::ok);
  EXPECT_EQ(cut.desk.view.state, State::deployed);
  EXPECT_EQ(cut.writes, 2);
  EXPECT_EQ(cut.desk.sealed.at("old:vault").key, old_id);  // not the new pair that it found there
}

// It waits for something that outlasts the lease under which one write goes out; the place knows when it is enough.
TEST(UnfinishedWrite, that_goes_on_is_written_as_often_as_it_takes) {
  CutShort cut;
  cut.finishes_at = 20;
  cut.desk.bad["write vault"] = {Unknown{.why = "its rollout is not over yet", .goes_on = true}};
  cut.desk.always = {"write vault"};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(cut.desk.advance(wishes), Ending::ok);
  EXPECT_EQ(cut.desk.view.state, State::deployed);
  EXPECT_EQ(cut.writes, 20);
}

TEST(UnfinishedWrite, that_stays_so_does_not_count_as_deployed) {
  CutShort cut;
  cut.finishes_at = 1000;
  cut.desk.bad["write vault"] = {Unknown{"no reply"}};
  cut.desk.always = {"write vault"};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(cut.desk.advance(wishes), Ending::unknown);
  EXPECT_EQ(cut.desk.view.state, State::created);
  EXPECT_GT(cut.writes, 1);
}

TEST(UnfinishedWrite, is_taken_back_as_any_other) {
  CutShort cut;
  cut.desk.always = {"write vault"};
  cut.finishes_at = 1000;
  expect_end(cut.desk.advance(sit), Ending::unknown);
  cut.desk.always.clear();
  cut.desk.bad.clear();
  cut.writes = 0;
  cut.finishes_at = 0;
  cut.desk.unfinished = {vault};
  expect_end(cut.desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(cut.desk.places.at(vault), old_id);
  EXPECT_FALSE(cut.desk.keys.contains(new_id));
}

TEST(UnfinishedWrite, of_a_restore_is_done_again_before_the_new_key_goes) {
  CutShort cut;
  cut.desk.bad.clear();
  cut.finishes_at = 0;
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(cut.desk.advance(wishes), Ending::ok);
  cut.writes = 0;
  cut.finishes_at = 2;
  cut.desk.bad["write vault"] = {Unknown{"no reply"}};
  expect_end(cut.desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(cut.writes, 2);
  EXPECT_EQ(cut.desk.places.at(vault), old_id);
}

TEST(Location, shows_what_it_was_last_seen_to_hold) {
  Desk desk;
  desk.places[vault] = other_id;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.find(vault)->holds, other_id);
}

// Invariant 13: a third value stops.
TEST(MandatoryLocation, with_a_third_value_stops_and_is_not_written) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  Policy policy = quick_policy();
  desk.view.policy.confirm.clear();
  desk.places[vault] = other_id;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
  EXPECT_EQ(desk.places.at(vault), other_id);
  EXPECT_EQ(desk.count("write vault"), 0);
}

// A git branch that is behind, a label that another holds: what the place refuses need not show when it is read.
TEST(MandatoryLocation, that_refuses_as_a_conflict_and_reads_as_expected_is_told_instead_of_tried_for_ever) {
  for (const bool back : {false, true}) {
    Desk desk = back ? at_row(Step::deploy) : Desk{};
    desk.bad["write vault"] = {no(Refusal::conflict)};
    desk.always = {"write vault"};
    expect_end(back ? desk.roll_back(sit) : desk.advance(sit), Ending::needs_operator);
    EXPECT_LE(desk.count("write vault"), 3);
  }
}

// However it fails: the keys and the other places stay as they are, and a place that is mended is written.
TEST(MandatoryLocation, that_fails_in_any_way_stops_with_three_parts_and_touches_no_other) {
  const std::vector<Bad> ways{no(Refusal::denied),         no(Refusal::invalid_credentials),
                              no(Refusal::no_such_entity), no(Refusal::not_sent),
                              no(Refusal::invalid),        no(Refusal::conflict),
                              no(Refusal::unsupported),    Unknown{"no reply"}};
  for (const char* call : {"read vault", "write vault"}) {
    for (const Bad& way : ways) {
      Desk desk = at_row(Step::create);
      desk.bad[call] = {way};
      desk.always = {call};
      Wishes wishes = sit;
      wishes.through = Step::deploy;
      const Result stopped = desk.advance(wishes);
      EXPECT_NE(stopped.ending, Ending::ok) << call;
      ASSERT_TRUE(stopped.problem) << call;
      expect_end(stopped, stopped.ending);
      EXPECT_EQ(desk.places.at(vault), old_id) << call;
      for (const auto& [name, holds] : desk.places) EXPECT_TRUE(holds == old_id || holds == new_id) << name.text();
      EXPECT_TRUE(desk.keys.contains(old_id) && desk.keys.contains(new_id));
      EXPECT_EQ(desk.keys.at(old_id).status, KeyStatus::active);
      desk.bad.clear(), desk.always.clear();
      expect_end(desk.advance(wishes), Ending::ok);
      for (const auto& [name, holds] : desk.places) EXPECT_EQ(holds, new_id) << name.text();
    }
  }
}

TEST(MandatoryLocation, that_is_not_there_can_be_waived) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  desk.places[vault] = std::nullopt;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_missing);
  Wishes wishes{.through = Step::deploy, .wait = true, .accept = {"waive_location:vault"}};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.find(vault)->state, LocationState::waived);
  EXPECT_EQ(desk.view.state, State::deployed);
}

TEST(MandatoryLocation, whose_write_got_no_answer_is_read_and_done) {
  Desk desk;
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"write vault"};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.count("write vault"), 1);
}

TEST(MandatoryLocation, whose_write_did_not_happen_is_written_again) {
  Desk desk;
  desk.bad["write vault"] = {Unknown{"no reply"}};
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.count("write vault"), 2);
  EXPECT_EQ(desk.places.at(vault), new_id);
}

// Section 7: "unreadable → unknown", also where the place says no.
TEST(MandatoryLocation, with_an_open_write_that_cannot_be_read_is_unknown) {
  for (const Bad& unreadable : {Bad{Unknown{"no reply"}}, Bad{no(Refusal::denied)}}) {
    Desk desk;
    desk.bad["write vault"] = {Unknown{"no reply"}};
    desk.before = [&](const std::string& call) {
      if (call == "write vault") desk.bad["read vault"] = {unreadable};
    };
    expect_end(desk.advance(sit), Ending::unknown);
    EXPECT_TRUE(desk.view.pending);
  }
}

TEST(MandatoryLocation, that_drifted_stops_before_the_deactivate) {
  Desk desk = at_row(Step::verify);
  desk.places[vault] = old_id;
  desk.answer = Consent::nobody_to_ask;
  desk.consumers_work = false;
  const Result result = desk.advance();
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(desk.count("Inactive"), 0);  // Invariant 1
  ASSERT_TRUE(desk.view.attention);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::drift);
}

// Section 7, "deploying, A, X": locations hold a dead key, and their old values stay sealed until they are back.
TEST(Deploying, with_a_lost_new_key_between_two_writes_restores_what_was_written) {
  Desk desk;
  desk.bad["write vault"] = {no(Refusal::denied)};
  expect_end(desk.advance(sit), Ending::refused);
  ASSERT_EQ(desk.places.at(laptop), new_id);
  desk.keys.erase(new_id);
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.advance({.wait = true, .accept = {"lost_new_key:again"}});
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(result.problem->hint, "keybaton rollback prod/support-api");
  EXPECT_EQ(desk.view.state, State::created);
  EXPECT_TRUE(desk.sealed.contains("old:laptop"));
  desk.answer = Consent::given;
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(laptop), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

}  // namespace
}  // namespace desk
