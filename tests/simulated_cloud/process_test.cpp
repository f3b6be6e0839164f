// The two programs, as the demo and other tests start them.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "signed_client.hpp"
#include "state_json.hpp"

extern char** environ;

namespace simulated_cloud {
namespace {

using std::filesystem::path;

class Child {
 public:
  Child(std::vector<std::string> argv, const path& output) {
    std::vector<char*> pointers;
    for (std::string& argument : argv) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (posix_spawn(&pid_, pointers[0], &actions, nullptr, pointers.data(), environ) != 0) pid_ = -1;
    posix_spawn_file_actions_destroy(&actions);
  }
  ~Child() {
    if (pid_ > 0) end(SIGKILL);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Its exit code; 0 sends no signal.
  int end(int signal) {
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
};

std::string text_of(const path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

bool eventually(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(Millis{5});
  }
  return true;
}

class ProcessTest : public ::testing::Test {
 protected:
  ProcessTest() {
    std::string name = (std::filesystem::temp_directory_path() / "simulated_cloud.XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~ProcessTest() override { std::filesystem::remove_all(folder); }
  void write_credentials(const std::string& text, const char* name = "credentials") const {
    std::ofstream(folder / "new") << text;
    std::filesystem::rename(folder / "new", folder / name);
  }
  [[nodiscard]] Json report() const {
    const std::string text = text_of(folder / "report");
    return text.empty() ? Json{{"calls_made", 0}, {"calls_refused", 0}} : Json::parse(text);
  }
  [[nodiscard]] std::vector<std::string> consumer(const Server& server, const std::string& service) const {
    return {SIMULATED_CLOUD_CONSUMER,
            "--endpoint",
            server.url(),
            "--credentials-file",
            folder / "credentials",
            "--profile",
            "app",
            "--interval-ms",
            "5",
            "--report",
            folder / "report",
            "--service",
            service};
  }
  static std::string profile(const KeySeen& key) {
    return "[other]\naws_access_key_id = AKIAWRONGWRONGWRONG2\naws_secret_access_key = x\n\n[app]\n# kept\n"
           "aws_access_key_id = " +
           key.id + "\naws_secret_access_key=" + key.secret + "\n";
  }

  path folder;
};

TEST_F(ProcessTest, ServesASeededStateAndStopsOnSigterm) {
  std::ofstream(folder / "state.json") << R"({"accounts": [{"id": "123456789012", "users": [{"name": "dev",
      "keys": [{"id": "AKIAOLDKEYEXAMPLE234", "secret": "s3cret", "created_days_ago": 120}]}]}]})";
  Child child(
      {SIMULATED_CLOUD_PROGRAM, "--port", "0", "--port-file", folder / "port", "--state", folder / "state.json"},
      folder / "out");
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder / "port"); })) << text_of(folder / "out");
  httplib::Client client("http://127.0.0.1:" + std::to_string(std::stoi(text_of(folder / "port"))));
  const auto state = client.Get("/_control/state");
  ASSERT_TRUE(state);
  EXPECT_EQ(Json::parse(state->body)["accounts"][0]["users"][0]["keys"][0]["id"], "AKIAOLDKEYEXAMPLE234");
  EXPECT_EQ(text_of(folder / "out"), text_of(folder / "port"));
  EXPECT_EQ(child.end(SIGTERM), 0);
}

TEST_F(ProcessTest, RefusesAStateItDoesNotUnderstand) {
  std::ofstream(folder / "state.json") << R"({"acounts": []})";
  Child child({SIMULATED_CLOUD_PROGRAM, "--state", folder / "state.json"}, folder / "out");
  EXPECT_EQ(child.end(0), 2);
  EXPECT_NE(text_of(folder / "out").find("acounts"), std::string::npos);
}

TEST_F(ProcessTest, AConsumerFollowsItsFileFromKeyToKeyWithoutARefusal) {
  Server server;
  Control control(server);
  const KeySeen old_key = control.seed_user("app");
  const KeySeen new_key = control.create_key("app");
  for (const char* service : {"sts", "s3"}) {
    write_credentials(profile(old_key));
    std::filesystem::remove(folder / "report");
    Child child(consumer(server, service), folder / "out");
    ASSERT_TRUE(eventually([&] { return report()["calls_made"] > 3; }));
    write_credentials(profile(new_key));
    ASSERT_TRUE(eventually([&] { return report()["keys"].contains(new_key.id); })) << report().dump();
    EXPECT_EQ(child.end(SIGTERM), 0);
    const Json last = Json::parse(text_of(folder / "out"));
    EXPECT_EQ(last["calls_refused"], 0) << last.dump();
    const std::uint64_t by_old = last["keys"][old_key.id], by_new = last["keys"][new_key.id];
    EXPECT_EQ(last["calls_made"], by_old + by_new);
    EXPECT_EQ(control.log().back().service, service);
  }
}

