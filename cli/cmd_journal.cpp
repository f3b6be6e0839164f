// journal backup: a consistent copy of the live journal.
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/output.hpp"
#include "platform/files.hpp"

namespace cli {
namespace {

int backup(const Options& options, const std::string& to) {
  House house{options};
  if (!house.reader()) {
    throw usage("There is no journal at " + house.journal_path().string() + " to copy.",
                "name another with --journal PATH");
  }
  const auto path = std::filesystem::absolute(platform::expand_home(to)).lexically_normal();
  if (std::error_code unknown; !std::filesystem::is_directory(path.parent_path(), unknown)) {
    throw usage("There is no directory " + path.parent_path().string() + " to copy the journal into.",
                "make it, or name another place: keybaton journal backup PATH");
  }
  store::JournalStore store = house.store();
  store.backup(path);
  if (options.json) {
    print_line(nlohmann::ordered_json{{"backup", path.string()}}.dump());
  } else {
    print_line("The journal was copied to " + visible(path.string()) +
               ".\nKeep the sealing key apart from it: together they open the sealed secrets of open rotations.");
  }
  return exit_code(rotation::Ending::ok);
}

}  // namespace

void describe_journal(Describer& front) {
  Describer journal = front.command("journal", "the journal file itself: backup");
  journal.wants_subcommand();
  auto to = std::make_shared<std::string>();
  Describer command = journal.command("backup", "copy the live journal, 0600, to a file that is not there yet");
  command.required_text("path", *to, "where to", "PATH").examples("  keybaton journal backup /backup/journal-today.db");
  command.runs([to](const Options& options) { return backup(options, *to); });
}

}  // namespace cli
