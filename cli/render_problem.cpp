#include "cli/render_problem.hpp"

#include <cctype>

#include "cli/exit_codes.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

struct Look {
  std::string_view label;
  Ink ink;
};

Look look_of(rotation::Ending ending) {
  using rotation::Ending;
  switch (ending) {
    case Ending::ok: return {"Done", Ink::green};
    case Ending::waiting: return {"Waiting", Ink::cyan};
    case Ending::needs_operator: return {"Needs an operator", Ink::yellow};
    case Ending::interrupted: return {"Interrupted", Ink::yellow};
    case Ending::unknown: return {"Not known", Ink::yellow};
    case Ending::held: return {"Held", Ink::yellow};
    case Ending::internal: return {"Our bug", Ink::red};
    case Ending::usage:
    case Ending::refused:
    case Ending::wrong_account:
    case Ending::storage:
    case Ending::tampered: return {"Error", Ink::red};
  }
  return {"Error", Ink::red};
}

// A command stands whole on its line, ready to be copied; a sentence is wrapped.
std::string hint_line(const std::string& hint, const Style& style) {
  const std::string text = visible(hint);
  if (!text.starts_with("keybaton")) return paragraph("Next: " + text, 2, style);
  return "  Next: " + style.paint(Ink::bold, text) + "\n";
}

std::string accepts_text(const rotation::Attention& attention) {
  std::string text;
  for (const std::string& word : attention.accept)
    text += "  Accepts: --accept " + visible(rotation::quoted(word)) + "\n";
  return text;
}

}  // namespace

std::string problem_text(const Failure& failure, const Style& style) {
  const Look look = look_of(failure.ending);
  const std::string label(look.label);
  std::string text = paragraph(label + ": " + visible(failure.problem.message), 0, style);
  text.replace(0, label.size() + 1, style.paint(look.ink, label + ":"));
  if (!failure.problem.keys.empty()) text += paragraph("Keys: " + visible(failure.problem.keys), 2, style);
  if (!failure.problem.hint.empty()) text += hint_line(failure.problem.hint, style);
  return text;
}

std::string problem_text(const Failure& failure, const rotation::View& view, const Style& style) {
  const bool stop = view.attention && view.attention->message == failure.problem.message;
  return problem_text(failure, style) + (stop ? accepts_text(*view.attention) : "");
}

std::string turned_text(const rotation::Turned& turned, const Style& style) {
  return problem_text({turned.ending, turned.problem}, style) +
         (turned.attention ? accepts_text(*turned.attention) : "");
}

}  // namespace cli
