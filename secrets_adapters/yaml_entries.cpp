// Where the values of a YAML text stand. yaml-cpp says where each node begins and what it reads; that it stands there
// as it reads, in one piece, is looked up in the text itself. yaml-cpp's own copies of a text are not wiped.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <streambuf>
#include <utility>

#include "secrets_adapters/json_pointer.hpp"
#include "secrets_adapters/structured_text.hpp"

namespace secrets_adapters {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";

// A text as a stream, without a copy of it.
class View final : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // setg wants it so; nothing writes there
    setg(begin, begin, begin + text.size());
  }
};

// To readers of YAML 1.1 and of 1.2 alike? Numbers, dates, truths and nothings are none.
bool is_text_when_plain(std::string_view value) {
  constexpr std::string_view words[] = {"y",    "n", "yes",  "no",   "on",    "off",   "true", "false",
                                        "null", "~", ".inf", ".nan", "-.inf", "+.inf", "=",    "<<"};
  std::string low(value);
  std::ranges::transform(low, low.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool word = std::ranges::find(words, low) != std::end(words);
  // Beyond the digits of a hexadecimal number and the marks of a date: "0x1f", "1e5", "2026-01-02T03:04:05Z".
  const bool telling = low.find_first_of("ghijklmnpqrsuvwy") != std::string::npos;
  rotation::wipe(low);
  return telling && !word;
}

// Turns the events of one document into entries.
class Reader final : public YAML::EventHandler {
 public:
  explicit Reader(std::string_view text) : text_(text), skipped_(text.starts_with(bom) ? bom.size() : 0) {}

  Entries entries;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw Unfit{.line = line(mark), .what = "a second document in one file"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (takes_key("")) return;
    add(mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (awaits_key()) throw Unfit{.line = line(mark), .what = "an alias in a key's place"};
    Entry& entry = add(mark, 0);
    entry.unfit = entry.below = "it is an alias of what stands elsewhere";
    entry.digest = anchor;
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (takes_key(value)) return;
    Entry& entry = add(mark, anchor);
    entry.digest = digest_of(tag + " " + value);
    if (!entry.unfit.empty()) return;
    if (tag == "?") {
      plain(entry, value);
    } else if (tag == "!") {
      quoted(entry, value);
    } else {
      entry.unfit = "it has a tag, which readers understand in different ways";
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, {.map = false});
  }
  void OnSequenceEnd() override { frames_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, anchor, {.map = true});
  }
  void OnMapEnd() override { frames_.pop_back(); }

 private:
  struct Frame {
    bool map = false;
    bool key_read = false;
    std::string pointer = {};  // of the mapping or list
    std::string key = {};
    std::size_t index = 0;
  };

  [[nodiscard]] std::size_t line(const YAML::Mark& mark) const { return static_cast<std::size_t>(mark.line) + 1; }
  [[nodiscard]] bool awaits_key() const { return !frames_.empty() && frames_.back().map && !frames_.back().key_read; }

  bool takes_key(const std::string& name) {
    if (!awaits_key()) return false;
    frames_.back().key = name;
    frames_.back().key_read = true;
    return true;
  }

  std::string next_pointer() {
    if (frames_.empty()) return "";
    Frame& top = frames_.back();
    if (!top.map) return pointer_to(top.pointer, std::to_string(top.index++));
    top.key_read = false;
    return pointer_to(top.pointer, top.key);
  }

  Entry& add(const YAML::Mark& mark, YAML::anchor_t anchor) {
    Entry& entry = entries.emplace_back();
    entry.pointer = next_pointer();
    entry.at = std::min(static_cast<std::size_t>(mark.pos) + skipped_, text_.size());
    entry.range = {entry.at, entry.at};
    if (anchor != 0) entry.unfit = entry.below = "it has an anchor: what is written here would change elsewhere too";
    return entry;
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Frame frame) {
    if (awaits_key()) throw Unfit{.line = line(mark), .what = "a mapping or a list in a key's place"};
    Entry& entry = add(mark, anchor);
    if (entry.unfit.empty()) entry.unfit = no_text;
    frame.pointer = entry.pointer;
    frames_.push_back(std::move(frame));
  }

  void plain(Entry& entry, const std::string& value) const {
    if (value.empty() || value == "~" || value == "null") return;
    if (text_.substr(entry.at, value.size()) != value || !std::ranges::all_of(value, stands_bare)) {
      entry.unfit = not_one_word;
    } else if (!is_text_when_plain(value)) {
      entry.unfit = "some readers take it for a number, a date or a truth; put it in quotes";
    }
    entry.carries = stands_bare;
    entry.range.end = entry.at + value.size();
  }

  void quoted(Entry& entry, const std::string& value) const {
    const char quote = entry.at < text_.size() ? text_[entry.at] : '\0';
    const std::size_t end = entry.at + 1 + value.size();
    const bool as_it_reads = (quote == '"' || quote == '\'') && end < text_.size() && text_[end] == quote &&
                             text_.substr(entry.at + 1, value.size()) == value;
    if (!as_it_reads) entry.unfit = not_one_word;
    entry.carries = quote == '"' ? stands_in_double : stands_in_single;
    entry.range = {entry.at + 1, end};
  }

  std::string_view text_;
  std::size_t skipped_;
  int documents_ = 0;
  std::vector<Frame> frames_;
};

}  // namespace

Entries yaml_entries(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw Unfit{.line = 1, .what = "it is not UTF-8"};
  }
  Reader reader(text);
  View view(text);
  std::istream stream(&view);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(reader)) {
    }
  } catch (const YAML::Exception& error) {
    throw Unfit{.line = error.mark.line < 0 ? 0 : static_cast<std::size_t>(error.mark.line) + 1, .what = "not YAML"};
  }
  return std::move(reader.entries);
}

}  // namespace secrets_adapters
