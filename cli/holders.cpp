#include "cli/holders.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/target.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/registry.hpp"
#include "secrets_adapters/searched_path.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

std::string trouble_of(const rotation::Answer<rotation::Holding>& answer) {
  if (const auto* no = rotation::refused(answer)) return no->message.empty() ? "cannot be read" : no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return {};
}

void look_in_location(House& house, const std::string& target, const rotation::LocationSpec& spec,
                      const rotation::AccessKeyId& key, CloudAccess* access, std::vector<Holder>& holders) {
  const std::string place = "location " + spec.name.text() + " of " + target;
  try {
    const auto answer = secrets_adapters::make_location(spec, house.surroundings(access))->read();
    const auto* holding = rotation::done(answer);
    if (holding == nullptr) {
      holders.push_back({.place = place, .trouble = trouble_of(answer)});
    } else if (holding->id == key) {
      holders.push_back({.place = place, .trouble = {}});
    }
  } catch (const rotation::Trouble& trouble) {
    holders.push_back({.place = place, .trouble = trouble.problem().message});
  }
}

void look_below(const fs::path& root, const rotation::AccessKeyId& key, std::vector<Holder>& holders) {
  secrets_adapters::search(
      root, key,
      {.found = [&](const fs::path& file) { holders.push_back({.place = file.string(), .trouble = {}}); },
       .trouble = [&](const fs::path& place,
                      const std::string& why) { holders.push_back({.place = place.string(), .trouble = why}); }});
}

// Null where it cannot be reached as described: the location then says that nobody is connected to it.
std::unique_ptr<CloudAccess> cloud_of(House& house, const Config& config, const rotation::AccountName& account) {
  const Account* described = config.account(account);
  if (described == nullptr) return nullptr;
  try {
    return house.cloud(connection_of(*described, config));
  } catch (const rotation::Trouble&) {
    return nullptr;
  }
}

// A machine without that file holds nothing in it.
bool there_is(const fs::path& file) {
  std::error_code unknown;
  return fs::exists(file, unknown) || unknown;
}

// Of the cloud's own tools; those of other clouds, where they are there: a key may have been put into another's file.
std::vector<fs::path> profile_files(const rotation::Connection& connection) {
  std::vector<fs::path> files;
  for (const known::Kind& kind : known::kinds()) {
    const bool own = kind.name == connection.at("provider");
    for (const known::ProfileFile& profiles : kind.profile_files) {
      const fs::path file = place_of(*std::ranges::find(kind.files, profiles.pin, &known::File::pin));
      if (own || there_is(file)) files.push_back(file);
    }
  }
  return files;
}

rotation::LocationSpec watched(const fs::path& root, const rotation::AccessKeyId& key) {
  return {.name = rotation::LocationName{root.string()},
          .type = std::string(secrets_adapters::searched_path_type),
          .settings = {{"path", root.string()}, {"key", key.text()}}};
}

}  // namespace

std::vector<Holder> holders_of(House& house, const Config& config, const Aim& aim, const rotation::AccessKeyId& key) {
  std::vector<Holder> holders;
  for (const auto& [name, target] : config.targets) {
    std::unique_ptr<CloudAccess> access;
    for (const rotation::LocationSpec& spec : target.locations) {
      if (secrets_adapters::is_of_account(spec.type) && !access) access = cloud_of(house, config, target.account);
      look_in_location(house, name, spec, key, access.get(), holders);
    }
  }
  for (const fs::path& file : profile_files(aim.connection)) {
    if (there_is(file)) look_below(file, key, holders);
  }
  for (const fs::path& root : config.search_paths) look_below(root, key, holders);
  return holders;
}

std::vector<rotation::LocationSpec> places_to_watch(const Config& config, const Aim& aim,
                                                    const rotation::AccessKeyId& key) {
  std::vector<rotation::LocationSpec> places;
  for (const auto& [name, target] : config.targets) {
    for (rotation::LocationSpec spec : target.locations) {
      if (secrets_adapters::is_of_account(spec.type) && target.account != aim.account) continue;
      spec.name = rotation::LocationName{name + ":" + spec.name.text()};
      places.push_back(std::move(spec));
    }
  }
  for (const fs::path& file : profile_files(aim.connection)) {
    places.push_back(watched(file, key));
    places.back().settings["may_be_absent"] = "yes";
  }
  for (const fs::path& root : config.search_paths) places.push_back(watched(root, key));
  return places;
}

}  // namespace cli
