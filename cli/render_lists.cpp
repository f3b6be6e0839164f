#include "cli/render_lists.hpp"

#include <algorithm>

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

std::string counted(std::int64_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

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

std::string keys_text(const KeysReport& report, const Style& style) {
  Table table({{"ACCOUNT/USER"}, {"KEY"}, {"STATUS"}, {"AGE"}, {"LAST USED"}, {"BY", Wrap::yes}});
  for (const KeyRow& row : report.keys) {
    table.add({{visible(row.account.text() + "/" + row.user.text())},
               {visible(row.key.id.text())},
               {std::string(word(row.key.status)), ink_of(row.key.status)},
               {rotation::about(std::max(row.seen_at - row.key.created_at, rotation::Seconds{0}))},
               {used_words(row.used, row.seen_at)},
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
