// What lists and scans ask of IAM: the calls, and the same put as the questions of a scan.
#pragma once

#include "providers/aws_iam/query_api.hpp"
#include "providers/calling/questions.hpp"

namespace aws_iam {

[[nodiscard]] Call get_caller();
[[nodiscard]] Call list_users();
[[nodiscard]] Call list_keys(const rotation::UserName& user);
[[nodiscard]] Call get_last_used(const rotation::AccessKeyId& key);

class IamQuestions final : public calling::Questions {
 public:
  IamQuestions(QueryApi& api, Signer& signer) : api_(api), signer_(signer) {}
  [[nodiscard]] rotation::Answer<std::optional<rotation::Caller>> prepare() override;
  [[nodiscard]] rotation::Answer<http::Request> request(const rotation::Inquiry& ask) override;
  [[nodiscard]] rotation::Told read(const rotation::Inquiry& ask, http::Reply reply, http::Millis took) override;

 private:
  QueryApi& api_;
  Signer& signer_;
  SigningKey key_;
};

}  // namespace aws_iam
