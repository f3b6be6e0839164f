// What comes next, from the journal alone: for status, JSON and the bare command.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "rotation/stops.hpp"
#include "rotation/view.hpp"

namespace rotation {

enum class Need : std::uint8_t { wait, confirm, approval, manual, window, operator_ };
template <>
struct Words<Need> {
  static constexpr std::array all{"wait"sv, "confirm"sv, "approval"sv, "manual"sv, "window"sv, "operator"sv};
};

struct Next {
  std::optional<Step> step;  // empty once the rotation is closed
  std::vector<Need> needs;
  std::optional<Time> not_before;  // only where it lies ahead of `now`
  std::string command;             // "keybaton resume prod/support-api"; empty once closed
  std::string why;                 // one line for people
};

[[nodiscard]] Next next(const View& view, const Instant& now);

}  // namespace rotation
