#include "cli/found_profiles.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include "cli/output.hpp"
#include "cli/target.hpp"
#include "platform/files.hpp"
#include "platform/ini.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/json_places.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t biggest_ini = 1U << 20U;

[[noreturn]] void unreadable(const fs::path& file, const std::string& why) {
  throw usage(file.string() + " cannot be read: " + why + ".", "repair it, then run keybaton init again");
}

using Found = std::map<std::pair<std::string, std::string>, FoundProfile>;  // by provider and name

void note(Found& found, const known::Kind& kind, const std::string& name, bool has_keys) {
  const std::string provider{kind.name};
  FoundProfile& profile =
      found.try_emplace({provider, name}, FoundProfile{.name = name, .provider = provider}).first->second;
  profile.has_keys = profile.has_keys || has_keys;
}

bool has_keys(const platform::IniSection& section) {
  return platform::entry(section, "aws_access_key_id") != nullptr ||
         platform::entry(section, "access_key_id") != nullptr;
}

void find_in_ini(std::string_view text, const known::Kind& kind, bool credentials, Found& found) {
  for (const platform::IniSection& section : platform::parse_ini(text).sections) {
    std::string name = section.name;
    if (!credentials && name.starts_with("profile ")) {
      name = name.substr(8);
    } else if (!credentials && name != "default") {
      continue;
    }
    note(found, kind, name, has_keys(section));
  }
}

// {"profiles": [{"name": …, "access_key_id": …}]}
void find_in_json(std::string_view text, const known::Kind& kind, Found& found) {
  const secrets_adapters::JsonPlace file = secrets_adapters::parse_json(text);
  const auto member = [](const secrets_adapters::JsonPlace& object, std::string_view name) {
    const auto at = std::ranges::find(object.members, name, &secrets_adapters::JsonMember::name);
    return at == object.members.end() ? nullptr : &at->value;
  };
  const auto* profiles = member(file, "profiles");
  if (profiles == nullptr) return;
  for (const secrets_adapters::JsonPlace& profile : profiles->items) {
    const auto* name = member(profile, "name");
    const auto* id = member(profile, "access_key_id");
    if (name == nullptr || name->kind != secrets_adapters::JsonPlace::Kind::string) continue;
    note(found, kind, secrets_adapters::read_json_string(text, *name),
         id != nullptr && id->range.begin != id->range.end);
  }
}

// Reads profile names and whether a key stands there; the text holds secrets and is wiped.
void find_in(const fs::path& file, const known::Kind& kind, bool credentials, Found& found) {
  std::optional<std::string> text;
  const auto wipe = [&] {
    if (text) rotation::wipe(*text);
  };
  try {
    text = platform::read_file(file, biggest_ini);
    if (!text) return;
    if (file.extension() == ".json") {
      find_in_json(*text, kind, found);
    } else {
      find_in_ini(*text, kind, credentials, found);
    }
    wipe();
  } catch (const platform::IniError& error) {
    wipe();
    unreadable(file, "line " + std::to_string(error.line) + ": " + error.what);
  } catch (const secrets_adapters::JsonError& error) {
    wipe();
    unreadable(file, "line " + std::to_string(error.line) + ": " + error.what);
  } catch (const std::system_error& trouble) {
    unreadable(file, trouble.code().message());
  }
}

}  // namespace

std::vector<FoundProfile> found_profiles() {
  Found found;
  for (const known::Kind& kind : known::kinds()) {
    for (const known::File& file : kind.files) {
      const bool credentials =
          std::ranges::find(kind.profile_files, file.pin, &known::ProfileFile::pin) != kind.profile_files.end();
      find_in(place_of(file), kind, credentials, found);
    }
  }
  std::vector<FoundProfile> profiles;
  for (auto& [name, profile] : found) profiles.push_back(std::move(profile));
  return profiles;
}

}  // namespace cli
