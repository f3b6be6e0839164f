// What the service allows, and what it counts.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace iam_standin {

using Clock = std::chrono::steady_clock;

// A token a request; `rate` tokens a second, at most `burst` of them kept. Full at the first request.
class TokenBucket {
 public:
  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

  [[nodiscard]] bool take(Clock::time_point now) {
    if (rate_ <= 0) return true;
    if (last_ != Clock::time_point{}) {
      tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - last_).count());
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  double rate_, burst_, tokens_;
  Clock::time_point last_;
};

struct Counts {
  std::size_t requests = 0;  // all that were read to their end
  std::size_t refused = 0;   // throttled
  std::size_t dropped = 0;   // connections closed without a reply
  std::size_t errors = 0;    // 500 and 503 on purpose
  std::size_t in_flight = 0, max_in_flight = 0;
  std::size_t connections = 0, max_connections = 0, accepted = 0;
  std::map<std::string, std::size_t, std::less<>> actions;
  Clock::time_point first{}, last{};  // request read, reply sent
};

}  // namespace iam_standin
