// What holds for the writes of every kind of place: each has its budget of time, and one without a clear answer is not
// left before the place had some seconds to show it.
#pragma once

#include <memory>

#include "rotation/ports.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

// `surroundings` with the budget for the writes of one place, and a network that keeps to it.
[[nodiscard]] Surroundings with_budget(const Surroundings& surroundings);

// The place, made in these surroundings.
[[nodiscard]] std::unique_ptr<rotation::Location> held(std::unique_ptr<rotation::Location> place,
                                                       const Surroundings& surroundings, Compares compares);

}  // namespace secrets_adapters
