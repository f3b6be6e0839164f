#include "rotation/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace rotation {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// "Z", "+00:00" or "-05:30" at `at`, to the very end.
std::optional<Seconds> offset_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest == "Z" || rest == "z") return Seconds{0};
  if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return std::nullopt;
  const auto h = digits(rest, 1, 2);
  const auto m = digits(rest, 4, 2);
  if (!h || !m || *h > 23 || *m > 59) return std::nullopt;
  const Seconds span = hours{*h} + minutes{*m};
  return rest[0] == '+' ? span : -span;
}

}  // namespace

Millis elapsed(const Instant& from, const Instant& to) {
  const Millis wall = to.wall - from.wall;
  if (from.boot_id.empty() || from.boot_id != to.boot_id) return std::max(wall, Millis{0});
  return std::max(std::min(wall, to.boot - from.boot), Millis{0});
}

Instant earlier(Instant instant, Millis ago) {
  instant.boot -= ago;
  instant.wall -= std::chrono::ceil<Seconds>(ago);
  return instant;
}

std::string rfc3339(Time time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::array<char, 40> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                      static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<Time> parse_rfc3339(std::string_view text) {
  const auto year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
  const auto hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  std::size_t at = 19;
  if (at < text.size() && text[at] == '.') {
    const std::size_t first = ++at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    if (at == first) return std::nullopt;
  }
  if (at >= text.size()) return std::nullopt;
  const auto offset = offset_at(text, at);
  if (!offset) return std::nullopt;
  return std::chrono::sys_days{date} + hours{*hour} + minutes{*minute} + Seconds{*second} - *offset;
}

std::optional<Seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end == text.data() || text.front() == '-') return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 19> units{{
      {"s", 1},        {"sec", 1},     {"secs", 1},      {"second", 1},     {"seconds", 1},
      {"m", 60},       {"min", 60},    {"mins", 60},     {"minute", 60},    {"minutes", 60},
      {"h", 3600},     {"hour", 3600}, {"hours", 3600},  {"d", 86400},      {"day", 86400},
      {"days", 86400}, {"w", 604800},  {"week", 604800}, {"weeks", 604800},
  }};
  const auto found = std::find_if(units.begin(), units.end(), [&](const auto& each) { return each.first == unit; });
  if (found == units.end()) return std::nullopt;
  // A thousand years is no policy; refusing it keeps every later sum within range.
  if (count > std::int64_t{1000} * 366 * 86400 / found->second) return std::nullopt;
  return Seconds{count * found->second};
}

std::string duration_text(Seconds span) {
  const std::int64_t count = span.count();
  if (count != 0 && count % 86400 == 0) return std::to_string(count / 86400) + "d";
  if (count != 0 && count % 3600 == 0) return std::to_string(count / 3600) + "h";
  if (count != 0 && count % 60 == 0) return std::to_string(count / 60) + "m";
  return std::to_string(count) + "s";
}

std::string about(Seconds span) {
  const std::int64_t count = std::max<std::int64_t>(span.count(), 0);
  const auto pair = [](std::int64_t big, const char* b, std::int64_t small, const char* s) {
    std::string text = std::to_string(big) + b;
    if (small > 0) text += " " + std::to_string(small) + s;
    return text;
  };
  if (count >= 86400) return pair(count / 86400, "d", count % 86400 / 3600, "h");
  if (count >= 3600) return pair(count / 3600, "h", count % 3600 / 60, "m");
  if (count >= 60) return pair(count / 60, "m", count % 60, "s");
  return std::to_string(count) + "s";
}

}  // namespace rotation
