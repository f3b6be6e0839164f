// Where the credential comes from with which an adapter signs in to its store: a file, or a variable of the
// environment. Never the config itself.
#pragma once

#include <filesystem>
#include <string>

#include "rotation/answer.hpp"
#include "rotation/secret.hpp"

namespace secrets_adapters {

// Whose file it may be. A file that others can read is no place for a secret; the token that Kubernetes puts into each
// container is readable there by everybody.
enum class Readers : std::uint8_t { owner_alone, anybody };

// The one word in the file, without the blanks around it. Refused: it is not there (no_such_entity); it can't be read,
// can be read by others or written by anybody, is empty or has a byte that no header can carry (invalid_credentials).
// The remedy says what helps. `what`: "the token".
[[nodiscard]] rotation::Answer<rotation::Secret> word_in_file(const std::filesystem::path& path,
                                                              const std::string& what,
                                                              Readers readers = Readers::owner_alone);
// The same from a variable; one that is empty is not there.
[[nodiscard]] rotation::Answer<rotation::Secret> word_in_variable(const std::string& name, const std::string& what);

}  // namespace secrets_adapters
