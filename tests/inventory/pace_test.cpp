// The pace of a scan against a token bucket and a clock that are simulated: no machine is fast or slow here.
#include "inventory/pace.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <queue>
#include <random>
#include <string>

namespace {

using inventory::Bucket;
using inventory::Pace;
using rotation::Millis;

struct Scene {
  std::string name;
  int requests = 3001;
  Bucket bucket = {.rate = 1e9, .size = 1e9};
  double latency = 20;  // ms
  std::size_t start = 40;
  Bucket remembered = {};
  double others_until = 0, others_leave = 0;  // ms; requests a second that are left to us until then
  unsigned seed = 1;                          // of what the network adds and takes
};

struct Course {
  double wall = 0;  // ms
  int refused = 0;
  Bucket found;
};

struct Reply {
  double at = 0, sent = 0;
  bool refused = false;
  bool operator<(const Reply& other) const { return at > other.at; }
};

// The first request tells how many there will be, as the first page of users does.
Course run(const Scene& scene) {
  Pace pace{{.start = scene.start, .most = 64, .remembered = scene.remembered}};
  std::mt19937 random{scene.seed};
  std::uniform_real_distribution<double> jitter{0.85, 1.25};
  std::priority_queue<Reply> under_way;
  double now = 0, tokens = scene.bucket.size, filled_at = 0;
  int waiting = 1, behind_the_first = scene.requests - 1;
  Course result;
  const auto millis = [](double ms) { return Millis{static_cast<Millis::rep>(ms)}; };
  while (waiting + behind_the_first > 0 || !under_way.empty()) {
    for (; waiting > 0; --waiting) {
      const auto at = pace.next_at(under_way.size());
      if (!at || static_cast<double>(at->count()) > now) break;
      pace.sent(millis(now));
      const double takes = scene.latency * jitter(random), arrives = now + takes / 2;
      const double rate = arrives < scene.others_until ? scene.others_leave : scene.bucket.rate;
      const double gained = std::max(0.0, arrives - filled_at) * rate / 1000;
      tokens = std::min(scene.bucket.size, tokens + gained);
      filled_at = std::max(filled_at, arrives);
      const bool dry = tokens < 1;
      if (!dry) tokens -= 1;
      under_way.push({.at = now + takes, .sent = now, .refused = dry});
    }
    double next = under_way.empty() ? 1e18 : under_way.top().at;
    if (const auto at = pace.next_at(under_way.size()); at && waiting > 0) {
      next = std::min(next, std::max(static_cast<double>(at->count()), now + 0.05));
    }
    now = next;
    while (!under_way.empty() && under_way.top().at <= now) {
      const Reply reply = under_way.top();
      under_way.pop();
      if (reply.refused) {
        ++waiting;
        ++result.refused;
        pace.refused(millis(reply.sent), millis(now));
      } else {
        pace.answered(millis(reply.sent), millis(now));
        pace.expect(static_cast<std::size_t>(scene.requests));
        waiting += std::exchange(behind_the_first, 0);
      }
    }
  }
  result.wall = now;
  result.found = pace.bucket();
  return result;
}

// What the bucket and the latency leave no way around.
double least(const Scene& scene) {
  const double by_bucket = (scene.requests - scene.bucket.size) / scene.bucket.rate * 1000;
  return std::max(by_bucket, (1 + std::ceil((scene.requests - 1) / 64.0)) * scene.latency);
}

class Throttled : public testing::TestWithParam<Scene> {};

// Two in a hundred; of the smallest accounts a refusal more, as there are no hundreds to spread them over.
int bearable(const Scene& scene) { return std::max(7, scene.requests / 50); }

TEST_P(Throttled, loses_little_time_and_is_refused_little) {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Scene scene = GetParam();
    scene.seed = seed;
    const Course first = run(scene);
    EXPECT_LE(first.wall, 1.05 * least(scene)) << seed;
    EXPECT_LE(first.refused, bearable(scene)) << seed;
    EXPECT_NEAR(first.found.rate, scene.bucket.rate, 0.1 * scene.bucket.rate) << seed;
    scene.remembered = first.found;
    scene.seed += 100;
    const Course second = run(scene);
    EXPECT_LE(second.wall, 1.05 * least(scene)) << seed;
    EXPECT_LE(second.refused, bearable(scene)) << seed;
  }
}

