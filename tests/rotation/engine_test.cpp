// The engine at a scripted desk: one command at a time, forward.
#include "rotation/engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "rotation/errors.hpp"

namespace desk {
namespace {

void expect_whole(const Result& result) {
  if (result.ending == Ending::ok) return;
  ASSERT_TRUE(result.problem) << word(result.ending);
  EXPECT_FALSE(result.problem->message.empty());
  EXPECT_FALSE(result.problem->keys.empty());
  EXPECT_FALSE(result.problem->hint.empty());
}

void expect_end(const Result& result, Ending ending) {
  EXPECT_EQ(word(result.ending), word(ending)) << (result.problem ? result.problem->message : "");
  expect_whole(result);
}

bool says(const Result& result, const std::string& text) {
  return result.problem && (result.problem->message + " " + result.problem->hint).find(text) != std::string::npos;
}

const Wishes sit{.wait = true};

// ---- the whole way
// ---------------------------------------------------------------------------------------------------

TEST(Advance, goes_from_planned_to_completed_in_one_patient_command) {
  Desk desk;
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_FALSE(desk.keys.contains(old_id));
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active);
  EXPECT_EQ(desk.places.at(laptop), new_id);
  EXPECT_EQ(desk.places.at(vault), new_id);
  EXPECT_TRUE(desk.sealed.empty());  // Invariant 15
  EXPECT_FALSE(desk.wrapped);
  EXPECT_TRUE(desk.spill.empty());
  EXPECT_EQ(desk.count("create"), 1);  // Invariant 3
  EXPECT_TRUE(desk.created_under_hold);
  EXPECT_EQ(desk.signals_held, 0);
}

TEST(Advance, retires_a_key_in_one_patient_command) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy(), .locations = {}}};
  desk.used[old_id].at = desk.wall - hours{500};
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_EQ(desk.count("create"), 0);
}

TEST(Advance, retires_a_key_while_places_hold_another_one) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy()}};
  desk.used[old_id].at = desk.wall - hours{500};
  desk.keys[other_id] = {.id = other_id, .status = KeyStatus::active, .created_at = desk.wall - hours{24}};
  desk.places = {{laptop, other_id}, {vault, std::nullopt}};
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_TRUE(desk.keys.contains(other_id));
}

// Invariant 1 and 2: a place that took the key into use again stops its retirement.
TEST(Advance, stops_a_retirement_of_a_key_that_a_place_holds_again) {
  Desk desk{{.procedure = Procedure::retire, .policy = quick_policy()}};
  desk.used[old_id].at = desk.wall - hours{500};
  desk.consumers_work = false;
  desk.answer = Consent::nobody_to_ask;
  desk.view.policy.confirm.clear();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.count("Inactive"), 0);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::drift);
  EXPECT_EQ(desk.view.attention->accept.front().find("drift:deploy"), std::string::npos);
}

TEST(Advance, of_a_closed_rotation_does_nothing) {
  Desk desk;
  expect_end(desk.advance(sit), Ending::ok);
  const auto calls = desk.calls.size();
  const auto records = desk.records.size();
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.calls.size(), calls);
  EXPECT_EQ(desk.records.size(), records);
}

class Through : public testing::TestWithParam<Step> {};

TEST_P(Through, stops_after_the_step) {
  Desk desk;
  Wishes wishes = sit;
  wishes.through = GetParam();
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, row_of(GetParam()).to);
  EXPECT_FALSE(desk.view.pending);
  const auto records = desk.records.size();
  expect_end(desk.advance(wishes), Ending::ok);  // reached already
  EXPECT_EQ(desk.records.size(), records);
}

INSTANTIATE_TEST_SUITE_P(EachStep, Through,
                         testing::Values(Step::create, Step::deploy, Step::verify, Step::deactivate, Step::delete_key),
                         [](const auto& each) { return std::string(word(each.param)); });

// ---- consent
// ---------------------------------------------------------------------------------------------------------

TEST(Consent, without_a_terminal_the_hint_says_yes_to_the_step) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.advance();
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api --yes=deploy");
  EXPECT_EQ(desk.count("write"), 0);
  EXPECT_EQ(desk.view.state, State::created);
  EXPECT_FALSE(desk.view.pending);
}

TEST(Consent, declined_touches_nothing) {
  Desk desk;
  desk.answer = Consent::declined;
  expect_end(desk.advance(), Ending::needs_operator);
  EXPECT_EQ(desk.count("write"), 0);
  EXPECT_EQ(desk.places.at(laptop), old_id);
}

