// The second cloud's front door beside the plain calls: what is not whole, what is sent twice, who needs no key.
#include <gtest/gtest.h>

#include "acs_client.hpp"

namespace simulated_cloud {
namespace {

class AcsFrontDoor : public ::testing::Test {
 protected:
  void world(const std::function<void(World&)>& change) { control.cloud().with(change); }

  Server server;
  Control control{server};
  AcsClient client{server, control.seed_user("dev", std::chrono::hours{1}, Control::acs_account)};
};

TEST_F(AcsFrontDoor, SendsV1ItsXmlUnlessItAsksForJson) {
  const Pairs pairs = client.signed_v1("GET", "2015-05-01", "ListUsers", {{"Format", "XML"}});
  const AcsSaid said = client.get(pairs);
  EXPECT_EQ(said.status, 200);
  EXPECT_NE(said.text.find("<ListUsersResponse>"), std::string::npos);
  EXPECT_NE(said.text.find("<User><Comments></Comments>"), std::string::npos) << said.text;
  const AcsSaid again = client.get(pairs);
  EXPECT_NE(again.text.find("<Code>SignatureNonceUsed</Code>"), std::string::npos) << again.text;
}

TEST_F(AcsFrontDoor, RefusesTheSecondCopyOfASignedRequest) {
  control.fault({.kind = FaultKind::drop_reply, .action = "CreateAccessKey"});
  const Request request = client.signed_v3("2015-05-01", "CreateAccessKey", {{"UserName", "dev"}});
  EXPECT_EQ(client.send(request).status, 0);
  EXPECT_EQ(client.send(request).code, "SignatureNonceUsed");
  EXPECT_EQ(control.keys("dev", Control::acs_account).size(), 2U);
}

TEST_F(AcsFrontDoor, RefusesWhatIsNotWholeOrNotSigned) {
  Request request = client.signed_v3("2015-05-01", "ListUsers", {});
  std::erase_if(request.headers, [](const auto& header) { return header.first == "x-acs-signature-nonce"; });
  EXPECT_EQ(client.send(request).code, "IncompleteSignature");
  request = client.signed_v3("2015-05-01", "ListUsers", {}, "MaxItems=1");
  EXPECT_EQ(client.send(request).status, 200);
  request = client.signed_v3("2015-05-01", "ListUsers", {}, "MaxItems=1");
  request.body = "MaxItems=2";
  EXPECT_EQ(client.send(request).code, "SignatureDoesNotMatch");
  std::erase_if(request.headers, [](const auto& header) { return header.first == "Authorization"; });
  EXPECT_EQ(client.send(request).code, "MissingAccessKeyId");
}

TEST_F(AcsFrontDoor, GivesTheMachinesRoleItsCredentialsByMetadataAndUri) {
  httplib::Client bare(server.url());
  const std::string path = "/latest/meta-data/ram/security-credentials/";
  EXPECT_EQ(bare.Get(path)->status, 403);
  const auto given_token = bare.Put("/latest/api/token", {{"X-aliyun-ecs-metadata-token-ttl-seconds", "60"}}, "", "");
  ASSERT_EQ(given_token->status, 200);
  const httplib::Headers with_token{{"X-aliyun-ecs-metadata-token", given_token->body}};
  EXPECT_EQ(bare.Get(path, with_token)->status, 404);
  EXPECT_EQ(bare.Get("/_uri/credentials")->status, 404);
  world([](World& w) { w.add_role(Control::acs_account, "box"); });
  ASSERT_EQ(bare.Get(path, with_token)->body, "box");
  for (const auto& reply : {bare.Get(path + "box", with_token), bare.Get("/_uri/credentials")}) {
    const Json given = Json::parse(reply->body);
    AcsClient session(server, {.id = given["AccessKeyId"], .secret = given["AccessKeySecret"]});
    session.token = given["SecurityToken"];
    EXPECT_EQ(session.sts("GetCallerIdentity").body["Arn"],
              "acs:ram::1234567890123456:assumed-role/box/i-0123456789abcdef0");
  }
}

TEST_F(AcsFrontDoor, ExchangesAnOidcTokenWithoutASignature) {
  world([](World& w) { w.add_role(Control::acs_account, "pod").web_identity_tokens = {"jwt"}; });
  const auto exchange = [&](const std::string& token) {
    return client.post({{"Action", "AssumeRoleWithOIDC"},
                        {"Version", "2015-04-01"},
                        {"Format", "JSON"},
                        {"Timestamp", iso8601(real_time())},
                        {"SignatureNonce", "n"},
                        {"RoleArn", "acs:ram::1234567890123456:role/pod"},
                        {"OIDCProviderArn", "acs:ram::1234567890123456:oidc-provider/k8s"},
                        {"OIDCToken", token},
                        {"RoleSessionName", "xx"}});
  };
  EXPECT_EQ(exchange("forged").code, "AuthenticationFail.OIDCToken.Invalid");
  const AcsSaid said = exchange("jwt");
  ASSERT_EQ(said.status, 200) << said.text;
  AcsClient session(
      server, {.id = said.body["Credentials"]["AccessKeyId"], .secret = said.body["Credentials"]["AccessKeySecret"]});
  session.token = said.body["Credentials"]["SecurityToken"];
  EXPECT_EQ(session.sts("GetCallerIdentity").body["Arn"], "acs:ram::1234567890123456:assumed-role/pod/xx");
}

}  // namespace
}  // namespace simulated_cloud
