// The profiles that the clouds' own tools know on this machine.
#pragma once

#include <vector>

#include "cli/init_text.hpp"

namespace cli {

// By cloud and name. Throws Trouble (usage) for a file that cannot be read; one that is not there has none.
[[nodiscard]] std::vector<FoundProfile> found_profiles();

}  // namespace cli
