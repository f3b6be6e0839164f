#include "rotation/time.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace rotation {
namespace {

using std::chrono::hours;

Time at(const std::string& text) { return parse_rfc3339(text).value(); }

TEST(Rfc3339, writes_utc_with_whole_seconds) {
  EXPECT_EQ(rfc3339(Time{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(Time{Seconds{1767323045}}), "2026-01-02T03:04:05Z");
  EXPECT_EQ(rfc3339(Time{Seconds{-1}}), "1969-12-31T23:59:59Z");
}

TEST(Rfc3339, reads_back_what_it_wrote) {
  for (const std::int64_t seconds : {0LL, 951782399LL, 951782400LL, 1767323045LL, 4102444799LL}) {
    const Time time{Seconds{seconds}};
    EXPECT_EQ(parse_rfc3339(rfc3339(time)), time);
  }
}

TEST(Rfc3339, drops_a_fraction_and_applies_an_offset) {
  EXPECT_EQ(at("2026-01-02T03:04:05.987654Z"), at("2026-01-02T03:04:05Z"));
  EXPECT_EQ(at("2026-01-02T03:04:05+00:00"), at("2026-01-02T03:04:05Z"));
  EXPECT_EQ(at("2026-01-02T03:04:05+05:30"), at("2026-01-01T21:34:05Z"));
  EXPECT_EQ(at("2026-01-01T23:04:05-04:00"), at("2026-01-02T03:04:05Z"));
  EXPECT_EQ(at("2026-01-02t03:04:05z"), at("2026-01-02T03:04:05Z"));
}

TEST(Rfc3339, knows_leap_days_and_leap_seconds) {
  EXPECT_TRUE(parse_rfc3339("2024-02-29T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2026-02-29T00:00:00Z"));
  EXPECT_EQ(at("2016-12-31T23:59:60Z"), at("2017-01-01T00:00:00Z"));
}

TEST(Rfc3339, refuses_everything_else) {
  for (const char* text : {"",
                           "2026",
                           "2026-01-02",
                           "2026-01-02T03:04:05",
                           "2026-01-02 03:04:05Z",
                           "2026-01-02T03:04:05.Z",
                           "2026-13-02T03:04:05Z",
                           "2026-00-02T03:04:05Z",
                           "2026-01-32T03:04:05Z",
                           "2026-01-02T24:00:00Z",
                           "2026-01-02T03:60:05Z",
                           "2026-01-02T03:04:61Z",
                           "2026-01-02T03:04:05+0530",
                           "2026-01-02T03:04:05+24:00",
                           "2026-01-02T03:04:05Zz",
                           "2026-01-02T03:04:05Z ",
                           " 2026-01-02T03:04:05Z",
                           "-026-01-02T03:04:05Z",
                           "2026-1-02T03:04:05Z",
                           "2026-01-02T03:04:05+05:60",
                           "2026/01/02T03:04:05Z",
                           "2026-01-02T03-04-05Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

struct DurationCase {
  const char* text;
  std::optional<Seconds> span;
};

TEST(Durations, are_one_whole_number_and_one_unit) {
  const std::array cases{
      DurationCase{"0s", Seconds{0}},
      DurationCase{"120s", Seconds{120}},
      DurationCase{"15m", Seconds{900}},
      DurationCase{"24h", Seconds{86400}},
      DurationCase{"90d", hours{24 * 90}},
      DurationCase{"90days", hours{24 * 90}},
      DurationCase{"12hours", hours{12}},
      DurationCase{"2w", hours{24 * 14}},
      DurationCase{"1day", hours{24}},
      DurationCase{"3minutes", Seconds{180}},
      DurationCase{"", std::nullopt},
      DurationCase{"90", std::nullopt},
      DurationCase{"d", std::nullopt},
      DurationCase{"-1d", std::nullopt},
      DurationCase{"+1d", std::nullopt},
      DurationCase{"1.5h", std::nullopt},
      DurationCase{"1h30m", std::nullopt},
      DurationCase{"1 d", std::nullopt},
      DurationCase{" 1d", std::nullopt},
      DurationCase{"1D", std::nullopt},
      DurationCase{"1y", std::nullopt},
      DurationCase{"99999999999999999999s", std::nullopt},
      DurationCase{"9223372036854775807w", std::nullopt},
      DurationCase{"366001d", std::nullopt},
  };
  for (const DurationCase& each : cases) EXPECT_EQ(parse_duration(each.text), each.span) << each.text;
}

TEST(Durations, print_in_the_shortest_exact_form_and_read_back) {
  EXPECT_EQ(duration_text(Seconds{0}), "0s");
  EXPECT_EQ(duration_text(Seconds{59}), "59s");
  EXPECT_EQ(duration_text(Seconds{60}), "1m");
  EXPECT_EQ(duration_text(Seconds{90}), "90s");
  EXPECT_EQ(duration_text(Seconds{5400}), "90m");
  EXPECT_EQ(duration_text(Seconds{86400}), "1d");
  EXPECT_EQ(duration_text(Seconds{90000}), "25h");
  for (const std::int64_t count : {0, 1, 59, 60, 61, 3599, 3600, 86399, 86400, 604800, 7776000}) {
    EXPECT_EQ(parse_duration(duration_text(Seconds{count})), Seconds{count});
  }
}

TEST(Durations, are_told_to_people_in_two_units_at_most) {
  EXPECT_EQ(about(Seconds{-5}), "0s");
  EXPECT_EQ(about(Seconds{8}), "8s");
  EXPECT_EQ(about(Seconds{60}), "1m");
  EXPECT_EQ(about(Seconds{61}), "1m 1s");
  EXPECT_EQ(about(Seconds{4 * 3600 + 12 * 60 + 30}), "4h 12m");
  EXPECT_EQ(about(hours{24 * 6 + 3}), "6d 3h");
  EXPECT_EQ(about(hours{48}), "2d");
}

// Invariant 19: clock jumps never shorten a window.
struct JumpCase {
  const char* name;
  Instant from, to;
  Millis passed;
};

class Elapsed : public testing::TestWithParam<JumpCase> {};

TEST_P(Elapsed, counts_only_what_surely_passed) {
  EXPECT_EQ(elapsed(GetParam().from, GetParam().to), GetParam().passed);
}

const Time t0{Seconds{1'000'000}};
INSTANTIATE_TEST_SUITE_P(
    Invariant19, Elapsed,
    testing::Values(
        JumpCase{"both_agree", {t0, hours{1}, "a"}, {t0 + hours{2}, hours{3}, "a"}, hours{2}},
        JumpCase{"wall_jumps_ahead", {t0, hours{1}, "a"}, {t0 + hours{900}, hours{3}, "a"}, hours{2}},
        JumpCase{"wall_jumps_back", {t0, hours{1}, "a"}, {t0 - hours{5}, hours{3}, "a"}, Millis{0}},
        JumpCase{"wall_runs_slow", {t0, hours{1}, "a"}, {t0 + hours{1}, hours{3}, "a"}, hours{1}},
        JumpCase{"boot_clock_jumps_ahead", {t0, hours{1}, "a"}, {t0 + hours{2}, hours{99}, "a"}, hours{2}},
        JumpCase{"boot_clock_goes_back", {t0, hours{3}, "a"}, {t0 + hours{2}, hours{1}, "a"}, Millis{0}},
        JumpCase{"a_reboot_leaves_wall_time", {t0, hours{900}, "a"}, {t0 + hours{2}, Millis{5}, "b"}, hours{2}},
        JumpCase{"a_reboot_and_a_wall_that_went_back", {t0, hours{1}, "a"}, {t0 - hours{2}, hours{9}, "b"}, Millis{0}},
        JumpCase{"no_boot_id_leaves_wall_time", {t0, Millis{0}, ""}, {t0 + hours{2}, Millis{0}, ""}, hours{2}},
        JumpCase{
            "milliseconds_within_a_second", {t0, Millis{100}, "a"}, {t0 + Seconds{1}, Millis{850}, "a"}, Millis{750}}),
    [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace rotation
