#include "inventory/off_by_report.hpp"

#include <gtest/gtest.h>

#include "rows.hpp"

namespace inventory {
namespace {

using rotation::CredentialReport;
using rotation::ReportedKey;
using testing::days_ago;
using testing::used_row;

KeyRow off_row(std::size_t slots) {
  KeyRow row = used_row();  // made 200 days ago, used 100 days ago
  row.key.status = rotation::KeyStatus::inactive;
  row.slots = slots;
  return row;
}

CredentialReport report(std::vector<ReportedKey> keys) {
  return {.made_at = days_ago(0),
          .users = {{.name = used_row().user, .created = days_ago(300), .keys = std::move(keys)}}};
}

ReportedKey key(bool active, int days, rotation::LastUsed used = {.at = days_ago(100)}) {
  return {.active = active, .changed = days_ago(days), .used = std::move(used)};
}
// Used since the key in question was: surely another one.
const rotation::LastUsed of_another{.at = days_ago(1)};

TEST(OffByReport, is_the_time_of_the_only_key_that_is_off) {
  EXPECT_EQ(off_by_report(report({key(false, 40)}), off_row(1), 1), days_ago(40));
  EXPECT_EQ(off_by_report(report({key(true, 3, of_another), key(false, 40)}), off_row(2), 1), days_ago(40));
}

TEST(OffByReport, is_the_latest_of_two_that_are_off_for_it_has_no_ids) {
  EXPECT_EQ(off_by_report(report({key(false, 40), key(false, 9)}), off_row(2), 2), days_ago(9));
}

TEST(OffByReport, tells_nothing_where_it_shows_something_else_than_there_is_now) {
  EXPECT_EQ(off_by_report(report({key(true, 40)}), off_row(1), 1), std::nullopt) << "switched off since";
  EXPECT_EQ(off_by_report(report({key(true, 3, of_another), key(false, 40)}), off_row(2), 2), std::nullopt)
      << "one more";
  EXPECT_EQ(off_by_report(report({key(false, 40), key(false, 9)}), off_row(2), 1), std::nullopt) << "one is on again";
  EXPECT_EQ(off_by_report(report({key(false, 40)}), off_row(2), 1), std::nullopt) << "another key was made since";
  EXPECT_EQ(off_by_report(report({key(false, 40), key(false, 9)}), off_row(3), 2), std::nullopt) << "it shows two";
  EXPECT_EQ(off_by_report(report({}), off_row(1), 1), std::nullopt);
}

TEST(OffByReport, tells_nothing_where_the_line_of_an_active_key_may_be_about_this_one) {
  EXPECT_EQ(off_by_report(report({key(true, 90), key(false, 40)}), off_row(2), 1), std::nullopt)
      << "they may have changed places since";
  EXPECT_EQ(off_by_report(report({key(true, 90, {}), key(false, 40, {})}), off_row(2), 1), std::nullopt);
}

TEST(OffByReport, goes_by_no_line_that_is_surely_about_another_key) {
  EXPECT_EQ(off_by_report(report({key(false, 400), key(true, 90, of_another)}), off_row(2), 1), std::nullopt)
      << "changed before this one was made";
  EXPECT_EQ(off_by_report(report({key(false, 40, of_another)}), off_row(1), 1), std::nullopt) << "used later";
}

TEST(OffByReport, tells_nothing_by_the_time_that_the_key_was_made) {
  EXPECT_EQ(off_by_report(report({key(false, 200)}), off_row(1), 1), std::nullopt);
}

TEST(OffByReport, tells_nothing_of_a_user_it_does_not_know_or_a_key_made_since) {
  CredentialReport others = report({key(false, 40)});
  others.users.front().name = rotation::UserName{"somebody"};
  EXPECT_EQ(off_by_report(others, off_row(1), 1), std::nullopt);
  CredentialReport old = report({key(false, 240)});
  old.made_at = days_ago(201);
  EXPECT_EQ(off_by_report(old, off_row(1), 1), std::nullopt);
}

}  // namespace
}  // namespace inventory
