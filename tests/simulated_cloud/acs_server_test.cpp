// The second cloud over HTTP: RAM, STS and the front door, in both signature styles.
#include <gtest/gtest.h>

#include "acs_client.hpp"

namespace simulated_cloud {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Every test runs in both styles.
class AcsServerTest : public ::testing::TestWithParam<bool> {
 protected:
  AcsServerTest() { client.v1 = GetParam(); }
  [[nodiscard]] AcsClient as(const KeySeen& one) const {
    AcsClient out(server, one);
    out.v1 = GetParam();
    return out;
  }
  [[nodiscard]] AcsSaid whoami(const KeySeen& one) const { return as(one).sts("GetCallerIdentity"); }
  void set(const std::function<void(Options&)>& change) {
    Options options = control.options();
    change(options);
    control.set(options);
  }
  static KeySeen key_of(const AcsSaid& made) {
    return {.id = made.body["AccessKey"]["AccessKeyId"], .secret = made.body["AccessKey"]["AccessKeySecret"]};
  }

  Server server;
  Control control{server};
  KeySeen key = control.seed_user("dev", hours{24 * 120}, Control::acs_account);
  AcsClient client{server, key};
};
INSTANTIATE_TEST_SUITE_P(Styles, AcsServerTest, ::testing::Values(false, true),
                         [](const auto& style) { return style.param ? "V1" : "V3"; });

TEST_P(AcsServerTest, TellsACallerWhoItIs) {
  const AcsSaid said = client.sts("GetCallerIdentity");
  ASSERT_EQ(said.status, 200) << said.text;
  EXPECT_EQ(said.body["Arn"], "acs:ram::1234567890123456:user/dev");
  EXPECT_EQ(said.body["AccountId"], "1234567890123456");
  EXPECT_EQ(said.body["IdentityType"], "RAMUser");
  EXPECT_EQ(said.body["UserId"].get<std::string>().size(), 18U);
  EXPECT_EQ(said.body["RequestId"], said.headers.find("x-acs-request-id")->second);
}

TEST_P(AcsServerTest, MakesChangesAndDeletesKeys) {
  const AcsSaid made = client.ram("CreateAccessKey", {{"UserName", "dev"}});
  ASSERT_EQ(made.status, 200) << made.text;
  const KeySeen fresh = key_of(made);
  EXPECT_EQ(fresh.id.size(), 24U);
  EXPECT_TRUE(fresh.id.starts_with("LTAI5t"));
  EXPECT_EQ(fresh.secret.size(), 30U);
  EXPECT_EQ(whoami(fresh).status, 200);
  const AcsSaid full = client.ram("CreateAccessKey", {{"UserName", "dev"}});
  EXPECT_EQ(full.code, "LimitExceeded.User.AccessKey");
  EXPECT_EQ(full.status, 409);
  const Parameters named{{"UserName", "dev"}, {"UserAccessKeyId", fresh.id}};
  AcsSaid refused = client.ram("DeleteAccessKey", named);
  EXPECT_EQ(refused.code, "DeleteConflict.AccessKey.Active");
  EXPECT_EQ(refused.status, 409);
  Parameters update = named;
  update["Status"] = "Inactive";
  EXPECT_EQ(client.ram("UpdateAccessKey", update).status, 200);
  const AcsSaid listed = client.ram("ListAccessKeys", {{"UserName", "dev"}});
  ASSERT_EQ(listed.body["AccessKeys"]["AccessKey"].size(), 2U);
  EXPECT_EQ(listed.body["AccessKeys"]["AccessKey"][1]["Status"], "Inactive");
  EXPECT_EQ(listed.text.find("Secret"), std::string::npos);
  EXPECT_EQ(client.ram("DeleteAccessKey", named).status, 200);
  refused = client.ram("DeleteAccessKey", named);
  EXPECT_EQ(refused.code, "EntityNotExist.User.AccessKey");
  EXPECT_EQ(refused.status, 404);
  EXPECT_EQ(client.ram("ListAccessKeys", {{"UserName", "nobody"}}).code, "EntityNotExist.User");
  const auto log = control.log();
  const auto create = std::find_if(
      log.begin(), log.end(), [](const LogEntry& entry) { return entry.worked && entry.action == "CreateAccessKey"; });
  ASSERT_NE(create, log.end());
  EXPECT_EQ(create->created_key, fresh.id);
  EXPECT_EQ(create->service, "ram");
  EXPECT_EQ(create->user, "dev");
  EXPECT_EQ(log.back().action, "ListAccessKeys");
  EXPECT_EQ(log[log.size() - 2].target_key, fresh.id);
}

TEST_P(AcsServerTest, ActsOnTheCallerIfNobodyIsNamed) {
  EXPECT_EQ(client.ram("CreateAccessKey").status, 200);
  EXPECT_EQ(control.keys("dev", Control::acs_account).size(), 2U);
}

TEST_P(AcsServerTest, DoesNotTakeTheSigningKeyForTheOneMeant) {
  const AcsSaid said = client.ram("UpdateAccessKey", {{"UserName", "dev"}, {"Status", "Inactive"}});
  EXPECT_EQ(said.code, "InvalidParameter");
  EXPECT_EQ(control.keys("dev", Control::acs_account).front().status, KeyStatus::active);
}

TEST_P(AcsServerTest, RefusesUnknownDeletedAndInactiveKeysAndWrongSecrets) {
  AcsSaid said = whoami({.id = "LTAI5tUnknown00000000000", .secret = "x"});
  EXPECT_EQ(said.code, "InvalidAccessKeyId.NotFound");
  EXPECT_EQ(said.status, 404);
  said = whoami({.id = key.id, .secret = "wrong"});
  EXPECT_EQ(said.code, "SignatureDoesNotMatch");
  EXPECT_EQ(said.status, 400);
  control.set_status(key.id, KeyStatus::inactive);
  said = whoami({.id = key.id, .secret = "wrong"});
  EXPECT_EQ(said.code, "InvalidAccessKeyId.Inactive") << "looked up before its signature";
  EXPECT_EQ(said.status, 400);
  control.delete_key(key.id);
  EXPECT_EQ(whoami(key).code, "InvalidAccessKeyId.NotFound");
}

TEST_P(AcsServerTest, TakesEachNonceOnceForEachKey) {
  client.nonce = "the-same";
  EXPECT_EQ(client.sts("GetCallerIdentity").status, 200);
  const AcsSaid again = client.sts("GetCallerIdentity");
  EXPECT_EQ(again.code, "SignatureNonceUsed");
  EXPECT_EQ(again.status, 400);
  AcsClient other = as(control.seed_user("other", hours{1}, Control::acs_account));
  other.nonce = "the-same";
  EXPECT_EQ(other.sts("GetCallerIdentity").status, 200);
  control.advance(minutes{16});
  client.clock_offset = minutes{16};
  EXPECT_EQ(client.sts("GetCallerIdentity").status, 200);
}

TEST_P(AcsServerTest, DoesNotLetAForgeryUseUpANonce) {
  AcsClient forger = as({.id = key.id, .secret = "wrong"});
  forger.nonce = client.nonce = "the-same";
  EXPECT_EQ(forger.sts("GetCallerIdentity").code, "SignatureDoesNotMatch");
  EXPECT_EQ(client.sts("GetCallerIdentity").status, 200);
}

TEST_P(AcsServerTest, RefusesASignatureFromAnotherTimeAndTellsItsOwn) {
  for (const auto offset : {minutes{16}, -minutes{16}}) {
    client.clock_offset = offset;
    const AcsSaid said = client.sts("GetCallerIdentity");
    EXPECT_EQ(said.code, "InvalidTimeStamp.Expired");
    EXPECT_EQ(said.status, 400);
  }
  set([](Options& options) { options.date_skew = hours{1}; });
  client.clock_offset = hours{1};
  const AcsSaid said = client.sts("GetCallerIdentity");
  EXPECT_EQ(said.status, 200);
  EXPECT_TRUE(said.headers.find("Date")->second.starts_with(http_date(real_time() + hours{1}).substr(0, 19)));
}

TEST_P(AcsServerTest, HandsOutUsersAPageAtATime) {
  for (int n = 0; n < 4; ++n) control.seed_user("more-" + std::to_string(n), hours{1}, Control::acs_account);
  std::vector<std::string> names;
  Parameters asked{{"MaxItems", "2"}};
  for (int page = 0; page < 3; ++page) {
    const AcsSaid said = client.ram("ListUsers", asked);
    ASSERT_EQ(said.status, 200) << said.text;
    for (const Json& user : said.body["Users"]["User"]) names.push_back(user["UserName"]);
    EXPECT_EQ(said.body["IsTruncated"], page < 2);
    asked["Marker"] = said.body.value("Marker", "");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"dev", "more-0", "more-1", "more-2", "more-3"}));
  EXPECT_EQ(client.ram("ListUsers", {{"Marker", "forged"}}).code, "InvalidParameter");
  EXPECT_EQ(client.ram("ListUsers", {{"MaxItems", "1001"}}).code, "InvalidParameter");
}

