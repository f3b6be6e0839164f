// Credentials that a program or the machine gives: credential_process, the container service, instance metadata.
#include "tests/providers/chain_fixture.hpp"
#include "tests/providers/raw_server.hpp"

namespace {

using rotation::Refusal;
using tests::ChainTest;

// ---- a program
// ------------------------------------------------------------------------------------------------------------

struct ProcessTest : ChainTest {
  // A program that prints this, and how the profile calls it.
  void process(const std::string& script, const std::string& arguments = "") {
    const auto program = directory.write("give credentials", "#!/bin/sh\n" + script);
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    files("[profile p]\ncredential_process = '" + program + "' " + arguments + "\n");
  }
};

TEST_F(ProcessTest, gives_credentials_as_json) {
  process(
      "echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\","
      "\"Expiration\":\"2026-01-02T04:04:05+00:00\"}'");
  EXPECT_EQ(signer("p"), "PROC t");
  process("echo '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"s\"}'");
  EXPECT_EQ(signer("p"), "PROC");
}

TEST_F(ProcessTest, is_run_without_a_shell) {
  process(
      "printf '{\"Version\":1,\"AccessKeyId\":\"PROC\",\"SecretAccessKey\":\"%s\"}' \"$#-$1-$2\" | tr ' $' '__' ;"
      "printf '%s' \"$1|$2\" > '" +
          (directory.path() / "seen").string() + "'",
      "'$(touch pwned) a' \"b;c\"");
  EXPECT_EQ(signer("p"), "PROC");
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "seen"));
  EXPECT_EQ(std::filesystem::file_size(directory.path() / "seen"), std::string{"$(touch pwned) a|b;c"}.size());
}

TEST_F(ProcessTest, what_it_does_wrong_is_refused_and_its_output_not_shown) {
  struct Case {
    const char* script;
    const char* words;
  };
  const Case cases[] = {
      {"echo SECRETSECRET; echo SECRETSECRET >&2; exit 3", "ended with code 3"},
      {"echo SECRETSECRET", "not a JSON object"},
      {"echo '{\"Version\":2,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"SECRETSECRET\"}'", "Version"},
      {"echo '{\"Version\":\"1\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"SECRETSECRET\"}'", "Version"},
      {"echo '{\"Version\":1,\"AccessKeyId\":\"A\"}'", "no whole"},
      {"echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":7}'", "no whole"},
      {"echo '{\"Version\":1,\"AccessKeyId\":\"A/B\",\"SecretAccessKey\":\"SECRETSECRET\"}'", "no whole"},
      {"echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"Expiration\":\"soon\"}'", "Expiration"},
      {"true", "not a JSON object"},
  };
  for (const auto& one : cases) {
    process(one.script);
    const auto answer = connect("p")->caller();
    ASSERT_TRUE(rotation::refused(answer)) << one.script;
    const auto& message = rotation::refused(answer)->message;
    EXPECT_NE(message.find(one.words), std::string::npos) << message;
    EXPECT_EQ(message.find("SECRET"), std::string::npos) << message;
  }
}

TEST_F(ProcessTest, a_program_that_is_not_there_or_no_command_line_is_a_fault_of_the_file) {
  files("[profile p]\ncredential_process = /no/such/program\n");
  const auto cloud = connect("p");
  usage_trouble([&] { (void)cloud->caller(); });
  files("[profile p]\ncredential_process = 'open quote\n");
  usage_trouble([&] { (void)connect("p"); });
}

// ---- the machine that we run on
// -----------------------------------------------------------------------------------------------

std::string metadata_json(const std::string& id) {
  return "{\"Code\":\"Success\",\"AccessKeyId\":\"" + id +
         "\",\"SecretAccessKey\":\"s/1\",\"Token\":\"t+1\",\"Expiration\":\"2026-01-02T09:04:05Z\"}";
}

TEST_F(ChainTest, the_container_service_is_asked_with_its_token) {
  files("");
  tests::Seen seen;
  tests::RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    return request.starts_with("GET") ? tests::reply(200, metadata_json("ASIACONTAINER"))
                                      : tests::reply(200, tests::caller_xml());
  })};
  fake.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url() + "creds?x=1";
  fake.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "unused";
  fake.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = directory.write("auth", "from-the-file\n");
  ASSERT_TRUE(rotation::done(connect_really(server.url())->caller()));
  EXPECT_EQ(seen.count("GET /creds?x=1 HTTP/1.1"), 1);
  EXPECT_EQ(seen.count("Authorization: from-the-file\r\n"), 1);
  EXPECT_EQ(seen.count("Credential=ASIACONTAINER/"), 1);
  EXPECT_EQ(seen.count("X-Amz-Security-Token: t+1"), 1);
}

TEST_F(ChainTest, the_container_service_is_tried_three_times) {
  files("");
  tests::Seen seen;
  tests::RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    return tests::reply(500, "{\"SecretAccessKey\":\"SECRETSECRET\"}");
  })};
  fake.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = server.url();
  const auto answer = connect_really(server.url())->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->message.find("SECRET"), std::string::npos);
  EXPECT_EQ(seen.all().size(), 3U);
}

TEST_F(ChainTest, the_container_service_may_stand_at_its_own_addresses_only) {
  files("");
  for (const auto* bad : {"http://evil.example/", "http://10.0.0.1/", "http://169.254.169.254/", "ftp://127.0.0.1/"}) {
    fake.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = bad;
    usage_trouble([&] { (void)connect(); });
  }
  for (const auto* good : {"http://169.254.170.2/x", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1",
                           "http://127.0.0.1:1/", "https://anywhere.example/"}) {
    fake.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = good;
    EXPECT_NO_THROW((void)connect()) << good;
  }
  fake.variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/x";
  const auto cloud = connect();
  transport->answers(200, metadata_json("ASIATASK"));
  transport->answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(cloud->caller()));
  EXPECT_EQ(transport->sent[0].url, "http://169.254.170.2/v2/x");
}

TEST_F(ChainTest, instance_metadata_is_asked_in_its_second_version) {
  files("");
  tests::Seen seen;
  tests::RawServer server{tests::answering([&](const std::string& request) {
    seen.add(request);
    if (request.starts_with("PUT /latest/api/token ")) return tests::reply(200, "imds-token");
    if (request.find("x-aws-ec2-metadata-token: imds-token") == std::string::npos && !request.starts_with("POST")) {
      return tests::reply(401, "");
    }
    if (request.starts_with("GET /latest/meta-data/iam/security-credentials/ ")) return tests::reply(200, "my-role");
    if (request.starts_with("GET /latest/meta-data/iam/security-credentials/my-role ")) {
      return tests::reply(200, metadata_json("ASIAINSTANCE"));
    }
    return tests::reply(200, tests::caller_xml());
  })};
  fake.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url();
  ASSERT_TRUE(rotation::done(connect_really(server.url())->caller()));
  EXPECT_EQ(seen.count("x-aws-ec2-metadata-token-ttl-seconds: 21600"), 1);
  EXPECT_EQ(seen.count("Credential=ASIAINSTANCE/"), 1);
}

TEST_F(ChainTest, instance_metadata_without_a_role_is_refused) {
  files("");
  tests::RawServer server{tests::answering([](const std::string& request) {
    return request.starts_with("PUT") ? tests::reply(200, "token") : tests::reply(404, "");
  })};
  fake.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = server.url();
  const auto answer = connect_really(server.url())->caller();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::other);
  fake.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://evil.example";
  usage_trouble([&] { (void)connect(); });
}

}  // namespace
