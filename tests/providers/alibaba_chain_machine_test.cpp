// Alibaba Cloud credentials that a program or the machine gives: process_command, the metadata of ECS, a URI.
#include "tests/providers/alibaba_chain_fixture.hpp"
#include "tests/providers/raw_server.hpp"

namespace {

using rotation::Refusal;
using tests::alibaba_document;
using tests::AlibabaChainTest;
using namespace std::chrono_literals;

// ---- a program
// ------------------------------------------------------------------------------------------------------------

struct AlibabaProcessTest : AlibabaChainTest {
  // A program that does this, and how the profile calls it.
  void process(const std::string& script, const std::string& arguments = "") {
    const auto program = home.write("give credentials", "#!/bin/sh\n" + script);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    profiles({R"("name":"p","mode":"External","process_command":"')" + program + "' " + arguments + "\""});
  }
};

TEST_F(AlibabaProcessTest, gives_credentials_in_the_form_of_a_profile) {
  process(R"(echo '{"mode":"StsToken","access_key_id":"STS.P","access_key_secret":"s","sts_token":"t",)"
          R"("expiration":"2026-01-02T04:04:05Z"}')");
  EXPECT_EQ(signer("p"), "STS.P t");
  process(R"(echo '{"mode":"AK","access_key_id":"LTAIP","access_key_secret":"s"}')");
  EXPECT_EQ(signer("p"), "LTAIP");
  process(R"(echo '{"access_key_id":"LTAIP","access_key_secret":"s"}')");
  EXPECT_EQ(signer("p"), "LTAIP");
}

TEST_F(AlibabaProcessTest, is_run_without_a_shell_and_without_our_keys) {
  ::setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "MySecretValue", 1);
  process(R"(echo '{"access_key_id":"LTAIP","access_key_secret":"s"}'; )"
          R"(printf '%s' "$1|$2|$ALIBABA_CLOUD_ACCESS_KEY_SECRET" > ')" +
              (home.path() / "seen").string() + "'",
          "'$(touch pwned) a' b;c");
  EXPECT_EQ(signer("p"), "LTAIP");
  ::unsetenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  EXPECT_EQ(std::filesystem::file_size(home.path() / "seen"), std::string{"$(touch pwned) a|b;c|"}.size());
}

TEST_F(AlibabaProcessTest, what_it_does_wrong_is_refused_and_its_output_not_shown) {
  struct Case {
    const char* script;
    const char* words;
  };
  const Case cases[] = {
      {"echo MYSECRET; echo MYSECRET >&2; exit 3", "ended with code 3"},
      {"echo MYSECRET", "not a JSON object"},
      {"true", "not a JSON object"},
      {R"(echo '{"access_key_id":"LTAIP"}')", "no whole access_key_id and access_key_secret"},
      {R"(echo '{"access_key_id":"LTAIP","access_key_secret":7}')", "no whole"},
      {R"(echo '{"access_key_id":"LT/AI","access_key_secret":"MYSECRET"}')", "no whole"},
      {R"(echo '{"mode":"StsToken","access_key_id":"STS.P","access_key_secret":"MYSECRET"}')", "no sts_token"},
      {R"(echo '{"mode":"RamRoleArn","access_key_id":"LTAIP","access_key_secret":"MYSECRET"}')", "RamRoleArn"},
      {R"(echo '{"mode":"AK","access_key_id":"A","access_key_secret":"MYSECRET","expiration":"soon"}')", "expiration"},
  };
  for (const auto& one : cases) {
    process(one.script);
    const auto answer = connect("p")->caller();
    ASSERT_TRUE(rotation::refused(answer)) << one.script;
    const auto& message = rotation::refused(answer)->message;
    EXPECT_NE(message.find(one.words), std::string::npos) << message;
    EXPECT_EQ(message.find("MYSECRET"), std::string::npos) << message;
  }
}

