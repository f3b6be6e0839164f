// history, history verify, history export: what was done, by whom, and whether anybody has touched the record of it.
#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/history_words.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/render_history.hpp"
#include "cli/render_lists.hpp"
#include "cli/version.hpp"
#include "store/history.hpp"

namespace cli {
namespace {

// For people: one more than is shown is looked for, so that what is left out is said.
void show(const store::JournalReader& reader, store::HistoryFilter filter, const Style& style) {
  const std::size_t limit = filter.limit;
  if (limit > 0) ++filter.limit;
  std::vector<rotation::Record> found;
  bool any = false;
  store::history(reader, filter, [&](const rotation::Record& record) {
    any = true;
    limit > 0 ? found.push_back(record) : print(history_text(record, style));
  });
  const bool cut = limit > 0 && found.size() > limit;
  if (cut) found.erase(filter.reverse ? found.end() - 1 : found.begin());
  for (const rotation::Record& record : found) print(history_text(record, style));
  if (!any) warn("No record fits.\n");
  if (cut) warn("Older ones are left out; --limit 0 shows all.\n");
}

int history(const Options& options, const HistoryWords& words) {
  House house{options};
  const auto reader = house.reader();
  house.warn_of_missing_journal(reader);
  if (!reader) {
    if (!options.json) warn("There is no journal yet: nothing has been done.\n");
    return exit_code(rotation::Ending::ok);
  }
  const store::HistoryFilter filter = filter_of(house, words, reader);
  if (options.json) {
    store::history(*reader, filter, [](const rotation::Record& record) { print_line(json::history_line(record)); });
  } else {
    show(*reader, filter, out_style(options));
  }
  return exit_code(rotation::Ending::ok);
}

[[noreturn]] void no_journal(const House& house) {
  throw usage("There is no journal at " + house.journal_path().string() + ".", "name another with --journal PATH");
}

// A slip of the hand must not read as tampering, nor a head that says nothing as a proof.
std::optional<std::string> checked_head(const std::optional<std::string>& given, std::int64_t records) {
  if (!given) return std::nullopt;
  std::string head = *given;
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
  if (head.size() != 64 || head.find_first_not_of("0123456789abcdef") != std::string::npos) {
    throw usage("--head is no head: \"" + visible(*given) + "\".",
                "take the 64 hex digits from the last line of keybaton history export");
  }
  if (head.find_first_not_of('0') == std::string::npos && records > 0) {
    throw usage("--head is the head of an empty journal: every journal grew from it, so it proves nothing.",
                "take a later one from the last line of keybaton history export");
  }
  return head;
}

int verify(const Options& options, const HistoryWords& words) {
  refuse_filters("verify", words);
  House house{options};
  const auto reader = house.reader();
  if (!reader && !words.head) no_journal(house);
  const auto head = checked_head(words.head, reader ? store::head(*reader).records : 1);
  // Whoever names a head had a journal: one that is gone or emptied since is the shortest of cut tails.
  const store::Verified found =
      reader ? store::verify(*reader, head)
             : store::Verified{.why = "there is no journal at " + house.journal_path().string() +
                                      ", or an empty one: the records up to the expected head are gone"};
  const Verified shown{.ok = found.ok,
                       .records = found.records,
                       .rotations = found.rotations,
                       .head = found.head,
                       .first_bad = found.first_bad > 0 ? std::optional{found.first_bad} : std::nullopt,
                       .why = found.why};
  if (options.json) {
    print_line(json::verified(shown));
  } else {
    print(verified_text(shown, out_style(options)));
  }
  return exit_code(found.ok ? rotation::Ending::ok : rotation::Ending::tampered);
}

int export_all(const Options& options, const HistoryWords& words) {
  refuse_filters("export", words);
  House house{options};
  const auto reader = house.reader();
  if (!reader) no_journal(house);
  print_line(nlohmann::ordered_json{
      {"format", "keybaton-history/1"}, {"exported_at", rotation::rfc3339(house.now().wall)}, {"keybaton", version}}
                 .dump());
  const store::Head head =
      store::export_records(*reader, [](const rotation::Record& record) { print_line(json::history_line(record)); });
  print_line(nlohmann::ordered_json{{"head", head.hash}, {"records", head.records}}.dump());
  return exit_code(rotation::Ending::ok);
}

}  // namespace

void describe_history(Describer& front) {
  auto words = std::make_shared<HistoryWords>();
  Describer command = front.command("history", "who did what, and when; verify and export");
  describe_filters(command, *words);
  command.examples(
      "  keybaton history --since 30d\n"
      "  keybaton history --key AKIA… --json\n"
      "  keybaton history verify --head 3f0a…   against a head that was exported before\n"
      "  keybaton history export > audit.jsonl");
  command.runs([words](const Options& options) { return history(options, *words); });
  Describer verifier = command.command("verify", "check the chain, the projection and the schema; exit 10 if broken");
  verifier.text("--head", words->head, "a head that was exported before must stand in the chain", "HASH");
  verifier.runs([words](const Options& options) { return verify(options, *words); });
  command.command("export", "every record as JSON Lines, with the head at the end, for an anchor elsewhere")
      .runs([words](const Options& options) { return export_all(options, *words); });
}

}  // namespace cli
