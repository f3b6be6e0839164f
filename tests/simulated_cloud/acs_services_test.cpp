// The second cloud beyond RAM: the recycle bin, ActionTrail, KMS, policies, and what the state shows of them.
#include <gtest/gtest.h>

#include "acs_client.hpp"

namespace simulated_cloud {
namespace {

using std::chrono::hours;
constexpr hours day{24};

class AcsServicesTest : public ::testing::Test {
 protected:
  // A further key, gone into the bin.
  KeySeen binned() {
    const KeySeen made = control.create_key("dev");
    control.delete_key(made.id);
    control.advance(Millis{1});
    return made;
  }
  [[nodiscard]] Parameters about(const KeySeen& one) { return {{"UserId", user_id()}, {"UserAccessKeyId", one.id}}; }
  [[nodiscard]] std::string user_id() {
    return control.cloud().with([](World& world) { return world.user(Control::acs_account, "dev").id; });
  }
  void world(const std::function<void(World&)>& change) { control.cloud().with(change); }

  Server server;
  Control control{server, Control::acs_account};
  KeySeen key = control.seed_user("dev", day * 120);
  AcsClient client{server, key};
};

TEST_F(AcsServicesTest, KeepsADeletedKeyInTheBinAndBringsItBackInactive) {
  const KeySeen gone = binned();
  const AcsSaid listed = client.ims("ListAccessKeysInRecycleBin", {{"UserId", user_id()}});
  ASSERT_EQ(listed.body["AccessKeys"]["AccessKey"].size(), 1U) << listed.text;
  const Json& shown = listed.body["AccessKeys"]["AccessKey"][0];
  EXPECT_EQ(shown["AccessKeyId"], gone.id);
  EXPECT_EQ(
      *parse_iso8601(shown["DeleteDate"].get<std::string>()) - *parse_iso8601(shown["RecycleDate"].get<std::string>()),
      day * 30);
  EXPECT_EQ(client.ims("GetAccessKeyInfoInRecycleBin", about(gone)).body["AccessKey"]["UserId"], user_id());
  EXPECT_EQ(client.ims("RestoreAccessKeyFromRecycleBin", about(gone)).status, 200);
  EXPECT_EQ(control.log().back().user, "dev");
  EXPECT_EQ(control.log().back().target_key, gone.id);
  const auto keys = control.keys("dev");
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].id, gone.id);
  EXPECT_EQ(keys[1].secret, gone.secret);
  EXPECT_EQ(keys[1].status, KeyStatus::inactive);
  EXPECT_EQ(AcsClient(server, gone).sts("GetCallerIdentity").code, "InvalidAccessKeyId.Inactive");
  EXPECT_TRUE(control.bin("dev").empty());
  const AcsSaid again = client.ims("RestoreAccessKeyFromRecycleBin", about(gone));
  EXPECT_EQ(again.code, "EntityNotExist.User.AccessKey");
  EXPECT_EQ(again.status, 404);
  control.set_status(gone.id, KeyStatus::active);
  EXPECT_EQ(AcsClient(server, gone).sts("GetCallerIdentity").status, 200);
}

TEST_F(AcsServicesTest, RestoresNothingBesideTwoKeys) {
  const KeySeen gone = binned();
  control.create_key("dev");
  const AcsSaid said = client.ims("RestoreAccessKeyFromRecycleBin", about(gone));
  EXPECT_EQ(said.code, "LimitExceeded.User.AccessKey");
  EXPECT_EQ(said.status, 409);
  EXPECT_EQ(control.bin("dev"), std::vector<std::string>{gone.id});
}

TEST_F(AcsServicesTest, LosesTheOldestWhenAFourthKeyComesIntoTheBin) {
  std::vector<std::string> gone;
  for (int n = 0; n < 4; ++n) gone.push_back(binned().id);
  EXPECT_EQ(control.bin("dev"), std::vector<std::string>(gone.begin() + 1, gone.end()));
  EXPECT_EQ(client.ims("RestoreAccessKeyFromRecycleBin", about({.id = gone[0], .secret = {}})).code,
            "EntityNotExist.User.AccessKey");
}

