// reveal and confirm: what a person needs for a place that only a person can write, and what he says of it afterwards.
// From the journal and the sealing key alone: no cloud is called, no lease is taken.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/named.hpp"
#include "cli/output.hpp"
#include "cli/secret_place.hpp"
#include "rotation/by_hand.hpp"

namespace cli {
namespace {

struct HandWords {
  TargetWords rotation;
  std::string location;
  std::string note;
  std::optional<std::string> secret_file;
};
using Words = std::shared_ptr<HandWords>;

struct Opened {
  store::JournalStore store;
  std::unique_ptr<rotation::Journal> journal;
};

Opened open_rotation(House& house, const HandWords& words) {
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  const rotation::RotationId id = named_rotation(house, reader, words.rotation);
  Opened opened{.store = house.store(), .journal = nullptr};
  opened.journal = opened.store.open(id, house.actor());
  return opened;
}

template <class T>
T valid(std::variant<T, rotation::Problem> found) {
  if (auto* problem = std::get_if<rotation::Problem>(&found)) {
    throw rotation::Trouble(rotation::Ending::needs_operator, std::move(*problem));
  }
  return std::get<T>(std::move(found));
}

rotation::Secret unsealed(Opened& opened, const std::string& purpose) {
  rotation::Journal& journal = *opened.journal;
  const rotation::View& view = journal.view();
  const auto wrapped = journal.wrapped_key();
  const auto sealed = journal.sealed(purpose);
  store::FileSealer sealer{sealing_key(view.connection), [] { return true; }};
  std::optional<rotation::Secret> secret;
  if (wrapped && sealed) secret = sealer.unseal(*wrapped, view.id, view.target.account, *sealed);
  if (secret) return *std::move(secret);
  throw rotation::SealingTrouble({.message = "The sealed secret cannot be opened.",
                                  .keys = rotation::keys_now(view),
                                  .hint = "bring the right sealing key back, then run the same command again"});
}

int reveal(const Options& options, const HandWords& words) {
  std::filesystem::path path;
  if (words.secret_file) path = secret_path(*words.secret_file);
  House house{options};
  Opened opened = open_rotation(house, words);
  rotation::Revelation shown =
      valid(rotation::reveal(opened.journal->view(), rotation::LocationName{words.location}, house.now()));
  const auto place = words.secret_file ? secret_file(path) : secret_terminal();
  try {
    const rotation::Secret secret = unsealed(opened, shown.purpose);
    opened.journal->append(std::move(shown.draft));  // before anybody sees it
    place->keep(secret);
  } catch (...) {
    place->discard();
    throw;
  }
  const std::string confirm = "keybaton confirm " + rotation::quoted(words.rotation.target) + " " +
                              rotation::quoted(words.location) + " --note TEXT";
  if (options.json) {
    print_line(nlohmann::ordered_json{
        {"key", shown.key.text()},
        {"location", words.location},
        {"secret_file", path.empty() ? nlohmann::json{} : nlohmann::json(path.string())},
        {"command",
         confirm}}.dump());
  } else {
    print_line("The key for " + visible(words.location) + " is " + shown.key.text() +
               (path.empty() ? "." : "; its secret is in " + visible(path.string()) + "."));
    print_line("Once it is there: " + confirm);
  }
  return exit_code(rotation::Ending::ok);
}

int confirm(const Options& options, const HandWords& words) {
  House house{options};
  Opened opened = open_rotation(house, words);
  rotation::Journal& journal = *opened.journal;
  journal.append(
      valid(rotation::confirm(journal.view(), rotation::LocationName{words.location}, words.note, house.now())));
  const RotationReport stands{
      .view = &journal.view(), .next = rotation::next(journal.view(), house.now()), .error = {}};
  if (options.json) {
    print_line(json::rotation(stands));
  } else {
    const auto& holds = journal.view().find(rotation::LocationName{words.location})->holds;
    print_line("Recorded: " + visible(words.location) + " holds " + holds->text() + ".");
    print_line("Next: " + stands.next.command);
  }
  return exit_code(rotation::Ending::ok);
}

Describer& of_location(Describer& command, const Words& words) {
  return command.text("rotation", words->rotation.target, "an id, a unique prefix, or ACCOUNT/USER", "ROTATION")
      .text("location", words->location, "the manual location", "LOCATION");
}

}  // namespace

void describe_by_hand(Describer& front) {
  auto shown = std::make_shared<HandWords>();
  Describer revealer = front.command("reveal", "the pair for a manual location, to a terminal or a 0600 file");
  of_location(revealer, shown)
      .text("--secret-file", shown->secret_file, "a new file, 0600, instead of the terminal", "PATH")
      .examples(
          "  keybaton reveal prod/support-api fastly\n"
          "  keybaton reveal prod/support-api fastly --secret-file fastly.secret\n"
          "As often as needed while the rotation is open; each time is recorded.");
  revealer.runs([shown](const Options& options) { return reveal(options, *shown); });
  auto said = std::make_shared<HandWords>();
  Describer confirmer = front.command("confirm", "a manual location was updated by hand");
  of_location(confirmer, said)
      .required_text("--note", said->note, "what was done, for the journal", "TEXT")
      .examples("  keybaton confirm prod/support-api fastly --note \"version 12 activated, ticket 4711\"");
  confirmer.runs([said](const Options& options) { return confirm(options, *said); });
}

}  // namespace cli
