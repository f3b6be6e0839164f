#include <functional>
#include <set>

#include "cli/command_words.hpp"

namespace cli {
namespace {

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Calls `visit` with each command and the words that lead to it: "", " key", " key list".
using Visit = std::function<void(const std::string& path, const CommandWords& command)>;
void walk(const CommandWords& command, const std::string& path, const Visit& visit) {
  visit(path, command);
  for (const CommandWords& sub : command.commands) walk(sub, path + " " + sub.name, visit);
}

// Every path but the front's own, as alternatives of a shell's case.
std::string paths_of(const CommandWords& front, const std::string& between) {
  std::vector<std::string> paths;
  walk(front, "", [&](const std::string& path, const CommandWords&) {
    if (!path.empty()) paths.push_back("'" + path + "'");
  });
  return joined(paths, between);
}

// The options that take a value, the same name once: value kinds agree across commands.
std::vector<OptionWords> valued_options(const CommandWords& front) {
  std::vector<OptionWords> options;
  std::set<std::string> seen;
  walk(front, "", [&](const std::string&, const CommandWords& command) {
    for (const OptionWords& option : command.options) {
      if (!option.value.empty() && seen.insert(option.names.front()).second) options.push_back(option);
    }
  });
  return options;
}

// The front's options are understood by every command.
std::vector<OptionWords> options_at(const CommandWords& front, const CommandWords& command) {
  std::vector<OptionWords> options = command.options;
  if (&front != &command) options.insert(options.end(), front.options.begin(), front.options.end());
  options.push_back({.names = {"--help"}, .value = "", .help = "show what this command does", .choices = {}});
  return options;
}

// "--yes=" alone, or "--config|--config=".
std::string bash_pattern(const OptionWords& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) {
    if (!option.attached) patterns.push_back(name);
    patterns.push_back(name + "=");
  }
  return joined(patterns, "|");
}

std::string bash(const CommandWords& front) {
  std::string text =
      "# bash completion for keybaton, made by `keybaton completion bash`\n"
      "_keybaton() {\n"
      "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= words= behind= i\n"
      "  if [[ $cur == = ]]; then\n"
      "    cur= behind==\n"
      "  elif [[ $prev == = ]]; then\n"
      "    prev=${COMP_WORDS[COMP_CWORD-2]} behind==\n"
      "  fi\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    case \"$at ${COMP_WORDS[i]}\" in\n      " +
      paths_of(front, "|") +
      ") at=\"$at ${COMP_WORDS[i]}\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case $prev$behind in\n";
  for (const OptionWords& option : valued_options(front)) {
    text += "    " + bash_pattern(option) + ") ";
    if (!option.choices.empty()) {
      text += "mapfile -t COMPREPLY < <(compgen -W '" + joined(option.choices, " ") + "' -- \"$cur\"); ";
    } else if (option.value == "PATH") {
      text += "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); ";
    }
    text += "return ;;\n";
  }
  text += "  esac\n  case $at in\n";
  walk(front, "", [&](const std::string& path, const CommandWords& command) {
    std::vector<std::string> words;
    for (const CommandWords& sub : command.commands) words.push_back(sub.name);
    for (const OptionWords& option : options_at(front, command)) {
      words.insert(words.end(), option.names.begin(), option.names.end());
    }
    text += "    '" + path + "') words='" + joined(words, " ") + "' ;;\n";
  });
  return text +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
         "}\n"
         "complete -o default -F _keybaton keybaton\n";
}

// An item of _describe: "name:help" in single quotes.
std::string zsh_item(const std::string& name, const std::string& help) {
  return "'" + name + ":" + replaced(help, "'", "'\\''") + "'";
}

std::string zsh(const CommandWords& front) {
  std::string text =
      "#compdef keybaton\n"
      "# zsh completion for keybaton, made by `keybaton completion zsh`\n"
      "_keybaton() {\n"
      "  local at= word\n"
      "  local -a commands options\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
      "    case \"$at $word\" in\n      (" +
      paths_of(front, "|") +
      ") at=\"$at $word\" ;;\n"
      "    esac\n"
      "  done\n"
      "  case ${words[CURRENT-1]} in\n";
  for (const OptionWords& option : valued_options(front)) {
    if (option.attached) continue;
    text += "    (" + joined(option.names, "|") + ") ";
    if (!option.choices.empty()) {
      text += "compadd " + joined(option.choices, " ") + "; ";
    } else if (option.value == "PATH") {
      text += "_files; ";
    }
    text += "return ;;\n";
  }
  text += "  esac\n  case $at in\n";
  walk(front, "", [&](const std::string& path, const CommandWords& command) {
    text += "    ('" + path + "')\n      commands=(";
    for (const CommandWords& sub : command.commands) text += "\n        " + zsh_item(sub.name, sub.help);
    text += ")\n      options=(";
    for (const OptionWords& option : options_at(front, command)) {
      for (const std::string& name : option.names) text += "\n        " + zsh_item(name, option.help);
    }
    text += ") ;;\n";
  });
  return text +
         "  esac\n"
         "  if [[ ${words[CURRENT]} == -* ]]; then\n"
         "    _describe option options\n"
         "  elif (( $#commands )); then\n"
         "    _describe command commands\n"
         "  else\n"
         "    _files\n"
         "  fi\n"
         "}\n"
         "if [[ $funcstack[1] == _keybaton ]]; then\n"
         "  _keybaton \"$@\"\n"
         "else\n"
         "  compdef _keybaton keybaton\n"
         "fi\n";
}

std::string fish_quoted(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_option(const OptionWords& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (option.attached) {
    // fish has no values behind a = alone: without one it is still a whole option.
  } else if (!option.choices.empty()) {
    text += " -x -a " + fish_quoted(joined(option.choices, " "));
  } else if (option.value == "PATH") {
    text += " -r -F";
  } else if (!option.value.empty()) {
    text += " -x";
  }
  return text + " -d " + fish_quoted(option.help) + "\n";
}

std::string fish(const CommandWords& front) {
  std::string text =
      "# fish completion for keybaton, made by `keybaton completion fish`\n"
      "function __keybaton_at\n"
      "    set -l at ''\n"
      "    for word in (commandline -opc)[2..-1]\n"
      "        switch \"$at $word\"\n            case " +
      paths_of(front, " ") +
      "\n"
      "                set at \"$at $word\"\n"
      "        end\n"
      "    end\n"
      "    test \"$at\" = \"$argv[1]\"\n"
      "end\n"
      "complete -c keybaton -f\n"
      "complete -c keybaton -l help -d 'show what this command does'\n";
  for (const OptionWords& option : front.options) text += "complete -c keybaton" + fish_option(option);
  walk(front, "", [&](const std::string& path, const CommandWords& command) {
    const std::string here = "complete -c keybaton -n \"__keybaton_at '" + path + "'\"";
    for (const CommandWords& sub : command.commands) {
      text += here + " -a " + sub.name + " -d " + fish_quoted(sub.help) + "\n";
    }
    if (path.empty()) return;
    for (const OptionWords& option : command.options) text += here + fish_option(option);
  });
  return text;
}

}  // namespace

std::string completion(Shell shell, const CommandWords& front) {
  switch (shell) {
    case Shell::bash: return bash(front);
    case Shell::zsh: return zsh(front);
    case Shell::fish: return fish(front);
  }
  return "";
}

}  // namespace cli