TEST_F(AlibabaProcessTest, a_session_with_an_end_is_renewed_by_running_it_again) {
  process("n=$(cat '" + (home.path() / "n").string() + "' 2>/dev/null); echo x$n > '" + (home.path() / "n").string() +
          R"('; echo "{\"access_key_id\":\"STS.P$n\",\"access_key_secret\":\"s\",\"sts_token\":\"t\",)"
          R"(\"expiration\":\"2026-01-02T0$((4+${#n})):04:05Z\"}")");
  const auto cloud = connect("p");
  for (const auto* expected : {"STS.P t", "STS.P t", "STS.Px t"}) {
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_EQ(signer_of(transport->sent.back()), expected);
    fake.now += 29min;
  }
}

TEST_F(AlibabaProcessTest, a_program_that_is_not_there_or_no_command_line_is_a_fault_of_the_file) {
  for (const auto* bad : {"'open quote", " ", "''"}) {
    profiles({R"("name":"p","mode":"External","process_command":")" + std::string{bad} + "\""});
    expect_trouble("p", "is not a command line");
  }
  profiles({R"("name":"p","mode":"External")"});
  expect_trouble("p", "has no process_command");
  profiles({R"("name":"p","mode":"External","process_command":"/no/such/program")"});
  const auto cloud = connect("p");
  const auto problem = usage_trouble([&] { (void)cloud->caller(); });
  EXPECT_NE(problem.hint.find(config_path()), std::string::npos);
}

// ---- the metadata service of ECS
// ------------------------------------------------------------------------------------------

