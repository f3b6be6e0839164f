// The machine's clocks, its chance and its signals, behind the engine's port.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <string>

#include "rotation/ports.hpp"

namespace platform {

class SystemClock final : public rotation::Clock {
 public:
  SystemClock();
  SystemClock(const SystemClock&) = delete;
  SystemClock& operator=(const SystemClock&) = delete;
  ~SystemClock() override;

  // CLOCK_REALTIME and the server's offset; CLOCK_BOOTTIME (which counts sleep too) and this boot's id. The id is
  // empty where the kernel tells none: then wall time alone counts.
  [[nodiscard]] rotation::Instant now() override;
  // For this thread, and for those that have heard of none themselves.
  void set_server_offset(rotation::Millis offset) override;
  // A noted signal ends it at once, also one that came before.
  rotation::Waited wait(rotation::Millis span, const std::function<void(rotation::Millis left)>& tick) override;
  [[nodiscard]] bool interrupted() const override;
  // Blocks SIGINT, SIGTERM, SIGHUP, SIGPIPE and SIGTSTP of this thread; they arrive after the release.
  void hold_signals() override;
  void release_signals() override;
  // 128 random bits, 32 hex characters.
  [[nodiscard]] rotation::AttemptId fresh_attempt() override;

 private:
  std::string boot_id_;
  std::atomic<rotation::Millis::rep> offset_{0};
  bool holding_ = false;
  sigset_t before_{};
};

}  // namespace platform
