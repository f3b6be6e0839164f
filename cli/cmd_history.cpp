// history, history verify, history export: what was done, by whom, and whether anybody has touched the record of it.
#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/compose.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"
#include "cli/version.hpp"
#include "store/history.hpp"

namespace cli {
namespace {

struct HistoryWords {
  std::optional<std::string> rotation, account, user, key, actor, kind, step, location, since, until, text;
  int limit = 50;
  bool reverse = false;
  std::optional<std::string> head;
};

// RFC 3339, a date (its midnight, UTC), or a duration ago.
std::optional<rotation::Time> moment(const std::string& option, const std::optional<std::string>& text,
                                     rotation::Time now) {
  if (!text) return std::nullopt;
  if (const auto ago = rotation::parse_duration(*text)) return now - *ago;
  if (const auto exact = rotation::parse_rfc3339(*text)) return exact;
  if (text->size() == 10) {
    if (const auto midnight = rotation::parse_rfc3339(*text + "T00:00:00Z")) return midnight;
  }
  throw usage(option + " is no time: \"" + *text + "\".",
              "write 2026-01-02T03:04:05Z, 2026-01-02, or 30d for 30 days ago");
}

template <class E>
std::optional<E> enumerator(const std::string& option, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  if (const auto value = rotation::parse_word<E>(*text)) return value;
  std::string known;
  for (const std::string_view word : rotation::Words<E>::all) known += (known.empty() ? "" : ", ") + std::string(word);
  throw usage(option + " knows no \"" + *text + "\".", "use one of " + known);
}

template <class N>
std::optional<N> named(const std::optional<std::string>& text) {
  return text ? std::optional{N{*text}} : std::nullopt;
}

store::HistoryFilter filter_of(const HistoryWords& words, const store::JournalReader& reader, rotation::Time now) {
  store::HistoryFilter filter;
  if (words.rotation) filter.rotation = reader.resolve(*words.rotation);
  filter.account = named<rotation::AccountName>(words.account);
  filter.user = named<rotation::UserName>(words.user);
  filter.key = named<rotation::AccessKeyId>(words.key);
  filter.actor = words.actor;
  filter.kind = enumerator<rotation::Kind>("--kind", words.kind);
  filter.step = enumerator<rotation::Step>("--step", words.step);
  filter.location = named<rotation::LocationName>(words.location);
  filter.since = moment("--since", words.since, now);
  filter.until = moment("--until", words.until, now);
  filter.text = words.text;
  filter.limit = static_cast<std::size_t>(words.limit);
  filter.reverse = words.reverse;
  return filter;
}

int history(const Options& options, const HistoryWords& words) {
  House house{options};
  const auto reader = house.reader();
  if (!reader) {
    if (!options.json) warn("There is no journal yet: nothing has been done.\n");
    return exit_code(rotation::Ending::ok);
  }
  const Style style = out_style(options);
  store::history(*reader, filter_of(words, *reader, house.now().wall), [&](const rotation::Record& record) {
    if (options.json) {
      print_line(json::history_line(record));
    } else {
      print(history_text(record, style));
    }
  });
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

int export_all(const Options& options) {
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

void describe_filters(Describer& command, HistoryWords& words) {
  command.text("--rotation", words.rotation, "an id, or a unique prefix of one", "ROTATION")
      .text("--account", words.account, "of this account", "NAME")
      .text("--user", words.user, "of this user", "NAME")
      .text("--key", words.key, "about this access key", "KEY_ID")
      .text("--actor", words.actor, "by this person, such as ann@ops1", "NAME")
      .text("--kind", words.kind, "started, intent, outcome, observation, decision or note", "KIND")
      .text("--step", words.step, "create, deploy, verify, deactivate or delete", "STEP")
      .text("--location", words.location, "about this location", "NAME")
      .text("--since", words.since, "from this time on: RFC 3339, a date, or 30d ago", "TIME")
      .text("--until", words.until, "before this time", "TIME")
      .text("--text", words.text, "with this text in any name or detail", "TEXT")
      .number("--limit", words.limit, "the newest N (default 50, 0: all)")
      .flag("--reverse", words.reverse, "newest first");
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
      .runs([](const Options& options) { return export_all(options); });
}

}  // namespace cli
