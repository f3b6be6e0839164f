#include <algorithm>

#include "providers/aws_iam/replies.hpp"
#include "providers/aws_iam/sources.hpp"
#include "providers/calling/sources.hpp"

namespace aws_iam {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;
using rotation::Unknown;

namespace {

Answer<Credentials> read_reply(const Answer<QueryReply>& answer, const char* action, const AssumedRole& role) {
  const auto* reply = rotation::done(answer);
  if (!reply) return rotation::pass_on<Credentials>(answer);
  std::string what;
  auto session = read_session(reply->result().child("Credentials"), what);
  if (!session) return Unknown{"the reply to " + std::string{action} + " cannot be read: " + what};
  session->source = "role " + role.role_arn;
  return Done<Credentials>{std::move(*session)};
}

http::Params role_params(const AssumedRole& role) {
  http::Params params{{"RoleArn", role.role_arn}, {"RoleSessionName", role.session_name}};
  if (role.external_id) params.emplace_back("ExternalId", *role.external_id);
  if (role.duration_seconds) params.emplace_back("DurationSeconds", *role.duration_seconds);
  return params;
}

bool is_code(const std::string& text) {
  return text.size() == 6 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class AssumeRole final : public CredentialProvider {
 public:
  AssumeRole(AssumedRole role, QueryApi sts, std::unique_ptr<Signer> source, const World& world)
      : role_(std::move(role)), sts_(std::move(sts)), source_(std::move(source)), world_(world) {}

  Answer<Credentials> fetch() override {
    Call call{.service = Service::sts, .action = "AssumeRole", .params = role_params(role_)};
    if (role_.mfa_serial) {
      const auto code = world_.ask_code(*role_.mfa_serial);
      if (!code) return no_code("there is nobody to ask for it");
      if (!is_code(*code)) return no_code("what was typed is not six digits");
      call.params.emplace_back("SerialNumber", *role_.mfa_serial);
      call.params.emplace_back("TokenCode", *code);
    }
    return read_reply(sts_.call(call, source_.get()), "AssumeRole", role_);
  }
  [[nodiscard]] bool renewable() const override { return true; }
  [[nodiscard]] bool asks() const override { return role_.mfa_serial.has_value(); }

 private:
  [[nodiscard]] Refused no_code(const std::string& why) const {
    return {Refusal::denied, "",
            "the profile " + role_.profile + " needs the code of the MFA device " + *role_.mfa_serial + ", and " + why,
            ""};
  }

  AssumedRole role_;
  QueryApi sts_;
  std::unique_ptr<Signer> source_;
  const World& world_;
};

class WebIdentity final : public CredentialProvider {
 public:
  WebIdentity(AssumedRole role, std::string token_file, QueryApi sts)
      : role_(std::move(role)), token_file_(std::move(token_file)), sts_(std::move(sts)) {}

  Answer<Credentials> fetch() override {
    Call call{.service = Service::sts, .action = "AssumeRoleWithWebIdentity", .params = role_params(role_)};
    const auto token = calling::token_in(token_file_);
    if (!token) return Refused{Refusal::other, "", "the web identity token " + token_file_ + " cannot be read", ""};
    token->expose([&](std::string_view text) { call.params.emplace_back("WebIdentityToken", std::string{text}); });
    auto answer = read_reply(sts_.call(call, nullptr), "AssumeRoleWithWebIdentity", role_);
    rotation::wipe(call.params.back().second);
    return answer;
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  AssumedRole role_;
  std::string token_file_;
  QueryApi sts_;
};

}  // namespace

std::unique_ptr<CredentialProvider> assume_role(AssumedRole role, QueryApi sts, std::unique_ptr<Signer> source,
                                                const World& world) {
  return std::make_unique<AssumeRole>(std::move(role), std::move(sts), std::move(source), world);
}

std::unique_ptr<CredentialProvider> web_identity(AssumedRole role, std::string token_file, QueryApi sts) {
  return std::make_unique<WebIdentity>(std::move(role), std::move(token_file), std::move(sts));
}

}  // namespace aws_iam
