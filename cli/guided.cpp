#include "cli/guided.hpp"

#include <algorithm>

#include "cli/adding.hpp"
#include "cli/config_edit.hpp"
#include "cli/joining.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "cli/render_roll.hpp"
#include "rotation/evidence.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::LocationSpec;
using rotation::View;

std::string where(const FoundPlace& place) {
  if (place.path.empty()) return place.target + ": " + place.location;
  return place.path.string() + (place.line == 0 ? "" : ":" + std::to_string(place.line));
}

bool is_in(const View& view, const LocationSpec& spec) {
  return std::ranges::any_of(view.locations, [&](const rotation::LocationView& each) {
    return each.spec.type == spec.type && each.spec.settings == spec.settings;
  });
}

bool has_target(const Config& config, const View& view) {
  return config.target(view.target.account, view.target.user) != nullptr;
}

// A broken config stops no rotation: then nobody is offered anything.
std::optional<Config> config_of(const House& house) {
  try {
    return house.config();
  } catch (const rotation::Trouble& trouble) {
    warn("Not searched: " + visible(trouble.problem().message) + "\n");
    return std::nullopt;
  }
}

}  // namespace

rotation::Consent Guided::confirm(const rotation::Question& question) { return house_.person().confirm(question); }
void Guided::tell(const rotation::Progress& progress) { house_.person().tell(progress); }
void Guided::waiting(const std::string& what, rotation::Millis left) { house_.person().waiting(what, left); }

bool Guided::yes_to(const std::string& prompt) {
  const auto answer = house_.person().ask_line(prompt + " [y/N]");
  return answer && (answer->starts_with('y') || answer->starts_with('Y'));
}

Finding Guided::search(const View& view, const Config& config) {
  ProgressLine line{err_style(house_.options())};
  return find_places(house_, config, view.old_key, [&](const std::string& text) { line.show(text); });
}

// What this rotation cannot take in is told all the same.
void Guided::show_the_others(const Finding& finding, const View& view) {
  const Style style = err_style(house_.options());
  const std::string own = rotation::target_words(view.target);
  for (const FoundPlace& place : finding.places) {
    std::string text;
    if (place.configured() && place.target != own) {
      text = "It stands in " + where(place) + ", a place of " + place.target + ".";
    } else if (!place.configured() && !place.proposal) {
      text = "It stands in " + where(place) + ", which only a person can describe: " + place.why_not + ".";
    }
    if (text.empty() || !offered_.insert(text).second) continue;
    warn(paragraph(visible(text), 0, style));
  }
}

// Places of the config that came after the rotation began.
Guided::Specs Guided::left_out(const View& view, const Config& config, const Finding& finding) {
  Specs specs;
  const ConfiguredTarget* target = config.target(view.target.account, view.target.user);
  if (target == nullptr) return specs;
  for (const LocationSpec& spec : target->locations) {
    const auto holds = [&](const FoundPlace& place) {
      return place.location == spec.name.text() && place.target == rotation::target_words(view.target);
    };
    if (view.find(spec.name) != nullptr || is_in(view, spec) || !std::ranges::any_of(finding.places, holds)) continue;
    if (offered_.insert("config: " + spec.name.text()).second) specs.push_back(spec);
  }
  if (specs.empty()) return specs;
  std::string names;
  for (const LocationSpec& spec : specs) names += (names.empty() ? "" : ", ") + spec.name.text();
  warn("In the config, but not in this rotation, and holding the old key: " + visible(names) + "\n");
  if (!yes_to("Take them in?")) specs.clear();
  return specs;
}

// Places that no config knows: they are described in it, too, where it has this target.
Guided::Specs Guided::described_anew(const View& view, const Config& config, const Finding& finding) {
  Finding anew{.key = finding.key};
  for (const FoundPlace& place : finding.places) {
    if (place.configured() || !place.proposal || is_in(view, *place.proposal)) continue;
    if (offered_.insert(where(place)).second) anew.places.push_back(place);
  }
  if (anew.places.empty()) return {};
  warn("The old key also stands where this rotation does not look:\n");
  for (const FoundPlace& place : anew.places) warn("  " + visible(where(place)) + "\n");
  const std::string target = rotation::target_words(view.target);
  if (has_target(config, view)) return add_found(house_, config, anew, {.target = target, .yes = {}}).specs;
  Specs specs, names = pinned_locations(view);
  for (const FoundPlace& place : anew.places) {
    LocationSpec spec = *place.proposal;
    spec.name = fresh_name(spec, names);
    names.push_back(spec);
    warn("  - " + visible(location_item(spec).value_or(spec.name.text())) + "\n");
    specs.push_back(std::move(spec));
  }
  if (!yes_to("Add them to this rotation?")) specs.clear();
  return specs;
}

Guided::Specs Guided::agreed(const View& view, const Config& config, const Finding& finding) {
  Specs specs = left_out(view, config, finding);
  try {
    std::ranges::move(described_anew(view, config, finding), std::back_inserter(specs));
  } catch (const rotation::Trouble& trouble) {  // no consent, or a config that nothing is added to
    if (trouble.ending() == rotation::Ending::interrupted) throw;
    warn(visible(trouble.problem().message) + "\n");
  }
  return specs;
}

std::vector<rotation::Draft> Guided::still_used(const View& view) {
  if (!house_.person().somebody_there()) return {};
  house_.person().clear_line();
  const Style style = err_style(house_.options());
  const std::string use = rotation::assess(view, house_.now()).says;  // "the old key is still used: last used at …"
  warn("\n" + paragraph(visible("Look: " + use + "."), 0, style) + roll_text(view, style));
  const auto config = config_of(house_);
  if (!config) return {};
  const Finding finding = search(view, *config);
  show_the_others(finding, view);
  std::vector<rotation::Draft> drafts;
  for (const LocationSpec& spec : agreed(view, *config, finding)) {
    try {
      const auto place = bench_.location(spec);
      drafts.push_back(joining(house_, view, spec, *place));
    } catch (const rotation::Trouble& trouble) {
      warn(visible(trouble.problem().message) + "\n");
    }
  }
  return drafts;
}

}  // namespace cli