TEST_F(ProcessTest, AConsumerOfTheSecondCloudFollowsEitherOfItsFiles) {
  Server server;
  Control control(server);
  const KeySeen old_key = control.seed_user("app", std::chrono::hours{1}, Control::acs_account);
  const KeySeen new_key = control.create_key("app", Control::acs_account);
  const auto ini = [](const KeySeen& key) {
    return "[other]\naccess_key_id = LTAIwrong\n\n[app]\ntype = access_key\naccess_key_id = " + key.id +
           "\naccess_key_secret=" + key.secret + "\n";
  };
  const auto config = [](const KeySeen& key) {
    const Json profile{{"name", "app"}, {"mode", "AK"}, {"access_key_id", key.id}, {"access_key_secret", key.secret}};
    return Json{{"current", "other"}, {"profiles", {{{"name", "other"}, {"mode", "AK"}}, profile}}}.dump();
  };
  for (const bool json : {false, true}) {
    const char* file = json ? "config.json" : "credentials";
    auto argv = consumer(server, json ? "ecs" : "sts");
    argv[4] = folder / file;
    argv.insert(argv.end(), {"--cloud", "alibaba"});
    write_credentials(json ? config(old_key) : ini(old_key), file);
    std::filesystem::remove(folder / "report");
    Child child(argv, folder / "out");
    ASSERT_TRUE(eventually([&] { return report()["calls_made"] > 3; }));
    write_credentials(json ? config(new_key) : ini(new_key), file);
    ASSERT_TRUE(eventually([&] { return report()["keys"].contains(new_key.id); })) << report().dump();
    EXPECT_EQ(child.end(SIGTERM), 0);
    const Json last = Json::parse(text_of(folder / "out"));
    EXPECT_EQ(last["calls_refused"], 0) << last.dump();
    EXPECT_TRUE(last["keys"].contains(old_key.id));
    EXPECT_EQ(control.log().back().service, json ? "ecs" : "sts");
    write_credentials(json ? R"({"profiles": [{"name": "app", "mode": "AK"}]})" : "[app]\n", file);
    Child refused(argv, folder / "out");
    ASSERT_TRUE(eventually([&] { return report()["calls_refused"] > 0; }));
    EXPECT_EQ(report()["refusals"].back()["code"], "ProfileTorn");
    EXPECT_EQ(refused.end(SIGTERM), 1);
  }
  control.set_status(new_key.id, KeyStatus::inactive);
  write_credentials(ini(new_key));
  auto argv = consumer(server, "sts");
  argv.insert(argv.end(), {"--cloud", "alibaba"});
  Child child(argv, folder / "out");
  ASSERT_TRUE(eventually([&] { return report()["refusals"].back()["code"] == "InvalidAccessKeyId.Inactive"; }));
  EXPECT_EQ(child.end(SIGTERM), 1);
}

TEST_F(ProcessTest, AConsumerCountsEachRefusalWithItsReason) {
  Server server;
  Control control(server);
  const KeySeen key = control.seed_user("app");
  const auto refused_as = [&](const std::string& code) {
    return eventually([&] {
      const Json now = report();
      return now["calls_refused"] > 0 && now["refusals"].back()["code"] == code;
    });
  };
  Child child(consumer(server, "sts"), folder / "out");
  EXPECT_TRUE(refused_as("FileMissing"));
  write_credentials("[app]\naws_access_key_id = " + key.id + "\naws_secret_ac");
  EXPECT_TRUE(refused_as("ProfileTorn"));
  write_credentials("[default]\n");
  EXPECT_TRUE(refused_as("ProfileMissing"));
  write_credentials(profile({.id = key.id, .secret = "torn"}));
  EXPECT_TRUE(refused_as("SignatureDoesNotMatch"));
  control.set_status(key.id, KeyStatus::inactive);
  EXPECT_TRUE(refused_as("InvalidClientTokenId"));
  EXPECT_EQ(report()["refusals"].back()["key"], key.id);
  server.stop();
  EXPECT_TRUE(
      eventually([&] { return report()["refusals"].back()["code"].get<std::string>().starts_with("NoReply"); }));
  EXPECT_EQ(child.end(SIGTERM), 1);
}

}  // namespace
}  // namespace simulated_cloud
