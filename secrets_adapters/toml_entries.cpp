// Where the values of a TOML 1.0 text stand (toml.io/en/v1.0.0). All of it is read, strictly: a text that this reader
// does not understand is refused, so that nothing is taken for a key or a value that other readers see otherwise.
#include <algorithm>
#include <map>
#include <utility>

#include "secrets_adapters/json_pointer.hpp"
#include "secrets_adapters/structured_text.hpp"

namespace secrets_adapters {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";
constexpr int deepest = 64;

bool in_bare_key(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}
bool in_number(char c) { return in_bare_key(c) || c == '+' || c == '.' || c == ':'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), at_(text.starts_with(bom) ? bom.size() : 0) {}

  Entries read() {
    known_[""] = Kind::header;
    while (at_ < text_.size()) {
      skip_blanks();
      if (peek() == '[') {
        header();
      } else if (at_ < text_.size() && peek() != '#' && peek() != '\n' && peek() != '\r') {
        assignment(table_, 1);
      }
      end_of_line();
    }
    return std::move(entries_);
  }

 private:
  enum class Kind : std::uint8_t {
    header,   // a table with a header of its own
    implied,  // a table that only stands in the header of one below it
    dotted,   // a table by a key with dots
    array,    // of tables, each with a header
    value,
  };

