// What lists and scans ask of RAM: the calls, and the same put as the questions of a scan.
#pragma once

#include <functional>

#include "providers/alibaba_ram/rpc_api.hpp"
#include "providers/calling/questions.hpp"

namespace alibaba_ram {

[[nodiscard]] Call list_users();
[[nodiscard]] Call list_keys(const rotation::UserName& user);
[[nodiscard]] Call get_last_used(const rotation::UserName& user, const rotation::AccessKeyId& key);

class RamQuestions final : public calling::Questions {
 public:
  // `caller` asks STS: its account is a part of each user's ARN, so it comes first.
  RamQuestions(RpcApi& api, Signer& signer, std::function<rotation::Answer<rotation::Caller>()> caller)
      : api_(api), signer_(signer), caller_(std::move(caller)) {}
  [[nodiscard]] rotation::Answer<std::optional<rotation::Caller>> prepare() override;
  [[nodiscard]] rotation::Answer<http::Request> request(const rotation::Inquiry& ask) override;
  [[nodiscard]] rotation::Told read(const rotation::Inquiry& ask, http::Reply reply, http::Millis took) override;

 private:
  RpcApi& api_;
  Signer& signer_;
  std::function<rotation::Answer<rotation::Caller>()> caller_;
  rotation::AccountId account_;
};

}  // namespace alibaba_ram
