#include "cli/clean_query.hpp"

#include "cli/key_query.hpp"
#include "cli/options.hpp"

namespace cli {

std::string unused_query(rotation::Seconds span) {
  const std::string text = rotation::duration_text(span);
  return "idle > " + text + " or (never_used and age > " + text + ")";
}

CleanQuery clean_query(const std::string& text) {
  const std::string begin = "idle > ";
  const std::size_t end = text.find(' ', begin.size());
  const auto span = text.starts_with(begin) && end != std::string::npos
                        ? rotation::parse_duration(text.substr(begin.size(), end - begin.size()))
                        : std::nullopt;
  if (!span || unused_query(*span) != text) {
    throw usage("The query \"" + text + "\" is not understood.", "keybaton clean --unused-for 90d --dry-run");
  }
  const auto matches = [span = *span](const KeyRow& row, rotation::Time now) { return unused_for(row, span, now); };
  return {.text = text, .matches = matches, .names = {}};
}

}  // namespace cli
