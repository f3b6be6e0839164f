// What can be said on the command line, without a word of the library that parses it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rotation/engine.hpp"
#include "rotation/procedure.hpp"
#include "rotation/time.hpp"

namespace CLI {
class App;
}

namespace cli {

// Understood by every command.
struct Options {
  std::optional<std::string> config;   // --config, else KEYBATON_CONFIG
  std::optional<std::string> journal;  // --journal, else KEYBATON_JOURNAL
  std::optional<std::string> claim;    // --actor, else KEYBATON_ACTOR
  bool json = false;
  std::string color = "auto";
  bool verbose = false;
  std::string log_format = "text";
  bool unattended = false;         // of the worker: nobody is asked anything, no progress is shown
  bool by_config = false;          // of a job: a clean has the consent and the cap of the config, and no others
  bool only_check = false;         // of a job that is added: a clean says whether its words mean anything, and ends
  std::vector<std::string> words;  // the command line as it was typed, without the program
};

// Whose key a command is about: ACCOUNT/USER, or --profile alone.
struct TargetWords {
  std::string target;
  std::optional<std::string> profile;
};

// How far a command may go, and what the operator has agreed to beforehand.
struct Consents {
  std::optional<std::string> yes;  // "all", or steps with commas
  std::vector<std::string> accept;
  std::optional<bool> wait;
  std::optional<std::string> through;
  std::optional<std::string> override_reason;
};

using Action = std::function<int(const Options&)>;

// One command's options, described as data; each `cmd_*.cpp` fills one.
class Describer {
 public:
  Describer(CLI::App& app, Action& chosen) : app_(&app), chosen_(&chosen) {}

  Describer command(const std::string& name, const std::string& help);
  Describer hidden_command(const std::string& name);

  Describer& flag(const std::string& names, bool& into, const std::string& help);
  Describer& text(const std::string& names, std::string& into, const std::string& help, const std::string& value);
  Describer& text(const std::string& names, std::optional<std::string>& into, const std::string& help,
                  const std::string& value);
  Describer& from_environment(const std::string& names, std::optional<std::string>& into, const std::string& help,
                              const std::string& value, const std::string& variable);
  Describer& texts(const std::string& names, std::vector<std::string>& into, const std::string& help,
                   const std::string& value);
  Describer& one_of(const std::string& names, std::string& into, const std::string& help,
                    std::vector<std::string> words);
  Describer& number(const std::string& names, int& into, const std::string& help);
  Describer& required_text(const std::string& names, std::string& into, const std::string& help,
                           const std::string& value);
  Describer& target(TargetWords& into);
  Describer& consents(Consents& into);
  Describer& examples(const std::string& lines);
  Describer& wants_subcommand();
  void runs(Action action);

 private:
  CLI::App* app_;
  Action* chosen_;
};

struct Parsed {
  Options options;
  Action action;                    // empty where `text` is all there is to do
  std::optional<std::string> text;  // of --help or --version
};

// Throws Trouble (usage) for words that mean nothing here.
[[nodiscard]] Parsed parse(int argc, const char* const* argv);

// Whether --json stands among the words, for errors that come before they are understood.
[[nodiscard]] bool says_json(int argc, const char* const* argv);

// The steps that --yes covers. Throws Trouble (usage) for a word that is no step.
[[nodiscard]] std::set<rotation::Step> consented_steps(const Consents& consents);
// Why evidence or a floor is passed. Throws Trouble (usage) for a reason that says nothing.
[[nodiscard]] std::optional<std::string> override_reason(const Consents& consents);
// The engine's wishes; `at_terminal` decides whether to wait where nobody said so. Throws Trouble (usage) for words
// that mean nothing.
[[nodiscard]] rotation::Wishes wishes_of(const Consents& consents, bool at_terminal);
// "24h"; Trouble (usage) naming the option otherwise.
[[nodiscard]] rotation::Seconds duration_of(const std::string& option, const std::string& text);

// A command of the documented command line that this version does not have.
[[nodiscard]] rotation::Trouble not_yet(const std::string& command);

// Arguments, config or an input file are wrong: ends as `usage`, nothing was done.
[[nodiscard]] rotation::Trouble usage(std::string message, std::string hint);

}  // namespace cli
