// The documented numbers of every ending, and the one that speaks for several.
#pragma once

#include <array>
#include <initializer_list>
#include <span>

#include "rotation/errors.hpp"

namespace cli {

[[nodiscard]] constexpr int exit_code(rotation::Ending ending) {
  using rotation::Ending;
  switch (ending) {
    case Ending::ok: return 0;
    case Ending::internal: return 1;
    case Ending::usage: return 2;
    case Ending::waiting: return 3;
    case Ending::needs_operator: return 4;
    case Ending::refused: return 5;
    case Ending::unknown: return 6;
    case Ending::wrong_account: return 7;
    case Ending::held: return 8;
    case Ending::storage: return 9;
    case Ending::tampered: return 10;
    case Ending::interrupted: return 130;
  }
  return 1;
}

// The documented order is 1 9 10 7 6 5 8 4 3 0. `usage` and `interrupted` end a whole command rather than one
// rotation; where one of several has them, they stand before "come back later": the rest was not looked at.
inline constexpr std::array worst_first{
    rotation::Ending::internal,       rotation::Ending::storage, rotation::Ending::tampered,
    rotation::Ending::wrong_account,  rotation::Ending::unknown, rotation::Ending::refused,
    rotation::Ending::held,           rotation::Ending::usage,   rotation::Ending::interrupted,
    rotation::Ending::needs_operator, rotation::Ending::waiting, rotation::Ending::ok};

// The ending of a command that handled several rotations; `ok` for none.
[[nodiscard]] constexpr rotation::Ending together(std::span<const rotation::Ending> endings) {
  for (const rotation::Ending candidate : worst_first) {
    for (const rotation::Ending ending : endings) {
      if (ending == candidate) return candidate;
    }
  }
  return rotation::Ending::ok;
}

}  // namespace cli
