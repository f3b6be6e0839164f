// Places that keep what they hold to themselves, whose two values are written one after the other, or that keep
// something derived; and the order in which they are written.
#include <gtest/gtest.h>

#include <algorithm>

#include "places.hpp"
#include "rotation/next.hpp"
#include "rotation/pins.hpp"

namespace desk {
namespace {

// ---- closed ---------------------------------------------------------------------------------------------------------

TEST(ClosedPlace, is_written_by_its_mark_and_put_back_with_a_secret_that_another_place_showed) {
  Desk desk{with(vault, closed_at_7)};
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.view.find(vault)->mark, "8");
  EXPECT_EQ(desk.view.find(vault)->holds, new_id);
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_EQ(desk.view.find(vault)->mark, "9");
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Invariant 13.
TEST(ClosedPlace, that_somebody_wrote_before_us_is_not_written_over_without_consent) {
  Desk desk{with(vault, closed_at_7)};
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  desk.closed[vault] = 8;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
  EXPECT_EQ(desk.count("write vault"), 0);
  Wishes over = deploying();
  over.accept = {"overwrite_location:vault"};
  expect_end(desk.advance(over), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), new_id);
  EXPECT_FALSE(desk.view.accepted.contains("overwrite_location:vault")) << "one consent, one answer";
}

// Invariant 11: what nobody can see counts neither as the new key nor as "not the old one".
TEST(ClosedPlace, that_somebody_wrote_after_us_stops_the_deactivate_and_the_delete) {
  for (const Step after : {Step::verify, Step::deactivate}) {
    Desk desk = at_row(after, with(vault, closed_at_7));
    desk.answer = Consent::nobody_to_ask;
    desk.view.policy.confirm.clear();
    ++desk.closed[vault];
    expect_end(desk.advance(sit), Ending::needs_operator);
    EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
    EXPECT_EQ(desk.count(after == Step::verify ? "Inactive" : "delete"), 0);
  }
}

TEST(ClosedPlace, whose_write_got_no_answer_is_written_once_more) {
  Desk desk{with(vault, closed_at_7)};
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"write vault"};
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.count("write vault"), 2);
  EXPECT_EQ(desk.view.find(vault)->holds, new_id);
  EXPECT_EQ(desk.view.find(vault)->mark, "9");
}

// It arrives, and nobody learns of it: the command ends with the write pending.
void lose_the_write(Desk& desk) {
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"write vault"};
  desk.before = [&](const std::string& call) {
    if (call == "write vault") desk.bad["read vault"] = {Unknown{"no reply"}};
  };
  expect_end(desk.advance(sit), Ending::unknown);
  desk.before = {};
}

// It may hold the new key: what the journal last knew of it is no reason to leave it so.
TEST(ClosedPlace, whose_write_was_lost_is_written_on_the_way_back) {
  Desk desk{with(vault, closed_at_7)};
  lose_the_write(desk);
  ASSERT_EQ(desk.places.at(vault), new_id);
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Invariant 11: what the journal knew of it before the first of the two writes says nothing of the second.
TEST(ClosedPlace, whose_restore_was_lost_before_it_began_is_not_taken_for_restored) {
  Desk desk{with(vault, closed_at_7)};
  lose_the_write(desk);
  desk.happens_anyway = {};
  desk.bad["write vault"] = {Unknown{"no reply"}};  // and this one never arrives
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(ClosedPlace, that_may_be_written_over_is_really_written) {
  Desk desk = at_row(Step::verify, with(vault, closed_at_7));
  desk.places[vault] = old_id;  // by somebody who did not know
  ++desk.closed[vault];
  Wishes over = sit;
  over.through = Step::deactivate;
  over.accept = {"overwrite_location:vault"};
  over.override_reason = "test";
  (void)desk.advance(over);
  EXPECT_EQ(desk.places.at(vault), new_id);
}

TEST(ClosedPlace, that_somebody_wrote_once_the_old_key_is_off_offers_the_way_back_and_no_overwriting) {
  Desk desk = at_row(Step::deactivate, with(vault, closed_at_7));
  desk.answer = Consent::nobody_to_ask;
  ++desk.closed[vault];
  expect_end(desk.advance({.wait = true, .accept = {"overwrite_location:vault"}}), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"waive_location:vault"});
  EXPECT_EQ(desk.view.attention->hint, "keybaton rollback prod/support-api");
  EXPECT_TRUE(desk.keys.contains(old_id));
}

TEST(ClosedPlace, that_is_empty_is_missing_rather_than_taken_for_the_old_key) {
  Desk desk{with(vault, closed_at_7)};
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  desk.places[vault] = std::nullopt;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_missing);
}

