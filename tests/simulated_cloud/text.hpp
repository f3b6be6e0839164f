// Small text forms that the simulated cloud reads and writes: times, encodings, forms.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace simulated_cloud {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

// "2026-01-02T03:04:05Z"; with `fraction`, "2026-01-02T03:04:05.123000Z".
[[nodiscard]] std::string iso8601(Time time, bool fraction = false);
[[nodiscard]] std::optional<Time> parse_iso8601(std::string_view text);
// "20260102T030405Z", the form of X-Amz-Date.
[[nodiscard]] std::string amz_date(Time time);
[[nodiscard]] std::optional<Time> parse_amz_date(std::string_view text);
// "Fri, 02 Jan 2026 03:04:05 GMT", the form of the Date header (RFC 9110, 5.6.7).
[[nodiscard]] std::string http_date(Time time);

// Percent-encodes all but the RFC 3986 unreserved characters.
[[nodiscard]] std::string uri_encode(std::string_view text, bool keep_slash = false);
// '+' becomes a space only in forms.
[[nodiscard]] std::string uri_decode(std::string_view text, bool plus_is_space = false);
using Parameters = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] Parameters parse_form(std::string_view body);

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string xml_escape(std::string_view text);

}  // namespace simulated_cloud
