#include "secrets_adapters/registry.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/files.hpp"
#include "secrets_adapters/alibaba_cli_config.hpp"
#include "secrets_adapters/alibaba_credentials_file.hpp"
#include "secrets_adapters/aws_credentials_file.hpp"
#include "secrets_adapters/edited_file.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/json_pair.hpp"
#include "secrets_adapters/searched_path.hpp"
#include "secrets_adapters/versioned_secret.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;

// ---- what each kind alone minds; required settings are there, or found missing already ------------------------

std::string_view setting(const LocationSpec& spec, const std::string& name) {
  const auto found = spec.settings.find(name);
  return found == spec.settings.end() ? std::string_view{} : found->second;
}

void check_section(const LocationSpec& spec, std::vector<Finding>& findings) {
  if (setting(spec, "profile").find_first_of("[]") == std::string_view::npos) return;
  findings.push_back({"profile", false, "a profile's name can't have brackets in it"});
}

void check_distinct(const LocationSpec& spec, const char* what, std::vector<Finding>& findings) {
  if (setting(spec, "id").empty() || setting(spec, "id") != setting(spec, "value")) return;
  findings.push_back({"value", false, std::string("id and value name the same ") + what});
}

void check_variables(const LocationSpec& spec, std::vector<Finding>& findings) {
  for (const char* name : {"id", "value"}) {
    if (setting(spec, name).empty() || is_variable_name(setting(spec, name))) continue;
    findings.push_back({name, false, std::string(name) + " must be the name of a variable"});
  }
  check_distinct(spec, "variable", findings);
}

void check_members(const LocationSpec& spec, std::vector<Finding>& findings) {
  check_distinct(spec, "member", findings);
}

void check_nothing(const LocationSpec& /*spec*/, std::vector<Finding>& /*findings*/) {}

// ---- the kinds ------------------------------------------------------------------------------------------------

using Format = std::unique_ptr<const PairFormat>;

Format aws_profile(const LocationSpec& spec) { return aws_credentials_format(spec.settings.at("profile")); }
Format alibaba_profile(const LocationSpec& spec) { return alibaba_credentials_format(spec.settings.at("profile")); }
Format alibaba_cli_profile(const LocationSpec& spec) { return alibaba_cli_format(spec.settings.at("profile")); }
Format variables(const LocationSpec& spec) {
  return env_file_format(spec.settings.at("id"), spec.settings.at("value"));
}
Format members(const LocationSpec& spec) { return json_pair_format(spec.settings.at("id"), spec.settings.at("value")); }

constexpr std::array profile_settings{Setting{"path"}, Setting{"profile"}};
constexpr std::array env_settings{Setting{"path"}, Setting{"id"}, Setting{"value"}};
constexpr std::array secret_settings{Setting{"secret"}, Setting{"id"}, Setting{"value"}, Setting{"region", false}};

struct Kind {
  std::string_view type;
  std::span<const Setting> settings;
  Format (*format)(const LocationSpec&);
  void (*check)(const LocationSpec&, std::vector<Finding>&);
  const StoreWords* store = nullptr;  // where the text is a secret in a store and not a file
};

constexpr std::array kinds{
    Kind{"aws-credentials-file", profile_settings, aws_profile, check_section},
    Kind{"alibaba-credentials-file", profile_settings, alibaba_profile, check_section},
    Kind{"alibaba-cli-config", profile_settings, alibaba_cli_profile, check_nothing},
    Kind{"alibaba-kms-secret", secret_settings, members, check_members, &alibaba_kms},
    Kind{"env-file", env_settings, variables, check_variables},
};

constexpr std::array<std::string_view, 13> later_kinds{"eyaml",          "eyaml-gpg", "aws-secrets-manager",
                                                       "aws-ssm",        "vault-kv2", "kubernetes",
                                                       "github-actions", "gitlab-ci", "circleci",
                                                       "http",           "exec",      "structured-file",
                                                       "manual"};

const Kind* kind_of(std::string_view type) {
  const auto* found = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return kind.type == type; });
  return found == kinds.end() ? nullptr : found;
}

