// Schedules: when they come next, and what is said of those that cannot be read.
#include "cli/cron.hpp"

#include <gtest/gtest.h>

namespace cli {
namespace {

rotation::Time at(const std::string& text) { return rotation::parse_rfc3339(text).value(); }

std::string next(const std::string& schedule, const std::string& after) {
  const auto read = Cron::parse(schedule);
  if (const auto* fault = std::get_if<inventory::Fault>(&read)) return "bad: " + fault->message;
  return rotation::rfc3339(std::get<Cron>(read).next_after(at(after)));
}

struct Case {
  const char *schedule, *after, *next;
};

TEST(Cron, comes_next_at_the_first_minute_that_fits) {
  for (const Case& each : std::initializer_list<Case>{
           {"* * * * *", "2026-01-02T03:04:05Z", "2026-01-02T03:05:00Z"},
           {"* * * * *", "2026-01-02T03:04:00Z", "2026-01-02T03:05:00Z"},
           {"*/15 * * * *", "2026-01-02T03:45:00Z", "2026-01-02T04:00:00Z"},
           {"5/20 * * * *", "2026-01-02T03:26:00Z", "2026-01-02T03:45:00Z"},
           {"10-20/5 3 * * *", "2026-01-02T03:16:00Z", "2026-01-02T03:20:00Z"},
           {"10-20/5 3 * * *", "2026-01-02T03:20:00Z", "2026-01-03T03:10:00Z"},
           {"0 3 * * *", "2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"},
           {"0 3 * * *", "2026-01-02T02:59:59Z", "2026-01-02T03:00:00Z"},
           {"0,30 8-9 * * *", "2026-01-02T08:30:00Z", "2026-01-02T09:00:00Z"},
           {"  0\t3 *  * * ", "2026-01-02T02:00:00Z", "2026-01-02T03:00:00Z"},
           {"59 23 31 12 *", "2026-12-31T23:59:00Z", "2027-12-31T23:59:00Z"},
       }) {
    EXPECT_EQ(next(each.schedule, each.after), each.next) << each.schedule << " after " << each.after;
  }
}

TEST(Cron, knows_how_long_months_are) {
  for (const Case& each : std::initializer_list<Case>{
           {"0 0 31 * *", "2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z"},
           {"0 0 30 * *", "2026-01-30T00:00:00Z", "2026-03-30T00:00:00Z"},
           {"0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"},
           {"0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"},
           {"0 0 1 * *", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"},
           {"0 0 31 4,5 *", "2026-01-01T00:00:00Z", "2026-05-31T00:00:00Z"},
           {"0 0 31 jan-mar *", "2026-01-31T10:00:00Z", "2026-03-31T00:00:00Z"},
       }) {
    EXPECT_EQ(next(each.schedule, each.after), each.next) << each.schedule << " after " << each.after;
  }
}

// 2026-01-01 is a Thursday.
TEST(Cron, takes_a_day_that_fits_either_where_both_are_said) {
  for (const Case& each : std::initializer_list<Case>{
           {"0 0 13 * fri", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
           {"0 0 13 * fri", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"},
           {"0 0 * * fri", "2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"},
           {"0 0 13 * *", "2026-01-02T00:00:00Z", "2026-01-13T00:00:00Z"},
           {"0 0 */2 * sun", "2026-01-01T00:00:00Z", "2026-01-11T00:00:00Z"},  // begins with *: both must fit
           {"0 0 31 2 mon", "2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"},
           {"0 0 * * 7", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
           {"0 0 * * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"},
           {"0 0 * * 5-7", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z"},
           {"0 0 * * Mon,WED", "2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z"},
       }) {
    EXPECT_EQ(next(each.schedule, each.after), each.next) << each.schedule << " after " << each.after;
  }
}

TEST(Cron, has_short_forms) {
  for (const Case& each : std::initializer_list<Case>{{"@hourly", "2026-01-02T03:04:05Z", "2026-01-02T04:00:00Z"},
                                                      {"@daily", "2026-01-02T03:04:05Z", "2026-01-03T00:00:00Z"},
                                                      {"@MIDNIGHT", "2026-01-02T03:04:05Z", "2026-01-03T00:00:00Z"},
                                                      {"@weekly", "2026-01-02T03:04:05Z", "2026-01-04T00:00:00Z"},
                                                      {"@monthly", "2026-01-02T03:04:05Z", "2026-02-01T00:00:00Z"},
                                                      {"@yearly", "2026-01-02T03:04:05Z", "2027-01-01T00:00:00Z"},
                                                      {"@annually", "2026-01-02T03:04:05Z", "2027-01-01T00:00:00Z"}}) {
    EXPECT_EQ(next(each.schedule, each.after), each.next) << each.schedule;
  }
}

TEST(Cron, that_cannot_be_read_is_told_of_with_its_place) {
  struct Bad {
    const char* schedule;
    std::size_t at;
    const char* said;
  };
  for (const Bad& each : std::initializer_list<Bad>{{"", 0, "nothing"},
                                                    {"0 3 * *", 7, "day of the week is missing"},
                                                    {"0 3 * * * root", 10, "more than five"},
                                                    {"60 3 * * *", 0, "0-59"},
                                                    {"0 24 * * *", 2, "0-23"},
                                                    {"0 3 0 * *", 4, "1-31"},
                                                    {"0 3 * 13 *", 6, "1-12"},
                                                    {"0 3 * * 8", 8, "0-7"},
                                                    {"0 3 * * mon-fru", 12, "sun-sat"},
                                                    {"0 3 * * fri-mon", 8, "ends before it begins"},
                                                    {"1,,2 3 * * *", 2, "minute is missing"},
                                                    {"*/0 * * * *", 2, "step"},
                                                    {"*/x * * * *", 2, "step"},
                                                    {"1/2/3 * * * *", 4, "two steps"},
                                                    {"1-2-3 * * * *", 4, "two ends"},
                                                    {"-1 * * * *", 0, "missing"},
                                                    {"99999999999999999999 * * * *", 0, "0-59"},
                                                    {"0 0 31 2 *", 4, "no such day ever comes"},
                                                    {"0 0 30,31 2 *", 4, "no such day ever comes"},
                                                    {"0 0 31 4,6,9,11 *", 4, "no such day ever comes"},
                                                    {"@reboot", 0, "no schedule \"@reboot\""},
                                                    {"@hourly 3", 8, "nothing follows"},
                                                    {"hourly", 6, "hour is missing"}}) {
    const auto read = Cron::parse(each.schedule);
    const auto* fault = std::get_if<inventory::Fault>(&read);
    ASSERT_NE(fault, nullptr) << each.schedule;
    EXPECT_EQ(fault->at, each.at) << each.schedule << ": " << fault->message;
    EXPECT_NE(fault->message.find(each.said), std::string::npos) << each.schedule << ": " << fault->message;
    EXPECT_FALSE(fault->fits.empty()) << each.schedule;
  }
}

TEST(Cron, is_told_without_the_blanks_that_it_was_written_with) {
  EXPECT_EQ(std::get<Cron>(Cron::parse(" 0  3 * * MON ")).text(), "0 3 * * mon");
  EXPECT_EQ(std::get<Cron>(Cron::parse("@Hourly")).text(), "@hourly");
}

}  // namespace
}  // namespace cli
