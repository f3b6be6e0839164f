#include "providers/calling/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

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

// Fetched once: OpenSSL would look the algorithm up, under a lock, for every digest.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}

EVP_MAC_CTX* new_hmac_sha256() {
  static EVP_MAC* const found = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return EVP_MAC_CTX_new(found);
}

using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

}  // namespace

Sha256 sha256(std::string_view bytes) {
  thread_local const DigestContext context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
  Sha256 digest{};
  if (!context || EVP_DigestInit_ex2(context.get(), fetched_sha256(), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return digest;
}

HmacSha256::HmacSha256(std::string_view key) : context_(new_hmac_sha256(), &EVP_MAC_CTX_free) {
  std::array<char, 7> name{"SHA256"};
  const std::array params{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                          OSSL_PARAM_construct_end()};
  if (!context_ || EVP_MAC_init(context_.get(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                                params.data()) != 1) {
    throw std::runtime_error("HMAC is not available");
  }
}

Sha256 HmacSha256::operator()(std::string_view bytes) {
  Sha256 digest{};
  std::size_t size = 0;
  if (EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1 ||
      EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) != 1 ||
      EVP_MAC_final(context_.get(), digest.data(), &size, digest.size()) != 1 || size != digest.size()) {
    throw std::runtime_error("HMAC is not available");
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
