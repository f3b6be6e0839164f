#include "cli/finding.hpp"

#include <algorithm>
#include <system_error>

#include "cli/found_pairs.hpp"
#include "cli/found_profiles.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/registry.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using rotation::LocationSpec;
using secrets_adapters::SearchedFile;
using secrets_adapters::Spot;

bool same_file(const fs::path& one, const fs::path& other) {
  if (one == other) return true;
  std::error_code unknown;
  return !one.empty() && !other.empty() && fs::equivalent(one, other, unknown);
}

// One of the settings names it: its variable, its profile, the end of its path in the text.
bool is_named_by(const LocationSpec& spec, const Spot& spot) {
  return std::ranges::any_of(spec.settings, [&](const auto& setting) {
    const std::string& value = setting.second;
    if (setting.first == "path" || value.empty()) return false;
    return value == spot.name || (!spot.section.empty() && value == spot.section) ||
           (!spot.name.empty() && (value.ends_with("." + spot.name) || value.ends_with("/" + spot.name)));
  });
}

}  // namespace

bool is_spot_of(const LocationSpec& spec, const SearchedFile& file, const Spot& spot) {
  const auto own = secrets_adapters::file_of(spec);
  return own && same_file(*own, file.file) && (file.spots.size() == 1 || is_named_by(spec, spot));
}

namespace {

class Gathering {
 public:
  Gathering(const Config& config, const rotation::AccessKeyId& key, Sweep swept) : config_(config), key_(key) {
    finding.key = key;
    finding.has_targets = !config.targets.empty();
    finding.silent = std::move(swept.silent);
    for (const Unsearched& gap : swept.unsearched) {
      finding.closed_values += gap.closed;
      finding.closed_files += gap.closed > 0 ? 1 : 0;
      if (gap.closed == 0) finding.unread.push_back({gap.place.string(), gap.why});
    }
    for (const Holder& holder : swept.holders) {
      if (!holder.trouble.empty()) {
        finding.unread.push_back({holder.place, holder.trouble});
      } else if (holder.location) {
        add_location(*holder.location);
      }
    }
    for (const Holder& holder : swept.holders) {
      if (holder.file) add_file(*holder.file);
    }
    find_lines();
  }

  Finding finding;

 private:
  void add_location(const ConfiguredPlace& at) {
    FoundPlace place{.type = at.spec.type, .location = at.spec.name.text(), .target = at.target};
    if (const auto file = secrets_adapters::file_of(at.spec)) {
      place.path = *file;
    } else {
      place.where = secrets_adapters::place_of(at.spec);
      if (place.where.empty()) place.where = "location " + place.location;
      place.name = secrets_adapters::text_of(at.spec, "id");
      if (place.where.starts_with(place.name)) place.name.clear();  // the name is the place
    }
    finding.places.push_back(std::move(place));
    specs_.push_back(at.spec);
    finding.accounts.insert(at.account.text());
  }

  // The location that this spot is, if it is one.
  FoundPlace* configured(const fs::path& file, const Spot& spot, std::size_t spots) {
    for (std::size_t at = 0; at < specs_.size(); ++at) {
      FoundPlace& place = finding.places[at];
      if (place.line != 0 || !same_file(place.path, file)) continue;
      if (spots == 1 || is_named_by(specs_[at], spot)) return &place;
    }
    return nullptr;
  }

  // Several locations may be the same line: eyaml's `also`, or two targets.
  void add_file(const SearchedFile& file) {
    for (const Spot& spot : file.spots) {
      bool known = false;
      while (FoundPlace* place = configured(file.file, spot, file.spots.size())) {
        set_line(*place, spot);
        known = true;
      }
      if (!known) add_unconfigured(file, spot);
    }
    if (file.more == 0) return;
    finding.places.push_back({.path = file.file, .more = file.more, .why_not = "too many lines there name it"});
  }

  static void set_line(FoundPlace& place, const Spot& spot) {
    place.line = spot.line;
    place.name = spot.name;
    place.encrypted = spot.encrypted;
  }

  void add_unconfigured(const SearchedFile& file, const Spot& spot) {
    FoundPlace place{.path = file.file};
    set_line(place, spot);
    auto described = describe_spot({.file = file, .spot = spot}, key_, eyaml_keys_of(config_), taken_);
    if (auto* spec = std::get_if<LocationSpec>(&described)) {
      taken_.push_back(*spec);
      place.type = spec->type;
      place.proposal = std::move(*spec);
    } else {
      place.why_not = std::get<std::string>(described);
    }
    finding.places.push_back(std::move(place));
  }

