#include "cli/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

#include "rotation/errors.hpp"
#include "rotation/words.hpp"

namespace cli {
namespace {

using rotation::Consent;
using rotation::Question;

constexpr int attempts = 3;
constexpr std::chrono::milliseconds look_for_signals{200};
constexpr std::chrono::seconds between_lines{30};
constexpr std::size_t longest_answer = 4096;

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

// What the person types to say which key they mean.
std::string last_four(const rotation::AccessKeyId& key) {
  const std::string& text = key.text();
  return text.size() <= 4 ? text : text.substr(text.size() - 4);
}

// The question above has named the key; in a narrow terminal that is enough, so that what is typed stays on the line.
std::string typed_prompt(const rotation::AccessKeyId& key, const Style& style) {
  std::string text = "Type the last four characters of " + visible(key.text()) + " to go on: ";
  if (!style.width || display_width(text) + 6 <= *style.width) return text;
  return "Type the last four characters of that id to go on: ";
}

bool same_word(std::string_view typed, std::string_view wanted) {
  return std::equal(typed.begin(), typed.end(), wanted.begin(), wanted.end(),
                    [](unsigned char a, unsigned char b) { return std::toupper(a) == std::toupper(b); });
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::optional<rotation::Step> step_of(rotation::Op op) {
  switch (op) {
    case rotation::Op::create_key: return rotation::Step::create;
    case rotation::Op::write_location:
    case rotation::Op::restore_location: return rotation::Step::deploy;
    case rotation::Op::deactivate_key: return rotation::Step::deactivate;
    case rotation::Op::delete_key: return rotation::Step::delete_key;
    case rotation::Op::activate_key:
    case rotation::Op::undelete_key: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool consented(const std::set<rotation::Step>& steps, const Question& question) {
  if (!question.accept_word.empty()) return false;
  if (question.direction == rotation::Direction::forward) return steps.contains(question.step);
  const auto step = step_of(question.op);
  return step && steps.contains(*step);
}

TerminalOperator::TerminalOperator(TerminalSetup setup)
    : setup_(std::move(setup)), style_(style_for(surroundings_of(setup_.err), setup_.color)) {
  if (::isatty(setup_.in) != 1) return;
  if (::isatty(setup_.err) == 1) {
    ask_fd_ = setup_.err;
    return;
  }
  // stderr goes to a file or a pipe: a prompt there would be waited for unseen.
  tty_ = platform::Fd(::open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC));
  ask_fd_ = tty_.get();
}

TerminalOperator::~TerminalOperator() { clear_line(); }

bool TerminalOperator::somebody_there() const { return ask_fd_ >= 0; }

Consent TerminalOperator::confirm(const Question& question) {
  clear_line();
  if (consented(setup_.consents, question)) {
    explain(question);
    say("  Agreed beforehand by --yes.\n");
    return Consent::given;
  }
  if (!somebody_there()) return Consent::nobody_to_ask;
  explain(question);
  // What was typed before the question was seen is no answer to it.
  (void)::tcflush(setup_.in, TCIFLUSH);
  pending_.clear();
  return question.typed ? ask_typed(question) : ask_yes(question);
}

// Once, where the same trouble is offered several ways out.
void TerminalOperator::explain(const Question& question) {
  if (!question.accept_word.empty() && question.what == explained_) return;
  explained_ = question.accept_word.empty() ? "" : question.what;
  std::string title = paragraph(visible(sentence(question.what)), 0, style_);
  title.pop_back();
  std::string text = "\n" + style_.paint(Ink::bold, title) + "\n";
  for (const std::string& reason : question.because) text += paragraph("- " + visible(reason), 2, style_);
  if (!question.undo_command.empty()) {
    text += "  To undo it, from any machine:\n    " + style_.paint(Ink::cyan, visible(question.undo_command)) + "\n";
  }
  say(text);
}

Consent TerminalOperator::ask_typed(const Question& question) {
  const std::string wanted = last_four(question.key);
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    prompt(typed_prompt(question.key, style_));
    std::string line;
    if (hear(line) != Heard::line) return Consent::declined;
    const std::string typed = trimmed(line);
    if (same_word(typed, wanted) || same_word(typed, question.key.text())) return Consent::given;
    if (typed.empty()) {
      prompt("Nothing was typed, so nothing is done.\n");
      return Consent::declined;
    }
    prompt("\"" + visible(typed) + "\" is not the end of that key id." +
           (attempt == attempts ? " Nothing is done.\n" : "\n"));
  }
  return Consent::declined;
}

Consent TerminalOperator::ask_yes(const Question& question) {
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    prompt(question.accept_word.empty() ? "Go on? [y/N] " : "Accept " + visible(question.accept_word) + "? [y/N] ");
    std::string line;
    if (hear(line) != Heard::line) return Consent::declined;
    const std::string typed = trimmed(line);
    if (same_word(typed, "y") || same_word(typed, "yes")) return Consent::given;
    if (typed.empty() || same_word(typed, "n") || same_word(typed, "no")) return Consent::declined;
    prompt("Please answer y or n.\n");
  }
  return Consent::declined;
}

// A signal between the look at the flag and the poll is seen one round later, so no round is long.
TerminalOperator::Heard TerminalOperator::hear(std::string& line) {
  while (true) {
    if (setup_.interrupted && setup_.interrupted()) {
      prompt("\n");
      return Heard::interrupted;
    }
    if (const auto end = pending_.find('\n'); end != std::string::npos) {
      line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return Heard::line;
    }
    pollfd wanted{.fd = setup_.in, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(look_for_signals.count()));
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    std::array<char, 512> bytes{};
    const ssize_t got = ready < 0 ? -1 : ::read(setup_.in, bytes.data(), bytes.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0 || pending_.size() > longest_answer) {
      prompt("\n");
      return Heard::end;
    }
    pending_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

std::optional<std::string> TerminalOperator::ask_line(std::string_view text) {
  if (!somebody_there()) return std::nullopt;
  clear_line();
  (void)::tcflush(setup_.in, TCIFLUSH);
  pending_.clear();
  prompt(std::string(text) + " ");
  std::string line;
  if (hear(line) != Heard::line) return std::nullopt;
  std::string answer = trimmed(line);
  return answer.empty() ? std::nullopt : std::optional{std::move(answer)};
}

std::optional<std::string> TerminalOperator::mfa_code(const std::string& serial) {
  for (int attempt = 1; attempt <= attempts; ++attempt) {
    auto code = ask_line("Code of the MFA device " + visible(serial) + ":");
    if (!code) return std::nullopt;
    const bool digits = code->size() == 6 && code->find_first_not_of("0123456789") == std::string::npos;
    if (digits) return code;
    prompt("A code has six digits.\n");
  }
  return std::nullopt;
}

void TerminalOperator::tell(const rotation::Progress& progress) {
  if (setup_.quiet) return;
  clear_line();
  std::string step(rotation::word(progress.step));
  if (progress.direction == rotation::Direction::back) step = "undo " + step;
  say(style_.paint(Ink::green, step) + ": " + visible(progress.text) + "\n");
}

void TerminalOperator::waiting(const std::string& what, rotation::Millis left) {
  if (setup_.quiet) return;
  const auto seconds = std::chrono::ceil<rotation::Seconds>(std::max(left, rotation::Millis{0}));
  // The time first: a narrow window cuts the end off.
  const std::string line =
      rotation::about(seconds) + " left" + (what.starts_with("until ") ? " " : ": ") + visible(what);
  const Surroundings around = surroundings_of(setup_.err);  // the window may have been resized
  const bool redraws = around.tty && around.term != "dumb" && !around.term.empty();
  if (redraws) {
    const std::size_t columns = around.columns == 0 ? 80 : around.columns;
    const std::string drawn = cut(line, columns > 1 ? columns - 1 : 1, style_.unicode);
    // What does not fit may be the very command to run: once, it stands there whole.
    if (drawn != line && what != last_wait_) {
      clear_line();
      Style fitting = style_;
      fitting.width = columns;
      say(paragraph(sentence(visible(what)) + ".", 0, fitting));
    }
    last_wait_ = what;
    say("\r\x1b[2K" + style_.paint(Ink::dim, drawn));
    line_drawn_ = true;
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (last_line_ && last_wait_ == what && now - *last_line_ < between_lines) return;
  last_line_ = now;
  last_wait_ = what;
  say(line + "\n");
}

void TerminalOperator::clear_line() {
  if (!line_drawn_) return;
  line_drawn_ = false;
  say("\r\x1b[2K");
}

namespace {

// Progress and prompts are for people: where they can't be written there is nobody, and nothing to stop for.
void write_to(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

}  // namespace

void TerminalOperator::say(std::string_view text) { write_to(setup_.err, text); }
void TerminalOperator::prompt(std::string_view text) { write_to(ask_fd_, text); }

}  // namespace cli
