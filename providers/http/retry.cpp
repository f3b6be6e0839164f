#include "providers/http/retry.hpp"

#include <algorithm>

namespace http {

std::optional<rotation::Millis> retry_delay(const RetryPolicy& policy, int attempt, rotation::Millis spent,
                                            double random, std::optional<rotation::Millis> retry_after) {
  if (attempt >= policy.attempts) return std::nullopt;
  auto ceiling = policy.base;
  for (int i = 1; i < attempt && ceiling < policy.cap; ++i) ceiling *= 2;
  ceiling = std::min(ceiling, policy.cap);
  auto delay = rotation::Millis{static_cast<rotation::Millis::rep>(random * static_cast<double>(ceiling.count()))};
  if (retry_after) delay = std::max(delay, *retry_after);
  if (spent + delay > policy.budget) return std::nullopt;
  return delay;
}

}  // namespace http