TEST_P(AcsServerTest, MakesAndDeletesUsers) {
  EXPECT_EQ(client.ram("CreateUser", {{"UserName", "new.one"}}).status, 200);
  EXPECT_EQ(client.ram("CreateUser", {{"UserName", "new.one"}}).code, "EntityAlreadyExists.User");
  EXPECT_EQ(client.ram("CreateUser", {{"UserName", "a b"}}).code, "InvalidParameter.UserName.InvalidChars");
  EXPECT_EQ(client.ram("CreateUser", {{"UserName", std::string(65, 'a')}}).code, "InvalidParameter.UserName.Length");
  EXPECT_EQ(client.ram("GetUser", {{"UserName", "new.one"}}).body["User"]["UserName"], "new.one");
  EXPECT_EQ(client.ram("DeleteUser", {{"UserName", "dev"}}).code, "DeleteConflict.User.AccessKey");
  EXPECT_EQ(client.ram("DeleteUser", {{"UserName", "new.one"}}).status, 200);
  EXPECT_EQ(client.ram("GetUser", {{"UserName", "new.one"}}).code, "EntityNotExist.User");
}

TEST_P(AcsServerTest, ShowsTheLastUseToTheHour) {
  const KeySeen fresh = control.create_key("dev", Control::acs_account);
  const Parameters named{{"UserName", "dev"}, {"UserAccessKeyId", fresh.id}};
  EXPECT_EQ(client.ram("GetAccessKeyLastUsed", named).body["AccessKeyLastUsed"]["LastUsedDate"], "");
  const auto hour = [] { return iso8601(std::chrono::floor<hours>(real_time())); };
  const std::string before = hour();
  EXPECT_EQ(whoami(fresh).status, 200);
  const std::string after = hour();
  const std::string shown = client.ram("GetAccessKeyLastUsed", named).body["AccessKeyLastUsed"]["LastUsedDate"];
  EXPECT_TRUE(shown == before || shown == after) << shown;
  EXPECT_EQ(client.control("options", {{"granularity_ms", 0}}).status, 200);
  EXPECT_EQ(control.options().acs_granularity, Millis{0});
}

