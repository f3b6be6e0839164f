#include "cli/command_words.hpp"

#include <CLI/CLI.hpp>
#include <sstream>

#include "rotation/procedure.hpp"
#include "rotation/record.hpp"

namespace cli {
namespace {

template <class E>
std::vector<std::string> each_word() {
  return {rotation::Words<E>::all.begin(), rotation::Words<E>::all.end()};
}

// The parser says the words of a choice in its type: "WORD:{auto,always,never}".
std::vector<std::string> choices_of(const std::string& type) {
  if (type == "STEP" || type == "STEPS") return each_word<rotation::Step>();
  if (type == "KIND") return each_word<rotation::Kind>();
  const auto open = type.find('{');
  const auto close = type.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  std::istringstream list(type.substr(open + 1, close - open - 1));
  for (std::string word; std::getline(list, word, ',');) choices.push_back(word);
  return choices;
}

// Without what a check added to it: "N" of "N:NONNEGATIVE", but all of "CODE[:SUBJECT]".
std::string value_of(const std::string& type) {
  const auto colon = type.find(':');
  const bool added = colon != std::string::npos && colon > 0 && type[colon - 1] != '[';
  return added ? type.substr(0, colon) : type;
}

OptionWords option_words(const CLI::Option& option) {
  OptionWords words;
  for (const std::string& name : option.get_lnames()) words.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) words.names.push_back("-" + name);
  const std::string type = option.get_type_name();
  if (option.get_items_expected_max() > 0) {
    words.value = value_of(type);
    if (words.value.empty()) words.value = "VALUE";
    words.choices = choices_of(type);
    words.attached = type == "STEPS";
  }
  words.help = option.get_description();
  return words;
}

}  // namespace

CommandWords words_of(const CLI::App& app) {
  CommandWords words{
      .name = app.get_name(), .help = app.get_description(), .options = {}, .positionals = {}, .commands = {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      words.positionals.push_back(option->get_type_name());
    } else if (!option->check_lname("help")) {
      words.options.push_back(option_words(*option));
    }
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App* one) { return !one->get_group().empty(); })) {
    words.commands.push_back(words_of(*command));
  }
  return words;
}

}  // namespace cli