std::vector<Scene> throttled_scenes() {
  std::vector<Scene> scenes;
  for (const double rate : {50.0, 100.0}) {
    for (const double latency : {0.2, 20.0, 60.0}) {
      for (const std::size_t start : {1U, 8U, 40U, 64U}) {
        for (const int requests : {301, 901, 3001, 15001}) {
          // Few requests far away: the small window reaches no such rate, and a wider one would be refused more.
          if (rate > 50 && ((requests == 301 && latency > 1) || (requests == 901 && latency > 20))) continue;
          scenes.push_back({.name = "r" + std::to_string(static_cast<int>(rate)) + "_" +
                                    std::to_string(static_cast<int>(latency)) + "ms_from_" + std::to_string(start) +
                                    "_" + std::to_string(requests),
                            .requests = requests,
                            .bucket = {.rate = rate, .size = rate},
                            .latency = latency,
                            .start = start});
        }
      }
    }
  }
  return scenes;
}
INSTANTIATE_TEST_SUITE_P(pace, Throttled, testing::ValuesIn(throttled_scenes()),
                         [](const auto& scene) { return scene.param.name; });

TEST(pace, costs_little_where_nothing_is_refused) {
  for (const double latency : {20.0, 50.0}) {
    const Scene scene{.latency = latency};
    EXPECT_LE(run(scene).wall, 1.1 * least(scene)) << latency;
    EXPECT_EQ(run(scene).refused, 0);
  }
}

TEST(pace, few_requests_far_away_are_asked_gently) {
  for (const double latency : {20.0, 60.0}) {
    const Scene scene{.requests = 301, .bucket = {.rate = 100, .size = 100}, .latency = latency};
    EXPECT_LE(run(scene).refused, 6) << latency;
    EXPECT_LE(run(scene).wall, 1.75 * least(scene)) << latency;
  }
}

// Measured while others drank from it, it is a faster one once they leave it.
TEST(pace, a_bucket_that_others_leave_is_found_anew) {
  Scene scene{.bucket = {.rate = 100, .size = 100}, .others_until = 5000, .others_leave = 3};
  const Course course = run(scene);
  EXPECT_LE(course.wall, 4 * least(scene));
  EXPECT_NEAR(course.found.rate, 100, 10);
  EXPECT_LE(course.refused, 200);
}

TEST(pace, what_a_damaged_file_remembers_stops_nothing) {
  const double huge = 1e300, none = std::nan("");
  for (const Bucket odd : {Bucket{1e-6, 1}, Bucket{huge, 1}, Bucket{none, 1}, Bucket{-5, 1}, Bucket{100, none}}) {
    const Scene scene{.bucket = {.rate = 100, .size = 100}, .remembered = odd};
    EXPECT_LE(run(scene).wall, 1.1 * least(scene)) << odd.rate << " " << odd.size;
  }
}

TEST(pace, refusals_within_one_moment_are_one) {
  Scene scene{.requests = 901, .bucket = {.rate = 400, .size = 400}, .latency = 0.2};
  for (scene.seed = 1; scene.seed < 20; ++scene.seed) EXPECT_LE(run(scene).wall, 1.05 * least(scene)) << scene.seed;
}

TEST(pace, what_was_remembered_wrongly_is_found_anew) {
  Scene slower{.bucket = {.rate = 50, .size = 50}, .remembered = {.rate = 400, .size = 400}};
  EXPECT_NEAR(run(slower).found.rate, 50, 5);
  Scene faster{.bucket = {.rate = 400, .size = 400}, .remembered = {.rate = 50, .size = 50}};
  EXPECT_LE(run(faster).wall, 1.15 * least(faster));
  faster.remembered = run(faster).found;
  EXPECT_GE(faster.remembered.rate, 300);
  EXPECT_NEAR(run(faster).found.rate, 400, 40);
}

TEST(pace, any_bucket_is_served_to_the_end) {
  for (const double rate : {0.5, 5.0, 20.0, 400.0}) {
    for (const double size : {1.0, 10.0, 1000.0}) {
      for (const double latency : {1.0, 200.0}) {
        const Scene scene{.requests = 301, .bucket = {.rate = rate, .size = size}, .latency = latency};
        EXPECT_LE(run(scene).wall, 15 * least(scene) + 30'000) << rate << " " << size << " " << latency;
      }
    }
  }
}

TEST(pace, waits_as_long_as_the_cloud_asks) {
  Pace pace{{}};
  pace.sent(Millis{0});
  pace.refused(Millis{0}, Millis{20}, Millis{3000});
  EXPECT_GE(pace.next_at(0).value(), Millis{3020});
}

TEST(pace, one_fault_slows_nothing_down_and_an_outage_does) {
  Pace pace{{}};
  pace.sent(Millis{0});
  pace.failed(Millis{0}, Millis{20});
  EXPECT_LE(pace.next_at(0).value(), Millis{20});
  for (int at = 1; at < 8; ++at) pace.failed(Millis{at * 100}, Millis{at * 100 + 20});
  EXPECT_GT(pace.next_at(0).value(), Millis{720 + 200});
  // Many that were under way together are one.
  Pace other{{}};
  for (int at = 0; at < 64; ++at) other.failed(Millis{0}, Millis{20});
  EXPECT_LE(other.next_at(0).value(), Millis{20});
}

}  // namespace