std::string known_types() {
  std::string list;
  for (const Kind& kind : kinds) list.append(list.empty() ? "" : ", ").append(kind.type);
  return list;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

void check_values(const LocationSpec& spec, std::vector<Finding>& findings) {
  for (const auto& [name, value] : spec.settings) {
    if (value.empty()) findings.push_back({name, false, name + " is empty"});
    if (has_control(value)) findings.push_back({name, false, name + " has a control character in it"});
  }
  kind_of(spec.type)->check(spec, findings);
}

std::unique_ptr<rotation::Location> in_store(const LocationSpec& spec, const Kind& kind, const Networked& networked) {
  const std::string& secret = spec.settings.at("secret");
  auto store = networked.secrets ? networked.secrets(spec) : nullptr;
  if (store == nullptr) {
    throw rotation::Trouble(rotation::Ending::usage,
                            {.message = "Location " + spec.name.text() + ": a location of type " + spec.type +
                                        " is reached through its account's cloud, and this command connects to none.",
                             .keys = "No key was touched by this command.",
                             .hint = "Look at secret " + secret + " with the cloud's own tools."});
  }
  return std::make_unique<VersionedSecret>(secret, kind.format(spec), std::move(store), *kind.store);
}

}  // namespace

Support support(std::string_view type) {
  if (kind_of(type) != nullptr) return Support::yes;
  const bool later = std::find(later_kinds.begin(), later_kinds.end(), type) != later_kinds.end();
  return later ? Support::later : Support::unknown;
}

std::vector<std::string> types() {
  std::vector<std::string> list;
  for (const Kind& kind : kinds) list.emplace_back(kind.type);
  return list;
}

bool is_networked(std::string_view type) {
  const Kind* kind = kind_of(type);
  return kind != nullptr && kind->store != nullptr;
}

std::span<const Setting> settings_of(std::string_view type) {
  const Kind* kind = kind_of(type);
  return kind == nullptr ? std::span<const Setting>{} : kind->settings;
}

std::vector<Finding> check(const LocationSpec& spec) {
  std::vector<Finding> findings;
  if (support(spec.type) == Support::later) {
    findings.push_back({"type", false, "location type " + spec.type + " is not supported by this version"});
    return findings;
  }
  if (support(spec.type) == Support::unknown) {
    findings.push_back({"type", false, "there is no location type \"" + spec.type + "\""});
    return findings;
  }
  const auto allowed = settings_of(spec.type);
  const auto names = [&](std::string_view name) {
    return std::any_of(allowed.begin(), allowed.end(), [&](const Setting& one) { return one.name == name; });
  };
  for (const auto& [name, value] : spec.settings) {
    if (!names(name)) findings.push_back({name, false, spec.type + " has no setting \"" + name + "\""});
  }
  for (const Setting& one : allowed) {
    if (!one.required || spec.settings.contains(std::string(one.name))) continue;
    findings.push_back({std::string(one.name), true, spec.type + " needs the setting " + std::string(one.name)});
  }
  check_values(spec, findings);
  return findings;
}

std::unique_ptr<rotation::Location> make_location(const LocationSpec& spec, const Networked& networked) {
  if (spec.type == searched_path_type) {
    return std::make_unique<SearchedPath>(spec.settings.at("path"), rotation::AccessKeyId{spec.settings.at("key")},
                                          spec.settings.contains("may_be_absent") ? Absent::nothing : Absent::trouble);
  }
  const auto findings = check(spec);
  if (!findings.empty()) {
    const bool type = findings.front().setting == "type";
    throw rotation::Trouble(
        rotation::Ending::usage,
        {.message = "Location " + spec.name.text() + ": " + findings.front().message + ".",
         .keys = "No key was touched by this command.",
         .hint = type ? "Use one of the types " + known_types() + "." : "Correct this location in the config."});
  }
  const Kind& kind = *kind_of(spec.type);
  if (kind.store != nullptr) return in_store(spec, kind, networked);
  return std::make_unique<EditedFile>(platform::expand_home(spec.settings.at("path")), kind.format(spec));
}

}  // namespace secrets_adapters
