#include "providers/alibaba_ram/chain.hpp"

#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"

namespace alibaba_ram {

std::unique_ptr<CredentialProvider> Chain::build(const Selected& selected) {
  if (!selected.explicitly) {
    if (auto found = from_environment()) return found;
    if (auto found = from_environment_oidc()) return found;
  }
  if (auto found = from_files(selected)) return found;
  return from_machine();
}

Chain::Found Chain::from_environment() const {
  const auto id = world_.env("ALIBABA_CLOUD_ACCESS_KEY_ID");
  if (!id) return nullptr;
  auto secret = world_.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  if (!secret) {
    calling::unusable("ALIBABA_CLOUD_ACCESS_KEY_ID is set and ALIBABA_CLOUD_ACCESS_KEY_SECRET is not",
                      "set both or none of them");
  }
  if (!calling::is_signing_id(*id)) {
    calling::unusable("ALIBABA_CLOUD_ACCESS_KEY_ID is not an access key id", "set it to one, or unset it");
  }
  Credentials found{.id = rotation::AccessKeyId{*id},
                    .secret = rotation::Secret::taking(std::move(*secret)),
                    .source = "environment"};
  auto token = world_.env("ALIBABA_CLOUD_SECURITY_TOKEN");
  if (token && !calling::is_visible(*token)) {
    rotation::wipe(*token);
    calling::unusable("ALIBABA_CLOUD_SECURITY_TOKEN is not a session token", "set it to one, or unset it");
  }
  if (token) found.token = rotation::Secret::taking(std::move(*token));
  return calling::fixed_credentials(std::move(found));
}

Chain::Found Chain::from_environment_oidc() const {
  const auto file = world_.env("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  if (!file) return nullptr;
  const auto arn = world_.env("ALIBABA_CLOUD_ROLE_ARN");
  const auto provider = world_.env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
  if (!arn || !provider) {
    calling::unusable(std::string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE is set and "} +
                          (arn ? "ALIBABA_CLOUD_OIDC_PROVIDER_ARN" : "ALIBABA_CLOUD_ROLE_ARN") + " is not",
                      "set ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE, "
                      "or none of them");
  }
  const auto name = world_.env("ALIBABA_CLOUD_ROLE_SESSION_NAME");
  return assume_role_with_oidc({.arn = *arn, .session_name = name.value_or(session_name())}, *provider,
                               home_path(world_.env, *file).string(), sts({}, {}, "the environment"));
}

Chain::Found Chain::from_files(const Selected& selected) {
  if (selected.profile) {
    if (files_.cli.profile(*selected.profile).exists()) return from_cli(*selected.profile);
    if (files_.ini.has(*selected.profile)) return from_ini(*selected.profile);
    nowhere(*selected.profile);
  }
  const auto current = files_.cli.current();
  // The command line writes a profile before it is set up; the SDKs pass such a one over.
  if (mode_of(files_.cli.profile(current))) return from_cli(current);
  if (files_.ini.has("default")) return from_ini("default");
  return nullptr;
}

void Chain::nowhere(const std::string& name) const {
  if (files_.cli.disabled()) {
    calling::unusable("there is no profile " + name + " in " + files_.ini.path().string() + ", and " +
                          files_.cli.path().string() + " is passed over (ALIBABA_CLOUD_CLI_PROFILE_DISABLED)",
                      "unset ALIBABA_CLOUD_CLI_PROFILE_DISABLED, or name another profile");
  }
  calling::unusable(
      "there is no profile " + name + " in " + files_.cli.path().string() + " or " + files_.ini.path().string(),
      "aliyun configure list");
}

MetadataSettings Chain::metadata(std::optional<std::string> role) const {
  MetadataSettings settings{.role = std::move(role),
                            .tokenless = !is_true(world_.env("ALIBABA_CLOUD_IMDSV1_DISABLED"))};
  if (metadata_) settings.address = *metadata_;
  return settings;
}

Chain::Found Chain::from_machine() const {
  Found service;
  if (!is_true(world_.env("ALIBABA_CLOUD_ECS_METADATA_DISABLED"))) {
    service = instance_metadata(transport_, metadata(world_.env("ALIBABA_CLOUD_ECS_METADATA")));
  }
  Found uri;
  if (auto address = world_.env("ALIBABA_CLOUD_CREDENTIALS_URI")) {
    uri = credentials_uri(world_, transport_, std::move(*address));
  }
  return of_machine(std::move(service), std::move(uri));
}

// An endpoint of the config goes before what a profile says of STS.
RpcApi Chain::sts(const std::optional<std::string>& region, const std::optional<std::string>& host,
                  const std::string& where) const {
  auto settings = api_;
  if (!settings.endpoints.sts.overridden) {
    const auto chosen = region ? region : world_.env("ALIBABA_CLOUD_STS_REGION");
    if (host) {
      settings.endpoints.sts = named_sts(*host, where);
    } else if (chosen) {
      settings.endpoints.sts = regional_sts(*chosen, region ? where : "ALIBABA_CLOUD_STS_REGION");
    }
  }
  return RpcApi{transport_, world_, std::move(settings)};
}

std::string Chain::session_name() const {
  const auto now = std::chrono::floor<rotation::Seconds>(world_.now()).time_since_epoch();
  return "keybaton-" + std::to_string(now.count());
}

}  // namespace alibaba_ram
