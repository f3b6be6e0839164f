#include "secrets_adapters/sealed_box.hpp"

#include <sodium.h>

#include <array>
#include <vector>

namespace secrets_adapters {
namespace {

using Bytes = std::vector<unsigned char>;

std::string base64(const Bytes& bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminator that the library counts in
  return text;
}

}  // namespace

std::optional<std::string> sealed_for(const std::string& public_key, const rotation::Secret& value) {
  if (sodium_init() < 0) return std::nullopt;
  std::array<unsigned char, crypto_box_PUBLICKEYBYTES> key{};
  std::size_t length = 0;
  if (sodium_base642bin(key.data(), key.size(), public_key.data(), public_key.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0 ||
      length != key.size()) {
    return std::nullopt;
  }
  return value.expose([&](std::string_view text) -> std::optional<std::string> {
    Bytes sealed(text.size() + crypto_box_SEALBYTES);
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    if (crypto_box_seal(sealed.data(), bytes, text.size(), key.data()) != 0) return std::nullopt;
    return base64(sealed);
  });
}

}  // namespace secrets_adapters