TEST_P(AcsServerTest, DeniesByActionInItsOwnWords) {
  control.deny("dev", "ram:CreateAccessKey", Control::acs_account);
  const AcsSaid said = client.ram("CreateAccessKey", {{"UserName", "dev"}});
  EXPECT_EQ(said.code, "NoPermission");
  EXPECT_EQ(said.status, 403);
  EXPECT_TRUE(said.body.contains("AccessDeniedDetail"));
  EXPECT_EQ(client.ram("ListUsers").status, 200);
}

TEST_P(AcsServerTest, ThrottlesInItsOwnWords) {
  set([](Options& options) { options.throttle_rate = 0.001, options.throttle_burst = 1; });
  EXPECT_EQ(client.ram("ListUsers").status, 200);
  const AcsSaid said = client.ram("ListUsers");
  EXPECT_EQ(said.code, "Throttling.User");
  EXPECT_EQ(said.status, 400);
}

TEST_P(AcsServerTest, KeepsTheTwoCloudsApart) {
  const KeySeen aws = control.seed_user("dev");
  EXPECT_EQ(whoami(aws).code, "InvalidAccessKeyId.NotFound");
  EXPECT_EQ(client.ram("ListUsers").body["Users"]["User"].size(), 1U);
  EXPECT_EQ(control.keys("dev").size(), 1U);
}

