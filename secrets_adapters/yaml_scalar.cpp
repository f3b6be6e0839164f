#include "secrets_adapters/yaml_scalar.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <istream>
#include <optional>
#include <set>
#include <streambuf>
#include <vector>

#include "rotation/secret.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {
namespace {

using rotation::Refusal;
using Form = YamlScalar::Form;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// A stream over a view: no copy of the text.
class View final : public std::streambuf {
 public:
  explicit View(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // only ever read
    setg(begin, begin, begin + text.size());
  }
};

[[noreturn]] void unfit(std::string_view text, std::size_t at, std::string what) {
  throw Unfit{.line = line_of(text, at), .what = std::move(what)};
}

// ---- where the value ends -------------------------------------------------------------------------------------

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t line_end(std::string_view text, std::size_t at) { return std::min(text.find('\n', at), text.size()); }

bool same_but_blanks(std::string_view a, std::string_view b) {
  std::size_t at = 0;
  for (const char c : a) {
    if (blank(c)) continue;
    while (at < b.size() && blank(b[at])) ++at;
    if (at == b.size() || b[at++] != c) return false;
  }
  return std::all_of(b.begin() + static_cast<std::ptrdiff_t>(at), b.end(), blank);
}

// A block's lines: those as deep as its first one, and blank ones between them.
YamlScalar block_at(std::string_view text, std::size_t at, std::string_view value) {
  const std::size_t head = line_end(text, at);
  YamlScalar found{.form = Form::block, .range = {}, .indent = {}, .plain_head = text.substr(at, head - at) == ">"};
  std::size_t deep = 0;
  for (std::size_t line = head + 1; line < text.size(); line = line_end(text, line) + 1) {
    const std::string_view whole = text.substr(line, line_end(text, line) - line);
    const std::size_t first = std::min(whole.find_first_not_of(' '), whole.size());
    const std::size_t last = whole.find_last_not_of(" \t\r");
    if (last == std::string_view::npos) continue;
    if (deep == 0) {
      deep = first;
      found.indent = std::string(whole.substr(0, first));
      found.range.begin = line + first;
      found.plain_head = found.plain_head && line == head + 1;
    }
    if (first < deep || deep == 0) break;
    found.range.end = line + last + 1;
  }
  const bool whole = found.range.begin < found.range.end &&
                     same_but_blanks(text.substr(found.range.begin, found.range.end - found.range.begin), value);
  if (!whole) unfit(text, at, "a block of text in a form that this version does not read");
  return found;
}

YamlScalar scalar_at(std::string_view text, std::size_t at, std::string_view value) {
  const char first = at < text.size() ? text[at] : '\0';
  if (first == '>' || first == '|') return block_at(text, at, value);
  const bool quoted = first == '"' || first == '\'';
  const std::size_t begin = quoted ? at + 1 : at;
  const std::size_t end = begin + value.size();
  const bool itself = end <= text.size() && text.substr(begin, value.size()) == value;
  if (!itself || (quoted && (end == text.size() || text[end] != first))) {
    unfit(text, at, "a value with escapes in it, or over several lines; write it as one plain word");
  }
  return {.form = quoted ? Form::quoted : Form::bare, .range = {begin, end}, .indent = {}, .plain_head = false};
}

// The parser takes a quote that is never closed for one that is closed at the text's end.
bool closed(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || text.substr(at + 1, 1) != "'") return true;
      ++at;
    }
  }
  return false;
}

// ---- where it begins ------------------------------------------------------------------------------------------

// Follows the parser through the text and keeps what stands at the names that are asked for.
class Finder final : public YAML::EventHandler {
 public:
  Finder(std::string_view text, std::size_t skipped, std::span<const std::string> names)
      : text_(text), skipped_(skipped), names_(names.begin(), names.end()) {}

