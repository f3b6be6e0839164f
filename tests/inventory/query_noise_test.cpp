// Whatever is typed, a query is read or refused; nothing else happens. Worth most under the sanitizers.
#include <gtest/gtest.h>

#include <array>

#include "inventory/query_parse.hpp"
#include "tests/inventory/noise.hpp"
#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

// Gives whether it was read.
bool survives(const std::string& text) {
  try {
    const Search search = parse_search(text);
    for (const KeyRow& row : rows()) (void)search.query.matches(row);
    EXPECT_EQ(parse_query(search.query.text()), search.query) << text;
    return true;
  } catch (const BadQuery& bad) {
    EXPECT_LE(bad.fault().at, text.size()) << text;
    EXPECT_FALSE(bad.fault().message.empty()) << text;
    EXPECT_FALSE(bad.fault().fits.empty()) << text;
    return false;
  }
}

TEST(Noise, of_bytes_is_read_or_refused) {
  Dice dice{5};
  for (int i = 0; i < 20000; ++i) {
    std::string text(thrown(dice, 40), '\0');
    for (char& c : text) c = static_cast<char>(i % 2 == 0 ? thrown(dice, 256) : 32 + thrown(dice, 95));
    (void)survives(text);
  }
}

TEST(Noise, of_tokens_is_read_or_refused) {
  constexpr std::array tokens{"age",
                              "idle",
                              "user",
                              "status",
                              "created",
                              "never_used",
                              "slots",
                              "name",
                              "/ancestors.user.reported.name",
                              "<",
                              "<=",
                              ">",
                              "=",
                              "!=",
                              "~",
                              "!~",
                              "in",
                              "not",
                              "not in",
                              "and",
                              "or",
                              "(",
                              ")",
                              "[",
                              "]",
                              ",",
                              "|",
                              "<--",
                              "is(access_key)",
                              "is(user)",
                              "is",
                              "90d",
                              "2026-01-31",
                              "true",
                              "2",
                              "Active",
                              "app",
                              "'x y'",
                              "[a, b]",
                              "count",
                              "clean",
                              "search",
                              "'",
                              "\"",
                              "^a+$"};
  Dice dice{6};
  int read = 0;
  for (int i = 0; i < 60000; ++i) {
    std::string text;
    for (std::size_t length = thrown(dice, 12); length > 0; --length) {
      text += std::string(tokens[thrown(dice, tokens.size())]) + (thrown(dice, 5) == 0 ? "" : " ");
    }
    read += survives(text) ? 1 : 0;
  }
  EXPECT_GT(read, 50);
}

TEST(Noise, in_a_good_query_is_read_or_refused) {
  const std::string good =
      "is(access_key) and last_access > 90days and /ancestors.user.reported.name not in [jenkins, ci] | count name";
  Dice dice{7};
  int read = 0;
  for (int i = 0; i < 30000; ++i) {
    std::string text = good;
    for (std::size_t times = thrown(dice, 3); times > 0; --times) {
      const std::size_t at = thrown(dice, text.size());
      switch (thrown(dice, 3)) {
        case 0: text.erase(at, 1 + thrown(dice, 5)); break;
        case 1: text[at] = static_cast<char>(thrown(dice, 256)); break;
        default: text.insert(at, text.substr(thrown(dice, text.size()), 6));
      }
    }
    read += survives(text) ? 1 : 0;
  }
  EXPECT_GT(read, 1000);
}

TEST(Noise, of_great_length_is_read_in_no_time) {
  std::string names = "user not in [a";
  while (names.size() < 60000) names += ", name" + std::to_string(names.size());
  EXPECT_TRUE(survives(names + "]"));
  std::string conditions = "age > 1d";
  while (conditions.size() < 60000) conditions += " or not (age > 1d and slots = 1)";
  EXPECT_TRUE(survives(conditions));
}

}  // namespace
}  // namespace inventory::testing
