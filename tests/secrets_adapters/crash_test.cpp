// A location's write, killed at every system call of it that changes the disk.
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>

#include "platform/process.hpp"
#include "secrets_adapters/registry.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using workbench::Directory;
using workbench::get;
using workbench::put;

const std::string old_text =
    "# mine\n[dev]\naws_access_key_id = " + old_id + "\naws_secret_access_key = " + old_secret + "\n";

std::unique_ptr<rotation::Location> location(const std::string& path) {
  return secrets_adapters::make_location({.name = rotation::LocationName("laptop"),
                                          .type = "aws-credentials-file",
                                          .optional = false,
                                          .settings = {{"path", path}, {"profile", "dev"}}});
}

platform::Finished write_killed_at(const std::string& path, const std::string& call, int time) {
  platform::Command command;
  // The leak check of a sanitized build traces too, and cannot beside strace.
  command.argv = {"strace",
                  "-f",
                  "-qq",
                  "-o",
                  "/dev/null",
                  "-E",
                  "ASAN_OPTIONS=detect_leaks=0",
                  "-e",
                  "inject=" + call + ":signal=KILL:when=" + std::to_string(time),
                  LOCATION_WRITER,
                  path};
  return platform::run(command);
}

int with_old = 0;
int with_new = 0;

// False once the writer came through alive: it makes fewer of these calls.
bool crash_and_go_on(const std::string& call, int time) {
  const std::string point = call + " " + std::to_string(time);
  Directory here;
  put(here / "f", old_text, 0640);
  const auto finished = write_killed_at(here / "f", call, time);
  const std::string text = get(here / "f");
  EXPECT_TRUE(text == old_text || text == handed_over(old_text)) << "torn at " << point;
  const auto place = location(here / "f");
  EXPECT_EQ(here.names(), std::set<std::string>{"f"}) << point;
  EXPECT_EQ(workbench::info(here / "f").st_mode & 07777U, 0640U) << point;
  if (finished.exit_code == 0) return false;
  EXPECT_EQ(finished.exit_code, 128 + SIGKILL) << finished.err;
  ++(text == old_text ? with_old : with_new);
  if (text == old_text) {
    EXPECT_EQ(said(hand_over(*place)), "done") << point;
  }
  EXPECT_EQ(said(place->read()), new_pair) << point;
  return finished.exit_code == 128 + SIGKILL;
}

// Invariants 13 and 14
TEST(LocationCrash, AtEveryDiskChangingCallLeavesOneWholePairAndNoSecretBeside) {
  try {
    platform::Command have;
    have.argv = {"strace", "-o", "/dev/null", "true"};
    if (platform::run(have).exit_code != 0) GTEST_SKIP() << "strace may not trace here";
  } catch (const std::system_error&) {
    GTEST_SKIP() << "no strace here";
  }
  for (const char* call : {"openat", "flock", "write", "fchmod", "fsync", "rename", "unlink"}) {
    for (int time = 1; crash_and_go_on(call, time); ++time) ASSERT_LT(time, 500);
  }
  std::cout << with_old + with_new << " crashes: " << with_old << " with the old pair, " << with_new
            << " with the new one\n";
  EXPECT_GE(with_old, 4);
  EXPECT_GE(with_new, 1);
}

}  // namespace
