// status and the bare command: from the journal alone, without config, network or sealing key.
#include <map>
#include <span>

#include "cli/batch.hpp"
#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
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
  const rotation::View view = reader.view(id);
  const RotationReport shown{.view = &view, .next = rotation::next(view, house.now()), .error = {}};
  if (house.options().json) {
    print_line(json::rotation(shown));
  } else {
    print(rotation_text(shown, house.now().wall, out_style(house.options())));
  }
  return exit_code(rotation::Ending::ok);
}

// What was started together stands together, however many they are.
std::string grouped_text(std::span<const RotationReport> reports, rotation::Time now, const Style& style) {
  std::vector<RotationReport> alone;
  std::map<std::string, std::vector<RotationReport>> batches;
  for (const RotationReport& each : reports) {
    if (each.view->batch) {
      batches[each.view->batch->id].push_back(each);
    } else {
      alone.push_back(each);
    }
  }
  std::string text = alone.empty() && !batches.empty() ? "" : open_list_text(alone, now, style);
  for (const auto& [batch, all] : batches) text += batch_line(batch, all, now, style);
  return text;
}

int show_batch(House& house, const std::optional<store::JournalReader>& reader, const std::string& word) {
  const Members members = members_of(reader, word);
  std::vector<rotation::View> views;
  for (const rotation::RotationId& id : members.rotations) views.push_back(reader->view(id));
  std::vector<RotationReport> shown;
  for (const rotation::View& view : views) {
    shown.push_back({.view = &view, .next = rotation::next(view, house.now()), .error = {}});
  }
  if (house.options().json) {
    print_line(batch_json(members.batch, shown));
  } else {
    print(batch_text(members.batch, shown, house.now().wall, out_style(house.options())));
  }
  return exit_code(rotation::Ending::ok);
}

int show_list(House& house, const std::optional<store::JournalReader>& reader, store::Which which) {
  std::vector<rotation::View> views;
  if (reader) {
    for (const rotation::Summary& each : reader->rotations(which)) views.push_back(reader->view(each.id));
  }
  std::vector<RotationReport> shown;
  for (const rotation::View& view : views) {
    shown.push_back({.view = &view, .next = rotation::next(view, house.now()), .error = {}});
  }
  if (house.options().json) {
    print_line(json::rotations(shown));
  } else if (!reader) {
    print(std::string(which == store::Which::open ? "No rotation is open" : "No rotation was ever started here") +
          ": there is no journal yet.\n");
  } else if (which == store::Which::open) {
    print(grouped_text(shown, house.now().wall, out_style(house.options())));
  } else {
    print(rotations_table(shown, out_style(house.options())));
  }
  return exit_code(rotation::Ending::ok);
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
