// One line a day, of whatever was scanned how often.
#include "inventory/trend.hpp"

#include <gtest/gtest.h>

namespace {

using inventory::ScanLine;
using inventory::trend;
using inventory::TrendDay;
using rotation::Seconds;
using rotation::Time;

constexpr Time midnight{Seconds{1'767'312'000}};  // 2026-01-02T00:00:00Z
constexpr Seconds hour{3600};
constexpr Seconds day{86'400};

ScanLine line(Seconds after, std::size_t users, bool whole = true) {
  ScanLine made;
  made.began = midnight + after;
  made.ended = made.began + hour;
  made.whole = whole;
  made.users = users;
  made.keys = 2 * users;
  made.active = users + 1;
  made.never_used = 3;
  made.unused_90_days = 4;
  made.older_90_days = 5;
  return made;
}

std::vector<std::size_t> users_of(const std::vector<TrendDay>& days) {
  std::vector<std::size_t> users;
  for (const TrendDay& each : days) users.push_back(each.users);
  return users;
}

TEST(Trend, TakesTheLatestWholeScanOfADayByItsBeginning) {
  const auto days = trend({{line(Seconds{0}, 10), line(5 * hour, 12), line(6 * hour, 1, false),
                            line(day - Seconds{1}, 13), line(day, 20)}});
  EXPECT_EQ(users_of(days), (std::vector<std::size_t>{13, 20}));
  EXPECT_EQ(days[1].day - days[0].day, std::chrono::days{1});
  EXPECT_EQ(days[0], (TrendDay{.day = std::chrono::floor<std::chrono::days>(midnight),
                               .accounts = 1,
                               .users = 13,
                               .keys = 26,
                               .active = 14,
                               .never_used = 3,
                               .unused_90_days = 4,
                               .older_90_days = 5}));
}

TEST(Trend, LeavesOutDaysOnWhichNobodyLooked) {
  EXPECT_EQ(users_of(trend({{line(Seconds{0}, 1), line(40 * day, 2)}})), (std::vector<std::size_t>{1, 2}));
  EXPECT_TRUE(trend({}).empty());
  EXPECT_TRUE(trend({{}, {}}).empty());
}

TEST(Trend, AnAccountThatWasNotScannedThatDayCountsAsItWasLastSeen) {
  const auto days = trend({{line(Seconds{0}, 100), line(2 * day, 110)}, {line(day, 7)}});
  EXPECT_EQ(users_of(days), (std::vector<std::size_t>{100, 107, 117}));
  EXPECT_EQ(days[0].accounts, 1U);
  EXPECT_EQ(days[2].accounts, 2U);
}

}  // namespace
