#include "sigv4.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace simulated_cloud {
namespace {

using Json = nlohmann::json;

Json vectors() {
  std::ifstream file(SIMULATED_CLOUD_DATA "/aws_sigv4_vectors.json");
  return Json::parse(file).at("vectors");
}

// The request as botocore would have put it on the wire.
Request received(const Json& vector) {
  const std::string url = vector.at("url");
  const std::size_t host = url.find("://") + 3;
  const std::size_t path = url.find('/', host);
  Request request{.method = vector.at("method"),
                  .target = url.substr(path),
                  .headers = {{"Host", url.substr(host, path - host)}},
                  .body = vector.at("body")};
  for (const auto& item : vector.at("signed_headers_sent").items()) {
    request.headers.emplace_back(item.key(), item.value().get<std::string>());
  }
  request.headers.emplace_back("Authorization", vector.at("authorization"));
  return request;
}

Verdict judge(const Request& request, const std::string& secret, Time now) {
  Verdict verdict{};
  const auto claim = read_claim(request, verdict);
  return claim ? verify(request, *claim, secret, now) : verdict;
}

Verdict judge(const Request& request, const Json& vector) {
  return judge(request, vector.at("secret_access_key"), *parse_amz_date(vector.at("amz_date").get<std::string>()));
}

TEST(SigV4, AgreesWithBotocoreOnEveryVector) {
  ASSERT_EQ(vectors().size(), 9U);
  for (const Json& vector : vectors()) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const Request request = received(vector);
    Verdict verdict{};
    const auto claim = read_claim(request, verdict);
    ASSERT_TRUE(claim);
    const std::string canonical = canonical_request(request, *claim);
    EXPECT_EQ(canonical, vector.at("canonical_request").get<std::string>());
    const std::string to_sign = string_to_sign(*claim, vector.at("amz_date").get<std::string>(), canonical);
    EXPECT_EQ(to_sign, vector.at("string_to_sign").get<std::string>());
    EXPECT_EQ(signature_of(vector.at("secret_access_key").get<std::string>(), claim->scope, to_sign),
              vector.at("signature").get<std::string>());
    EXPECT_EQ(judge(request, vector), Verdict::ok);
  }
}

TEST(SigV4, RefusesARequestWithAnyByteOfItsBodyChanged) {
  for (const Json& vector : vectors()) {
    const Request whole = received(vector);
    for (std::size_t i = 0; i < whole.body.size(); ++i) {
      Request request = whole;
      request.body[i] = static_cast<char>(request.body[i] ^ 1);
      EXPECT_EQ(judge(request, vector), Verdict::bad) << vector.at("name") << " byte " << i;
    }
    Request longer = whole;
    longer.body += '&';
    EXPECT_EQ(judge(longer, vector), Verdict::bad);
  }
}

TEST(SigV4, RefusesARequestWithAnyByteOfAnyHeaderChanged) {
  for (const Json& vector : vectors()) {
    const Request whole = received(vector);
    for (std::size_t header = 0; header < whole.headers.size(); ++header) {
      for (std::size_t i = 0; i < whole.headers[header].second.size(); ++i) {
        Request request = whole;
        char& byte = request.headers[header].second[i];
        byte = static_cast<char>(byte ^ 1);
        if (trim(request.headers[header].second) == whole.headers[header].second) continue;
        Verdict verdict{};
        const auto claim = read_claim(request, verdict);
        // A changed access key id is another caller's; the server looks up another secret for it.
        if (claim && claim->scope.access_key != vector.at("access_key_id")) continue;
        EXPECT_NE(judge(request, vector), Verdict::ok)
            << vector.at("name") << " " << whole.headers[header].first << " byte " << i;
      }
    }
  }
}

TEST(SigV4, RefusesAChangedMethodPathQueryOrSecret) {
  const Json vector = vectors().at(0);
  Request request = received(vector);
  request.method = "GET";
  EXPECT_EQ(judge(request, vector), Verdict::bad);
  request = received(vector);
  request.target = "/other";
  EXPECT_EQ(judge(request, vector), Verdict::bad);
  request.target = "/?Action=DeleteUser";
  EXPECT_EQ(judge(request, vector), Verdict::bad);
  request = received(vector);
  EXPECT_EQ(judge(request, "another secret", *parse_amz_date("20260102T030405Z")), Verdict::bad);
}

