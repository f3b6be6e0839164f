#include "cli/config_yaml.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "cli/nearest.hpp"
#include "cli/style.hpp"
#include "rotation/errors.hpp"

namespace cli::yaml {
namespace {

std::string in_quotes(std::string_view word) { return "\"" + visible(word) + "\""; }

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& allowed) {
  const auto near = nearest(word, allowed);
  return near ? " Did you mean " + in_quotes(*near) + "?" : "";
}

// What YAML itself takes a plain scalar for, where that is not text; empty for text.
std::string_view other_type(const std::string& plain) {
  static const std::set<std::string> truths{"true", "True", "TRUE", "false", "False", "FALSE"};
  if (truths.contains(plain)) return "a truth value";
  const auto sign = static_cast<std::size_t>(plain[0] == '-' || plain[0] == '+');
  const bool digits = plain.size() > sign && std::isdigit(static_cast<unsigned char>(plain[sign])) != 0;
  if (!digits) return "";
  const bool number = plain.find_first_not_of("0123456789_.eE+-xXabcdfABCDF", sign) == std::string::npos;
  const bool hexadecimal = plain.size() > sign + 1 && (plain[sign + 1] == 'x' || plain[sign + 1] == 'X');
  const bool decimal = plain.find_first_not_of("0123456789_.", sign) == std::string::npos &&
                       std::count(plain.begin(), plain.end(), '.') <= 1;
  const auto exponent = plain.find_first_of("eE", sign);
  const bool scientific = exponent != std::string::npos && exponent + 1 < plain.size() &&
                          plain.find_first_not_of("0123456789_.", sign) == exponent &&
                          plain.find_first_not_of("0123456789+-", exponent + 1) == std::string::npos;
  return number && (hexadecimal || decimal || scientific) ? "a number" : "";
}

std::string_view type_of(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Null: return "nothing";
    case YAML::NodeType::Scalar: return "a single value";
    case YAML::NodeType::Sequence: return "a list";
    case YAML::NodeType::Map: return "a mapping";
    case YAML::NodeType::Undefined: break;
  }
  return "nothing";
}

// The parser takes a quote that is never closed for text up to the end of the file: all settings below would be lost.
bool closed(std::string_view text, std::size_t opening) {
  if (opening >= text.size() || (text[opening] != '"' && text[opening] != '\'')) return true;
  const char quote = text[opening];
  for (std::size_t i = opening + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      const bool escaped = quote == '\'' && i + 1 < text.size() && text[i + 1] == quote;
      if (!escaped) return true;
      ++i;
    }
  }
  return false;
}

bool plain(const YAML::Node& node) { return node.Tag() == "?" || node.Tag().empty(); }

std::string scalar(const Value& value, const std::string& wanted) {
  if (!value.node.IsScalar()) {
    wrong(value, value.what + " wants " + wanted + ", and here is " + std::string(type_of(value.node)) + ".");
  }
  const std::string& tag = value.node.Tag();
  if (!plain(value.node) && tag != "!" && tag != "tag:yaml.org,2002:str") {
    wrong(value, value.what + " has the tag " + in_quotes(tag) + ", and tags have no meaning here.");
  }
  if (tag == "!" && !closed(value.source->text, static_cast<std::size_t>(value.node.Mark().pos))) {
    wrong(value, "a quote opens here and is never closed.");
  }
  return value.node.Scalar();
}

}  // namespace

void wrong(const std::filesystem::path& file, const YAML::Mark& mark, const std::string& problem) {
  std::string where = visible(file.string());
  if (!mark.is_null()) where += ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  throw rotation::Trouble(rotation::Ending::usage,
                          {.message = where + ": " + problem,
                           .keys = "Nothing was done; no key was touched.",
                           .hint = "Correct " + visible(file.string()) + ", then run the same command again."});
}

void wrong(const Value& value, const std::string& problem) {
  wrong(value.source->file, value.mark.is_null() ? value.key_mark : value.mark, problem);
}

void wrong_key(const Value& value, const std::string& problem) {
  wrong(value.source->file, value.key_mark.is_null() ? value.mark : value.key_mark, problem);
}

Value document(const Source& source) {
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(source.text);
  } catch (const YAML::Exception& error) {
    wrong(source.file, error.mark, "this is no YAML: " + visible(error.msg) + ".");
  }
  if (documents.size() > 1) {
    wrong(source.file, documents[1].Mark(), "a second document starts here, and a config has one.");
  }
  YAML::Node top = documents.empty() ? YAML::Node() : documents.front();
  return {&source, "the config", top.Mark(), top, "", YAML::Mark::null_mark()};
}