  // Of locations that no search path covers.
  void find_lines() {
    const secrets_adapters::EyamlOpener eyaml{eyaml_keys_of(config_)};
    for (std::size_t at = 0; at < specs_.size(); ++at) {
      FoundPlace& place = finding.places[at];
      std::error_code unknown;
      if (place.line != 0 || place.path.empty() || !fs::is_regular_file(place.path, unknown)) continue;
      const auto note = [&](const SearchedFile& file) {
        for (const Spot& spot : file.spots) {
          const bool is_it = file.spots.size() == 1 || is_named_by(specs_[at], spot);
          if (place.line == 0 && is_it) set_line(place, spot);
        }
      };
      secrets_adapters::search(place.path, key_,
                               {.found = note, .trouble = [](const auto&, const auto&) {}, .openers = {&eyaml}});
    }
  }

  const Config& config_;
  const rotation::AccessKeyId& key_;
  std::vector<LocationSpec> specs_;  // of the first places, in their order
  std::vector<LocationSpec> taken_;
};

// Targets whose locations hold the key know its user.
std::vector<rotation::UserName> likely_users(const Config& config, const rotation::AccountName& account,
                                             const Finding& finding) {
  std::vector<rotation::UserName> users;
  for (const auto& [name, target] : config.targets) {
    const auto holds = [&](const FoundPlace& place) { return place.target == name; };
    if (target.account == account && std::ranges::any_of(finding.places, holds)) users.push_back(target.user);
  }
  return users;
}

// Without a config each profile is an account of its own. Those with the key come first: they sign with it.
std::vector<AskedAccount> profile_accounts(const Finding& finding, std::vector<Unread>& unread) {
  std::vector<AskedAccount> first, others;
  try {
    for (const FoundProfile& profile : found_profiles()) {
      if (!profile.has_keys) continue;
      const Aim aim =
          aim_at({.target = {}, .profile = profile.provider + ":" + profile.name}, {}, Locations::not_needed);
      const auto holds = [&](const FoundPlace& place) {
        return place.proposal && aim.locations.front().type == place.type &&
               aim.locations.front().settings == place.proposal->settings;
      };
      auto& into = std::ranges::any_of(finding.places, holds) ? first : others;
      into.push_back({.name = aim.account, .connection = aim.connection, .pin = {}, .likely = {}});
    }
  } catch (const rotation::Trouble& trouble) {
    unread.push_back({"profiles", trouble.problem().message});
  }
  return first.empty() ? others : first;
}

std::vector<AskedAccount> accounts_to_ask(const Config& config, const Finding& finding, std::vector<Unread>& unread) {
  if (config.accounts.empty()) return profile_accounts(finding, unread);
  std::vector<AskedAccount> accounts;
  for (const auto& [name, account] : config.accounts) {
    accounts.push_back({.name = name,
                        .connection = connection_of(account, config),
                        .pin = account.account_id,
                        .likely = likely_users(config, name, finding)});
  }
  std::ranges::stable_partition(accounts, [](const AskedAccount& account) { return !account.likely.empty(); });
  return accounts;
}

}  // namespace

std::size_t Finding::total() const {
  std::size_t all = 0;
  for (const FoundPlace& place : places) all += std::max<std::size_t>(place.more, 1);
  return all;
}

bool Finding::adds() const {
  return std::ranges::any_of(places, [](const FoundPlace& place) { return place.proposal.has_value(); });
}

Finding find_places(House& house, const Config& config, const rotation::AccessKeyId& key,
                    const std::function<void(const std::string&)>& progress) {
  Gathering gathered{config, key, sweep(house, config, key, {.more_paths = {}, .progress = progress})};
  return std::move(gathered.finding);
}

Finding find_key(House& house, const Config& config, const rotation::AccessKeyId& key,
                 const std::vector<fs::path>& more_paths, const std::function<void(const std::string&)>& progress) {
  Gathering gathered{config, key, sweep(house, config, key, {.more_paths = more_paths, .progress = progress})};
  Finding finding = std::move(gathered.finding);
  std::vector<Unread> unread;
  const auto accounts = accounts_to_ask(config, finding, unread);
  finding.who = find_owner(house, accounts, key, progress);
  require_uninterrupted(house, key);
  finding.who.unread.insert(finding.who.unread.begin(), unread.begin(), unread.end());
  if (finding.who.owner) finding.accounts.insert(finding.who.owner->account.text());
  return finding;
}

}  // namespace cli
