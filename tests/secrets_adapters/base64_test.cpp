#include "secrets_adapters/base64.hpp"

#include <gtest/gtest.h>

#include "tests/secrets_adapters/places.hpp"

namespace {

std::string encoded(std::string_view bytes) {
  http::Body body;
  secrets_adapters::append_base64(body, bytes);
  return std::string(body.view());
}

std::string decoded(std::string_view text) {
  const auto secret = secrets_adapters::decode_base64(text);
  return secret ? places::text_of(*secret) : "none";
}

// RFC 4648, section 10.
const std::vector<std::pair<std::string, std::string>> vectors{
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(Base64, AgreesWithTheStandardsVectors) {
  for (const auto& [plain, text] : vectors) {
    EXPECT_EQ(encoded(plain), text);
    EXPECT_EQ(decoded(text), plain);
  }
}

TEST(Base64, CarriesEveryByteInEveryPosition) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (std::size_t from = 0; from < 4; ++from) {
    const std::string bytes = all.substr(from);
    EXPECT_EQ(decoded(encoded(bytes)), bytes);
  }
}

TEST(Base64, TakesNothingButWholeGroupsAndTheirPadding) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg==\n", " Zg=", "Z===", "====", "Zg==Zg==", "Zm=v",
                           "Zh==", "Zm9=", "Zm9-", "Zm9_", "Zm\n9vYg=", "Zg==="}) {
    EXPECT_EQ(decoded(text), "none") << text;
  }
}

}  // namespace
