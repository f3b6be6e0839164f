// Where credentials come from: the whole way from files and environment to who signs the first request.
#include "tests/providers/chain_fixture.hpp"

namespace {

using rotation::Refusal;
using tests::ChainTest;
using tests::keys;
using namespace std::chrono_literals;

using Variables = std::map<std::string, std::string>;

struct StaticCase {
  const char* name;
  std::string config;
  std::string credentials;
  Variables variables;
  std::optional<std::string> profile;
  const char* expected;
};

TEST_F(ChainTest, sources_follow_botocores_order) {
  const Variables environment{{"AWS_ACCESS_KEY_ID", "ENV"}, {"AWS_SECRET_ACCESS_KEY", "env+secret"}};
  auto with_token = environment;
  with_token["AWS_SESSION_TOKEN"] = "tok";
  auto with_both = with_token;
  with_both["AWS_SECURITY_TOKEN"] = "old";
  auto with_profile = environment;
  with_profile["AWS_PROFILE"] = "dev";
  const std::string all = "[default]\n" + keys("CREDDEFAULT") + "[dev]\n" + keys("CREDDEV", "devtoken");
  const StaticCase cases[] = {
      {"environment before files", "", all, environment, {}, "ENV"},
      {"with its token", "", all, with_token, {}, "ENV tok"},
      {"the old token's name first", "", all, with_both, {}, "ENV old"},
      {"environment before AWS_PROFILE", "", all, with_profile, {}, "ENV"},
      {"a named profile before the environment", "", all, environment, "dev", "CREDDEV devtoken"},
      {"AWS_PROFILE", "", all, {{"AWS_PROFILE", "dev"}}, {}, "CREDDEV devtoken"},
      {"default", "", all, {}, {}, "CREDDEFAULT"},
      {"credentials file before config file", "[default]\n" + keys("CONFDEFAULT"), all, {}, {}, "CREDDEFAULT"},
      {"config file", "[profile dev]\n" + keys("CONFDEV"), "", {}, "dev", "CONFDEV"},
      {"credentials file before credential_process",
       "[default]\ncredential_process = false\n",
       all,
       {},
       {},
       "CREDDEFAULT"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    fake.variables = one.variables;
    files(one.config, one.credentials);
    EXPECT_EQ(signer(one.profile), one.expected);
  }
}

TEST_F(ChainTest, half_credentials_are_named_and_not_passed_over) {
  files("", "[default]\naws_access_key_id = A\n");
  EXPECT_NE(usage_trouble([&] { (void)connect(); }).message.find("no secret"), std::string::npos);
  fake.variables["AWS_ACCESS_KEY_ID"] = "A";
  usage_trouble([&] { (void)connect(); });
}

TEST_F(ChainTest, sso_is_answered_with_the_line_that_helps) {
  files(
      "[profile corp]\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n[sso-session x]\nsso_region = "
      "eu-west-1\n");
  const auto problem = usage_trouble([&] { (void)connect("corp"); });
  EXPECT_NE(problem.message.find("SSO"), std::string::npos);
  EXPECT_NE(problem.hint.find("credential_process = aws configure export-credentials --profile corp --format process"),
            std::string::npos);
}

TEST_F(ChainTest, without_any_source_it_says_where_it_looked) {
  files("[default]\nregion = eu-west-1\n");
  for (const char* disabled : {"true", "True", "TRUE"}) {  // in any case, as botocore takes it
    fake.variables["AWS_EC2_METADATA_DISABLED"] = disabled;
    const auto cloud = connect();
    const auto problem = usage_trouble([&] { (void)cloud->caller(); });
    EXPECT_NE(problem.message.find("No AWS credentials were found"), std::string::npos) << disabled;
    EXPECT_TRUE(problem.message.ends_with(".")) << problem.message;
    EXPECT_EQ(problem.keys, "Nothing was sent; the keys are as they were.");
    EXPECT_TRUE(transport->sent.empty()) << disabled;
  }
}

// ---- roles
// --------------------------------------------------------------------------------------------------------------

TEST_F(ChainTest, a_role_is_assumed_with_its_source_profile) {
  files(
      "[profile ops]\nrole_arn = arn:aws:iam::123456789012:role/ops\nsource_profile = base\nexternal_id = e/1\n"
      "duration_seconds = 1800\nrole_session_name = me\n",
      "[base]\n" + keys("BASEKEY"));
  const auto cloud = connect("ops");
  transport->answers(200, tests::session_xml("AssumeRole", "ASIASESSION000000001", "2026-01-02T03:34:05Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  ASSERT_EQ(transport->sent.size(), 2U);
  EXPECT_EQ(transport->sent[0].body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fops"
            "&RoleSessionName=me&ExternalId=e%2F1&DurationSeconds=1800");
  EXPECT_NE(transport->sent[0].headers.at("Authorization").find("Credential=BASEKEY/"), std::string::npos);
  EXPECT_EQ(last_signer(), "ASIASESSION000000001 token//of+the=session");
  EXPECT_FALSE(cloud->signing_key());  // temporary: there is no key to rotate from under us

  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(transport->sent.size(), 3U);  // the session is kept
  fake.now += 25min;
  transport->answers(200, tests::session_xml("AssumeRole", "ASIASESSION000000002", "2026-01-02T04:00:00Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(last_signer(), "ASIASESSION000000002 token//of+the=session");
}

TEST_F(ChainTest, roles_chain_and_a_profile_may_name_itself_for_its_keys) {
  files(
      "[profile top]\nrole_arn = arn:aws:iam::1:role/top\nsource_profile = middle\n"
      "[profile middle]\nrole_arn = arn:aws:iam::1:role/middle\nsource_profile = base\n"
      "[profile own]\nrole_arn = arn:aws:iam::1:role/own\nsource_profile = own\n" +
          keys("OWNKEY"),
      "[base]\n" + keys("BASEKEY"));
  {
    const auto cloud = connect("top");
    transport->answers(200, tests::session_xml("AssumeRole", "ASIAMIDDLE0000000001", "2026-01-02T04:04:05Z"));
    transport->answers(200, tests::session_xml("AssumeRole", "ASIATOP0000000000001", "2026-01-02T04:04:05Z"));
    transport->answers(200, tests::caller_xml());
    ASSERT_TRUE(rotation::done(cloud->caller()));
    ASSERT_EQ(transport->sent.size(), 3U);
    EXPECT_TRUE(transport->sent[0].has("role%2Fmiddle"));
    EXPECT_TRUE(transport->sent[1].has("role%2Ftop"));
    EXPECT_EQ(transport->sent[1].headers.at("X-Amz-Security-Token"), "token//of+the=session");
    EXPECT_TRUE(last_signer().starts_with("ASIATOP"));
  }
  const auto cloud = connect("own");
  transport->answers(200, tests::session_xml("AssumeRole", "ASIAOWN0000000000001", "2026-01-02T04:04:05Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_NE(transport->sent[0].headers.at("Authorization").find("Credential=OWNKEY/"), std::string::npos);
}

TEST_F(ChainTest, role_profiles_that_cannot_work_are_named) {
  struct Case {
    const char* name;
    const char* lines;
    const char* words;
  };
  const Case cases[] = {
      {"no source", "", "neither source_profile nor credential_source"},
      {"both", "source_profile = base\ncredential_source = Environment\n", "both source_profile and credential_source"},
      {"missing profile", "source_profile = gone\n", "gone"},
      {"unknown source", "credential_source = Moon\n", "unknown credential_source"},
      {"empty environment", "credential_source = Environment\n", "no keys in it"},
      {"source without keys", "source_profile = empty\n", "has no credentials"},
      {"itself without keys", "source_profile = ops\n", "in a circle"},
      {"a circle of two", "source_profile = other\n", "in a circle"},
  };
  for (const auto& one : cases) {
    files("[profile ops]\nrole_arn = arn:aws:iam::1:role/a\n" + std::string{one.lines} +
          "[profile empty]\nregion = x\n[profile other]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = ops\n");
    const auto problem = usage_trouble([&] { (void)connect("ops"); });
    EXPECT_NE(problem.message.find(one.words), std::string::npos) << one.name << ": " << problem.message;
  }
}

TEST_F(ChainTest, a_role_may_take_its_source_from_the_environment) {
  files("[profile ops]\nrole_arn = arn:aws:iam::1:role/a\ncredential_source = Environment\n");
  fake.variables["AWS_ACCESS_KEY_ID"] = "ENV";
  fake.variables["AWS_SECRET_ACCESS_KEY"] = "s";
  const auto cloud = connect("ops");
  transport->answers(200, tests::session_xml("AssumeRole", "ASIASESSION000000001", "2026-01-02T04:04:05Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_NE(transport->sent[0].headers.at("Authorization").find("Credential=ENV/"), std::string::npos);
  EXPECT_TRUE(transport->sent[0].has("RoleSessionName=keybaton-1767323045"));
}

TEST_F(ChainTest, a_role_that_is_denied_is_refused) {
  files("[profile ops]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = base\n", "[base]\n" + keys("B"));
  const auto cloud = connect("ops");
  transport->answers(403, tests::error_xml("AccessDenied"));
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::denied);
  EXPECT_NE(rotation::refused(answer)->message.find("AssumeRole"), std::string::npos);
}

TEST_F(ChainTest, an_mfa_device_asks_for_its_code) {
  const std::string device = "arn:aws:iam::123456789012:mfa/ann";
  files("[profile ops]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = base\nmfa_serial = " + device + "\n",
        "[base]\n" + keys("B"));
  const auto cloud = connect("ops");
  fake.codes = {"123456"};
  transport->answers(200, tests::session_xml("AssumeRole", "ASIASESSION000000001", "2026-01-02T04:04:05Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(fake.asked_devices, std::vector<std::string>{device});
  EXPECT_TRUE(transport->sent[0].has("&SerialNumber=arn%3Aaws%3Aiam%3A%3A123456789012%3Amfa%2Fann&TokenCode=123456"));
}

TEST_F(ChainTest, an_mfa_device_with_nobody_to_ask_or_an_odd_code_is_refused_without_a_call) {
  files("[profile ops]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = base\nmfa_serial = dev/1\n",
        "[base]\n" + keys("B"));
  const auto cloud = connect("ops");
  const auto nobody = cloud->caller();
  ASSERT_TRUE(rotation::refused(nobody));
  EXPECT_NE(rotation::refused(nobody)->message.find("nobody to ask"), std::string::npos);
  fake.codes = {"12345x"};
  EXPECT_TRUE(rotation::refused(cloud->caller()));
  EXPECT_TRUE(transport->sent.empty());
}

TEST_F(ChainTest, a_web_identity_token_is_read_anew_and_sent_unsigned) {
  files("");
  fake.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = directory.write("token", "header.body.signature\n");
  fake.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/web";
  fake.variables["AWS_ROLE_SESSION_NAME"] = "pod";
  const auto cloud = connect();
  transport->answers(200,
                     tests::session_xml("AssumeRoleWithWebIdentity", "ASIAWEB0000000000001", "2026-01-02T04:04:05Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(transport->sent[0].headers.count("Authorization"), 0U);
  EXPECT_TRUE(transport->sent[0].has("&RoleSessionName=pod&WebIdentityToken=header.body.signature"));
  EXPECT_FALSE(transport->sent[0].has("%0A"));
  EXPECT_TRUE(last_signer().starts_with("ASIAWEB"));

  fake.now += 58min;
  directory.write("token", "second");
  transport->answers(200,
                     tests::session_xml("AssumeRoleWithWebIdentity", "ASIAWEB0000000000002", "2026-01-02T05:04:05Z"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_TRUE(transport->sent[2].has("WebIdentityToken=second"));
}

TEST_F(ChainTest, a_web_identity_without_role_or_token_is_named) {
  files("[default]\nweb_identity_token_file = " + (directory.path() / "none").string() + "\n");
  usage_trouble([&] { (void)connect(); });
  fake.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/web";
  const auto answer = connect()->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_NE(rotation::refused(answer)->message.find("cannot be read"), std::string::npos);
}

}  // namespace
