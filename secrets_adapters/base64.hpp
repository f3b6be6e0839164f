// Base64 (RFC 4648, section 4) of what is secret: every buffer is wiped.
#pragma once

#include <optional>
#include <string_view>

#include "providers/http/message.hpp"
#include "rotation/secret.hpp"

namespace secrets_adapters {

void append_base64(http::Body& to, std::string_view bytes);

// Strictly: whole groups of four, padded, nothing else beside or between, no bits left over. nullopt for other texts.
[[nodiscard]] std::optional<rotation::Secret> decode_base64(std::string_view text);

}  // namespace secrets_adapters
