// Both of Alibaba's signature styles against what the vendor's own SDK signs.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "acs_message.hpp"

namespace simulated_cloud {
namespace {

using Json = nlohmann::json;

Json vectors(const std::string& version) {
  std::ifstream file(SIMULATED_CLOUD_DATA "/alicloud_vectors.json");
  Json out = Json::array();
  const Json whole = Json::parse(file);
  for (const Json& vector : whole.at("vectors")) {
    if (vector.at("version").get<std::string>().starts_with(version)) out.push_back(vector);
  }
  return out;
}

const Time start = *parse_iso8601("2026-01-02T03:04:05Z");

Request received(const Json& vector) {
  if (vector.contains("url")) {
    const std::string url = vector.at("url");
    Request request{.method = vector.at("http_method"),
                    .target = url.substr(url.find('/', 8)),
                    .headers = {},
                    .body = vector.at("body")};
    for (const auto& item : vector.at("signed_headers").items()) {
      request.headers.emplace_back(item.key(), item.value().get<std::string>());
    }
    request.headers.emplace_back("Authorization", vector.at("authorization"));
    return request;
  }
  const std::string form = vector.at("canonical_query").get<std::string>() +
                           "&Signature=" + uri_encode(vector.at("signature").get<std::string>());
  if (vector.at("http_method") == "GET") return {.method = "GET", .target = "/?" + form, .headers = {}, .body = {}};
  return {.method = "POST",
          .target = "/",
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
          .body = form};
}

Verdict judge(const Request& request, Time now = start, const std::string& secret = "testAccessKeySecret") {
  const auto message = read_acs(request);
  if (!message) return Verdict::missing;
  return message->verdict == Verdict::ok ? verify_acs(request, *message, secret, now) : message->verdict;
}

TEST(AcsSignature, AgreesWithTheVendorsV3OnEveryVector) {
  const Json all = vectors("V3");
  ASSERT_EQ(all.size(), 5U);
  for (const Json& vector : all) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const Request request = received(vector);
    const auto claim = read_acs3(request);
    ASSERT_TRUE(claim);
    const std::string canonical = acs3_canonical_request(request, *claim);
    EXPECT_EQ(canonical, vector.at("canonical_request").get<std::string>());
    EXPECT_EQ(acs3_string_to_sign(canonical), vector.at("string_to_sign").get<std::string>());
    EXPECT_EQ(acs3_signature("testAccessKeySecret", acs3_string_to_sign(canonical)),
              vector.at("signature").get<std::string>());
    EXPECT_EQ(judge(request), Verdict::ok);
    EXPECT_EQ(judge(request, start, "anotherSecret"), Verdict::bad);
  }
}

TEST(AcsSignature, AgreesWithTheVendorsV1OnEveryVector) {
  const Json all = vectors("V1");
  ASSERT_EQ(all.size(), 3U);
  for (const Json& vector : all) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const Request request = received(vector);
    const std::string to_sign = rpc_string_to_sign(request.method, rpc_pairs(request));
    EXPECT_EQ(to_sign, vector.at("string_to_sign").get<std::string>());
    EXPECT_EQ(rpc_signature("testAccessKeySecret", to_sign), vector.at("signature").get<std::string>());
    EXPECT_EQ(judge(request), Verdict::ok);
    EXPECT_EQ(judge(request, start, "anotherSecret"), Verdict::bad);
  }
}

