#include "cli/json.hpp"

#include <gtest/gtest.h>

#include "golden.hpp"
#include "samples.hpp"

using namespace cli_parts_test;
namespace json = cli::json;

namespace {

cli::RotationReport report(const rotation::View& view, rotation::Next next = {}) {
  return {.view = &view, .next = std::move(next), .error = std::nullopt};
}

void golden(const std::string& name, const std::string& document) { expect_golden(name + ".json", document + "\n"); }

}  // namespace

TEST(Json, a_rotation_that_waits_has_its_error_beside_the_rest) {
  const rotation::View view = deployed();
  cli::RotationReport waits = report(view, next_of_deployed());
  waits.error = waiting();
  golden("rotation_waiting", json::rotation(waits));
}

TEST(Json, a_rotation_in_trouble_has_attention_and_pending) {
  const rotation::View view = in_trouble();
  golden("rotation_attention", json::rotation(report(view, {.step = rotation::Step::deploy,
                                                            .needs = {rotation::Need::operator_},
                                                            .not_before = std::nullopt,
                                                            .command = "keybaton resume prod/support-api",
                                                            .why = ""})));
}

TEST(Json, a_reactivation_under_way_is_what_is_pending) {
  rotation::View view = in_trouble();
  view.waking_old = rotation::Pending{.op = rotation::Op::activate_key,
                                      .step = rotation::Step::deactivate,
                                      .direction = rotation::Direction::back,
                                      .attempt = rotation::AttemptId("a-0002"),
                                      .location = std::nullopt,
                                      .key = view.old_key,
                                      .since = {},
                                      .keys_before = {}};
  const std::string text = json::rotation(report(view));
  EXPECT_NE(text.find(R"("pending":{"step":"deactivate","direction":"back","attempt":"a-0002","location":null})"),
            std::string::npos)
      << text;
}

TEST(Json, a_closed_rotation_has_nothing_next) {
  const rotation::View view = completed();
  golden("rotation_completed", json::rotation(report(view)));
}

TEST(Json, a_retirement_has_no_new_key_and_no_locations) {
  const rotation::View view = retiring();
  golden("rotation_retire", json::rotation(report(view, {.step = rotation::Step::verify,
                                                         .needs = {},
                                                         .not_before = std::nullopt,
                                                         .command = "keybaton resume prod/support-api",
                                                         .why = ""})));
}

TEST(Json, several_rotations_are_a_list) {
  const rotation::View first = planned();
  const rotation::View second = completed();
  const std::vector reports{report(first, next_of_deployed()), report(second)};
  golden("rotations", json::rotations(reports, waiting()));
  EXPECT_EQ(json::rotations({}), R"({"rotations":[]})");
}

TEST(Json, a_history_line_keeps_every_member_in_order) {
  golden("history_lines", json::history_line(intent()) + "\n" + json::history_line(single_call()));
}

TEST(Json, verification_of_the_history) {
  golden("verified",
         json::verified({.ok = true, .records = 12, .rotations = 2, .head = "ab12", .first_bad = {}, .why = ""}) +
             "\n" +
             json::verified({.ok = false,
                             .records = 12,
                             .rotations = 2,
                             .head = "",
                             .first_bad = 5,
                             .why = "the hash does not follow from the record before"}));
}

TEST(Json, a_plan_says_how_far_back_a_rollback_reaches) {
  rotation::Prospect partly = prospect();
  golden("plan", json::plan(partly));
  partly.locations.pop_back();
  EXPECT_NE(json::plan(partly).find(R"("rollback":"full")"), std::string::npos);
}

TEST(Json, a_plan_on_loopback_with_no_windows_waits_for_nothing) {
  rotation::Prospect eager = prospect();
  eager.start.policy.quiet = eager.start.policy.lag = eager.start.policy.grace = rotation::Seconds{0};
  eager.start.policy.confirm = {};
  eager.start.idle_at_start = rotation::Seconds{0};
  EXPECT_EQ(json::plan(eager).find("wait"), std::string::npos);
  EXPECT_EQ(json::plan(eager).find("confirm"), std::string::npos);
}

// Section 6 of the design: quiet is never shorter than the key's cadence, else than the time it was idle at the plan.
TEST(Json, a_plan_waits_for_the_quiet_that_counts_not_the_one_that_was_wished_for) {
  const rotation::Row& verify = rotation::row_of(rotation::Step::verify);
  rotation::Start start = prospect().start;
  start.policy.quiet = start.policy.lag = rotation::Seconds{0};
  start.idle_at_start = std::chrono::days{2};
  EXPECT_EQ(cli::wait_of(verify, start), std::chrono::days{2});
  EXPECT_EQ(cli::needs_of(verify, start), std::vector{rotation::Need::wait});
  start.policy.cadence = std::chrono::days{31};
  start.policy.lag = std::chrono::hours{4};
  EXPECT_EQ(cli::wait_of(verify, start), std::chrono::hours{31 * 24 + 4});
}

TEST(Json, a_refusal_before_anything_opened) { golden("turned", json::turned(turned())); }

// Invariant 11
TEST(Json, a_last_use_that_could_not_be_read_is_not_never_used) {
  golden("keys",
         json::keys(keys(), cli::Failure{rotation::Ending::refused,
                                         {"staging could not be read.", "No key was touched.", "keybaton doctor"}}));
}

TEST(Json, the_doctor_and_the_single_calls) {
  const std::vector<cli::Check> checks{{.name = "config", .ok = true, .detail = "no config", .hint = ""},
                                       {.name = "clock", .ok = false, .detail = "6 min off", .hint = "set the clock"}};
  golden("doctor", json::doctor(checks));
  const rotation::AccessKeyId key(new_id);
  golden("key_calls", json::key_created(key, rotation::UserName("support-api"), "/home/ann/new-secret") + "\n" +
                          json::key_created(key, rotation::UserName("support-api"), "") + "\n" +
                          json::key_last_used(key, *keys().keys[0].used) + "\n" + json::key_last_used(key, {}));
}

TEST(Json, an_error_has_its_code_and_three_parts) {
  golden("error",
         json::error({rotation::Ending::wrong_account,
                      {"The credentials are those of 999999999999.", "No key was touched.", "keybaton doctor"}}));
}

TEST(Json, bytes_that_are_no_text_never_break_the_document) {
  rotation::Record record = single_call();
  record.what.detail["note"] = "caf\xe9 \xff \xed\xa0\x80";
  record.actor = "\x01\x1b\x7f\xc2\x9b";
  const std::string line = json::history_line(record);
  EXPECT_NE(line.find("caf\\ufffd"), std::string::npos);
  EXPECT_NE(line.find("\\u0001\\u001b\\u007f\\u009b"), std::string::npos);
  for (const char byte : line) EXPECT_LT(static_cast<unsigned char>(byte), 0x7f);
}
