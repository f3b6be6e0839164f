#include "cli/render_rotation.hpp"

#include <algorithm>
#include <map>

#include "cli/render_roll.hpp"
#include "cli/table.hpp"
#include "rotation/drift.hpp"
#include "rotation/stops.hpp"
#include "rotation/words.hpp"

namespace cli {
namespace {

using rotation::Row;
using rotation::View;
using rotation::word;

enum class Progress { done, here, undoing, ahead };

// How many rows hold in this state; of a closed rotation none or all.
std::size_t rows_held(const View& view) {
  const auto rows = rotation::steps_of(view.procedure);
  const Row* held = rotation::held_row(view.procedure, view.state);
  return held == nullptr ? 0 : static_cast<std::size_t>(held - rows.data()) + 1;
}

Progress progress_of(const View& view, std::size_t row) {
  const std::size_t held = rows_held(view);
  if (view.direction == rotation::Direction::back && view.open()) {
    if (row + 1 == held) return Progress::undoing;
    return row < held ? Progress::done : Progress::ahead;
  }
  if (row < held) return Progress::done;
  return row == held && view.open() ? Progress::here : Progress::ahead;
}

struct Mark {
  std::string_view unicode, ascii;
  Ink ink;
};

Mark mark_of(Progress progress) {
  switch (progress) {
    case Progress::done: return {"✓", "x", Ink::green};
    case Progress::here: return {"▶", ">", Ink::bold};
    case Progress::undoing: return {"◀", "<", Ink::yellow};
    case Progress::ahead: return {"·", ".", Ink::dim};
  }
  return {"·", ".", Ink::dim};
}

std::string after_words(const View& view, const Row& row) {
  const bool alone = view.procedure == rotation::Procedure::retire && row.step == rotation::Step::verify;
  return alone ? "the key is quiet" : std::string(row.after);
}

std::string steps_text(const View& view, const Style& style) {
  Table table({{""}, {""}, {"", Wrap::yes}});
  const auto rows = rotation::steps_of(view.procedure);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Progress progress = progress_of(view, i);
    const Mark mark = mark_of(progress);
    const bool lit = progress == Progress::here || progress == Progress::undoing;
    std::string text = after_words(view, rows[i]);
    if (progress == Progress::undoing) {
      const rotation::Undo undo = undo_of(rows[i], view.provider.bin());
      text = undo == rotation::Undo::nothing ? "nothing to undo" : "undo: " + std::string(word(undo));
    }
    table.add({{std::string(style.unicode ? mark.unicode : mark.ascii), mark.ink},
               {std::string(word(rows[i].step)), lit ? mark.ink : Ink::plain},
               {std::move(text), progress == Progress::ahead ? Ink::dim : Ink::plain}});
  }
  return table.text(style, 2);
}

Cell holds_cell(const View& view, const rotation::LocationView& location) {
  if (!location.holds) return {"not known"};
  const rotation::AccessKeyId& key = *location.holds;
  const rotation::Drift drift = drift_of(view, location);
  std::string text = visible(key.text()) + (key == view.old_key   ? " (old"
                                            : key == view.new_key ? " (new"
                                                                  : " (another");
  if (drift == rotation::Drift::retired) text += ", retired";
  return {text + ")", drift == rotation::Drift::none ? Ink::plain : Ink::red};
}

// "location hook holds AKIA…, which is retired": what a list has to say beside the state.
std::string drift_words(const View& view) {
  std::string text;
  for (const rotation::LocationView& location : view.locations) {
    const rotation::Drift drift = drift_of(view, location);
    if (drift == rotation::Drift::none) continue;
    text += (text.empty() ? "" : "; ") + ("location " + visible(location.spec.name.text())) + " was last seen with " +
            visible(location.holds->text()) +
            (drift == rotation::Drift::retired ? ", which is retired" : ", no key of this rotation");
  }
  return text;
}

Ink ink_of(rotation::LocationState state) {
  switch (state) {
    case rotation::LocationState::written:
    case rotation::LocationState::confirmed: return Ink::green;
    case rotation::LocationState::failed: return Ink::red;
    case rotation::LocationState::manual:
    case rotation::LocationState::proposed:
    case rotation::LocationState::restored:
    case rotation::LocationState::waived: return Ink::yellow;
    case rotation::LocationState::pending: return Ink::plain;
  }
  return Ink::plain;
}

// A retire writes nowhere: it looks whether somebody still needs the key.
std::string watched_text(const View& view, const Style& style) {
  std::string names;
  for (const rotation::LocationView& location : view.locations) {
    names += (names.empty() ? "" : ", ") + visible(location.spec.name.text());
    if (location.holds == view.old_key) names += " (holds it)";
    if (location.state == rotation::LocationState::waived) names += " (waived)";
  }
  return "\n" + paragraph("watched, so that nobody still needs the key: " + names, 2, style);
}

std::string locations_text(const View& view, const Style& style) {
  if (view.locations.empty()) return "";
  if (view.procedure == rotation::Procedure::retire) return watched_text(view, style);
  Table table({{"LOCATION"}, {"TYPE", Wrap::yes}, {"STATE"}, {"HOLDS"}});
  for (const rotation::LocationView& location : view.locations) {
    const std::string optional = location.spec.optional ? " (optional)" : "";
    table.add({{visible(location.spec.name.text())},
               {visible(location.spec.type) + optional},
               {std::string(word(location.state)), ink_of(location.state)},
               holds_cell(view, location)});
  }
  return "\n" + table.text(style, 2);
}

std::string sample_words(const rotation::Sample& sample, rotation::Time now) {
  const std::string seen =
      ", seen " + (now > sample.seen.wall ? rotation::about(now - sample.seen.wall) + " ago" : "now");
  if (!sample.known) return "could not be read" + seen;
  if (!sample.used.at) return "no use on record" + seen;
  std::string text = "last used " + rotation::rfc3339(*sample.used.at);
  if (!sample.used.service.empty()) text += " by " + visible(sample.used.service);
  if (!sample.used.region.empty() && sample.used.region != "N/A") text += " in " + visible(sample.used.region);
  if (!sample.used_by.empty()) text += " (" + visible(sample.used_by) + ")";
  return text + seen;
}

std::string evidence_text(const View& view, rotation::Time now, const Style& style) {
  std::string text;
  const auto latest = [&](const rotation::AccessKeyId& key, const char* name) {
    const auto found = std::find_if(view.samples.rbegin(), view.samples.rend(),
                                    [&](const rotation::Sample& sample) { return sample.key == key; });
    if (found != view.samples.rend()) text += paragraph(std::string(name) + ": " + sample_words(*found, now), 2, style);
  };
  latest(view.old_key, view.procedure == rotation::Procedure::retire ? "key" : "old key");
  if (view.new_key) latest(*view.new_key, "new key");
  if (view.verdict) text += paragraph("verdict: " + std::string(word(*view.verdict)), 2, style);
  if (view.override_reason) text += paragraph("override: " + visible(*view.override_reason), 2, style);
  const std::string roll = view.open() ? roll_text(view, style) : "";
  if (!roll.empty()) text += (text.empty() ? "" : "\n") + roll;
  return text.empty() ? "" : "\n" + text;
}

std::string attention_text(const rotation::Attention& attention, const Style& style) {
  const std::string label = "Look: ";
  std::string text = paragraph(label + visible(attention.message), 2, style);
  text.replace(2, label.size(), style.paint(Ink::yellow, label));
  text += "  Next: " + style.paint(Ink::bold, visible(attention.hint)) + "\n";
  for (const std::string& accept : attention.accept)
    text += "  Accepts: --accept " + visible(rotation::quoted(accept)) + "\n";
  return "\n" + text;
}

std::string pending_text(const rotation::Pending& pending, const Style& style) {
  std::string text = "Begun, outcome not known: " + std::string(word(pending.step));
  if (pending.direction == rotation::Direction::back) text += " (on the way back)";
  if (pending.op == rotation::Op::activate_key) text += ", reactivating";
  if (pending.op == rotation::Op::undelete_key) text += ", bringing back";
  if (pending.key) text += " " + visible(pending.key->text());
  if (pending.location) text += " at " + visible(pending.location->text());
  return "\n" + paragraph(text + ". Resuming settles it by looking.", 2, style);
}

std::string when_words(const rotation::Next& next, rotation::Time now) {
  if (!next.not_before || *next.not_before <= now) return "";
  return "not before " + rotation::rfc3339(*next.not_before) + " (in " + rotation::about(*next.not_before - now) + ")";
}

// Somebody took away what there was to go on with, and the operator agreed to end here.
std::string given_up_words(const View& view) {
  for (const auto& [accepted, why] :
       {std::pair{"no_key:close", "the user has no key any more"}, std::pair{"user_missing:close", "the user is gone"},
        std::pair{"user_recreated:close", "the user is another one of the same name"}}) {
    if (view.accepted.contains(accepted)) return std::string("Closed: ") + why + ". Nothing is left to do.";
  }
  return {};
}

// What a late undo could still do.
std::string restorable_words(const View& view, rotation::Time now) {
  const auto until = view.restorable_until();
  if (!until || *until <= now) return "";
  std::string text = " The old key is in the recycle bin, restorable until " + rotation::rfc3339(*until) + " (" +
                     rotation::about(*until - now) + "): " + "keybaton rollback " + visible(view.id.text()) + ".";
  if (const auto places = view.old_secrets_until(); places && *places > now) {
    text += " The locations can be put back until " + rotation::rfc3339(*places) + ".";
  }
  return text;
}

std::string closed_words(const View& view, rotation::Time now) {
  if (std::string text = given_up_words(view); !text.empty()) return text;
  switch (view.state) {
    case rotation::State::completed: return "Completed. Nothing is left to do." + restorable_words(view, now);
    case rotation::State::rolled_back: return "Rolled back. Nothing is left to do.";
    case rotation::State::cancelled: return "Cancelled before a new key was made. Nothing is left to do.";
    default: return "";
  }
}

std::string next_text(const RotationReport& report, rotation::Time now, const Style& style) {
  const View& view = *report.view;
  if (!view.open()) return "\n" + paragraph(closed_words(view, now), 0, style);
  if (view.attention) return "";  // its own hint is what comes next
  const rotation::Next& next = report.next;
  std::string line = "Next:";
  if (next.step) line += " " + std::string(word(*next.step));
  if (next.step && view.direction == rotation::Direction::back) line += " (being undone)";
  if (!next.why.empty()) line += (next.step ? ": " : " ") + visible(next.why);
  std::string text = "\n" + paragraph(line, 0, style);
  if (const std::string when = when_words(next, now); !when.empty()) text += paragraph(when, 2, style);
  if (!next.command.empty()) text += "  " + style.paint(Ink::bold, visible(next.command)) + "\n";
  return text;
}

std::string key_line(std::string_view label, const std::optional<rotation::AccessKeyId>& key,
                     const std::optional<rotation::KeyStatus>& said, const std::optional<std::string>& seen,
                     bool deleted) {
  if (!key) return "";
  std::string text = "  " + std::string(label) + "  " + visible(key->text());
  if (deleted) return text + "  deleted\n";
  if (seen) return text + "  " + visible(*seen) + "\n";
  return text + (said ? "  " + std::string(word(*said)) : "") + "\n";
}

// One of many: which, and what was agreed for all of them.
std::string batch_words(const View& view) {
  if (!view.batch) return "";
  std::string text = "  batch    " + visible(view.batch->id) + ": " + visible(view.batch->query) + "\n";
  std::string steps;
  const std::string over = consent_over(view);
  if (view.standing && over.empty()) {
    for (const rotation::Step step : view.standing->steps) {
      steps += (steps.empty() ? "" : ", ") + std::string(word(step));
    }
    text += "  agreed   " + steps + ", by " + visible(view.standing->by) + " at " +
            rotation::rfc3339(view.standing->at) + "\n";
  } else if (!over.empty()) {
    text += "  agreed   no longer: " + visible(over) + "\n";
  }
  if (view.batch->was_off) {
    const auto since = view.batch->off_since;
    text += "  off      " + (since ? "since " + rotation::rfc3339(*since) : std::string("before this began")) + " (" +
            visible(view.batch->off_by) + ")\n";
  }
  if (!view.batch->owner.empty()) {
    text += "  owner    " + visible(view.batch->owner) +
            (view.warned_at ? ", told at " + rotation::rfc3339(view.warned_at->wall) : ", not told yet") + "\n";
  }
  return text;
}

std::string head_text(const View& view, const Style& style) {
  const std::string title = std::string(word(view.procedure)) + " " +
                            visible(view.target.account.text() + "/" + view.target.user.text()) + ": " +
                            std::string(word(view.state)) +
                            (view.open() && view.direction == rotation::Direction::back ? ", going back" : "");
  std::string text = style.paint(Ink::bold, title) + "\n";
  text += "  id       " + visible(view.id.text()) + "\n";
  text += "  account  " + visible(view.target.provider + " " + view.target.account_id.text()) + "\n";
  text += key_line(view.procedure == rotation::Procedure::retire ? "key    " : "old key", view.old_key, view.old_said,
                   view.old_key_is, view.old_deleted);
  text += key_line("new key", view.new_key, view.new_said, view.new_key_is, view.new_deleted);
  text += "  started  " + rotation::rfc3339(view.started_at) + " by " + visible(view.started_by) + "\n";
  return text + batch_words(view);
}

}  // namespace