TEST_F(AcsServicesTest, EmptiesTheBinAfterThirtyDaysAndAtRequest) {
  world([](World& w) { w.options.date_follows_world = false; });
  const KeySeen first = binned();
  control.advance(day * 29);
  const KeySeen second = binned();
  control.advance(day * 1);
  EXPECT_EQ(control.bin("dev"), std::vector<std::string>{second.id});
  EXPECT_EQ(client.ims("DeleteAccessKeyInRecycleBin", about(first)).code, "EntityNotExist.User.AccessKey");
  EXPECT_EQ(client.ims("DeleteAccessKeyInRecycleBin", about(second)).status, 200);
  EXPECT_TRUE(control.bin("dev").empty());
}

TEST_F(AcsServicesTest, DeletesAnActiveKeyIfTheOptionLetsIt) {
  const KeySeen made = control.create_key("dev");
  const Parameters named{{"UserName", "dev"}, {"UserAccessKeyId", made.id}};
  EXPECT_EQ(client.ram("DeleteAccessKey", named).status, 409);
  EXPECT_EQ(client.control("options", {{"delete_active_refused", false}}).status, 200);
  EXPECT_EQ(client.ram("DeleteAccessKey", named).status, 200);
  control.restore_key(made.id);
  EXPECT_EQ(control.keys("dev")[1].status, KeyStatus::inactive);
}

TEST_F(AcsServicesTest, AsksForThePermissionOfTheBin) {
  const KeySeen gone = binned();
  control.deny("dev", "ram:RestoreAccessKeyFromRecycleBin");
  EXPECT_EQ(client.ims("RestoreAccessKeyFromRecycleBin", about(gone)).code, "NoPermission");
  EXPECT_EQ(client.ims("ListAccessKeysInRecycleBin", {{"UserId", "299999999999999999"}}).code, "EntityNotExist.User");
}

TEST_F(AcsServicesTest, GivesARecreatedUserAnEmptyBin) {
  const KeySeen gone = binned();
  world([](World& w) { w.recreate_user(Control::acs_account, "dev"); });
  EXPECT_TRUE(control.bin("dev").empty());
  EXPECT_THROW(control.restore_key(gone.id), ApiError);
}

TEST_F(AcsServicesTest, TellsWhoUsedAKeyByServiceAddressAndEvent) {
  const KeySeen used = control.create_key("dev");
  EXPECT_EQ(client.trail("GetAccessKeyLastUsedInfo", {{"AccessKey", used.id}}).body.contains("UsedTimestamp"), false);
  world([](World& w) { w.options.date_follows_world = false; });
  const auto play = [&](const char* service, const char* address, const char* event) {
    const Json move{{"do", "use"}, {"key", used.id}, {"service", service}, {"address", address}, {"event", event}};
    EXPECT_EQ(client.control("play", {{"moves", {move}}}).status, 200);
    control.advance(hours{1});
  };
  play("oss", "192.0.2.1", "PutObject");
  play("ecs", "192.0.2.1", "DescribeInstances");
  play("ecs", "192.0.2.2", "DescribeRegions");
  const AcsSaid info = client.trail("GetAccessKeyLastUsedInfo", {{"AccessKey", used.id}});
  EXPECT_EQ(info.body["ServiceName"], "Ecs") << info.text;
  EXPECT_EQ(info.body["UserName"], "dev");
  EXPECT_EQ(Json::parse(info.body["Detail"].get<std::string>())["sourceIpAddress"], "192.0.2.2");
  const auto at = info.body["UsedTimestamp"].get<Millis::rep>();
  EXPECT_EQ(at % Millis{hours{1}}.count(), 0);
  const AcsSaid products = client.trail("GetAccessKeyLastUsedProducts", {{"AccessKey", used.id}});
  ASSERT_EQ(products.body["Products"].size(), 2U);
  EXPECT_EQ(products.body["Products"][1]["ServiceName"], "Oss");
  AcsSaid ips =
      client.trail("GetAccessKeyLastUsedIps", {{"AccessKey", used.id}, {"ServiceName", "Ecs"}, {"PageSize", "1"}});
  ASSERT_EQ(ips.body["Ips"].size(), 1U) << ips.text;
  EXPECT_EQ(ips.body["Ips"][0]["Ip"], "192.0.2.2");
  ips = client.trail(
      "GetAccessKeyLastUsedIps",
      {{"AccessKey", used.id}, {"ServiceName", "Ecs"}, {"PageSize", "1"}, {"NextToken", ips.body["NextToken"]}});
  EXPECT_EQ(ips.body["Ips"][0]["Ip"], "192.0.2.1");
  EXPECT_FALSE(ips.body.contains("NextToken"));
  const AcsSaid events = client.trail("GetAccessKeyLastUsedEvents", {{"AccessKey", used.id}, {"ServiceName", "Oss"}});
  EXPECT_EQ(events.body["Events"][0]["EventName"], "PutObject");
  control.deny("dev", "actiontrail:*");
  EXPECT_EQ(client.trail("GetAccessKeyLastUsedInfo", {{"AccessKey", used.id}}).code, "NoPermission");
}

