#include "cli/holders.hpp"

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

void look_in_location(const std::string& target, const rotation::LocationSpec& spec, const rotation::AccessKeyId& key,
                      std::vector<Holder>& holders) {
  const std::string place = "location " + spec.name.text() + " of " + target;
  try {
    const auto answer = secrets_adapters::make_location(spec)->read();
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

// A machine without that file holds nothing in it.
bool there_is(const fs::path& file) {
  std::error_code unknown;
  return fs::exists(file, unknown) || unknown;
}

rotation::LocationSpec watched(const fs::path& root, const rotation::AccessKeyId& key) {
  return {.name = rotation::LocationName{root.string()},
          .type = std::string(secrets_adapters::searched_path_type),
          .settings = {{"path", root.string()}, {"key", key.text()}}};
}

}  // namespace

std::vector<Holder> holders_of(const Config& config, const rotation::AccessKeyId& key) {
  std::vector<Holder> holders;
  for (const auto& [name, target] : config.targets) {
    for (const rotation::LocationSpec& spec : target.locations) look_in_location(name, spec, key, holders);
  }
  if (there_is(shared_credentials_file())) look_below(shared_credentials_file(), key, holders);
  for (const fs::path& root : config.search_paths) look_below(root, key, holders);
  return holders;
}

std::vector<rotation::LocationSpec> places_to_watch(const Config& config, const rotation::AccessKeyId& key) {
  std::vector<rotation::LocationSpec> places;
  for (const auto& [name, target] : config.targets) {
    for (rotation::LocationSpec spec : target.locations) {
      spec.name = rotation::LocationName{name + ":" + spec.name.text()};
      places.push_back(std::move(spec));
    }
  }
  places.push_back(watched(shared_credentials_file(), key));
  places.back().settings["may_be_absent"] = "yes";
  for (const fs::path& root : config.search_paths) places.push_back(watched(root, key));
  return places;
}

}  // namespace cli
