#include "text.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>

namespace simulated_cloud {
namespace {

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<Millis> clock;
};

Civil civil(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  return {.date = std::chrono::year_month_day{day}, .clock = std::chrono::hh_mm_ss<Millis>{time - day}};
}

std::string printed(const char* format, const Civil& at) {
  std::array<char, 64> out{};
  const int size =
      std::snprintf(out.data(), out.size(), format, static_cast<int>(at.date.year()),
                    static_cast<unsigned>(at.date.month()), static_cast<unsigned>(at.date.day()),
                    static_cast<int>(at.clock.hours().count()), static_cast<int>(at.clock.minutes().count()),
                    static_cast<int>(at.clock.seconds().count()), static_cast<int>(at.clock.subseconds().count()));
  return {out.data(), static_cast<std::size_t>(size)};
}

// Takes exactly `width` digits off the front.
bool take_number(std::string_view& text, std::size_t width, int& out) {
  if (text.size() < width) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, out);
  if (error != std::errc{} || end != text.data() + width || text[0] == '-') return false;
  text.remove_prefix(width);
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Time> from_civil(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string iso8601(Time time, bool fraction) {
  return printed(fraction ? "%04d-%02u-%02uT%02d:%02d:%02d.%03d000Z" : "%04d-%02u-%02uT%02d:%02d:%02dZ", civil(time));
}

std::string amz_date(Time time) { return printed("%04d%02u%02uT%02d%02d%02dZ", civil(time)); }

std::string http_date(Time time) {
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Civil at = civil(time);
  const std::chrono::weekday day{std::chrono::floor<std::chrono::days>(time)};
  std::array<char, 64> out{};
  const int size =
      std::snprintf(out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", days[day.c_encoding()],
                    static_cast<unsigned>(at.date.day()), months[static_cast<unsigned>(at.date.month()) - 1],
                    static_cast<int>(at.date.year()), static_cast<int>(at.clock.hours().count()),
                    static_cast<int>(at.clock.minutes().count()), static_cast<int>(at.clock.seconds().count()));
  return {out.data(), static_cast<std::size_t>(size)};
}

std::optional<Time> parse_iso8601(std::string_view text) {
  int year{}, month{}, day{}, hour{}, minute{}, second{};
  if (!take_number(text, 4, year) || !take(text, '-') || !take_number(text, 2, month) || !take(text, '-') ||
      !take_number(text, 2, day) || !take(text, 'T') || !take_number(text, 2, hour) || !take(text, ':') ||
      !take_number(text, 2, minute) || !take(text, ':') || !take_number(text, 2, second)) {
    return std::nullopt;
  }
  int millis = 0;
  if (take(text, '.')) {
    int scale = 100;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), scale /= 10) {
      millis += (text[0] - '0') * scale;
    }
  }
  if (text != "Z" && text != "+00:00") return std::nullopt;
  const auto whole = from_civil(year, month, day, hour, minute, second);
  if (!whole) return std::nullopt;
  return *whole + Millis{millis};
}

std::optional<Time> parse_amz_date(std::string_view text) {
  int year{}, month{}, day{}, hour{}, minute{}, second{};
  if (!take_number(text, 4, year) || !take_number(text, 2, month) || !take_number(text, 2, day) || !take(text, 'T') ||
      !take_number(text, 2, hour) || !take_number(text, 2, minute) || !take_number(text, 2, second) || text != "Z") {
    return std::nullopt;
  }
  return from_civil(year, month, day, hour, minute, second);
}

std::string uri_encode(std::string_view text, bool keep_slash) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~' || (keep_slash && c == '/');
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<std::uint8_t>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

std::string uri_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Parameters parse_form(std::string_view body) {
  Parameters out;
  for (const std::string_view pair : split(body, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    out[uri_decode(pair.substr(0, equals), true)] = uri_decode(value, true);
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t at = text.find(separator);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + 1);
  }
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace simulated_cloud
