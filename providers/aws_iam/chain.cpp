#include "providers/aws_iam/chain.hpp"

#include <algorithm>
#include <functional>

#include "providers/calling/shell_words.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"
#include "rotation/errors.hpp"

namespace aws_iam {

using rotation::Secret;

namespace {

std::optional<std::string> text_of(std::optional<std::string_view> value) {
  if (!value) return std::nullopt;
  return std::string{*value};
}

using Lookup = std::function<std::optional<std::string_view>(std::string_view key)>;

// The keys of one section of one file; nullptr if there are none.
std::unique_ptr<CredentialProvider> keys_of(const Lookup& get, const std::string& profile, const std::string& file) {
  const auto id = get("aws_access_key_id");
  if (!id) return nullptr;
  const auto secret = get("aws_secret_access_key");
  const auto where = "the profile " + profile + " in " + file;
  if (!secret) calling::unusable(where + " has an access key id and no secret", "add aws_secret_access_key to it");
  if (!calling::is_signing_id(*id))
    calling::unusable(where + " has an access key id that is none", "mend aws_access_key_id in it");
  Credentials found{.id = rotation::AccessKeyId{std::string{*id}}, .secret = Secret{*secret}, .source = where};
  auto token = get("aws_security_token");  // botocore looks for the old name first
  if (!token) token = get("aws_session_token");
  if (token) found.token = Secret{*token};
  return calling::fixed_credentials(std::move(found));
}

// Says at the end of the chain that nothing was found, in place of a time-out of a service that is not there.
class LastResort final : public CredentialProvider {
 public:
  explicit LastResort(std::unique_ptr<CredentialProvider> inner) : inner_(std::move(inner)) {}
  rotation::Answer<Credentials> fetch() override {
    auto answer = inner_->fetch();
    const auto* no = rotation::refused(answer);
    if (no && no->why == rotation::Refusal::not_sent) {
      calling::unusable(
          "no AWS credentials were found: not in the environment, the AWS files, a container or instance metadata",
          "aws configure, or name a profile with --profile");
    }
    return answer;
  }
  [[nodiscard]] bool renewable() const override { return true; }

