// locations add: a forgotten location, by now in the config, joins an open rotation.
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/joining.hpp"
#include "cli/json.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "rotation/pins.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

struct AddWords {
  TargetWords rotation;
  std::vector<std::string> names;
};

// Once the old key is off, a place that still holds it is an outage: it needs the old key more than the new one.
void refuse_late(const rotation::View& view) {
  const std::string status = "keybaton status " + view.id.text();
  if (!view.open() || view.procedure != rotation::Procedure::rotate) {
    throw no_joining(view, "No location can join " + view.id.text() + ": it is no open rotation of two keys.", status);
  }
  if (view.direction == rotation::Direction::back) {
    throw no_joining(view, "No location can join a rotation that goes back: nothing is written there any more.",
                     status);
  }
  if (view.state < rotation::State::deactivated && view.old_maybe_inactive) {
    throw no_joining(view, "Nobody knows whether the old key is off by now: that has to be settled first.",
                     rotation::resume_command(view));
  }
  if (view.state < rotation::State::deactivated) return;
  throw no_joining(view,
                   "The old key is off by now: a place that still holds it is down. Bring the old key back first.",
                   rotation::rollback_command(view));
}

std::vector<rotation::LocationSpec> newcomers(const Config& config, const rotation::View& view, const AddWords& words) {
  const ConfiguredTarget* target = config.target(view.target.account, view.target.user);
  const std::string name = rotation::target_words(view.target);
  if (target == nullptr) {
    throw usage("The config has no target " + name + ".", "add it there, with the location");
  }
  std::vector<rotation::LocationSpec> found;
  for (const rotation::LocationSpec& spec : target->locations) {
    const bool named = words.names.empty() || std::ranges::find(words.names, spec.name.text()) != words.names.end();
    if (named && view.find(spec.name) == nullptr) found.push_back(spec);
  }
  for (const std::string& wanted : words.names) {
    if (std::ranges::any_of(found, [&](const auto& spec) { return spec.name.text() == wanted; })) continue;
    const bool there = view.find(rotation::LocationName{wanted}) != nullptr;
    throw usage(there ? "Location " + wanted + " belongs to this rotation already."
                      : "The config's target " + name + " has no location \"" + wanted + "\".",
                there ? "keybaton status " + view.id.text() : "describe it there first");
  }
  if (!found.empty()) return found;
  throw usage("The config's target " + name + " has no location that this rotation does not have.",
              "describe the new location there first");
}

int add(const Options& options, const AddWords& words) {
  House house{options};
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  const rotation::RotationId id = named_rotation(house, reader, words.rotation);
  store::JournalStore store = house.store();
  const auto journal = store.open(id, house.actor());
  refuse_late(journal->view());
  const auto specs = newcomers(house.config(), journal->view(), words);
  Bench bench{house, journal->view().connection, specs, [] { return true; }, Reach::own, id};
  std::vector<rotation::Draft> drafts;  // all of them, or none
  for (const rotation::LocationSpec& spec : specs) {
    drafts.push_back(joining(house, journal->view(), spec, *bench.locations().at(spec.name)));
  }
  for (rotation::Draft& draft : drafts) journal->append(std::move(draft), {});
  const RotationReport stands{
      .view = &journal->view(), .next = rotation::next(journal->view(), house.now()), .error = {}};
  if (options.json) {
    print_line(json::rotation(stands));
  } else {
    for (const rotation::LocationSpec& spec : specs) print_line("Joined: " + visible(spec.name.text()) + ".");
    print_line("Next: " + stands.next.command);
  }
  return exit_code(rotation::Ending::ok);
}

}  // namespace

void describe_locations(Describer& front) {
  Describer locations = front.command("locations", "add: a forgotten location joins an open rotation");
  locations.wants_subcommand().examples(
      "Describe the location under the target in the config, then:\n"
      "  keybaton locations add prod/support-api          all that are new there\n"
      "  keybaton locations add prod/support-api mailer   this one");
  auto words = std::make_shared<AddWords>();
  Describer adder = locations.command("add", "take the config's new locations of the target into an open rotation");
  adder.text("rotation", words->rotation.target, "an id, a unique prefix, or ACCOUNT/USER", "ROTATION")
      .texts("names", words->names, "locations by name; none: all that are new in the config", "NAME");
  adder.runs([words](const Options& options) { return add(options, *words); });
}

}  // namespace cli