std::string rotation_text(const RotationReport& report, rotation::Time now, const Style& style) {
  const View& view = *report.view;
  std::string text = head_text(view, style);
  // Turned back, no step holds any more, and none is to come.
  if (view.open() || view.state == rotation::State::completed) text += "\n" + steps_text(view, style);
  text += locations_text(view, style);
  text += evidence_text(view, now, style);
  for (const auto* waking : {&view.waking_old, &view.waking_new}) {
    if (*waking) text += pending_text(**waking, style);
  }
  if (view.pending) text += pending_text(*view.pending, style);
  // An error that says it already comes after this, with its hint and the words it accepts.
  const bool said = view.attention && report.error && report.error->problem.message == view.attention->message;
  if (view.attention && !said) text += attention_text(*view.attention, style);
  // What comes next stands once: in the error that follows, where there is one.
  return report.error ? text : text + next_text(report, now, style);
}

std::string open_list_text(std::span<const RotationReport> reports, rotation::Time now, const Style& style) {
  if (reports.empty()) return "No rotation is open.\n";
  std::string text;
  for (const RotationReport& report : reports) {
    const View& view = *report.view;
    const std::string target = visible(view.target.account.text() + "/" + view.target.user.text());
    const bool back = view.direction == rotation::Direction::back;
    std::string line = target + ": " + std::string(word(view.procedure)) + " " + std::string(word(view.state)) +
                       (back ? ", going back" : "");
    if (view.attention) {
      line += ". Look: " + visible(view.attention->message);
    } else {
      if (report.next.step) line += ". Next: " + std::string(word(*report.next.step));
      if (!report.next.why.empty()) line += (report.next.step ? ", " : ". Next: ") + visible(report.next.why);
    }
    if (const std::string drift = drift_words(view); !drift.empty() && !view.attention) line += ". Look: " + drift;
    std::string head = paragraph(line, 0, style);
    if (head.starts_with(target)) head.replace(0, target.size(), style.paint(Ink::bold, target));
    text += head;
    const std::string when = when_words(report.next, now);
    if (!when.empty()) text += paragraph(when, 2, style);
    const std::string& command = view.attention ? view.attention->hint : report.next.command;
    if (!command.empty()) text += "  " + style.paint(Ink::cyan, visible(command)) + "\n";
  }
  return text;
}

