#include <gtest/gtest.h>

#include "signed_client.hpp"
#include "state_json.hpp"

namespace simulated_cloud {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class ServerTest : public ::testing::Test {
 protected:
  [[nodiscard]] Said whoami(const KeySeen& one) { return SignedClient(server, one).sts("Action=GetCallerIdentity"); }
  void set(const std::function<void(Options&)>& change) {
    Options options = control.options();
    change(options);
    control.set(options);
  }

  Server server;
  Control control{server};
  KeySeen key = control.seed_user("dev");
  SignedClient client{server, key};
};

TEST_F(ServerTest, TellsACallerWhoItIs) {
  const Said said = client.sts("Action=GetCallerIdentity");
  EXPECT_EQ(said.status, 200);
  EXPECT_EQ(value_of(said, "Arn"), "arn:aws:iam::123456789012:user/dev");
  EXPECT_EQ(value_of(said, "Account"), "123456789012");
  EXPECT_TRUE(value_of(said, "UserId").starts_with("AIDA"));
  EXPECT_FALSE(said.headers.find("x-amzn-RequestId")->second.empty());
}

TEST_F(ServerTest, RefusesUnknownDeletedAndInactiveKeys) {
  EXPECT_EQ(whoami({.id = "AKIAUNKNOWN234567890", .secret = "x"}).code, "InvalidClientTokenId");
  control.set_status(key.id, KeyStatus::inactive);
  EXPECT_EQ(whoami(key).code, "InvalidClientTokenId");
  EXPECT_EQ(whoami(key).status, 403);
  control.set_status(key.id, KeyStatus::expired);
  EXPECT_EQ(whoami(key).code, "InvalidClientTokenId");
  control.set_status(key.id, KeyStatus::active);
  EXPECT_EQ(whoami(key).status, 200);
  control.delete_key(key.id);
  EXPECT_EQ(whoami(key).code, "InvalidClientTokenId");
}

TEST_F(ServerTest, RefusesAWrongSecretAndASignatureFromAnotherTime) {
  EXPECT_EQ(whoami({.id = key.id, .secret = "wrong"}).code, "SignatureDoesNotMatch");
  client.clock_offset = minutes{16};
  Said said = client.sts("Action=GetCallerIdentity");
  EXPECT_EQ(said.code, "SignatureDoesNotMatch");
  EXPECT_NE(said.body.find("Signature not yet current"), std::string::npos);
  client.clock_offset = -minutes{16};
  said = client.sts("Action=GetCallerIdentity");
  EXPECT_NE(said.body.find("Signature expired"), std::string::npos);
}

TEST_F(ServerTest, TellsItsOwnTimeAndJudgesByIt) {
  set([](Options& options) { options.date_skew = hours{1}; });
  const Said said = client.sts("Action=GetCallerIdentity");
  EXPECT_EQ(said.code, "SignatureDoesNotMatch");
  // The offset read from the Date header, applied, makes the call pass.
  client.clock_offset = hours{1};
  EXPECT_EQ(client.sts("Action=GetCallerIdentity").status, 200);
  const std::string hour_ahead = http_date(real_time() + hours{1}).substr(0, 19);
  EXPECT_TRUE(said.headers.find("Date")->second.starts_with(hour_ahead)) << said.headers.find("Date")->second;
}

TEST_F(ServerTest, KeepsTheSignatureWindowOnRealTimeIfAskedWhileTheWorldMovesOn) {
  control.advance(hours{5});
  EXPECT_EQ(whoami(key).code, "SignatureDoesNotMatch");
  set([](Options& options) { options.date_follows_world = false; });
  EXPECT_EQ(whoami(key).status, 200);
}

TEST_F(ServerTest, RefusesIamSignedForAnotherRegion) {
  client.region = "eu-west-1";
  EXPECT_EQ(client.iam("Action=ListUsers").code, "SignatureDoesNotMatch");
  EXPECT_EQ(client.sts("Action=GetCallerIdentity").status, 200);
  client.region = "nowhere";
  EXPECT_EQ(client.sts("Action=GetCallerIdentity").code, "SignatureDoesNotMatch");
}

TEST_F(ServerTest, NamesWhatItDoesNotUnderstand) {
  EXPECT_EQ(client.iam("Action=Conjure").code, "InvalidAction");
  EXPECT_EQ(client.iam("Nothing=here").code, "MissingAction");
  EXPECT_EQ(client.post("iam", "Action=ListUsers&Version=2011-06-15").code, "InvalidAction");
  EXPECT_EQ(client.iam("Action=ListUsers&MaxItems=1001").code, "ValidationError");
  EXPECT_EQ(client.iam("Action=GetUser&UserName=a%2Fb").code, "ValidationError");
  EXPECT_EQ(client.iam("Action=GetUser&UserName=nobody").code, "NoSuchEntity");
  EXPECT_EQ(client.iam("Action=GetUser&UserName=nobody").status, 404);
}

TEST_F(ServerTest, MakesAndChangesKeys) {
  const Said made = client.iam("Action=CreateAccessKey&UserName=dev");
  ASSERT_EQ(made.status, 200);
  const std::string id = value_of(made, "AccessKeyId");
  EXPECT_EQ(whoami({.id = id, .secret = value_of(made, "SecretAccessKey")}).status, 200);
  const Said full = client.iam("Action=CreateAccessKey&UserName=dev");
  EXPECT_EQ(full.code, "LimitExceeded");
  EXPECT_EQ(full.status, 409);
  const std::string update = "Action=UpdateAccessKey&UserName=dev&AccessKeyId=" + id + "&Status=";
  EXPECT_EQ(client.iam(update + "Inactive").status, 200);
  EXPECT_EQ(client.iam(update + "Expired").code, "ValidationError");
  EXPECT_EQ(client.iam(update + "inactive").code, "ValidationError");
  const Said listed = client.iam("Action=ListAccessKeys&UserName=dev");
  EXPECT_NE(listed.body.find(id + "</AccessKeyId><Status>Inactive"), std::string::npos) << listed.body;
  EXPECT_EQ(listed.body.find("SecretAccessKey"), std::string::npos);
  EXPECT_EQ(client.iam("Action=DeleteAccessKey&UserName=dev&AccessKeyId=" + id).status, 200);
  EXPECT_EQ(client.iam("Action=DeleteAccessKey&UserName=dev&AccessKeyId=" + id).code, "NoSuchEntity");
  EXPECT_EQ(control.keys("dev").size(), 1U);
}

TEST_F(ServerTest, DoesNotLetOneUsersCallTouchAnothersKey) {
  const KeySeen other = control.seed_user("other");
  EXPECT_EQ(client.iam("Action=DeleteAccessKey&UserName=dev&AccessKeyId=" + other.id).code, "NoSuchEntity");
  EXPECT_EQ(control.keys("other").size(), 1U);
}

TEST_F(ServerTest, DeniesLastUsedOfAnotherAccountsKey) {
  const KeySeen foreign = control.seed_user("dev", hours{24}, "210987654321");
  EXPECT_EQ(client.iam("Action=GetAccessKeyLastUsed&AccessKeyId=" + foreign.id).code, "AccessDenied");
  const Said own = client.iam("Action=GetAccessKeyLastUsed&AccessKeyId=" + key.id);
  EXPECT_EQ(value_of(own, "UserName"), "dev");
  EXPECT_EQ(value_of(own, "ServiceName"), "iam");
}

TEST_F(ServerTest, ShowsANeverUsedKeyWithoutADate) {
  const KeySeen fresh = control.create_key("dev");
  const Said said = client.iam("Action=GetAccessKeyLastUsed&AccessKeyId=" + fresh.id);
  EXPECT_EQ(value_of(said, "ServiceName"), "N/A");
  EXPECT_EQ(value_of(said, "Region"), "N/A");
  EXPECT_EQ(said.body.find("LastUsedDate"), std::string::npos);
}

TEST_F(ServerTest, CountsDeniedCallsAsUseButNotBadSignatures) {
  const KeySeen fresh = control.create_key("dev");
  const auto used = [&] {
    return control.cloud().with([&](World& world) { return world.last_used(*world.find_key(fresh.id)).has_value(); });
  };
  static_cast<void>(whoami({.id = fresh.id, .secret = "wrong"}));
  EXPECT_FALSE(used());
  control.deny("dev", "iam:ListUsers");
  EXPECT_EQ(SignedClient(server, fresh).iam("Action=ListUsers").code, "AccessDenied");
  EXPECT_TRUE(used());
}

TEST_F(ServerTest, DeniesByActionAndSimulatesThatPolicy) {
  control.deny("dev", "iam:CreateAccessKey");
  EXPECT_EQ(client.iam("Action=CreateAccessKey&UserName=dev").code, "AccessDenied");
  EXPECT_EQ(client.iam("Action=CreateAccessKey&UserName=dev").status, 403);
  const Said said = client.iam(
      "Action=SimulatePrincipalPolicy&PolicySourceArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Auser%2Fdev"
      "&ActionNames.member.1=iam%3AListUsers&ActionNames.member.2=iam%3ACreateAccessKey");
  EXPECT_NE(said.body.find("iam:ListUsers</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>allowed"),
            std::string::npos);
  EXPECT_NE(said.body.find("<EvalDecision>explicitDeny"), std::string::npos);
}

TEST_F(ServerTest, PagesByOpaqueMarkersThatMustComeBackVerbatim) {
  for (int n = 0; n < 5; ++n) control.seed_user("more-" + std::to_string(n));
  std::vector<std::string> names;
  std::string marker;
  for (int page = 0; page < 3; ++page) {
    const Said said =
        client.iam("Action=ListUsers&MaxItems=2" + (marker.empty() ? "" : "&Marker=" + uri_encode(marker)));
    for (std::size_t at = 0; (at = said.body.find("<UserName>", at)) != std::string::npos; ++at) {
      names.push_back(between(said.body.substr(at), "<UserName>", "</UserName>"));
    }
    EXPECT_EQ(value_of(said, "IsTruncated"), page < 2 ? "true" : "false");
    marker = value_of(said, "Marker");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"dev", "more-0", "more-1", "more-2", "more-3", "more-4"}));
  const std::string first = value_of(client.iam("Action=ListUsers&MaxItems=1"), "Marker");
  EXPECT_EQ(client.iam("Action=ListUsers&Marker=" + uri_encode(first) + "00").code, "ValidationError");
  EXPECT_EQ(client.iam("Action=ListAccessKeys&UserName=dev&Marker=" + uri_encode(first)).code, "ValidationError");
  set([](Options& options) { options.omit_is_truncated = true, options.page_cap = 4; });
  EXPECT_EQ(value_of(client.iam("Action=ListUsers&MaxItems=100"), "IsTruncated"), "true");
  EXPECT_EQ(value_of(client.iam("Action=ListAccessKeys&UserName=dev"), "IsTruncated"), "");
}