TEST(SigV4, AcceptsADateWithinFifteenMinutesOnly) {
  const Json vector = vectors().at(0);
  const Request request = received(vector);
  const std::string secret = vector.at("secret_access_key");
  const Time sent = *parse_amz_date("20260102T030405Z");
  const std::chrono::minutes edge{15};
  EXPECT_EQ(judge(request, secret, sent + edge), Verdict::ok);
  EXPECT_EQ(judge(request, secret, sent - edge), Verdict::ok);
  EXPECT_EQ(judge(request, secret, sent + edge + Millis{1}), Verdict::expired);
  EXPECT_EQ(judge(request, secret, sent - edge - Millis{1}), Verdict::not_yet);
}

Signer signer(const char* service) {
  return {.access_key = "AKIDEXAMPLE", .secret = "secret", .token = {}, .region = "us-east-1", .service = service};
}

Request plain() { return {.method = "POST", .target = "/", .headers = {{"Host", "localhost"}}, .body = "x=y"}; }

void replace_in_authorization(Request& request, const std::string& from, const std::string& to) {
  std::string& value = request.headers.back().second;
  value.replace(value.find(from), from.size(), to);
}

TEST(SigV4, AcceptsItsOwnSignerAndCollapsesBlanks) {
  const Time now = *parse_amz_date("20260102T030405Z");
  for (const char* service : {"iam", "s3"}) {
    Request request = plain();
    request.target = "/a%20b/c?z=1&a=%2F&empty";
    request.headers.emplace_back("X-Amz-Meta", "  two   blanks ");
    sign(request, signer(service), now);
    EXPECT_EQ(judge(request, "secret", now), Verdict::ok) << service;
    request.headers[1].second = "two blanks";
    EXPECT_EQ(judge(request, "secret", now), Verdict::ok) << service;
  }
}

TEST(SigV4, DemandsThatHostAndEveryAmzHeaderAreSigned) {
  const Time now = *parse_amz_date("20260102T030405Z");
  Request request = plain();
  sign(request, signer("iam"), now);
  Request more = request;
  more.headers.emplace_back("X-Amz-Security-Token", "smuggled");
  EXPECT_EQ(judge(more, "secret", now), Verdict::unsigned_header);
  Request without_host = request;
  replace_in_authorization(without_host, "host;", "");
  EXPECT_EQ(judge(without_host, "secret", now), Verdict::unsigned_header);
  Request unsorted = request;
  replace_in_authorization(unsorted, "host;x-amz-date", "x-amz-date;host");
  EXPECT_EQ(judge(unsorted, "secret", now), Verdict::unsigned_header);
  Request absent = request;
  replace_in_authorization(absent, "host;", "host;x-absent;");
  EXPECT_NE(judge(absent, "secret", now), Verdict::ok);
}

TEST(SigV4, DemandsThatScopeAndDateAgree) {
  const Time now = *parse_amz_date("20260102T030405Z");
  Request request = plain();
  sign(request, signer("iam"), now);
  Request other_day = request;
  replace_in_authorization(other_day, "/20260102/", "/20260103/");
  EXPECT_EQ(judge(other_day, "secret", now), Verdict::bad_scope);
  Request other_end = request;
  replace_in_authorization(other_end, "/aws4_request,", "/aws5_request,");
  EXPECT_EQ(judge(other_end, "secret", now), Verdict::incomplete);
  Request other_service = request;
  replace_in_authorization(other_service, "/iam/", "/sts/");
  EXPECT_EQ(judge(other_service, "secret", now), Verdict::bad);
  Request bad_date = request;
  bad_date.headers[1].second = "Fri, 02 Jan 2026 03:04:05 GMT";
  EXPECT_EQ(judge(bad_date, "secret", now), Verdict::bad_date);
  Request unsigned_request = plain();
  EXPECT_EQ(judge(unsigned_request, "secret", now), Verdict::missing);
}

TEST(SigV4, ComparesADeclaredPayloadHashWithTheBody) {
  const Time now = *parse_amz_date("20260102T030405Z");
  Request request = plain();
  request.headers.emplace_back("X-Amz-Content-Sha256", hex(sha256("another body")));
  sign(request, signer("iam"), now);
  EXPECT_EQ(judge(request, "secret", now), Verdict::bad_payload);
  Request exempt = plain();
  exempt.headers.emplace_back("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD");
  Request elsewhere = exempt;
  sign(elsewhere, signer("iam"), now);
  EXPECT_EQ(judge(elsewhere, "secret", now), Verdict::bad_payload);
}

}  // namespace
}  // namespace simulated_cloud
