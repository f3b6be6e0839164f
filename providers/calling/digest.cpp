#include "providers/calling/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace calling {

namespace {

void hmac(const EVP_MD* kind, std::string_view key, std::string_view bytes, std::span<unsigned char> into) {
  unsigned int size = 0;
  if (HMAC(kind, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()),
           bytes.size(), into.data(), &size) == nullptr ||
      size != into.size()) {
    throw std::runtime_error("HMAC is not available");
  }
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  Sha256 digest{};
  hmac(EVP_sha256(), key, bytes, digest);
  return digest;
}

Sha1 hmac_sha1(std::string_view key, std::string_view bytes) {
  Sha1 digest{};
  hmac(EVP_sha1(), key, bytes, digest);
  return digest;
}

std::string hex(std::span<const unsigned char> digest) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const auto byte : digest) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

std::string base64(std::span<const unsigned char> digest) {
  std::string text(4 * ((digest.size() + 2) / 3) + 1, '\0');  // one more for the NUL that it writes
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), digest.data(), static_cast<int>(digest.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string_view as_text(std::span<const unsigned char> digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace calling