TEST_P(AcsServerTest, CountsACallOfAnyOtherServiceAsAUseOfIt) {
  const KeySeen fresh = control.create_key("dev", Control::acs_account);
  AcsClient other = as(fresh);
  EXPECT_EQ(other.call("2014-05-26", "DescribeRegions", {}).status, 200);
  EXPECT_EQ(control.log().back().action, "ecs:DescribeRegions");
  EXPECT_EQ(control.cloud().with([&](World& world) { return world.last_used(*world.find_key(fresh.id))->service; }),
            "ecs");
}

TEST_P(AcsServerTest, SaysEachFaultInItsOwnWords) {
  const auto code = [&](FaultKind kind) {
    control.fault({.kind = kind, .action = "ListAccessKeys"});
    const AcsSaid said = client.ram("ListAccessKeys", {{"UserName", "dev"}});
    return said.code + " " + std::to_string(said.status);
  };
  EXPECT_EQ(code(FaultKind::error_500_before), "InternalError 500");
  EXPECT_EQ(code(FaultKind::error_500_after), "InternalError 500");
  EXPECT_EQ(code(FaultKind::error_503_before), "ServiceUnavailable 503");
  EXPECT_EQ(code(FaultKind::html_502_before), " 502");
  EXPECT_EQ(code(FaultKind::throttle), "Throttling.User 400");
  EXPECT_EQ(code(FaultKind::expired_token), "InvalidSecurityToken.Expired 400");
  EXPECT_EQ(code(FaultKind::access_denied), "NoPermission 403");
  EXPECT_EQ(code(FaultKind::no_such_entity), "EntityNotExist.User 404");
  EXPECT_EQ(code(FaultKind::drop_reply), " 0");
  EXPECT_EQ(code(FaultKind::garbage), " 200");
  control.fault({.kind = FaultKind::leak, .action = "CreateAccessKey"});
  const AcsSaid leak = client.ram("CreateAccessKey", {{"UserName", "dev"}});
  EXPECT_EQ(leak.code, "InternalError");
  EXPECT_NE(leak.text.find("AccessKeySecret"), std::string::npos);
  control.fault({.kind = FaultKind::no_such_entity, .action = "GetAccessKeyLastUsed"});
  EXPECT_EQ(client.ram("GetAccessKeyLastUsed", {{"UserName", "dev"}, {"UserAccessKeyId", key.id}}).code,
            "EntityNotExist.User.AccessKey");
}

TEST_P(AcsServerTest, HandsOutSessionsThatExpire) {
  control.cloud().with([](World& world) { world.add_role(Control::acs_account, "rotator").trust = {"*"}; });
  const AcsSaid said =
      client.sts("AssumeRole", {{"RoleArn", "acs:ram::1234567890123456:role/rotator"}, {"RoleSessionName", "night"}});
  ASSERT_EQ(said.status, 200) << said.text;
  AcsClient session =
      as({.id = said.body["Credentials"]["AccessKeyId"], .secret = said.body["Credentials"]["AccessKeySecret"]});
  EXPECT_EQ(session.sts("GetCallerIdentity").code, "MissingSecurityToken");
  session.token = "torn";
  EXPECT_EQ(session.sts("GetCallerIdentity").code, "InvalidSecurityToken.MismatchWithAccessKey");
  session.token = said.body["Credentials"]["SecurityToken"];
  const AcsSaid me = session.sts("GetCallerIdentity");
  EXPECT_EQ(me.body["Arn"], "acs:ram::1234567890123456:assumed-role/rotator/night");
  EXPECT_EQ(me.body["IdentityType"], "AssumedRoleUser");
  EXPECT_EQ(session.ram("ListAccessKeys").code, "MissingParameter.UserName");
  EXPECT_EQ(session.ram("ListAccessKeys", {{"UserName", "dev"}}).status, 200);
  control.cloud().with([](World& world) { world.options.date_follows_world = false; });
  control.advance(minutes{61});
  EXPECT_EQ(session.sts("GetCallerIdentity").code, "InvalidSecurityToken.Expired");
  EXPECT_EQ(
      client.sts("AssumeRole", {{"RoleArn", "acs:ram::1234567890123456:role/none"}, {"RoleSessionName", "xx"}}).code,
      "EntityNotExist.Role");
}

}  // namespace
}  // namespace simulated_cloud