namespace {

// What an earlier rotation left behind is history.
std::map<std::string, const View*> latest_of_each(std::span<const RotationReport> reports) {
  std::map<std::string, const View*> latest;
  for (const RotationReport& report : reports) {
    const View*& of = latest[visible(rotation::target_words(report.view->target))];
    if (of == nullptr || of->started_at <= report.view->started_at) of = report.view;
  }
  return latest;
}

}  // namespace

std::string rotations_table(std::span<const RotationReport> reports, const Style& style) {
  if (reports.empty()) return "No rotation was ever started here.\n";
  Table table({{"ROTATION"}, {"TARGET"}, {"WHAT"}, {"STATE"}, {"STARTED"}, {"BY"}});
  for (const RotationReport& report : reports) {
    const View& view = *report.view;
    table.add({{visible(view.id.text())},
               {visible(view.target.account.text() + "/" + view.target.user.text())},
               {std::string(word(view.procedure))},
               {std::string(word(view.state)), view.open() ? Ink::bold : Ink::plain},
               {rotation::rfc3339(view.started_at)},
               {visible(view.started_by)}});
  }
  std::string text = table.text(style);
  for (const auto& [target, view] : latest_of_each(reports)) {
    const std::string drift = drift_words(*view);
    if (!drift.empty())
      text += paragraph("Look: " + target + ": " + drift + ". keybaton doctor looks again.", 0, style);
  }
  return text;
}

}  // namespace cli