TEST(ClosedPlace, cannot_be_put_back_where_nobody_showed_the_old_secret) {
  Desk desk{with(vault, closed_at_7)};
  desk.write_only = {laptop};
  expect_end(desk.advance(deploying()), Ending::ok);
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.roll_back(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::location_stale);
  EXPECT_EQ(desk.keys.at(old_id).status, KeyStatus::active);
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active) << "its holders keep a key that works";
}

// Invariant 12: the other place may be edited before its own turn comes.
TEST(ClosedPlace, has_the_old_secret_that_another_place_shows_sealed_before_it_is_written) {
  Desk desk{with(laptop, closed_at_7)};
  desk.before = [&](const std::string& call) {
    if (call != "write laptop") return;
    EXPECT_TRUE(desk.sealed.contains("old:vault"));
    desk.places[vault] = std::nullopt;
  };
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  ASSERT_EQ(desk.places.at(laptop), new_id);
  desk.before = {};
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(laptop), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// Nobody but he can know: nothing here could write over it, so his word is all that is asked for.
// What a derived place shows of its own is nothing that another one could be given.
TEST(ClosedPlace, behind_a_derived_one_has_the_old_secret_sealed_before_it_is_written) {
  Setting setting = with(vault, closed_at_7);
  const LocationName file{"file"};
  setting.locations[0].settings["as"] = "ses-smtp-password";
  setting.locations.push_back({.name = file, .type = "fake", .settings = {}});
  Desk desk{setting};
  desk.forms[laptop] = "smtp:";
  desk.before = [&](const std::string& call) {
    if (call != "write laptop" && call != "write vault") return;
    EXPECT_TRUE(desk.sealed.contains("old:laptop") && desk.sealed.contains("old:file")) << call;
    EXPECT_TRUE(desk.view.find(laptop)->old_sealed && desk.view.find(file)->old_sealed) << call;
  };
  expect_end(desk.advance(deploying()), Ending::ok);
  desk.before = {};
  (void)desk.roll_back(sit);
  for (const LocationName& each : {laptop, vault, file}) EXPECT_EQ(desk.places.at(each), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(ClosedPlace, that_a_person_has_put_back_is_left_so_on_his_word) {
  Desk desk{with(vault, closed_at_7)};
  desk.write_only = {laptop};
  expect_end(desk.advance(deploying()), Ending::ok);
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  desk.places[laptop] = old_id;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  desk.places[vault] = old_id;
  ++desk.closed[vault];
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"waive_location:vault"});
  (void)desk.advance({.wait = true, .accept = {"waive_location:vault"}});
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

// ---- never done -----------------------------------------------------------------------------------------------------

TEST(PlaceThatNeverStays, as_it_was_written_is_told_instead_of_written_for_ever) {
  Desk desk = at_row(Step::deploy);
  desk.before = [&](const std::string& call) {
    if (call == "read vault") desk.unfinished.insert(vault);
  };
  expect_end(desk.roll_back(sit), Ending::unknown);
  EXPECT_LE(desk.count("write vault"), 5);
}

// ---- half a pair ----------------------------------------------------------------------------------------------------

TEST(HalfWrittenPlace, is_written_to_its_end_in_either_direction) {
  Desk desk;
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.before = [&](const std::string& call) {  // the secret arrives, the id does not
    if (call == "write vault" && desk.count("write vault") == 1) desk.secret_of.insert_or_assign(vault, new_id);
  };
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), new_id);
  EXPECT_FALSE(desk.secret_of.contains(vault));
  desk.secret_of.insert_or_assign(vault, old_id);  // as a restore that was cut short leaves it
  desk.before = {};
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_FALSE(desk.secret_of.contains(vault));
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(ThirdSecret, beside_the_old_id_is_neither_sealed_nor_taken_for_restored) {
  Desk before;
  before.secret_of.insert_or_assign(vault, new_id);  // nobody of ours wrote that
  before.answer = Consent::nobody_to_ask;
  before.view.policy.confirm.clear();
  expect_end(before.advance(sit), Ending::needs_operator);
  EXPECT_EQ(before.view.attention->code, AttentionCode::conflict);
  EXPECT_FALSE(before.sealed.contains("old:vault"));
  Desk after = at_row(Step::deploy);
  after.places[vault] = old_id;
  after.spoilt = {vault};
  after.answer = Consent::nobody_to_ask;
  expect_end(after.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(after.view.attention->code, AttentionCode::conflict);
}

// Whichever is right, a write would lose the other one, or put a wrong one back.
TEST(ThirdSecret, in_one_of_two_places_stops_before_the_first_write_whatever_their_order) {
  for (const LocationName& wrong : {laptop, vault}) {
    for (const bool closed_first : {false, true}) {
      Setting setting{.policy = quick_policy()};
      const LocationName store{"store"};
      setting.locations.insert(closed_first ? setting.locations.begin() : setting.locations.end(),
                               {.name = store, .type = "fake", .settings = {}});
      setting.told = {{store, closed_at_7}};
      Desk desk{setting};
      desk.spoilt = {wrong};
      expect_end(desk.advance(sit), Ending::needs_operator);
      EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
      EXPECT_NE(desk.view.attention->message.find("laptop and vault"), std::string::npos);
      EXPECT_EQ(desk.count("write "), 0);
      desk.spoilt.clear();
      expect_end(desk.advance(deploying()), Ending::ok);
      (void)desk.roll_back(sit);
      for (const LocationName& each : {laptop, vault, store}) EXPECT_EQ(desk.places.at(each), old_id);
    }
  }
}

// ---- a derived secret -----------------------------------------------------------------------------------------------

TEST(DerivedPlace, is_given_the_derived_secret_and_gets_its_own_old_one_back) {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].settings["as"] = "ses-smtp-password";
  Desk desk{setting};
  desk.forms[vault] = "smtp:";
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), new_id);
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(vault), old_id);
  EXPECT_EQ(desk.view.state, State::rolled_back);
}

