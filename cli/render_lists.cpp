#include "cli/render_lists.hpp"

#include <algorithm>
#include <array>

#include "cli/table.hpp"
#include "rotation/words.hpp"

namespace cli {
namespace {

using rotation::word;

Ink ink_of(rotation::KeyStatus status) {
  switch (status) {
    case rotation::KeyStatus::active: return Ink::green;
    case rotation::KeyStatus::inactive: return Ink::yellow;
    case rotation::KeyStatus::unusable: return Ink::red;
  }
  return Ink::plain;
}

std::string ago(rotation::Time then, rotation::Time now) {
  if (then >= now) return "just now";
  return rotation::about(now - then) + " ago";
}

std::string used_words(const std::optional<rotation::LastUsed>& used, rotation::Time now) {
  if (!used) return "not known";
  if (!used->at) return "never";
  return ago(*used->at, now);
}

std::string place_of(const rotation::LastUsed& used) {
  std::string text = visible(used.service);
  if (!used.region.empty() && used.region != "N/A") text += (text.empty() ? "" : " ") + visible(used.region);
  return text;
}

// "deactivate (back)"; the step's word alone on the way forward.
std::string step_words(const rotation::Draft& what) {
  if (!what.step) return "";
  std::string text(word(*what.step));
  if (what.direction == rotation::Direction::back) text += " (back)";
  return text;
}

// What a rotation was started with, in the words of a plan; every pin stands in `history --json`.
std::string started_words(const rotation::Draft& what) {
  const auto pin = [&](const char* key) { return rotation::get(what.detail, key).value_or(""); };
  std::string text = visible(pin("procedure"));
  for (const auto* window : {"quiet", "grace"}) {
    const auto span = rotation::get_seconds(what.detail, std::string("policy.") + window);
    if (span) text += ", " + std::string(window) + " " + rotation::about(*span);
  }
  std::string places;
  for (const auto& [key, value] : what.detail) {
    if (!key.starts_with("location.") || !key.ends_with(".name")) continue;
    places += (places.empty() ? "" : ", ") + visible(value);
  }
  return text + (places.empty() ? "" : ", locations: " + places);
}

// The details that tell a person something; the rest is for machines (--json has all of them).
std::string detail_words(const rotation::Draft& what) {
  if (what.kind == rotation::Kind::started) return started_words(what);
  static constexpr std::array skipped{"op",          "boot_ms",    "boot_id",       "seen_at",
                                      "keys_before", "hint",       "old_last_used", "new_last_used",
                                      "old_sealed",  "old_key_is", "new_key_is"};
  std::string text;
  for (const auto& [key, value] : what.detail) {
    if (std::ranges::find(skipped, key) != skipped.end() || value.empty() || value.size() > 120) continue;
    text += (text.empty() ? "" : ", ") + visible(key) + "=" + visible(value);
  }
  return text;
}

std::string op_words(const rotation::Draft& what) {
  const auto op = what.detail.find("op");
  if (op == what.detail.end()) return "";
  std::string text = visible(op->second);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string counted(std::int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void append(std::string& line, const std::string& piece) {
  if (!piece.empty()) line += (line.empty() ? "" : "  ") + piece;
}

Ink ink_of(const rotation::Draft& what) {
  if (!what.outcome) return Ink::plain;
  switch (*what.outcome) {
    case rotation::Outcome::done: return Ink::green;
    case rotation::Outcome::not_done:
    case rotation::Outcome::half_done:
    case rotation::Outcome::unknown: return Ink::yellow;
    case rotation::Outcome::refused: return Ink::red;
  }
  return Ink::plain;
}

}  // namespace

std::string history_text(const rotation::Record& record, const Style& style) {
  const rotation::Draft& what = record.what;
  const std::string target = visible(record.account.text() + "/" + record.user.text());
  std::string rest;
  append(rest, step_words(what));
  append(rest, op_words(what));
  if (what.location) append(rest, visible(what.location->text()));
  if (what.key) append(rest, visible(what.key->text()));
  if (what.outcome) append(rest, std::string(word(*what.outcome)));
  append(rest, detail_words(what));
  const std::string kind(word(what.kind));
  const std::string who = target + "  " + visible(record.actor);
  const std::string time = rotation::rfc3339(record.at);
  const std::string line = time + "  " + padded(kind, 11) + "  " + who + (rest.empty() ? "" : "  " + rest);
  if (!style.width || display_width(line) <= *style.width) {
    return style.paint(Ink::dim, time) + "  " + padded(kind, 11) + "  " + who +
           (rest.empty() ? "" : "  " + style.paint(ink_of(what), rest)) + "\n";
  }
  const bool who_fits = display_width(time + "  " + kind + "  " + who) <= *style.width;
  std::string text = style.paint(Ink::dim, time) + "  " + kind + (who_fits ? "  " + who : "") + "\n";
  if (!who_fits) text += paragraph(who, 4, style);
  return text + (rest.empty() ? "" : paragraph(rest, 4, style));
}

std::string verified_text(const Verified& result, const Style& style) {
  if (result.ok) {
    return style.paint(Ink::green, "The history is whole:") + " " + counted(result.records, "record") + " of " +
           counted(result.rotations, "rotation") + ".\nHead: " + result.head + "\n";
  }
  const std::string where = result.first_bad ? " at record " + std::to_string(*result.first_bad) : "";
  return style.paint(Ink::red, "The history is broken" + where + ":") + " " + visible(result.why) + "\n" +
         paragraph(
             "Keys: what the journal says of them cannot be trusted any more; the keys at the cloud are as they were.",
             2, style) +
         paragraph(
             "Next: keep this journal as evidence, compare it with a backup or an exported head, and look at the keys "
             "themselves with keybaton keys before anything is resumed.",
             2, style);
}

std::string keys_text(const KeysReport& report, rotation::Time now, const Style& style) {
  Table table({{"ACCOUNT/USER"}, {"KEY"}, {"STATUS"}, {"AGE"}, {"LAST USED"}, {"BY", Wrap::yes}});
  for (const KeyRow& row : report.keys) {
    table.add({{visible(row.account.text() + "/" + row.user.text())},
               {visible(row.key.id.text())},
               {std::string(word(row.key.status)), ink_of(row.key.status)},
               {rotation::about(std::max(now - row.key.created_at, rotation::Seconds{0}))},
               {used_words(row.used, now)},
               {row.used ? place_of(*row.used) : ""}});
  }
  std::string text = table.empty() ? "No access keys.\n" : table.text(style);
  for (const std::string& account : report.incomplete) {
    text += style.paint(Ink::yellow, "Incomplete:") + " " + visible(account) + " could not be read.\n";
  }
  return text;
}

std::string doctor_text(std::span<const Check> checks, const Style& style) {
  std::string text;
  std::size_t failed = 0;
  for (const Check& check : checks) {
    const std::string mark = check.ok ? (style.unicode ? "✓" : "ok") : (style.unicode ? "✗" : "NO");
    const std::string lead = padded(mark, style.unicode ? 1 : 2) + " ";
    const std::size_t indent = display_width(lead);
    std::string line =
        paragraph(visible(check.name) + (check.detail.empty() ? "" : ": " + visible(check.detail)), indent, style);
    line.replace(0, indent,
                 style.paint(check.ok ? Ink::green : Ink::red, mark) + std::string(indent - display_width(mark), ' '));
    text += line;
    if (check.ok) continue;
    ++failed;
    if (!check.hint.empty()) text += paragraph("Next: " + visible(check.hint), indent + 2, style);
  }
  const std::string count = std::to_string(failed) + " of " + std::to_string(checks.size());
  return text + (failed == 0 ? "All is well.\n" : count + (checks.size() == 1 ? " check" : " checks") + " failed.\n");
}

std::string last_used_text(const rotation::AccessKeyId& key, const rotation::LastUsed& used, rotation::Time now,
                           const Style& style) {
  std::string text = visible(key.text()) + ": ";
  if (!used.at) return paragraph(text + "no use is on record.", 0, style);
  text += "last used " + ago(*used.at, now) + " (" + rotation::rfc3339(*used.at) + ")";
  const std::string place = place_of(used);
  return paragraph(text + (place.empty() ? "" : ", by " + place) + ".", 0, style);
}

}  // namespace cli
