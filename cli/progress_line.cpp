#include "cli/progress_line.hpp"

#include "cli/output.hpp"

namespace cli {

void ProgressLine::show(const std::string& text) {
  if (!style_.width) return;
  warn("\r" + cut(visible(text), *style_.width - 1, style_.unicode) + "\x1b[K");
  drawn_ = true;
}

void ProgressLine::clear() {
  if (drawn_) warn("\r\x1b[K");
  drawn_ = false;
}

}  // namespace cli