TEST(DerivedPlace, lends_its_old_secret_to_nobody) {
  Setting setting = with(vault, closed_at_7);
  setting.locations[0].settings["as"] = "ses-smtp-password";
  Desk desk{setting};
  desk.forms[laptop] = "smtp:";
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.view.old_secret_of(*desk.view.find(vault)), nullptr);
}

// ---- a place that joins late ----------------------------------------------------------------------------------------

const LocationName mailer{"mailer"};

void join(Desk& desk, const Start::Told& told) {
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
  desk.places[mailer] = told.holds;
  desk.append(location_added({.name = mailer, .type = "fake", .settings = {{"path", "/x"}}}, told, now));
}

TEST(LatePlace, is_given_the_new_key_before_anything_further_happens) {
  for (const Step after : {Step::create, Step::deploy, Step::verify}) {
    Desk desk = at_row(after);
    join(desk, {.holds = old_id});
    EXPECT_EQ(desk.view.find(mailer)->spec.settings.at("path"), "/x");
    Wishes wishes = sit;
    wishes.through = Step::deactivate;
    expect_end(desk.advance(wishes), Ending::ok);
    EXPECT_EQ(desk.places.at(mailer), new_id) << word(after);
    (void)desk.roll_back(sit);
    EXPECT_EQ(desk.places.at(mailer), old_id);
  }
}

TEST(LatePlace, that_is_optional_or_a_canary_is_written_too) {
  for (const bool canary : {false, true}) {
    Desk desk = at_row(Step::deploy);
    const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
    desk.places[mailer] = old_id;
    desk.append(location_added({.name = mailer, .type = "fake", .optional = !canary, .canary = canary, .settings = {}},
                               {.holds = old_id}, now));
    expect_end(desk.advance(deploying()), Ending::ok);
    EXPECT_EQ(desk.places.at(mailer), new_id);
  }
}

TEST(LatePlace, that_has_the_new_key_already_is_taken_as_it_is_and_put_back_too) {
  Desk desk = at_row(Step::deploy);
  join(desk, {.holds = new_id});
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.count("write mailer"), 0);
  (void)desk.roll_back(sit);
  EXPECT_EQ(desk.places.at(mailer), old_id);
}

