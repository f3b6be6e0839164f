// What is no query, where that shows, and what is said of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

struct Case {
  std::string query;
  std::size_t column;  // from 1
  std::string message, fits;
};

void expect_faults(const std::vector<Case>& cases, Fault (*fault_of_text)(const std::string&)) {
  for (const Case& each : cases) {
    SCOPED_TRACE(each.query);
    const Fault fault = fault_of_text(each.query);
    EXPECT_EQ(fault.at + 1, each.column) << fault.message;
    EXPECT_NE(fault.message.find(each.message), std::string::npos) << fault.message;
    EXPECT_NE(fault.fits.find(each.fits), std::string::npos) << fault.fits;
    EXPECT_FALSE(fault.fits.empty());
  }
}

TEST(BadQuery, points_at_values_that_do_not_fit_their_field) {
  expect_faults({{"age > foo", 7, "a span of time such as 90d or 12h, and \"foo\" is none", "age > 90d"},
                 {"idle > 90", 8, "\"90\" has no unit: 90d are days", "idle > 90d"},
                 {"age > 99999999d", 7, "is none", "age > 90d"},
                 {"created < 90d", 11, "there is age: age > 90d", "created < 2026-01-31"},
                 {"last_used < 90d", 13, "there is idle", "last_used < "},
                 {"created < 2026-13-01", 11, "a date or a time", "created < 2026-01-31"},
                 {"status = Actve", 10, "Active, Inactive or unusable", "status = Active"},
                 {"status in [Active, off]", 20, "never \"off\"", "status = Active"},
                 {"never_used = maybe", 14, "true or false", "never_used = true"},
                 {"slots = two", 9, "a number", "slots = 2"},
                 {"user = ''", 8, "an empty text is no value", "user = NAME"},
                 {"user ~ '('", 8, "is no regular expression: missing )", "user ~ '^ci-'"},
                 {"user ~ 'a{1000}{1000}'", 8, "is no regular expression", ""},
                 {"user ~ '(a)\\1'", 8, "is no regular expression: invalid escape", ""}},
                fault_of);
}

TEST(BadQuery, points_at_comparisons_that_do_not_fit_their_field) {
  expect_faults({{"status < 3", 8, "not compared by <", "status = Active"},
                 {"user > app", 6, "not compared by >, but by = != ~ in, not in", "user not in [jenkins, ci]"},
                 {"idle in [1d]", 6, "not compared by in, but by < <= > >=", "idle > 90d"},
                 {"age = 90d", 5, "not compared by =", "age > 90d"},
                 {"age not in [90d]", 5, "not compared by not in", "age > 90d"},
                 {"created ~ 2026", 9, "not compared by ~", "created < 2026-01-31"},
                 {"never_used > true", 12, "not compared by >", "never_used = true"},
                 {"slots ~ 2", 7, "not compared by ~", "slots = 2"},
                 {"age => 9d", 5, "\"=>\" is no comparison", "< <= > >="},
                 {"user <> a", 6, "\"<>\" is no comparison", "!="}},
                fault_of);
}

TEST(BadQuery, names_the_fields_and_the_nearest_is_among_those_known) {
  expect_faults({{"aeg > 90d", 1, "no field \"aeg\"", "fields are account, provider, user"},
                 {"age > 1d and colour = red", 14, "no field \"colour\"", "fields are"},
                 {"90d < age", 1, "a field comes first", "fields are"},
                 {"'age' > 1d", 1, "a field comes first", "fields are"},
                 {"(age) > 1d", 5, "a comparison is missing behind age", "age > 90d"},
                 {"[a] = user", 1, "a field comes first, not \"[\"", "age > 90d"}},
                fault_of);
  const auto known = fault_of("aeg > 90d").known;
  EXPECT_NE(std::ranges::find(known, "age"), known.end());
  EXPECT_EQ(fault_of("aeg > 90d").found, "aeg");
}

