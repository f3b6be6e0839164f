#include "secrets_adapters/json_places.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace {

using secrets_adapters::deepest_json;
using secrets_adapters::JsonError;
using secrets_adapters::JsonPlace;
using secrets_adapters::parse_json;
using secrets_adapters::read_json_string;

const JsonPlace& member(const JsonPlace& object, const std::string& name) {
  for (const auto& one : object.members) {
    if (one.name == name) return one.value;
  }
  throw std::out_of_range(name);
}

// The line of the error; 0 if it is JSON.
std::size_t error_line(const std::string& text) {
  try {
    (void)parse_json(text);
    return 0;
  } catch (const JsonError& error) {
    EXPECT_FALSE(error.what.empty());
    return error.line;
  }
}

TEST(JsonPlaces, TellsWhereEachValueStands) {
  const std::string text = "\xEF\xBB\xBF{\"a\": [1, {\"b\" : \"x\\ty\"}], \"c\":\"plain\", \"d\\u0065\":-1.5e+3 }\n";
  const JsonPlace root = parse_json(text);
  const auto raw = [&](const JsonPlace& one) { return text.substr(one.range.begin, one.range.end - one.range.begin); };
  EXPECT_EQ(raw(root), text.substr(3, text.size() - 4));
  const JsonPlace& nested = member(member(root, "a").items.at(1), "b");
  EXPECT_EQ(raw(nested), "x\\ty");
  EXPECT_TRUE(nested.escaped);
  EXPECT_EQ(read_json_string(text, nested), "x\ty");
  EXPECT_EQ(raw(member(root, "c")), "plain");
  EXPECT_FALSE(member(root, "c").escaped);
  EXPECT_EQ(raw(member(root, "de")), "-1.5e+3");
  EXPECT_EQ(raw(member(root, "a").items.at(0)), "1");
}

TEST(JsonPlaces, ReadsEveryEscapeAsItsPeerDoes) {
  const std::string text = R"(["\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00é€😀"])";
  EXPECT_EQ(read_json_string(text, parse_json(text).items.at(0)), nlohmann::json::parse(text)[0].get<std::string>());
}

TEST(JsonPlaces, SaysTheLineOfWhatIsNoJson) {
  const std::vector<std::pair<std::string, std::size_t>> cases{
      {"", 1},
      {"{\n\"a\": 1,\n}", 3},
      {"{\"a\" 1}", 1},
      {"[1\n2]", 2},
      {"[1] x", 1},
      {"{\"a\":\n// no\n1}", 2},
      {"\n\n\"open", 3},
      {std::string("[1]\0", 4), 1},
      {std::string("[\"a\0b\"]", 7), 1},
      {"[\"\xC0\xAF\"]", 1},
      {"[\"\xED\xA0\x80\"]", 1},
      {"[\"\xF4\x90\x80\x80\"]", 1},
      {"[\"\xE2\x82\"]", 1},
      {R"(["\ud800"])", 1},
      {R"(["\udc00\ud800"])", 1},
      {R"(["\x41"])", 1},
      {R"(["\u12g4"])", 1},
      {"[01]", 1},
      {"[1.]", 1},
      {"[.5]", 1},
      {"[+1]", 1},
      {"[1e]", 1},
      {"[nul]", 1},
      {"['a']", 1},
      {"[\"a\nb\"]", 1},
  };
  for (const auto& [text, line] : cases) EXPECT_EQ(error_line(text), line) << text;
}

TEST(JsonPlaces, RefusesNestingThatIsTooDeepAndTakesALongText) {
  const auto nested = [](int levels) {
    return std::string(static_cast<std::size_t>(levels), '[') + std::string(static_cast<std::size_t>(levels), ']');
  };
  EXPECT_EQ(error_line(nested(deepest_json)), 0U);
  EXPECT_EQ(error_line(nested(deepest_json + 1)), 1U);
  EXPECT_EQ(error_line(std::string(1U << 20U, '[')), 1U);
  EXPECT_EQ(error_line(std::string(1U << 20U, '{')), 1U);
  std::string many = "[0";
  while (many.size() < (1U << 20U)) many += ",0";
  EXPECT_EQ(parse_json(many + "]").items.size(), many.size() / 2);
  EXPECT_EQ(error_line(many), 1U);
}

// nullopt where the peer stops at a number that fits no double, which is JSON all the same.
std::optional<bool> peer_accepts(const std::string& text) {
  try {
    return !nlohmann::json::parse(text).is_discarded();
  } catch (const nlohmann::json::out_of_range&) {
    return std::nullopt;
  } catch (const nlohmann::json::parse_error&) {
    return false;
  }
}

// What the peer takes, we take, and nothing else: texts that differ from JSON in a few bytes.
TEST(JsonPlacesPeer, AcceptsWhatAnotherParserAccepts) {
  const std::string whole =
      "{\"current\": \"d\", \"profiles\": [{\"name\": \"d\\u00e9\", \"n\": -12.5e-3, \"x\": [true, false, null, {}]},\n"
      "\t{\"mode\":\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\", \"e\": 0}, [], \"\\ud83d\\ude00\\n\"]}";
  const std::string pieces = "{}[]\",:\\0123456789eE+-.tfnu \n\x80\xC3\xA9\xE2\xF0\xED\xA0/";
  std::mt19937 chance(7);
  int good = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string text = whole;
    for (auto n = 1 + chance() % 3; n > 0; --n) {
      const std::size_t at = chance() % text.size();
      switch (chance() % 3) {
        case 0: text.erase(at, 1 + chance() % 4); break;
        case 1: text.insert(at, 1, pieces[chance() % pieces.size()]); break;
        default: text[at] = pieces[chance() % pieces.size()];
      }
    }
    const auto peer = peer_accepts(text);
    if (!peer) continue;
    ASSERT_EQ(error_line(text) == 0, *peer) << round << "\n" << text;
    good += *peer ? 1 : 0;
  }
  EXPECT_GT(good, 5000);
  EXPECT_LT(good, 55000);
}

}  // namespace