TEST(WhatGoesDead, is_named_before_the_old_key_is_switched_off_and_deleted) {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].optional = true;
  Desk desk{setting};
  desk.bad["write vault"] = {no(Refusal::denied)};
  expect_end(desk.advance(deploying()), Ending::ok);
  desk.consumers_work = false;
  desk.wall += hours{1};
  desk.boot += hours{1};
  desk.used[new_id] = {.at = desk.wall - minutes{1}, .service = "s3", .region = {}};
  Wishes wishes = sit;
  wishes.accept = {"waive_location:vault"};
  desk.asked.clear();
  expect_end(desk.advance(wishes), Ending::ok);
  for (const Step step : {Step::deactivate, Step::delete_key}) {
    const auto question = std::ranges::find(desk.asked, step, &Question::step);
    ASSERT_NE(question, desk.asked.end());
    EXPECT_TRUE(std::ranges::any_of(question->because, [](const std::string& line) {
      return line.find("location vault holds it and") == 0 && line.ends_with("it goes dead with it");
    })) << word(step);
  }
}

TEST(WhatGoesDead, is_said_to_be_down_already_with_the_way_back_before_it_may_be_left) {
  Desk desk = at_row(Step::deactivate);
  desk.places.at(vault) = old_id;
  desk.answer = Consent::nobody_to_ask;
  desk.wall += hours{3};
  desk.boot += hours{3};
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_NE(desk.view.attention->message.find("is down. To bring the old key back: keybaton rollback"),
            std::string::npos)
      << desk.view.attention->message;
}

// Invariant 13: half a pair that nobody of ours wrote is not what the old key's secret is known by.
TEST(ThirdSecret, beside_the_old_id_is_not_sealed_for_a_closed_place_either) {
  Desk desk{with(laptop, closed_at_7)};
  desk.secret_of.insert_or_assign(vault, new_id);
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::conflict);
  EXPECT_FALSE(desk.sealed.contains("old:vault"));
  EXPECT_EQ(desk.count("write vault"), 0);
}

TEST(OptionalPlace, that_is_named_once_the_old_key_is_off_leads_no_further_than_was_said) {
  Setting setting{.policy = quick_policy()};
  for (LocationSpec& each : setting.locations) each.optional = each.name == vault;
  Desk desk{setting};
  desk.bad["write vault"] = {no(Refusal::denied)};
  expect_end(desk.advance(deploying()), Ending::ok);
  ASSERT_EQ(desk.view.find(vault)->state, LocationState::failed);
  desk.places.at(vault) = new_id;  // by hand; the journal does not know
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  ASSERT_EQ(desk.view.find(vault)->state, LocationState::failed);
  wishes.only_location = vault;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::deactivated);
  EXPECT_TRUE(desk.keys.contains(old_id));
}

TEST(Retire, goes_no_further_than_was_said_whatever_it_watches) {
  const Setting watching{.procedure = Procedure::retire, .policy = quick_policy()};
  Desk other{watching};
  for (auto& [name, held] : other.places) held = std::nullopt;
  other.consumers_work = false;
  other.used[old_id].at = other.wall - hours{24 * 30};
  Wishes wishes = sit;
  wishes.through = Step::verify;
  expect_end(other.advance(wishes), Ending::ok);
  EXPECT_EQ(other.view.state, State::verified);
  EXPECT_EQ(other.keys.at(old_id).status, KeyStatus::active);
  EXPECT_EQ(other.count("Inactive"), 0);
}

TEST(ClosedPlace, that_was_emptied_after_the_deploy_has_nothing_that_could_still_be_the_old_key) {
  Desk desk = at_row(Step::deactivate, with(vault, closed_at_7));
  desk.places.at(vault) = std::nullopt;
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
}

TEST(Sealing, of_what_another_place_shows_is_for_places_that_show_nothing) {
  Desk desk;
  desk.before = [&](const std::string& call) {
    EXPECT_FALSE(call == "write laptop" && desk.sealed.contains("old:vault"));
  };
  expect_end(desk.advance(deploying()), Ending::ok);
  Setting setting = with(laptop, closed_at_7);
  setting.locations[1].settings["as"] = "ses-smtp-password";
  Desk derived{setting};
  derived.forms[vault] = "smtp:";
  derived.before = [&](const std::string& call) {
    EXPECT_FALSE(call == "write laptop" && derived.sealed.contains("old:vault"));
  };
  expect_end(derived.advance(deploying()), Ending::ok);
}

