#include "cli/config_edit.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "cli/config.hpp"
#include "cli/config_yaml.hpp"
#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/kind.hpp"

namespace cli {
namespace {

using rotation::LocationSpec;
constexpr std::size_t nowhere = std::string::npos;

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_plain(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '/' || c == '-'; }

// What YAML reads as something else than a text.
bool is_word_of_yaml(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array words{"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  return std::ranges::find(words, text) != words.end();
}

std::string scalar(const std::string& text) {
  const std::string rest = text.starts_with("~/") ? text.substr(1) : text;
  const bool plain = !rest.empty() && (is_letter(rest.front()) || rest.front() == '/') &&
                     std::ranges::all_of(rest, is_plain) && !is_word_of_yaml(rest);
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// As the config's own author would write it.
std::string below_home(const std::string& path) {
  const std::string home = (platform::expand_home("~") / "").string();
  return home.size() > 1 && path.starts_with(home) ? "~/" + path.substr(home.size()) : path;
}

bool is_one_line(const std::string& text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

// ---- the list in the text -------------------------------------------------------------------------------------

std::optional<yaml::Value> entry(const std::optional<yaml::Value>& mapping, const std::string& key) {
  if (!mapping || !mapping->node.IsMap()) return std::nullopt;
  for (yaml::Value& each : yaml::entries(*mapping)) {
    if (each.key == key) return std::move(each);
  }
  return std::nullopt;
}

std::size_t start_of_line(const std::string& text, int line) {
  std::size_t at = 0;
  for (int n = 0; n < line && at != nowhere; ++n) {
    at = text.find('\n', at);
    if (at != nowhere) ++at;
  }
  return at;
}

std::size_t end_of_line(const std::string& text, std::size_t from) {
  const std::size_t end = text.find('\n', from);
  return end == nowhere ? text.size() : end + 1;
}

// Of a line: how far it is indented; nowhere for one without a word.
std::size_t indent_of(const std::string& text, std::size_t line) {
  const std::size_t word = text.find_first_not_of(' ', line);
  return word == nowhere || text[word] == '\n' || text[word] == '\r' ? nowhere : word - line;
}

// "- item" lines: the new ones go below the last line that belongs to the last item.
std::optional<std::string> in_block(const std::string& text, const yaml::Value& list,
                                    const std::vector<std::string>& items) {
  const auto old = yaml::items(list);
  if (old.empty()) return std::nullopt;
  const std::size_t dash = start_of_line(text, old.back().mark.line);
  if (dash == nowhere) return std::nullopt;
  const std::size_t indent = indent_of(text, dash);
  if (indent == nowhere || text[dash + indent] != '-') return std::nullopt;
  std::size_t behind = end_of_line(text, dash);
  for (std::size_t line = behind; line < text.size(); line = end_of_line(text, line)) {
    const std::size_t deep = indent_of(text, line);
    if (deep == nowhere) continue;
    if (deep <= indent) break;
    behind = end_of_line(text, line);
  }
  const std::string line_end = text.find("\r\n") == nowhere ? "\n" : "\r\n";
  std::string lines = text[behind - 1] == '\n' ? "" : line_end;
  for (const std::string& item : items) lines += std::string(indent, ' ') + "- " + item + line_end;
  return std::string(text).insert(behind, lines);
}

// Where the bracket that opens here is closed, and where the last word before that ends.
struct Brackets {
  std::size_t last = nowhere, close = nowhere;
};

Brackets brackets(const std::string& text, std::size_t open) {
  Brackets found{.last = open + 1};
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      const char before = text[at - 1];
      if (is_plain(before)) return {};  // an apostrophe in a word: somebody's own way
      do ++at;
      while (at < text.size() && text[at] != c && text[at] != '\\');
      if (at >= text.size() || text[at] == '\\') return {};
    } else if (c == '#' && (text[at - 1] == ' ' || text[at - 1] == '\n')) {
      at = end_of_line(text, at) - 1;
      continue;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && --depth == 0) {
      found.close = at;
      return found;
    }
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') found.last = at + 1;
  }
  return {};
}

std::optional<std::string> in_flow(const std::string& text, const yaml::Value& list,
                                   const std::vector<std::string>& items) {
  const std::size_t line = start_of_line(text, list.mark.line);
  if (line == nowhere) return std::nullopt;
  const std::size_t open = line + static_cast<std::size_t>(list.mark.column);
  if (open >= text.size() || text[open] != '[') return std::nullopt;
  const auto [last, close] = brackets(text, open);
  if (close == nowhere) return std::nullopt;
  const bool comma = last == open + 1 || text[last - 1] == ',';
  std::string added;
  for (const std::string& item : items) added += (added.empty() && comma ? "" : ", ") + item;
  return std::string(text).insert(last, added);
}

bool reads_as(const Config& now, const Config& before, const std::string& target,
              const std::vector<LocationSpec>& specs) {
  if (now.targets.size() != before.targets.size() || now.accounts.size() != before.accounts.size()) return false;
  return std::ranges::all_of(before.targets, [&](const auto& each) {
    const auto at = now.targets.find(each.first);
    if (at == now.targets.end()) return false;
    std::vector<LocationSpec> expected = each.second.locations;
    if (each.first == target) expected.insert(expected.end(), specs.begin(), specs.end());
    return at->second.locations == expected;
  });
}

}  // namespace

std::optional<std::string> location_item(const LocationSpec& spec) {
  std::string text = "{name: " + scalar(spec.name.text()) + ", type: " + scalar(spec.type);
  std::map<std::string, std::string> below;  // "keys.private" stands in a mapping of its own
  for (const auto& [name, value] : spec.settings) {
    if (!is_one_line(value)) return std::nullopt;
    const std::string written = scalar(below_home(value));
    if (const std::size_t dot = name.find('.'); dot != nowhere) {
      std::string& inner = below[name.substr(0, dot)];
      inner += (inner.empty() ? "" : ", ") + name.substr(dot + 1) + ": " + written;
    } else {
      text += ", " + name + ": " + written;
    }
  }
  for (const auto& [name, inner] : below) text += ", " + name + ": {" + inner + "}";
  return text + "}";
}

rotation::LocationName fresh_name(const LocationSpec& spec, const std::vector<LocationSpec>& others) {
  const std::filesystem::path path(secrets_adapters::text_of(spec, "path"));
  std::string base(secrets_adapters::text_of(spec, "profile"));
  if (base.empty()) base = path.stem().string();
  for (char& c : base) c = is_plain(c) && c != '/' ? c : '-';
  base.erase(0, base.find_first_not_of("-."));
  if (base.empty()) base = "found";
  std::string name = base;
  const auto taken = [&](const LocationSpec& other) { return other.name.text() == name; };
  for (int n = 2; std::ranges::any_of(others, taken); ++n) name = base + "-" + std::to_string(n);
  return rotation::LocationName{name};
}

std::optional<std::string> with_locations(const std::string& whole, const std::filesystem::path& file,
                                          const std::string& target, const std::vector<LocationSpec>& specs) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  const std::string head(whole.starts_with(mark) ? mark : "");
  const std::string text = whole.substr(head.size());
  const Config before = parse_config(text, file);
  const yaml::Source source{file, text};
  const auto list = entry(entry(entry(yaml::document(source), "targets"), target), "locations");
  if (!list || !list->node.IsSequence()) return std::nullopt;
  std::vector<std::string> items;
  for (const LocationSpec& spec : specs) {
    auto item = location_item(spec);
    if (!item) return std::nullopt;
    items.push_back(std::move(*item));
  }
  const bool flow = list->node.Style() == YAML::EmitterStyle::Flow;
  auto now = flow ? in_flow(text, *list, items) : in_block(text, *list, items);
  try {
    if (!now || !reads_as(parse_config(*now, file), before, target, specs)) return std::nullopt;
  } catch (const rotation::Trouble&) {
    return std::nullopt;
  }
  return head + *now;
}

}  // namespace cli
