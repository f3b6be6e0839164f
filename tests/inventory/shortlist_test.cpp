// What a credential report may rule out, and what it may not.
#include "inventory/shortlist.hpp"

#include <gtest/gtest.h>

#include "inventory/query.hpp"
#include "inventory/query_parse.hpp"

namespace {

using inventory::Shortlist;
using rotation::LastUsed;
using rotation::ReportedKey;
using rotation::Seconds;
using rotation::Time;

constexpr Seconds day{86'400};
constexpr Time now{Seconds{1'767'355'200}};

ReportedKey used(int days_ago, int changed_days_ago = 300) {
  return {.changed = now - changed_days_ago * day,
          .used = LastUsed{.at = now - days_ago * day, .service = "s3", .region = {}}};
}
ReportedKey never(int changed_days_ago) { return {.changed = now - changed_days_ago * day, .used = LastUsed{}}; }

struct Case {
  const char* name;
  int user_age;  // days
  std::vector<ReportedKey> keys;
  bool ruled_out;
};

TEST(Shortlist, rules_out_only_users_whose_every_key_was_surely_used_lately) {
  const std::vector<Case> cases{
      {"no_key", 500, {}, true},
      {"both_used", 500, {used(1), used(89)}, true},
      {"one_unused", 500, {used(1), used(91)}, false},
      {"used_on_the_edge", 500, {used(90)}, true},
      {"never_used_by_an_old_user", 500, {never(3)}, false},  // an old key whose status changed looks as new as this
      {"never_used_by_a_new_user", 20, {never(3)}, true},
      {"not_known", 500, {used(1), {.changed = now, .used = {}}}, false},
  };
  rotation::CredentialReport report{.made_at = now - Seconds{3600}, .users = {}};
  for (const Case& each : cases) {
    report.users.push_back(
        {.name = rotation::UserName{each.name}, .created = now - each.user_age * day, .keys = each.keys});
  }
  const Shortlist shortlist{report, 90 * day, now};
  for (const Case& each : cases) {
    EXPECT_EQ(shortlist.rules_out(rotation::UserName{each.name}), each.ruled_out) << each.name;
  }
  EXPECT_FALSE(shortlist.rules_out(rotation::UserName{"came_after_the_report"}));
}

TEST(Shortlist, joins_a_last_use_by_the_time_a_key_was_made_and_never_by_its_place) {
  const rotation::UserName user{"ann"};
  const rotation::CredentialReport report{
      .made_at = now, .users = {{.name = user, .created = now - 900 * day, .keys = {used(200, 300), used(1, 10)}}}};
  const Shortlist shortlist{report, 90 * day, now};
  const auto key = [](int made_days_ago) {
    return rotation::AccessKey{
        .id = rotation::AccessKeyId{"AKIA"}, .status = {}, .created_at = now - made_days_ago * day};
  };
  EXPECT_EQ(shortlist.used(user, key(300))->at, now - 200 * day);
  EXPECT_EQ(shortlist.used(user, key(10))->at, now - day);
  EXPECT_FALSE(shortlist.used(user, key(50)).has_value()) << "its status changed since, or it is newer: ask";
  EXPECT_FALSE(shortlist.used(rotation::UserName{"bob"}, key(300)).has_value());
}

TEST(Shortlist, two_keys_made_in_one_second_are_told_apart_by_asking) {
  const rotation::UserName user{"ann"};
  const rotation::AccessKey key{.id = rotation::AccessKeyId{"AKIA"}, .status = {}, .created_at = now - 300 * day};
  const auto joined = [&](ReportedKey one, ReportedKey other) {
    const rotation::CredentialReport report{
        .made_at = now,
        .users = {{.name = user, .created = now - 900 * day, .keys = {std::move(one), std::move(other)}}}};
    return Shortlist{report, 90 * day, now}.used(user, key).has_value();
  };
  EXPECT_FALSE(joined(used(200), used(100)));
  EXPECT_FALSE(joined(used(200), never(300)));
  EXPECT_TRUE(joined(never(300), never(300))) << "both lines say the same";
}

TEST(ImpliesUnused, holds_for_queries_that_find_unused_keys_alone) {
  const auto days = [](const char* text) -> std::optional<int> {
    const auto span = inventory::implies_unused_for(inventory::parse_query(text));
    if (!span) return std::nullopt;
    return static_cast<int>(*span / day);
  };
  EXPECT_EQ(days("idle > 90d"), 90);
  EXPECT_EQ(days("idle >= 90d and user != ci"), 90);
  EXPECT_EQ(days("idle > 30d and idle > 90d"), 90);
  EXPECT_EQ(days("never_used and age > 60d"), 60);
  EXPECT_EQ(days("idle > 90d or (never_used and age > 60d)"), 60);
  EXPECT_EQ(days("age > 90d"), std::nullopt);
  EXPECT_EQ(days("never_used"), std::nullopt);
  EXPECT_EQ(days("not never_used and age > 60d"), std::nullopt);
  EXPECT_EQ(days("idle > 90d or user = ci"), std::nullopt);
  EXPECT_EQ(days("not idle > 90d"), std::nullopt);
  EXPECT_EQ(days("idle < 90d"), std::nullopt);
}

}  // namespace
