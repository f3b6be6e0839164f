// Where Alibaba Cloud credentials come from: the order of the sources, and what one profile means.
#include "tests/providers/alibaba_chain_fixture.hpp"

namespace {

using rotation::Refusal;
using tests::AlibabaChainTest;
using tests::key_pair;

using Variables = std::map<std::string, std::string>;

const std::string ak = R"("mode":"AK",)";

// A machine where everything is set: each row takes away what the one before it used.
TEST_F(AlibabaChainTest, sources_follow_the_order_of_the_vendors_sdks) {
  environment_keys();
  const auto token = home.write("token", "oidc-token");
  fake.variables["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/pod";
  fake.variables["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/ack";
  fake.variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = token;
  fake.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://127.0.0.1:1/creds";
  profiles({R"("name":"default",)" + ak + key_pair("LTAICONFIG")});
  ini("[default]\ntype = access_key\naccess_key_id = LTAIINI\naccess_key_secret = IniSecret\n");

  EXPECT_EQ(signer(), "LTAIENV");
  fake.variables.erase("ALIBABA_CLOUD_ACCESS_KEY_ID");
  {
    const auto cloud = connect();
    transport->answers(200, tests::alibaba_session("STS.OFTHEPOD"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_EQ(signer_of(transport->sent.back()), "STS.OFTHEPOD token+of/STS.OFTHEPOD=");
  }
  fake.variables.erase("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  EXPECT_EQ(signer(), "LTAICONFIG");
  fake.variables["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"] = "True";
  EXPECT_EQ(signer(), "LTAIINI");
  std::filesystem::remove(ini_path());
  {
    const auto cloud = connect();
    transport->answers(200, "metadata-token");
    transport->answers(200, "my-role");
    transport->answers(200, tests::alibaba_document("STS.ECS"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_EQ(signer_of(transport->sent.back()), "STS.ECS token+of/STS.ECS=");
  }
  fake.variables["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
  const auto cloud = connect();
  transport->answers(200, tests::alibaba_document("STS.URI"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(signer_of(transport->sent.back()), "STS.URI token+of/STS.URI=");
}

TEST_F(AlibabaChainTest, the_environments_token_goes_with_its_keys) {
  environment_keys();
  fake.variables["ALIBABA_CLOUD_SECURITY_TOKEN"] = "tok";
  EXPECT_EQ(signer(), "LTAIENV tok");
}

TEST_F(AlibabaChainTest, names_that_the_sdks_do_not_read_are_not_read) {
  fake.variables["ALIBABACLOUD_ACCESS_KEY_ID"] = "LTAIOLD";
  fake.variables["ALIBABACLOUD_ACCESS_KEY_SECRET"] = "OldSecret";
  fake.variables["ALICLOUD_ACCESS_KEY_ID"] = "LTAIOLDER";
  fake.variables["ALICLOUD_ACCESS_KEY_SECRET"] = "OlderSecret";
  profiles({R"("name":"default",)" + ak + key_pair("LTAICONFIG")});
  EXPECT_EQ(signer(), "LTAICONFIG");
}

TEST_F(AlibabaChainTest, a_profile_is_named_by_flag_environment_or_the_file_itself) {
  profiles({R"("name":"a",)" + ak + key_pair("LTAIA"), R"("name":"b",)" + ak + key_pair("LTAIB"),
            R"("name":"c",)" + ak + key_pair("LTAIC")},
           "a");
  ini("[default]\ntype = access_key\naccess_key_id = LTAIINI\naccess_key_secret = s\n"
      "[d]\ntype = access_key\naccess_key_id = LTAID\naccess_key_secret = s\n"
      "[c]\ntype = access_key\naccess_key_id = LTAINOTC\naccess_key_secret = s\n");
  EXPECT_EQ(signer(), "LTAIA");
  fake.variables["ALIBABA_CLOUD_PROFILE"] = "b";
  EXPECT_EQ(signer(), "LTAIB");
  EXPECT_EQ(signer("c"), "LTAIC");  // config.json goes before the ini
  EXPECT_EQ(signer("d"), "LTAID");
  fake.variables["ALIBABA_CLOUD_PROFILE"] = "d";
  EXPECT_EQ(signer(), "LTAID");
  environment_keys();
  EXPECT_EQ(signer(), "LTAIENV");  // a profile of the environment does not put its keys aside
  EXPECT_EQ(signer("c"), "LTAIC");
}

TEST_F(AlibabaChainTest, an_explicit_profile_passes_every_source_of_the_environment_over) {
  environment_keys();
  fake.variables["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = "/no/such/token";  // half an OIDC: it would be told
  fake.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://evil.example/";
  profiles({R"("name":"a",)" + ak + key_pair("LTAIA")});
  EXPECT_EQ(signer("a"), "LTAIA");
}

TEST_F(AlibabaChainTest, a_profile_that_is_nowhere_is_looked_for_in_both_files_by_name) {
  profiles({R"("name":"a",)" + ak + key_pair("LTAIA")}, "a");
  ini("[default]\ntype = access_key\n");
  for (const bool by_variable : {false, true}) {
    if (by_variable) fake.variables["ALIBABA_CLOUD_PROFILE"] = "gone";
    const auto problem =
        usage_trouble([&] { (void)connect(by_variable ? std::nullopt : std::optional<std::string>{"gone"}); });
    EXPECT_EQ(problem.message, "There is no profile gone in " + config_path() + " or " + ini_path() + ".");
    EXPECT_EQ(problem.hint, "aliyun configure list");
  }
  fake.variables["ALIBABA_CLOUD_CLI_PROFILE_DISABLED"] = "true";
  const auto problem = usage_trouble([&] { (void)connect("a"); });
  EXPECT_NE(problem.message.find("passed over (ALIBABA_CLOUD_CLI_PROFILE_DISABLED)"), std::string::npos);
}

TEST_F(AlibabaChainTest, a_profile_that_was_never_set_up_is_passed_over_unless_it_is_named) {
  profiles({R"("name":"default","mode":"AK","access_key_id":"","access_key_secret":"","region_id":"cn-beijing")"});
  ini("[default]\ntype = access_key\naccess_key_id = LTAIINI\naccess_key_secret = s\n");
  EXPECT_EQ(signer(), "LTAIINI");
  expect_trouble("default", "has no credentials");
  profiles({R"("name":"other",)" + ak + key_pair("LTAIOTHER")}, "gone");
  EXPECT_EQ(signer(), "LTAIINI");
}

TEST_F(AlibabaChainTest, half_credentials_are_named_and_not_passed_over) {
  profiles({R"("name":"default","mode":"AK","access_key_id":"LTAIA")"});
  expect_trouble({}, "no access_key_secret");
  profiles({R"("name":"default","mode":"AK","access_key_secret":"PairSecret")"});
  expect_trouble({}, "no access_key_id");
  profiles({R"("name":"default","mode":"AK","access_key_id":"Secret stands here","access_key_secret":"PairSecret")"});
  expect_trouble({}, "an access key id that is none");
  profiles({R"("name":"default","mode":"AK","access_key_id":"LTAIA","access_key_secret":"Pair Secret")"});
  expect_trouble({}, "a secret that is none");
  profiles({R"("name":"default","mode":"StsToken",)" + key_pair("STS.A")});
  expect_trouble({}, "no sts_token");
  profiles({R"("name":"default","mode":"StsToken","sts_token":"Secret\nline",)" + key_pair("STS.A")});
  expect_trouble({}, "a session token that is none");
  fake.variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIENV";
  expect_trouble({}, "ALIBABA_CLOUD_ACCESS_KEY_SECRET is not");
  fake.variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "EnvSecret";
  fake.variables["ALIBABA_CLOUD_SECURITY_TOKEN"] = "Secret\ntoken";
  expect_trouble({}, "is not a session token");
  fake.variables.erase("ALIBABA_CLOUD_SECURITY_TOKEN");
  fake.variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAI ENV";
  expect_trouble({}, "is not an access key id");
}

TEST_F(AlibabaChainTest, each_mode_with_keys_signs_with_what_it_names) {
  struct Case {
    const char* name;
    std::string members;
    const char* expected;
  };
  const Case cases[] = {
      {"AK", R"("mode":"AK",)" + key_pair("LTAIA"), "LTAIA"},
      {"AK takes no token", R"("mode":"AK","sts_token":"old",)" + key_pair("LTAIA"), "LTAIA"},
      {"StsToken", R"("mode":"StsToken","sts_token":"tok",)" + key_pair("STS.A"), "STS.A tok"},
      {"no mode, a pair", key_pair("LTAIA"), "LTAIA"},
      {"no mode, a pair and a token", R"("mode":"","sts_token":"tok",)" + key_pair("STS.A"), "STS.A tok"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    profiles({R"("name":"default",)" + one.members});
    EXPECT_EQ(signer(), one.expected);
    EXPECT_EQ(connect()->signing_key().has_value(), std::string{one.expected}.find(' ') == std::string::npos);
  }
}

TEST_F(AlibabaChainTest, ways_of_signing_in_that_are_not_spoken_are_named_with_what_to_do) {
  struct Case {
    const char* mode;
    const char* message;
    const char* hint;
  };
  const Case cases[] = {
      {"CloudSSO", "the mode CloudSSO, which keybaton does not speak", "process_command prints a session got by that"},
      {"OAuth", "the mode OAuth,", "process_command prints a session got by that"},
      {"RsaKeyPair", "the mode RsaKeyPair,", "ALIBABA_CLOUD_ACCESS_KEY_ID"},
      {"RamRoleArnWithRoleName", "the mode RamRoleArnWithRoleName,", "ChainableRamRoleArn"},
      {"Moon", "the mode Moon,", "mode External"},
      {"a Secret with blanks", "the mode that nobody knows,", "mode External"},
  };
  for (const auto& one : cases) {
    profiles({R"("name":"corp","mode":")" + std::string{one.mode} + R"(",)" + key_pair("LTAIA")});
    const auto problem = usage_trouble([&] { (void)connect("corp"); });
    EXPECT_NE(problem.message.find(one.message), std::string::npos) << problem.message;
    EXPECT_NE(problem.hint.find(one.hint), std::string::npos) << problem.hint;
  }
  for (const std::string type : {"rsa_key_pair", "bearer", "credentials_uri"}) {
    ini("[old]\ntype = " + type + "\nprivate_key_file = Secret.pem\n");
    expect_trouble("old", "the type " + type + ",");
  }
}

TEST_F(AlibabaChainTest, the_inis_types_sign_with_what_they_name) {
  ini("# shared with the SDKs\n"
      "[default]\ntype = access_key   # the usual one\naccess_key_id = \"LTAIINI\"\naccess_key_secret = s\n"
      "[session]\ntype=sts\naccess_key_id=STS.OFTHEINI\naccess_key_secret=s\nsecurity_token=tok==\n"
      "[bare]\naccess_key_id=LTAIX\naccess_key_secret=s\n"
      "[half]\ntype=sts\naccess_key_id=STS.OFTHEINI\naccess_key_secret=s\n");
  EXPECT_EQ(signer(), "LTAIINI");
  EXPECT_EQ(signer("session"), "STS.OFTHEINI tok==");
  expect_trouble("bare", "has no type");
  expect_trouble("half", "no security_token");
}

TEST_F(AlibabaChainTest, the_ini_stands_where_the_variable_says_or_at_one_of_two_usual_places) {
  const auto text = [](const std::string& id) {
    return "[default]\ntype = access_key\naccess_key_id = " + id + "\naccess_key_secret = s\n";
  };
  home.write(".alibabacloud/credentials.ini", text("LTAIDOTINI"));
  EXPECT_EQ(signer(), "LTAIDOTINI");
  ini(text("LTAIPLAIN"));
  EXPECT_EQ(signer(), "LTAIPLAIN");
  home.write("elsewhere", text("LTAIELSEWHERE"));
  fake.variables["ALIBABA_CLOUD_CREDENTIALS_FILE"] = "~/elsewhere";
  EXPECT_EQ(signer(), "LTAIELSEWHERE");
  fake.variables["ALIBABA_CLOUD_CREDENTIALS_FILE"] = "~/nowhere";  // and the usual places are not looked at then
  expect_trouble("default", (home.path() / "nowhere").string());
}

TEST_F(AlibabaChainTest, a_malformed_file_is_told_with_its_line_and_without_its_content) {
  struct Case {
    std::string text;
    std::string words;
  };
  const Case cases[] = {
      {"{\n \"current\": \"default\",\n \"profiles\": [{\"access_key_secret\": \"MySecretValue\",}]\n}\n", ":3: "},
      {"{\"profiles\": [\n\n{\"access_key_secret\": \"MySecretValue\n\"}]}", ":3: "},
      {"\n{\"profiles\": [{\"access_key_secret\": \"MySecretValue\"", ":2: "},
      {"", ":1: "},
      {"[\"MySecretValue\"]", ":1: "},
      {"{\"profiles\": {\"access_key_secret\": \"MySecretValue\"}}", "is not a list"},
  };
  for (const auto& one : cases) {
    config(one.text);
    const auto problem = usage_trouble([&] { (void)connect(); });
    const auto where = one.words.front() == ':' ? config_path() + one.words : one.words;
    EXPECT_NE(problem.message.find(where), std::string::npos) << problem.message;
  }
  config("{\"current\":7,\"profiles\":[1,null,{\"name\":5},{\"name\":\"default\",\"mode\":7,\"access_key_id\":{}}]}");
  fake.variables["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
  EXPECT_NO_THROW((void)connect());  // odd, and nothing of it is a profile that is set up
  std::filesystem::remove(config_path());
  ini("[default]\ntype = access_key\nMySecretValue\n");
  expect_trouble({}, ini_path() + ":3:");
  std::filesystem::remove(ini_path());
  std::filesystem::create_directory(ini_path());
  expect_trouble({}, ini_path() + " cannot be read");
  std::filesystem::remove(ini_path());
  std::filesystem::create_directory(config_path());
  expect_trouble({}, config_path() + " cannot be read");
}

TEST_F(AlibabaChainTest, without_any_source_it_says_where_it_looked) {
  fake.variables["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "TRUE";
  const auto cloud = connect();
  const auto problem = usage_trouble([&] { (void)cloud->caller(); });
  EXPECT_NE(problem.message.find("No Alibaba Cloud credentials were found"), std::string::npos) << problem.message;
  EXPECT_TRUE(transport->sent.empty());
}

}  // namespace