TEST_F(ServerTest, RefusesAtTheThrottleInIamsWords) {
  set([](Options& options) { options.throttle_rate = 0.001, options.throttle_burst = 2; });
  EXPECT_EQ(client.iam("Action=ListUsers").status, 200);
  EXPECT_EQ(client.iam("Action=ListUsers").status, 200);
  const Said said = client.iam("Action=ListUsers");
  EXPECT_EQ(said.code, "Throttling");
  EXPECT_EQ(said.status, 400);
  EXPECT_NE(said.body.find("Rate exceeded"), std::string::npos);
}

TEST_F(ServerTest, WritesReportsWithoutKeyIdsAndNoNewOneBeforeTheInterval) {
  EXPECT_EQ(client.iam("Action=GetCredentialReport").code, "ReportNotPresent");
  set([](Options& options) { options.report_delay = minutes{1}, options.date_follows_world = false; });
  EXPECT_EQ(value_of(client.iam("Action=GenerateCredentialReport"), "State"), "STARTED");
  EXPECT_EQ(value_of(client.iam("Action=GenerateCredentialReport"), "State"), "INPROGRESS");
  EXPECT_EQ(client.iam("Action=GetCredentialReport").code, "ReportInProgress");
  control.advance(minutes{1});
  EXPECT_EQ(value_of(client.iam("Action=GenerateCredentialReport"), "State"), "COMPLETE");
  const std::string before = value_of(client.iam("Action=GetCredentialReport"), "GeneratedTime");
  control.create_key("dev");
  EXPECT_EQ(value_of(client.iam("Action=GenerateCredentialReport"), "State"), "COMPLETE");
  EXPECT_EQ(value_of(client.iam("Action=GetCredentialReport"), "GeneratedTime"), before);
  control.advance(hours{4});
  EXPECT_EQ(client.iam("Action=GetCredentialReport").code, "ReportExpired");
  EXPECT_EQ(value_of(client.iam("Action=GenerateCredentialReport"), "State"), "STARTED");
}

