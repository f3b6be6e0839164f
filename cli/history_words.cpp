#include "cli/history_words.hpp"

#include "cli/named.hpp"

namespace cli {
namespace {

constexpr int usual_limit = 50;

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

}  // namespace

store::HistoryFilter filter_of(House& house, const HistoryWords& words,
                               const std::optional<store::JournalReader>& reader) {
  const rotation::Time now = house.now().wall;
  store::HistoryFilter filter;
  if (words.rotation) {
    filter.rotation = named_rotation(house, reader, {.target = *words.rotation, .profile = {}});
  }
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
  filter.limit = static_cast<std::size_t>(words.limit < 0 ? usual_limit : words.limit);
  filter.reverse = words.reverse;
  return filter;
}

// A chain is whole or it is not: an answer about a part of it would be taken for one about all.
void refuse_filters(const std::string& command, const HistoryWords& words) {
  bool any = words.limit >= 0 || words.reverse;
  for (const auto* each : {&words.rotation, &words.account, &words.user, &words.key, &words.actor, &words.kind,
                           &words.step, &words.location, &words.since, &words.until, &words.text}) {
    any = any || each->has_value();
  }
  if (!any) return;
  throw usage("history " + command + " takes every record; it goes with no filter.", "keybaton history " + command);
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

}  // namespace cli
