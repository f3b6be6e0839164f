// A location that only a person can write: a third party's control panel, a box without a network.
#pragma once

#include "rotation/ports.hpp"

namespace secrets_adapters {

// Read: that it is a person's, and nothing else; what it holds stands in the journal, by `keybaton confirm`. Write:
// always refused.
class Manual final : public rotation::Location {
 public:
  [[nodiscard]] rotation::Answer<rotation::Holding> read() override;
  [[nodiscard]] rotation::Answer<rotation::Written> write(const rotation::Change& change) override;
};

}  // namespace secrets_adapters