TEST(AcsSignature, RefusesAnyChangedByteOfAV3Request) {
  for (const Json& vector : vectors("V3")) {
    const Request whole = received(vector);
    for (std::size_t header = 0; header < whole.headers.size(); ++header) {
      for (std::size_t i = 0; i < whole.headers[header].second.size(); ++i) {
        Request request = whole;
        char& byte = request.headers[header].second[i];
        byte = static_cast<char>(byte ^ 1);
        const auto message = read_acs(request);
        // Another access key id is another caller's, with another secret.
        if (message && message->v3 && message->access_key != "testAccessKeyId") continue;
        EXPECT_NE(judge(request), Verdict::ok) << vector.at("name") << " " << whole.headers[header].first << " " << i;
      }
    }
    for (std::size_t i = 0; i < whole.body.size(); ++i) {
      Request request = whole;
      request.body[i] = static_cast<char>(request.body[i] ^ 1);
      EXPECT_EQ(judge(request), Verdict::bad_payload);
    }
    Request longer = whole;
    longer.target += longer.target.find('?') == std::string::npos ? "?A=b" : "&A=b";
    EXPECT_EQ(judge(longer), Verdict::bad);
  }
}

TEST(AcsSignature, RefusesAnyChangedByteOfAV1Request) {
  for (const Json& vector : vectors("V1")) {
    const Request whole = received(vector);
    const bool get = whole.method == "GET";
    const std::size_t size = get ? whole.target.size() : whole.body.size();
    for (std::size_t i = get ? 2 : 0; i < size; ++i) {
      Request request = whole;
      char& byte = get ? request.target[i] : request.body[i];
      byte = static_cast<char>(byte ^ 1);
      // "%2F" and "%2f" are one byte, and so are '+' and "%20".
      if (rpc_pairs(request) == rpc_pairs(whole)) continue;
      const auto message = read_acs(request);
      if (message && message->verdict == Verdict::ok && message->access_key != "testAccessKeyId") continue;
      EXPECT_NE(judge(request), Verdict::ok) << vector.at("name") << " byte " << i;
    }
    Request other_verb = whole;
    other_verb.method = get ? "POST" : "GET";
    EXPECT_NE(judge(other_verb), Verdict::ok);
  }
}

TEST(AcsSignature, DemandsThatEveryHeaderOfItsOwnIsSigned) {
  for (const Json& vector : vectors("V3")) {
    Request request = received(vector);
    request.headers.emplace_back("X-Acs-Extra", "1");
    EXPECT_EQ(judge(request), Verdict::unsigned_header);
    request = received(vector);
    request.headers.emplace_back("X-Other", "1");
    EXPECT_EQ(judge(request), Verdict::ok);
  }
  Request request{.method = "POST", .target = "/", .headers = {{"X", "y"}}, .body = "a=b"};
  sign_acs3(request, {.access_key = "k", .secret = "s", .token = {}, .action = "A", .version = "V", .nonce = "n"},
            start);
  EXPECT_EQ(judge(request, start, "s"), Verdict::unsigned_header) << "no host";
  request = {.method = "POST", .target = "/", .headers = {{"Host", "h"}}, .body = "a=b"};
  sign_acs3(request, {.access_key = "k", .secret = "s", .token = {}, .action = "A", .version = "V", .nonce = "n"},
            start);
  EXPECT_EQ(judge(request, start, "s"), Verdict::ok);
  request.headers.emplace_back("Content-Type", "text/plain");
  EXPECT_EQ(judge(request, start, "s"), Verdict::unsigned_header);
}

TEST(AcsSignature, IsGoodForFifteenMinutesEitherWay) {
  for (const char* version : {"V1", "V3"}) {
    const Request request = received(vectors(version).front());
    EXPECT_EQ(judge(request, start + std::chrono::minutes{15}), Verdict::ok);
    EXPECT_EQ(judge(request, start + std::chrono::minutes{15} + Millis{1}), Verdict::expired);
    EXPECT_EQ(judge(request, start - std::chrono::minutes{15}), Verdict::ok);
    EXPECT_EQ(judge(request, start - std::chrono::minutes{15} - Millis{1}), Verdict::not_yet);
  }
}

TEST(AcsSignature, TakesNoParameterTwice) {
  Request request = received(vectors("V1").front());
  request.target += "&AccessKeyId=another";
  EXPECT_EQ(judge(request), Verdict::incomplete);
}

}  // namespace
}  // namespace simulated_cloud