  [[noreturn]] void fail(const char* what) const { throw Unfit{.line = line_of(text_, at_), .what = what}; }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool next_is(std::string_view piece) const { return text_.substr(at_).starts_with(piece); }
  void expect(char c, const char* what) {
    if (peek() != c || at_ == text_.size()) fail(what);
    ++at_;
  }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t') ++at_;
  }
  void skip_comment() {
    if (peek() != '#') return;
    while (at_ < text_.size() && peek() != '\n' && !next_is("\r\n")) {
      if (static_cast<unsigned char>(peek()) < 0x20 && peek() != '\t') fail("a control character");
      ++at_;
    }
  }
  void end_of_line() {
    skip_blanks();
    skip_comment();
    if (at_ == text_.size()) return;
    if (next_is("\r\n")) ++at_;
    expect('\n', "something behind the end of a value or a header");
  }
  void skip_lines() {  // inside a list
    for (;;) {
      skip_blanks();
      skip_comment();
      if (peek() != '\n' && !next_is("\r\n")) return;
      at_ += peek() == '\n' ? 1 : 2;
    }
  }

  // ---- keys and tables ----

  std::string one_key() {
    const std::size_t begin = at_;
    if (const char quote = peek(); quote == '"' || quote == '\'') {
      const platform::Range range = line_string(quote);
      const std::string_view name = text_.substr(range.begin, range.end - range.begin);
      if (quote == '"' && name.find('\\') != std::string_view::npos) fail("an escape in a key");
      return std::string(name);
    }
    while (in_bare_key(peek())) ++at_;
    if (at_ == begin) fail("a key should begin here");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::vector<std::string> dotted_key() {
    std::vector<std::string> names{one_key()};
    for (skip_blanks(); peek() == '.'; skip_blanks()) {
      ++at_;
      skip_blanks();
      names.push_back(one_key());
    }
    return names;
  }

  [[nodiscard]] const Kind* known(const std::string& pointer) const {
    const auto found = known_.find(pointer);
    return found == known_.end() ? nullptr : &found->second;
  }

  void add_table(const std::string& pointer, Kind kind) {
    known_[pointer] = kind;
    Entry& entry = entries_.emplace_back();
    entry.pointer = pointer;
    entry.at = at_;
    entry.unfit = no_text;
  }

  void header() {
    const bool array = next_is("[[");
    at_ += array ? 2 : 1;
    skip_blanks();
    std::vector<std::string> names = dotted_key();
    const std::string last = std::move(names.back());
    names.pop_back();
    expect(']', "a header without its closing bracket");
    if (array) expect(']', "a header without its closing brackets");
    table_.clear();
    for (const std::string& name : names) {
      table_ = pointer_to(table_, name);
      const Kind* kind = known(table_);
      if (kind == nullptr) {
        add_table(table_, Kind::implied);
      } else if (*kind == Kind::array) {
        table_ = pointer_to(table_, std::to_string(sizes_[table_] - 1));
      } else if (*kind == Kind::value) {
        fail("a table in the place of a value");
      }
    }
    table_ = pointer_to(table_, last);
    array ? open_next(table_) : open(table_);
  }

  void open(const std::string& pointer) {
    const Kind* kind = known(pointer);
    if (kind != nullptr && *kind != Kind::implied) fail("a table that was there before");
    if (kind == nullptr) add_table(pointer, Kind::header);
    known_[pointer] = Kind::header;
  }

  void open_next(std::string& pointer) {
    const Kind* kind = known(pointer);
    if (kind != nullptr && *kind != Kind::array) fail("a list of tables in the place of something else");
    if (kind == nullptr) add_table(pointer, Kind::array);
    const std::size_t index = sizes_[pointer]++;
    pointer = pointer_to(pointer, std::to_string(index));
    add_table(pointer, Kind::header);
  }

  void assignment(const std::string& table, int level) {
    std::vector<std::string> names = dotted_key();
    std::string pointer = table;
    for (std::size_t n = 0; n + 1 < names.size(); ++n) {
      pointer = pointer_to(pointer, names[n]);
      const Kind* kind = known(pointer);
      if (kind != nullptr && *kind != Kind::dotted) fail("a key with dots that reaches into what stands elsewhere");
      if (kind == nullptr) add_table(pointer, Kind::dotted);
    }
    pointer = pointer_to(pointer, names.back());
    if (known(pointer) != nullptr) fail("a key that was there before");
    expect('=', "a key without \"=\" behind it");
    skip_blanks();
    value(pointer, level);
  }

  // ---- values ----

  void value(const std::string& pointer, int level) {
    if (level > deepest) fail("values nested too deeply");
    known_[pointer] = Kind::value;
    const std::size_t place = entries_.size();
    Entry entry{.pointer = pointer, .at = at_};
    const char first = peek();
    if (first == '"' || first == '\'') {
      string(first, entry);
      entries_.push_back(std::move(entry));
      return;
    }
    entry.unfit = no_text;
    entries_.push_back(std::move(entry));
    if (first == '[') return list(pointer, level);
    if (first == '{') return inline_table(pointer, level);
    const std::size_t begin = at_;
    other();
    entries_[place].digest = digest_of(text_.substr(begin, at_ - begin));
  }

  void string(char quote, Entry& entry) {
    const std::string fence(3, quote);
    if (next_is(fence)) {
      const std::size_t begin = at_;
      long_string(quote, fence);
      entry.unfit = not_one_word;
      entry.digest = digest_of(text_.substr(begin, at_ - begin));
      return;
    }
    entry.range = line_string(quote);
    const std::string_view written = text_.substr(entry.range.begin, entry.range.end - entry.range.begin);
    entry.digest = digest_of(written);
    entry.carries = quote == '"' ? stands_in_double : stands_in_single;
    if (quote == '"' && written.find('\\') != std::string_view::npos) {
      entry.unfit = "it is written with an escape; write it as plain characters";
    }
  }

  // What stands between the quotes.
  platform::Range line_string(char quote) {
    const std::size_t begin = ++at_;
    while (peek() != quote) {
      const auto byte = static_cast<unsigned char>(peek());
      if (at_ == text_.size() || byte == '\n' || byte == '\r') fail("a string that is never closed");
      if ((byte < 0x20 && byte != '\t') || byte == 0x7F) fail("a control character in a string");
      if (quote == '"' && peek() == '\\') ++at_;
      ++at_;
      if (at_ > text_.size()) fail("a string that is never closed");
    }
    return {begin, at_++};
  }

  void long_string(char quote, const std::string& fence) {
    at_ += 3;
    while (!next_is(fence)) {
      if (quote == '"' && peek() == '\\') ++at_;
      if (++at_ > text_.size()) fail("a string that is never closed");
    }
    at_ += 3;
    for (int more = 0; more < 2 && peek() == quote; ++more) ++at_;  // they belong to the string
  }

  void list(const std::string& pointer, int level) {
    ++at_;
    for (std::size_t index = 0;; ++index) {
      skip_lines();
      if (peek() == ']') break;
      value(pointer_to(pointer, std::to_string(index)), level + 1);
      skip_lines();
      if (peek() != ',') break;
      ++at_;
    }
    expect(']', "neither a comma nor the list's end");
  }

  void inline_table(const std::string& pointer, int level) {
    ++at_;
    skip_blanks();
    if (peek() != '}') {
      for (;; ++at_) {
        skip_blanks();
        assignment(pointer, level + 1);
        skip_blanks();
        if (peek() != ',') break;
      }
    }
    expect('}', "neither a comma nor the table's end");
  }

  // A number, a date or a truth; which one of them does not matter here.
  void other() {
    const std::size_t begin = at_;
    while (in_number(peek())) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word.size() == 10 && word[4] == '-' && peek() == ' ' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      while (in_number(peek())) ++at_;
    }
    const bool number = !word.empty() && (is_digit(word[0]) || ((word[0] == '+' || word[0] == '-') && word.size() > 1));
    if (!number && word != "true" && word != "false" && word != "inf" && word != "nan") {
      at_ = begin;
      fail("a value should begin here");
    }
  }

  std::string_view text_;
  std::size_t at_;
  std::string table_;  // the pointer of the current one
  std::map<std::string, Kind> known_;
  std::map<std::string, std::size_t> sizes_;  // of lists of tables
  Entries entries_;
};

}  // namespace

Entries toml_entries(std::string_view text) { return Reader(text).read(); }

}  // namespace secrets_adapters
