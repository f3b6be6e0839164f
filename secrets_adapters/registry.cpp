#include "secrets_adapters/registry.hpp"

#include <algorithm>
#include <array>

#include "platform/files.hpp"
#include "secrets_adapters/aws_credentials_file.hpp"
#include "secrets_adapters/edited_file.hpp"
#include "secrets_adapters/env_file.hpp"
#include "secrets_adapters/searched_path.hpp"

namespace secrets_adapters {
namespace {

using rotation::LocationSpec;

constexpr std::array credentials_settings{Setting{"path"}, Setting{"profile"}};
constexpr std::array env_settings{Setting{"path"}, Setting{"id"}, Setting{"value"}};

std::unique_ptr<const PairFormat> credentials_format(const LocationSpec& spec) {
  return aws_credentials_format(spec.settings.at("profile"));
}
std::unique_ptr<const PairFormat> env_format(const LocationSpec& spec) {
  return env_file_format(spec.settings.at("id"), spec.settings.at("value"));
}

struct Kind {
  std::string_view type;
  std::span<const Setting> settings;
  std::unique_ptr<const PairFormat> (*format)(const LocationSpec&);
};

constexpr std::array kinds{
    Kind{"aws-credentials-file", credentials_settings, credentials_format},
    Kind{"env-file", env_settings, env_format},
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
  if (spec.type == "aws-credentials-file") {
    const auto profile = spec.settings.find("profile");
    if (profile != spec.settings.end() && profile->second.find_first_of("[]") != std::string::npos) {
      findings.push_back({"profile", false, "a profile's name can't have brackets in it"});
    }
  }
  if (spec.type != "env-file") return;
  for (const char* name : {"id", "value"}) {
    const auto found = spec.settings.find(name);
    if (found != spec.settings.end() && !found->second.empty() && !is_variable_name(found->second)) {
      findings.push_back({name, false, std::string(name) + " must be the name of a variable"});
    }
  }
  const auto id = spec.settings.find("id");
  const auto value = spec.settings.find("value");
  if (id != spec.settings.end() && value != spec.settings.end() && id->second == value->second) {
    findings.push_back({"value", false, "id and value name the same variable"});
  }
}

}  // namespace

Support support(std::string_view type) {
  if (kind_of(type) != nullptr) return Support::yes;
  const bool later = std::find(later_kinds.begin(), later_kinds.end(), type) != later_kinds.end();
  return later ? Support::later : Support::unknown;
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

std::unique_ptr<rotation::Location> make_location(const LocationSpec& spec) {
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
  return std::make_unique<EditedFile>(platform::expand_home(spec.settings.at("path")),
                                      kind_of(spec.type)->format(spec));
}

}  // namespace secrets_adapters
