// The kinds whose text is a whole file of this machine, and the secret of a store that keeps such a text in versions.
#include <array>
#include <memory>
#include <string>

#include "platform/files.hpp"
#include "secrets_adapters/alibaba_cli_config.hpp"
#include "secrets_adapters/alibaba_credentials_file.hpp"
#include "secrets_adapters/aws_credentials_file.hpp"
#include "secrets_adapters/edited_file.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/json_pair.hpp"
#include "secrets_adapters/kinds.hpp"
#include "secrets_adapters/versioned_secret.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;
using Format = std::unique_ptr<const PairFormat>;
using Place = std::unique_ptr<rotation::Location>;

// ---- what each kind alone minds -------------------------------------------------------------------------------

void check_section(const LocationSpec& spec, Findings& findings) {
  if (text_of(spec, "profile").find_first_of("[]") == std::string_view::npos) return;
  findings.push_back({"profile", false, "a profile's name can't have brackets in it"});
}

void check_distinct(const LocationSpec& spec, const char* what, Findings& findings) {
  if (text_of(spec, "id").empty() || text_of(spec, "id") != text_of(spec, "value")) return;
  findings.push_back({"value", false, std::string("id and value name the same ") + what});
}

void check_variables(const LocationSpec& spec, Findings& findings) {
  for (const char* name : {"id", "value"}) {
    if (text_of(spec, name).empty() || is_variable_name(text_of(spec, name))) continue;
    findings.push_back({name, false, std::string(name) + " must be the name of a variable"});
  }
  check_distinct(spec, "variable", findings);
}

void check_members(const LocationSpec& spec, Findings& findings) {
  check_distinct(spec, "member", findings);
  check_region(spec, findings);
}

void check_nothing(const LocationSpec& /*spec*/, Findings& /*findings*/) {}

// ---- how each is made -----------------------------------------------------------------------------------------

Format members(const LocationSpec& spec) { return json_pair_format(spec.settings.at("id"), spec.settings.at("value")); }

Place file(const LocationSpec& spec, Format format) {
  return std::make_unique<EditedFile>(platform::expand_home(spec.settings.at("path")), std::move(format));
}

Place aws_profile(const LocationSpec& spec, const Surroundings& /*surroundings*/) {
  return file(spec, aws_credentials_format(spec.settings.at("profile")));
}

Place alibaba_profile(const LocationSpec& spec, const Surroundings& /*surroundings*/) {
  return file(spec, alibaba_credentials_format(spec.settings.at("profile")));
}

Place alibaba_cli_profile(const LocationSpec& spec, const Surroundings& /*surroundings*/) {
  return file(spec, alibaba_cli_format(spec.settings.at("profile")));
}

Place variables(const LocationSpec& spec, const Surroundings& /*surroundings*/) {
  return file(spec, env_file_format(spec.settings.at("id"), spec.settings.at("value")));
}

Place stored_secret(const LocationSpec& spec, const Surroundings& surroundings, const StoreWords& words) {
  auto store = surroundings.secrets ? surroundings.secrets(spec) : nullptr;
  const std::string& secret = spec.settings.at("secret");
  if (store == nullptr) not_connected(spec, "Look at secret " + secret + " with the cloud's own tools.");
  return std::make_unique<VersionedSecret>(secret, members(spec), std::move(store), words);
}

Place kms_secret(const LocationSpec& spec, const Surroundings& surroundings) {
  return stored_secret(spec, surroundings, alibaba_kms);
}

Place aws_secret(const LocationSpec& spec, const Surroundings& surroundings) {
  return stored_secret(spec, surroundings, aws_secrets_manager_words);
}

constexpr std::array profile_settings{Setting{"path", true, Shape::path}, Setting{"profile"}};
constexpr std::array env_settings{Setting{"path", true, Shape::path}, Setting{"id"}, Setting{"value"}};
constexpr std::array secret_settings{Setting{"secret"}, Setting{"id"}, Setting{"value"}, Setting{"region", false}};

}  // namespace

const Kind aws_credentials_file{"aws-credentials-file", profile_settings, check_section, aws_profile};
const Kind alibaba_credentials_file{"alibaba-credentials-file", profile_settings, check_section, alibaba_profile};
const Kind alibaba_cli_config{"alibaba-cli-config", profile_settings, check_nothing, alibaba_cli_profile};
const Kind alibaba_kms_secret{"alibaba-kms-secret", secret_settings, check_members,
                              kms_secret,           Reach::account,  "{secret}[ in {region}]"};
const Kind aws_secrets_manager{"aws-secrets-manager", secret_settings,         check_members, aws_secret,
                               Reach::account,        "{secret}[ in {region}]"};
const Kind env_file{"env-file", env_settings, check_variables, variables};

}  // namespace secrets_adapters
