#include "secrets_adapters/base64.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace secrets_adapters {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Of up to three bytes, the first in the highest place.
std::uint32_t group_of(std::string_view bytes) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    group = (group << 8U) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
  }
  return group;
}

// Of up to four letters; nullopt if one is none.
std::optional<std::uint32_t> group_of_letters(std::string_view letters) {
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t value = i < letters.size() ? alphabet.find(letters[i]) : 0;
    if (value == std::string_view::npos) return std::nullopt;
    group = (group << 6U) | static_cast<std::uint32_t>(value);
  }
  return group;
}

}  // namespace

void append_base64(http::Body& to, std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(3, bytes.size()))) {
    const std::uint32_t group = group_of(bytes);
    std::array<char, 4> letters{'=', '=', '=', '='};
    for (unsigned i = 0; i < 4 && i <= bytes.size(); ++i) letters.at(i) = alphabet[(group >> (18 - 6 * i)) & 63U];
    to.append({letters.data(), letters.size()});
    letters.fill('\0');
  }
}

std::optional<rotation::Secret> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 1);  // one buffer, so that none is left behind unwiped
  bool fits = true;
  for (; fits && !text.empty(); text.remove_prefix(4)) {
    std::string_view letters = text.substr(0, 4);
    const bool last = text.size() == 4;
    for (int padding = 0; last && padding < 2 && letters.ends_with('='); ++padding) letters.remove_suffix(1);
    const auto group = group_of_letters(letters);
    const auto spare = static_cast<unsigned>(4 - letters.size());  // bytes that the padding stands for
    fits = group.has_value() && (*group & ((1U << (8 * spare)) - 1)) == 0;
    for (unsigned i = 0; fits && i < 3 - spare; ++i) bytes += static_cast<char>((*group >> (16 - 8 * i)) & 0xFFU);
  }
  auto secret = rotation::Secret::taking(std::move(bytes));
  if (!fits) return std::nullopt;
  return secret;
}

}  // namespace secrets_adapters
