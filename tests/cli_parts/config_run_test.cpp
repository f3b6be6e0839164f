// What the config says of the worker.
#include <gtest/gtest.h>

#include <functional>

#include "cli/config.hpp"
#include "rotation/errors.hpp"

namespace cli {
namespace {

Config config(const std::string& text) { return parse_config(text, "/etc/keybaton/config.yaml"); }

std::string refusal_of(const std::string& text) {
  try {
    static_cast<void>(config(text));
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    return trouble.problem().message;
  }
  return "no refusal";
}

TEST(RunSettings, are_an_hour_and_ten_rotations_unless_said) {
  EXPECT_EQ(config("accounts: {}").run.every, std::chrono::hours{1});
  EXPECT_EQ(config("accounts: {}").run.max_rotations, 10U);
  const Config said = config("run: {every: 15m, max_rotations: 0}");
  EXPECT_EQ(said.run.every, std::chrono::minutes{15});
  EXPECT_EQ(said.run.max_rotations, 0U);
}

TEST(RunSettings, that_make_no_sense_are_refused_with_their_place) {
  EXPECT_EQ(refusal_of("run: {every: 59s}").rfind("/etc/keybaton/config.yaml:1:14: ", 0), 0U);
  for (const char* text : {"run: {every: 8d}", "run: {every: soon}", "run: {max_rotations: -1}",
                           "run: {max_rotations: '3'}", "run: {max_rotations: 1001}", "run: {max_rotations: []}",
                           "run: {often: 1h}", "policy: {auto_rotate: maybe}", "accounts: {a: {canary: 1}}"}) {
    EXPECT_NE(refusal_of(text), "no refusal") << text;
  }
}

TEST(RunSettings, auto_rotate_and_canary_stand_at_their_levels) {
  const Config said = config(
      "policy: {auto_rotate: true}\naccounts:\n  a: {canary: true, auto_rotate: false}\n"
      "targets:\n  a/app: {canary: true, policy: {auto_rotate: true}}\n  a/web: {}\n");
  EXPECT_EQ(said.policy.auto_rotate, true);
  EXPECT_EQ(said.accounts.at(rotation::AccountName{"a"}).policy.auto_rotate, false);
  EXPECT_TRUE(said.accounts.at(rotation::AccountName{"a"}).canary);
  EXPECT_TRUE(said.targets.at("a/app").canary);
  EXPECT_EQ(said.targets.at("a/app").policy.auto_rotate, true);
  EXPECT_FALSE(said.targets.at("a/web").canary);
  EXPECT_FALSE(said.targets.at("a/web").policy.auto_rotate);
}

}  // namespace
}  // namespace cli
