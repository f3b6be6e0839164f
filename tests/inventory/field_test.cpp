// The values of a row, their order and their number.
#include <gtest/gtest.h>

#include "inventory/tally.hpp"
#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

using Names = std::vector<std::string>;

Names users(const std::vector<KeyRow>& rows) {
  Names names;
  for (const KeyRow& row : rows) names.push_back(row.user.text());
  return names;
}

Tally tally_of(Field field) {
  Tally tally;
  for (const auto& row : {used_row(), never_used_row(), unread_row()}) tally.add(row, field);
  return tally;
}

TEST(Field, shows_each_value_as_a_count_prints_it) {
  const std::pair<Field, std::string> values[] = {{Field::account, "prod"},
                                                  {Field::provider, "aws"},
                                                  {Field::user, "app"},
                                                  {Field::key, "AKIAAPP"},
                                                  {Field::status, "Active"},
                                                  {Field::age, "200d"},
                                                  {Field::idle, "100d"},
                                                  {Field::created, "2025-11-13T12:00:00Z"},
                                                  {Field::last_used, "2026-02-21T12:00:00Z"},
                                                  {Field::service, "s3"},
                                                  {Field::region, "eu-west-1"},
                                                  {Field::never_used, "false"},
                                                  {Field::slots, "2"}};
  EXPECT_EQ(std::size(values), rotation::Words<Field>::all.size());
  for (const auto& [field, value] : values) EXPECT_EQ(shown(used_row(), field, now()), value) << rotation::word(field);
}

TEST(Field, has_no_last_use_where_none_is_known) {
  for (const Field field : {Field::idle, Field::last_used, Field::service, Field::region}) {
    EXPECT_EQ(shown(never_used_row(), field, now()), std::nullopt) << rotation::word(field);
    EXPECT_EQ(shown(unread_row(), field, now()), std::nullopt) << rotation::word(field);
  }
  EXPECT_EQ(shown(never_used_row(), Field::never_used, now()), "true");
  EXPECT_EQ(shown(unread_row(), Field::never_used, now()), std::nullopt);
}

TEST(Sort, puts_9_days_before_10_and_rows_without_a_value_last) {
  KeyRow nine = used_row(), ten = used_row();
  nine.user = rotation::UserName{"nine"};
  nine.used->at = days_ago(9);
  ten.user = rotation::UserName{"ten"};
  ten.used->at = days_ago(10);
  std::vector<KeyRow> rows{unread_row(), ten, never_used_row(), nine};
  sort_rows(rows, Field::idle);
  EXPECT_EQ(users(rows), (Names{"nine", "ten", "dark", "fresh"}));
  sort_rows(rows, Field::user);
  EXPECT_EQ(users(rows), (Names{"dark", "fresh", "nine", "ten"}));
}

TEST(Tally, counts_each_value_the_rarest_first_and_rows_without_one_apart) {
  const Tally by_slots = tally_of(Field::slots);
  EXPECT_EQ(by_slots.by_number(), (std::vector<std::pair<std::string, std::size_t>>{{"1", 1}, {"2", 2}}));
  EXPECT_EQ(by_slots.matched, 3U);
  EXPECT_EQ(by_slots.unmatched, 0U);
  const Tally by_service = tally_of(Field::service);
  EXPECT_EQ(by_service.values, (std::map<std::string, std::size_t>{{"s3", 1}}));
  EXPECT_EQ(by_service.matched, 1U);
  EXPECT_EQ(by_service.unmatched, 2U);
}

}  // namespace
}  // namespace inventory::testing
