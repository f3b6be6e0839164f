// What the tests of places start from.
#pragma once

#include <gtest/gtest.h>

#include "desk.hpp"
#include "expect_end.hpp"
#include "rotation/by_hand.hpp"

namespace desk {

inline const Start::Told closed_at_7{.custody = Custody::closed, .mark = "7"};
inline const Start::Told person{.custody = Custody::by_hand, .mark = {}};

inline Setting with(const LocationName& name, const Start::Told& told) {
  return {.policy = quick_policy(), .told = {{name, told}}};
}

inline Wishes deploying() {
  Wishes wishes = sit;
  wishes.through = Step::deploy;
  return wishes;
}

inline void say(Desk& desk, const LocationName& name) {
  const Instant now{.wall = desk.wall, .boot = desk.boot, .boot_id = "first-boot"};
  const auto word = confirm(desk.view, name, "ticket 12", now);
  ASSERT_TRUE(std::holds_alternative<Draft>(word)) << std::get<Problem>(word).message;
  desk.append(std::get<Draft>(word));
}

}  // namespace desk
