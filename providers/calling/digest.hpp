// The digests that request signatures are made of.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace calling {

using Sha1 = std::array<unsigned char, 20>;
using Sha256 = std::array<unsigned char, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] Sha1 hmac_sha1(std::string_view key, std::string_view bytes);

[[nodiscard]] std::string hex(std::span<const unsigned char> digest);  // lower-case
[[nodiscard]] std::string base64(std::span<const unsigned char> digest);
// The same bytes, as the next digest takes them; valid as long as the digest.
[[nodiscard]] std::string_view as_text(std::span<const unsigned char> digest);

}  // namespace calling