 private:
  std::unique_ptr<CredentialProvider> inner_;
};

}  // namespace

std::unique_ptr<CredentialProvider> Chain::build(const Selected& selected) {
  const auto& profile = selected.profile;
  if (!selected.explicitly) {
    if (auto found = from_environment()) return found;
  }
  visited_ = {profile};
  if (has_role(profile)) return from_role(profile);
  if (auto found = from_profile(profile, !selected.explicitly)) return found;
  return from_machine();
}

Chain::Found Chain::from_environment() const {
  const auto id = world_.env("AWS_ACCESS_KEY_ID");
  if (!id) return nullptr;
  auto secret = world_.env("AWS_SECRET_ACCESS_KEY");
  if (!secret)
    calling::unusable("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not", "set both or none of them");
  if (!calling::is_signing_id(*id))
    calling::unusable("AWS_ACCESS_KEY_ID is not an access key id", "set it to one, or unset it");
  Credentials found{
      .id = rotation::AccessKeyId{*id}, .secret = Secret::taking(std::move(*secret)), .source = "environment"};
  auto token = world_.env("AWS_SECURITY_TOKEN");  // botocore looks for the old name first
  if (!token) token = world_.env("AWS_SESSION_TOKEN");
  if (token) found.token = Secret::taking(std::move(*token));
  if (const auto expires = world_.env("AWS_CREDENTIAL_EXPIRATION")) found.expires = rotation::parse_rfc3339(*expires);
  return calling::fixed_credentials(std::move(found));
}

bool Chain::has_keys(const std::string& profile) const {
  return profiles_.get(profile, "aws_access_key_id") || profiles_.get(profile, "aws_secret_access_key");
}

bool Chain::has_role(const std::string& profile) const {
  return profiles_.get(profile, "role_arn") && !profiles_.get(profile, "web_identity_token_file");
}

std::string Chain::session_name(const std::string& profile) const {
  if (const auto name = profiles_.get(profile, "role_session_name")) return std::string{*name};
  const auto now = std::chrono::floor<rotation::Seconds>(world_.now()).time_since_epoch();
  return "keybaton-" + std::to_string(now.count());
}

Chain::Found Chain::from_role(const std::string& profile) {
  auto source = source_of_role(profile);
  AssumedRole role{.profile = profile,
                   .role_arn = std::string{*profiles_.get(profile, "role_arn")},
                   .session_name = session_name(profile),
                   .external_id = text_of(profiles_.get(profile, "external_id")),
                   .mfa_serial = text_of(profiles_.get(profile, "mfa_serial")),
                   .duration_seconds = text_of(profiles_.get(profile, "duration_seconds"))};
  return assume_role(std::move(role), QueryApi{transport_, world_, sts_},
                     std::make_unique<calling::CredentialCache>(std::move(source), world_), world_);
}

Chain::Found Chain::source_of_role(const std::string& profile) {
  const auto source_profile = text_of(profiles_.get(profile, "source_profile"));
  const auto credential_source = text_of(profiles_.get(profile, "credential_source"));
  if (source_profile && credential_source) {
    calling::unusable("the profile " + profile + " has both source_profile and credential_source",
                      "remove one of them");
  }
  if (credential_source) return named_source(profile, *credential_source);
  if (!source_profile) {
    calling::unusable("the profile " + profile + " has a role_arn, and neither source_profile nor credential_source",
                      "add one of them to the profile");
  }
  if (!profiles_.has(*source_profile)) {
    calling::unusable("the profile " + profile + " names source_profile " + *source_profile + ", which is not there",
                      "aws configure list-profiles");
  }
  const bool seen = std::find(visited_.begin(), visited_.end(), *source_profile) != visited_.end();
  // A profile may name itself, for its own keys.
  if (seen && !(*source_profile == profile && has_keys(profile))) {
    calling::unusable("the source profiles go round in a circle: " + profile + " comes back to " + *source_profile,
                      "mend source_profile in " + profiles_.config().path().string());
  }
  visited_.push_back(*source_profile);
  if (has_role(*source_profile) && !has_keys(*source_profile)) return from_role(*source_profile);
  auto found = from_profile(*source_profile, false);
  if (!found)
    calling::unusable("the source profile " + *source_profile + " has no credentials",
                      "aws configure --profile " + calling::quote_word(*source_profile));
  return found;
}

Chain::Found Chain::named_source(const std::string& profile, const std::string& source) const {
  if (source == "Environment") {
    if (auto found = from_environment()) return found;
    calling::unusable("the profile " + profile + " takes its source from the environment, and there are no keys in it",
                      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  }
  if (source == "EcsContainer") return container(world_, transport_);
  if (source == "Ec2InstanceMetadata") return instance();
  calling::unusable("the profile " + profile + " names an unknown credential_source",
                    "use Environment, Ec2InstanceMetadata or EcsContainer");
}

Chain::Found Chain::from_profile(const std::string& profile, bool with_environment) {
  if (auto found = from_web_identity(profile, with_environment)) return found;
  refuse_sso(profile);
  const auto in_credentials = [&](std::string_view key) { return profiles_.from_credentials(profile, key); };
  if (auto found = keys_of(in_credentials, profile, profiles_.credentials().path().string())) return found;
  if (const auto line = profiles_.get(profile, "credential_process")) {
    return credential_process(profile, std::string{*line});
  }
  const auto in_config = [&](std::string_view key) { return profiles_.from_config(profile, key); };
  return keys_of(in_config, profile, profiles_.config().path().string());
}

Chain::Found Chain::from_web_identity(const std::string& profile, bool with_environment) const {
  const auto get = [&](const char* variable, const char* key) {
    const auto set = with_environment ? world_.env(variable) : std::nullopt;
    return set ? set : text_of(profiles_.get(profile, key));
  };
  const auto file = get("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
  if (!file) return nullptr;
  const auto role_arn = get("AWS_ROLE_ARN", "role_arn");
  if (!role_arn) {
    calling::unusable("there is a web identity token file and no role for it",
                      "set role_arn in the profile, or AWS_ROLE_ARN");
  }
  AssumedRole role{.profile = profile,
                   .role_arn = *role_arn,
                   .session_name = get("AWS_ROLE_SESSION_NAME", "role_session_name").value_or(session_name(profile))};
  return web_identity(std::move(role), home_path(world_.env, *file).string(), QueryApi{transport_, world_, sts_});
}

// SSO and `aws login` keep their tokens in caches of the AWS CLI, which can hand out credentials itself.
void Chain::refuse_sso(const std::string& profile) const {
  const bool sso = profiles_.get(profile, "sso_session") || profiles_.get(profile, "sso_start_url");
  const bool login = profiles_.get(profile, "login_session").has_value();
  // In botocore's order SSO comes before the credentials file, and `login` after it.
  if (!sso && !(login && !profiles_.from_credentials(profile, "aws_access_key_id"))) return;
  calling::unusable(
      "the profile " + profile + " signs in by " + (sso ? "SSO" : "aws login") + ", which keybaton does not speak",
      "add a profile with the line: credential_process = aws configure export-credentials --profile " +
          calling::quote_word(profile) + " --format process");
}

Chain::Found Chain::from_machine() const {
  if (world_.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || world_.env("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    return container(world_, transport_);
  }
  return std::make_unique<LastResort>(instance());
}

Chain::Found Chain::instance() const {
  return instance_metadata(world_, transport_, world_.env("AWS_EC2_METADATA_SERVICE_ENDPOINT"));
}

}  // namespace aws_iam
