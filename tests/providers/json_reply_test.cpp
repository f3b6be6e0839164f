// The reader of JSON replies: strict, and clean when it goes.
#include "providers/calling/json_reply.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <regex>

#include "tests/providers/memory.hpp"

namespace {

using calling::Json;
using calling::Value;
using nlohmann::json;

// Invariant 14: a new key's secret comes in such a reply, and stays nowhere but in its Secret.
TEST(json_reply, nothing_of_a_reply_is_left_in_memory) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer keeps freed memory and its own copies";
#endif
  const auto hidden =
      tests::masked("u7Fq2LsW9xTz4KbN6vRd1YhM3cPj8Eq5Zg0AeXo7Ui4QnBw2Sm6Tk9Lf1HrVyCdJpGx3Oa8IzNtWlEvKbRc5");
  const auto body = [&](bool whole) {
    http::Body out{R"({"RequestId":"r","AccessKey":{"AccessKeyId":"LTAI5tNewKey000000000001","AccessKeySecret":")"};
    for (const char c : hidden) {
      const char plain = static_cast<char>(c ^ 0x55);
      out.append({&plain, 1});
    }
    out.append(whole ? R"(","Status":"Active"}})" : R"(","Status)");
    return out;
  };
  for (const bool whole : {true, false}) {
    const auto reply = Json::parse(body(whole));
    ASSERT_EQ(reply.has_value(), whole);
    if (whole) {
      ASSERT_FALSE(tests::places_that_hold(hidden).empty());  // the search itself works
    }
  }
  EXPECT_TRUE(tests::places_that_hold(hidden).empty());
}

TEST(json_reply, missing_and_mistyped_values_are_empty_and_stay_where_they_are) {
  auto reply = Json::parse(http::Body{
      R"({"text":"\u4e2d\ud83d\ude00\n\/","list":[1,"2",null],"yes":true,"no":"false","n":12,"minus":-1,"frac":1.5,)"
      R"("big":18446744073709551615,"digits":"1767323045000","null":null,"twice":1,"twice":2})"});
  ASSERT_TRUE(reply);
  const auto moved = std::move(*reply);
  const auto root = moved.root();
  EXPECT_EQ(root.member("text").text(), "\u4e2d\U0001F600\n/");
  EXPECT_EQ(root.member("n").text(), "");
  EXPECT_EQ(root.member("list").items().size(), 3U);
  EXPECT_TRUE(root.member("list").items()[2].is_null());
  EXPECT_TRUE(root.member("text").items().empty());
  EXPECT_FALSE(root.member("text").member("deeper").member("and").exists());
  EXPECT_EQ(root.member("yes").truth(), true);
  EXPECT_EQ(root.member("no").truth(), false);
  EXPECT_FALSE(root.member("n").truth());
  EXPECT_EQ(root.member("n").number(), 12);
  EXPECT_EQ(root.member("digits").number(), 1767323045000);
  EXPECT_EQ(root.member("twice").number(), 2);
  for (const char* none : {"big", "minus", "frac", "null", "text", "list", "missing"}) {
    EXPECT_FALSE(root.member(none).number()) << none;
  }
}

// ---- against another reader ---------------------------------------------------------------------------------------

void expect_same(const Value& ours, const json& theirs) {
  ASSERT_TRUE(ours.exists());
  EXPECT_EQ(ours.is_object(), theirs.is_object());
  EXPECT_EQ(ours.is_list(), theirs.is_array());
  EXPECT_EQ(ours.is_null(), theirs.is_null());
  EXPECT_EQ(ours.is_text(), theirs.is_string());
  if (theirs.is_string()) {
    EXPECT_EQ(ours.text(), theirs.get_ref<const std::string&>());
  }
  if (theirs.is_boolean()) {
    EXPECT_EQ(ours.truth(), theirs.get<bool>());
  }
  if (theirs.is_number_unsigned() && theirs <= INT64_MAX) {
    EXPECT_EQ(ours.number(), theirs.get<std::int64_t>());
  }
  if (theirs.is_number_float()) {
    EXPECT_FALSE(ours.number());
  }
  if (theirs.is_object()) {
    for (const auto& [name, value] : theirs.items()) expect_same(ours.member(name), value);
  }
  if (!theirs.is_array()) return;
  const auto items = ours.items();
  ASSERT_EQ(items.size(), theirs.size());
  for (std::size_t i = 0; i < items.size(); ++i) expect_same(items[i], theirs[i]);
}

// nlohmann refuses a number that no double can hold; to us a number is its digits.
bool has_huge_number(const std::string& text) {
  static const std::regex huge{"[0-9][eE][+]?[0-9]{3}"};
  return std::regex_search(text, huge);
}

// Both must agree; false where they call it no whole object.
bool compare(const std::string& text) {
  if (has_huge_number(text)) return false;
  const auto theirs = json::parse(text, nullptr, false);
  const auto ours = Json::parse(http::Body{text});
  EXPECT_EQ(ours.has_value(), theirs.is_object()) << text;
  if (ours && theirs.is_object()) expect_same(ours->root(), theirs);
  return ours.has_value();
}

TEST(json_reply, agrees_with_nlohmann_on_every_broken_copy_of_a_reply) {
  const std::string whole =
      R"({ "a" : [1, -0, 20.5e-3, "x\u00e9\ud83d\ude00\"\\\b", {}, [], {"k":{"v":[true,false,null]}}],)"
      "\n\t\"b\\u0041\":\"\u4e2d\u00e9\U0001F600\",\"c\":-12,\"d\":9007199254740993,\"e\":1E+2}";
  ASSERT_TRUE(compare(whole));
  int accepted = 0;
  int refused = 0;
  const auto count = [&](const std::string& text) { ++(compare(text) ? accepted : refused); };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    count(whole.substr(0, at));
    count(whole.substr(0, at) + whole.substr(at + 1));
    for (int byte = 0; byte < 256; ++byte) {
      auto bad = whole;
      bad[at] = static_cast<char>(byte);
      count(bad);
    }
  }
  std::mt19937 chance{20260102};
  const std::string_view pieces[] = {"{",
                                     "}",
                                     "[",
                                     "]",
                                     ",",
                                     ":",
                                     "\"",
                                     "\\",
                                     "\\u",
                                     "d83d",
                                     "0",
                                     "1",
                                     "true",
                                     "false",
                                     "null",
                                     "\"a\":",
                                     "-",
                                     ".",
                                     "e",
                                     " ",
                                     "",
                                     "x",
                                     "\xed\xa0\x80",
                                     "\xc0\x80",
                                     "\xf4\x90\x80\x80",
                                     "\\ud83d",
                                     "\\udc00"};
  for (int round = 0; round < 20'000; ++round) {
    auto text = whole;
    for (int edit = 0; edit < 3; ++edit) {
      text.insert(chance() % (text.size() + 1), pieces[chance() % std::size(pieces)]);
      text.erase(chance() % text.size(), chance() % 3);
    }
    count(text);
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_GT(refused, 1000);
}

TEST(json_reply, refuses_what_is_deeper_than_32) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(Json::parse(http::Body{nested(31)}));
  EXPECT_FALSE(Json::parse(http::Body{nested(32)}));
  EXPECT_FALSE(Json::parse(http::Body{std::string(1 << 20, '[')}));
  EXPECT_FALSE(Json::parse(http::Body{R"({"a":)" + std::string(1 << 20, '[')}));
  EXPECT_TRUE(Json::parse(http::Body{R"({"a":")" + std::string(1000, '[') + R"(\"[["})"}));
}

}  // namespace
