#include "platform/clock.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include "platform/signals.hpp"
#include "tests/platform/workbench.hpp"

namespace {

using namespace std::chrono_literals;
using platform::SystemClock;
using rotation::Millis;
using rotation::Waited;
using workbench::in_child;

TEST(SystemClock, TellsWallBootAndBootId) {
  SystemClock clock;
  const auto before = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const auto now = clock.now();
  const auto after = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  EXPECT_GE(now.wall, before);
  EXPECT_LE(now.wall, after);
  EXPECT_GT(now.boot, 0ms);
  EXPECT_EQ(now.boot_id.size(), 36U);
}

TEST(SystemClock, CorrectsTheWallAloneByTheServersOffset) {
  SystemClock clock;
  const auto before = clock.now();
  clock.set_server_offset(-1h);
  const auto shifted = clock.now();
  EXPECT_LE(shifted.wall, before.wall - 1h + 2s);
  EXPECT_GE(shifted.wall, before.wall - 1h);
  EXPECT_GE(shifted.boot, before.boot);
  EXPECT_LT(shifted.boot - before.boot, 2s);
}

// Invariant 19
// Two of a crew may ask two clouds whose clocks differ.
TEST(SystemClock, CorrectsEachThreadByTheServerThatItHeard) {
  SystemClock clock;
  clock.set_server_offset(-1h);
  rotation::Time heard_nothing, heard_another;
  std::thread other([&] {
    heard_nothing = clock.now().wall;
    clock.set_server_offset(48h);
    heard_another = clock.now().wall;
  });
  other.join();
  const rotation::Time own = clock.now().wall;
  EXPECT_LE(own - heard_nothing, 2s);
  EXPECT_GE(heard_another - own, 48h);
}

TEST(SystemClock, AJumpOfTheWallShortensNoWindow) {
  SystemClock clock;
  const auto from = clock.now();
  clock.set_server_offset(48h);
  EXPECT_LT(rotation::elapsed(from, clock.now()), 2s);
  clock.set_server_offset(-48h);
  EXPECT_EQ(rotation::elapsed(from, clock.now()), 0ms);
}

TEST(SystemClock, WaitsTheWholeSpanAndTellsWhatIsLeft) {
  SystemClock clock;
  std::vector<Millis> ticks;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(clock.wait(1300ms, [&](Millis left) { ticks.push_back(left); }), Waited::done);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, 1299ms);
  EXPECT_LT(took, 3s);
  ASSERT_GE(ticks.size(), 2U);
  EXPECT_LE(ticks.front(), 1300ms);
  EXPECT_LT(ticks[1], ticks[0]);
  EXPECT_EQ(clock.wait(0ms, nullptr), Waited::done);
  EXPECT_EQ(clock.wait(-5s, nullptr), Waited::done);
  EXPECT_EQ(clock.wait(10ms, nullptr), Waited::done);
}

TEST(SystemClock, AttemptsAreLongHexAndNeverTheSame) {
  SystemClock clock;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string attempt = clock.fresh_attempt().text();
    ASSERT_EQ(attempt.size(), 32U);
    EXPECT_EQ(attempt.find_first_not_of("0123456789abcdef"), std::string::npos);
    seen.insert(attempt);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

// What follows changes a process's signals, so each runs in one of its own.

TEST(Signals, EndAWaitAtOnce) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const int code = in_child([number] {
      ::signal(SIGHUP, SIG_DFL);
      platform::install_signal_handlers();
      SystemClock clock;
      if (clock.interrupted()) return 1;
      const pid_t us = ::getpid();
      std::thread person([us, number] {
        std::this_thread::sleep_for(100ms);
        ::kill(us, number);
      });
      const auto begin = std::chrono::steady_clock::now();
      const Waited waited = clock.wait(30s, nullptr);
      const auto took = std::chrono::steady_clock::now() - begin;
      person.join();
      if (waited != Waited::interrupted || !clock.interrupted()) return 2;
      if (took > 600ms) return 3;
      if (platform::first_signal() != number) return 4;
      return clock.wait(30s, nullptr) == Waited::interrupted ? 0 : 5;  // one that came before counts too
    });
    EXPECT_EQ(code, 0) << number;
  }
}

TEST(Signals, NeverEndTheProcessHoweverOftenTheyCome) {
  const int code = in_child([] {
    ::signal(SIGHUP, SIG_DFL);
    platform::install_signal_handlers();
    platform::install_signal_handlers();
    for (int i = 0; i < 5; ++i) ::raise(SIGINT);
    ::raise(SIGTERM);
    ::raise(SIGHUP);
    ::raise(SIGPIPE);
    pollfd ready{platform::signal_descriptor(), POLLIN, 0};
    if (::poll(&ready, 1, 0) != 1) return 1;
    return platform::signals_noted() == 7 && platform::first_signal() == SIGINT ? 0 : 2;
  });
  EXPECT_EQ(code, 0);
}

TEST(Signals, LeaveAnIgnoredHangupIgnored) {
  const int code = in_child([] {
    ::signal(SIGHUP, SIG_IGN);
    platform::install_signal_handlers();
    ::raise(SIGHUP);
    return platform::signals_noted();
  });
  EXPECT_EQ(code, 0);
}

TEST(Signals, AreHeldAroundCreateAndArriveAfterwards) {
  const int code = in_child([] {
    platform::install_signal_handlers();
    SystemClock clock;
    clock.hold_signals();
    clock.hold_signals();
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGTSTP}) ::raise(number);
    if (clock.interrupted()) return 1;
    ::signal(SIGTSTP, SIG_IGN);  // or its arrival would stop this process
    clock.release_signals();
    if (platform::signals_noted() != 2) return 2;
    clock.release_signals();
    ::raise(SIGINT);
    return platform::signals_noted() == 3 ? 0 : 3;
  });
  EXPECT_EQ(code, 0);
}

TEST(Signals, AHoldEndsWithItsClock) {
  const int code = in_child([] {
    platform::install_signal_handlers();
    {
      SystemClock clock;
      clock.hold_signals();
    }
    ::raise(SIGINT);
    return platform::signals_noted() == 1 ? 0 : 1;
  });
  EXPECT_EQ(code, 0);
}

}  // namespace
