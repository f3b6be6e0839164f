// A location's write, killed at every system call of it that changes the disk.
#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>

#include "platform/process.hpp"
#include "secrets_adapters/registry.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/eyaml_places.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using workbench::Directory;
using workbench::get;
using workbench::put;

bool is_handed_over(const std::string& before, const std::string& now) { return now == handed_over(before); }

// A token is another one each time; what it holds is read below.
bool is_handed_over_but_for_the_token(const std::string& before, const std::string& now) {
  const auto rest = [](std::string text) {
    const std::size_t at = text.find("ENC[");
    return text.erase(at, text.find(']', at) - at);
  };
  return rest(now) == rest(with(before, old_id, new_id));
}

struct Kind {
  std::string type;
  std::map<std::string, std::string> settings;  // but the path
  std::string text;                             // with the old pair in it
  bool (*handed_over)(const std::string& before, const std::string& now) = is_handed_over;
};

const std::vector<Kind> kinds{
    {"aws-credentials-file",
     {{"profile", "dev"}},
     "# mine\n[dev]\naws_access_key_id = " + old_id + "\naws_secret_access_key = " + old_secret + "\n"},
    {"env-file", {{"id", "ID"}, {"value", "S"}}, "export ID='" + old_id + "' # mine\nS=\"" + old_secret + "\"\n"},
    {"alibaba-credentials-file",
     {{"profile", "dev"}},
     "# mine\n[dev]\ntype = access_key\naccess_key_id = " + old_id + "\naccess_key_secret = " + old_secret + "\n"},
    {"alibaba-cli-config",
     {{"profile", "dev"}},
     "{\"profiles\": [{\"name\": \"dev\", \"mode\": \"AK\",\n \"access_key_secret\": \"" + old_secret +
         "\",\n \"access_key_id\": \"" + old_id + "\"}]}\n"},
    {"eyaml",
     {{"id", "id"}, {"secret", "secret"}, {"keys.public", eyaml::certificate}, {"keys.private", eyaml::private_key}},
     "# mine\nid: " + old_id + "\nsecret: >\n" + eyaml::block_lines + "last: 1\n",
     is_handed_over_but_for_the_token},
};

rotation::LocationSpec spec_of(const Kind& kind, const std::string& path) {
  rotation::LocationSpec spec{
      .name = rotation::LocationName("laptop"), .type = kind.type, .optional = false, .settings = kind.settings};
  spec.settings["path"] = path;
  return spec;
}

platform::Finished write_killed_at(const rotation::LocationSpec& spec, const std::string& call, int time) {
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
                  spec.type};
  for (const auto& [name, value] : spec.settings) command.argv.push_back(name + "=" + value);
  return platform::run(command);
}

struct Seen {
  int with_old = 0;
  int with_new = 0;
};

// False once the writer came through alive: it makes fewer of these calls.
bool crash_and_go_on(const Kind& kind, const std::string& call, int time, Seen& seen) {
  const std::string point = kind.type + ", " + call + " " + std::to_string(time);
  Directory here;
  put(here / "f", kind.text, 0640);
  const auto spec = spec_of(kind, here / "f");
  const auto finished = write_killed_at(spec, call, time);
  const std::string text = get(here / "f");
  EXPECT_TRUE(text == kind.text || kind.handed_over(kind.text, text)) << "torn at " << point;
  const auto place = secrets_adapters::make_location(spec);
  EXPECT_EQ(here.names(), std::set<std::string>{"f"}) << point;
  EXPECT_EQ(workbench::info(here / "f").st_mode & 07777U, 0640U) << point;
  if (finished.exit_code == 0) return false;
  EXPECT_EQ(finished.exit_code, 128 + SIGKILL) << finished.err;
  ++(text == kind.text ? seen.with_old : seen.with_new);
  if (text == kind.text) {
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
  for (const Kind& kind : kinds) {
    Seen seen;
    for (const char* call : {"openat", "flock", "write", "fchmod", "fsync", "rename", "unlink"}) {
      for (int time = 1; crash_and_go_on(kind, call, time, seen); ++time) ASSERT_LT(time, 500);
    }
    std::cout << kind.type << ": " << seen.with_old + seen.with_new << " crashes: " << seen.with_old
              << " with the old pair, " << seen.with_new << " with the new one\n";
    EXPECT_GE(seen.with_old, 4) << kind.type;
    EXPECT_GE(seen.with_new, 1) << kind.type;
  }
}

}  // namespace
