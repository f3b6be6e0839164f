// What queries find.
#include <gtest/gtest.h>

#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

struct Case {
  const char* query;
  Truth used, never_used, unread;
};

constexpr Truth yes = Truth::yes, no = Truth::no, unknown = Truth::unknown;

TEST(Query, finds_what_each_comparison_says) {
  const Case cases[] = {
      {"account = prod", yes, yes, yes},
      {"account != prod", no, no, no},
      {"provider = aws", yes, yes, yes},
      {"user = app", yes, no, no},
      {"user = App", no, no, no},
      {"user != app", no, yes, yes},
      {"user in [app, fresh]", yes, yes, no},
      {"user not in [app, fresh]", no, no, yes},
      {"user ~ ^f", no, yes, no},
      {"user ~ '(app|dark)$'", yes, no, yes},
      {"user !~ ^f", yes, no, yes},
      {"key = AKIAFRESH", no, yes, no},
      {"status = Active", yes, no, yes},
      {"status = active", yes, no, yes},
      {"status in [INACTIVE, unusable]", no, yes, no},
      {"status ~ '^In'", no, yes, no},
      {"age > 90d", yes, no, yes},
      {"age >= 200d", yes, no, yes},
      {"age > 200d", no, no, no},
      {"age <= 50days", no, yes, no},
      {"age < 1201h", no, yes, no},
      {"idle > 90d", yes, unknown, unknown},
      {"idle < 90d", no, unknown, unknown},
      {"created < 2026-01-01", yes, no, yes},
      {"last_used > 2026-01-01", yes, unknown, unknown},
      {"service = s3", yes, unknown, unknown},
      {"service != s3", no, unknown, unknown},
      {"region not in [us-east-1]", yes, unknown, unknown},
      {"never_used", no, yes, unknown},
      {"not never_used", yes, no, unknown},
      {"never_used = false", yes, no, unknown},
      {"never_used != true", yes, no, unknown},
      {"slots = 2", yes, no, yes},
      {"slots < 2", no, yes, no},
      {"slots in [1, 3]", no, yes, no},
      {"slots not in [1, 3]", yes, no, yes},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.query);
    EXPECT_EQ(truth(each.query, used_row()), each.used);
    EXPECT_EQ(truth(each.query, never_used_row()), each.never_used);
    EXPECT_EQ(truth(each.query, unread_row()), each.unread);
  }
}

TEST(Query, takes_a_date_for_the_whole_of_its_day) {
  KeyRow row = used_row();
  row.key.created_at = *rotation::parse_rfc3339("2026-01-31T13:00:00Z");
  for (const char* holds : {"created = 2026-01-31", "created >= 2026-01-31", "created <= 2026-01-31",
                            "created < 2026-02-01", "created > 2026-01-30", "created != 2026-01-30",
                            "created = 2026-01-31T14:00:00+01:00", "created > 2026-01-31T12:59:59Z"}) {
    EXPECT_EQ(truth(holds, row), yes) << holds;
  }
  for (const char* fails :
       {"created > 2026-01-31", "created < 2026-01-31", "created != 2026-01-31", "created > 2026-01-31T13:00:00Z"}) {
    EXPECT_EQ(truth(fails, row), no) << fails;
  }
}

TEST(Query, binds_not_closest_and_or_least) {
  EXPECT_EQ(truth("user = app or user = fresh and status = Active", used_row()), yes);
  EXPECT_EQ(truth("(user = app or user = fresh) and status = Inactive", used_row()), no);
  EXPECT_EQ(truth("not user = fresh and status = Active", used_row()), yes);
  EXPECT_EQ(truth("not (user = app and status = Active)", used_row()), no);
}

TEST(Query, never_matches_a_missing_value_by_exclusion) {
  for (const char* query : {"service not in [s3]", "service != s3", "not service = s3", "not (service in [s3, ec2])",
                            "service !~ s3", "not (idle < 90d)", "not (last_used > 2020-01-01)"}) {
    EXPECT_FALSE(parse_query(query).matches(never_used_row())) << query;
    EXPECT_FALSE(parse_query(query).matches(unread_row())) << query;
  }
  EXPECT_FALSE(parse_query("user not in [jenkins]").matches(bare_row()));
  EXPECT_FALSE(parse_query("user != jenkins").matches(bare_row()));
}

TEST(Query, of_what_is_unused_for_a_span_knows_the_never_used_by_their_age) {
  const Query query = unused_for(std::chrono::days{40});
  EXPECT_EQ(query.text(), "idle > 40d or (never_used and age > 40d)");
  EXPECT_TRUE(query.matches(used_row()));
  EXPECT_TRUE(query.matches(never_used_row()));
  EXPECT_FALSE(query.matches(unread_row()));
  EXPECT_FALSE(unused_for(std::chrono::days{50}).matches(never_used_row()));
}

TEST(Excluded, are_the_names_that_a_query_keeps_out_however_it_says_so) {
  const auto users = [](const char* text) { return excluded(parse_query(text), Field::user).names; };
  using Names = std::vector<std::string>;
  EXPECT_EQ(users("user not in [jenkins, ci] and age > 1d"), (Names{"ci", "jenkins"}));
  EXPECT_EQ(users("user != a or not user = b or not (user in [c, d])"), (Names{"a", "b", "c", "d"}));
  EXPECT_EQ(users("not not user != a"), Names{"a"});
  EXPECT_EQ(users("user = a and user in [b] and not user != c and not (user not in [d])"), Names{});
  EXPECT_EQ(users("account != prod and user ~ x and not user ~ y"), Names{});
  EXPECT_EQ(excluded(parse_query("account != prod"), Field::account).names, Names{"prod"});
}

TEST(NeverUsed, are_asked_for_by_their_age_where_a_query_asks_for_idle_time) {
  const auto instead = [](const char* text) {
    const auto query = of_the_never_used(parse_query(text));
    return query ? query->text() : "";
  };
  EXPECT_EQ(instead("idle > 90d and user not in [ci]"), "never_used and age > 90d and user not in [ci]");
  EXPECT_EQ(instead("idle > 90d or user = x"), "never_used and (age > 90d or user = x)");
  EXPECT_EQ(instead("not idle < 90d"), "never_used and not age < 90d");
  EXPECT_EQ(instead("age > 90d"), "");
  EXPECT_EQ(instead("idle > 90d or never_used"), "");
}

TEST(Pattern, is_found_in_time_linear_in_the_text) {
  const Pattern pattern{"(a*)*b"};
  EXPECT_FALSE(pattern.found_in(std::string(100000, 'a')));
  EXPECT_TRUE(pattern.found_in("aab"));
}

}  // namespace
}  // namespace inventory::testing
