// Against moto, an AWS that nobody here wrote, with authentication on. Skipped, with a word, where it is not installed.
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "providers/aws_iam/connect.hpp"
#include "tests/providers/fakes.hpp"
#include "tests/providers/memory.hpp"
#include "tests/providers/raw_server.hpp"

extern char** environ;

namespace {

using rotation::AccessKeyId;
using rotation::KeyStatus;
using rotation::Refusal;
using rotation::UserName;
using namespace std::chrono_literals;

bool on_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string rest = path ? path : "";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (access((rest.substr(0, colon) + "/" + program).c_str(), X_OK) == 0) return true;
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

int free_port() {
  tests::RawServer once{[](tests::Peer&, int) {}};
  return once.port();
}

struct MotoTest : testing::Test {
  tests::FakeWorld fake;
  tests::TempDir directory;
  std::unique_ptr<http::Transport> wire = http::curl_transport();
  std::string url;
  pid_t server = -1;

  void SetUp() override {
    if (!on_path("moto_server")) GTEST_SKIP() << "moto_server is not on PATH (pip install 'moto[server]')";
    const auto port = std::to_string(free_port());
    url = "http://127.0.0.1:" + port;
    std::string program = "moto_server", host = "-H", address = "127.0.0.1", flag = "-p", number = port;
    char* argv[] = {program.data(), host.data(), address.data(), flag.data(), number.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    ASSERT_EQ(posix_spawnp(&server, "moto_server", &actions, nullptr, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 300 && post("/moto-api/reset", "") != 200; ++i) std::this_thread::sleep_for(100ms);
    ASSERT_EQ(post("/moto-api/reset", ""), 200) << "moto_server did not start";
  }
  void TearDown() override {
    if (server < 0) return;
    kill(server, SIGTERM);
    waitpid(server, nullptr, 0);
  }
  int post(const std::string& path, const std::string& body, const std::string& type = "text/plain") {
    http::Request request{.method = http::Method::post, .url = url + path, .body = http::Body{body}, .deadline = 5s};
    request.headers.emplace_back("Content-Type", type);
    const auto reply = wire->send(request);
    const auto* response = std::get_if<http::Response>(&reply);
    return response ? response->status : 0;
  }
  // One Query call without a real signature: moto takes any before authentication is on.
  int raw(const http::Params& params) {
    http::Request request{.method = http::Method::post,
                          .url = url + "/",
                          .body = http::Body{http::form(params) + "&Version=2010-05-08"},
                          .deadline = 5s};
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.headers.emplace_back("Authorization",
                                 "AWS4-HMAC-SHA256 Credential=testing/20260102/us-east-1/iam/aws4_request, "
                                 "SignedHeaders=host, Signature=0");
    const auto reply = wire->send(request);
    const auto* response = std::get_if<http::Response>(&reply);
    return response ? response->status : 0;
  }
  std::unique_ptr<aws_iam::IamCloud> connect(const AccessKeyId& id, const rotation::Secret& secret) {
    auto world = calling::real_world();
    fake.variables["AWS_ACCESS_KEY_ID"] = id.text();
    secret.expose([&](auto text) { fake.variables["AWS_SECRET_ACCESS_KEY"] = std::string{text}; });
    fake.variables["AWS_CONFIG_FILE"] = (directory.path() / "none").string();
    fake.variables["AWS_SHARED_CREDENTIALS_FILE"] = (directory.path() / "none").string();
    world.env = fake.world.env;
    return aws_iam::connect({.endpoints = {{"iam", url}, {"sts", url}}, .patience = {.reads = {.attempts = 2}}},
                            std::move(world));
  }
};

// Invariant 14, as far as this folder goes: once its owner drops it, no piece of a new secret stays in memory.
TEST_F(MotoTest, a_new_secret_leaves_no_piece_in_memory) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer keeps freed memory and its own copies";
#endif
  const UserName svc{"svc"};
  ASSERT_EQ(raw({{"Action", "CreateUser"}, {"UserName", svc.text()}}), 200);
  const auto cloud = connect(AccessKeyId{"testing"}, rotation::Secret{"testing"});
  std::string masked;
  {
    const auto made = cloud->create_key(svc);
    ASSERT_TRUE(rotation::done(made));
    rotation::done(made)->secret.expose([&](std::string_view text) { masked = tests::masked(text); });
    EXPECT_FALSE(tests::places_that_hold(masked).empty());  // the search itself works
    ASSERT_TRUE(rotation::done(cloud->probe(rotation::done(made)->id, rotation::done(made)->secret)));
  }
  for (const auto& place : tests::places_that_hold(masked))
    ADD_FAILURE() << "a piece of the secret is left in " << place;
}

TEST_F(MotoTest, the_life_of_a_key_with_authentication_on) {
  const UserName admin{"admin"}, svc{"svc+deploy=x,y.z@corp-1"};
  ASSERT_EQ(raw({{"Action", "CreateUser"}, {"UserName", admin.text()}}), 200);
  ASSERT_EQ(raw({{"Action", "CreateUser"}, {"UserName", svc.text()}}), 200);
  ASSERT_EQ(raw({{"Action", "PutUserPolicy"},
                 {"UserName", admin.text()},
                 {"PolicyName", "all"},
                 {"PolicyDocument",
                  R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"}}),
            200);
  const auto starter = connect(AccessKeyId{"testing"}, rotation::Secret{"testing"});
  const auto admin_key = starter->create_key(admin);
  ASSERT_TRUE(rotation::done(admin_key));
  ASSERT_EQ(post("/moto-api/reset-auth", "0"), 200);

  // From here moto verifies every signature and policy.
  const auto cloud = connect(rotation::done(admin_key)->id, rotation::done(admin_key)->secret);
  const auto caller = cloud->caller();
  ASSERT_TRUE(rotation::done(caller)) << (rotation::refused(caller) ? rotation::refused(caller)->code : "unknown");
  EXPECT_EQ(rotation::done(caller)->account_id.text(), "123456789012");
  EXPECT_EQ(rotation::done(caller)->partition, "aws");
  EXPECT_TRUE(rotation::done(caller)->arn.text().ends_with(":user/admin"));

  const auto user = cloud->user(svc);
  ASSERT_TRUE(rotation::done(user));
  EXPECT_EQ(rotation::done(user)->name, svc);
  EXPECT_TRUE(rotation::done(cloud->keys(svc))->empty());

  const auto made = cloud->create_key(svc);
  ASSERT_TRUE(rotation::done(made));
  const auto& key = *rotation::done(made);
  const auto listed = cloud->keys(svc);
  ASSERT_TRUE(rotation::done(listed));
  ASSERT_EQ(rotation::done(listed)->size(), 1U);
  EXPECT_EQ(rotation::done(listed)->at(0).id, key.id);
  EXPECT_EQ(rotation::done(listed)->at(0).status, KeyStatus::active);

  const auto probe = cloud->probe(key.id, key.secret);
  ASSERT_TRUE(rotation::done(probe));
  EXPECT_EQ(rotation::done(probe)->user_id, rotation::done(user)->id);
  const auto wrong = cloud->probe(key.id, rotation::Secret{"not/the/secret/0123456789012345678901234"});
  ASSERT_TRUE(rotation::refused(wrong));
  EXPECT_EQ(rotation::refused(wrong)->why, Refusal::denied);
  const auto strange = cloud->probe(AccessKeyId{"AKIAIOSFODNN7EXAMPLE"}, key.secret);
  ASSERT_TRUE(rotation::refused(strange));
  EXPECT_EQ(rotation::refused(strange)->why, Refusal::invalid_credentials);

  const auto used = cloud->last_used(svc, key.id);
  ASSERT_TRUE(rotation::done(used));
  EXPECT_TRUE(rotation::done(used)->at);

  const auto second = cloud->create_key(svc);
  ASSERT_TRUE(rotation::done(second));
  const auto third = cloud->create_key(svc);
  ASSERT_TRUE(rotation::refused(third));
  EXPECT_EQ(rotation::refused(third)->why, Refusal::limit_exceeded);

  ASSERT_TRUE(rotation::done(cloud->set_status(svc, key.id, KeyStatus::inactive)));
  const auto after = cloud->keys(svc);
  ASSERT_TRUE(rotation::done(after));
  EXPECT_EQ(rotation::done(after)->at(0).status, KeyStatus::inactive);
  ASSERT_TRUE(rotation::done(cloud->delete_key(svc, key.id)));
  const auto again = cloud->delete_key(svc, key.id);
  ASSERT_TRUE(rotation::refused(again));
  EXPECT_EQ(rotation::refused(again)->why, Refusal::no_such_entity);

  int users = 0;
  ASSERT_TRUE(rotation::done(cloud->list_users([&](const rotation::User&) {
    ++users;
    return aws_iam::More::go_on;
  })));
  EXPECT_EQ(users, 2);

  // A user without a policy is told so, and nothing is done.
  const auto powerless = connect(rotation::done(second)->id, rotation::done(second)->secret);
  const auto denied = powerless->create_key(svc);
  ASSERT_TRUE(rotation::refused(denied));
  EXPECT_EQ(rotation::refused(denied)->why, Refusal::denied);
  EXPECT_EQ(rotation::done(cloud->keys(svc))->size(), 1U);

  // moto answers 500 with HTML here: a body that is no XML must end as unknown.
  EXPECT_TRUE(rotation::unknown(cloud->simulate(rotation::done(user)->arn, {"iam:CreateAccessKey"}, "*")));
  ASSERT_TRUE(cloud->clock_offset());
  EXPECT_EQ(*cloud->clock_offset(), 0ms);
}

}  // namespace
