#include "cli/utf8.hpp"

#include <algorithm>
#include <array>

namespace cli::utf8 {
namespace {

struct Span {
  char32_t first, last;
};

// The blocks that matter in names and paths, not the whole of Unicode's tables.
constexpr std::array combining{Span{0x300, 0x36f},   Span{0x483, 0x489},   Span{0x591, 0x5bd},   Span{0x610, 0x61a},
                               Span{0x64b, 0x65f},   Span{0x1ab0, 0x1aff}, Span{0x1dc0, 0x1dff}, Span{0x20d0, 0x20ff},
                               Span{0xfe00, 0xfe0f}, Span{0xfe20, 0xfe2f}};
constexpr std::array wide{Span{0x1100, 0x115f},   Span{0x2e80, 0x303e},   Span{0x3041, 0xa4cf},  Span{0xac00, 0xd7a3},
                          Span{0xf900, 0xfaff},   Span{0xfe30, 0xfe6f},   Span{0xff00, 0xff60},  Span{0xffe0, 0xffe6},
                          Span{0x1f300, 0x1f64f}, Span{0x1f900, 0x1f9ff}, Span{0x20000, 0x3fffd}};

template <std::size_t N>
bool within(const std::array<Span, N>& spans, char32_t point) {
  return std::any_of(spans.begin(), spans.end(),
                     [point](const Span& span) { return span.first <= point && point <= span.last; });
}

struct Lead {
  std::size_t length;
  char32_t bits, smallest;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if ((byte & 0xe0U) == 0xc0U) return {2, byte & 0x1fU, 0x80};
  if ((byte & 0xf0U) == 0xe0U) return {3, byte & 0x0fU, 0x800};
  if ((byte & 0xf8U) == 0xf0U) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

}  // namespace

Point first(std::string_view text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  const Lead lead = lead_of(byte);
  if (lead.length == 0 || lead.length > text.size()) return {byte, 1, false};
  char32_t value = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return {byte, 1, false};
    value = (value << 6U) | (next & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < lead.smallest || value > 0x10ffff || surrogate) return {byte, 1, false};
  return {value, lead.length, true};
}

std::size_t columns(char32_t point) {
  if (within(combining, point)) return 0;
  return within(wide, point) ? 2 : 1;
}

}  // namespace cli::utf8
