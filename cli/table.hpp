// Aligned columns that fit the terminal, or cards where they can't.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/style.hpp"

namespace cli {

struct Cell {
  std::string text;  // already `visible`
  Ink ink = Ink::plain;
};

// What becomes of a column that has less room than it wants. Ids are there to be copied, so they are kept whole; prose
// may be broken over several lines. Of names and paths the few that are too long stand whole on a line of their own,
// above their row in the first column, below it in another: one long name must not cost every row a line.
enum class Wrap : std::uint8_t { no, yes, hang };

struct Column {
  std::string title;  // all titles empty: no header line
  Wrap wrap = Wrap::no;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns; missing ones are empty.
  void add(std::vector<Cell> cells);
  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  // Every line ends with a line break and has no blanks at its end.
  [[nodiscard]] std::string text(const Style& style, std::size_t indent = 0) const;

 private:
  [[nodiscard]] std::vector<std::size_t> natural_widths() const;
  [[nodiscard]] std::vector<std::size_t> least_widths(const std::vector<std::size_t>& natural) const;
  // The column that gives way first where they are too wide together; none: each is as narrow as it may be.
  [[nodiscard]] std::optional<std::size_t> to_shrink(const std::vector<std::size_t>& widths,
                                                     const std::vector<std::size_t>& least) const;
  // A cell that does not fit its column, and stands outside of its row.
  [[nodiscard]] bool hangs(const std::vector<Cell>& row, std::size_t i, const std::vector<std::size_t>& widths) const;
  [[nodiscard]] std::string row_lines(const std::vector<Cell>& row, const std::vector<std::size_t>& widths,
                                      const Style& style, const std::string& margin) const;
  [[nodiscard]] std::string lines(const std::vector<std::size_t>& widths, const Style& style, std::size_t indent) const;
  [[nodiscard]] std::string cards(const Style& style, std::size_t indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace cli
