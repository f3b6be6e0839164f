#include "store/encoding.hpp"

#include <gtest/gtest.h>

#include <random>

namespace store {
namespace {

std::string random_text(std::mt19937& chance) {
  std::string text(chance() % 8, '\0');
  for (char& c : text) c = static_cast<char>(chance() % 256);
  return text;
}

TEST(Encoding, EveryDetailComesBackFromItsText) {
  std::mt19937 chance(7);
  for (int i = 0; i < 20000; ++i) {
    rotation::Detail detail;
    for (unsigned n = chance() % 4; n > 0; --n) detail[random_text(chance)] = random_text(chance);
    const auto back = detail_from(detail_json(detail));
    ASSERT_TRUE(back);
    ASSERT_EQ(*back, detail);
  }
}

TEST(Encoding, ADetailHasOneSpellingOnly) {
  for (const char* text :
       {"", "{", "{ }", "{}x", R"({"a":"1",})", R"({"a" :"1"})", R"({"b":"1","a":"2"})", R"({"a":"1","a":"2"})",
        R"({"a":1})", R"({"a":"\n"})", R"({"a":"\/"})", R"({"a":"\u0041"})", R"({"a":"\u001F"})", "{\"a\":\"\n\"}",
        R"({"a":"1"}{})", R"({"a":"\)", R"({"a":"\u00)", R"({"a":"x)", R"({"a")"}) {
    EXPECT_FALSE(detail_from(text)) << text;
  }
}

TEST(Encoding, FieldsCannotBeConfused) {
  std::string one, two;
  put_field(one, std::string_view{"ab"});
  put_field(one, std::string_view{"c"});
  put_field(two, std::string_view{"a"});
  put_field(two, std::string_view{"bc"});
  EXPECT_NE(one, two);
  std::string none, empty;
  put_field(none, std::optional<std::string>{});
  put_field(empty, std::optional<std::string>{""});
  EXPECT_NE(none, empty);
}

TEST(Encoding, AFieldCutShortIsNoField) {
  std::string text;
  put_field(text, std::string_view{"hello, world"});
  for (std::size_t size = 0; size < text.size(); ++size) {
    std::string_view piece = std::string_view(text).substr(0, size);
    EXPECT_FALSE(take_field(piece)) << size;
  }
  std::string_view whole = text;
  EXPECT_EQ(take_field(whole), "hello, world");
  EXPECT_TRUE(whole.empty());
}

// Worked out by hand from the documented form, with sha256sum: whoever checks an export needs no code of ours.
TEST(Encoding, TheCanonicalRowIsTheDocumentedOne) {
  rotation::Record record{.id = 7,
                          .rotation = rotation::RotationId{"r-01"},
                          .seq = 3,
                          .at = rotation::Time{std::chrono::seconds{1767323045}},
                          .actor = "ann@ops1",
                          .claim = {},
                          .caller = "arn:x",
                          .account = rotation::AccountName{"prod"},
                          .user = rotation::UserName{"api"},
                          .what = {},
                          .hash = {}};
  record.what.kind = rotation::Kind::intent;
  record.what.step = rotation::Step::delete_key;
  record.what.detail = {{"op", "delete_key"}};
  EXPECT_EQ(canonical(record),
            "17:keybaton-record/1,1:7,4:r-01,1:3,20:2026-01-02T03:04:05Z,8:ann@ops1,-,5:arn:x,6:intent,6:delete,"
            "7:forward,-,-,4:prod,3:api,-,-,1:1,2:op,10:delete_key,");
}

TEST(Encoding, Sha256IsTheStandardOne) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("ab", "c"), sha256("abc"));
}

TEST(Encoding, HexComesBack) {
  EXPECT_EQ(from_hex(hex(std::string("\0\xff\x10", 3))), std::string("\0\xff\x10", 3));
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("zz"));
}

}  // namespace
}  // namespace store