TEST(Consent, to_deactivate_shows_the_command_that_undoes_it_and_wants_it_typed) {
  Desk desk;
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  const auto asked = std::ranges::find(desk.asked, Op::deactivate_key, &Question::op);
  ASSERT_NE(asked, desk.asked.end());
  EXPECT_EQ(asked->undo_command, "aws iam update-access-key --access-key-id " + old_id.text());
  EXPECT_TRUE(asked->typed);
  EXPECT_EQ(asked->key, old_id);
  EXPECT_FALSE(asked->because.empty());
  EXPECT_TRUE(desk.kept(Kind::decision, "consent"));
}

TEST(Consent, is_not_asked_where_the_policy_does_not_want_it) {
  Policy policy = quick_policy();
  policy.confirm.clear();
  Desk desk{{.policy = policy}};
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_TRUE(desk.asked.empty());
}

TEST(Override, is_recorded_before_it_lets_a_rotation_pass) {
  Desk desk;
  desk.consumers_work = false;
  Wishes wishes{.through = Step::verify, .override_reason = "the consumers are switched off"};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::verified);
  EXPECT_TRUE(desk.kept(Kind::decision, "override"));
  const auto passed = std::ranges::find_if(
      desk.records, [](const Record& each) { return get(each.what.detail, "state") == "verified"; });
  ASSERT_NE(passed, desk.records.end());
  EXPECT_EQ(get(passed->what.detail, "override"), "the consumers are switched off");
}

// ---- waiting
// ---------------------------------------------------------------------------------------------------------

TEST(Waiting, without_wait_ends_with_the_time_to_come_back) {
  Desk desk;
  const Result result = desk.advance();
  expect_end(result, Ending::waiting);
  ASSERT_TRUE(result.waiting);
  EXPECT_EQ(result.waiting->step, Step::verify);
  // The consumers used the old key until the deploy: quiet, lag and one granularity.
  EXPECT_EQ(result.waiting->not_before, desk.view.deployed_at->wall + hours{1} + minutes{10} + minutes{1});
  EXPECT_TRUE(says(result, rfc3339(result.waiting->not_before)));
}

TEST(Waiting, at_that_time_it_goes_on) {
  Desk desk;
  const Result first = desk.advance();
  ASSERT_TRUE(first.waiting);
  desk.used[new_id] = {.at = desk.wall + minutes{5}, .service = "s3", .region = {}};
  desk.boot += first.waiting->not_before - desk.wall;
  desk.wall = first.waiting->not_before;
  Wishes wishes;
  wishes.through = Step::verify;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::verified);
}

TEST(Waiting, for_the_grace_names_its_end) {
  Desk desk;
  Wishes wishes = sit;
  wishes.through = Step::deactivate;
  expect_end(desk.advance(wishes), Ending::ok);
  const Result result = desk.advance();
  expect_end(result, Ending::waiting);
  ASSERT_TRUE(result.waiting);
  EXPECT_EQ(result.waiting->step, Step::delete_key);
  EXPECT_EQ(result.waiting->not_before, desk.view.deactivated_at->wall + hours{2});
}

// Invariant 17: resuming twice with equal observations does what resuming once does.
TEST(ResumingTwice, while_waiting_writes_nothing_new) {
  Desk desk;
  expect_end(desk.advance(), Ending::waiting);
  const auto records = desk.records.size();
  expect_end(desk.advance(), Ending::waiting);
  EXPECT_EQ(desk.records.size(), records);
}

TEST(ResumingTwice, at_a_stop_writes_nothing_new) {
  Desk desk;
  desk.answer = Consent::nobody_to_ask;
  desk.keys[other_id] = {.id = other_id, .status = KeyStatus::active, .created_at = desk.wall - hours{1}};
  const Result first = desk.advance();
  expect_end(first, Ending::needs_operator);
  const auto records = desk.records.size();
  const Result second = desk.advance();
  expect_end(second, Ending::needs_operator);
  EXPECT_EQ(desk.records.size(), records);
  EXPECT_EQ(first.problem, second.problem);
}

