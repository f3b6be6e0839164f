// The replies of Alibaba Cloud as text.
#pragma once

#include <string>

#include "providers/alibaba_ram/rpc_api.hpp"
#include "tests/providers/fakes.hpp"

namespace tests::acs {

inline constexpr const char* request_id = "4C467B38-3910-447D-87BC-AC049166F216";

// {"RequestId":"…",INNER}
[[nodiscard]] inline std::string good(const std::string& inner = {}) {
  return std::string{R"({"RequestId":")"} + request_id + "\"" + (inner.empty() ? "" : "," + inner) + "}";
}

[[nodiscard]] inline std::string error(const std::string& code, const std::string& message = "words of the cloud") {
  return R"({"RequestId":"11112222-3333-4444-5555-666677778888","HostId":"ram.aliyuncs.com","Code":")" + code +
         R"(","Message":")" + message + R"(","Recommend":"https://next.api.aliyun.com/troubleshoot"})";
}

inline constexpr const char* new_secret = "SecretOfTheNewKey0123456789abc";
[[nodiscard]] inline std::string new_key(const std::string& id = "LTAI5tNewKey000000000001",
                                         const std::string& secret = new_secret) {
  return good(R"("AccessKey":{"AccessKeyId":")" + id + R"(","AccessKeySecret":")" + secret +
              R"(","Status":"Active","CreateDate":"2026-01-02T03:04:05Z"})");
}

[[nodiscard]] inline std::string key(const std::string& id, const std::string& status,
                                     const std::string& created = "2026-01-01T00:00:00Z") {
  return R"({"AccessKeyId":")" + id + R"(","Status":")" + status + R"(","CreateDate":")" + created + R"("})";
}
[[nodiscard]] inline std::string key_list(const std::string& keys, const std::string& more = {}) {
  return good(R"("AccessKeys":{"AccessKey":[)" + keys + "]}" + more);
}

[[nodiscard]] inline std::string user(const std::string& name, const std::string& id = "216959339000654321") {
  return R"({"UserId":")" + id + R"(","UserName":")" + name +
         R"(","DisplayName":"中","Comments":"","CreateDate":"2025-01-01T00:00:00Z"})";
}

[[nodiscard]] inline std::string caller(const std::string& account = "1234567890123456") {
  return good(R"("IdentityType":"RAMUser","AccountId":")" + account + R"(","PrincipalId":"216959339000654321",)" +
              R"("UserId":"216959339000654321","Arn":"acs:ram::)" + account + R"(:user/admin","RoleId":null)");
}

[[nodiscard]] inline alibaba_ram::Endpoints endpoints() {
  return {.ims = alibaba_ram::Endpoint{"https://ims.aliyuncs.com/"},
          .actiontrail = alibaba_ram::Endpoint{"https://actiontrail.cn-hangzhou.aliyuncs.com/"},
          .kms = alibaba_ram::Endpoint{"https://kms.cn-hangzhou.aliyuncs.com/"}};
}

[[nodiscard]] inline calling::Credentials keys() {
  return static_keys("LTAI5tOldKey000000000001", "oldSecret0123456789");
}

// Signs with a session of temporary credentials, and counts how often one was fetched.
class Sessions final : public calling::CredentialProvider {
 public:
  explicit Sessions(int& fetched) : fetched_(fetched) {}
  rotation::Answer<calling::Credentials> fetch() override {
    ++fetched_;
    auto one = static_keys("STS.NSession" + std::to_string(fetched_), "sessionSecret0123456789");
    one.token = rotation::Secret{"CAISsecret+token/" + std::to_string(fetched_) + "=="};
    return rotation::Done<calling::Credentials>{std::move(one)};
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  int& fetched_;
};

}  // namespace tests::acs
