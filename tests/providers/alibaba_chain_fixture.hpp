// A machine with the files of Alibaba Cloud's tools and an environment, and who signs the first request there.
#pragma once

#include <gtest/gtest.h>

#include "providers/alibaba_ram/connect.hpp"
#include "rotation/errors.hpp"
#include "tests/providers/fakes.hpp"

namespace tests {

inline constexpr const char* alibaba_caller =
    R"({"AccountId":"1234567890123456","Arn":"acs:ram::1234567890123456:user/ops","IdentityType":"RAMUser",)"
    R"("PrincipalId":"216959339000000000","UserId":"216959339000000000","RequestId":"R-1"})";

// What STS gives.
inline std::string alibaba_session(const std::string& id, const std::string& expires = "2026-01-02T04:04:05Z") {
  return R"({"RequestId":"R-2","AssumedRoleUser":{"Arn":"acs:ram::1234567890123456:role/r/s","AssumedRoleId":"3:s"},)"
         R"("Credentials":{"AccessKeyId":")" +
         id + R"(","AccessKeySecret":"SessionSecretOfThirtyLetters00","SecurityToken":"token+of/)" + id +
         R"(=","Expiration":")" + expires + R"("}})";
}

// What the metadata service and a credentials URI give.
inline std::string alibaba_document(const std::string& id, const std::string& expires = "2026-01-02T09:04:05Z") {
  return R"({"Code":"Success","AccessKeyId":")" + id +
         R"(","AccessKeySecret":"SessionSecretOfThirtyLetters00","SecurityToken":"token+of/)" + id +
         R"(=","Expiration":")" + expires + R"("})";
}

// The members of a profile with a key pair.
inline std::string key_pair(const std::string& id) {
  return R"("access_key_id":")" + id + R"(","access_key_secret":"PairSecret")";
}

struct AlibabaChainTest : testing::Test {
  FakeWorld fake;
  TempDir home;
  FakeTransport* transport = nullptr;  // owned by the cloud
  alibaba_ram::AccountSettings settings;

  AlibabaChainTest() {
    fake.variables["HOME"] = home.path().string();
    std::filesystem::create_directory(home.path() / ".aliyun");
    std::filesystem::create_directory(home.path() / ".alibabacloud");
  }
  [[nodiscard]] std::string config_path() const { return (home.path() / ".aliyun/config.json").string(); }
  [[nodiscard]] std::string ini_path() const { return (home.path() / ".alibabacloud/credentials").string(); }
  void config(const std::string& text) const { home.write(".aliyun/config.json", text); }
  void ini(const std::string& text) const { home.write(".alibabacloud/credentials", text); }
  // Profiles, each as the members of an object.
  void profiles(const std::vector<std::string>& members, const std::string& current = "default") const {
    std::string text = R"({"current":")" + current + R"(","profiles":[)";
    for (const auto& one : members) text += (&one == members.data() ? "{" : ",{") + one + "}";
    config(text + "],\"meta_path\":\"\"}");
  }
  void environment_keys() {
    fake.variables["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIENV";
    fake.variables["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "EnvSecret";
  }

  std::unique_ptr<alibaba_ram::RamCloud> connect(std::optional<std::string> profile = {}) {
    auto own = std::make_unique<FakeTransport>();
    transport = own.get();
    settings.profile = std::move(profile);
    return alibaba_ram::connect(settings, fake.world, std::move(own));
  }
  std::unique_ptr<alibaba_ram::RamCloud> connect_really() { return alibaba_ram::connect(settings, fake.world); }
  // "ID" or "ID token" of the first request.
  std::string signer(std::optional<std::string> profile = {}) {
    const auto cloud = connect(std::move(profile));
    transport->answers(200, alibaba_caller);
    EXPECT_TRUE(rotation::done(cloud->caller()));
    return transport->sent.empty() ? "nothing was sent" : signer_of(transport->sent.back());
  }
  static std::string header(const SentRequest& request, const std::string& name) {
    for (const auto& [key, value] : request.headers) {
      if (std::ranges::equal(key, name, [](char a, char b) { return std::tolower(a) == std::tolower(b); }))
        return value;
    }
    return {};
  }
  static std::string signer_of(const SentRequest& request) {
    const auto authorization = header(request, "Authorization");
    const auto at = authorization.find("Credential=");
    if (at == std::string::npos) return "nobody";
    auto text = authorization.substr(at + 11, authorization.find(',', at) - at - 11);
    if (const auto token = header(request, "x-acs-security-token"); !token.empty()) text += " " + token;
    return text;
  }
  // Everything that the vendor's tools would have as a parameter: the query and the body.
  static std::string params_of(const SentRequest& request) {
    return request.url.substr(std::min(request.url.find('?'), request.url.size())) + "&" + request.body + "&";
  }
  template <class F>
  static rotation::Problem usage_trouble(F&& doing) {
    try {
      doing();
    } catch (const rotation::Trouble& trouble) {
      const auto& problem = trouble.problem();
      EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
      EXPECT_EQ(problem.keys, "Nothing was sent; the keys are as they were.");
      EXPECT_FALSE(problem.hint.empty());
      for (const auto& text : {problem.message, problem.hint})
        EXPECT_EQ(text.find("Secret"), std::string::npos) << text;
      return problem;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
  void expect_trouble(const std::optional<std::string>& profile, const std::string& words) {
    const auto problem = usage_trouble([&] { (void)connect(profile); });
    EXPECT_NE(problem.message.find(words), std::string::npos) << problem.message;
  }
};

}  // namespace tests
