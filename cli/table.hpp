// Aligned columns that fit the terminal, or cards where they can't.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "cli/style.hpp"

namespace cli {

struct Cell {
  std::string text;  // already `visible`
  Ink ink = Ink::plain;
};

// Whether a column may be broken over several lines. Ids may not: they are there to be copied.
enum class Wrap : bool { no, yes };

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
  [[nodiscard]] std::string lines(const std::vector<std::size_t>& widths, const Style& style, std::size_t indent) const;
  [[nodiscard]] std::string cards(const Style& style, std::size_t indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace cli
