// One line on a terminal's stderr that is drawn over and taken away again; elsewhere nothing.
#pragma once

#include <string>

#include "cli/style.hpp"

namespace cli {

class ProgressLine {
 public:
  explicit ProgressLine(Style style) : style_(style) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const std::string& text);
  void clear();

 private:
  Style style_;  // without a width it is no terminal
  bool drawn_ = false;
};

}  // namespace cli
