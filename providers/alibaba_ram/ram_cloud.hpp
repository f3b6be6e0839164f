// Alibaba Cloud's RAM, STS, IMS and ActionTrail behind the port of the core, and what is asked of them beyond it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/alibaba_ram/rpc_api.hpp"
#include "providers/calling/questions.hpp"
#include "rotation/ports.hpp"

namespace alibaba_ram {

// How an account is spoken of in commands and messages.
struct CloudIdentity {
  std::optional<std::string> profile = {};       // named explicitly; goes into commands to paste
  std::optional<std::string> ram_endpoint = {};  // "host" or "host:port", of the config: goes into commands, too
  std::optional<std::string> ims_endpoint = {};  // likewise
};

enum class More { go_on, stop };

class RamCloud final : public rotation::Cloud {
 public:
  // The api's transport and world, and `world`, are held by the caller of this constructor, or by `keep`.
  RamCloud(RpcApi api, std::unique_ptr<calling::Signer> signer, const calling::World& world, CloudIdentity identity,
           std::shared_ptr<void> keep = {});

  [[nodiscard]] rotation::ProviderFacts facts() const override;
  [[nodiscard]] rotation::Answer<rotation::Caller> caller() override;
  // RAM does not tell a user's ARN: it is made from the caller's account, which the first call asks STS for.
  [[nodiscard]] rotation::Answer<rotation::User> user(const rotation::UserName& user) override;
  [[nodiscard]] rotation::Answer<std::vector<rotation::AccessKey>> keys(const rotation::UserName& user) override;
  [[nodiscard]] rotation::Answer<rotation::NewKey> create_key(const rotation::UserName& user) override;
  [[nodiscard]] rotation::Answer<rotation::Nothing> set_status(const rotation::UserName& user,
                                                               const rotation::AccessKeyId& key,
                                                               rotation::KeyStatus status) override;
  // The key goes into the recycle bin.
  [[nodiscard]] rotation::Answer<rotation::Nothing> delete_key(const rotation::UserName& user,
                                                               const rotation::AccessKeyId& key) override;
  // RAM tells the hour alone, without a service or region.
  [[nodiscard]] rotation::Answer<rotation::LastUsed> last_used(const rotation::UserName& user,
                                                               const rotation::AccessKeyId& key) override;
  [[nodiscard]] rotation::Answer<rotation::Caller> probe(const rotation::AccessKeyId& key,
                                                         const rotation::SecretAccessKey& secret) override;
  [[nodiscard]] std::optional<rotation::AccessKeyId> signing_key() override;
  void sign_with(const rotation::AccessKeyId& key, const rotation::SecretAccessKey& secret) override;
  [[nodiscard]] std::optional<rotation::Millis> clock_offset() const override { return api_.clock_offset(); }
  // Undelete names the user by id, which only user() tells: empty before that.
  [[nodiscard]] std::string command_for(rotation::Op op, const rotation::UserName& user,
                                        const rotation::AccessKeyId& key) const override;

  // What the recycle bin holds of a user. Needs an IMS endpoint; unsupported without one.
  [[nodiscard]] rotation::Answer<std::vector<rotation::BinnedKey>> deleted_keys(const rotation::UserId& user) override;
  // Brings a deleted key back, with the status that it had.
  [[nodiscard]] rotation::Answer<rotation::Nothing> undelete_key(const rotation::UserId& user,
                                                                 const rotation::AccessKeyId& key) override;
  // Who used a key in the last 400 days, newest first. Needs an ActionTrail endpoint; unsupported without one.
  [[nodiscard]] rotation::Answer<std::vector<rotation::KeyUse>> uses(const rotation::AccessKeyId& key) override;

  // Any other call, signed as this account's.
  [[nodiscard]] rotation::Answer<RpcReply> call(const Call& call) { return api_.call(call, signer_.get()); }

  // For a scan that has many of them under way; refers to this object. Not while a call of it is under way.
  [[nodiscard]] std::unique_ptr<calling::Questions> questions();
  // Every user of the account, page by page, in the cloud's order. Ends early when `each` says stop.
  [[nodiscard]] rotation::Answer<rotation::Nothing> list_users(const std::function<More(const rotation::User&)>& each);

 private:
  [[nodiscard]] rotation::Answer<rotation::AccountId> account();
  [[nodiscard]] rotation::Answer<rotation::Caller> ask_caller(calling::Signer& signer);
  [[nodiscard]] rotation::Answer<rotation::Nothing> change(Call call);
  // The service's own use stands for them where they cannot be had.
  [[nodiscard]] std::vector<rotation::KeyUse> addresses_of(const rotation::AccessKeyId& key,
                                                           const std::string& service);

  std::shared_ptr<void> keep_;
  const calling::World& world_;
  RpcApi api_;
  std::unique_ptr<calling::Signer> signer_;
  CloudIdentity identity_;
  std::optional<rotation::AccountId> account_;          // of the latest caller()
  std::map<rotation::UserName, rotation::UserId> ids_;  // of the users that were asked for
};

}  // namespace alibaba_ram
