#include "cli/crew.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace cli_parts_test {
namespace {

using cli::at_once;
using cli::crew_number;

const auto never = [] { return false; };

TEST(Crew, does_each_piece_once_however_wide_it_is) {
  for (const std::size_t width : {0, 1, 2, 7, 64}) {
    std::vector<std::atomic<int>> done(20);
    at_once({.width = width, .count = done.size(), .piece = [&](std::size_t at) { ++done[at]; }, .stop = never});
    for (const std::atomic<int>& each : done) EXPECT_EQ(each, 1) << width;
  }
  at_once({.width = 4, .count = 0, .piece = [](std::size_t) { ADD_FAILURE(); }, .stop = never});
}

TEST(Crew, has_no_more_at_work_than_it_may_and_each_under_a_number_of_its_own) {
  std::mutex mutex;
  std::set<std::size_t> at_work;
  std::size_t most = 0;
  at_once({.width = 3,
           .count = 60,
           .piece =
               [&](std::size_t) {
                 {
                   const std::scoped_lock lock{mutex};
                   EXPECT_TRUE(at_work.insert(crew_number()).second) << "two of one number";
                   most = std::max(most, at_work.size());
                 }
                 std::this_thread::sleep_for(std::chrono::milliseconds{2});
                 const std::scoped_lock lock{mutex};
                 at_work.erase(crew_number());
               },
           .stop = never});
  EXPECT_EQ(most, 3U);
  EXPECT_EQ(crew_number(), 0U) << "the caller is none of it";
}

TEST(Crew, begins_nothing_more_once_it_is_to_stop_and_ends_what_it_began) {
  for (const std::size_t width : {1, 4}) {
    std::atomic<int> begun = 0, ended = 0;
    at_once({.width = width,
             .count = 100,
             .piece =
                 [&](std::size_t) {
                   ++begun;
                   std::this_thread::sleep_for(std::chrono::milliseconds{1});
                   ++ended;
                 },
             .stop = [&] { return begun >= 5; }});
    EXPECT_EQ(begun, ended);
    EXPECT_GE(begun, 5);
    EXPECT_LT(begun, 10);
  }
}

TEST(Crew, throws_what_a_piece_threw_after_all_have_ended) {
  for (const std::size_t width : {1, 4}) {
    std::atomic<int> under_way = 0;
    const auto piece = [&](std::size_t at) {
      ++under_way;
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
      --under_way;
      if (at == 3) throw std::runtime_error("the third");
    };
    EXPECT_THROW(at_once({.width = width, .count = 50, .piece = piece, .stop = never}), std::runtime_error);
    EXPECT_EQ(under_way, 0);
  }
}

}  // namespace
}  // namespace cli_parts_test
