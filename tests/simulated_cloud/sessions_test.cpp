// Temporary credentials: assumed roles, web identities, session tokens, a machine's own role.
#include <gtest/gtest.h>

#include "signed_client.hpp"
#include "state_json.hpp"

namespace simulated_cloud {
namespace {

using std::chrono::minutes;

class SessionsTest : public ::testing::Test {
 protected:
  Server server;
  Control control{server};
  KeySeen key = control.seed_user("dev");
  SignedClient client{server, key};
};

TEST_F(SessionsTest, HandsOutRoleSessionsThatNeedTheirTokenAndExpire) {
  control.cloud().with([](World& world) { world.add_role(Control::account, "rotator").trust = {"*"}; });
  const Said said = client.sts("Action=AssumeRole&RoleSessionName=night&RoleArn=" +
                               uri_encode("arn:aws:iam::123456789012:role/rotator"));
  ASSERT_EQ(said.status, 200) << said.body;
  SignedClient session(server, {.id = value_of(said, "AccessKeyId"), .secret = value_of(said, "SecretAccessKey")});
  EXPECT_EQ(session.sts("Action=GetCallerIdentity").code, "InvalidClientTokenId");
  session.token = value_of(said, "SessionToken");
  EXPECT_EQ(value_of(session.sts("Action=GetCallerIdentity"), "Arn"),
            "arn:aws:sts::123456789012:assumed-role/rotator/night");
  // Without a user of its own it must name one.
  EXPECT_EQ(session.iam("Action=ListAccessKeys").code, "ValidationError");
  EXPECT_EQ(session.iam("Action=ListAccessKeys&UserName=dev").status, 200);
  control.cloud().with([](World& world) { world.options.date_follows_world = false; });
  control.advance(minutes{61});
  EXPECT_EQ(session.sts("Action=GetCallerIdentity").code, "ExpiredToken");
}

TEST_F(SessionsTest, RefusesATornTokenAndATokenBesideALongTermKey) {
  const Said said = client.sts("Action=GetSessionToken");
  SignedClient session(server, {.id = value_of(said, "AccessKeyId"), .secret = value_of(said, "SecretAccessKey")});
  session.token = value_of(said, "SessionToken") + "x";
  EXPECT_EQ(session.sts("Action=GetCallerIdentity").code, "InvalidClientTokenId");
  client.token = value_of(said, "SessionToken");
  EXPECT_EQ(client.sts("Action=GetCallerIdentity").code, "InvalidClientTokenId");
}

TEST_F(SessionsTest, RefusesARoleThatDoesNotTrustTheCaller) {
  const std::string call =
      "Action=AssumeRole&RoleSessionName=xx&RoleArn=" + uri_encode("arn:aws:iam::123456789012:role/rotator");
  EXPECT_EQ(client.sts(call).code, "AccessDenied");
  control.cloud().with([](World& world) {
    Role& role = world.add_role(Control::account, "rotator");
    role.trust = {"arn:aws:iam::123456789012:user/dev"};
    role.external_id = "magic";
  });
  EXPECT_EQ(client.sts(call).code, "AccessDenied");
  EXPECT_EQ(client.sts(call + "&ExternalId=magic").status, 200);
  EXPECT_EQ(SignedClient(server, control.seed_user("other")).sts(call + "&ExternalId=magic").code, "AccessDenied");
}

TEST_F(SessionsTest, ExchangesAWebIdentityTokenWithoutASignature) {
  control.cloud().with([](World& world) { world.add_role(Control::account, "pod").web_identity_tokens = {"jwt"}; });
  httplib::Client bare(server.url());
  const auto exchange = [&](const std::string& token) {
    const auto reply = bare.Post("/",
                                 "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=xx&RoleArn=" +
                                     uri_encode("arn:aws:iam::123456789012:role/pod") + "&WebIdentityToken=" + token,
                                 "application/x-www-form-urlencoded");
    return Said{.status = reply->status, .body = reply->body, .code = between(reply->body, "<Code>", "</Code>")};
  };
  EXPECT_EQ(exchange("forged").code, "InvalidIdentityToken");
  const Said said = exchange("jwt");
  SignedClient session(server, {.id = value_of(said, "AccessKeyId"), .secret = value_of(said, "SecretAccessKey")});
  session.token = value_of(said, "SessionToken");
  EXPECT_EQ(value_of(session.sts("Action=GetCallerIdentity"), "Arn"), "arn:aws:sts::123456789012:assumed-role/pod/xx");
  const auto unsigned_call =
      bare.Post("/", "Action=GetCallerIdentity&Version=2011-06-15", "application/x-www-form-urlencoded");
  EXPECT_EQ(between(unsigned_call->body, "<Code>", "</Code>"), "MissingAuthenticationToken");
}

TEST_F(SessionsTest, GivesTheMachinesRoleItsCredentialsByImdsV2AndTheContainerEndpoint) {
  httplib::Client bare(server.url());
  const std::string path = "/latest/meta-data/iam/security-credentials/";
  EXPECT_EQ(bare.Get(path)->status, 401);
  const auto token = bare.Put("/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}, "", "");
  ASSERT_EQ(token->status, 200);
  const httplib::Headers with_token{{"X-aws-ec2-metadata-token", token->body}};
  EXPECT_EQ(bare.Get(path, with_token)->status, 404);
  control.cloud().with([](World& world) { world.add_role(Control::account, "box"); });
  ASSERT_EQ(bare.Get(path, with_token)->body, "box");
  EXPECT_EQ(bare.Get("/_container/credentials")->status, 403);
  for (const auto& reply :
       {bare.Get(path + "box", with_token), bare.Get("/_container/credentials", {{"Authorization", token->body}})}) {
    const Json given = Json::parse(reply->body);
    SignedClient session(server, {.id = given["AccessKeyId"], .secret = given["SecretAccessKey"]});
    session.token = given["Token"];
    EXPECT_EQ(value_of(session.sts("Action=GetCallerIdentity"), "Arn"),
              "arn:aws:sts::123456789012:assumed-role/box/i-0123456789abcdef0");
  }
}

TEST_F(SessionsTest, KeepsSessionTokensWithoutMfaOutOfIam) {
  const Said said = client.sts("Action=GetSessionToken");
  SignedClient session(server, {.id = value_of(said, "AccessKeyId"), .secret = value_of(said, "SecretAccessKey")});
  session.token = value_of(said, "SessionToken");
  EXPECT_EQ(session.sts("Action=GetCallerIdentity").status, 200);
  EXPECT_EQ(session.iam("Action=ListUsers").code, "InvalidClientTokenId");
}

}  // namespace
}  // namespace simulated_cloud
