// A write goes out under the rotation's lease, which another process may take over once it has run out. So each write
// has a budget of time, well below the lease: what would change something is no longer begun when its part of it is
// gone, and is cut short at its end; a rest is kept for reading back what came of it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "providers/http/transport.hpp"
#include "rotation/time.hpp"

namespace secrets_adapters {

class WriteBudget {
 public:
  // `boot`: the time since the machine's start. Empty: nobody tells the time, and nothing is cut short.
  explicit WriteBudget(std::function<rotation::Millis()> boot) : boot_(std::move(boot)) {}

  void begin();
  void end() { began_.reset(); }

  // What is left of the write under way; negative once it is over. nullopt: no write is under way.
  [[nodiscard]] std::optional<rotation::Millis> for_changes() const;
  [[nodiscard]] std::optional<rotation::Millis> for_looks() const;

 private:
  std::function<rotation::Millis()> boot_;
  std::optional<rotation::Millis> began_;
};

// Sends through `wire` what the budget still allows, and answers NotSent to the rest: a GET is a look, all else a
// change.
[[nodiscard]] std::unique_ptr<http::Transport> within_budget(std::unique_ptr<http::Transport> wire,
                                                             std::shared_ptr<const WriteBudget> budget);

}  // namespace secrets_adapters
