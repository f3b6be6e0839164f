// The way back to its end: no consumer may be left with the new key when that goes, and nothing that was lost on this
// machine may keep it from ending.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/evidence.hpp"

namespace desk {
namespace {

void pass(Desk& desk, Seconds span) {
  desk.wall += span;
  desk.boot += span;
}

// Invariants 2 and 12: a place that got the new key by a person's hand holds it just as well.
TEST(WayBack, does_not_delete_the_new_key_under_a_place_that_somebody_else_filled) {
  Desk desk;
  desk.write_only = {laptop};  // so that nobody here has the old secret
  desk.places[vault] = other_id;
  expect_end(desk.advance(sit), Ending::needs_operator);
  desk.places[vault] = new_id;  // copied there by hand
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_stale);
  EXPECT_TRUE(desk.keys.contains(new_id));
  desk.places[vault] = old_id;
  desk.places[laptop] = old_id;
  desk.answer = Consent::given;
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_FALSE(desk.keys.contains(new_id));
}

TEST(WayBack, puts_the_old_key_into_a_place_that_somebody_else_filled_with_the_new_one) {
  Desk desk;
  desk.places[vault] = other_id;
  expect_end(desk.advance(sit), Ending::needs_operator);
  desk.places[vault] = new_id;
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), old_id);
}

// The same in a place that this rotation never wrote nor saw with it: it is looked at before the key goes.
TEST(WayBack, does_not_delete_the_new_key_under_a_place_that_it_never_wrote) {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].optional = true;
  Desk desk{setting};
  desk.write_only = {laptop};
  desk.places[vault] = other_id;  // optional: passed over
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.places[vault] = new_id;
  desk.answer = Consent::nobody_to_ask;
  desk.consumers_work = false;  // whoever reads it there has not called yet
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_stale);
  EXPECT_TRUE(desk.keys.contains(new_id));
  EXPECT_EQ(desk.count("Inactive " + new_id.text()), 0);
}

TEST(WayBack, restores_a_place_that_was_waived_while_it_was_away_and_has_come_back) {
  Desk desk = at_row(Step::deploy);
  desk.places[vault] = std::nullopt;  // a mount is away
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  expect_end(desk.roll_back({.accept = {"waive_location:vault"}}), Ending::waiting);
  desk.places[vault] = new_id;
  pass(desk, hours{2});
  desk.answer = Consent::given;
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Invariant 11: nobody can say that it was not tried.
TEST(WayBack, does_not_delete_the_new_key_when_its_last_use_cannot_be_read) {
  Desk desk = at_row(Step::deploy);
  desk.before = [&](const std::string& call) {
    if (call == "Inactive") desk.bad["last_used"] = {Unknown{"no reply"}};
  };
  desk.always = {"last_used"};
  expect_end(desk.roll_back(sit), Ending::unknown);
  EXPECT_TRUE(desk.keys.contains(new_id));
}

// Invariant 2 for the new key: a use that shows late is a use all the same.
TEST(WayBack, stops_at_a_use_of_the_new_key_that_shows_only_after_its_deactivation) {
  Desk desk = at_row(Step::deploy);
  desk.consumers_work = true;
  Time just_before{};
  desk.before = [&](const std::string& call) {
    if (call == "Inactive") just_before = desk.wall - Seconds{1};
    if (call == "last_used" && just_before != Time{})
      desk.used[new_id] = {.at = just_before, .service = "s3", .region = {}};
  };
  desk.answer = Consent::given;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::check_failed);
  EXPECT_TRUE(desk.keys.contains(new_id));
  expect_end(desk.advance({.wait = true, .accept = {"check_failed:ignore"}}), Ending::ok);
  EXPECT_FALSE(desk.keys.contains(new_id));
}

// Section 7: a read that fails or is denied stops no reactivation, whoever switched the key off.
TEST(WayBack, turns_the_old_key_on_even_if_no_list_can_be_had) {
  for (const char* read : {"keys", "user"}) {
    for (const Bad& bad : {Bad{no(Refusal::denied)}, Bad{Unknown{"no reply"}}}) {
      Desk desk = at_row(Step::deploy);
      desk.keys[old_id].status = KeyStatus::inactive;  // not by us
      desk.keys[new_id].status = KeyStatus::inactive;
      desk.bad[read] = {bad};
      desk.always = {read};
      (void)desk.roll_back(sit);
      EXPECT_EQ(desk.keys[old_id].status, KeyStatus::active) << read;
      EXPECT_EQ(desk.count("Active"), 1);
    }
  }
}