TEST(ClosedPlace, that_somebody_wrote_may_be_written_over_wherever_there_is_something_to_write) {
  const std::vector<std::string> both{"overwrite_location:vault", "waive_location:vault"};
  Desk back = at_row(Step::deploy, with(vault, closed_at_7));
  back.answer = Consent::nobody_to_ask;
  back.view.policy.confirm.clear();
  ++back.closed[vault];
  expect_end(back.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(back.view.attention->accept, both) << "its old secret is sealed";
  Desk forth{with(vault, closed_at_7)};
  forth.write_only = {laptop};
  forth.answer = Consent::nobody_to_ask;
  forth.view.policy.confirm.clear();
  ++forth.closed[vault];
  expect_end(forth.advance(sit), Ending::needs_operator);
  EXPECT_EQ(forth.view.attention->accept, both) << "the new one is written, whether or not the old one is known";
}

// ---- order ----------------------------------------------------------------------------------------------------------

TEST(Canary, is_written_first_and_nobody_else_as_long_as_it_refuses) {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].canary = true;
  Desk desk{setting};
  desk.bad["write vault"] = {no(Refusal::denied)};
  expect_end(desk.advance(deploying()), Ending::refused);
  EXPECT_EQ(desk.count("write laptop"), 0);
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.places.at(laptop), new_id);
}

TEST(Canary, of_a_person_holds_the_others_until_it_is_confirmed) {
  Setting setting = with(vault, person);
  setting.locations[1].canary = true;
  Desk desk{setting};
  expect_end(desk.advance(deploying()), Ending::needs_operator);
  EXPECT_EQ(desk.count("write laptop"), 0);
  say(desk, vault);
  expect_end(desk.advance(deploying()), Ending::ok);
}

// A restore that is still open when the loss of the old key turns the rotation round, with the canary restored already.
TEST(Canary, that_is_out_does_not_keep_an_open_write_from_being_settled) {
  Setting setting{.policy = quick_policy()};
  setting.locations[0].canary = true;
  Desk desk = at_row(Step::deploy, setting);
  desk.bad["write vault"] = {Unknown{"no reply"}};
  desk.before = [&](const std::string& call) {
    if (call == "write vault") desk.bad["read vault"] = {Unknown{"no reply"}};
  };
  expect_end(desk.roll_back(sit), Ending::unknown);
  desk.before = {};
  ASSERT_EQ(desk.places.at(laptop), old_id);
  ASSERT_EQ(desk.view.pending->location, vault);
  desk.keys.erase(old_id);
  (void)desk.advance({.through = Step::deploy, .wait = true, .accept = {"closed_outside:finish"}});
  EXPECT_EQ(desk.places.at(laptop), new_id);
  EXPECT_EQ(desk.places.at(vault), new_id);
  EXPECT_FALSE(desk.view.pending);
}

TEST(FailedOptionalPlace, that_a_command_names_is_tried_again_before_the_row_counts_as_reached) {
  Setting setting{.policy = quick_policy()};
  setting.locations[1].optional = true;
  Desk desk{setting};
  desk.bad["write vault"] = {no(Refusal::denied)};
  expect_end(desk.advance(deploying()), Ending::ok);
  ASSERT_EQ(desk.view.state, State::deployed);
  ASSERT_EQ(desk.places.at(vault), old_id);
  expect_end(desk.advance(deploying()), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), old_id) << "it holds nobody up, and is not asked again unless it is named";
  Wishes named = deploying();
  named.only_location = vault;
  expect_end(desk.advance(named), Ending::ok);
  EXPECT_EQ(desk.places.at(vault), new_id);
}

TEST(Attempts, reach_the_place_under_the_id_that_the_journal_gave_them) {
  Desk desk;
  expect_end(desk.advance(deploying()), Ending::ok);
  const auto intended = std::ranges::any_of(desk.records, [&](const Record& each) {
    return each.what.kind == Kind::intent && each.what.location == vault &&
           each.what.attempt == desk.attempts.at(vault);
  });
  EXPECT_TRUE(intended);
}

}  // namespace
}  // namespace desk
