// A word of the command line that is to be the id of an access key.
#pragma once

#include <string>

#include "rotation/names.hpp"

namespace cli {

// Throws Trouble (usage) for what can be none. A secret is longer, and must neither be repeated there nor sent to a
// cloud as an id. `command`: how the id is given, for the hint.
[[nodiscard]] rotation::AccessKeyId key_id_of(const std::string& word, const std::string& command);

}  // namespace cli
