// What holds of every query and every key.
#include <gtest/gtest.h>

#include "inventory/query_parse.hpp"
#include "tests/inventory/noise.hpp"
#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

constexpr int rounds = 5000;

TEST(Law, of_de_morgan_holds_with_three_values) {
  Dice dice{1};
  for (int i = 0; i < rounds; ++i) {
    const Condition a = any_condition(dice, 3), b = any_condition(dice, 3);
    const KeyRow row = any_row(dice);
    const auto same = [&](const Condition& left, const Condition& right) {
      EXPECT_EQ(Query{left}.truth(row, now()), Query{right}.truth(row, now())) << Query{left}.text() << "\n"
                                                                               << Query{right}.text();
    };
    same(negation(all({a, b})), any({negation(a), negation(b)}));
    same(negation(any({a, b})), all({negation(a), negation(b)}));
    same(negation(negation(a)), a);
  }
}

TEST(Law, that_not_turns_nothing_missing_into_a_match) {
  Dice dice{2};
  int missing = 0;
  for (int i = 0; i < rounds; ++i) {
    const Condition condition = any_condition(dice, 3);
    const KeyRow row = any_row(dice);
    if (Query{condition}.truth(row, now()) != Truth::unknown) continue;
    ++missing;
    EXPECT_EQ(Query{negation(condition)}.truth(row, now()), Truth::unknown) << Query{condition}.text();
    EXPECT_FALSE(Query{negation(condition)}.matches(row));
  }
  EXPECT_GT(missing, rounds / 10);
}

TEST(Law, that_a_query_and_its_negation_never_both_match) {
  Dice dice{3};
  for (int i = 0; i < rounds; ++i) {
    const Condition condition = any_condition(dice, 3);
    const KeyRow row = any_row(dice);
    EXPECT_FALSE(Query{condition}.matches(row) && Query{negation(condition)}.matches(row));
  }
}

TEST(Law, that_the_text_of_a_query_reads_back_as_the_same_query) {
  Dice dice{4};
  for (int i = 0; i < rounds; ++i) {
    const Query query{any_condition(dice, 4)};
    const Query again = parse_query(query.text());
    EXPECT_EQ(again, query) << query.text();
    EXPECT_EQ(again.text(), query.text());
  }
}

TEST(Text, quotes_what_would_read_as_something_else) {
  for (const char* name : {"or", "AND", "-x", "a b", "a,b", "a=b", "x\"y", "x\\y", "x\\\"y", "'", "[a]", "ü", "a|b"}) {
    const Query query{one({.field = Field::user, .compare = Compare::equal, .with = std::string(name)})};
    EXPECT_EQ(parse_query(query.text()), query) << query.text();
  }
  EXPECT_EQ(parse_query("user in [ b,'a',  b ]").text(), "user in [a, b]");
  EXPECT_EQ(parse_query("((age>24h))AND(not(never_used))").text(), "age > 1d and not never_used");
}

}  // namespace
}  // namespace inventory::testing
