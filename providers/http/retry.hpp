// How long to wait before another try. Pure: chance and time spent are arguments.
#pragma once

#include <optional>

#include "rotation/time.hpp"

namespace http {

struct RetryPolicy {
  int attempts = 6;                 // tries in all, the first included
  rotation::Millis base{200};       // doubles with each try
  rotation::Millis cap{20'000};     // of one wait
  rotation::Millis budget{60'000};  // of all waits together
};

// The wait after try number `attempt` (from 1) failed: full jitter, `random` in [0, 1) times the doubled base; at least
// what the server asked for. nullopt: give up, because tries or the budget (`spent` of it is gone) have run out.
[[nodiscard]] std::optional<rotation::Millis> retry_delay(const RetryPolicy& policy, int attempt,
                                                          rotation::Millis spent, double random,
                                                          std::optional<rotation::Millis> retry_after);

}  // namespace http
