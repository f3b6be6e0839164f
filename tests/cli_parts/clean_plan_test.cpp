#include "cli/clean_plan.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "cli/config.hpp"
#include "rotation/errors.hpp"

namespace {

using cli::CleanPlan;
using cli::KeyRow;
using rotation::Time;

Time day(int number) { return Time{std::chrono::hours{24 * number}}; }

KeyRow row(const std::string& user = "ann") {
  return {
      .account = rotation::AccountName{"prod"},
      .provider = "aws",
      .account_id = rotation::AccountId{"123456789012"},
      .user = rotation::UserName{user},
      .user_id = rotation::UserId{"AIDA1"},
      .key = {.id = rotation::AccessKeyId{"AKIA1"}, .status = rotation::KeyStatus::active, .created_at = day(20000)},
      .used = rotation::LastUsed{.at = day(20100), .service = "s3", .region = ""},
      .slots = 1};
}

std::string wrong(const std::function<void()>& act) {
  try {
    act();
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    EXPECT_FALSE(trouble.problem().keys.empty());
    EXPECT_FALSE(trouble.problem().hint.empty());
    return trouble.problem().message;
  }
  return "accepted";
}

CleanPlan plan_of(const std::vector<KeyRow>& rows) {
  CleanPlan plan{.query = "idle > 90d", .made_at = day(20200), .made_by = "ann@ops1", .keys = {}};
  for (const KeyRow& each : rows) plan.keys.push_back(cli::planned(each));
  return plan;
}

TEST(CleanPlan, reads_back_as_it_was_written_whatever_a_user_is_called) {
  const std::string odd = "o'\"\\: {x}, #\n\xc3\xa9";
  const CleanPlan written = plan_of({row(odd)});
  const CleanPlan read = cli::parse_clean_plan(cli::clean_plan_text(written), "p.yaml");
  EXPECT_EQ(read.query, written.query);
  EXPECT_EQ(read.made_at, written.made_at);
  EXPECT_EQ(read.made_by, written.made_by);
  ASSERT_EQ(read.keys.size(), 1U);
  EXPECT_EQ(read.keys[0].user.text(), odd);
  EXPECT_EQ(read.keys[0].created, day(20000));
  EXPECT_EQ(read.keys[0].last_used, day(20100));
  EXPECT_EQ(cli::fell_out(read.keys[0], row(odd)), "");
}

TEST(CleanPlan, has_one_line_a_key) {
  const std::string text = cli::clean_plan_text(plan_of({row("a"), row("b")}));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 8);
}

TEST(CleanPlan, without_a_key_is_a_plan_too) {
  EXPECT_TRUE(cli::parse_clean_plan(cli::clean_plan_text(plan_of({})), "p.yaml").keys.empty());
}

TEST(CleanPlan, a_key_falls_out_with_what_has_changed) {
  const cli::PlannedKey planned = cli::planned(row());
  const auto changed = [&](const std::function<void(KeyRow&)>& change) {
    KeyRow now = row();
    change(now);
    return cli::fell_out(planned, now);
  };
  EXPECT_NE(changed([](KeyRow& now) { now.user_id = rotation::UserId{"AIDA2"}; }), "");
  EXPECT_NE(changed([](KeyRow& now) { now.account_id = rotation::AccountId{"210987654321"}; }), "");
  EXPECT_NE(changed([](KeyRow& now) { now.used->at = day(20101); }), "");
  EXPECT_NE(changed([](KeyRow& now) { now.used.reset(); }), "");
  EXPECT_NE(changed([](KeyRow& now) { now.key.status = rotation::KeyStatus::inactive; }), "");
  EXPECT_NE(changed([](KeyRow& now) { now.key.created_at = day(20001); }), "");
  EXPECT_EQ(changed([](KeyRow&) {}), "");
}

TEST(CleanPlan, what_is_wrong_is_named_by_line_and_column) {
  const std::string good = cli::clean_plan_text(plan_of({row()}));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return wrong([&] { static_cast<void>(cli::parse_clean_plan(text, "p.yaml")); });
  };
  EXPECT_TRUE(with("user_id:", "usr_id:").starts_with("p.yaml:7:")) << with("user_id:", "usr_id:");
  EXPECT_TRUE(with("\"2024", "\"x024").starts_with("p.yaml:7:"));
  EXPECT_NE(with("keybaton-clean/1", "keybaton-clean/9").find("keybaton-clean/1"), std::string::npos);
  EXPECT_NE(with("query: \"idle > 90d\"\n", "").find("query"), std::string::npos);
  EXPECT_NE(with("keys:\n", "kees:\n").find("kees"), std::string::npos);
}

// ---- clean: in the config ------------------------------------------------------------------------------------------

cli::CleanSettings settings(const std::string& text) { return cli::parse_config("clean: " + text, "c.yaml").clean; }
std::string refused(const std::string& text) {
  return wrong([&] { static_cast<void>(settings(text)); });
}

TEST(CleanSettings, without_them_the_worker_may_do_nothing) {
  const cli::CleanSettings none = cli::parse_config("accounts: {}\n", "c.yaml").clean;
  EXPECT_FALSE(none.enabled);
  EXPECT_TRUE(none.consent.empty());
  EXPECT_EQ(none.on_use, rotation::OnUse::stop);
}

TEST(CleanSettings, say_what_the_worker_may_do) {
  const cli::CleanSettings all = settings(
      "{enabled: true, dry_run: false, max_per_run: 50, max_per_account: 10, parallel: 16, consent: "
      "[deactivate, delete], where: idle > 90d, on_use: reactivate, warn: {before: 14d, run: [tell, 1]}, "
      "owners: {ann: ops}, owner_tag: team}");
  EXPECT_TRUE(all.enabled);
  EXPECT_EQ(all.max_per_run, 50U);
  EXPECT_EQ(all.max_per_account, 10U);
  EXPECT_EQ(all.consent.size(), 2U);
  EXPECT_EQ(all.where, "idle > 90d");
  EXPECT_EQ(all.on_use, rotation::OnUse::reactivate);
  EXPECT_EQ(all.warn->before, std::vector<rotation::Seconds>{std::chrono::hours{24 * 14}});
  EXPECT_EQ(all.warn->run, (std::vector<std::string>{"tell", "1"}));
}

TEST(CleanSettings, are_read_strictly) {
  EXPECT_NE(refused("{max_per_run: many}").find("wants a number"), std::string::npos);
  EXPECT_NE(refused("{max_per_run: -1}").find("wants a number"), std::string::npos);
  EXPECT_NE(refused("{parallel: 0}").find("from 1 to 64"), std::string::npos);
  EXPECT_NE(refused("{consent: [create]}").find("create"), std::string::npos);
  EXPECT_NE(refused("{consent: [delete]}").find("without deactivate"), std::string::npos);
  EXPECT_NE(refused("{on_use: shrug}").find("shrug"), std::string::npos);
  EXPECT_NE(refused("{warn: {before: 1d}, owner_tag: t}").find("run"), std::string::npos);
  EXPECT_NE(refused("{warn: {run: [x]}, owner_tag: t}").find("before"), std::string::npos);
  EXPECT_NE(refused("{warn: {before: [1d, 7d], run: [x]}, owner_tag: t}").find("longest"), std::string::npos);
  EXPECT_NE(refused("{warn: {before: [1d, 0s], run: [x]}, owner_tag: t}").find("0s"), std::string::npos);
  EXPECT_NE(refused("{warn: {before: 1d, run: [x]}}").find("owners"), std::string::npos);
  EXPECT_NE(refused("{enable: true}").find("enabled"), std::string::npos);
}

}  // namespace
