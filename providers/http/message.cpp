#include "providers/http/message.hpp"

#include <string.h>  // explicit_bzero: a memset before free may be optimised away

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "rotation/secret.hpp"

namespace http {

namespace {

bool same_letters(char a, char b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return lower(a) == lower(b);
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

Body& Body::operator=(Body&& other) noexcept {
  if (this != &other) {
    clear();
    bytes_ = std::move(other.bytes_);
    other.bytes_.clear();
  }
  return *this;
}

void Body::append(std::string_view bytes) {
  if (bytes_.size() + bytes.size() > bytes_.capacity()) {
    // A vector that grows by itself leaves the old bytes behind in the heap.
    std::vector<char> larger;
    larger.reserve(std::max<std::size_t>({2 * bytes_.capacity(), bytes_.size() + bytes.size(), 4096}));
    larger.assign(bytes_.begin(), bytes_.end());
    clear();
    bytes_ = std::move(larger);
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void Body::clear() noexcept {
  if (!bytes_.empty()) explicit_bzero(bytes_.data(), bytes_.size());
  bytes_.clear();
}

Header::~Header() { rotation::wipe(value); }

const std::string* Response::header(std::string_view name) const noexcept {
  for (const auto& one : headers) {
    if (std::equal(one.name.begin(), one.name.end(), name.begin(), name.end(), same_letters)) return &one.value;
  }
  return nullptr;
}

std::optional<rotation::Time> parse_http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", ") return std::nullopt;
  if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':') return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  const auto day = number(text.substr(5, 2));
  const auto year = number(text.substr(12, 4));
  const auto hour = number(text.substr(17, 2));
  const auto minute = number(text.substr(20, 2));
  const auto second = number(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

std::optional<Millis> clock_offset(const Response& response, SysMillis sent, SysMillis received) {
  const auto* text = response.header("Date");
  const auto date = text ? parse_http_date(*text) : std::nullopt;
  if (!date) return std::nullopt;
  const auto half_trip = (received - sent) / 2;
  const auto offset = SysMillis{*date} + Millis{500} - (sent + half_trip);
  if (std::chrono::abs(offset) <= Millis{1000} + std::chrono::abs(half_trip)) return Millis{0};
  return offset;
}

std::optional<Millis> retry_after(const Response& response, SysMillis now) {
  const auto* text = response.header("Retry-After");
  if (!text) return std::nullopt;
  if (const auto seconds = number(*text)) return std::chrono::seconds{*seconds};
  if (const auto date = parse_http_date(*text)) return std::max(Millis{0}, SysMillis{*date} - now);
  return std::nullopt;
}

}  // namespace http