  std::map<std::string, YamlScalar> found() && {
    if (last_quote_ && !closed(text_, *last_quote_)) {
      unfit(text_, *last_quote_, "this is no YAML: a quote opens here and is never closed");
    }
    for (const auto& [name, scalar] : found_) {
      for (const std::string& merging : merging_) {
        if (name.starts_with(merging)) {
          unfit(text_, scalar.range.begin,
                "it stands in a mapping that merges another one (<<), which may hold it too");
        }
      }
    }
    return std::move(found_);
  }

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (const auto name = asked_for()) {
      note(*name, mark);
      if (anchor != 0) refuse(mark, "an anchor");
    }
    step(std::nullopt);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    if (asked_for()) refuse(mark, "an alias");
    step(std::nullopt);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (const std::size_t at = place(mark); text_.substr(at, 1) == "\"" || text_.substr(at, 1) == "'") last_quote_ = at;
    if (const auto name = asked_for()) {
      note(*name, mark);
      if (anchor != 0) refuse(mark, "an anchor");
      if (tag != "?" && tag != "!" && !tag.empty()) refuse(mark, "a tag");
      found_[*name] = scalar_at(text_, place(mark), value);
    }
    step(value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    if (asked_for()) unfit(text_, place(mark), "a list stands where a text was looked for");
    enter(Level::Kind::sequence, 0);
  }
  void OnSequenceEnd() override { leave(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    if (asked_for()) unfit(text_, place(mark), "a mapping stands where a text was looked for");
    enter(Level::Kind::mapping, anchor);
  }
  void OnMapEnd() override { leave(); }

 private:
  struct Level {
    enum class Kind : std::uint8_t { mapping, sequence };
    Kind kind = Kind::mapping;
    std::optional<std::string> prefix;  // of the names in it; none where no name leads
    bool anchored = false;
    bool key_next = true;
    std::optional<std::string> key = {};  // of the value that comes next
  };

  [[nodiscard]] std::size_t place(const YAML::Mark& mark) const {
    return skipped_ + static_cast<std::size_t>(std::max(mark.pos, 0));
  }
  [[noreturn]] void refuse(const YAML::Mark& mark, const std::string& what) const {
    throw Unfit{.why = Refusal::unsupported,
                .line = line_of(text_, place(mark)),
                .what = "the value has " + what + ", so that a change of it may not be what it seems"};
  }

  // The name of the value that comes now, if there is one.
  [[nodiscard]] std::optional<std::string> value_name() const {
    if (levels_.empty()) return std::nullopt;
    const Level& here = levels_.back();
    if (here.kind == Level::Kind::sequence || here.key_next || !here.prefix || !here.key) return std::nullopt;
    return *here.prefix + *here.key;
  }
  [[nodiscard]] std::optional<std::string> asked_for() const {
    auto name = value_name();
    return name && names_.contains(*name) ? name : std::nullopt;
  }
  void note(const std::string& name, const YAML::Mark& mark) {
    if (!seen_.insert(name).second) unfit(text_, place(mark), "it stands there for the second time");
    if (std::any_of(levels_.begin(), levels_.end(), [](const Level& one) { return one.anchored; })) {
      refuse(mark, "an anchor above it");
    }
  }
  void enter(Level::Kind kind, YAML::anchor_t anchor) {
    Level below{.kind = kind, .prefix = std::nullopt, .anchored = anchor != 0};
    if (levels_.empty() && kind == Level::Kind::mapping) below.prefix = "";
    if (const auto name = value_name(); name && kind == Level::Kind::mapping) below.prefix = *name + ".";
    levels_.push_back(std::move(below));
  }
  void leave() {
    levels_.pop_back();
    step(std::nullopt);
  }
  // One node is over: a key if `text` is to be one, else a value.
  void step(std::optional<std::string> text) {
    if (levels_.empty() || levels_.back().kind == Level::Kind::sequence) return;
    Level& here = levels_.back();
    if (here.key_next && text == "<<" && here.prefix) merging_.insert(*here.prefix);
    here.key = here.key_next ? std::move(text) : std::nullopt;
    here.key_next = !here.key_next;
  }

  std::string_view text_;
  std::size_t skipped_;
  std::set<std::string> names_;
  std::vector<Level> levels_;
  std::set<std::string> seen_;
  std::set<std::string> merging_;
  std::map<std::string, YamlScalar> found_;
  std::optional<std::size_t> last_quote_;
};

// The parser would take such a byte for something else than other readers do, and its marks would be off.
void require_readable(std::string_view text) {
  const auto odd = std::find_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && !blank(c)) || c == 0x7F;
  });
  if (odd == text.end()) return;
  unfit(text, static_cast<std::size_t>(odd - text.begin()), "a control character, or a text that is not UTF-8");
}

}  // namespace

std::map<std::string, YamlScalar> yaml_scalars(std::string_view text, std::span<const std::string> names) {
  require_readable(text);
  const std::size_t skipped = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  Finder finder(text, skipped, names);
  try {
    View view(text.substr(skipped));
    std::istream in(&view);
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(finder)) return {};
    Finder rest(text, skipped, {});
    if (parser.HandleNextDocument(rest))
      throw Unfit{.why = Refusal::unsupported, .line = 0, .what = "a file with several YAML documents"};
  } catch (const YAML::Exception& error) {
    throw Unfit{.line = static_cast<std::size_t>(std::max(error.mark.line, 0)) + 1, .what = "this is no YAML"};
  }
  return std::move(finder).found();
}

}  // namespace secrets_adapters
