#include "cli/render_history.hpp"

#include <algorithm>
#include <array>

#include "rotation/words.hpp"

namespace cli {
namespace {

using rotation::word;

constexpr std::size_t longest_detail = 400;  // columns; --json has all of it

std::string shown(const std::string& value, const Style& style) {
  return cut(visible(value), longest_detail, style.unicode);
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
  if (const std::string batch = pin("batch"); !batch.empty()) text += ", batch " + visible(batch);
  return text + (places.empty() ? "" : ", locations: " + places);
}

// For machines only.
constexpr std::array skipped{
    "op",        "what",          "boot_ms",       "boot_id",    "seen_at",       "keys_before",
    "hint",      "old_last_used", "new_last_used", "old_sealed", "old_sealed_of", "old_key_is",
    "new_key_is"};

std::string other_words(const rotation::Draft& what, const Style& style) {
  std::string text;
  for (const auto& [key, value] : what.detail) {
    if (std::ranges::find(skipped, key) != skipped.end() || value.empty()) continue;
    text += (text.empty() ? "" : ", ") + visible(key) + "=" + shown(value, style);
  }
  return text;
}

std::string sample_words(const rotation::Draft& what, const Style& style) {
  const auto said = [&](const char* key) { return shown(rotation::get(what.detail, key).value_or(""), style); };
  std::string text = "could not be read";
  if (said("known") != "no") text = said("last_used").empty() ? "no use on record" : "last used " + said("last_used");
  if (!said("service").empty()) text += " by " + said("service");
  if (const std::string region = said("region"); !region.empty() && region != "N/A") text += " in " + region;
  return text + (said("verdict").empty() ? "" : ", verdict: " + said("verdict"));
}

// What an observation, a decision or a note says; empty for one of a kind that has no words here.
std::string said_words(const rotation::Draft& what, const Style& style) {
  const std::string about = rotation::get(what.detail, "what").value_or("");
  const auto with = [&](std::string text, const char* key) {
    const std::string value = rotation::get(what.detail, key).value_or("");
    return value.empty() ? text : std::move(text) + ": " + shown(value, style);
  };
  if (about == "consent") return with("agreed", "to");
  if (about == "consent_batch") return with("agreed for all of the batch", "steps");
  if (about == "consent_withdrawn") return "the config agrees to it no longer";
  if (about == "consent_renewed") return "the config agrees to it again";
  if (about == "warned") return with("told its owner", "owner");
  if (about == "override") return with("overrode", "reason");
  if (about == "accept") return with("accepted", "word");
  if (about == "waive") return "waived";
  if (about == "confirm") return with("confirmed by hand", "note");
  if (about == "reveal") return "the pair was shown";
  if (about == "add_location") return with("joined", "type");
  if (about == "rollback") return with("turned back", "reason");
  if (about == "reason") return with("reason", "reason");
  if (about == "ignore_use") return with("this use is passed over", "last_used");
  if (about == "probe") return "the new key signs";
  if (about == "attention") return with("stopped", "message");
  if (about == "attention_over") return "the stop is over";
  if (about == "alarm_over") return "the alarm is over";
  if (about == "old_key_back") return "somebody has brought it back from the recycle bin";
  if (about == "late_undo_over") return "the time for a late undo is over: the sealed old values were shredded";
  if (about == "job_added") return with("job added", "job") + with(" runs", "line");
  if (about == "job_removed") return with("job removed", "job");
  if (about == "job_ran") return with("job ran", "job") + with(", ended as", "ending");
  if (about == "foreign") return "somebody else's key";
  if (about == "restored") return "every location holds the old key again";
  if (about == "location") return with("seen", "location_state");
  if (about == "last_used") return sample_words(what, style);
  return {};
}

// The details that tell a person something.
std::string detail_words(const rotation::Draft& what, const Style& style) {
  if (what.kind == rotation::Kind::started) return started_words(what);
  std::string said = said_words(what, style);
  return said.empty() ? other_words(what, style) : said;
}

// Left out where it would say the step once more: "deactivate", not "deactivate  deactivate key".
std::string op_words(const rotation::Draft& what) {
  const auto op = what.detail.find("op");
  if (op == what.detail.end()) return "";
  std::string text = visible(op->second);
  std::replace(text.begin(), text.end(), '_', ' ');
  return what.step && text == std::string(word(*what.step)) + " key" ? "" : text;
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
  // What is of no account, such as a job, has no target.
  const std::string target = record.account.empty() ? "-" : visible(record.account.text() + "/" + record.user.text());
  std::string rest;
  append(rest, step_words(what));
  append(rest, op_words(what));
  if (what.location) append(rest, visible(what.location->text()));
  if (what.key) append(rest, visible(what.key->text()));
  if (what.outcome) append(rest, std::string(word(*what.outcome)));
  append(rest, detail_words(what, style));
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

}  // namespace cli
