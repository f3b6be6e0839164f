#include <algorithm>

#include "cli/render_rotation.hpp"
#include "cli/table.hpp"
#include "rotation/words.hpp"

namespace cli {
namespace {

using rotation::word;

std::string needs_words(const rotation::Row& row, const rotation::Start& start) {
  std::string text;
  for (const rotation::Need need : needs_of(row, start)) {
    std::string piece(word(need));
    if (need == rotation::Need::wait) piece = "wait " + rotation::about(wait_of(row, start));
    text += (text.empty() ? "" : ", ") + piece;
  }
  return text.empty() ? "-" : text;
}

Cell undo_cell(const rotation::Row& row, const rotation::ProviderFacts& provider) {
  const rotation::Undo undo = undo_of(row, provider.bin());
  std::string text(word(undo));
  if (undo == rotation::Undo::undelete_old_key) text += ", for " + rotation::about(provider.undelete_for);
  return {std::move(text), undo == rotation::Undo::impossible ? Ink::yellow : Ink::plain};
}

std::string steps_text(const rotation::Start& start, const Style& style) {
  Table table({{"STEP"}, {"NEEDS"}, {"AFTERWARDS", Wrap::yes}, {"UNDO", Wrap::yes}});
  for (const rotation::Row& row : rotation::steps_of(start.procedure)) {
    if (start.adopted && row.step == rotation::Step::create) continue;  // somebody has made it
    const bool alone = start.procedure == rotation::Procedure::retire && row.step == rotation::Step::verify;
    table.add({{std::string(word(row.step))},
               {needs_words(row, start)},
               {alone ? "the key is quiet" : std::string(row.after)},
               undo_cell(row, start.provider)});
  }
  return table.text(style, 2);
}

// What a rollback can still do after the delete.
std::string late_words(const rotation::Start& start) {
  if (!start.provider.undeletes()) return "";
  const rotation::Seconds kept = std::min(start.policy.late_undo, start.provider.undelete_for);
  const std::string text = " For " + rotation::about(start.provider.undelete_for) +
                           " after it, a rollback still brings the old key back from the recycle bin";
  if (start.procedure == rotation::Procedure::retire) return text + ".";
  if (kept == rotation::Seconds{0}) return text + "; the locations would stay as they are (policy: late_undo).";
  return text + ", and for " + rotation::about(kept) + " the locations too.";
}

std::string locations_text(const rotation::Prospect& prospect, const Style& style) {
  if (prospect.locations.empty()) return "";
  Table table({{"LOCATION"}, {"TYPE", Wrap::yes}, {"HOLDS"}, {"CAN BE PUT BACK"}});
  for (const rotation::SurveyedLocation& location : prospect.locations) {
    table.add({{visible(location.spec.name.text())},
               {visible(location.spec.type) + (location.spec.optional ? " (optional)" : "")},
               {location.holds ? visible(location.holds->text()) : "nothing"},
               {location.restorable ? "yes" : "no", location.restorable ? Ink::plain : Ink::yellow}});
  }
  return "\n" + table.text(style, 2);
}

}  // namespace

std::string plan_text(const rotation::Prospect& prospect, const Style& style) {
  const rotation::Start& start = prospect.start;
  const std::string target = visible(start.target.account.text() + "/" + start.target.user.text());
  std::string text = style.paint(Ink::bold, "Plan: " + std::string(word(start.procedure)) + " " + target) + "\n";
  text += "  account  " + visible(start.target.provider + " " + start.target.account_id.text()) + "\n";
  text += (start.adopted ? "  old key  " : "  key      ") + visible(start.old_key.text());
  if (start.idle_at_start) text += ", unused for " + rotation::about(*start.idle_at_start);
  if (start.adopted) text += "\n  new key  " + visible(start.adopted->text()) + ", its secret proven by a call";
  text += "\n  caller   " + visible(prospect.caller.text()) + "\n\n";
  text += steps_text(start, style) + locations_text(prospect, style) + "\n";
  text += paragraph(
      fully_restorable(prospect)
          ? std::string("Rollback: full. Until the delete, one command brings the old key and every location "
                        "back.") +
                late_words(start)
          : std::string("Rollback: reactivate only. The old key comes back, but a location that cannot be put back "
                        "has to be set by hand.") +
                late_words(start),
      0, style);
  for (const std::string& warning : prospect.warnings) {
    std::string line = paragraph("Warning: " + visible(warning), 0, style);
    text += line.replace(0, 8, style.paint(Ink::yellow, "Warning:"));
  }
  return text;
}

}  // namespace cli