TEST(ResumingTwice, at_a_question_repeats_no_step) {
  Policy policy = quick_policy();
  policy.confirm = {Step::deactivate};
  Desk desk{{.policy = policy}};
  desk.answer = Consent::nobody_to_ask;
  const Result first = desk.advance(sit);
  expect_end(first, Ending::needs_operator);
  const auto before = desk.records.size();
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.state, State::verified);
  // The gate of invariant 1 wants a fresh look at the old key, and nothing else.
  for (std::size_t i = before; i < desk.records.size(); ++i) {
    EXPECT_EQ(get(desk.records[i].what.detail, "what"), "last_used");
  }
}

// ---- signals
// ---------------------------------------------------------------------------------------------------------

TEST(Interrupt, at_each_turn_ends_with_nothing_half_done_and_can_be_resumed) {
  int interrupted = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    Desk desk;
    desk.interrupt_at = turn;
    const Result result = desk.advance(sit);
    if (result.ending == Ending::ok) break;
    ++interrupted;
    expect_end(result, Ending::interrupted);
    EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api");
    EXPECT_FALSE(desk.view.pending) << turn;
    EXPECT_EQ(desk.signals_held, 0);
    desk.interrupt_at.reset();
    expect_end(desk.advance(sit), Ending::ok);
    EXPECT_EQ(desk.view.state, State::completed) << turn;
    EXPECT_EQ(desk.count("create"), 1) << turn;
    if (HasFailure()) return;
  }
  EXPECT_GT(interrupted, 30);
}

// ---- create
// ----------------------------------------------------------------------------------------------------------

TEST(Create, refused_ends_as_refused_and_leaves_nothing_open) {
  for (const Refusal why : {Refusal::limit_exceeded, Refusal::denied, Refusal::throttled, Refusal::not_sent}) {
    Desk desk;
    desk.bad["create"] = {no(why, "SomeCode")};
    const Result result = desk.advance(sit);
    expect_end(result, Ending::refused);
    EXPECT_TRUE(says(result, "SomeCode"));
    EXPECT_EQ(desk.view.state, State::planned);
    EXPECT_FALSE(desk.view.pending);
    EXPECT_TRUE(desk.spill.empty());
    expect_end(desk.advance(sit), Ending::ok);
    EXPECT_EQ(desk.view.state, State::completed);
  }
}

TEST(Create, that_never_happened_is_tried_again_after_the_propagation_delay) {
  Desk desk;
  desk.bad["create"] = {Unknown{"no reply"}};
  const Time sent = desk.wall;
  Wishes wishes = sit;
  wishes.through = Step::create;
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.count("create"), 2);
  EXPECT_GE(desk.view.created_at->wall - sent, Seconds{120});
}

// Invariant 4 and section 5: the spill has the secret where the journal could not take it.
TEST(Create, whose_commit_fails_is_adopted_from_the_spill) {
  Desk desk;
  desk.journal_refuses = [](const Draft& draft) { return get(draft.detail, "state") == "created"; };
  try {
    (void)desk.advance(sit);
    FAIL() << "the trouble must be told";
  } catch (const Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), Ending::unknown);
    EXPECT_EQ(trouble.problem().hint, "keybaton resume prod/support-api");
  }
  EXPECT_EQ(desk.spill.size(), 1U);
  EXPECT_TRUE(desk.view.pending);
  desk.journal_refuses = {};
  expect_end(desk.advance(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_EQ(desk.count("create"), 1);  // Invariant 3
  EXPECT_TRUE(desk.spill.empty());
}

TEST(Create, with_a_torn_spill_is_an_orphan_not_a_secret) {
  Desk desk;
  desk.journal_refuses = [](const Draft& draft) { return get(draft.detail, "state") == "created"; };
  EXPECT_THROW((void)desk.advance(sit), Trouble);
  for (auto& [attempt, kept] : desk.spill) kept.secret.bytes = "torn";
  desk.journal_refuses = {};
  desk.answer = Consent::nobody_to_ask;
  const Result result = desk.advance(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::orphan);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api --accept orphan:" + new_id.text());
}

// Invariants 3 and 16: the sole key that may go without an intent is one just made that nothing can hold.
TEST(Create, that_nothing_can_store_is_removed_at_once) {
  Desk desk;
  desk.spill_refuses = true;
  desk.journal_refuses = [](const Draft& draft) { return get(draft.detail, "state") == "created"; };
  try {
    (void)desk.advance(sit);
    FAIL() << "the trouble must be told";
  } catch (const StorageTrouble& trouble) {
    EXPECT_NE(trouble.problem().keys.find("deleted at once"), std::string::npos);
  }
  EXPECT_FALSE(desk.keys.contains(new_id));
  EXPECT_TRUE(desk.keys.contains(old_id));
}

// Invariant 16: a journal that cannot commit starts nothing.
TEST(Create, is_not_sent_without_its_intent) {
  Desk desk;
  desk.journal_refuses = [](const Draft& draft) { return draft.kind == Kind::intent; };
  EXPECT_THROW((void)desk.advance(sit), StorageTrouble);
  EXPECT_EQ(desk.count("create"), 0);
}

// ---- orphans and strangers
// ---------------------------------------------------------------------------------------------

Desk with_orphan() {
  Desk desk;
  desk.bad["create"] = {Unknown{"no reply"}};
  desk.happens_anyway = {"create"};
  desk.answer = Consent::nobody_to_ask;
  return desk;
}

TEST(Orphan, is_shown_and_left_alone_until_accepted) {
  Desk desk = with_orphan();
  const Result result = desk.advance(sit);
  expect_end(result, Ending::needs_operator);
  EXPECT_EQ(result.problem->hint, "keybaton resume prod/support-api --accept orphan:" + new_id.text());
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"orphan:" + new_id.text()});
  EXPECT_EQ(desk.keys.at(new_id).status, KeyStatus::active);
  EXPECT_EQ(desk.view.orphan, new_id);  // Invariant 5
  EXPECT_EQ(desk.count("delete"), 0);
}

