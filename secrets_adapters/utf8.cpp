#include "secrets_adapters/utf8.hpp"

namespace secrets_adapters {

void append_utf8(std::string& to, std::uint32_t point) {
  const auto last = [&](unsigned shift) { to += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    to += static_cast<char>(point);
  } else if (point < 0x800) {
    to += static_cast<char>(0xC0U | (point >> 6U));
    last(0);
  } else if (point < 0x10000) {
    to += static_cast<char>(0xE0U | (point >> 12U));
    last(6), last(0);
  } else {
    to += static_cast<char>(0xF0U | (point >> 18U));
    last(12), last(6), last(0);
  }
}

}  // namespace secrets_adapters
