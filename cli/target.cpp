#include "cli/target.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "cli/nearest.hpp"
#include "platform/files.hpp"
#include "rotation/stops.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? " Did you mean \"" + *near + "\"?" : "";
}

// What every connection pins, whoever describes it.
rotation::Connection common(const Config& config, const known::Kind& kind) {
  rotation::Connection connection{
      {"provider", std::string(kind.name)},
      {"sealing_key_file", config.sealing_key.value_or(default_sealing_key_path()).string()}};
  for (const known::File& file : kind.files) connection[std::string(file.pin)] = place_of(file).string();
  return connection;
}

[[noreturn]] void no_account(const SplitTarget& target, const Config& config) {
  const std::string& name = target.account.text();
  if (config.file.empty()) {
    throw usage("There is no config file, so no account is called \"" + name + "\".",
                "keybaton init, or keybaton rotate --profile " + rotation::quoted(name));
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

const known::File& file_of(const known::Kind& kind, const known::ProfileFile& profiles) {
  return *std::ranges::find(kind.files, profiles.pin, &known::File::pin);
}

struct FoundProfile {
  const known::Kind* kind = nullptr;
  const known::ProfileFile* file = nullptr;
};

// The first file that holds a key under this name, where there is one; the clouds' tools may well share a name such as
// "default".
std::optional<FoundProfile> held_profile(const SplitTarget& target) {
  for (const known::Kind& kind : known::kinds()) {
    if (target.provider && *target.provider != kind.name) continue;
    for (const known::ProfileFile& file : kind.profile_files) {
      const fs::path path = place_of(file_of(kind, file));
      std::error_code unknown;
      if (!fs::exists(path, unknown) && !unknown) continue;
      const auto location =
          secrets_adapters::make_location({.name = rotation::LocationName{target.account.text()},
                                           .type = std::string(file.location_type),
                                           .settings = {{"path", path.string()}, {"profile", target.account.text()}}});
      const auto answer = location->read();
      const rotation::Holding* holding = rotation::done(answer);
      // What cannot be read is told by whoever uses it.
      if (holding == nullptr || holding->id) return FoundProfile{.kind = &kind, .file = &file};
    }
  }
  return std::nullopt;
}

// Whether the name stands anywhere in it: a word within another one counts, for only a "no" is relied upon.
bool names(const fs::path& file, const std::string& profile) {
  constexpr std::size_t biggest = 1U << 20U;
  try {
    auto text = platform::read_file(file, biggest);
    if (!text) return false;
    const bool found = text->find(profile) != std::string::npos;
    rotation::wipe(*text);
    return found;
  } catch (const std::system_error&) {
    return true;  // whoever reads it says why that cannot be done
  }
}

// One cloud's own words would speak of its files alone, and a machine may well have those of another one.
void refuse_unknown(const SplitTarget& target) {
  const std::string& profile = target.account.text();
  // JSON may write other letters in a way of its own.
  const bool plain =
      std::ranges::all_of(profile, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_'; });
  if (!plain || target.provider) return;
  std::string there, usual;
  for (const known::Kind& kind : known::kinds()) {
    for (const known::File& file : kind.files) {
      const fs::path path = place_of(file);
      std::error_code unknown;
      if (names(path, profile)) return;
      std::string& list = fs::exists(path, unknown) ? there : usual;
      list += (list.empty() ? "" : ", ") + path.string();
    }
  }
  throw rotation::Trouble(rotation::Ending::usage,
                          {.message = "There is no profile " + profile +
                                      (there.empty() ? ", and none of the files where it could stand: " + usual + "."
                                                     : " in " + there + "."),
                           .keys = "Nothing was sent; the keys are as they were.",
                           .hint = "name a profile that stands there: --profile NAME"});
}

FoundProfile find_profile(const SplitTarget& target) {
  refuse_unknown(target);
  if (const auto held = held_profile(target)) return *held;
  const known::Kind& kind = target.provider ? *known::kind(*target.provider) : known::kinds().front();
  return {.kind = &kind, .file = &kind.profile_files.front()};
}

Aim by_profile(const SplitTarget& target, const Config& config) {
  const std::string& profile = target.account.text();
  const FoundProfile found = find_profile(target);
  Aim aim{.account = target.account, .user = {}, .by_profile = true, .connection = common(config, *found.kind)};
  aim.connection["profile"] = profile;
  const std::string path = place_of(file_of(*found.kind, *found.file)).string();
  aim.locations.push_back({.name = rotation::LocationName{profile},
                           .type = std::string(found.file->location_type),
                           .optional = false,
                           .settings = {{"path", path}, {"profile", profile}}});
  return aim;
}

// "alibaba:default": the profile of that cloud's tools. Without the cloud's name it is whose file holds a key under the
// name; empty where none does, or what stands there cannot be said.
SplitTarget split_profile(const std::string& words) {
  SplitTarget target{.account = rotation::AccountName{words}, .user = {}, .by_profile = true};
  const std::size_t colon = words.find(':');
  if (colon != std::string::npos && known::kind(words.substr(0, colon)) != nullptr) {
    target.provider = words.substr(0, colon);
    target.account = rotation::AccountName{words.substr(colon + 1)};
    return target;
  }
  try {
    if (const auto held = held_profile(target)) target.provider = held->kind->name;
  } catch (const rotation::Trouble&) {
    return target;  // a name that no file can have: whoever reads it says so
  }
  return target;
}

}  // namespace

fs::path place_of(const known::File& file) {
  const auto at = [](std::string_view path) { return fs::absolute(platform::expand_home(path)).lexically_normal(); };
  const char* named = std::getenv(std::string(file.variable).c_str());
  if (named != nullptr && *named != '\0') return at(named);
  std::error_code unknown;
  if (!file.other.empty() && !fs::exists(at(file.usual), unknown) && fs::exists(at(file.other), unknown)) {
    return at(file.other);
  }
  return at(file.usual);
}

SplitTarget split_target(const TargetWords& words) {
  if (words.profile && !words.target.empty()) {
    throw usage("Both a TARGET and --profile are given.", "name one of them: ACCOUNT/USER, or --profile NAME");
  }
  if (words.profile) {
    if (words.profile->empty()) throw usage("--profile is empty.", "name a profile: --profile dev");
    SplitTarget target = split_profile(*words.profile);
    if (target.account.empty()) throw usage("--profile names no profile.", "name one: --profile dev");
    return target;
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
  rotation::Connection connection = common(config, known::kind_or_first(account.provider));
  if (account.profile) connection["profile"] = *account.profile;
  if (account.region) connection["region"] = *account.region;
  for (const auto& [service, url] : account.endpoints) connection["endpoint." + service] = url;
  return connection;
}

Aim aim_at(const TargetWords& words, const Config& config, Locations locations) {
  const SplitTarget target = split_target(words);
  if (target.by_profile) {
    Aim aim = by_profile(target, config);
    aim.words = "--profile " + rotation::quoted(*words.profile);
    return aim;
  }
  const Account* account = config.account(target.account);
  if (account == nullptr) no_account(target, config);
  const ConfiguredTarget* described = config.target(target.account, target.user);
  if (described == nullptr && locations == Locations::needed) no_target(target, config);
  Aim aim{.account = target.account,
          .user = target.user,
          .by_profile = false,
          .connection = connection_of(*account, config),
          .account_pin = account->account_id,
          .words = rotation::quoted(words.target)};
  if (described != nullptr) aim.locations = described->locations;
  return aim;
}

}  // namespace cli