TEST(Orphan, accepted_is_removed_and_another_key_is_made) {
  Desk desk = with_orphan();
  expect_end(desk.advance(sit), Ending::needs_operator);
  desk.next_key = other_id;
  desk.answer = Consent::given;
  Wishes wishes{.wait = true, .accept = {"orphan:" + new_id.text()}};
  expect_end(desk.advance(wishes), Ending::ok);
  EXPECT_EQ(desk.view.state, State::completed);
  EXPECT_FALSE(desk.keys.contains(new_id));
  EXPECT_EQ(desk.view.new_key, other_id);
  EXPECT_EQ(desk.count("Inactive " + new_id.text()), 1);
  EXPECT_EQ(desk.count("delete " + new_id.text()), 1);
}

TEST(Orphan, is_not_covered_by_another_word) {
  Desk desk = with_orphan();
  Wishes wishes{.wait = true, .accept = {"orphan:" + other_id.text(), "stranger:" + new_id.text()}};
  expect_end(desk.advance(wishes), Ending::needs_operator);
  EXPECT_EQ(desk.count("delete"), 0);
}

TEST(Orphan, that_was_used_meanwhile_is_not_touched) {
  Desk desk = with_orphan();
  expect_end(desk.advance(sit), Ending::needs_operator);
  desk.used[new_id] = {.at = desk.wall, .service = "s3", .region = {}};
  Wishes wishes{.wait = true, .accept = {"orphan:" + new_id.text()}};
  expect_end(desk.advance(wishes), Ending::needs_operator);
  EXPECT_TRUE(desk.keys.contains(new_id));
  EXPECT_EQ(desk.count("Inactive"), 0);
}

TEST(Orphan, a_new_key_that_was_used_is_a_stranger) {
  Desk desk = with_orphan();
  desk.used[new_id] = {.at = desk.wall + Seconds{60}, .service = "s3", .region = {}};
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::stranger);
  EXPECT_TRUE(desk.view.pending);
}

TEST(Orphan, two_new_keys_are_strangers) {
  Desk desk = with_orphan();
  desk.before = [&](const std::string& call) {
    if (call == "create") desk.keys[other_id] = {.id = other_id, .status = KeyStatus::active, .created_at = desk.wall};
  };
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::stranger);
  EXPECT_EQ(desk.count("delete"), 0);
}

TEST(Orphan, whose_use_cannot_be_read_is_neither) {
  Desk desk = with_orphan();
  desk.bad["last_used"] = {Unknown{"no reply"}};
  expect_end(desk.advance(sit), Ending::unknown);  // Invariant 11
  EXPECT_TRUE(desk.view.pending);
}

// ---- locations
// -----------------------------------------------------------------------------------------------------------

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
  Desk desk;
  Wishes wishes = sit;
  wishes.through = Step::verify;
  expect_end(desk.advance(wishes), Ending::ok);
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

// ---- the gate
// ------------------------------------------------------------------------------------------------------------

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
