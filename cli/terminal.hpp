// The person at the terminal: asked before what cannot be taken back lightly, shown what goes on meanwhile.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "cli/style.hpp"
#include "platform/files.hpp"
#include "rotation/ports.hpp"

namespace cli {

// Whether the steps named on the command line (--yes) cover this question. Forward a question is about its step; on
// the way back about what it does: deactivating and deleting the new key are not the `create` that they undo.
// What no plan foresees (`accept_word`) they never cover.
[[nodiscard]] bool consented(const std::set<rotation::Step>& steps, const rotation::Question& question);

struct TerminalSetup {
  int in = 0;                         // prompts are answered here; only a terminal can answer
  int err = 2;                        // prompts and progress go here
  std::set<rotation::Step> consents;  // --yes
  ColorWish color = ColorWish::automatic;
  bool quiet = false;                 // no progress lines (nothing but prompts and warnings)
  std::function<bool()> interrupted;  // Clock::interrupted; empty: never
};

class TerminalOperator final : public rotation::Operator {
 public:
  explicit TerminalOperator(TerminalSetup setup);
  ~TerminalOperator() override;
  TerminalOperator(const TerminalOperator&) = delete;
  TerminalOperator& operator=(const TerminalOperator&) = delete;

  // Deactivate and delete want the last four characters of the key id (or all of it), three attempts; the others y. An
  // interrupt, the end of input or anything else declines.
  [[nodiscard]] rotation::Consent confirm(const rotation::Question& question) override;
  void tell(const rotation::Progress& progress) override;
  // Redraws one line on a terminal; elsewhere a line about every 30 s.
  void waiting(const std::string& what, rotation::Millis left) override;

  // The code for an MFA device; nullopt if nobody is there, or none was given.
  [[nodiscard]] std::optional<std::string> mfa_code(const std::string& serial);
  // One line in the operator's words, such as a rollback's reason; nullopt if nobody is there or nothing was said.
  [[nodiscard]] std::optional<std::string> ask_line(std::string_view prompt);
  // Somebody can be asked: stdin is a terminal, and there is one to write the prompt to.
  [[nodiscard]] bool somebody_there() const;
  // Takes the progress line away, before something else is written to the same screen.
  void clear_line();

 private:
  enum class Heard { line, end, interrupted };
  [[nodiscard]] Heard hear(std::string& line);
  [[nodiscard]] rotation::Consent ask_typed(const rotation::Question& question);
  [[nodiscard]] rotation::Consent ask_yes(const rotation::Question& question);
  void explain(const rotation::Question& question);
  void say(std::string_view text);
  void prompt(std::string_view text);

  TerminalSetup setup_;
  Style style_;
  platform::Fd tty_;     // /dev/tty, where stderr is no terminal
  int ask_fd_ = -1;      // where prompts go; -1: nobody to ask
  std::string pending_;  // read, not yet a line
  bool line_drawn_ = false;
  std::string explained_;  // the trouble whose ways out are being offered
  std::string last_wait_;
  std::optional<std::chrono::steady_clock::time_point> last_line_;
};

}  // namespace cli
