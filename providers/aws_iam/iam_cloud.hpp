// AWS IAM and STS behind the port of the core, and what other commands ask of them beyond it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "providers/aws_iam/event_history.hpp"
#include "providers/aws_iam/json_api.hpp"
#include "providers/aws_iam/query_api.hpp"
#include "providers/calling/questions.hpp"
#include "rotation/ports.hpp"

namespace aws_iam {

// How an account is spoken of in commands and messages.
struct CloudIdentity {
  std::optional<std::string> profile = {};       // named explicitly; goes into commands to paste
  std::optional<std::string> iam_endpoint = {};  // of the config: goes into commands, too
  std::optional<std::string> iam_region = {};    // likewise, where a tool would not find it by itself
};

struct Tag {
  std::string key;
  std::string value;
};

struct Simulated {
  std::string action;
  std::string resource;
  std::string decision;  // "allowed", "explicitDeny", "implicitDeny"
};

enum class More { go_on, stop };

class IamCloud final : public rotation::Cloud {
 public:
  // The apis' transport and world, and `world`, are held by the caller of this constructor, or by `keep`.
  IamCloud(QueryApi api, JsonApi json, std::unique_ptr<Signer> signer, const World& world, CloudIdentity identity,
           std::shared_ptr<void> keep = {});

  [[nodiscard]] rotation::ProviderFacts facts() const override;
  // Throws Trouble(wrong_account) where the config pins another account id.
  [[nodiscard]] rotation::Answer<rotation::Caller> caller() override;
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
  [[nodiscard]] rotation::Answer<std::vector<rotation::KeyUse>> uses(const rotation::AccessKeyId& key) override;
  [[nodiscard]] rotation::Answer<rotation::Caller> probe(const rotation::AccessKeyId& key,
                                                         const rotation::SecretAccessKey& secret) override;
  [[nodiscard]] std::optional<rotation::AccessKeyId> signing_key() override;
  void sign_with(const rotation::AccessKeyId& key, const rotation::SecretAccessKey& secret) override;
  [[nodiscard]] std::optional<rotation::Millis> clock_offset() const override { return api_.clock_offset(); }
  [[nodiscard]] std::string command_for(rotation::Op op, const rotation::UserName& user,
                                        const rotation::AccessKeyId& key) const override;

  // A call to one of the services beyond IAM and STS, signed as this account's.
  [[nodiscard]] rotation::Answer<JsonReply> call(const JsonCall& call) { return json_.call(call, signer_.get()); }
  [[nodiscard]] const Endpoints& endpoints() const { return api_.endpoints(); }

  // For a scan that has many of them under way; refers to this object. Not while a call of it is under way.
  [[nodiscard]] std::unique_ptr<calling::Questions> questions();
  // Every user of the account, page by page, in the cloud's order. Ends early when `each` says stop.
  [[nodiscard]] rotation::Answer<rotation::Nothing> list_users(const std::function<More(const rotation::User&)>& each);
  // The user that has this key, by GetAccessKeyLastUsed, which wants no user's name. A key of another account is
  // refused.
  [[nodiscard]] rotation::Answer<rotation::UserName> user_with(const rotation::AccessKeyId& key);
  [[nodiscard]] rotation::Answer<std::vector<Tag>> user_tags(const rotation::UserName& user);
  // What the policies of `principal` say of each action on `resource` ("*": any). Needs iam:SimulatePrincipalPolicy.
  [[nodiscard]] rotation::Answer<std::vector<Simulated>> simulate(const rotation::Arn& principal,
                                                                  const std::vector<std::string>& actions,
                                                                  const std::string& resource);
  // Asks for a report; Done{true} once there is one. IAM makes a new one every 4 hours at most.
  [[nodiscard]] rotation::Answer<bool> generate_credential_report();
  struct CredentialReport {
    std::string csv;
    rotation::Time generated_at{};
  };
  [[nodiscard]] rotation::Answer<CredentialReport> credential_report();
  // Both, and read: waits until there is one, half a minute at most.
  [[nodiscard]] rotation::Answer<rotation::CredentialReport> report();

 private:
  // Adds one page; the text says what is wrong with it, empty if nothing.
  using TakePage = std::function<std::string(Element result, More& more)>;
  [[nodiscard]] rotation::Answer<rotation::Nothing> all_pages(Call call, const TakePage& take);
  [[nodiscard]] rotation::Answer<rotation::Nothing> change(Call call);

  std::shared_ptr<void> keep_;
  const World& world_;
  QueryApi api_;
  JsonApi json_;
  EventHistory history_;
  std::unique_ptr<Signer> signer_;
  CloudIdentity identity_;
};

}  // namespace aws_iam
