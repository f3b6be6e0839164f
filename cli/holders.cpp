#include "cli/holders.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "cli/target.hpp"
#include "platform/files.hpp"
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

// Of every cloud's own tools, where they are there.
std::vector<fs::path> known_profile_files() {
  std::vector<fs::path> files;
  for (const known::Kind& kind : known::kinds()) {
    for (const known::File& file : kind.files) {
      if (there_is(place_of(file))) files.push_back(place_of(file));
    }
  }
  return files;
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

class Sweeper {
 public:
  Sweeper(House& house, const Config& config, const rotation::AccessKeyId& key, const SweepWords& words)
      : house_(house), config_(config), key_(key), words_(words), eyaml_(eyaml_keys_of(config)) {}

  [[nodiscard]] Sweep run() {
    for (const auto& [name, target] : config_.targets) look_at_target(name, target);
    for (const fs::path& file : known_profile_files()) look_below(file);
    for (const fs::path& root : config_.search_paths) look_below(root);
    for (const fs::path& root : words_.more_paths) look_below(root);
    return std::move(found_);
  }

 private:
  void look_at_target(const std::string& name, const ConfiguredTarget& target) {
    std::unique_ptr<CloudAccess> access;
    for (const rotation::LocationSpec& spec : target.locations) {
      if (house_.clock().interrupted()) return;
      if (words_.progress) words_.progress("location " + spec.name.text() + " of " + name);
      if (secrets_adapters::is_of_account(spec.type) && !access) access = cloud_of(house_, config_, target.account);
      look_in_location({.target = name, .account = target.account, .spec = spec}, access.get());
    }
  }

  void look_in_location(const ConfiguredPlace& at, CloudAccess* access) {
    Holder holder{.place = "location " + at.spec.name.text() + " of " + at.target, .trouble = {}, .location = at};
    try {
      const auto answer = secrets_adapters::make_location(at.spec, house_.surroundings(access))->read();
      const auto* holding = rotation::done(answer);
      if (holding == nullptr) {
        holder.trouble = trouble_of(answer);
      } else if (holding->id != key_) {
        if (!holding->id && holding->custody != rotation::Custody::open) found_.silent.push_back(holder.place);
        return;
      }
    } catch (const rotation::Trouble& trouble) {
      holder.trouble = trouble.problem().message;
    }
    found_.holders.push_back(std::move(holder));
  }

  void look_below(const fs::path& root) {
    if (house_.clock().interrupted()) return;
    secrets_adapters::Search search{
        .found = [&](const secrets_adapters::SearchedFile& file) { note(file.file, {}, file); },
        .trouble = [&](const fs::path& place, const std::string& why) { note(place, why, {}); },
        .closed =
            [&](const fs::path& file, std::size_t values) {
              if (!closed_.insert(file).second) return;
              found_.closed_values += values;
              ++found_.closed_files;
            },
        .interrupted = [&] { return house_.clock().interrupted(); },
        .openers = {&eyaml_}};
    if (words_.progress) {
      search.progress = [&](std::size_t done, std::size_t all) {
        words_.progress(root.string() + ": " + std::to_string(done) + " of " + std::to_string(all) + " files");
      };
    }
    secrets_adapters::search(root, key_, search);
  }

  void note(const fs::path& place, const std::string& trouble, std::optional<secrets_adapters::SearchedFile> file) {
    if (!seen_.insert(place).second) return;
    found_.holders.push_back({.place = place.string(), .trouble = trouble, .location = {}, .file = std::move(file)});
  }

  House& house_;
  const Config& config_;
  const rotation::AccessKeyId& key_;
  const SweepWords& words_;
  secrets_adapters::EyamlOpener eyaml_;
  Sweep found_;
  std::set<fs::path> seen_, closed_;
};

}  // namespace

std::vector<secrets_adapters::EyamlKeyFiles> eyaml_keys_of(const Config& config) {
  std::vector<secrets_adapters::EyamlKeyFiles> keys;
  for (const auto& [name, target] : config.targets) {
    for (const rotation::LocationSpec& spec : target.locations) {
      const auto at = [&](const char* setting) {
        return platform::expand_home(secrets_adapters::text_of(spec, setting));
      };
      secrets_adapters::EyamlKeyFiles pair{at("keys.public"), at("keys.private")};
      if (pair.certificate.empty() || pair.private_key.empty()) continue;
      const bool known =
          std::ranges::any_of(keys, [&](const auto& one) { return one.private_key == pair.private_key; });
      if (!known) keys.push_back(std::move(pair));
    }
  }
  return keys;
}

Sweep sweep(House& house, const Config& config, const rotation::AccessKeyId& key, const SweepWords& words) {
  Sweep found = Sweeper{house, config, key, words}.run();
  require_uninterrupted(house, key);
  return found;
}

void require_uninterrupted(House& house, const rotation::AccessKeyId& key) {
  if (!house.clock().interrupted()) return;
  throw rotation::Trouble(rotation::Ending::interrupted,
                          {.message = "Interrupted while looking for " + key.text() + ".",
                           .keys = "Nothing was done, no key was touched.",
                           .hint = "run the command again"});
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
  const auto keys = eyaml_keys_of(config);
  for (const fs::path& root : config.search_paths) {
    places.push_back(watched(root, key));
    for (std::size_t at = 0; at < keys.size(); ++at) {
      places.back().settings["public." + std::to_string(at)] = keys[at].certificate.string();
      places.back().settings["private." + std::to_string(at)] = keys[at].private_key.string();
    }
  }
  return places;
}

}  // namespace cli
