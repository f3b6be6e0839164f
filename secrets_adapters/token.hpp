// What keybaton signs in with at a server of somebody else's: from a private file or a variable, never from the config.
#pragma once

#include "rotation/answer.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

// By the settings `token_file` or `token_env`, read anew each time. Refused: a file that others than its owner may
// read, and no token where one should be.
[[nodiscard]] rotation::Answer<rotation::Secret> read_token(const rotation::LocationSpec& spec);
// Finds fault with both, and with none.
void check_token(const rotation::LocationSpec& spec, Findings& findings);

}  // namespace secrets_adapters
