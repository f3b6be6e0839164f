// The command as it was typed, for a hint that wants it again with something more.
#pragma once

#include <string>

#include "cli/options.hpp"

namespace cli {

// "keybaton find AKIA… --path x", to be pasted into a shell.
[[nodiscard]] std::string typed(const Options& options);

}  // namespace cli
