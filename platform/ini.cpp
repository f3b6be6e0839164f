#include "platform/ini.hpp"

#include <algorithm>

namespace platform {
namespace {

constexpr std::string_view bom = "\xEF\xBB\xBF";
constexpr std::string_view blanks = " \t\v\f";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return result;
}

// The part of `range` without blanks at either end. Of nothing but blanks: the empty range at its begin.
Range trimmed(std::string_view text, Range range) {
  const std::string_view piece = text.substr(range.begin, range.end - range.begin);
  const std::size_t first = piece.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {range.begin, range.begin};
  return {range.begin + first, range.begin + piece.find_last_not_of(blanks) + 1};
}

std::string_view at(std::string_view text, Range range) { return text.substr(range.begin, range.end - range.begin); }

struct Line {
  Range whole;    // without its end
  Range content;  // trimmed
  std::size_t next = 0;
  std::size_t number = 0;

  [[nodiscard]] std::size_t indent() const { return content.begin - whole.begin; }
  [[nodiscard]] bool blank() const { return content.begin == content.end; }
};

class Reader {
 public:
  Reader(std::string_view text, IniHead head) : text_(text) {
    if (head == IniHead::taken) section_ = &result_.head;
  }

  IniText read() {
    std::size_t from = text_.starts_with(bom) ? bom.size() : 0;
    for (std::size_t number = 1; from < text_.size(); ++number) {
      const Line line = line_at(from, number);
      take(line);
      from = line.next;
    }
    close_entry();
    if (section_ != nullptr) section_->body.end = text_.size();
    return std::move(result_);
  }

 private:
  [[noreturn]] static void fail(const Line& line, std::string what) { throw IniError{line.number, std::move(what)}; }

  [[nodiscard]] Line line_at(std::size_t from, std::size_t number) const {
    const std::size_t end = std::min(text_.find_first_of("\r\n", from), text_.size());
    const std::size_t mark = end == text_.size() ? 0 : text_.substr(end).starts_with("\r\n") ? 2 : 1;
    return {{from, end}, trimmed(text_, {from, end}), end + mark, number};
  }

  void take(const Line& line) {
    if (line.blank() || is_comment(line)) return;
    if (entry_ != nullptr && line.indent() > indent_) return continue_entry(line);
    indent_ = line.indent();
    if (text_[line.content.begin] == '[') return open_section(line);
    open_entry(line);
  }

  [[nodiscard]] bool is_comment(const Line& line) const {
    const char first = text_[line.content.begin];
    return first == '#' || first == ';';
  }

  void open_section(const Line& line) {
    close_entry();
    const std::string_view content = at(text_, line.content);
    const std::size_t close = content.find(']');
    if (close == std::string_view::npos) fail(line, "a section header without its closing bracket");
    // What follows the bracket is ignored, as botocore does; another bracket there would be read in two ways.
    if (content.find(']', close + 1) != std::string_view::npos)
      fail(line, "a section header with two closing brackets");
    const Range name = trimmed(text_, {line.content.begin + 1, line.content.begin + close});
    if (name.begin == name.end) fail(line, "a section header without a name");
    if (result_.section(at(text_, name)) != nullptr) fail(line, "a section that was there before");
    if (section_ != nullptr) section_->body.end = line.whole.begin;
    section_ = &result_.sections.emplace_back();
    section_->name = at(text_, name);
    section_->body = {line.next, text_.size()};
  }

  void open_entry(const Line& line) {
    close_entry();
    if (section_ == nullptr) fail(line, "an entry before the first section");
    IniEntry fresh = split(line, at(text_, line.content).find_first_of("=:"), "neither a section nor an entry");
    if (entry(*section_, fresh.key) != nullptr) fail(line, "a key that this section has already");
    entry_ = &section_->entries.emplace_back(std::move(fresh));
    nests_ = entry_->value.begin == entry_->value.end;
  }

  void continue_entry(const Line& line) {
    if (!nests_) {
      entry_->value.end = line.content.end;
      return;
    }
    IniEntry fresh = split(line, at(text_, line.content).find('='), "a nested line without \"=\"");
    auto& list = entry_->nested;
    const auto same = std::find_if(list.begin(), list.end(), [&](const IniEntry& one) { return one.key == fresh.key; });
    if (same != list.end()) {
      *same = std::move(fresh);
    } else {
      list.push_back(std::move(fresh));
    }
  }

  [[nodiscard]] IniEntry split(const Line& line, std::size_t mark, const char* without) const {
    if (mark == std::string_view::npos) fail(line, without);
    const Range key = trimmed(text_, {line.content.begin, line.content.begin + mark});
    if (key.begin == key.end) fail(line, "a value without a key");
    return {lower(at(text_, key)), trimmed(text_, {line.content.begin + mark + 1, line.content.end}), {}};
  }

  void close_entry() { entry_ = nullptr; }

  std::string_view text_;
  IniText result_;
  // Into vectors whose growth comes only with a new section or entry, which then is the current one.
  IniSection* section_ = nullptr;
  IniEntry* entry_ = nullptr;
  std::size_t indent_ = 0;
  bool nests_ = false;
};

}  // namespace

const IniSection* IniText::section(std::string_view name) const {
  const auto found =
      std::find_if(sections.begin(), sections.end(), [&](const IniSection& one) { return one.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

IniText parse_ini(std::string_view text, IniHead head) { return Reader(text, head).read(); }

const IniEntry* entry(const IniSection& section, std::string_view key) {
  const auto found =
      std::find_if(section.entries.begin(), section.entries.end(), [&](const IniEntry& one) { return one.key == key; });
  return found == section.entries.end() ? nullptr : &*found;
}

}  // namespace platform