TEST_F(AcsServicesTest, ShowsAUseOnlyAfterItsLagAndOncePerHour) {
  const KeySeen used = control.create_key("dev");
  world([](World& w) {
    w.options.date_follows_world = false;
    w.options.lag = hours{2};
  });
  const Parameters named{{"UserAccessKeyId", used.id}};
  control.use(used.id);
  control.advance(hours{2} - std::chrono::minutes{1});
  EXPECT_EQ(client.ram("GetAccessKeyLastUsed", named).body["AccessKeyLastUsed"]["LastUsedDate"], "");
  EXPECT_EQ(client.trail("GetAccessKeyLastUsedProducts", {{"AccessKey", used.id}}).body["Products"].size(), 0U);
  control.advance(std::chrono::minutes{1});
  EXPECT_NE(client.ram("GetAccessKeyLastUsed", named).body["AccessKeyLastUsed"]["LastUsedDate"], "");
  EXPECT_EQ(client.trail("GetAccessKeyLastUsedProducts", {{"AccessKey", used.id}}).body["Products"].size(), 1U);
}

TEST_F(AcsServicesTest, KeepsVersionsOfASecretAndMovesStagesByCompareAndSet) {
  const Json state{
      {"accounts",
       {{{"id", Control::acs_account},
         {"secrets",
          {{{"name", "app"}, {"value", "one"}}, {{"name", "managed"}, {"value", "x"}, {"type", "RAMCredentials"}}}}}}}};
  ASSERT_EQ(client.control("seed", state).status, 200);
  AcsSaid said = client.kms("GetSecretValue", {{"SecretName", "app"}});
  EXPECT_EQ(said.body["SecretData"], "one") << said.text;
  EXPECT_EQ(said.body["VersionStages"]["VersionStage"], Json({"ACSCurrent"}));
  const Parameters put{
      {"SecretName", "app"}, {"VersionId", "v2"}, {"SecretData", "two"}, {"VersionStages", "[\"pending\"]"}};
  EXPECT_EQ(client.kms("PutSecretValue", put).status, 200);
  EXPECT_EQ(client.kms("PutSecretValue", put).status, 200) << "the same again";
  Parameters other = put;
  other["SecretData"] = "three";
  EXPECT_EQ(client.kms("PutSecretValue", other).code, "Rejected.ResourceExist");
  EXPECT_EQ(client.kms("GetSecretValue", {{"SecretName", "app"}}).body["SecretData"], "one");
  EXPECT_EQ(client.kms("GetSecretValue", {{"SecretName", "app"}, {"VersionStage", "pending"}}).body["SecretData"],
            "two");
  const auto move = [&](const char* from, const char* to) {
    return client.kms(
        "UpdateSecretVersionStage",
        {{"SecretName", "app"}, {"VersionStage", "ACSCurrent"}, {"RemoveFromVersion", from}, {"MoveToVersion", to}});
  };
  EXPECT_EQ(move("v2", "v1").code, "Rejected.ResourceInUse");
  EXPECT_EQ(move("v1", "v2").status, 200);
  EXPECT_EQ(client.kms("GetSecretValue", {{"SecretName", "app"}}).body["SecretData"], "two");
  EXPECT_EQ(client.kms("GetSecretValue", {{"SecretName", "app"}, {"VersionStage", "ACSPrevious"}}).body["SecretData"],
            "one");
  EXPECT_EQ(client.kms("ListSecretVersionIds", {{"SecretName", "app"}}).body["VersionIds"]["VersionId"].size(), 2U);
  EXPECT_EQ(client.kms("GetSecretValue", {{"SecretName", "none"}}).code, "Forbidden.ResourceNotFound");
  EXPECT_EQ(client.kms("PutSecretValue", {{"SecretName", "managed"}, {"VersionId", "v2"}, {"SecretData", "y"}}).status,
            400);
  for (int n = 0; n < 20; ++n) {
    const std::string id = "w" + std::to_string(n);
    EXPECT_EQ(client.kms("PutSecretValue", {{"SecretName", "app"}, {"VersionId", id}, {"SecretData", id}}).status, 200);
  }
  const Json seen = client.look("state").body["accounts"][0]["secrets"][0];
  EXPECT_EQ(seen["versions"].size(), 10U);
  EXPECT_EQ(seen["value"], "w19");
}

