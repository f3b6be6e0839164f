// Time as keybaton writes, compares and waits for it.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace rotation {

using Time = std::chrono::sys_seconds;  // wall time, UTC
using Seconds = std::chrono::seconds;
using Millis = std::chrono::milliseconds;

// A point on two clocks at once. `wall` is server time where a reply's Date header has told the offset.
// `boot` counts from the machine's start (CLOCK_BOOTTIME) and means something only with its `boot_id`.
struct Instant {
  Time wall{};
  Millis boot{};
  std::string boot_id;

  bool operator==(const Instant&) const = default;
};

// How much time has surely passed: the smaller of both clocks within one boot, so that a jump of either
// never shortens a window (invariant 19); wall time alone across a reboot; never negative.
[[nodiscard]] Millis elapsed(const Instant& from, const Instant& to);
// As long ago as that, by both clocks; rounded to the earlier second.
[[nodiscard]] Instant earlier(Instant instant, Millis ago);

// "2026-01-02T03:04:05Z"
[[nodiscard]] std::string rfc3339(Time time);
// Accepts a fraction of a second (dropped) and Z or a numeric offset; nullopt for anything else.
[[nodiscard]] std::optional<Time> parse_rfc3339(std::string_view text);

// "90d" "24h" "15m" "120s" "0s", also 90days 12hours; nullopt for anything else. No sign, no sums.
[[nodiscard]] std::optional<Seconds> parse_duration(std::string_view text);
// The shortest exact form: 86400s is "1d".
[[nodiscard]] std::string duration_text(Seconds span);
// For people, two units at most: "4h 12m", "6d 3h", "8s".
[[nodiscard]] std::string about(Seconds span);

}  // namespace rotation
