// Regions, endpoints and what a connection keeps of them, for Alibaba Cloud.
#include "providers/alibaba_ram/settings.hpp"

#include "tests/providers/alibaba_chain_fixture.hpp"

namespace {

using alibaba_ram::select_endpoints;
using tests::AlibabaChainTest;

std::string url_of(const std::optional<alibaba_ram::Endpoint>& endpoint) { return endpoint ? endpoint->url : "absent"; }

struct AlibabaSettingsTest : AlibabaChainTest {
  [[nodiscard]] std::string region(const std::optional<std::string>& named = {},
                                   const std::optional<std::string>& profile = {}) const {
    const auto& env = fake.world.env;
    return alibaba_ram::select_region(named, env, alibaba_ram::Files{env}, alibaba_ram::select_profile(profile, env));
  }
};

TEST_F(AlibabaSettingsTest, a_region_is_named_by_flag_environment_and_profile) {
  profiles({R"("name":"a","region_id":"cn-beijing")", R"("name":"b","region_id":"eu-central-1")"}, "a");
  EXPECT_EQ(region(), "cn-beijing");
  EXPECT_EQ(region({}, "b"), "eu-central-1");
  fake.variables["ALIBABA_CLOUD_PROFILE"] = "b";
  EXPECT_EQ(region(), "eu-central-1");
  fake.variables["ALIBABA_CLOUD_REGION_ID"] = "us-east-1";
  EXPECT_EQ(region(), "us-east-1");
  EXPECT_EQ(region({}, "a"), "cn-beijing");  // an explicit profile goes before the environment here as well
  EXPECT_EQ(region({}, "gone"), "us-east-1");
  EXPECT_EQ(region("ap-southeast-1", "a"), "ap-southeast-1");
  for (const auto* bad : {"evil.example/", "EU", "a b", "x@y", ""}) usage_trouble([&] { (void)region(bad); });
  fake.variables.clear();
  EXPECT_EQ(region(), "");
}

TEST_F(AlibabaSettingsTest, the_vendors_hosts_follow_the_region) {
  const auto nowhere = select_endpoints({}, "");
  EXPECT_EQ(nowhere.ram.url, "https://ram.aliyuncs.com/");
  EXPECT_EQ(nowhere.sts.url, "https://sts.aliyuncs.com/");
  EXPECT_EQ(url_of(nowhere.ims), "https://ims.aliyuncs.com/");
  EXPECT_EQ(url_of(nowhere.actiontrail), "https://actiontrail.cn-hangzhou.aliyuncs.com/");
  EXPECT_EQ(url_of(nowhere.kms), "absent");
  const auto frankfurt = select_endpoints({}, "eu-central-1");
  EXPECT_EQ(frankfurt.ram.url, "https://ram.aliyuncs.com/");
  EXPECT_EQ(frankfurt.sts.url, "https://sts.eu-central-1.aliyuncs.com/");
  EXPECT_EQ(url_of(frankfurt.ims), "https://ims.aliyuncs.com/");
  EXPECT_EQ(url_of(frankfurt.actiontrail), "https://actiontrail.eu-central-1.aliyuncs.com/");
  EXPECT_EQ(url_of(frankfurt.kms), "https://kms.eu-central-1.aliyuncs.com/");
  EXPECT_FALSE(frankfurt.ram.overridden || frankfurt.sts.overridden || frankfurt.ims->overridden);
}

TEST_F(AlibabaSettingsTest, beside_an_own_ram_nothing_of_the_real_cloud_is_reached) {
  const auto own = select_endpoints({{"ram", "http://127.0.0.1:5"}, {"sts", "http://localhost:6/"}}, "eu-central-1");
  EXPECT_EQ(own.ram.url, "http://127.0.0.1:5/");
  EXPECT_EQ(own.sts.url, "http://localhost:6/");
  EXPECT_TRUE(own.ram.overridden && own.sts.overridden);
  EXPECT_EQ(url_of(own.ims), "absent");
  EXPECT_EQ(url_of(own.actiontrail), "absent");
  EXPECT_EQ(url_of(own.kms), "absent");
  const auto all = select_endpoints({{"ram", "http://127.0.0.1:5"},
                                     {"sts", "http://127.0.0.1:5"},
                                     {"ims", "http://127.0.0.1:7"},
                                     {"actiontrail", "https://trail.example:8443"},
                                     {"kms", "http://127.0.0.1:9"},
                                     {"iam", "http://127.0.0.1:1"}},
                                    "");
  EXPECT_EQ(url_of(all.ims), "http://127.0.0.1:7/");
  EXPECT_EQ(url_of(all.actiontrail), "https://trail.example:8443/");
  EXPECT_EQ(url_of(all.kms), "http://127.0.0.1:9/");
  const auto problem = usage_trouble([] { (void)select_endpoints({{"ram", "http://127.0.0.1:5"}}, ""); });
  EXPECT_NE(problem.message.find("none for sts"), std::string::npos);
  EXPECT_NE(problem.hint.find("name sts beside ram"), std::string::npos);
}

TEST_F(AlibabaSettingsTest, one_other_endpoint_leaves_the_rest_as_it_is) {
  const auto found = select_endpoints({{"kms", "https://kms-vpc.cn-beijing.aliyuncs.com"}}, "cn-beijing");
  EXPECT_EQ(url_of(found.kms), "https://kms-vpc.cn-beijing.aliyuncs.com/");
  EXPECT_EQ(found.sts.url, "https://sts.cn-beijing.aliyuncs.com/");
  EXPECT_EQ(url_of(found.ims), "https://ims.aliyuncs.com/");
}

TEST_F(AlibabaSettingsTest, endpoints_that_may_not_be_spoken_to_are_refused_at_once) {
  for (const std::string service : {"ram", "sts", "ims", "actiontrail", "kms"}) {
    for (const auto* bad : {"http://10.0.0.1", "http://ram.aliyuncs.com", "ftp://127.0.0.1", "127.0.0.1:5000",
                            "https://host/path", "https://host/?q", "https://user:MySecret@host/"}) {
      std::map<std::string, std::string> named{{"ram", "http://127.0.0.1:5"}, {"sts", "http://127.0.0.1:5"}};
      named[service] = bad;
      const auto problem = usage_trouble([&] { (void)select_endpoints(named, ""); });
      EXPECT_NE(problem.message.find("The endpoint of " + service), std::string::npos) << problem.message;
    }
  }
}

TEST_F(AlibabaSettingsTest, requests_go_to_the_own_cloud_and_nowhere_else) {
  environment_keys();
  settings.endpoints = {{"ram", "http://127.0.0.1:5"}, {"sts", "http://127.0.0.1:6"}};
  const auto cloud = connect();
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_TRUE(transport->sent[0].url.starts_with("http://127.0.0.1:6/"));
  const auto binned = cloud->deleted_keys(rotation::UserId{"216959339000000000"});
  ASSERT_TRUE(rotation::refused(binned));
  EXPECT_EQ(rotation::refused(binned)->why, rotation::Refusal::unsupported);
  EXPECT_EQ(transport->sent.size(), 1U);
}

TEST_F(AlibabaSettingsTest, a_connection_keeps_the_region_and_the_endpoints_of_the_config) {
  profiles({R"("name":"a","region_id":"cn-beijing")"}, "a");
  settings.endpoints = {{"ram", "http://127.0.0.1:5"}, {"sts", "http://127.0.0.1:6/"}};
  const auto kept = alibaba_ram::pins(settings, fake.world.env);
  EXPECT_EQ(kept.region, "cn-beijing");
  EXPECT_EQ(kept.endpoints,
            (std::map<std::string, std::string>{{"ram", "http://127.0.0.1:5/"}, {"sts", "http://127.0.0.1:6/"}}));
  settings.endpoints.clear();
  EXPECT_TRUE(alibaba_ram::pins(settings, fake.world.env).endpoints.empty());
}

TEST_F(AlibabaSettingsTest, a_ca_bundle_is_named_by_openssls_variable) {
  EXPECT_FALSE(alibaba_ram::select_ca_bundle(fake.world.env));
  fake.variables["SSL_CERT_FILE"] = "/c.pem";
  EXPECT_EQ(alibaba_ram::select_ca_bundle(fake.world.env), "/c.pem");
}

TEST_F(AlibabaSettingsTest, the_older_signature_is_used_where_the_account_asks_for_it) {
  environment_keys();
  settings.style = alibaba_ram::SignatureStyle::v1;
  const auto cloud = connect();
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_NE(params_of(transport->sent[0]).find("SignatureMethod=HMAC-SHA1&"), std::string::npos);
  EXPECT_NE(params_of(transport->sent[0]).find("AccessKeyId=LTAIENV&"), std::string::npos);
}

}  // namespace
