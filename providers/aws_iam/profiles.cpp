#include "providers/aws_iam/profiles.hpp"

#include <system_error>

#include "platform/files.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/calling/unusable.hpp"
#include "rotation/errors.hpp"
#include "rotation/secret.hpp"

namespace aws_iam {

namespace {

constexpr std::size_t largest_file = 4 << 20;
std::filesystem::path place_of(const Environment& env, const char* variable, const char* usual) {
  return home_path(env, env(variable).value_or(usual));
}

}  // namespace

AwsFile::AwsFile(std::filesystem::path path) : path_(std::move(path)) {
  try {
    auto content = platform::read_file(path_, largest_file);
    if (!content) return;
    text_ = http::Body{*content};
    rotation::wipe(*content);
    ini_ = platform::parse_ini(text_.view());
  } catch (const platform::IniError& error) {
    const auto where = path_.string() + ":" + std::to_string(error.line);
    calling::unusable(where + ": " + error.what, "mend line " + std::to_string(error.line) + " of " + path_.string());
  } catch (const std::system_error& error) {
    calling::unusable(path_.string() + " cannot be read: " + error.code().message(),
                      "ls -l " + calling::quote_word(path_.string()));
  }
}

std::string_view AwsFile::text(platform::Range range) const {
  return text_.view().substr(range.begin, range.end - range.begin);
}

std::optional<std::string_view> AwsFile::value(const platform::IniSection* section, std::string_view key) const {
  const auto* found = section ? platform::entry(*section, key) : nullptr;
  if (!found || found->value.begin == found->value.end) return std::nullopt;
  return text(found->value);
}

Profiles::Profiles(const Environment& env)
    : config_(place_of(env, "AWS_CONFIG_FILE", "~/.aws/config")),
      credentials_(place_of(env, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")) {}

const platform::IniSection* Profiles::config_section(std::string_view kind, std::string_view name) const {
  for (const auto& section : config_.ini().sections) {
    const auto words = calling::split_words(section.name);
    if (words && words->size() == 2 && words->front() == kind && words->back() == name) return &section;
  }
  return nullptr;
}

const platform::IniSection* Profiles::config_profile(std::string_view profile) const {
  if (const auto* section = config_section("profile", profile)) return section;
  return profile == "default" ? config_.ini().section("default") : nullptr;
}

bool Profiles::has(std::string_view profile) const {
  return config_profile(profile) != nullptr || credentials_.ini().section(profile) != nullptr;
}

std::optional<std::string_view> Profiles::from_credentials(std::string_view profile, std::string_view key) const {
  return credentials_.value(credentials_.ini().section(profile), key);
}

std::optional<std::string_view> Profiles::from_config(std::string_view profile, std::string_view key) const {
  return config_.value(config_profile(profile), key);
}

std::optional<std::string_view> Profiles::get(std::string_view profile, std::string_view key) const {
  if (const auto value = from_credentials(profile, key)) return value;
  return from_config(profile, key);
}

std::optional<std::string_view> Profiles::service_endpoint(std::string_view profile, std::string_view service) const {
  const auto name = get(profile, "services");
  if (!name) return std::nullopt;
  const auto* section = config_section("services", *name);
  if (!section) {
    calling::unusable("the profile " + std::string{profile} + " names services = " + std::string{*name} + ", and " +
                          config_.path().string() + " has no such section",
                      "add [services " + std::string{*name} + "] or remove the line");
  }
  const auto* nested = platform::entry(*section, service);
  if (!nested) return std::nullopt;
  for (const auto& entry : nested->nested) {
    if (entry.key == "endpoint_url" && entry.value.begin != entry.value.end) return config_.text(entry.value);
  }
  return std::nullopt;
}

}  // namespace aws_iam
