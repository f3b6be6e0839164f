// The digests that request signatures are made of.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's EVP_MAC_CTX

namespace calling {

using Sha1 = std::array<unsigned char, 20>;
using Sha256 = std::array<unsigned char, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
[[nodiscard]] Sha1 hmac_sha1(std::string_view key, std::string_view bytes);

// HMAC-SHA-256 under one key, many times: the key is set up once, and wiped with it.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  [[nodiscard]] Sha256 operator()(std::string_view bytes);

 private:
  std::unique_ptr<evp_mac_ctx_st, void (*)(evp_mac_ctx_st*)> context_;
};

[[nodiscard]] std::string hex(std::span<const unsigned char> digest);  // lower-case
[[nodiscard]] std::string base64(std::span<const unsigned char> digest);
// The same bytes, as the next digest takes them; valid as long as the digest.
[[nodiscard]] std::string_view as_text(std::span<const unsigned char> digest);

}  // namespace calling
