#include "platform/clock.hpp"

#include <poll.h>
#include <sys/random.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/files.hpp"
#include "platform/signals.hpp"

namespace platform {
namespace {

using rotation::Millis;

constexpr Millis between_ticks{1000};

Millis read_clock(clockid_t which) {
  timespec time{};
  if (::clock_gettime(which, &time) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot read the clock");
  }
  return std::chrono::duration_cast<Millis>(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

std::string read_boot_id() {
  std::string text;
  try {
    text = read_file("/proc/sys/kernel/random/boot_id", 4096).value_or("");
  } catch (const std::system_error&) {
    return {};
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

void change_mask(int how, const sigset_t& set, sigset_t* before) {
  if (const int error = ::pthread_sigmask(how, &set, before); error != 0) {
    throw std::system_error(error, std::generic_category(), "cannot hold signals");
  }
}

// Rounded up, so that a wait never ends early.
int poll_milliseconds(Millis span) { return static_cast<int>(std::max<Millis::rep>(span.count(), 1)); }

// Of the cloud that this thread heard last: two clouds may disagree, and each of a crew asks one at a time.
thread_local std::pair<const SystemClock*, Millis> heard{nullptr, Millis{0}};

}  // namespace

SystemClock::SystemClock() : boot_id_(read_boot_id()) { heard = {nullptr, Millis{0}}; }

SystemClock::~SystemClock() {
  heard = {nullptr, Millis{0}};
  if (holding_) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

rotation::Instant SystemClock::now() {
  const Millis offset = heard.first == this ? heard.second : Millis{offset_.load()};
  const Millis wall = read_clock(CLOCK_REALTIME) + offset;
  return {.wall = rotation::Time{std::chrono::floor<std::chrono::seconds>(wall)},
          .boot = read_clock(CLOCK_BOOTTIME),
          .boot_id = boot_id_};
}

void SystemClock::set_server_offset(Millis offset) {
  heard = {this, offset};
  offset_.store(offset.count());
}

rotation::Waited SystemClock::wait(Millis span, const std::function<void(Millis left)>& tick) {
  const Millis end = read_clock(CLOCK_BOOTTIME) + span;
  for (;;) {
    if (interrupted()) return rotation::Waited::interrupted;
    const Millis left = end - read_clock(CLOCK_BOOTTIME);
    if (left <= Millis{0}) return rotation::Waited::done;
    if (tick) tick(left);
    // The descriptor stays readable after a signal, so one that comes between the look and the poll is not missed.
    pollfd signal{signal_descriptor(), POLLIN, 0};
    const int got = ::poll(&signal, 1, poll_milliseconds(std::min(left, between_ticks)));
    if (got < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot wait");
  }
}

bool SystemClock::interrupted() const { return signals_noted() > 0; }

void SystemClock::hold_signals() {
  if (holding_) return;
  sigset_t held;
  sigemptyset(&held);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP}) sigaddset(&held, number);
  change_mask(SIG_BLOCK, held, &before_);
  holding_ = true;
}

void SystemClock::release_signals() {
  if (!holding_) return;
  holding_ = false;
  change_mask(SIG_SETMASK, before_, nullptr);
}

rotation::AttemptId SystemClock::fresh_attempt() {
  std::array<unsigned char, 16> bytes{};
  while (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot get random bytes");
  }
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return rotation::AttemptId(std::move(text));
}

}  // namespace platform
