#include "cli/holders.hpp"

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

#include "cli/target.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/registry.hpp"
#include "secrets_adapters/search_walk.hpp"
#include "secrets_adapters/searched_path.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;

template <class T>
std::string trouble_of(const rotation::Answer<T>& answer, const char* unless_said) {
  if (const auto* no = rotation::refused(answer)) return no->message.empty() ? unless_said : no->message;
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

void list_in(rotation::LocationSpec& spec, const std::string& name, const std::vector<fs::path>& paths) {
  for (std::size_t at = 0; at < paths.size(); ++at) spec.settings[name + "." + std::to_string(at)] = paths[at].string();
}

class Sweeper {
 public:
  Sweeper(House& house, const Config& config, const std::vector<rotation::AccessKeyId>& keys, Writing writing,
          const SweepWords& words)
      : house_(house), config_(config), keys_(keys), writing_(writing), words_(words), eyaml_(eyaml_keys_of(config)) {}

  [[nodiscard]] WideSweep run() {
    for (const auto& [name, target] : config_.targets) look_at_target(name, target);
    roots_ = known_profile_files();
    roots_.insert(roots_.end(), config_.search_paths.begin(), config_.search_paths.end());
    roots_.insert(roots_.end(), words_.more_paths.begin(), words_.more_paths.end());
    for (const fs::path& root : roots_) look_below(root);
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
    ReadPlace place{.at = at, .trouble = {}};
    try {
      const auto location = secrets_adapters::make_location(at.spec, house_.surroundings(access));
      auto answer = location->read();
      if (auto* holding = rotation::done(answer)) {
        place.holds = std::move(*holding);
        note_absence(at, place.holds);
        if (writing_ == Writing::asked) place.not_writable = trouble_of(location->ready(), "cannot be written");
      } else {
        place.trouble = trouble_of(answer, "cannot be read");
      }
    } catch (const rotation::Trouble& trouble) {
      place.trouble = trouble.problem().message;
    }
    found_.locations.push_back(std::move(place));
  }

  // An entry that was taken out of its file is gone; a file that is not there may come back.
  void note_absence(const ConfiguredPlace& at, const rotation::Holding& holding) {
    const auto file = secrets_adapters::file_of(at.spec);
    if (holding.id || !file || at.spec.optional || there_is(*file)) return;
    found_.absent.push_back({*file, *file, words_of(at) + ": the file is not there; it may be gone, or only away"});
  }

  void look_below(const fs::path& root) {
    if (house_.clock().interrupted()) return;
    secrets_adapters::Search search{.found =
                                        [&](const secrets_adapters::SearchedFile& file) {
                                          if (seen_.emplace(file.file, file.key).second)
                                            found_.files[file.key].push_back(file);
                                        },
                                    .trouble =
                                        [&](const fs::path& place, const std::string& why) {
                                          note({place, root, why});
                                        },
                                    .closed =
                                        [&](const fs::path& file, std::size_t values) {
                                          note({file, root, closed_words(values), values});
                                        },
                                    .interrupted = [&] { return house_.clock().interrupted(); },
                                    .openers = {&eyaml_},
                                    .roots = roots_};
    if (words_.progress) {
      search.progress = [&](std::size_t done, std::size_t all) {
        words_.progress(root.string() + ": " + std::to_string(done) + " of " + std::to_string(all) + " files");
      };
    }
    secrets_adapters::search(root, keys_, search);
  }

  void note(Unsearched gap) {
    if (unsearched_.insert(gap.place).second) found_.unsearched.push_back(std::move(gap));
  }

  House& house_;
  const Config& config_;
  secrets_adapters::KeyIds keys_;
  Writing writing_;
  const SweepWords& words_;
  secrets_adapters::EyamlOpener eyaml_;
  WideSweep found_;
  std::vector<fs::path> roots_;
  std::set<std::pair<fs::path, rotation::AccessKeyId>> seen_;
  std::set<fs::path> unsearched_;
};

// A place that shows nobody what it holds.
bool is_silent(const ReadPlace& place) {
  return place.trouble.empty() && !place.holds.id && place.holds.custody != rotation::Custody::open;
}

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

std::string closed_words(std::size_t values, const std::string& where) {
  return std::to_string(values) + " encrypted value" + (values == 1 ? "" : "s") + where +
         " could not be opened: no private key at hand";
}

std::string words_of(const ConfiguredPlace& place) {
  return "location " + place.spec.name.text() + " of " + place.target;
}

WideSweep sweep_for(House& house, const Config& config, const std::vector<rotation::AccessKeyId>& keys, Writing writing,
                    const SweepWords& words) {
  WideSweep found = Sweeper{house, config, keys, writing, words}.run();
  require_uninterrupted(house, keys.size() == 1 ? keys.front().text() : std::to_string(keys.size()) + " keys");
  return found;
}

Sweep Sweeps::of(const rotation::AccessKeyId& key) const {
  Sweep sweep = of_all;
  if (const auto own = of_one.find(key); own != of_one.end()) {
    sweep.holders.insert(sweep.holders.end(), own->second.begin(), own->second.end());
  }
  return sweep;
}

Sweeps sweep_all(House& house, const Config& config, const std::set<rotation::AccessKeyId>& keys,
                 const SweepWords& words) {
  if (keys.empty()) return {};
  WideSweep wide = sweep_for(house, config, {keys.begin(), keys.end()}, Writing::not_asked, words);
  Sweeps found;
  found.of_all.unsearched = std::move(wide.unsearched);
  found.of_all.absent = std::move(wide.absent);
  for (ReadPlace& place : wide.locations) {
    const std::string where = words_of(place.at);
    if (is_silent(place)) found.of_all.silent.push_back(where);
    const bool held = place.trouble.empty() && place.holds.id && keys.contains(*place.holds.id);
    if (place.trouble.empty() && !held) continue;
    auto& holders = held ? found.of_one[*place.holds.id] : found.of_all.holders;
    holders.push_back({.place = where, .trouble = place.trouble, .location = std::move(place.at)});
  }
  for (auto& [key, files] : wide.files) {
    for (secrets_adapters::SearchedFile& file : files) {
      found.of_one[key].push_back(
          {.place = file.file.string(), .trouble = {}, .location = {}, .file = std::move(file)});
    }
  }
  return found;
}

Sweep sweep(House& house, const Config& config, const rotation::AccessKeyId& key, const SweepWords& words) {
  return sweep_all(house, config, {key}, words).of(key);
}

void require_uninterrupted(House& house, const rotation::AccessKeyId& key) { require_uninterrupted(house, key.text()); }

void require_uninterrupted(House& house, const std::string& looking_for) {
  if (!house.clock().interrupted()) return;
  throw rotation::Trouble(rotation::Ending::interrupted,
                          {.message = "Interrupted while looking for " + looking_for + ".",
                           .keys = "Nothing was done, no key was touched.",
                           .hint = "run the command again"});
}

std::vector<rotation::LocationSpec> places_to_watch(const Config& config, const Aim& aim,
                                                    const rotation::AccessKeyId& key,
                                                    const std::vector<fs::path>& unsearched) {
  std::vector<rotation::LocationSpec> places;
  for (const auto& [name, target] : config.targets) {
    for (rotation::LocationSpec spec : target.locations) {
      if (secrets_adapters::is_of_account(spec.type) && target.account != aim.account) continue;
      spec.name = rotation::LocationName{name + ":" + spec.name.text()};
      places.push_back(std::move(spec));
    }
  }
  std::vector<fs::path> private_keys, certificates;
  for (const auto& pair : eyaml_keys_of(config)) {
    certificates.push_back(pair.certificate);
    private_keys.push_back(pair.private_key);
  }
  const auto watch = [&](const fs::path& root) -> rotation::LocationSpec& {
    places.push_back(watched(root, key));
    list_in(places.back(), "unsearched", unsearched);
    list_in(places.back(), "roots", config.search_paths);
    return places.back();
  };
  for (const fs::path& file : profile_files(aim.connection)) watch(file).settings["may_be_absent"] = "yes";
  for (const fs::path& root : config.search_paths) {
    rotation::LocationSpec& spec = watch(root);
    list_in(spec, "public", certificates);
    list_in(spec, "private", private_keys);
    // Away already when a person said that it may be left.
    const auto covers = [&](const fs::path& path) { return secrets_adapters::is_below(root, path); };
    std::error_code unknown;
    if (std::ranges::any_of(unsearched, covers) && !fs::exists(root, unknown)) spec.settings["may_be_absent"] = "yes";
  }
  return places;
}

HeldBy held_by(const rotation::AccessKeyId& key, const std::vector<Holder>& holders) {
  HeldBy held;
  std::string places;
  for (const Holder& holder : holders) {
    places += (places.empty() ? "" : "; ") + holder.place;
    if (holder.trouble.empty()) {
      held.sure = true;
    } else {
      places += " (" + holder.trouble + ")";
    }
  }
  held.message = key.text() + (held.sure ? " is still held by: " : " may still be held by: ") + places + ".";
  return held;
}

}  // namespace cli
