// The JSON protocol of AWS: what goes out, what an error means, and which host is asked.
#include "providers/aws_iam/json_api.hpp"

#include <gtest/gtest.h>

#include "providers/aws_iam/failures.hpp"
#include "providers/aws_iam/settings.hpp"
#include "rotation/errors.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using aws_iam::Endpoints;
using aws_iam::Fips;
using aws_iam::JsonApi;
using aws_iam::JsonCall;
using aws_iam::Service;
using calling::Effect;
using calling::Remedy;
using rotation::Refusal;

struct JsonApiTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;
  calling::CredentialCache signer{calling::fixed_credentials(tests::static_keys()), fake.world};

  static Endpoints in(const std::string& region) {
    auto endpoints = tests::endpoints();
    endpoints.region = region;
    return endpoints;
  }
  rotation::Answer<aws_iam::JsonReply> call(const Endpoints& endpoints, JsonCall what) {
    JsonApi api{transport, fake.world, endpoints};
    return api.call(what, &signer);
  }
  static JsonCall put(std::string_view body = "{}") {
    return {.service = Service::secretsmanager,
            .action = "PutSecretValue",
            .body = http::Body{body},
            .effect = Effect::write};
  }
  std::string url_for(const Endpoints& endpoints, Service service, const std::string& region = {}) {
    transport.answers(200, "{}");
    EXPECT_TRUE(rotation::done(
        call(endpoints, {.service = service, .action = "X", .body = http::Body{"{}"}, .region = region})));
    return transport.sent.back().url;
  }
};

