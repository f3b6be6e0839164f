#include "providers/calling/shell_words.hpp"

#include <algorithm>

namespace calling {

namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The rest of a quoted piece from `at` into `word`; returns the place after the closing quote, npos without one.
std::size_t take_quoted(std::string_view text, std::size_t at, char quote, std::string& word) {
  for (; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    const bool escapes = quote == '"' && text[at] == '\\' && at + 1 < text.size() &&
                         std::string_view{"\"\\$`\n"}.find(text[at + 1]) != std::string_view::npos;
    if (escapes) ++at;
    word += text[at];
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_blank(c)) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      ++at;
      continue;
    }
    if (!word) word.emplace();
    if (c == '\'' || c == '"') {
      at = take_quoted(text, at + 1, c, *word);
      if (at == std::string_view::npos) return std::nullopt;
    } else if (c == '\\') {
      if (at + 1 == text.size()) return std::nullopt;
      *word += text[at + 1];
      at += 2;
    } else {
      *word += c;
      ++at;
    }
  }
  if (word) words.push_back(std::move(*word));
  return words;
}

std::string quote_word(std::string_view word) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view{"_-+=,.@:/%"}.find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), safe)) return std::string{word};
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace calling
