// Sessions of Alibaba Cloud's STS: roles assumed with keys, with another profile, with an OIDC token; and their
// renewal.
#include "tests/providers/alibaba_chain_fixture.hpp"

namespace {

using rotation::Refusal;
using tests::alibaba_session;
using tests::AlibabaChainTest;
using tests::key_pair;
using namespace std::chrono_literals;

const std::string role = R"("mode":"RamRoleArn","ram_role_arn":"acs:ram::1:role/ops",)";

bool has(const tests::SentRequest& request, const std::string& text) {
  return AlibabaChainTest::params_of(request).find(text + "&") != std::string::npos;
}

TEST_F(AlibabaChainTest, a_role_is_assumed_with_the_keys_beside_it) {
  profiles({R"("name":"ops","ram_session_name":"me","expired_seconds":1800,"external_id":"e/1",)" + role +
            key_pair("LTAIBASE")});
  const auto cloud = connect("ops");
  transport->answers(200, alibaba_session("STS.FIRSTONE", "2026-01-02T03:34:05Z"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  ASSERT_EQ(transport->sent.size(), 2U);
  const auto& asked = transport->sent[0];
  EXPECT_EQ(header(asked, "x-acs-action"), "AssumeRole");
  EXPECT_TRUE(asked.url.starts_with("https://sts.aliyuncs.com/")) << asked.url;
  EXPECT_TRUE(has(asked, "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fops"));
  EXPECT_TRUE(has(asked, "RoleSessionName=me"));
  EXPECT_TRUE(has(asked, "DurationSeconds=1800"));
  EXPECT_TRUE(has(asked, "ExternalId=e%2F1"));
  EXPECT_EQ(signer_of(asked), "LTAIBASE");
  EXPECT_EQ(signer_of(transport->sent[1]), "STS.FIRSTONE token+of/STS.FIRSTONE=");
  EXPECT_FALSE(cloud->signing_key());  // temporary: there is no key to rotate from under us
}

TEST_F(AlibabaChainTest, a_session_is_kept_and_renewed_before_it_runs_out) {
  profiles({R"("name":"ops",)" + role + key_pair("LTAIBASE")});
  const auto cloud = connect("ops");
  transport->answers(200, alibaba_session("STS.FIRSTONE", "2026-01-02T04:04:05Z"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_TRUE(has(transport->sent[0], "RoleSessionName=keybaton-1767323045"));
  EXPECT_FALSE(transport->sent[0].url.find("DurationSeconds") != std::string::npos);
  fake.now += 30min;
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(transport->sent.size(), 3U);
  fake.now += 25min;
  transport->answers(200, alibaba_session("STS.SECONDONE", "2026-01-02T05:00:00Z"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(signer_of(transport->sent.back()), "STS.SECONDONE token+of/STS.SECONDONE=");
}

TEST_F(AlibabaChainTest, a_role_may_be_assumed_with_a_session_beside_it) {
  profiles({R"("name":"ops","sts_token":"tok",)" + role + key_pair("STS.BASE")});
  const auto cloud = connect("ops");
  transport->answers(200, alibaba_session("STS.FIRSTONE"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(signer_of(transport->sent[0]), "STS.BASE tok");
}

TEST_F(AlibabaChainTest, roles_chain_through_source_profiles) {
  const std::string chain = R"("mode":"ChainableRamRoleArn",)";
  profiles({R"("name":"top","source_profile":"middle","ram_role_arn":"acs:ram::1:role/top",)" + chain +
                R"("ram_session_name":"t")",
            R"("name":"middle","source_profile":"base","ram_role_arn":"acs:ram::1:role/middle",)" + chain +
                R"("ram_session_name":"m")",
            R"("name":"base","mode":"AK",)" + key_pair("LTAIBASE")});
  const auto cloud = connect("top");
  transport->answers(200, alibaba_session("STS.THEMIDDLE"));
  transport->answers(200, alibaba_session("STS.TOPMOST"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  ASSERT_EQ(transport->sent.size(), 3U);
  EXPECT_EQ(signer_of(transport->sent[0]), "LTAIBASE");
  EXPECT_TRUE(has(transport->sent[0], "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fmiddle"));
  EXPECT_EQ(signer_of(transport->sent[1]), "STS.THEMIDDLE token+of/STS.THEMIDDLE=");
  EXPECT_TRUE(has(transport->sent[1], "RoleArn=acs%3Aram%3A%3A1%3Arole%2Ftop"));
  EXPECT_EQ(signer_of(transport->sent[2]), "STS.TOPMOST token+of/STS.TOPMOST=");
}

TEST_F(AlibabaChainTest, role_profiles_that_cannot_work_are_named) {
  struct Case {
    const char* name;
    std::string members;
    const char* words;
  };
  const std::string chain = R"("mode":"ChainableRamRoleArn","ram_role_arn":"acs:ram::1:role/r",)";
  const Case cases[] = {
      {"no role", R"("mode":"RamRoleArn",)" + key_pair("LTAIA"), "no ram_role_arn"},
      {"no keys", R"("mode":"RamRoleArn","ram_role_arn":"acs:ram::1:role/r")", "no access_key_id"},
      {"no source", chain + R"("x":1)", "no source_profile"},
      {"missing source", chain + R"("source_profile":"gone")", "names source_profile gone, which is not there"},
      {"itself", chain + R"("source_profile":"ops")", "in a circle: ops comes back to ops"},
      {"a circle of two", chain + R"("source_profile":"other")", "in a circle: other comes back to ops"},
      {"source not set up", chain + R"("source_profile":"empty")", "has no credentials"},
      {"source not spoken", chain + R"("source_profile":"sso")", "the mode CloudSSO"},
      {"too short", role + R"("expired_seconds":899,)" + key_pair("LTAIA"), "expired_seconds that is not a number"},
      {"no number", role + R"("expired_seconds":"long",)" + key_pair("LTAIA"), "expired_seconds that is not a number"},
      {"no region", role + R"("sts_region":"evil.example/",)" + key_pair("LTAIA"), "The region of STS"},
      {"no host", role + R"("sts_endpoint":"host/path",)" + key_pair("LTAIA"), "The sts_endpoint of the profile ops"},
      {"OIDC without a role", R"("mode":"OIDC","oidc_token_file":"t","oidc_provider_arn":"p")", "no ram_role_arn"},
      {"OIDC without a file", R"("mode":"OIDC","ram_role_arn":"r","oidc_provider_arn":"p")", "no oidc_token_file"},
      {"OIDC without a provider", R"("mode":"OIDC","ram_role_arn":"r","oidc_token_file":"t")", "no oidc_provider_arn"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    profiles({R"("name":"ops",)" + one.members, R"("name":"other",)" + chain + R"("source_profile":"ops")",
              R"("name":"empty","mode":"AK")", R"("name":"sso","mode":"CloudSSO")"});
    expect_trouble("ops", one.words);
  }
}

TEST_F(AlibabaChainTest, the_sts_of_a_profile_is_asked_unless_the_config_names_one) {
  struct Case {
    std::string members;
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> endpoints;
    const char* url;
  };
  const Case cases[] = {
      {R"("region_id":"eu-central-1",)", {}, {}, "https://sts.eu-central-1.aliyuncs.com/"},
      {R"("sts_region":"cn-beijing",)", {}, {}, "https://sts.cn-beijing.aliyuncs.com/"},
      {R"("x":0,)", {{"ALIBABA_CLOUD_STS_REGION", "cn-beijing"}}, {}, "https://sts.cn-beijing.aliyuncs.com/"},
      {R"("sts_region":"cn-beijing","sts_endpoint":"sts-vpc.cn-beijing.aliyuncs.com",)",
       {},
       {},
       "https://sts-vpc.cn-beijing.aliyuncs.com/"},
      {R"("sts_region":"cn-beijing","sts_endpoint":"sts-vpc.cn-beijing.aliyuncs.com",)",
       {},
       {{"ram", "http://127.0.0.1:5"}, {"sts", "http://127.0.0.1:6"}},
       "http://127.0.0.1:6/"},
  };
  for (const auto& one : cases) {
    profiles({R"("name":"ops",)" + one.members + role + key_pair("LTAIA")});
    fake.variables.erase("ALIBABA_CLOUD_STS_REGION");
    fake.variables.insert(one.variables.begin(), one.variables.end());
    settings.endpoints = one.endpoints;
    const auto cloud = connect("ops");
    transport->answers(200, alibaba_session("STS.FIRSTONE"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_TRUE(transport->sent[0].url.starts_with(one.url)) << transport->sent[0].url;
  }
}

TEST_F(AlibabaChainTest, a_role_that_is_denied_is_refused) {
  profiles({R"("name":"ops",)" + role + key_pair("LTAIA")});
  const auto cloud = connect("ops");
  transport->answers(403, R"({"Code":"NoPermission","Message":"words of the cloud","RequestId":"R-3","HostId":"h"})");
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::denied);
  EXPECT_NE(rotation::refused(answer)->message.find("AssumeRole"), std::string::npos);
}

TEST_F(AlibabaChainTest, a_session_that_is_not_whole_is_not_taken) {
  profiles({R"("name":"ops",)" + role + key_pair("LTAIA")});
  const auto cloud = connect("ops");
  for (int i = 0; i < 8; ++i)
    transport->answers(200, R"({"Credentials":{"AccessKeyId":"STS.A","AccessKeySecret":"s"}})");
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::unknown(answer));
  EXPECT_NE(rotation::unknown(answer)->why.find("AssumeRole cannot be read"), std::string::npos);
  for (const auto& sent : transport->sent) EXPECT_EQ(header(sent, "x-acs-action"), "AssumeRole");
}

TEST_F(AlibabaChainTest, an_ini_role_keeps_the_policy_that_narrows_it) {
  ini("[default]\ntype = ram_role_arn\naccess_key_id = LTAIINI\naccess_key_secret = s\n"
      "role_arn = acs:ram::1:role/ini\nrole_session_name = me\npolicy = {\"Statement\":[]}\n");
  const auto cloud = connect();
  transport->answers(200, alibaba_session("STS.OFTHEINI"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_TRUE(has(transport->sent[0], "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fini"));
  EXPECT_TRUE(has(transport->sent[0], "RoleSessionName=me"));
  EXPECT_TRUE(has(transport->sent[0], "Policy=%7B%22Statement%22%3A%5B%5D%7D"));
  EXPECT_EQ(signer_of(transport->sent[0]), "LTAIINI");
  ini("[default]\ntype = ram_role_arn\naccess_key_id = LTAIINI\naccess_key_secret = s\n");
  expect_trouble({}, "has no role_arn");
}

struct OidcCase {
  const char* name;
  std::string config;
  std::string ini;
  bool by_variables;
};

TEST_F(AlibabaChainTest, an_oidc_token_is_read_anew_and_sent_unsigned) {
  const auto token = home.write("token", "header.body.signature\n");
  const OidcCase cases[] = {
      {"environment", "{}", "", true},
      {"config.json",
       R"({"profiles":[{"name":"default","mode":"OIDC","oidc_provider_arn":"acs:ram::1:oidc-provider/k",)"
       R"("oidc_token_file":"~/token","ram_role_arn":"acs:ram::1:role/pod","ram_session_name":"pod"}]})",
       "", false},
      {"ini", "{}",
       "[default]\ntype=oidc_role_arn\noidc_provider_arn=acs:ram::1:oidc-provider/k\noidc_token_file_path=" + token +
           "\nrole_arn=acs:ram::1:role/pod\nrole_session_name=pod\n",
       false}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    config(one.config);
    ini(one.ini);
    home.write("token", "header.body.signature\n");
    fake.now = tests::start;
    for (const auto& [name, value] :
         std::map<std::string, std::string>{{"ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/pod"},
                                            {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/k"},
                                            {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", token},
                                            {"ALIBABA_CLOUD_ROLE_SESSION_NAME", "pod"}}) {
      fake.variables[name] = one.by_variables ? value : "";
    }
    const auto cloud = connect();
    transport->answers(200, alibaba_session("STS.FIRSTONE", "2026-01-02T04:04:05Z"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    const auto& asked = transport->sent[0];
    EXPECT_EQ(signer_of(asked), "nobody");
    EXPECT_TRUE(has(asked, "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fpod"));
    EXPECT_TRUE(has(asked, "RoleSessionName=pod"));
    EXPECT_TRUE(has(asked, "OIDCProviderArn=acs%3Aram%3A%3A1%3Aoidc-provider%2Fk"));
    EXPECT_TRUE(has(asked, "OIDCToken=header.body.signature"));
    EXPECT_EQ(asked.url.find("header.body"), std::string::npos);  // a secret: it travels in the body
    EXPECT_EQ(signer_of(transport->sent[1]), "STS.FIRSTONE token+of/STS.FIRSTONE=");

    fake.now += 58min;
    home.write("token", "second");
    transport->answers(200, alibaba_session("STS.SECONDONE", "2026-01-02T05:04:05Z"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_TRUE(has(transport->sent[2], "OIDCToken=second"));
  }
}

TEST_F(AlibabaChainTest, an_oidc_environment_that_is_half_or_whose_token_is_gone_is_told) {
  fake.variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = (home.path() / "none").string();
  expect_trouble({}, "ALIBABA_CLOUD_ROLE_ARN is not");
  fake.variables["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/pod";
  expect_trouble({}, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN is not");
  fake.variables["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/k";
  const auto cloud = connect();
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_NE(rotation::refused(answer)->message.find("cannot be read"), std::string::npos);
  EXPECT_TRUE(transport->sent.empty());
}

TEST_F(AlibabaChainTest, a_role_without_a_token_file_is_no_oidc) {
  fake.variables["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/pod";  // other tools use it by itself
  profiles({R"("name":"default","mode":"AK",)" + key_pair("LTAIA")});
  EXPECT_EQ(signer(), "LTAIA");
}

}  // namespace
