// Every stop says what happened, what it means for the keys and what to run next.
#include "rotation/stops.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "story.hpp"

namespace story {
namespace {

constexpr Refusal last_refusal = Refusal::other;

std::vector<Refusal> all_refusals() {
  std::vector<Refusal> all;
  for (int i = 0; i <= static_cast<int>(last_refusal); ++i) all.push_back(static_cast<Refusal>(i));
  return all;
}

void expect_three_parts(const Problem& problem) {
  EXPECT_FALSE(problem.message.empty());
  EXPECT_TRUE(problem.message.ends_with('.')) << problem.message;
  EXPECT_FALSE(problem.keys.empty());
  EXPECT_TRUE(problem.keys.ends_with('.')) << problem.keys;
  EXPECT_NE(problem.hint.find("keybaton resume prod/support-api"), std::string::npos) << problem.hint;
}

TEST(Problems, of_every_refusal_have_three_parts) {
  Story story;
  story.create();
  for (const Refusal why : all_refusals()) {
    expect_three_parts(refusal(story.view, "listing the access keys",
                               {.why = why, .code = "Code", .message = "ours", .request_id = "r1"}));
    expect_three_parts(
        refusal(story.view, "listing the access keys", {.why = why, .code = {}, .message = {}, .request_id = {}}));
  }
}

TEST(Problems, of_a_refusal_name_code_and_request) {
  const std::string text = refusal_words(
      "creating a new key", {.why = Refusal::denied, .code = "AccessDenied", .message = {}, .request_id = "req-7"});
  EXPECT_NE(text.find("creating a new key"), std::string::npos);
  EXPECT_NE(text.find("AccessDenied"), std::string::npos);
  EXPECT_NE(text.find("req-7"), std::string::npos);
}

TEST(Problems, of_a_place_tell_its_own_remedy_and_never_speak_of_the_cloud) {
  const Story story;
  for (const Refusal why : all_refusals()) {
    Refused refused{.why = why, .code = {}, .message = "Vault at https://v: no connection", .request_id = {}};
    Problem problem = place_refusal(story.view, "reading location app", refused);
    expect_three_parts(problem);
    EXPECT_EQ(problem.message.find("cloud"), std::string::npos) << problem.message;
    EXPECT_NE(problem.message.find("Vault at https://v"), std::string::npos);
    EXPECT_EQ(problem.hint.find("permission"), std::string::npos) << problem.hint;
    refused.remedy = "chmod 600 /t/token";
    problem = place_refusal(story.view, "reading location app", refused);
    EXPECT_EQ(problem.hint.substr(0, 29), "chmod 600 /t/token, then run:") << problem.hint;
  }
}

TEST(Problems, of_different_refusals_read_differently) {
  std::set<std::string> texts;
  for (const Refusal why : all_refusals())
    texts.insert(refusal_words("it", {.why = why, .code = {}, .message = {}, .request_id = {}}));
  EXPECT_EQ(texts.size(), all_refusals().size());
}

TEST(Problems, of_a_conflict_want_a_person_and_others_are_refusals) {
  for (const Refusal why : all_refusals()) {
    EXPECT_EQ(ending_of({.why = why, .code = {}, .message = {}, .request_id = {}}),
              why == Refusal::conflict ? Ending::needs_operator : Ending::refused);
  }
}

TEST(Problems, of_unknown_outcomes_and_wrong_accounts_have_three_parts) {
  Story story;
  expect_three_parts(not_known(story.view, "deactivating the old key", "no reply"));
  const Problem wrong = wrong_account(
      story.view, {.account_id = AccountId{"999999999999"}, .partition = "aws-cn", .arn = {}, .user_id = {}});
  expect_three_parts(wrong);
  EXPECT_NE(wrong.message.find("999999999999"), std::string::npos);
  EXPECT_NE(wrong.message.find("123456789012"), std::string::npos);
}

TEST(Hints, are_whole_commands) {
  const Story story;
  EXPECT_EQ(resume_command(story.view), "keybaton resume prod/support-api");
  EXPECT_EQ(rollback_command(story.view), "keybaton rollback prod/support-api");
  const Attention with_word =
      attention(story.view, AttentionCode::orphan, "An orphan.", {"orphan:AKIA1", "other:word"});
  EXPECT_EQ(with_word.hint, "keybaton resume prod/support-api --accept orphan:AKIA1");
  EXPECT_EQ(with_word.accept.size(), 2U);
  EXPECT_EQ(attention(story.view, AttentionCode::denied, "No.").hint, "keybaton resume prod/support-api");
  EXPECT_EQ(attention_with_hint(AttentionCode::drift, "Drift.", "keybaton rollback prod/support-api").hint,
            "keybaton rollback prod/support-api");
}

TEST(Hints, of_a_retire_name_the_rotation_for_a_user_may_have_several) {
  const Story story{{.procedure = Procedure::retire, .locations = {}}};
  EXPECT_EQ(resume_command(story.view), "keybaton resume r-1");
  EXPECT_EQ(rollback_command(story.view), "keybaton rollback r-1");
}

TEST(Hints, quote_what_a_shell_would_split) {
  EXPECT_EQ(quoted("prod/support-api"), "prod/support-api");
  EXPECT_EQ(quoted("my prof/app"), "'my prof/app'");
  EXPECT_EQ(quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(quoted("$(reboot)"), "'$(reboot)'");
}

// What somebody else did since is what the operator has to know, not what the journal remembers.
TEST(KeysListed, says_what_the_cloud_shows_where_that_is_not_what_the_journal_says) {
  Story story;
  story.create().deploy();
  const AccessKey on{.id = old_id, .status = KeyStatus::active, .created_at = {}};
  const AccessKey off{.id = old_id, .status = KeyStatus::inactive, .created_at = {}};
  const AccessKey fresh{.id = new_id, .status = KeyStatus::active, .created_at = {}};
  const AccessKey fresh_off{.id = new_id, .status = KeyStatus::inactive, .created_at = {}};
  EXPECT_EQ(keys_listed(story.view, {on, fresh}), keys_now(story.view));
  EXPECT_EQ(keys_listed(story.view, {off, fresh}), "As the cloud lists them, the old key " + old_id.text() +
                                                       " is Inactive and the new key " + new_id.text() + " is Active.");
  EXPECT_EQ(keys_listed(story.view, {on}), "As the cloud lists them, the old key " + old_id.text() +
                                               " is Active and the new key " + new_id.text() + " is gone.");
  const std::string none = keys_listed(story.view, {off, fresh_off});
  EXPECT_NE(none.find("none of them works"), std::string::npos) << none;
  story.verify().deactivate();
  EXPECT_EQ(keys_listed(story.view, {off, fresh}), keys_now(story.view));
  EXPECT_NE(keys_listed(story.view, {on, fresh}).find("the old key " + old_id.text() + " is Active"),
            std::string::npos);
}

struct Standing {
  const char* name;
  std::function<void(Story&)> path;
  std::vector<std::string> says;
  std::vector<std::string> never_says;
};

class KeysNow : public testing::TestWithParam<Standing> {};

TEST_P(KeysNow, says_which_keys_work) {
  Story story;
  GetParam().path(story);
  const std::string text = keys_now(story.view);
  for (const std::string& each : GetParam().says) EXPECT_NE(text.find(each), std::string::npos) << text;
  for (const std::string& each : GetParam().never_says) EXPECT_EQ(text.find(each), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Standings, KeysNow,
    testing::Values(
        Standing{"planned", [](Story&) {}, {"untouched", old_id.text()}, {new_id.text()}},
        Standing{"created", [](Story& story) { story.create(); }, {"Both keys work", old_id.text(), new_id.text()}, {}},
        Standing{"deactivating",
                 [](Story& story) {
                   story.create().deploy().verify().intend(Op::deactivate_key, Step::deactivate, Direction::forward,
                                                           old_id);
                 },
                 {"Not certain", "may be Inactive"},
                 {"Both keys work"}},
        Standing{"deactivated",
                 [](Story& story) { story.create().deploy().verify().deactivate(); },
                 {"Inactive", "one rollback away"},
                 {"Both keys work"}},
        Standing{"completed",
                 [](Story& story) { story.create().deploy().verify().deactivate().remove(); },
                 {"For good", "is gone"},
                 {"one rollback away"}},
        Standing{"new_key_switched_off",
                 [](Story& story) {
                   story.create().turn_back();
                   story.intend(Op::deactivate_key, Step::create, Direction::back, new_id).settle(Outcome::done);
                 },
                 {"is Active", "is Inactive"},
                 {"Both keys work"}},
        // Invariant 11: a delete without an answer is neither.
        Standing{"deleting",
                 [](Story& story) {
                   story.create().deploy().verify().deactivate().intend(Op::delete_key, Step::delete_key,
                                                                        Direction::forward, old_id);
                 },
                 {"ot certain"},
                 {"one rollback away"}}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace story
