// The one irreversible moment at a scripted desk: a create, its spill, its orphans.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/errors.hpp"

namespace desk {
namespace {

// ---- create ---------------------------------------------------------------------------------------------------------

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
// A request without a reply can reach the cloud as late as its deadline, and show only a propagation delay after that.
TEST(Create, that_arrives_at_its_deadline_and_shows_late_is_still_found) {
  Desk desk;
  desk.bad["create"] = {Unknown{"no reply"}};
  const Time sent = desk.wall;
  desk.before = [&](const std::string& call) {
    if (call != "keys" || desk.count("create") == 0 || desk.wall - sent < Seconds{170}) return;
    desk.keys[new_id] = {.id = new_id, .status = KeyStatus::active, .created_at = sent + Seconds{55}};
  };
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::orphan);  // Invariant 5
  EXPECT_EQ(desk.count("create"), 1);
}

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
// Section 5: the sealing key is proven before each attempt, not only before the first.
TEST(Create, is_not_sent_again_without_the_sealing_key_that_the_first_attempt_had) {
  Desk desk;
  desk.bad["create"] = {no(Refusal::throttled)};
  expect_end(desk.advance(sit), Ending::refused);
  desk.sealing_key_gone = true;
  EXPECT_THROW((void)desk.advance(sit), SealingTrouble);
  EXPECT_EQ(desk.count("create"), 1);
  desk.sealing_key_gone = false;
  expect_end(desk.advance(sit), Ending::ok);
}

TEST(Create, whose_secret_cannot_be_sealed_is_removed_at_once) {
  Desk desk;
  desk.before = [&](const std::string& call) {
    if (call == "create") desk.sealing_key_gone = true;
  };
  EXPECT_THROW((void)desk.advance(sit), StorageTrouble);
  EXPECT_FALSE(desk.keys.contains(new_id));
  EXPECT_FALSE(desk.view.pending);  // Invariant 5: nothing is left to wonder about
  desk.before = {};
  desk.sealing_key_gone = false;
  desk.next_key = other_id;
  expect_end(desk.advance(sit), Ending::ok);
}

TEST(Create, is_not_sent_without_its_intent) {
  Desk desk;
  desk.journal_refuses = [](const Draft& draft) { return draft.kind == Kind::intent; };
  EXPECT_THROW((void)desk.advance(sit), StorageTrouble);
  EXPECT_EQ(desk.count("create"), 0);
}

// ---- orphans and strangers ------------------------------------------------------------------------------------------

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

// Somebody else's key that was taken for an orphan must neither be touched nor block the user for ever.
TEST(Orphan, that_turns_out_to_be_used_can_be_named_as_somebody_elses) {
  Desk desk = with_orphan();
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.advance(sit), Ending::needs_operator);
  desk.used[new_id] = {.at = desk.wall, .service = "s3", .region = {}};
  expect_end(desk.advance({.wait = true, .accept = {"orphan:" + new_id.text()}}), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->accept, std::vector<std::string>{"stranger:" + new_id.text()});
  EXPECT_EQ(desk.keys[new_id].status, KeyStatus::active);
  expect_end(desk.advance({.wait = true, .accept = {"stranger:" + new_id.text()}}), Ending::needs_operator);
  EXPECT_FALSE(desk.view.orphan);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::stranger);
  expect_end(desk.roll_back(sit), Ending::ok);
  EXPECT_EQ(desk.view.state, State::cancelled);
  EXPECT_TRUE(desk.keys.contains(new_id));
}

// Invariant 5: closing a rotation whose old key is gone must not leave our own key behind without a word.
TEST(Orphan, is_shown_and_removed_though_the_old_key_is_gone) {
  Desk desk = with_orphan();
  desk.before = [&](const std::string& call) {
    if (call == "create") desk.interrupt_at = desk.looks_at_signal;
  };
  expect_end(desk.advance(sit), Ending::interrupted);
  desk.interrupt_at.reset();
  desk.keys.erase(old_id);
  desk.answer = Consent::nobody_to_ask;
  expect_end(desk.roll_back(sit), Ending::needs_operator);
  EXPECT_EQ(desk.view.attention->code, AttentionCode::orphan);
  desk.answer = Consent::given;
  expect_end(desk.roll_back({.wait = true, .accept = {"orphan:" + new_id.text()}}), Ending::ok);
  EXPECT_FALSE(desk.keys.contains(new_id));
}

TEST(Orphan, whose_use_cannot_be_read_is_neither) {
  Desk desk = with_orphan();
  desk.bad["last_used"] = {Unknown{"no reply"}};
  expect_end(desk.advance(sit), Ending::unknown);  // Invariant 11
  EXPECT_TRUE(desk.view.pending);
}

}  // namespace
}  // namespace desk