std::vector<Value> entries(const Value& value) {
  if (value.node.IsNull()) return {};
  if (!value.node.IsMap()) {
    wrong(value, value.what + " wants a mapping, and here is " + std::string(type_of(value.node)) + ".");
  }
  std::vector<Value> result;
  std::set<std::string> seen;
  for (const auto& pair : value.node) {
    const Value key{value.source, "a key of " + value.what, pair.first.Mark(), pair.first, "", pair.first.Mark()};
    const std::string name = scalar(key, "text");
    if (!seen.insert(name).second) wrong(key, in_quotes(name) + " stands twice in " + value.what + ".");
    const bool top = value.key.empty() && value.what == "the config";
    const std::string what = top ? visible(name) : value.what + "." + visible(name);
    result.push_back({value.source, what, pair.second.Mark(), pair.second, name, pair.first.Mark()});
    if (pair.second.IsNull()) result.back().mark = pair.first.Mark();
  }
  return result;
}

std::vector<Value> items(const Value& value) {
  if (!value.node.IsSequence()) {
    wrong(value, value.what + " wants a list, and here is " + std::string(type_of(value.node)) + ".");
  }
  std::vector<Value> result;
  for (const auto& item : value.node) {
    const std::string what = value.what + "[" + std::to_string(result.size()) + "]";
    result.push_back({value.source, what, item.Mark(), item, "", value.mark});
  }
  return result;
}

std::string text(const Value& value) {
  std::string result = scalar(value, "text");
  if (result.empty()) wrong(value, value.what + " wants text, and here is an empty one.");
  if (plain(value.node)) {
    if (const auto other = other_type(result); !other.empty()) {
      wrong(value, value.what + " wants text, and " + visible(result) + " is " + std::string(other) +
                       ": write it in quotes, \"" + visible(result) + "\".");
    }
  }
  if (result.find('\0') != std::string::npos) wrong(value, value.what + " holds a zero byte.");
  return result;
}

std::string word(const Value& value) {
  std::string result = scalar(value, "text");
  if (result.empty()) wrong(value, value.what + " wants a word, and here is an empty one.");
  if (result.find('\0') != std::string::npos) wrong(value, value.what + " holds a zero byte.");
  return result;
}

bool truth(const Value& value) {
  const std::string word = scalar(value, "true or false");
  if (plain(value.node) && word == "true") return true;
  if (plain(value.node) && word == "false") return false;
  wrong(value, value.what + " wants true or false, and here is " + in_quotes(word) + ".");
}

rotation::Seconds duration(const Value& value) {
  const std::string word = scalar(value, "a time span such as 90d, 24h, 15m or 120s");
  if (const auto span = rotation::parse_duration(word)) return *span;
  const bool number = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
  if (number) {
    wrong(value, value.what + " has no unit: write " + word + "s, " + word + "m, " + word + "h or " + word + "d.");
  }
  wrong(value, value.what + " wants a time span such as 90d, 24h, 15m or 120s, and here is " + in_quotes(word) + ".");
}

void unknown_key(const Value& entry, const std::string& in, const std::vector<std::string>& allowed) {
  wrong_key(entry, "unknown key " + in_quotes(entry.key) + " in " + in + "." + did_you_mean(entry.key, allowed) +
                       " Allowed here: " + listed(allowed) + ".");
}

void unknown_word(const Value& value, const std::string& word, const std::vector<std::string>& allowed) {
  wrong(value, value.what + " can't be " + in_quotes(word) + "." + did_you_mean(word, allowed) +
                   " Allowed here: " + listed(allowed) + ".");
}

void read(const Value& mapping, const Handlers& handlers) {
  std::vector<std::string> allowed;
  for (const auto& [key, handler] : handlers) allowed.push_back(key);
  for (const Value& entry : entries(mapping)) {
    const auto found =
        std::find_if(handlers.begin(), handlers.end(), [&](const auto& known) { return known.first == entry.key; });
    if (found == handlers.end()) unknown_key(entry, mapping.what, allowed);
    found->second(entry);
  }
}

Handler later(std::string instead) {
  return [instead = std::move(instead)](const Value& value) {
    wrong_key(value, in_quotes(value.key) + " is not supported by this version: " + instead);
  };
}

}  // namespace cli::yaml
