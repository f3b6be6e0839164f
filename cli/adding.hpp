// What was found becomes locations of a target of the config, after somebody said yes to the very lines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/finding.hpp"
#include "cli/reports.hpp"

namespace cli {

struct AddWords {
  std::string target;
  std::optional<std::string> yes;
};

struct Added {
  std::vector<rotation::LocationSpec> specs;
  std::vector<std::string> by_hand;  // places that a person must describe: "PLACE: why"
  bool written = false;
  std::string next;  // a command
};

// Throws Trouble: usage where the target is none of the config; needs_operator where nobody agreed, the key is another
// user's, or the config is written in a way that nothing is added to, with the lines to paste; storage where it cannot
// be written.
[[nodiscard]] Added add_found(House& house, const Config& config, const Finding& finding, const AddWords& words);

// Before a long search: the same checks as far as no finding is needed.
void require_target(const Config& config, const std::string& target);

}  // namespace cli
