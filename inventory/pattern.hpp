// A regular expression whose cost is bounded: RE2 matches in time linear in the text, and refuses what would need too
// much memory. A query may come from a file that somebody else wrote; std::regex and PCRE can be made to run for hours
// by it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace inventory {

class Pattern {
 public:
  // Throws std::invalid_argument with the reason for what is no regular expression.
  explicit Pattern(std::string text);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  // Found anywhere in it; ^ and $ bind it to the ends.
  [[nodiscard]] bool found_in(std::string_view subject) const;
  bool operator==(const Pattern& other) const { return text_ == other.text_; }

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace inventory
