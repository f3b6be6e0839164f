// YAML without benefit of the doubt: every node has one right type, every key is known, nothing stands there twice.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rotation/time.hpp"

namespace cli::yaml {

struct Source {
  std::filesystem::path file;
  std::string text;
};

// One value, and where it stands. `what` is its path in the config for messages, "policy.quiet".
struct Value {
  const Source* source;
  std::string what;
  YAML::Mark mark;
  YAML::Node node;
  std::string key;  // of the entry that it is the value of; empty in a list
  YAML::Mark key_mark;
};

// Throws Trouble(usage): "FILE:LINE:COLUMN: " and then `problem`.
[[noreturn]] void wrong(const std::filesystem::path& file, const YAML::Mark& mark, const std::string& problem);
[[noreturn]] void wrong(const Value& value, const std::string& problem);
// At the key rather than at its value.
[[noreturn]] void wrong_key(const Value& value, const std::string& problem);

// The one document of the text. Throws as above for text that is no YAML, or more than one document.
// The source must outlive every value.
[[nodiscard]] Value document(const Source& source);

// The entries of a mapping, in order, no key twice; an empty value is an empty mapping.
[[nodiscard]] std::vector<Value> entries(const Value& value);
[[nodiscard]] std::vector<Value> items(const Value& value);
// Text: quoted, or plain and nothing that YAML reads as a number, a truth value or nothing. Not empty.
[[nodiscard]] std::string text(const Value& value);
// Any scalar as it is written, numbers and truth values too. Not empty.
[[nodiscard]] std::string word(const Value& value);
[[nodiscard]] bool truth(const Value& value);
[[nodiscard]] rotation::Seconds duration(const Value& value);

// What to do with each key that may stand in a mapping.
using Handler = std::function<void(const Value&)>;
using Handlers = std::vector<std::pair<std::string, Handler>>;

// Calls the handler of each entry. An unknown key is wrong: the message lists what is allowed, and the nearest.
void read(const Value& mapping, const Handlers& handlers);
[[noreturn]] void unknown_key(const Value& entry, const std::string& in, const std::vector<std::string>& allowed);
// `"x"` is not one of the allowed words.
[[noreturn]] void unknown_word(const Value& value, const std::string& word, const std::vector<std::string>& allowed);
// A key that the format knows and this version does not do: refused, never ignored.
[[nodiscard]] Handler later(std::string instead);

}  // namespace cli::yaml
