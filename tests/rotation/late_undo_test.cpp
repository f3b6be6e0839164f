// A deleted key that the cloud keeps for a while: what the journal says of it, and the way back out of completed.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "rotation/decide.hpp"
#include "rotation/errors.hpp"
#include "story.hpp"

namespace story {
namespace {

constexpr Seconds month = hours{24 * 30};

Policy quick(Seconds late_undo) {
  Policy policy;
  policy.quiet = hours{1};
  policy.lag = minutes{10};
  policy.grace = hours{2};
  policy.granularity = minutes{1};
  policy.late_undo = late_undo;
  return policy;
}

struct Cloud {
  Seconds late_undo{};
  Seconds undelete_for = month;
  Procedure procedure = Procedure::rotate;
};

// A rotation at a cloud that recycles, and what a process sees of the world.
struct Late : Story {
  explicit Late(const Cloud& cloud = {}) {
    Start start = start_of({.procedure = cloud.procedure, .policy = quick(cloud.late_undo)});
    if (cloud.procedure == Procedure::retire) start.locations.clear();
    start.provider.undelete_for = cloud.undelete_for;
    start.provider.bin_slots = 3;
    view = {};
    records.clear();
    tell(started(start));
  }

  Late& up_to_deactivated() {
    create().deploy().verify().deactivate();
    return *this;
  }
  Late& completed() {
    up_to_deactivated().remove();
    return *this;
  }
  [[nodiscard]] Draft late_rollback() const {
    Draft draft = decision("rollback", now());
    draft.step = Step::delete_key;
    draft.direction = Direction::back;
    return moving(std::move(draft), State::deactivated);
  }
  Late& reopened() {
    completed().pass(hours{1}).tell(late_rollback());
    return *this;
  }
  Late& undelete_sent() {
    intend(Op::undelete_key, Step::delete_key, Direction::back, old_id);
    return *this;
  }

  // What this process sees, read by read, as `decide` asks for it; the first action that is none of that.
  Action next(const Wishes& wishes = {}) {
    for (int turn = 0; turn < 100; ++turn) {
      Action action = decide(view, seen, wishes, now()).action;
      const auto* look = std::get_if<Look>(&action);
      if (look == nullptr) return action;
      answer(*look);
    }
    ADD_FAILURE() << "it looks without end";
    return Closed{};
  }
  // The same through every pause.
  Action after_pauses(const Wishes& wishes = {}) {
    for (int turn = 0; turn < 100; ++turn) {
      Action action = next(wishes);
      const auto* pause = std::get_if<Pause>(&action);
      if (pause == nullptr) return action;
      ++pauses;
      pass(std::chrono::ceil<Seconds>(pause->span));
      seen.keys_fresh = false;
    }
    ADD_FAILURE() << "it pauses without end";
    return Closed{};
  }
  Late& shows(std::optional<KeyStatus> old_key, std::optional<KeyStatus> new_key = KeyStatus::active) {
    keys.clear();
    if (old_key) keys.push_back({.id = old_id, .status = *old_key, .created_at = noon() - hours{2400}});
    if (new_key) keys.push_back({.id = new_id, .status = *new_key, .created_at = noon()});
    return *this;
  }

  Observations seen;
  Caller caller{.account_id = AccountId{"123456789012"}, .partition = "aws", .arn = Arn{"a"}, .user_id = UserId{"OPS"}};
  User user{.name = UserName{"support-api"}, .id = UserId{"AIDAEXAMPLE"}, .arn = Arn{"b"}};
  KeyList keys;
  AccessKeyId places_hold = new_id;
  std::map<AccessKeyId, std::optional<Time>> used;
  int lists_read = 0, pauses = 0;

