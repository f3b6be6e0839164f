// Places that only a person can write: what he may be shown, and what his word is worth.
#pragma once

#include <string>
#include <variant>

#include "rotation/errors.hpp"
#include "rotation/record.hpp"
#include "rotation/time.hpp"
#include "rotation/view.hpp"

namespace rotation {

// The pair that such a place should hold as things stand, and which of the sealed secrets it is.
struct Revelation {
  AccessKeyId key;
  std::string purpose;  // of Journal::sealed
  Draft draft;          // to be in the journal before anything is shown
};

// A Problem where there is nothing to show: no such location, not one of a person's, no key yet, no secret left.
[[nodiscard]] std::variant<Revelation, Problem> reveal(const View& view, const LocationName& location,
                                                       const Instant& now);

// The record of a person's word that the place holds that key now. A Problem where it would say nothing.
[[nodiscard]] std::variant<Draft, Problem> confirm(const View& view, const LocationName& location,
                                                   const std::string& note, const Instant& now);

}  // namespace rotation
