#include "cli/table.hpp"

#include <algorithm>
#include <numeric>

namespace cli {
namespace {

constexpr std::size_t gap = 2;              // blanks between columns
constexpr std::size_t narrowest_wrap = 16;  // a column of prose narrower than this is no longer prose
constexpr std::size_t narrowest_hang = 8;   // and one of names in which hardly any fits is none
constexpr std::size_t hang_indent = 4;

void end_line(std::string& text) {
  while (!text.empty() && text.back() == ' ') text.pop_back();
  text += '\n';
}

// The least width at which a column of prose keeps its words whole.
std::size_t longest_word(std::string_view text) {
  std::size_t longest = 0;
  for (const std::string& word : wrapped(text, 0)) longest = std::max(longest, display_width(word));
  return longest;
}

std::size_t total(const std::vector<std::size_t>& widths) {
  return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
}

}  // namespace

void Table::add(std::vector<Cell> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::natural_widths() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, display_width(row[i].text));
    widths.push_back(width);
  }
  return widths;
}

std::vector<std::size_t> Table::least_widths(const std::vector<std::size_t>& natural) const {
  std::vector<std::size_t> widths = natural;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].wrap == Wrap::no) continue;
    const bool prose = columns_[i].wrap == Wrap::yes;
    std::size_t least = std::max(prose ? narrowest_wrap : narrowest_hang, display_width(columns_[i].title));
    if (prose) {
      for (const auto& row : rows_) least = std::max(least, longest_word(row[i].text));
    }
    widths[i] = std::min(widths[i], least);
  }
  return widths;
}

std::optional<std::size_t> Table::to_shrink(const std::vector<std::size_t>& widths,
                                            const std::vector<std::size_t>& least) const {
  const auto hanging = [&](std::size_t i) {
    return std::ranges::count_if(rows_, [&](const auto& row) { return display_width(row[i].text) >= widths[i]; });
  };
  std::optional<std::size_t> first;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] <= least[i]) continue;
    bool before = !first || widths[i] > widths[*first];
    if (first && columns_[i].wrap == Wrap::hang && columns_[*first].wrap == Wrap::hang) {
      // The one whose narrowing costs the fewest rows a line.
      const auto here = hanging(i), there = hanging(*first);
      before = here < there || (here == there && before);
    }
    if (before) first = i;
  }
  return first;
}

std::string Table::text(const Style& style, std::size_t indent) const {
  std::vector<std::size_t> widths = natural_widths();
  if (!style.width) return lines(widths, style, indent);
  const std::size_t room = *style.width > indent ? *style.width - indent : 0;
  const std::vector<std::size_t> least = least_widths(widths);
  while (total(widths) > room) {
    const auto gives_way = to_shrink(widths, least);
    if (!gives_way) return cards(style, indent);
    --widths[*gives_way];
  }
  return lines(widths, style, indent);
}

std::string Table::lines(const std::vector<std::size_t>& widths, const Style& style, std::size_t indent) const {
  const std::string margin(indent, ' ');
  std::string result;
  const bool titled = std::any_of(columns_.begin(), columns_.end(), [](const Column& c) { return !c.title.empty(); });
  if (titled) {
    std::string line = margin;
    for (std::size_t i = 0; i < columns_.size(); ++i) line += padded(columns_[i].title, widths[i] + gap);
    while (line.back() == ' ') line.pop_back();
    result += style.paint(Ink::bold, line) + "\n";
  }
  for (const auto& row : rows_) result += row_lines(row, widths, style, margin);
  return result;
}

bool Table::hangs(const std::vector<Cell>& row, std::size_t i, const std::vector<std::size_t>& widths) const {
  return columns_[i].wrap == Wrap::hang && display_width(row[i].text) > widths[i];
}

std::string Table::row_lines(const std::vector<Cell>& row, const std::vector<std::size_t>& widths, const Style& style,
                             const std::string& margin) const {
  std::string result;
  std::vector<std::vector<std::string>> pieces;
  std::size_t height = 1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool breaks = display_width(row[i].text) > widths[i];
    if (hangs(row, i, widths)) {
      pieces.emplace_back();
    } else {
      pieces.push_back(breaks ? wrapped(row[i].text, widths[i]) : std::vector{row[i].text});
    }
    height = std::max(height, pieces.back().size());
  }
  if (hangs(row, 0, widths)) result += margin + style.paint(row[0].ink, row[0].text) + "\n";
  for (std::size_t y = 0; y < height; ++y) {
    std::string line = margin;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string piece = y < pieces[i].size() ? pieces[i][y] : "";
      line += style.paint(row[i].ink, piece) + padded("", widths[i] + gap - std::min(widths[i], display_width(piece)));
    }
    end_line(line);
    result += line;
  }
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (!hangs(row, i, widths)) continue;
    result += margin + std::string(hang_indent, ' ') + style.paint(row[i].ink, row[i].text) + "\n";
  }
  return result;
}

std::string Table::cards(const Style& style, std::size_t indent) const {
  std::size_t label = 0;
  for (const Column& column : columns_) label = std::max(label, display_width(column.title));
  const std::size_t left = indent + (label > 0 ? label + gap : 0);
  const std::size_t room = *style.width > left + narrowest_wrap ? *style.width - left : narrowest_wrap;
  std::string result;
  for (const auto& row : rows_) {
    if (!result.empty()) result += "\n";
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i].text.empty()) continue;
      std::string title = columns_[i].title;
      for (const std::string& piece : wrapped(row[i].text, room)) {
        std::string line = std::string(indent, ' ');
        if (label > 0) line += style.paint(Ink::bold, title) + padded("", label + gap - display_width(title));
        line += style.paint(row[i].ink, piece);
        end_line(line);
        result += line;
        title.clear();
      }
    }
  }
  return result;
}

}  // namespace cli
