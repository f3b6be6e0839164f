#include "inventory/query_tokens.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "inventory/query_parse.hpp"

namespace inventory {
namespace {

using namespace std::string_view_literals;
using TokenKind = Token::Kind;

constexpr std::array keywords{"and"sv, "or"sv, "not"sv, "in"sv};
constexpr std::string_view marks = "<>=!~";
constexpr std::array comparisons{"<"sv, "<="sv, ">"sv, ">="sv, "="sv, "!="sv, "~"sv, "=="sv, "=~"sv, "!~"sv};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool in_word(char c) {
  return !is_blank(c) && !is_control(c) && marks.find(c) == marks.npos &&
         "()[],|\"'"sv.find(c) == std::string_view::npos;
}

std::optional<TokenKind> single(char c) {
  switch (c) {
    case '(': return TokenKind::open;
    case ')': return TokenKind::close;
    case '[': return TokenKind::list_open;
    case ']': return TokenKind::list_close;
    case ',': return TokenKind::comma;
    case '|': return TokenKind::pipe;
    default: return std::nullopt;
  }
}

// Bytes of the UTF-8 character that begins `text`; 0 where none does.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
  }
  const bool overlong = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xf0 && byte(1) < 0x90);
  const bool beyond = (lead == 0xed && byte(1) >= 0xa0) || (lead == 0xf4 && byte(1) >= 0x90);
  const bool control = lead == 0xc2 && byte(1) < 0xa0;
  return overlong || beyond || control ? 0 : length;
}

// A blank that no keyboard shows as another one, or none at all: it comes along when a line is copied from a page.
bool is_odd_blank(std::string_view character) {
  constexpr std::array odd{"\xc2\xa0"sv,     "\xe1\x9a\x80"sv, "\xe2\x80\xaf"sv,
                           "\xe2\x81\x9f"sv, "\xe3\x80\x80"sv, "\xef\xbb\xbf"sv};
  if (std::ranges::find(odd, character) != odd.end()) return true;
  return character.size() == 3 && character >= "\xe2\x80\x80"sv && character <= "\xe2\x80\x8b"sv;
}

void refuse_odd_bytes(std::string_view text) {
  if (text.size() > longest_query) {
    throw BadQuery({.at = longest_query,
                    .message = "it is longer than " + std::to_string(longest_query / 1024) + " KiB",
                    .fits = "ask for less at once, or match names by a pattern: user ~ '^ci-'"});
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character(text.substr(at));
    if (length == 0 || (is_control(text[at]) && !is_blank(text[at]))) {
      throw BadQuery({.at = at, .message = "a byte that is no printable text stands here", .fits = "write it without"});
    }
    at += length;
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    while (skip_blanks(), at_ < text_.size()) take();
    add(TokenKind::end, "", text_.size(), 1);
    return std::move(tokens_);
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  void add(TokenKind kind, std::string text, std::size_t at, std::size_t length) {
    tokens_.push_back({.kind = kind, .text = std::move(text), .at = at, .length = length});
  }

  void take() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<-") || rest.starts_with("-->") || rest.starts_with("-[")) return take_arrow(rest);
    const char c = rest.front();
    if (const auto kind = single(c)) {
      add(*kind, std::string(1, c), at_++, 1);
    } else if (c == '"' || c == '\'') {
      take_quoted(c);
    } else if (marks.find(c) != marks.npos) {
      take_comparison(rest);
    } else {
      const auto end = std::ranges::find_if_not(rest, in_word);
      const auto length = static_cast<std::size_t>(end - rest.begin());
      refuse_odd_blanks(rest.substr(0, length));
      add(TokenKind::word, std::string(rest.substr(0, length)), at_, length);
      at_ += length;
    }
  }

  // In quotes they are as good as any other character.
  void refuse_odd_blanks(std::string_view word) const {
    for (std::size_t at = 0, length = 0; at < word.size(); at += length) {
      length = character(word.substr(at));
      if (!is_odd_blank(word.substr(at, length))) continue;
      throw BadQuery({.at = at_ + at,
                      .length = length,
                      .message = "a blank of an unusual kind, such as a no-break space, stands here",
                      .fits = "write an ordinary blank, or put the value in quotes"});
    }
  }

  // Of Resoto's steps through its graph the one that leads from a key to its user.
  void take_arrow(std::string_view rest) {
    if (!rest.starts_with("<--") || rest.starts_with("<-->")) {
      throw BadQuery({.at = at_,
                      .length = std::min(rest.find_first_of(" \t\n\r()"), rest.size()),
                      .message = "of Resoto's steps through its graph only <-- is known, from a key to its user",
                      .fits = "is(access_key) and last_access > 90d <-- is(user) and name != jenkins"});
    }
    add(TokenKind::arrow, "<--", at_, 3);
    at_ += 3;
  }

  void take_comparison(std::string_view rest) {
    const std::size_t length = std::min(rest.find_first_not_of(marks), rest.size());
    const std::string_view found = rest.substr(0, length);
    if (std::ranges::find(comparisons, found) == comparisons.end()) {
      throw BadQuery({.at = at_,
                      .length = length,
                      .message = "\"" + std::string(found) + "\" is no comparison",
                      .fits = "comparisons are < <= > >= = != ~ in, not in"});
    }
    add(TokenKind::compare, std::string(found == "==" ? "=" : found == "=~" ? "~" : found), at_, length);
    at_ += length;
  }

  // A backslash keeps the quote and itself; before anything else it stands for itself, as patterns need it.
  void take_quoted(char quote) {
    const std::size_t from = at_++;
    std::string text;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
      if (text_[at_] == '\\' && (next == quote || next == '\\')) ++at_;
      text += text_[at_];
    }
    if (at_ >= text_.size()) {
      throw BadQuery({.at = from, .message = "this quote is never closed", .fits = "close it, or leave it out"});
    }
    ++at_;
    add(TokenKind::quoted, std::move(text), from, at_ - from);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

bool same_letters(std::string_view word, std::string_view keyword) {
  return std::ranges::equal(word, keyword, [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) == right;
  });
}

bool is_keyword_text(std::string_view text) {
  return std::ranges::any_of(keywords, [&](std::string_view each) { return same_letters(text, each); });
}

}  // namespace

std::vector<Token> tokens_of(std::string_view text) {
  refuse_odd_bytes(text);
  return Lexer{text}.run();
}

bool is_keyword(const Token& token, std::string_view keyword) {
  return token.kind == TokenKind::word && same_letters(token.text, keyword);
}

bool is_any_keyword(const Token& token) { return token.kind == TokenKind::word && is_keyword_text(token.text); }

bool is_plain_word(std::string_view text) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           "_.-+@/:"sv.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::ranges::all_of(text, plain) && text.front() != '-' && !is_keyword_text(text);
}

}  // namespace inventory
