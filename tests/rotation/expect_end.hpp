// How a command must have ended: with the right word, and with three parts that say why.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "desk.hpp"

namespace desk {

inline const Wishes sit{.wait = true};

inline void expect_end(const Result& result, Ending ending) {
  EXPECT_EQ(word(result.ending), word(ending)) << (result.problem ? result.problem->message : "");
  if (result.ending == Ending::ok) return;
  ASSERT_TRUE(result.problem) << word(result.ending);
  EXPECT_FALSE(result.problem->message.empty());
  EXPECT_FALSE(result.problem->keys.empty());
  EXPECT_FALSE(result.problem->hint.empty());
}

// The desk of a rotation that has come through this step; what it did so far is no longer on the list of calls.
inline Desk at_row(Step step, const Setting& setting = {.policy = quick_policy()}) {
  Desk desk{setting};
  Wishes wishes = sit;
  wishes.through = step;
  expect_end(desk.advance(wishes), Ending::ok);
  desk.calls.clear();
  return desk;
}

inline bool says(const Result& result, const std::string& text) {
  return result.problem && (result.problem->message + " " + result.problem->hint).find(text) != std::string::npos;
}

}  // namespace desk