TEST_F(AcsServicesTest, ShowsAUsersPolicyAsADocument) {
  world(
      [](World& w) { w.user(Control::acs_account, "dev").policy = {.allow = {"ram:*"}, .deny = {"ram:CreateUser"}}; });
  const AcsSaid listed = client.ram("ListPoliciesForUser", {{"UserName", "dev"}});
  ASSERT_EQ(listed.body["Policies"]["Policy"].size(), 1U) << listed.text;
  const std::string name = listed.body["Policies"]["Policy"][0]["PolicyName"];
  const AcsSaid got = client.ram("GetPolicy", {{"PolicyName", name}, {"PolicyType", "Custom"}});
  const Json document = Json::parse(got.body["DefaultPolicyVersion"]["PolicyDocument"].get<std::string>());
  EXPECT_EQ(document["Version"], "1");
  EXPECT_EQ(document["Statement"][0], Json({{"Effect", "Allow"}, {"Action", {"ram:*"}}, {"Resource", "*"}}));
  EXPECT_EQ(document["Statement"][1]["Effect"], "Deny");
  EXPECT_EQ(client.ram("GetPolicyVersion", {{"PolicyName", name}, {"PolicyType", "Custom"}, {"VersionId", "v1"}})
                .body["PolicyVersion"]["PolicyDocument"],
            document.dump());
  EXPECT_EQ(client.ram("GetPolicy", {{"PolicyName", "none"}, {"PolicyType", "Custom"}}).code, "EntityNotExist.Policy");
}

TEST_F(AcsServicesTest, ComesBackTheSameThroughItsJson) {
  binned();
  control.use(key.id, "oss", "cn-hangzhou");
  ASSERT_EQ(
      client
          .control("seed",
                   {{"accounts", {{{"id", Control::acs_account}, {"secrets", {{{"name", "app"}, {"value", "one"}}}}}}}})
          .status,
      200);
  EXPECT_EQ(client.ram("ListUsers").status, 200);
  const Json state = control.cloud().with([](World& w) { return state_of(w); });
  ASSERT_EQ(state["accounts"][0]["users"][0]["bin"].size(), 1U);
  EXPECT_EQ(state["accounts"][0]["partition"], "acs");
  const Time at = *parse_iso8601(state["now"].get<std::string>());
  World copy([at] { return at; }, 99);
  seed(copy, state);
  const Json again = state_of(copy);
  // Counters belong to a run, not to a state.
  const auto user = [](const Json& of) { return of["accounts"][0]["users"][0]; };
  EXPECT_EQ(user(again)["bin"], user(state)["bin"]);
  EXPECT_EQ(user(again)["keys"][0]["origins"], user(state)["keys"][0]["origins"]);
  EXPECT_EQ(again["accounts"][0]["secrets"], state["accounts"][0]["secrets"]);
  EXPECT_EQ(again["options"], state["options"]);
  EXPECT_EQ(copy.restore_key(copy.bin(copy.user(Control::acs_account, "dev")).front().id).now().status,
            KeyStatus::inactive);
}

}  // namespace
}  // namespace simulated_cloud
