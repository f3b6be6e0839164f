#include "cli/style.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "cli/utf8.hpp"

namespace cli {
namespace {

constexpr std::size_t widest_prose = 100;  // longer lines are hard to read, however wide the terminal is

std::string_view escape_of(Ink ink) {
  switch (ink) {
    case Ink::plain: return "";
    case Ink::bold: return "\x1b[1m";
    case Ink::dim: return "\x1b[2m";
    case Ink::green: return "\x1b[32m";
    case Ink::yellow: return "\x1b[33m";
    case Ink::red: return "\x1b[31m";
    case Ink::cyan: return "\x1b[36m";
  }
  return "";
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool speaks_utf8(std::string locale) {
  std::transform(locale.begin(), locale.end(), locale.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
}

std::string hex(std::uint32_t number, std::size_t digits) {
  constexpr std::string_view letters = "0123456789abcdef";
  std::string text;
  for (std::size_t i = digits; i-- > 0;) text += letters[(number >> (4 * i)) & 0xfU];
  return text;
}

// Zero width, direction changes, line separators and the like: they make one text look like another.
bool deceptive(char32_t point) {
  return point == 0xad || (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || (point >= 0xfff9 && point <= 0xfffb) ||
         (point >= 0xe0000 && point <= 0xe007f);
}

// The length of one of our own colour sequences at the start of `text`; 0 if there is none.
std::size_t colour_length(std::string_view text) {
  if (text.size() < 3 || text[0] != '\x1b' || text[1] != '[') return 0;
  const std::size_t end = text.find('m');
  return end == std::string_view::npos ? 0 : end + 1;
}

}  // namespace

std::optional<ColorWish> parse_color_wish(std::string_view text) {
  if (text == "auto") return ColorWish::automatic;
  if (text == "always") return ColorWish::always;
  if (text == "never") return ColorWish::never;
  return std::nullopt;
}

std::string Style::paint(Ink ink, std::string_view text) const {
  if (!color || ink == Ink::plain || text.empty()) return std::string(text);
  return std::string(escape_of(ink)).append(text).append("\x1b[0m");
}

Surroundings surroundings_of(int fd) {
  Surroundings around;
  around.tty = ::isatty(fd) == 1;
  winsize size{};
  if (around.tty && ::ioctl(fd, TIOCGWINSZ, &size) == 0) around.columns = size.ws_col;
  around.term = variable("TERM");
  around.no_color = variable("NO_COLOR");
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    around.locale = variable(name);
    if (!around.locale.empty()) break;
  }
  return around;
}

Style style_for(const Surroundings& around, ColorWish wish) {
  const bool dumb = around.term == "dumb" || around.term.empty();
  Style style;
  style.color =
      wish == ColorWish::always || (wish == ColorWish::automatic && around.tty && around.no_color.empty() && !dumb);
  style.unicode = around.tty && !dumb && speaks_utf8(around.locale);
  if (around.tty) style.width = around.columns == 0 ? 80 : around.columns;
  return style;
}

std::string visible(std::string_view outside) {
  std::string text;
  text.reserve(outside.size());
  while (!outside.empty()) {
    const utf8::Point next = utf8::first(outside);
    if (!next.valid || next.value < 0x20 || next.value == 0x7f) {
      text += "\\x" + hex(static_cast<unsigned char>(outside[0]), 2);
    } else if ((next.value >= 0x80 && next.value < 0xa0) || deceptive(next.value)) {
      text += "\\u{" + hex(static_cast<std::uint32_t>(next.value), next.value > 0xffff ? 6 : 4) + "}";
    } else {
      text.append(outside.substr(0, next.length));
    }
    outside.remove_prefix(next.length);
  }
  return text;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    if (const std::size_t colour = colour_length(text); colour > 0) {
      text.remove_prefix(colour);
      continue;
    }
    const utf8::Point next = utf8::first(text);
    columns += utf8::columns(next.value);
    text.remove_prefix(next.length);
  }
  return columns;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string result(text);
  const std::size_t taken = display_width(text);
  if (taken < width) result.append(width - taken, ' ');
  return result;
}

std::string cut(std::string_view text, std::size_t width, bool unicode) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  std::string result;
  std::size_t columns = 0;
  while (!text.empty()) {
    const utf8::Point next = utf8::first(text);
    columns += utf8::columns(next.value);
    if (columns > width - 1) break;
    result.append(text.substr(0, next.length));
    text.remove_prefix(next.length);
  }
  return result + (unicode ? "…" : ".");
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t columns = 0;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank + 1);
    if (word.empty()) continue;
    const std::size_t length = display_width(word);
    if (columns > 0 && columns + 1 + length > width) {
      lines.emplace_back();
      columns = 0;
    }
    if (columns > 0) lines.back() += ' ';
    lines.back().append(word);
    columns += (columns > 0 ? 1 : 0) + length;
  }
  return lines;
}

std::string paragraph(std::string_view text, std::size_t indent, const Style& style) {
  const std::string margin(indent, ' ');
  if (!style.width) return margin + std::string(text) + "\n";
  const std::size_t room = std::min(*style.width, widest_prose);
  std::string result;
  for (const std::string& line : wrapped(text, room > indent + 10 ? room - indent : 10)) {
    result.append(margin).append(line).append("\n");
  }
  return result;
}

namespace {

// At blanks outside of single quotes, the only ones that we write; an option stays with its value.
std::vector<std::string_view> shell_pieces(std::string_view command) {
  std::vector<std::string_view> words;
  bool quoted = false;
  std::size_t from = 0;
  for (std::size_t at = 0; at < command.size(); ++at) {
    if (command[at] == '\'') quoted = !quoted;
    if (command[at] != ' ' || quoted) continue;
    const std::string_view word = command.substr(from, at - from);
    const bool option = word.starts_with("--") && word.find_first_of(" =") == std::string_view::npos;
    if (option && !command.substr(at + 1).starts_with("-")) continue;
    words.push_back(word);
    from = at + 1;
  }
  words.push_back(command.substr(from));
  return words;
}

}  // namespace

std::string command_lines(std::string_view command, std::size_t indent, const Style& style) {
  constexpr std::string_view goes_on = " \\";
  constexpr std::size_t further = 2;  // what goes on stands further in
  std::vector<std::string> lines(1, std::string(indent, ' '));
  std::size_t words_on_line = 0;
  for (const std::string_view word : shell_pieces(command)) {
    const std::size_t width = display_width(lines.back()) + 1 + display_width(word) + goes_on.size();
    if (words_on_line > 0 && style.width && width > *style.width) {
      lines.back() += goes_on;
      lines.emplace_back(indent + further, ' ');
      words_on_line = 0;
    }
    if (words_on_line++ > 0) lines.back() += ' ';
    lines.back() += word;
  }
  std::string text;
  for (const std::string& line : lines) text += style.paint(Ink::bold, line) + "\n";
  return text;
}

}  // namespace cli
