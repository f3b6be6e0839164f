// kubectl as the reference client: it reads what keybaton writes, and keybaton reads what it writes.
#include <gtest/gtest.h>

#include "platform/process.hpp"
#include "tests/secrets_adapters/kube_bench.hpp"

namespace {

using kube::Bench;
using kube::Json;
using namespace places;

bool is_there() {
  try {
    return platform::run({.argv = {"kubectl", "version", "--client"}, .input = {}}).exit_code == 0;
  } catch (const std::system_error&) {
    return false;
  }
}

class Kubectl : public ::testing::Test {
 protected:
  void SetUp() override {
    // A peer to compare with, which Debian does not package.
    if (!is_there()) GTEST_SKIP() << "kubectl is not on PATH";
    auto rules = kube::everything;
    rules.insert({"list deployments", "watch deployments"});
    bench_.cluster.allow("", rules);  // over plain http kubectl shows no token
    bench_.restart();
  }
  platform::Finished run(std::vector<std::string> words) const {
    platform::Command command{.argv = {"kubectl", "--kubeconfig", bench_.here / "config", "--context", "prod",
                                       "--namespace", "apps", "--request-timeout", "20s"},
                              .input = {}};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.set_env = {{"HOME", bench_.here.path()}};  // its cache
    return platform::run(command);
  }
  std::string kubectl(std::vector<std::string> words) const {
    const auto finished = run(std::move(words));
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return finished.out;
  }
  Json secret() const { return Json::parse(kubectl({"get", "secret", "aws", "-o", "json"})); }

  Bench bench_;
};

TEST_F(Kubectl, ReadsWhatKeybatonWroteAndSeesTheRolloutOver) {
  ASSERT_EQ(said(hand_over(*bench_.place())), "done");
  EXPECT_EQ(
      kubectl({"get", "secret", "aws", "-o", "go-template={{.data.ID | base64decode}} {{.data.VALUE | base64decode}}"}),
      new_pair);
  EXPECT_EQ(Bench::still(secret()), bench_.expected(new_id, new_secret));
  EXPECT_NE(kubectl({"rollout", "status", "deployment/web"}).find("successfully rolled out"), std::string::npos);
  EXPECT_TRUE(bench_.cluster.odd().empty());
}

TEST_F(Kubectl, KeybatonReadsWhatItWrote) {
  kubectl({"patch", "secret", "aws", "--type", "merge", "-p",
           R"({"stringData":null,"data":{"ID":")" + kube::base64(new_id) + R"(","VALUE":")" + kube::base64(new_secret) +
               "\"}}"});
  EXPECT_EQ(said(bench_.place()->read()), new_pair);
  EXPECT_TRUE(bench_.cluster.odd().empty());
}

// The same conflict is seen by both: the fake has no rules of its own for keybaton.
TEST_F(Kubectl, IsRefusedAnOldResourceVersionToo) {
  const std::string version = secret()["metadata"]["resourceVersion"];
  ASSERT_EQ(said(hand_over(*bench_.place())), "done");
  const auto refused = run({"patch", "secret", "aws", "--type", "merge", "-p",
                            R"({"metadata":{"resourceVersion":")" + version + R"("},"data":{"ID":"QQ=="}})"});
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.err.find("Conflict"), std::string::npos) << refused.err;
  EXPECT_EQ(said(bench_.place()->read()), new_pair);
}

}  // namespace
