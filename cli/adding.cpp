#include "cli/adding.hpp"

#include <system_error>

#include "cli/config_edit.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/typed.hpp"
#include "platform/files.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

constexpr std::size_t largest_config = 1 << 20;
constexpr const char* untouched = "Nothing was changed; no key was touched.";

rotation::Trouble stop(rotation::Ending ending, std::string message, std::string hint) {
  return {ending, {.message = std::move(message), .keys = untouched, .hint = std::move(hint)}};
}

std::string place_words(const FoundPlace& place) {
  return place.path.string() + (place.line == 0 ? "" : ":" + std::to_string(place.line));
}

std::string lines_of(const std::vector<rotation::LocationSpec>& specs) {
  std::string lines;
  for (const auto& spec : specs) {
    lines += "      - " + visible(location_item(spec).value_or("# " + spec.name.text())) + "\n";
  }
  return lines;
}

void require_its_key(const Finding& finding, const std::string& target) {
  if (!finding.who.owner) return;
  const std::string owner = finding.who.owner->account.text() + "/" + finding.who.owner->user.text();
  if (owner == target) return;
  throw stop(rotation::Ending::needs_operator,
             finding.key.text() + " is of " + owner + ", not of " + target + ": a rotation of " + target +
                 " would find another's key in these places.",
             "keybaton find " + finding.key.text() + " --add-to " + rotation::quoted(owner));
}

void require_consent(House& house, const AddWords& words, const std::string& what) {
  if (words.yes) return;
  if (house.person().somebody_there()) {
    const auto answer = house.person().ask_line("Add them? [y/N]");
    if (answer && (answer->starts_with('y') || answer->starts_with('Y'))) return;
    throw stop(rotation::Ending::needs_operator, "Nobody said yes, so nothing was added.", typed(house.options()));
  }
  throw stop(rotation::Ending::needs_operator, "Nobody is there to say yes to " + what + ".",
             typed(house.options()) + " --yes");
}

std::string content_of(const std::filesystem::path& file) {
  return platform::read_file(file, largest_config).value_or("");
}

void write(const std::filesystem::path& file, const std::string& before, const std::string& now) {
  try {
    if (platform::replace_file_if(file, now, [&] { return content_of(file) == before; })) return;
  } catch (const std::system_error& trouble) {
    throw stop(rotation::Ending::storage, file.string() + " cannot be written: " + trouble.code().message() + ".",
               "make it writable, then run the command again");
  }
  throw stop(rotation::Ending::needs_operator, file.string() + " was changed by somebody else meanwhile.",
             "run the command again");
}

std::string next_command(House& house, const std::string& target) {
  const auto open = open_rotations(house.reader(), split_target({.target = target, .profile = {}}));
  if (open.empty()) return "keybaton rotate " + rotation::quoted(target);
  return "keybaton locations add " + open.front().id.text();
}

}  // namespace

void require_target(const Config& config, const std::string& target) {
  if (config.file.empty()) {
    throw usage("There is no config file to add to.", "keybaton init writes one");
  }
  static_cast<void>(aim_at({.target = target, .profile = {}}, config, Locations::needed));
}

Added add_found(House& house, const Config& config, const Finding& finding, const AddWords& words) {
  require_target(config, words.target);
  Added added;
  std::vector<rotation::LocationSpec> names = config.targets.at(words.target).locations;
  for (const FoundPlace& place : finding.places) {
    if (place.configured()) continue;
    if (!place.proposal) {
      added.by_hand.push_back(place_words(place) + ": " + place.why_not);
      continue;
    }
    rotation::LocationSpec spec = *place.proposal;
    spec.name = fresh_name(spec, names);
    names.push_back(spec);
    added.specs.push_back(std::move(spec));
  }
  if (added.specs.empty()) return added;
  require_its_key(finding, words.target);
  const std::string before = content_of(config.file);
  const auto now = with_locations(before, config.file, words.target, added.specs);
  const std::string what = added.specs.size() == 1 ? "1 location" : std::to_string(added.specs.size()) + " locations";
  warn(paragraph((now ? "To be added to " : "To be pasted into ") + visible(config.file.string()) +
                     ", below locations: of " + visible(words.target) + ":",
                 0, err_style(house.options())) +
       lines_of(added.specs));
  if (!now) {
    throw stop(rotation::Ending::needs_operator,
               "The locations of " + words.target + " are written in a way that nothing is added to by a program.",
               "paste the lines above below locations: of this target");
  }
  require_consent(house, words, what);
  write(config.file, before, *now);
  static_cast<void>(load_config(config.file));
  added.written = true;
  added.next = next_command(house, words.target);
  return added;
}

}  // namespace cli
