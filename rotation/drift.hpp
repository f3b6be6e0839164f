// A location that was last known to hold a key that it should not: by the journal alone.
#pragma once

#include "rotation/view.hpp"

namespace rotation {

enum class Drift : std::uint8_t {
  none,
  retired,  // a key of this rotation that is Inactive or gone
  unknown,  // no key of this rotation
};
template <>
struct Words<Drift> {
  static constexpr std::array all{"none"sv, "retired"sv, "unknown"sv};
};

[[nodiscard]] Drift drift_of(const View& view, const LocationView& location);

}  // namespace rotation
