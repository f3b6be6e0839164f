#include "providers/alibaba_ram/session_sources.hpp"

#include "providers/alibaba_ram/replies.hpp"
#include "providers/calling/sources.hpp"

namespace alibaba_ram {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;

namespace {

Answer<Credentials> read_reply(const Answer<RpcReply>& answer, const std::string& action, const Role& role) {
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<Credentials>(answer);
  std::string what;
  auto session = read_session(reply->root().member("Credentials"), what);
  if (!session) return unreadable(action, what);
  session->source = "role " + role.arn;
  return Done<Credentials>{std::move(*session)};
}

Call call_for(const char* action, const Role& role) {
  Call call{.service = Service::sts,
            .action = action,
            .params = {{"RoleArn", role.arn}, {"RoleSessionName", role.session_name}}};
  if (role.seconds) call.params.emplace_back("DurationSeconds", std::to_string(*role.seconds));
  if (role.external_id) call.params.emplace_back("ExternalId", *role.external_id);
  if (role.policy) call.body_params.emplace_back("Policy", *role.policy);
  return call;
}

class AssumeRole final : public CredentialProvider {
 public:
  AssumeRole(Role role, RpcApi sts, std::unique_ptr<Signer> source)
      : role_(std::move(role)), sts_(std::move(sts)), source_(std::move(source)) {}

  Answer<Credentials> fetch() override {
    return read_reply(sts_.call(call_for("AssumeRole", role_), source_.get()), "AssumeRole", role_);
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  Role role_;
  RpcApi sts_;
  std::unique_ptr<Signer> source_;
};

class AssumeRoleWithOidc final : public CredentialProvider {
 public:
  AssumeRoleWithOidc(Role role, std::string provider_arn, std::string token_file, RpcApi sts)
      : role_(std::move(role)),
        provider_arn_(std::move(provider_arn)),
        token_file_(std::move(token_file)),
        sts_(std::move(sts)) {}

  Answer<Credentials> fetch() override {
    const auto token = calling::token_in(token_file_);
    if (!token || token->empty()) {
      return Refused{Refusal::other, "", "the OIDC token in " + token_file_ + " cannot be read", ""};
    }
    auto call = call_for("AssumeRoleWithOIDC", role_);
    call.params.emplace_back("OIDCProviderArn", provider_arn_);
    token->expose([&](std::string_view text) { call.body_params.emplace_back("OIDCToken", std::string{text}); });
    auto answer = read_reply(sts_.call(call, nullptr), "AssumeRoleWithOIDC", role_);
    rotation::wipe(call.body_params.back().second);
    return answer;
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  Role role_;
  std::string provider_arn_;
  std::string token_file_;
  RpcApi sts_;
};

}  // namespace

std::unique_ptr<CredentialProvider> assume_role(Role role, RpcApi sts, std::unique_ptr<Signer> source) {
  return std::make_unique<AssumeRole>(std::move(role), std::move(sts), std::move(source));
}

std::unique_ptr<CredentialProvider> assume_role_with_oidc(Role role, std::string provider_arn, std::string token_file,
                                                          RpcApi sts) {
  return std::make_unique<AssumeRoleWithOidc>(std::move(role), std::move(provider_arn), std::move(token_file),
                                              std::move(sts));
}

}  // namespace alibaba_ram