// A reactivation of the new key that was cut off must not stand in the way of the old one.
TEST(WayBack, begins_with_the_old_key_though_a_reactivation_of_the_new_one_is_open) {
  Desk desk = at_row(Step::verify);
  desk.bad["Inactive"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"Inactive"};
  desk.before = [&](const std::string& call) {
    if (call.starts_with("Inactive")) desk.interrupt_at = desk.looks_at_signal;
  };
  expect_end(desk.advance(), Ending::interrupted);  // the deactivate is open
  desk.interrupt_at.reset();
  desk.before = {};
  desk.keys[new_id].status = KeyStatus::inactive;
  desk.answer = Consent::nobody_to_ask;
  desk.bad["Active"] = {Unknown{"no reply"}};
  desk.before = [&](const std::string& call) {
    if (call.starts_with("Active")) desk.interrupt_at = desk.looks_at_signal;
  };
  (void)desk.advance({.wait = true, .accept = {"new_inactive:reactivate", "both_inactive:reactivate"}});
  desk.interrupt_at.reset();
  desk.before = {};
  desk.answer = Consent::given;
  pass(desk, minutes{10});
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::active);
  EXPECT_EQ(desk.places.at(laptop), old_id);
}

// Invariant 18: with the sealing key gone for good a person puts the old pair back, and the rest goes on.
TEST(WayBack, ends_without_the_sealing_key_once_a_person_has_put_the_old_pair_back) {
  Desk desk = at_row(Step::deploy);
  desk.sealing_key_gone = true;
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.roll_back(sit), Ending::storage);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_stale);
  EXPECT_TRUE(desk.keys.contains(new_id));
  desk.places[laptop] = desk.places[vault] = old_id;
  desk.answer = Consent::given;
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(WayBack, takes_a_spill_that_cannot_be_opened_for_an_orphan) {
  Desk desk;
  desk.journal_refuses = [](const Draft& draft) { return draft.kind == Kind::outcome; };
  EXPECT_THROW((void)desk.advance(sit), Trouble);
  desk.journal_refuses = {};
  ASSERT_FALSE(desk.spill.empty());
  desk.sealing_key_gone = true;
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::orphan);
  desk.answer = Consent::given;
  expect_end(desk.roll_back({.wait = true, .accept = {"orphan:" + new_id.text()}}), Ending::ok);
  EXPECT_FALSE(desk.keys.contains(new_id));
  EXPECT_TRUE(desk.keys.contains(old_id));
}

// Section 6: null is unknown, going back too.
TEST(WayBack, takes_no_record_of_use_for_no_proof_of_quiet) {
  Desk desk = at_row(Step::deploy);
  desk.before = [&](const std::string& call) {
    if (call == "last_used") desk.used[new_id] = {};
  };
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_TRUE(says(result, "--override"));
  EXPECT_EQ(desk.keys[new_id].status, KeyStatus::active);
}

// Section 7: what keybaton did in an emergency is not somebody else's doing, and nothing forward follows it.
TEST(WayBack, that_the_journal_could_not_take_counts_once_it_can) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  expect_end(desk.roll_back(sit, "pager"), Ending::storage);
  ASSERT_EQ(desk.keys[old_id].status, KeyStatus::active);
  desk.journal_refuses = {};
  desk.adopt_notes();
  EXPECT_EQ(desk.view.direction, Direction::back);
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
  EXPECT_EQ(desk.count("Inactive " + old_id.text()), 0);
}

// The power goes right behind the first of its notes: nothing was sent, and yet the way leads back.
TEST(WayBack, whose_decision_alone_was_noted_goes_back_all_the_same) {
  Desk desk = at_row(Step::deactivate);
  desk.journal_refuses = [](const Draft&) { return true; };
  expect_end(desk.roll_back(sit, "pager"), Ending::storage);
  desk.notes.resize(1);
  desk.keys[old_id].status = KeyStatus::inactive;
  desk.journal_refuses = {};
  desk.adopt_notes();
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::rolled_back);
  EXPECT_EQ(desk.keys[old_id].status, KeyStatus::active);
}

// A later proof that the new key is alive is a call of our own.
TEST(LostNewKey, looked_for_is_no_use_by_a_consumer) {
  Desk desk = at_row(Step::deploy);
  desk.consumers_work = false;
  const AccessKey key = desk.keys.at(new_id);
  pass(desk, minutes{30});
  bool hidden = true;  // from the list alone, and until it was asked for
  desk.before = [&](const std::string& call) {
    if (call == "keys" && hidden) desk.keys.erase(new_id);
    if (call == "probe") desk.keys[new_id] = key, hidden = false;
  };
  desk.answer = Consent::nobody_to_ask;
  (void)desk.advance();
  ASSERT_GT(desk.count("probe"), 0);
  pass(desk, minutes{30});
  (void)desk.advance();
  EXPECT_FALSE(new_key_used(desk.view));
  EXPECT_EQ(desk.view.state, State::deployed);
}

}  // namespace
}  // namespace desk
