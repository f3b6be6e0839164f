#include "cli/target.hpp"

#include <cstdlib>
#include <string_view>

#include "cli/nearest.hpp"
#include "platform/files.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

fs::path file_by(const char* variable, std::string_view fallback) {
  const char* named = std::getenv(variable);
  const fs::path path = platform::expand_home(named != nullptr && *named != '\0' ? std::string_view{named} : fallback);
  return fs::absolute(path).lexically_normal();
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? " Did you mean \"" + *near + "\"?" : "";
}

// What every connection pins, whoever describes it.
rotation::Connection common(const Config& config) {
  return {{"provider", "aws"},
          {"credentials_file", shared_credentials_file().string()},
          {"config_file", shared_config_file().string()},
          {"sealing_key_file", config.sealing_key.value_or(default_sealing_key_path()).string()}};
}

[[noreturn]] void no_account(const SplitTarget& target, const Config& config) {
  const std::string& name = target.account.text();
  if (config.file.empty()) {
    throw usage("There is no config file, so no account is called \"" + name + "\".",
                "keybaton init, or keybaton rotate --profile " + name);
  }
  std::vector<std::string> known;
  for (const auto& [account, details] : config.accounts) known.push_back(account.text());
  throw usage(config.file.string() + " has no account \"" + name + "\"." + did_you_mean(name, known),
              "name an account of the config, or use --profile NAME");
}

[[noreturn]] void no_target(const SplitTarget& target, const Config& config) {
  const std::string words = target.account.text() + "/" + target.user.text();
  std::vector<std::string> known;
  for (const auto& [name, details] : config.targets) known.push_back(name);
  throw usage(config.file.string() + " has no target \"" + words + "\", so nothing says where its key lives." +
                  did_you_mean(words, known),
              "add its locations below targets: in the config");
}

Aim by_profile(const SplitTarget& target, const Config& config) {
  const std::string& profile = target.account.text();
  Aim aim{.account = target.account, .user = {}, .by_profile = true, .connection = common(config)};
  aim.connection["profile"] = profile;
  aim.locations.push_back({.name = rotation::LocationName{profile},
                           .type = "aws-credentials-file",
                           .optional = false,
                           .settings = {{"path", shared_credentials_file().string()}, {"profile", profile}}});
  return aim;
}

}  // namespace

fs::path shared_credentials_file() { return file_by("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"); }
fs::path shared_config_file() { return file_by("AWS_CONFIG_FILE", "~/.aws/config"); }

SplitTarget split_target(const TargetWords& words) {
  if (words.profile && !words.target.empty()) {
    throw usage("Both a TARGET and --profile are given.", "name one of them: ACCOUNT/USER, or --profile NAME");
  }
  if (words.profile) {
    if (words.profile->empty()) throw usage("--profile is empty.", "name a profile: --profile dev");
    return {.account = rotation::AccountName{*words.profile}, .user = {}, .by_profile = true};
  }
  const std::size_t slash = words.target.find('/');
  if (words.target.empty()) throw usage("No target is given.", "name one: ACCOUNT/USER, or --profile NAME");
  if (slash == std::string::npos || slash == 0 || slash + 1 == words.target.size()) {
    throw usage("\"" + words.target + "\" is no target.", "write ACCOUNT/USER, such as prod/support-api");
  }
  return {.account = rotation::AccountName{words.target.substr(0, slash)},
          .user = rotation::UserName{words.target.substr(slash + 1)},
          .by_profile = false};
}

rotation::Connection connection_of(const Account& account, const Config& config) {
  rotation::Connection connection = common(config);
  connection["provider"] = account.provider;
  if (account.profile) connection["profile"] = *account.profile;
  if (account.region) connection["region"] = *account.region;
  for (const auto& [service, url] : account.endpoints) connection["endpoint." + service] = url;
  return connection;
}

Aim aim_at(const TargetWords& words, const Config& config, Locations locations) {
  const SplitTarget target = split_target(words);
  if (target.by_profile) return by_profile(target, config);
  const Account* account = config.account(target.account);
  if (account == nullptr) no_account(target, config);
  const ConfiguredTarget* described = config.target(target.account, target.user);
  if (described == nullptr && locations == Locations::needed) no_target(target, config);
  Aim aim{.account = target.account,
          .user = target.user,
          .by_profile = false,
          .connection = connection_of(*account, config),
          .account_pin = account->account_id};
  if (described != nullptr) aim.locations = described->locations;
  return aim;
}

}  // namespace cli
