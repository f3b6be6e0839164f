// The cloud of a dry run: reads go to the real one, changes are told and imagined.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rotation/ports.hpp"

namespace cli {

// Where each effect that did not happen is told, one line each.
using Say = std::function<void(const std::string&)>;

class DryRunCloud final : public rotation::Cloud {
 public:
  DryRunCloud(rotation::Cloud& real, rotation::Clock& clock, Say say)
      : real_(real), clock_(clock), say_(std::move(say)) {}

  [[nodiscard]] rotation::ProviderFacts facts() const override { return real_.facts(); }
  [[nodiscard]] rotation::Answer<rotation::Caller> caller() override { return real_.caller(); }
  [[nodiscard]] rotation::Answer<rotation::User> user(const rotation::UserName& user) override;
  [[nodiscard]] rotation::Answer<std::vector<rotation::AccessKey>> keys(const rotation::UserName& user) override;
  [[nodiscard]] rotation::Answer<rotation::NewKey> create_key(const rotation::UserName& user) override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> set_status(const rotation::UserName& user,
                                                               const rotation::AccessKeyId& key,
                                                               rotation::KeyStatus status) override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> delete_key(const rotation::UserName& user,
                                                               const rotation::AccessKeyId& key) override;
  [[nodiscard]] rotation::Answer<rotation::LastUsed> last_used(const rotation::UserName& user,
                                                               const rotation::AccessKeyId& key) override;
  [[nodiscard]] rotation::Answer<std::vector<rotation::BinnedKey>> deleted_keys(const rotation::UserId& user) override {
    return real_.deleted_keys(user);
  }
  [[nodiscard]] rotation::Answer<rotation::Nothing> undelete_key(const rotation::UserId& user,
                                                                 const rotation::AccessKeyId& key) override;
  [[nodiscard]] rotation::Answer<std::vector<rotation::KeyUse>> uses(const rotation::AccessKeyId& key) override {
    return real_.uses(key);
  }
  [[nodiscard]] rotation::Answer<rotation::Caller> probe(const rotation::AccessKeyId& key,
                                                         const rotation::SecretAccessKey& secret) override;
  [[nodiscard]] std::optional<rotation::AccessKeyId> signing_key() override { return real_.signing_key(); }
  void sign_with(const rotation::AccessKeyId& key, const rotation::SecretAccessKey& secret) override;
  [[nodiscard]] std::optional<rotation::Millis> clock_offset() const override { return real_.clock_offset(); }
  [[nodiscard]] std::string command_for(rotation::Op op, const rotation::UserName& user,
                                        const rotation::AccessKeyId& key) const override {
    return real_.command_for(op, user, key);
  }

 private:
  [[nodiscard]] bool imagined(const rotation::AccessKeyId& key) const;

  rotation::Cloud& real_;
  rotation::Clock& clock_;
  Say say_;
  std::vector<rotation::AccessKey> made_;
  std::map<rotation::AccessKeyId, rotation::KeyStatus> status_;
  std::vector<rotation::AccessKeyId> deleted_;
  std::optional<rotation::User> user_;
};

}  // namespace cli