TEST_F(JsonApiTest, names_its_action_in_a_signed_header) {
  transport.answers(200, R"({"VersionId":"v"})");
  const auto answer = call(in("eu-west-1"), put(R"({"SecretId":"a"})"));
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->root().member("VersionId").text(), "v");
  const auto& sent = transport.sent.at(0);
  EXPECT_EQ(sent.url, "https://secretsmanager.eu-west-1.amazonaws.com/");
  EXPECT_EQ(sent.body, R"({"SecretId":"a"})");
  EXPECT_EQ(sent.headers.at("Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(sent.headers.at("X-Amz-Target"), "secretsmanager.PutSecretValue");
  const auto& authorization = sent.headers.at("Authorization");
  EXPECT_NE(authorization.find("/eu-west-1/secretsmanager/aws4_request"), std::string::npos);
  EXPECT_NE(authorization.find("SignedHeaders=content-type;host;x-amz-date;x-amz-target"), std::string::npos);
  EXPECT_EQ(sent.connection, http::Connection::fresh);
}

// The hosts are those of botocore's endpoint rules.
TEST_F(JsonApiTest, asks_the_host_of_its_service_region_and_partition) {
  EXPECT_EQ(url_for(in("eu-west-1"), Service::ssm), "https://ssm.eu-west-1.amazonaws.com/");
  EXPECT_EQ(url_for(in("eu-west-1"), Service::ssm, "us-west-2"), "https://ssm.us-west-2.amazonaws.com/");
  EXPECT_EQ(url_for(in("cn-north-1"), Service::cloudtrail), "https://cloudtrail.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(url_for(in("eu-isoe-west-1"), Service::secretsmanager),
            "https://secretsmanager.eu-isoe-west-1.cloud.adc-e.uk/");
  EXPECT_EQ(url_for(in("eusc-de-east-1"), Service::ssm), "https://ssm.eusc-de-east-1.amazonaws.eu/");
  auto fips = in("us-east-2");
  fips.fips = Fips::yes;
  EXPECT_EQ(url_for(fips, Service::cloudtrail), "https://cloudtrail-fips.us-east-2.amazonaws.com/");
  fips.region = "us-gov-west-1";
  EXPECT_EQ(url_for(fips, Service::ssm), "https://ssm.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(url_for(fips, Service::secretsmanager), "https://secretsmanager-fips.us-gov-west-1.amazonaws.com/");
}

TEST_F(JsonApiTest, an_address_of_somebodys_own_serves_every_region_and_the_real_one_is_none_of_its) {
  auto own = in("eu-west-1");
  own.iam.overridden = true;
  own.own[Service::ssm] = "http://127.0.0.1:5000/";
  EXPECT_EQ(url_for(own, Service::ssm, "us-west-2"), "http://127.0.0.1:5000/");
  EXPECT_NE(transport.sent.back().headers.at("Authorization").find("/us-west-2/ssm/"), std::string::npos);
  const auto sent = transport.sent.size();
  const auto answer = call(own, put());
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::unsupported);
  EXPECT_EQ(transport.sent.size(), sent);
}

TEST_F(JsonApiTest, a_write_is_sent_once_more_only_where_it_surely_did_nothing) {
  transport.answers(400, R"({"__type":"TooManyUpdates","message":"x"})");
  transport.answers(200, "{}");
  EXPECT_TRUE(rotation::done(call(in("eu-west-1"), put())));
  transport.answers(500, R"({"__type":"InternalServiceError"})");
  EXPECT_TRUE(rotation::unknown(call(in("eu-west-1"), put())));
  transport.answers(http::Lost{"no reply"});
  EXPECT_TRUE(rotation::unknown(call(in("eu-west-1"), put())));
  transport.answers(200, "[]");
  EXPECT_TRUE(rotation::unknown(call(in("eu-west-1"), put())));
  EXPECT_EQ(transport.sent.size(), 5U);
}

struct Row {
  int status;
  const char* body;
  const char* header;  // x-amzn-ErrorType, if any
  const char* code;
  Refusal why;
  bool sure;
  Remedy remedy;
};

TEST(json_failures, have_their_code_in_the_body_or_a_header_behind_a_prefix) {
  const Row rows[] = {
      {400, R"({"__type":"ResourceNotFoundException","Message":"x"})", nullptr, "ResourceNotFoundException",
       Refusal::no_such_entity, true, Remedy::none},
      {400, R"({"__type":"com.amazonaws.ssm#ParameterNotFound"})", nullptr, "ParameterNotFound",
       Refusal::no_such_entity, true, Remedy::none},
      {400, "{}", "AccessDeniedException:http://internal.amazon.com/coral/com.amazon.coral.service/",
       "AccessDeniedException", Refusal::denied, true, Remedy::none},
      {400, R"({"__type":"ThrottlingException"})", nullptr, "ThrottlingException", Refusal::throttled, true,
       Remedy::wait},
      {400, R"({"__type":"TooManyUpdates"})", nullptr, "TooManyUpdates", Refusal::throttled, true, Remedy::wait},
      {400, R"({"__type":"LimitExceededException"})", nullptr, "LimitExceededException", Refusal::limit_exceeded, true,
       Remedy::none},
      {400, R"({"__type":"UnrecognizedClientException"})", nullptr, "UnrecognizedClientException",
       Refusal::invalid_credentials, true, Remedy::none},
      {400, R"({"__type":"InvalidSignatureException","message":"Signature expired: 1"})", nullptr,
       "InvalidSignatureException", Refusal::clock, true, Remedy::clock},
      {500, R"({"__type":"InternalServiceError"})", nullptr, "InternalServiceError", Refusal::other, false,
       Remedy::wait},
      {500, "<html>Internal Server Error</html>", nullptr, "HTTP 500", Refusal::other, false, Remedy::wait},
      {400, R"({"__type":"a b\u001b"})", nullptr, "HTTP 400", Refusal::other, false, Remedy::none},
  };
  for (const auto& row : rows) {
    auto reply = tests::response(row.status, row.body);
    if (row.header != nullptr) reply.headers.emplace_back("x-amzn-ErrorType", row.header);
    const auto got = aws_iam::read_json_failure(std::move(reply), "PutSecretValue", tests::start);
    EXPECT_EQ(got.refused.code, row.code);
    EXPECT_EQ(got.refused.why, row.why) << row.code;
    EXPECT_EQ(got.sure, row.sure) << row.code;
    EXPECT_EQ(got.remedy, row.remedy) << row.code;
  }
}

TEST(json_endpoints, are_named_by_the_config_then_by_botocores_variables) {
  tests::FakeWorld fake;
  tests::TempDir directory;
  fake.variables = {{"AWS_CONFIG_FILE", (directory.path() / "none").string()},
                    {"AWS_SHARED_CREDENTIALS_FILE", (directory.path() / "none").string()},
                    {"AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://secrets.example"},
                    {"AWS_ENDPOINT_URL", "https://all.example"}};
  const aws_iam::Profiles profiles{fake.world.env};
  const auto chosen =
      aws_iam::select_endpoints({{"ssm", "http://127.0.0.1:5000"}}, fake.world.env, profiles, "default", "eu-west-1");
  EXPECT_EQ(chosen.own.at(Service::ssm), "http://127.0.0.1:5000/");
  EXPECT_EQ(chosen.own.at(Service::secretsmanager), "https://secrets.example/");
  EXPECT_EQ(chosen.own.at(Service::cloudtrail), "https://all.example/");
  EXPECT_EQ(chosen.regional(Service::ssm, "eu-west-1")->signing_region, "eu-west-1");
  EXPECT_FALSE(chosen.local());
  EXPECT_THROW(
      (void)aws_iam::select_endpoints({{"ssm", "http://ssm.example"}}, fake.world.env, profiles, "default", ""),
      rotation::Trouble);
}

}  // namespace
