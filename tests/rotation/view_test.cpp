// The fold of records into a view: whole rotations, what may not follow, and the pins of a start.
#include "rotation/view.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "rotation/errors.hpp"
#include "story.hpp"

namespace story {
namespace {

// ---- whole rotations ------------------------------------------------------------------------------------------------

TEST(Fold, of_a_whole_rotation) {
  Story story;
  EXPECT_EQ(story.view.state, State::planned);
  story.create();
  EXPECT_EQ(story.view.state, State::created);
  EXPECT_EQ(story.view.new_key, new_id);
  EXPECT_EQ(story.view.new_said, KeyStatus::active);
  story.deploy();
  EXPECT_EQ(story.view.state, State::deployed);
  for (const LocationView& each : story.view.locations) {
    EXPECT_EQ(each.state, LocationState::written);
    EXPECT_EQ(each.holds, new_id);
    EXPECT_TRUE(each.ever_written);
    EXPECT_TRUE(each.old_sealed);
  }
  story.verify();
  EXPECT_EQ(story.view.state, State::verified);
  story.sample(old_id, noon() - hours{5}).deactivate();
  EXPECT_EQ(story.view.state, State::deactivated);
  EXPECT_EQ(story.view.old_said, KeyStatus::inactive);
  EXPECT_TRUE(story.view.old_maybe_inactive);
  story.remove();
  EXPECT_EQ(story.view.state, State::completed);
  EXPECT_FALSE(story.view.open());
  EXPECT_FALSE(story.view.pending);
}

TEST(Fold, of_a_retirement) {
  Story story{{.procedure = Procedure::retire, .locations = {}}};
  story.verify();
  EXPECT_EQ(story.view.state, State::verified);
  story.deactivate().remove();
  EXPECT_EQ(story.view.state, State::completed);
}

TEST(Fold, of_a_rotation_that_turns_back_from_its_last_row) {
  Story story;
  story.create().deploy().verify().deactivate().turn_back();
  EXPECT_EQ(story.view.direction, Direction::back);
  story.intend(Op::activate_key, Step::deactivate, Direction::back, old_id).settle(Outcome::done, State::verified);
  EXPECT_FALSE(story.view.old_maybe_inactive);
  EXPECT_EQ(story.view.old_said, KeyStatus::active);
  story.tell(moving(row_done(Step::verify, Direction::back, story.now()), State::deployed));
  for (const LocationName& each : {laptop, vault}) {
    story.intend(Op::restore_location, Step::deploy, Direction::back, old_id, each).settle(Outcome::done);
    EXPECT_EQ(story.view.find(each)->state, LocationState::restored);
    EXPECT_EQ(story.view.find(each)->holds, old_id);
  }
  story.tell(moving(row_done(Step::deploy, Direction::back, story.now()), State::created));
  story.intend(Op::deactivate_key, Step::create, Direction::back, new_id).settle(Outcome::done);
  EXPECT_EQ(story.view.new_said, KeyStatus::inactive);
  EXPECT_TRUE(story.view.new_deactivated_at);
  story.intend(Op::delete_key, Step::create, Direction::back, new_id).settle(Outcome::done, State::rolled_back);
  EXPECT_EQ(story.view.state, State::rolled_back);
  EXPECT_FALSE(story.view.open());
}

TEST(Fold, of_a_rotation_that_is_cancelled) {
  Story story;
  story.turn_back().tell(moving(row_done(Step::create, Direction::back, story.now()), State::cancelled));
  EXPECT_EQ(story.view.state, State::cancelled);
}

// Invariant 10: the fold of all records is what one record after the other led to.
TEST(Fold, equals_what_each_record_led_to) {
  Story story;
  story.create().deploy().sample(old_id, noon()).verify().deactivate().turn_back();
  const Summary folded = summary(fold(story.records));
  EXPECT_EQ(folded, summary(story.view));
  EXPECT_EQ(folded.seq, static_cast<int>(story.records.size()));
}

// ---- Invariant 10: what cannot follow -------------------------------------------------------------------------------

void expect_refused(const Story& story, const Record& record, const std::string& why) {
  View view = story.view;
  try {
    apply(view, record);
    ADD_FAILURE() << "taken, although: " << why;
  } catch (const StorageTrouble& trouble) {
    EXPECT_EQ(trouble.ending(), Ending::storage);
    EXPECT_NE(trouble.problem().message.find(why), std::string::npos) << trouble.problem().message;
    EXPECT_EQ(trouble.problem().hint, "keybaton history verify");
    EXPECT_FALSE(trouble.problem().keys.empty());
  }
}

TEST(Apply, refuses_gaps_and_repetitions) {
  Story story;
  Record record = story.record(observation("anything", story.now()));
  for (const int seq : {0, 1, 3, 99}) {
    record.seq = seq;
    expect_refused(story, record, "it is not number 2");
  }
}

TEST(Apply, refuses_a_second_start_and_a_missing_first) {
  Story story;
  expect_refused(story, story.record(started(start_of({}))), "a rotation starts once");
  View view;
  Record record = story.record(observation("anything", story.now()));
  record.seq = 1;
  EXPECT_THROW(apply(view, record), StorageTrouble);
}

TEST(Apply, refuses_everything_but_a_note_once_it_is_closed) {
  Story story;
  story.turn_back().tell(moving(row_done(Step::create, Direction::back, story.now()), State::cancelled));
  expect_refused(story, story.record(observation("anything", story.now())), "the rotation is closed");
  expect_refused(story, story.record(decision("rollback", story.now())), "the rotation is closed");
  const Perform perform{.op = Op::delete_key, .step = Step::create, .key = new_id, .location = {}};
  expect_refused(story, story.record(intent(perform, AttemptId{"a"}, story.now())), "the rotation is closed");
  story.tell({.kind = Kind::note, .detail = {{"text", "why it was cancelled"}}});
  EXPECT_EQ(story.view.state, State::cancelled);
}

TEST(Apply, refuses_a_second_intent_while_one_is_open) {
  Story story;
  story.intend(Op::create_key, Step::create, Direction::forward);
  const Perform again{.op = Op::create_key, .step = Step::create, .key = {}, .location = {}};
  expect_refused(story, story.record(intent(again, AttemptId{"b"}, story.now())), "an intent is still open");
}

TEST(Apply, takes_a_reactivation_beside_an_open_intent) {
  Story story;
  story.create().deploy().verify().intend(Op::deactivate_key, Step::deactivate, Direction::forward, old_id);
  story.turn_back().intend(Op::activate_key, Step::deactivate, Direction::back, old_id);
  EXPECT_EQ(story.view.pending->op, Op::deactivate_key);
  EXPECT_EQ(story.view.waking()->op, Op::activate_key);
  EXPECT_EQ(summary(story.view).pending_step, Step::deactivate);
}

struct Jump {
  const char* name;
  std::function<void(Story&)> before;
  Step step;
  Direction direction;
  State to;
};

class IllegalMove : public testing::TestWithParam<Jump> {};

TEST_P(IllegalMove, is_refused) {
  Story story;
  GetParam().before(story);
  const Draft draft = moving(row_done(GetParam().step, GetParam().direction, story.now()), GetParam().to);
  expect_refused(story, story.record(draft), "it moves from");
}

INSTANTIATE_TEST_SUITE_P(
    Invariant10, IllegalMove,
    testing::Values(Jump{"skips_a_row", [](Story&) {}, Step::deploy, Direction::forward, State::deployed},
                    Jump{"names_the_wrong_step", [](Story& story) { story.create(); }, Step::verify, Direction::forward,
                         State::deployed},
                    Jump{"goes_forward_twice", [](Story& story) { story.create().deploy(); }, Step::deploy,
                         Direction::forward, State::deployed},
                    Jump{"completes_without_a_deactivate", [](Story& story) { story.create().deploy().verify(); },
                         Step::delete_key, Direction::forward, State::completed},
                    Jump{"goes_back_two_rows", [](Story& story) { story.create().deploy().verify(); }, Step::verify,
                         Direction::back, State::created},
                    Jump{"goes_back_from_where_it_is_not", [](Story& story) { story.create(); }, Step::deploy,
                         Direction::back, State::created},
                    Jump{"goes_forward_by_a_step_back", [](Story& story) { story.create(); }, Step::deploy,
                         Direction::back, State::deployed},
                    Jump{"rolls_back_by_a_step_forward", [](Story& story) { story.create(); }, Step::create,
                         Direction::forward, State::rolled_back}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Apply, refuses_a_retirement_that_creates) {
  Story story{{.procedure = Procedure::retire, .locations = {}}};
  expect_refused(story, story.record(moving(row_done(Step::deploy, Direction::forward, story.now()), State::deployed)),
                 "it moves from");
}

TEST(Apply, refuses_words_that_it_does_not_know) {
  Story story;
  Draft draft = row_done(Step::create, Direction::forward, story.now());
  draft.detail["state"] = "half-way";
  expect_refused(story, story.record(draft), "it names no state");
  Draft attention = observation("attention", story.now());
  attention.detail["code"] = "worry";
  expect_refused(story, story.record(attention), "it names no attention code");
  Draft op = intent({.op = Op::create_key, .key = {}, .location = {}}, AttemptId{"a"}, story.now());
  op.detail["op"] = "explode";
  EXPECT_THROW(story.tell(op), StorageTrouble);
}

TEST(Apply, refuses_an_outcome_that_says_nothing) {
  Story story;
  story.intend(Op::create_key, Step::create, Direction::forward);
  Draft draft = outcome(*story.view.pending, Outcome::done, story.now());
  draft.outcome.reset();
  expect_refused(story, story.record(draft), "an outcome that says nothing");
  draft.outcome = Outcome::done;
  draft.key.reset();
  expect_refused(story, story.record(draft), "a create without a key");
}

// ---- what single records leave behind -------------------------------------------------------------------------------

// Invariant 11: an unknown outcome leaves the intent open.
TEST(Outcomes, unknown_leaves_the_intent_open) {
  Story story;
  story.intend(Op::create_key, Step::create, Direction::forward).settle(Outcome::unknown);
  ASSERT_TRUE(story.view.pending);
  EXPECT_EQ(story.view.state, State::planned);
  EXPECT_EQ(story.view.pending->keys_before, std::set<AccessKeyId>{old_id});
  story.settle(Outcome::not_done);
  EXPECT_FALSE(story.view.pending);
}

TEST(Outcomes, half_done_create_leaves_an_orphan_until_it_is_deleted) {
  Story story;
  story.intend(Op::create_key, Step::create, Direction::forward).settle(Outcome::half_done, std::nullopt, other_id);
  EXPECT_EQ(story.view.orphan, other_id);
  EXPECT_FALSE(story.view.new_key);
  story.intend(Op::deactivate_key, Step::create, Direction::back, other_id).settle(Outcome::done);
  EXPECT_EQ(story.view.orphan, other_id);
  EXPECT_FALSE(story.view.old_maybe_inactive);
  story.intend(Op::delete_key, Step::create, Direction::back, other_id).settle(Outcome::done);
  EXPECT_FALSE(story.view.orphan);
}

TEST(Outcomes, a_deactivate_may_have_happened_from_its_intent_on) {
  Story story;
  story.create().deploy().verify().intend(Op::deactivate_key, Step::deactivate, Direction::forward, old_id);
  EXPECT_TRUE(story.view.old_maybe_inactive);
  story.settle(Outcome::unknown);
  EXPECT_TRUE(story.view.old_maybe_inactive);
  story.settle(Outcome::not_done);
  EXPECT_FALSE(story.view.old_maybe_inactive);
}

TEST(Outcomes, a_refused_write_leaves_the_location_failed_and_known_to_have_been_tried) {
  Story story;
  story.create()
      .probe()
      .intend(Op::write_location, Step::deploy, Direction::forward, new_id, vault)
      .settle(Outcome::refused);
  EXPECT_EQ(story.view.find(vault)->state, LocationState::failed);
  EXPECT_EQ(story.view.find(vault)->holds, old_id);
  EXPECT_TRUE(story.view.find(vault)->ever_written);
  EXPECT_FALSE(story.view.find(laptop)->ever_written);
  EXPECT_EQ(story.view.find(LocationName{"nowhere"}), nullptr);
}

TEST(Observations, of_attention_come_and_go) {
  Story story;
  const Attention attention{.code = AttentionCode::conflict,
                            .message = "Location vault holds another key.",
                            .hint = "keybaton rollback prod/support-api",
                            .accept = {"waive_location:vault", "something:else"}};
  story.tell(attention_draft(attention, story.now()));
  EXPECT_EQ(story.view.attention, attention);
  EXPECT_EQ(summary(story.view).attention, AttentionCode::conflict);
  story.tell(observation("attention_over", story.now()));
  EXPECT_FALSE(story.view.attention);
}

TEST(Observations, of_last_use_hold_what_was_seen) {
  Story story;
  story.sample(old_id, noon() - hours{1}).sample(old_id, std::nullopt).failed_sample(old_id);
  ASSERT_EQ(story.view.samples.size(), 3U);
  EXPECT_EQ(story.view.samples[0].used.at, noon() - hours{1});
  EXPECT_EQ(story.view.samples[0].used.service, "s3");
  EXPECT_EQ(story.view.samples[0].seen, story.now());
  EXPECT_TRUE(story.view.samples[1].known);
  EXPECT_FALSE(story.view.samples[1].used.at);
  EXPECT_FALSE(story.view.samples[2].known);
}

// Samples from before a step prove nothing after it.
TEST(Observations, of_last_use_are_dropped_where_their_meaning_changes) {
  Story story;
  story.sample(old_id, noon()).create();
  EXPECT_TRUE(story.view.samples.empty());
  story.sample(old_id, noon()).deploy();
  EXPECT_TRUE(story.view.samples.empty());
  story.sample(old_id, noon()).verify();
  EXPECT_EQ(story.view.samples.size(), 1U);
  story.turn_back();
  EXPECT_TRUE(story.view.samples.empty());
}

TEST(Decisions, of_a_person_stand_until_a_new_question_begins) {
  Story story;
  story.create().deploy().verify();
  Draft accept = decision("accept", story.now());
  accept.detail["word"] = "closed_outside:accept";
  story.tell(accept);
  EXPECT_TRUE(story.view.accepted.contains("closed_outside:accept"));
  story.deactivate();
  EXPECT_TRUE(story.view.accepted.empty());
  Draft override_it = decision("override", story.now());
  override_it.detail["reason"] = "nobody uses it";
  story.tell(override_it);
  EXPECT_EQ(story.view.override_reason, "nobody uses it");
}

TEST(Decisions, of_a_waiver_concern_one_location) {
  Story story;
  Draft draft = decision("waive", story.now());
  draft.location = vault;
  story.tell(draft);
  EXPECT_EQ(story.view.find(vault)->state, LocationState::waived);
  EXPECT_EQ(story.view.find(laptop)->state, LocationState::pending);
}

// ---- the start ------------------------------------------------------------------------------------------------------

Start full_start() {
  Start start = start_of({});
  start.target.partition = "aws-cn";
  start.target.by_profile = true;
  start.policy = {.max_age = hours{1},
                  .quiet = hours{2},
                  .grace = hours{3},
                  .lag = hours{4},
                  .granularity = minutes{5},
                  .propagation = Seconds{6},
                  .check_every = minutes{7},
                  .confirm = {Step::create, Step::delete_key},
                  .cadence = hours{8}};
  start.connection = {{"profile", "prod"}, {"endpoint.iam", "http://127.0.0.1:5000"}};
  start.provider = {.provider = "aws",
                    .granularity = minutes{5},
                    .lag = hours{4},
                    .loopback = true,
                    .undelete_for = hours{24 * 30},
                    .proof_of_use = "aws s3 ls"};
  start.self = true;
  start.idle_at_start = hours{9};
  start.locations = {
      {.name = laptop, .type = "aws-credentials-file", .optional = false, .settings = {{"path", "~/.aws/credentials"}}},
      {.name = vault, .type = "vault-kv2", .optional = true, .settings = {{"id", "aws_id"}, {"set.x", "1"}}}};
  return start;
}

TEST(Started, keeps_every_pin) {
  const Start start = full_start();
  Story story;
  story.view = {};
  story.tell(started(start));
  const View& view = story.view;
  EXPECT_EQ(view.procedure, start.procedure);
  EXPECT_EQ(view.target, start.target);
  EXPECT_EQ(view.policy, start.policy);
  EXPECT_EQ(view.connection, start.connection);
  EXPECT_EQ(view.provider.provider, start.provider.provider);
  EXPECT_EQ(view.provider.granularity, start.provider.granularity);
  EXPECT_EQ(view.provider.lag, start.provider.lag);
  EXPECT_EQ(view.provider.loopback, start.provider.loopback);
  EXPECT_EQ(view.provider.undelete_for, start.provider.undelete_for);
  EXPECT_EQ(view.provider.own_services, start.provider.own_services);
  EXPECT_EQ(view.provider.proof_of_use, start.provider.proof_of_use);
  EXPECT_EQ(view.self, start.self);
  EXPECT_EQ(view.old_key, start.old_key);
  EXPECT_EQ(view.old_created, start.old_created);
  EXPECT_EQ(view.idle_at_start, start.idle_at_start);
  ASSERT_EQ(view.locations.size(), start.locations.size());
  for (std::size_t i = 0; i < start.locations.size(); ++i) EXPECT_EQ(view.locations[i].spec, start.locations[i]);
  EXPECT_EQ(view.started_by, "ann@ops1");
  EXPECT_EQ(view.started_at, noon());
}

TEST(Started, keeps_an_empty_set_of_confirmations_and_no_locations) {
  Policy policy;
  policy.confirm.clear();
  const Story story{{.policy = policy, .locations = {}}};
  EXPECT_TRUE(story.view.policy.confirm.empty());
  EXPECT_FALSE(story.view.policy.cadence);
  EXPECT_FALSE(story.view.idle_at_start);
  EXPECT_TRUE(story.view.locations.empty());
}

TEST(Started, keeps_apart_more_than_ten_locations) {
  Setting setting;
  setting.locations.clear();
  for (int i = 0; i < 12; ++i) {
    setting.locations.push_back({.name = LocationName{"place" + std::to_string(i)},
                                 .type = "fake",
                                 .settings = {{"number", std::to_string(i)}}});
  }
  const Story story{setting};
  ASSERT_EQ(story.view.locations.size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) EXPECT_EQ(story.view.locations[i].spec, setting.locations[i]);
}

TEST(Started, lacking_a_pin_is_a_broken_journal) {
  for (const char* missing : {"procedure", "policy.quiet", "policy.grace", "location.1.name", "location.0.type"}) {
    Draft draft = started(start_of({}));
    draft.detail.erase(missing);
    Story story;
    story.view = {};
    EXPECT_THROW(story.tell(draft), StorageTrouble) << missing;
  }
  Draft draft = started(start_of({}));
  draft.detail["policy.quiet"] = "12x";
  Story story;
  story.view = {};
  EXPECT_THROW(story.tell(draft), StorageTrouble);
}

TEST(Summary, is_the_row_that_queries_see) {
  Story story;
  story.create().pass(Seconds{60}).intend(Op::write_location, Step::deploy, Direction::forward, new_id, laptop);
  const Summary row = summary(story.view);
  EXPECT_EQ(row.id, RotationId{"r-1"});
  EXPECT_EQ(row.procedure, Procedure::rotate);
  EXPECT_EQ(row.target, story.view.target);
  EXPECT_EQ(row.old_key, old_id);
  EXPECT_EQ(row.new_key, new_id);
  EXPECT_EQ(row.state, State::created);
  EXPECT_EQ(row.direction, Direction::forward);
  EXPECT_EQ(row.pending_step, Step::deploy);
  EXPECT_FALSE(row.attention);
  EXPECT_EQ(row.seq, 4);
  EXPECT_EQ(row.started_by, "ann@ops1");
  EXPECT_EQ(row.started_at, noon());
  EXPECT_EQ(row.updated_at, noon() + Seconds{60});
}

TEST(Details, that_cannot_be_read_are_a_broken_journal) {
  const Detail detail{{"seconds", "12x"}, {"time", "yesterday"}, {"op", "explode"}, {"good", "12"}};
  EXPECT_EQ(get_seconds(detail, "good"), Seconds{12});
  EXPECT_EQ(get_seconds(detail, "missing"), std::nullopt);
  EXPECT_EQ(get_time(detail, "missing"), std::nullopt);
  EXPECT_EQ(get_instant(detail), std::nullopt);
  EXPECT_THROW((void)get_seconds(detail, "seconds"), StorageTrouble);
  EXPECT_THROW((void)get_time(detail, "time"), StorageTrouble);
  EXPECT_THROW((void)get_op(detail), StorageTrouble);
  Detail instant;
  put(instant, {.wall = noon(), .boot = Millis{1234}, .boot_id = "b"});
  EXPECT_EQ(get_instant(instant), (Instant{.wall = noon(), .boot = Millis{1234}, .boot_id = "b"}));
  instant["boot_ms"] = "much";
  EXPECT_THROW((void)get_instant(instant), StorageTrouble);
}

}  // namespace
}  // namespace story
