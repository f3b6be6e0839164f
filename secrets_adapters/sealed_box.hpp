// What only the holder of a private key can open: libsodium's sealed box (an X25519 key of the moment, XSalsa20 and
// Poly1305), in which GitHub takes its secrets.
#pragma once

#include <optional>
#include <string>

#include "rotation/secret.hpp"

namespace secrets_adapters {

// `value`, sealed, in base64. nullopt: `public_key` is not the base64 of 32 bytes, or the library can't work here.
[[nodiscard]] std::optional<std::string> sealed_for(const std::string& public_key, const rotation::Secret& value);

}  // namespace secrets_adapters
