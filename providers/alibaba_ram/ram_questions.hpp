// What lists and scans ask of RAM: the calls, and the same put as the questions of a scan.
#pragma once

#include "providers/alibaba_ram/rpc_api.hpp"
#include "providers/calling/questions.hpp"

namespace alibaba_ram {

[[nodiscard]] Call list_users();
[[nodiscard]] Call list_keys(const rotation::UserName& user);
[[nodiscard]] Call get_last_used(const rotation::UserName& user, const rotation::AccessKeyId& key);

class RamQuestions final : public calling::Questions {
 public:
  RamQuestions(RpcApi& api, Signer& signer, rotation::AccountId account)
      : api_(api), signer_(signer), account_(std::move(account)) {}
  [[nodiscard]] rotation::Answer<http::Request> request(const rotation::Ask& ask) override;
  [[nodiscard]] rotation::Told read(const rotation::Ask& ask, http::Reply reply, http::Millis took) override;

 private:
  RpcApi& api_;
  Signer& signer_;
  rotation::AccountId account_;
};

}  // namespace alibaba_ram
