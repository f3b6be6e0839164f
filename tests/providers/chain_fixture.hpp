// A machine with AWS files and an environment, and who signs the first request there.
#pragma once

#include <gtest/gtest.h>

#include "providers/aws_iam/connect.hpp"
#include "rotation/errors.hpp"
#include "tests/providers/fakes.hpp"

namespace tests {

struct ChainTest : testing::Test {
  FakeWorld fake;
  TempDir directory;
  FakeTransport* transport = nullptr;  // owned by the cloud

  void files(const std::string& config, const std::string& credentials = "") {
    fake.variables["AWS_CONFIG_FILE"] = directory.write("config", config);
    fake.variables["AWS_SHARED_CREDENTIALS_FILE"] = directory.write("credentials", credentials);
  }
  std::unique_ptr<aws_iam::IamCloud> connect(std::optional<std::string> profile = {}) {
    auto own = std::make_unique<FakeTransport>();
    transport = own.get();
    return aws_iam::connect({.profile = std::move(profile)}, fake.world, std::move(own));
  }
  std::unique_ptr<aws_iam::IamCloud> connect_really(const std::string& endpoint) {
    return aws_iam::connect({.endpoints = {{"iam", endpoint}, {"sts", endpoint}}}, fake.world);
  }
  // The key id that signs, and its session token: "ID" or "ID token".
  std::string signer(std::optional<std::string> profile = {}) {
    const auto cloud = connect(std::move(profile));
    transport->answers(200, caller_xml());
    EXPECT_TRUE(rotation::done(cloud->caller()));
    return last_signer();
  }
  std::string last_signer() const {
    const auto& headers = transport->sent.back().headers;
    const auto found = headers.find("Authorization");
    if (found == headers.end()) return "nobody";
    const auto begin = found->second.find("Credential=") + 11;
    auto text = found->second.substr(begin, found->second.find('/', begin) - begin);
    if (const auto token = headers.find("X-Amz-Security-Token"); token != headers.end()) text += " " + token->second;
    return text;
  }
  template <class F>
  static rotation::Problem usage_trouble(F&& doing) {
    try {
      doing();
    } catch (const rotation::Trouble& trouble) {
      EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
      EXPECT_FALSE(trouble.problem().keys.empty());
      EXPECT_FALSE(trouble.problem().hint.empty());
      return trouble.problem();
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
};

// The lines of a profile with static keys.
inline std::string keys(const std::string& id, const std::string& token = {}) {
  return "aws_access_key_id = " + id + "\naws_secret_access_key = secret+of/" + id + "\n" +
         (token.empty() ? "" : "aws_session_token = " + token + "\n");
}

}  // namespace tests