TEST(BadQuery, says_what_is_missing_and_what_is_too_much) {
  expect_faults({{"", 1, "it is empty", "idle > 90d"},
                 {" \t\n", 4, "it is empty", "idle > 90d"},
                 {"age", 4, "a comparison is missing behind age", "age > 90d"},
                 {"age >", 6, "a value is missing behind >", "age > 90d"},
                 {"age > and slots = 2", 7, "a value is missing behind >", "age > 90d"},
                 {"user = or", 8, "put it in quotes", "user = NAME"},
                 {"age > 1d and", 13, "a condition is missing at the end", ""},
                 {"not", 4, "a condition is missing at the end", ""},
                 {"age > 1d or or slots = 2", 13, "a condition is missing before \"or\"", ""},
                 {"()", 2, "a condition is missing before \")\"", ""},
                 {"(age > 1d", 1, "this ( is never closed", ""},
                 {"age > 1d)", 9, "this ) closes nothing", ""},
                 {"age > 1d slots = 2", 10, "`and` or `or` is missing before \"slots\"", ""},
                 {"(age > 1d slots = 2)", 11, "`and` or `or` is missing before \"slots\"", ""},
                 {"user not in [a, b", 13, "this [ is never closed", "not in [jenkins, ci]"},
                 {"user not in [a b]", 16, "a , or a ] is missing before \"b\"", ""},
                 {"user in [a, ]", 13, "a value is missing behind ,", ""},
                 {"user not in []", 13, "this list is empty", ""},
                 {"user not in jenkins", 13, "a list belongs here", "[jenkins, ci]"},
                 {"user = [a]", 8, "a list goes with in", "user = NAME"},
                 {"user not app", 6, "a comparison is missing behind user", ""},
                 {"user = 'app", 8, "this quote is never closed", ""},
                 {"age > 1d | count user", 10, "belongs to `keybaton search`", "--count-by"}},
                fault_of);
}

TEST(BadQuery, refuses_bytes_that_are_no_text_and_what_is_too_long_or_too_deep) {
  expect_faults({{std::string("user = a\0b", 10), 9, "no printable text", ""},
                 {"user = a\x1b[31m", 9, "no printable text", ""},
                 {"user = 'a\x7f'", 10, "no printable text", ""},
                 {"user = \xff", 8, "no printable text", ""},
                 {"user = \xc2\x9b", 8, "no printable text", ""},
                 {"user = \xed\xa0\x80", 8, "no printable text", ""},
                 {"user = " + std::string(70000, 'a'), 65537, "longer than 64 KiB", ""},
                 {std::string(5000, '(') + "age > 1d", 101, "nests deeper than 100", ""},
                 {[] {
                    std::string text;
                    for (int i = 0; i < 5000; ++i) text += "not ";
                    return text + "never_used";
                  }(),
                  401, "nests deeper than 100", ""}},
                fault_of);
  EXPECT_NO_THROW((void)parse_query(std::string(100, '(') + "never_used" + std::string(100, ')')));
}

TEST(BadQuery, refuses_blanks_that_only_look_like_one_outside_of_quotes) {
  expect_faults({{"user = \xc2\xa0"
                  "ci",
                  8, "a blank of an unusual kind", "in quotes"},
                 {"user in [jenkins,\xc2\xa0"
                  "ci]",
                  18, "a blank of an unusual kind", "in quotes"},
                 {"user = ci\xe2\x80\x8b", 10, "a blank of an unusual kind", "in quotes"},
                 {"user\xe3\x80\x80= ci", 5, "a blank of an unusual kind", "in quotes"},
                 {"user = \xef\xbb\xbf"
                  "ci",
                  8, "a blank of an unusual kind", "in quotes"}},
                fault_of);
  EXPECT_NO_THROW(
      (void)parse_query("user = 'a\xc2\xa0"
                        "b' or user = \xc3\xbc\xe2\x82\xac"));
}

TEST(BadSearch, names_what_may_stand_behind_the_bar) {
  expect_faults({{"| count user", 1, "a condition is missing before the |", "is(access_key) | count user"},
                 {"is(access_key) || count user", 17, "two | in a row", ""},
                 {"is(access_key) |", 17, "what to do is missing", "| count FIELD and | clean"},
                 {"is(access_key) | cuont user", 18, "\"cuont\" is nothing that a search can do", "| count FIELD"},
                 {"is(access_key) | count colour", 24, "no field \"colour\"", "fields are"},
                 {"is(access_key) | count user | clean", 29, "one command behind a |", ""},
                 {"is(access_key) | clean now", 24, "nothing may follow", ""},
                 {"is(access_key) | count user, status", 28, "nothing may follow", ""},
                 {"age > 1d sort age", 10, "\"sort\" is not known in a search", "--sort"}},
                search_fault_of);
}

}  // namespace
}  // namespace inventory::testing
