// The token with which a server is spoken to, as the settings name it: a file of its owner's, or a variable of this
// process. It never stands in the config itself.
#pragma once

#include "rotation/answer.hpp"
#include "rotation/secret.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

inline constexpr Setting token_file_setting{"token_file", false, Shape::path};
inline constexpr Setting token_env_setting{"token_env", false};

// Exactly one of both.
void check_token(const rotation::LocationSpec& spec, Findings& findings);
// Read anew each time, for tokens are renewed. Refused where the file can be read by others, is not there, or where
// what stands there can't be a token.
[[nodiscard]] rotation::Answer<rotation::Secret> read_token(const rotation::LocationSpec& spec);
// What the server refused, with what helps against a token that it does not accept, or that may not see what is asked.
[[nodiscard]] rotation::Refused with_token_remedy(const rotation::LocationSpec& spec, rotation::Refused no);

}  // namespace secrets_adapters
