#include "cli/typed.hpp"

#include "rotation/stops.hpp"

namespace cli {

std::string typed(const Options& options) {
  std::string text = "keybaton";
  for (const std::string& word : options.words) text += " " + rotation::quoted(word == "--yes=all" ? "--yes" : word);
  return text;
}

}  // namespace cli