TEST_F(AlibabaChainTest, the_metadata_service_is_asked_with_its_token) {
  const auto cloud = connect();
  transport->answers(200, "metadata-token");
  transport->answers(200, "my-role\n");
  transport->answers(200, alibaba_document("STS.ECS"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  ASSERT_EQ(transport->sent.size(), 4U);
  EXPECT_EQ(transport->sent[0].method, http::Method::put);
  EXPECT_EQ(transport->sent[0].url, "http://100.100.100.200/latest/api/token");
  EXPECT_EQ(header(transport->sent[0], "X-aliyun-ecs-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(transport->sent[1].url, "http://100.100.100.200/latest/meta-data/ram/security-credentials/");
  EXPECT_EQ(transport->sent[2].url, "http://100.100.100.200/latest/meta-data/ram/security-credentials/my-role");
  for (const auto at : {1U, 2U}) {
    EXPECT_EQ(transport->sent[at].method, http::Method::get);
    EXPECT_EQ(header(transport->sent[at], "X-aliyun-ecs-metadata-token"), "metadata-token");
  }
  EXPECT_EQ(signer_of(transport->sent[3]), "STS.ECS token+of/STS.ECS=");
}

TEST_F(AlibabaChainTest, a_role_that_is_named_is_not_asked_for) {
  struct Case {
    const char* name;
    std::string config;
    std::string ini;
    const char* variable;
  };
  const Case cases[] = {
      {"variable", "{}", "", "named-role"},
      {"config.json", R"({"profiles":[{"name":"default","mode":"EcsRamRole","ram_role_name":"named-role"}]})", "", ""},
      {"no mode", R"({"profiles":[{"name":"default","ram_role_name":"named-role"}]})", "", ""},
      {"ini", "{}", "[default]\ntype = ecs_ram_role\nrole_name = named-role\n", ""},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.name);
    config(one.config);
    ini(one.ini);
    fake.variables["ALIBABA_CLOUD_ECS_METADATA"] = one.variable;
    const auto cloud = connect();
    transport->answers(200, "metadata-token");
    transport->answers(200, alibaba_document("STS.ECS"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_TRUE(transport->sent[1].url.ends_with("/security-credentials/named-role"));
  }
  fake.variables["ALIBABA_CLOUD_ECS_METADATA"] = "../role";
  ini("");
  expect_trouble({}, "not a name that a role can have");
}

TEST_F(AlibabaChainTest, a_service_without_tokens_is_asked_without_one_unless_that_is_forbidden) {
  {
    const auto cloud = connect();
    transport->answers(404, "");
    transport->answers(200, "my-role");
    transport->answers(200, alibaba_document("STS.ECS"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    for (const auto at : {1U, 2U}) EXPECT_EQ(header(transport->sent[at], "X-aliyun-ecs-metadata-token"), "");
  }
  fake.variables["ALIBABA_CLOUD_IMDSV1_DISABLED"] = "true";
  const auto cloud = connect();
  transport->answers(404, "");
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_NE(rotation::refused(answer)->message.find("HTTP 404"), std::string::npos);
  EXPECT_EQ(transport->sent.size(), 1U);
}

TEST_F(AlibabaChainTest, a_session_of_the_machine_is_renewed) {
  const auto cloud = connect();
  for (const auto* end : {"2026-01-02T04:04:05Z", "2026-01-02T10:04:05Z"}) {
    transport->answers(200, "metadata-token");
    transport->answers(200, "my-role");
    transport->answers(200, alibaba_document("STS.ECS", end));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    fake.now += 55min;
  }
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(transport->sent.size(), 9U);
}

TEST_F(AlibabaChainTest, metadata_that_is_not_whole_is_refused_and_not_shown) {
  struct Case {
    const char* document;
    const char* words;
  };
  const Case cases[] = {
      {R"({"Code":"Failed","AccessKeySecret":"MYSECRET"})", "its Code is Failed"},
      {R"({"Code":"MYSECRET is odd"})", "its Code is not Success"},
      {R"({"Code":"Success","AccessKeyId":"STS.A","AccessKeySecret":"MYSECRET"})", "no SecurityToken"},
      {R"({"AccessKeyId":"STS.A","AccessKeySecret":"MYSECRET","SecurityToken":"t"})", "no Expiration"},
      {R"({"AccessKeyId":"STS.A","AccessKeySecret":"MYSECRET","SecurityToken":"t","Expiration":"soon"})", "not a time"},
      {"MYSECRET", "not a JSON object"},
  };
  for (const auto& one : cases) {
    const auto cloud = connect();
    transport->answers(200, "metadata-token");
    transport->answers(200, "my-role");
    transport->answers(200, one.document);
    const auto answer = cloud->caller();
    ASSERT_TRUE(rotation::refused(answer)) << one.document;
    const auto& message = rotation::refused(answer)->message;
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::other);
    EXPECT_NE(message.find(one.words), std::string::npos) << message;
    EXPECT_EQ(message.find("MYSECRET"), std::string::npos) << message;
  }
}

TEST_F(AlibabaChainTest, no_machine_at_all_ends_the_chain_with_where_it_looked) {
  const auto cloud = connect();
  transport->answers(http::NotSent{"no route"});
  EXPECT_NE(usage_trouble([&] { (void)cloud->caller(); }).message.find("No Alibaba Cloud credentials"),
            std::string::npos);
  transport->answers(200, "metadata-token");
  transport->answers(404, "");  // an instance without a role
  usage_trouble([&] { (void)cloud->caller(); });
  EXPECT_EQ(transport->sent.size(), 3U);
}

TEST_F(AlibabaChainTest, a_machine_that_is_named_says_itself_what_it_lacks) {
  profiles({R"("name":"default","mode":"EcsRamRole")"});
  const auto cloud = connect();
  transport->answers(http::NotSent{"no route"});
  auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::not_sent);
  transport->answers(200, "metadata-token");
  transport->answers(404, "");
  answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::no_such_entity);
  fake.variables["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
  expect_trouble({}, "ALIBABA_CLOUD_ECS_METADATA_DISABLED is set");
}

TEST_F(AlibabaChainTest, the_metadata_service_stands_at_its_own_address_or_one_that_is_safe) {
  for (const auto* bad : {"http://evil.example/", "http://10.0.0.1", "ftp://127.0.0.1/", "100.100.100.200"}) {
    settings.metadata = bad;
    expect_trouble({}, "The address of the metadata service");
  }
  tests::Seen seen;
  tests::RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    if (request.starts_with("PUT /latest/api/token ")) return tests::reply(200, "metadata-token");
    if (request.starts_with("GET /latest/meta-data/ram/security-credentials/ ")) return tests::reply(200, "my-role");
    if (request.starts_with("GET ")) return tests::reply(200, alibaba_document("STS.REAL"));
    return tests::reply(200, tests::alibaba_caller);
  })};
  settings.metadata = server.url();
  settings.endpoints = {{"ram", server.url()}, {"sts", server.url()}};
  ASSERT_TRUE(rotation::done(connect_really()->caller()));
  EXPECT_EQ(seen.count("X-aliyun-ecs-metadata-token-ttl-seconds: 21600"), 1);
  EXPECT_EQ(seen.count("X-aliyun-ecs-metadata-token: metadata-token"), 2);
  EXPECT_EQ(seen.count("Credential=STS.REAL,"), 1);
}

// ---- a credentials URI
// ----------------------------------------------------------------------------------------------------

struct AlibabaUriTest : AlibabaChainTest {
  AlibabaUriTest() {
    fake.variables["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
    fake.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://127.0.0.1:1/creds?user=MYSECRET";
  }
};

TEST_F(AlibabaUriTest, gives_a_session_and_another_one_before_it_ends) {
  const auto cloud = connect();
  for (const auto* end : {"2026-01-02T04:04:05Z", "2026-01-02T10:04:05Z"}) {
    transport->answers(200, alibaba_document("STS.URI", end));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    fake.now += 55min;
  }
  EXPECT_EQ(transport->sent[2].url, "http://127.0.0.1:1/creds?user=MYSECRET");
}

TEST_F(AlibabaUriTest, is_tried_three_times_and_its_address_is_not_shown) {
  const auto cloud = connect();
  transport->answers(500, "MYSECRET");
  transport->answers(http::Lost{"the connection closed"});
  transport->answers(200, R"({"Code":"Failed"})");
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_NE(rotation::refused(answer)->message.find("its Code is Failed"), std::string::npos);
  EXPECT_EQ(rotation::refused(answer)->message.find("MYSECRET"), std::string::npos);
  EXPECT_EQ(transport->sent.size(), 3U);
  EXPECT_EQ(fake.slept.size(), 2U);
}

TEST_F(AlibabaUriTest, may_stand_at_https_this_machine_or_the_metadatas_address_alone) {
  for (const auto* bad : {"http://evil.example/MYSECRET", "http://10.0.0.1/", "ftp://127.0.0.1/", "not a uri"}) {
    fake.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = bad;
    const auto problem = usage_trouble([&] { (void)connect(); });
    EXPECT_EQ(problem.message, "The address of the credentials URI is not one that it may have.");
  }
  for (const auto* fine : {"https://anywhere.example/x", "http://[::1]:5/x", "http://100.100.100.200/x"}) {
    fake.variables["ALIBABA_CLOUD_CREDENTIALS_URI"] = fine;
    EXPECT_NO_THROW((void)connect()) << fine;
  }
}

TEST_F(AlibabaUriTest, may_be_named_by_a_profile) {
  profiles({R"("name":"u","mode":"CredentialsURI","credentials_uri":"https://creds.example/me")",
            R"("name":"none","mode":"CredentialsURI")"});
  const auto cloud = connect("u");
  transport->answers(200, alibaba_document("STS.URI"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(transport->sent[0].url, "https://creds.example/me");
  expect_trouble("none", "has no credentials_uri");
}

TEST_F(AlibabaUriTest, comes_after_the_metadata_service_and_in_place_of_one_that_has_nothing) {
  fake.variables.erase("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  {
    const auto cloud = connect();
    transport->answers(http::NotSent{"no route"});
    transport->answers(200, alibaba_document("STS.URI", "2026-01-02T04:04:05Z"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
    EXPECT_EQ(signer_of(transport->sent.back()), "STS.URI token+of/STS.URI=");
    fake.now += 55min;  // and from then on the URI alone
    transport->answers(200, alibaba_document("STS.AGAIN", "2026-01-02T06:04:05Z"));
    transport->answers(200, tests::alibaba_caller);
    ASSERT_TRUE(rotation::done(cloud->caller()));
  }
  const auto cloud = connect();
  for (const auto* reply : {"metadata-token", "my-role"}) transport->answers(200, reply);
  transport->answers(200, alibaba_document("STS.ECS", "2026-01-02T05:04:05Z"));
  transport->answers(200, tests::alibaba_caller);
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(signer_of(transport->sent.back()), "STS.ECS token+of/STS.ECS=");
  fake.now += 3h;  // a machine that was there and is not now is not replaced by another identity
  transport->answers(http::NotSent{"no route"});
  const auto answer = cloud->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::not_sent);
}

}  // namespace