TEST_F(ServerTest, RecordsADataPlaneCallAsAUseOfThatService) {
  const KeySeen fresh = control.create_key("dev");
  EXPECT_EQ(SignedClient(server, fresh).send("GET", "s3", "", "").status, 200);
  EXPECT_EQ(value_of(client.iam("Action=GetAccessKeyLastUsed&AccessKeyId=" + fresh.id), "ServiceName"), "s3");
  control.delete_key(fresh.id);
  EXPECT_EQ(SignedClient(server, fresh).send("GET", "s3", "", "").code, "InvalidAccessKeyId");
  const Said json = SignedClient(server, fresh).send("POST", "ssm", "{}", "application/x-amz-json-1.1");
  EXPECT_EQ(json.status, 400);
  EXPECT_NE(json.body.find("UnrecognizedClientException"), std::string::npos);
}

TEST_F(ServerTest, IsSeededAndWatchedOverHttp) {
  Said said = client.control("reset", R"({"options": {"propagation_ms": 60000}, "accounts": [{"id": "111122223333",
      "partition": "aws-cn", "users": [{"name": "u", "path": "/ops/", "keys": [{"id": "AKIAAAAAAAAAAAAAAAAA",
      "secret": "s", "created_days_ago": 120, "last_used": {"at_days_ago": 2, "service": "s3"}}]}]}]})");
  ASSERT_EQ(said.status, 200) << said.body;
  const Json state = Json::parse(client.look("state").body);
  EXPECT_EQ(state["accounts"][0]["users"][0]["arn"], "arn:aws-cn:iam::111122223333:user/ops/u");
  EXPECT_EQ(state["options"]["propagation_ms"], 60000);
  EXPECT_EQ(client.control("options", R"({"propagation": 1})").status, 400);
  said = client.control("play", R"({"moves": [{"do": "create_key", "account": "111122223333", "user": "u"}]})");
  const std::string id = Json::parse(said.body)["answers"][0]["id"];
  EXPECT_TRUE(id.starts_with("AKIA"));
  EXPECT_EQ(client.control("play", R"({"moves": [{"do": "conjure"}]})").status, 400);
  EXPECT_EQ(client.look("nothing").status, 404);
  SignedClient seeded(server, {.id = "AKIAAAAAAAAAAAAAAAAA", .secret = "s"});
  seeded.region = "cn-north-1";
  EXPECT_EQ(seeded.iam("Action=ListUsers").status, 200);
  EXPECT_EQ(seeded.iam("Action=GetUser&UserName=x").status, 404);
  const Json counters = Json::parse(client.look("counters").body);
  EXPECT_EQ(counters["AKIAAAAAAAAAAAAAAAAA"]["accepted"], 1);
  EXPECT_EQ(counters["AKIAAAAAAAAAAAAAAAAA"]["refused"]["NoSuchEntity"], 1);
  const Json log = Json::parse(client.look("log").body);
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0]["action"], "ListUsers");
  EXPECT_EQ(log[0]["connection"], log[1]["connection"]);
  EXPECT_EQ(log[1]["code"], "NoSuchEntity");
}

}  // namespace
}  // namespace simulated_cloud