 private:
  void answer(const Look& look) {
    switch (look.at) {
      case At::caller: seen.caller = {.answer = Done<Caller>{caller}, .at = now()}; break;
      case At::user: seen.user = {.answer = Done<User>{user}, .at = now()}; break;
      case At::keys: list(); break;
      case At::location:
        seen.locations.insert_or_assign(
            look.location,
            Sighting<LocationLook>{.answer = Done<LocationLook>{{.id = places_hold, .readable = true}}, .at = now()});
        break;
      case At::last_used:
        sample(look.key, used[look.key], "");
        seen.sampled[look.key] = now();
        break;
      case At::candidate:
      case At::probe:
      case At::spill: ADD_FAILURE() << "there is nothing to look for"; break;
    }
  }
  void list() {
    ++lists_read;
    const KeyList* before = seen.keys ? done(seen.keys->answer) : nullptr;
    if (before == nullptr || *before != keys) seen.keys_run.clear();
    seen.keys_run.push_back(now());
    seen.keys = {.answer = Done<KeyList>{keys}, .at = now()};
    seen.keys_fresh = true;
  }
};

template <class T>
T expect(const Action& action) {
  const T* found = std::get_if<T>(&action);
  if (found != nullptr) return *found;
  ADD_FAILURE() << "another action: " << action.index();
  return {};
}

Refused no(Refusal why) { return {.why = why, .code = "Code", .message = {}, .request_id = "req-1"}; }

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

// ---- the fold --------------------------------------------------------------------------------------------------

TEST(LateUndo, is_there_for_as_long_as_the_cloud_keeps_the_key) {
  Late late;
  late.up_to_deactivated();
  EXPECT_FALSE(late.view.late_undo());
  EXPECT_FALSE(late.view.restorable_until());
  late.pass(hours{3}).remove();
  EXPECT_TRUE(late.view.late_undo());
  EXPECT_TRUE(late.view.old_deleted);
  EXPECT_EQ(late.view.old_deleted_at, late.wall);
  EXPECT_EQ(late.view.restorable_until(), late.wall + month);
}

TEST(LateUndo, is_not_there_at_a_cloud_without_a_recycle_bin) {
  Late late{{.late_undo = hours{48}, .undelete_for = {}}};
  late.completed();
  EXPECT_FALSE(late.view.late_undo());
  EXPECT_FALSE(late.view.restorable_until());
  EXPECT_FALSE(late.view.old_secrets_until());
}

// Invariant 15
TEST(LateUndo, keeps_old_secrets_for_the_shorter_of_policy_and_bin) {
  struct Case {
    Cloud cloud;
    std::optional<Seconds> kept;
  };
  for (const auto& each : {Case{{.late_undo = hours{48}}, hours{48}}, Case{{.late_undo = month * 3}, month},
                           Case{{.late_undo = month}, month}, Case{{}, std::nullopt},
                           Case{{.late_undo = hours{48}, .procedure = Procedure::retire}, std::nullopt}}) {
    Late late{each.cloud};
    if (each.cloud.procedure == Procedure::rotate) late.create().deploy();
    late.verify().deactivate();
    EXPECT_FALSE(late.view.old_secrets_until()) << "the rotation is open";
    late.remove();
    EXPECT_EQ(late.view.old_secrets_until(), each.kept ? std::optional{late.wall + *each.kept} : std::nullopt);
    for (const LocationView& location : late.view.locations) {
      EXPECT_EQ(location.old_sealed, each.kept.has_value());
    }
    EXPECT_EQ(late.view.new_shredded, each.cloud.procedure == Procedure::rotate);
  }
}

TEST(LateUndo, whose_secrets_were_shredded_puts_nothing_back) {
  Late late{{.late_undo = hours{48}}};
  late.completed().pass(hours{49});
  Draft draft;
  draft.detail["what"] = "late_undo_over";
  late.tell(draft);
  EXPECT_EQ(late.view.state, State::completed);
  for (const LocationView& location : late.view.locations) EXPECT_FALSE(location.old_sealed);
  late.tell(late.late_rollback());
  EXPECT_EQ(late.view.state, State::deactivated) << "the key itself can come back all the same";
}

TEST(LateUndo, reopens_at_deactivated_going_back) {
  Late late{{.late_undo = hours{48}}};
  const auto since = late.up_to_deactivated().view.deactivated_at;
  late.pass(hours{3}).remove().pass(hours{1}).tell(late.late_rollback());
  EXPECT_TRUE(late.view.open());
  EXPECT_EQ(late.view.state, State::deactivated);
  EXPECT_EQ(late.view.direction, Direction::back);
  EXPECT_TRUE(late.view.old_deleted);
  EXPECT_TRUE(late.view.new_shredded);
  EXPECT_EQ(late.view.deactivated_at->wall, since->wall) << "it was switched off then, not now";
  EXPECT_FALSE(late.view.restorable_until()) << "of a completed rotation alone";
  late.undelete_sent();
  EXPECT_TRUE(late.view.waking_old);
  EXPECT_EQ(summary(late.view).pending_step, Step::delete_key);
  late.settle(Outcome::done);
  EXPECT_FALSE(late.view.waking_old);
  EXPECT_FALSE(late.view.old_deleted);
  EXPECT_FALSE(late.view.old_deleted_at);
  EXPECT_EQ(late.view.old_said, KeyStatus::inactive);
  EXPECT_TRUE(late.view.old_maybe_inactive);
  EXPECT_EQ(summary(fold(late.records)), summary(late.view));
}

TEST(LateUndo, that_was_refused_leaves_the_key_deleted) {
  for (const Outcome how : {Outcome::refused, Outcome::not_done}) {
    Late late;
    late.reopened().undelete_sent().settle(how);
    EXPECT_TRUE(late.view.old_deleted);
    EXPECT_FALSE(late.view.waking_old);
  }
  Late late;
  late.reopened().undelete_sent().settle(Outcome::unknown);
  EXPECT_TRUE(late.view.old_deleted);
  EXPECT_TRUE(late.view.waking_old) << "nobody knows yet";
}

// Invariant 10
TEST(LateUndo, is_the_only_way_out_of_a_closed_rotation) {
  const auto refused = [](const Late& late, Draft draft, const std::string& why) {
    View view = late.view;
    const Record record = late.record(std::move(draft));
    EXPECT_THROW(apply(view, record), StorageTrouble) << why;
  };
  Late plain{{.undelete_for = {}}};
  plain.completed();
  refused(plain, plain.late_rollback(), "a cloud without a recycle bin");

  Late gone_back;
  gone_back.create().turn_back();
  gone_back.tell(moving(row_done(Step::create, Direction::back, gone_back.now()), State::rolled_back));
  refused(gone_back, gone_back.late_rollback(), "rolled back");

  Late cancelled;
  cancelled.turn_back().tell(moving(row_done(Step::create, Direction::back, cancelled.now()), State::cancelled));
  refused(cancelled, cancelled.late_rollback(), "cancelled");

  Late late;
  late.completed();
  for (const State to :
       {State::planned, State::created, State::deployed, State::verified, State::rolled_back, State::cancelled}) {
    Draft draft = late.late_rollback();
    draft.detail["state"] = word(to);
    // rolled_back and cancelled are where an open rotation ends; this one is closed.
    refused(late, draft, std::string(word(to)));
  }
  Draft forward = late.late_rollback();
  forward.direction = Direction::forward;
  refused(late, forward, "forward");
  Draft no_step = late.late_rollback();
  no_step.step.reset();
  refused(late, no_step, "no step");
  Draft other_step = late.late_rollback();
  other_step.step = Step::deactivate;
  refused(late, other_step, "another step");
  refused(late,
          intent({.op = Op::undelete_key, .step = Step::delete_key, .direction = Direction::back, .key = old_id},
                 AttemptId{"a"}, late.now()),
          "an intent without the decision");
  EXPECT_NO_THROW(late.tell(late.late_rollback()));
  refused(late, late.late_rollback(), "twice");
}

// ---- the way back ----------------------------------------------------------------------------------------------

// Before any read of the keys: the old key first, and it can be turned on only once it is back.
TEST(LateUndo, brings_the_key_back_first_and_turns_it_on_then) {
  Late late;
  late.reopened();
  const auto undelete = expect<Perform>(late.next());
  EXPECT_EQ(undelete.op, Op::undelete_key);
  EXPECT_EQ(undelete.key, old_id);
  EXPECT_EQ(undelete.step, Step::delete_key);
  EXPECT_EQ(undelete.direction, Direction::back);
  EXPECT_EQ(late.lists_read, 0);
  late.undelete_sent().settle(Outcome::done);
  const auto wake = expect<Perform>(late.next());
  EXPECT_EQ(wake.op, Op::activate_key);
  EXPECT_EQ(wake.key, old_id);
  EXPECT_EQ(late.lists_read, 0);
  late.intend(Op::activate_key, Step::deactivate, Direction::back, old_id).settle(Outcome::done, State::verified);
  EXPECT_FALSE(late.view.old_maybe_inactive);
  EXPECT_EQ(late.view.state, State::verified);
}

// Invariant 7
TEST(LateUndo, sends_nothing_to_another_account_or_user) {
  Late wrong;
  wrong.reopened().caller.account_id = AccountId{"999999999999"};
  EXPECT_EQ(expect<GiveUp>(wrong.next()).ending, Ending::wrong_account);
  Late recreated;
  recreated.reopened().user.id = UserId{"AIDAOTHER"};
  EXPECT_EQ(expect<StopFor>(recreated.next()).attention.code, AttentionCode::user_recreated);
}

TEST(LateUndo, without_a_clear_answer_is_settled_by_reading_once_it_must_show) {
  struct Case {
    std::optional<KeyStatus> shown;
    Outcome settled;
  };
  for (const auto& each : {Case{KeyStatus::inactive, Outcome::done}, Case{KeyStatus::active, Outcome::done},
                           Case{std::nullopt, Outcome::not_done}}) {
    Late late;
    late.reopened().undelete_sent().settle(Outcome::unknown);
    const Instant sent = late.now();
    late.shows(each.shown);
    (void)expect<Pause>(late.next());  // one read, and too early: it may be older than the delete
    const auto settled = expect<Write>(late.after_pauses());
    EXPECT_GE(elapsed(sent, late.now()), Millis{late.view.policy.propagation});
    EXPECT_GE(late.lists_read, 3);
    EXPECT_EQ(settled.draft.outcome, each.settled);
    EXPECT_EQ(get_op(settled.draft.detail), Op::undelete_key);
    EXPECT_FALSE(settled.shred);
    late.tell(settled.draft);
    EXPECT_EQ(late.view.old_deleted, each.settled == Outcome::not_done);
    EXPECT_EQ(late.view.state, State::deactivated);
    // Not applied: sent again. Applied: turned on, whatever the list says of it.
    const auto then = expect<Perform>(late.after_pauses());
    EXPECT_EQ(then.op, each.settled == Outcome::done ? Op::activate_key : Op::undelete_key);
  }
}

// Invariant 11: what a list showed before the call proves nothing about it.
TEST(LateUndo, is_not_settled_by_lists_from_before_it) {
  Late late;
  late.reopened().undelete_sent().settle(Outcome::unknown);
  late.shows(KeyStatus::inactive);  // a corner of the cloud that has not seen the delete
  (void)expect<Pause>(late.next());
  late.pass(Seconds{30});
  late.seen.keys_fresh = false;
  (void)expect<Pause>(late.next());
  late.shows(std::nullopt);  // it catches up
  const auto settled = expect<Write>(late.after_pauses());
  EXPECT_EQ(settled.draft.outcome, Outcome::not_done);
}

TEST(LateUndo, finds_a_key_that_somebody_else_has_brought_back) {
  Late late;
  late.reopened().undelete_sent().settle(Outcome::refused);
  late.seen.undelete_refused = no(Refusal::no_such_entity);
  late.shows(KeyStatus::inactive);
  const auto found = expect<Write>(late.after_pauses());
  late.tell(found.draft);
  EXPECT_FALSE(late.view.old_deleted);
  EXPECT_EQ(expect<Perform>(late.after_pauses()).op, Op::activate_key);
}

// ---- what the recycle bin may refuse ---------------------------------------------------------------------------

Late refused_with(Refusal why) {
  Late late;
  late.reopened().undelete_sent().settle(Outcome::refused);
  late.seen.undelete_refused = no(why);
  late.shows(std::nullopt);
  return late;
}

TEST(LateUndo, of_a_key_that_is_not_in_the_bin_any_more_is_a_dead_end_with_a_way_on) {
  for (const Refusal why : {Refusal::no_such_entity}) {
    Late late = refused_with(why);
    const auto stop = expect<StopFor>(late.after_pauses());
    EXPECT_EQ(stop.attention.code, AttentionCode::closed_outside);
    ASSERT_TRUE(contains(stop.attention.accept, "closed_outside:finish"));
    const auto consent = expect<Write>(late.after_pauses({.accept = {"closed_outside:finish"}}));
    late.tell(consent.draft);
    EXPECT_EQ(late.view.direction, Direction::forward);
    const auto finish = expect<Write>(late.after_pauses());
    EXPECT_EQ(get(finish.draft.detail, "state"), "completed");
    EXPECT_TRUE(finish.shred);
    late.tell(finish.draft);
    EXPECT_EQ(late.view.state, State::completed);
  }
}

TEST(LateUndo, without_room_for_the_key_says_what_makes_room) {
  Late late = refused_with(Refusal::limit_exceeded);
  const auto stop = expect<StopFor>(late.after_pauses());
  EXPECT_EQ(stop.ending, Ending::refused);
  EXPECT_EQ(stop.attention.code, AttentionCode::stranger);
  EXPECT_NE(stop.attention.message.find("to make room"), std::string::npos) << stop.attention.message;
  EXPECT_NE(stop.attention.message.find("support-api"), std::string::npos) << stop.attention.message;
  EXPECT_TRUE(stop.attention.hint.starts_with("keybaton resume")) << stop.attention.hint;
  EXPECT_TRUE(late.view.open());
  // The next process asks again: nothing was given up.
  late.seen = {};
  EXPECT_EQ(expect<Perform>(late.after_pauses()).op, Op::undelete_key);
}

TEST(LateUndo, that_is_denied_stays_on_the_board) {
  Late late = refused_with(Refusal::denied);
  const auto stop = expect<StopFor>(late.after_pauses());
  EXPECT_EQ(stop.attention.code, AttentionCode::denied);
  EXPECT_EQ(stop.ending, Ending::refused);
  EXPECT_NE(stop.attention.message.find("recycle bin"), std::string::npos) << stop.attention.message;
  // Nothing is given up for a permission, unless a person says so: else the user could not be rotated any more.
  EXPECT_TRUE(contains(stop.attention.accept, "closed_outside:finish"));
  EXPECT_EQ(stop.attention.hint, "keybaton resume prod/support-api");
  late.tell(expect<Write>(late.after_pauses({.accept = {"closed_outside:finish"}})).draft);
  EXPECT_EQ(late.view.direction, Direction::forward);
}

TEST(LateUndo, that_is_throttled_or_not_sent_gives_nothing_up) {
  for (const Refusal why :
       {Refusal::throttled, Refusal::not_sent, Refusal::expired_session, Refusal::unsupported, Refusal::other}) {
    Late late = refused_with(why);
    EXPECT_NE(expect<GiveUp>(late.after_pauses()).ending, Ending::ok);
  }
}

// ---- the places ------------------------------------------------------------------------------------------------

// Up to where the places are to be put back.
Late at_the_places(Seconds late_undo) {
  Late late{{.late_undo = late_undo}};
  late.reopened().undelete_sent().settle(Outcome::done);
  late.intend(Op::activate_key, Step::deactivate, Direction::back, old_id).settle(Outcome::done, State::verified);
  late.tell(moving(row_done(Step::verify, Direction::back, late.now()), State::deployed));
  late.shows(KeyStatus::active);
  return late;
}

TEST(LateUndo, puts_the_places_back_where_their_old_values_were_kept) {
  Late late = at_the_places(hours{48});
  const auto restore = expect<Perform>(late.after_pauses());
  EXPECT_EQ(restore.op, Op::restore_location);
  EXPECT_EQ(restore.location, laptop);
}

TEST(LateUndo, without_the_old_values_leaves_the_places_to_a_person_or_goes_forward_with_fresh_evidence) {
  Late late = at_the_places({});
  const auto stop = expect<StopFor>(late.after_pauses());
  EXPECT_EQ(stop.attention.code, AttentionCode::location_stale);
  ASSERT_TRUE(contains(stop.attention.accept, "location_stale:finish"));
  EXPECT_TRUE(contains(stop.attention.accept, "waive_location:laptop"));

  // What was known before the delete is no evidence any more.
  late.sample(old_id, noon() - hours{20}).sample(new_id, late.wall);
  const auto consent = expect<Write>(late.after_pauses({.accept = {"location_stale:finish"}}));
  late.tell(consent.draft);
  EXPECT_EQ(late.view.direction, Direction::forward);
  EXPECT_EQ(late.view.state, State::deployed);
  EXPECT_TRUE(late.view.samples.empty());
  EXPECT_FALSE(late.view.verdict);
  EXPECT_FALSE(late.view.verified_at);
  late.used = {{old_id, noon() - hours{20}}, {new_id, late.wall - minutes{1}}};
  late.tell(expect<Write>(late.after_pauses()).draft);  // the alarm is over
  const auto first = expect<Sit>(late.after_pauses());
  EXPECT_EQ(first.step, Step::verify);
  EXPECT_EQ(late.view.samples.size(), 2U) << "both keys, read anew";
  late.pass(std::chrono::ceil<Seconds>(first.look_again));
  late.seen = {};
  const auto verified = expect<Write>(late.after_pauses());
  EXPECT_EQ(get(verified.draft.detail, "state"), "verified");
}

// ---- the question before the delete ----------------------------------------------------------------------------

Question asked_before_the_delete(Seconds undelete_for) {
  Late late{{.undelete_for = undelete_for}};
  late.create().deploy().verify();
  late.sample(old_id, noon() - hours{20});
  late.intend(Op::deactivate_key, Step::deactivate, Direction::forward, old_id);
  Draft off = outcome(*late.view.pending, Outcome::done, late.now());
  put_last_use(off, late.view, old_id);
  late.tell(moving(std::move(off), State::deactivated));
  late.used = {{old_id, noon() - hours{20}}, {new_id, late.wall + hours{2}}};
  late.shows(KeyStatus::inactive).pass(hours{3});
  return expect<Ask>(late.after_pauses()).question;
}

bool among(const Question& question, const std::string& text) {
  return std::ranges::any_of(question.because,
                             [&](const std::string& each) { return each.find(text) != std::string::npos; });
}

TEST(DeleteQuestion, says_whether_there_is_a_way_back) {
  const Question plain = asked_before_the_delete({});
  EXPECT_EQ(plain.op, Op::delete_key);
  EXPECT_NE(plain.what.find("for good"), std::string::npos) << plain.what;
  EXPECT_TRUE(among(plain, "no way back"));
  EXPECT_FALSE(among(plain, "recycle bin"));

  const Question with_bin = asked_before_the_delete(month);
  EXPECT_EQ(with_bin.what.find("for good"), std::string::npos) << with_bin.what;
  EXPECT_NE(with_bin.what.find(old_id.text()), std::string::npos) << with_bin.what;
  EXPECT_TRUE(among(with_bin, "recycle bin"));
  EXPECT_TRUE(among(with_bin, "30d") || among(with_bin, "30 d")) << with_bin.because.back();
  EXPECT_FALSE(among(with_bin, "no way back"));
  EXPECT_TRUE(with_bin.typed);
}

}  // namespace
}  // namespace story
