// status and the bare command: from the journal alone, without config, network or sealing key.
#include <map>
#include <span>

#include "cli/alone.hpp"
#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/render_rotation.hpp"

namespace cli {
namespace {

struct StatusWords {
  std::string rotation;
  std::optional<std::string> profile;
  bool all = false;
};

int show_one(House& house, const store::JournalReader& reader, const rotation::RotationId& id) {
  return report(house, as_it_stands(house, reader, id));
}

int show_batch(House& house, const std::optional<store::JournalReader>& reader, const std::string& word) {
  const Members members = members_of(reader, word);
  std::vector<Driven> all;
  for (const rotation::RotationId& id : members.rotations) all.push_back(as_it_stands(house, *reader, id));
  add_unreadable(house, *reader, members, all);
  return report_batch(house, members.batch, all);
}

int show_list(House& house, const std::optional<store::JournalReader>& reader, store::Which which) {
  std::vector<Driven> all;
  std::vector<rotation::Ending> endings;
  if (reader) {
    for (const rotation::Summary& each : reader->rotations(which)) {
      all.push_back(as_it_stands(house, *reader, each.id));
      endings.push_back(all.back().ending());
    }
  }
  const std::vector<RotationReport> shown = reports_of(all, house.now());
  if (house.options().json) {
    print_line(json::rotations(shown));
  } else if (!reader) {
    print(std::string(which == store::Which::open ? "No rotation is open" : "No rotation was ever started here") +
          ": there is no journal yet.\n");
  } else if (which == store::Which::open) {
    print(shown.empty() ? "No rotation is open.\n" : grouped_text(shown, house.now().wall, out_style(house.options())));
  } else {
    print(rotations_table(shown, out_style(house.options())));
  }
  if (!house.options().json) warn_of_failures(house.options(), all);
  return exit_code(together(endings));
}

int status(const Options& options, const StatusWords& words) {
  House house{options};
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  const bool one = !words.rotation.empty() || words.profile;
  if (!one) return show_list(house, reader, words.all ? store::Which::all : store::Which::open);
  if (words.all) throw usage("--all lists every rotation; it goes with no ROTATION.", "keybaton status --all");
  if (names_batch(words.rotation)) return show_batch(house, reader, words.rotation);
  const rotation::RotationId id = named_rotation(house, reader, {.target = words.rotation, .profile = words.profile});
  return show_one(house, *reader, id);
}

}  // namespace

void describe_status(Describer& front) {
  auto words = std::make_shared<StatusWords>();
  Describer command = front.command("status", "open rotations, or one in detail: from the journal alone, no call");
  command.text("rotation", words->rotation, "an id, a unique prefix of one, ACCOUNT/USER, or a batch", "ROTATION")
      .text("--profile", words->profile, "the rotation of this profile's key", "NAME")
      .flag("--all", words->all, "closed rotations too")
      .examples(
          "  keybaton status                    what is open\n"
          "  keybaton status prod/support-api   steps, locations, evidence, what comes next and when\n"
          "  keybaton status --all --json");
  command.runs([words](const Options& options) { return status(options, *words); });
}

void describe_front(Describer& front) {
  front.runs([](const Options& options) {
    House house{options};
    const auto reader = house.reader();
    house.warn_of_missing_journal(reader);
    return show_list(house, reader, store::Which::open);
  });
}

}  // namespace cli
