// Every word that the command line knows, as data: completions and the man page are made of it, so they cannot lag
// behind.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

struct OptionWords {
  std::vector<std::string> names;  // "--verbose", "-v"
  std::string value;               // "PATH"; empty for a flag
  std::string help;
  std::vector<std::string> choices;  // the values there are, where they are few
  bool attached = false;             // the value may be left out, and stands behind a = only
};

struct CommandWords {
  std::string name, help;
  std::vector<OptionWords> options;
  std::vector<std::string> positionals;  // "TARGET"
  std::vector<CommandWords> commands;
};

// Without hidden commands, and without --help.
[[nodiscard]] CommandWords words_of(const CLI::App& app);

// Of the whole command line.
[[nodiscard]] CommandWords all_words();

enum class Shell { bash, zsh, fish };
[[nodiscard]] std::string completion(Shell shell, const CommandWords& front);
// roff, section 1.
[[nodiscard]] std::string man_page(const CommandWords& front, const std::string& version);

}  // namespace cli
