#include "secrets_adapters/json_places.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "secrets_adapters/pair_in_text.hpp"
#include "secrets_adapters/utf8.hpp"

namespace secrets_adapters {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::optional<std::uint32_t> hex_digit(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return std::nullopt;
}

// How many bytes the character at the front takes (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF);
// 0 if it is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto within = [&](std::size_t at, unsigned low, unsigned high) { return byte(at) >= low && byte(at) <= high; };
  const unsigned first = byte(0);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first >= 0xC2 && first <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first < 0xF0 || first > 0xF4) return 0;
  const unsigned low = first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
  return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
}

class Reader {
 public:
  explicit Reader(std::string_view text, std::size_t from = 0) : text_(text), at_(from) {}

  JsonPlace whole() {
    if (text_.starts_with(bom)) at_ = bom.size();
    JsonPlace result = value(1);
    skip_blanks();
    if (at_ != text_.size()) fail("something behind the end of the JSON value");
    return result;
  }

  // Both ends of what stands between the quotes; at_ is behind the closing one. What it reads is appended to `to`.
  platform::Range string(std::string* to, bool* escaped) {
    expect('"', "a string should begin here");
    const std::size_t begin = at_;
    while (peek() != '"' || at_ == text_.size()) {
      if (at_ == text_.size()) fail("a string that is never closed");
      if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character in a string");
      if (text_[at_] == '\\') {
        if (escaped != nullptr) *escaped = true;
        escape(to);
        continue;
      }
      const std::size_t length = utf8_length(text_.substr(at_));
      if (length == 0) fail("bytes that are not UTF-8");
      if (to != nullptr) to->append(text_.substr(at_, length));
      at_ += length;
    }
    return {begin, at_++};
  }

 private:
  [[noreturn]] void fail(const char* what) const { throw JsonError{line_of(text_, at_), what}; }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void expect(char c, const char* what) {
    if (at_ == text_.size() || text_[at_] != c) fail(what);
    ++at_;
  }
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  JsonPlace value(int level) {
    skip_blanks();
    if (level > deepest_json) fail("values nested too deeply");
    JsonPlace result;
    result.range.begin = at_;
    switch (peek()) {
      case '{': object(result, level); break;
      case '[': array(result, level); break;
      case '"':
        result.kind = JsonPlace::Kind::string;
        result.range = string(nullptr, &result.escaped);
        return result;
      case 't': word("true"); break;
      case 'f': word("false"); break;
      case 'n': word("null"); break;
      default: number();
    }
    result.range.end = at_;
    return result;
  }

  void object(JsonPlace& result, int level) {
    result.kind = JsonPlace::Kind::object;
    ++at_;
    skip_blanks();
    if (take('}')) return;
    do {
      skip_blanks();
      JsonMember& member = result.members.emplace_back();
      member.at = at_;
      string(&member.name, nullptr);
      skip_blanks();
      expect(':', "a member's name without a colon behind it");
      member.value = value(level + 1);
      skip_blanks();
    } while (take(','));
    expect('}', "neither a comma nor the object's end");
  }

  void array(JsonPlace& result, int level) {
    result.kind = JsonPlace::Kind::array;
    ++at_;
    skip_blanks();
    if (take(']')) return;
    do {
      result.items.push_back(value(level + 1));
      skip_blanks();
    } while (take(','));
    expect(']', "neither a comma nor the list's end");
  }

  void word(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) fail("neither a value nor the end of one");
    at_ += expected.size();
  }

  void digits() {
    if (!is_digit(peek())) fail("a number that is none");
    while (is_digit(peek())) ++at_;
  }

  void number() {
    const bool negative = take('-');
    if (!negative && !is_digit(peek())) fail("a value should begin here");
    if (!take('0')) digits();
    if (take('.')) digits();
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      digits();
    }
  }

  void escape(std::string* to) {
    constexpr std::string_view written = "\"\\/bfnrt";
    constexpr std::string_view meant = "\"\\/\b\f\n\r\t";
    ++at_;
    if (take('u')) {
      const std::uint32_t point = code_point();
      if (to != nullptr) append_utf8(*to, point);
      return;
    }
    const std::size_t which = at_ < text_.size() ? written.find(text_[at_]) : std::string_view::npos;
    if (which == std::string_view::npos) fail("an escape that JSON does not know");
    if (to != nullptr) *to += meant[which];
    ++at_;
  }

  std::uint32_t four_digits() {
    std::uint32_t result = 0;
    for (int n = 0; n < 4; ++n, ++at_) {
      const auto digit = hex_digit(peek());
      if (!digit) fail("an escape that JSON does not know");
      result = result * 16 + *digit;
    }
    return result;
  }

  std::uint32_t code_point() {
    const std::uint32_t first = four_digits();
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !take('\\') || !take('u')) fail("half a surrogate pair");
    const std::uint32_t second = four_digits();
    if (second < 0xDC00 || second > 0xDFFF) fail("half a surrogate pair");
    return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
  }

  std::string_view text_;
  std::size_t at_;
};

}  // namespace

JsonPlace parse_json(std::string_view text) { return Reader(text).whole(); }

std::string read_json_string(std::string_view text, const JsonPlace& place) {
  std::string result;
  result.reserve(place.range.end - place.range.begin);  // no escape reads longer than it is written
  (void)Reader(text, place.range.begin - 1).string(&result, nullptr);
  return result;
}

}  // namespace secrets_adapters
