#include "secrets_adapters/edited_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "platform/files.hpp"
#include "secrets_adapters/aws_credentials_file.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

namespace fs = std::filesystem;
using namespace places;
using namespace std::chrono_literals;
using secrets_adapters::EditedFile;
using workbench::Directory;
using workbench::get;
using workbench::in_child;
using workbench::nobody;
using workbench::put;

std::string section(const std::string& name, const std::string& id, const std::string& secret) {
  return "[" + name + "]\naws_access_key_id = " + id + "\naws_secret_access_key = " + secret + "\n";
}
const std::string old_text = "# mine\n" + section("dev", old_id, old_secret);

EditedFile place_in(const fs::path& path, secrets_adapters::Hooks hooks = {}, const std::string& profile = "dev") {
  return {path, secrets_adapters::aws_credentials_format(profile), std::move(hooks)};
}

const std::set<std::string> file_alone{"f"};

// Invariant 13: a location is written only if it holds the expected value.
TEST(EditedFile, AThirdValueIsAConflictAndLeavesEveryByte) {
  Directory here;
  const std::string third = section("dev", "AKIATHIRD", "third");
  put(here / "f", third);
  const auto before = workbench::info(here / "f");
  auto place = place_in(here / "f");
  EXPECT_EQ(why(hand_over(place)), Refusal::conflict);
  EXPECT_NE(said(hand_over(place)).find("it holds AKIATHIRD, not " + old_id), std::string::npos);
  EXPECT_EQ(get(here / "f"), third);
  EXPECT_EQ(workbench::info(here / "f").st_ino, before.st_ino);
  EXPECT_EQ(here.names(), file_alone);
}

// Invariant 13, too: the right id beside a secret that nobody has looked at is a third value.
TEST(EditedFile, AnotherSecretBesideTheExpectedIdIsAConflictAndLeavesEveryByte) {
  Directory here;
  const std::string changed = section("dev", old_id, "changed");
  put(here / "f", changed);
  auto place = place_in(here / "f");
  Holding expected = holding(old_id);
  expected.secret = Secret(old_secret);
  EXPECT_EQ(why(place.write({expected, AccessKeyId(new_id), Secret(new_secret)})), Refusal::conflict);
  EXPECT_EQ(get(here / "f"), changed);
  put(here / "f", section("dev", old_id, old_secret));
  EXPECT_EQ(said(place.write({expected, AccessKeyId(new_id), Secret(new_secret)})), "done");
}

TEST(EditedFile, APlaceThatIsGoneIsAConflictOnWrite) {
  Directory here;
  EXPECT_EQ(why([&] {
              auto place = place_in(here / "f");
              return hand_over(place);
            }()),
            Refusal::conflict);
  put(here / "f", "[dev]\nregion = x\n");
  EXPECT_EQ(why([&] {
              auto place = place_in(here / "f");
              return hand_over(place);
            }()),
            Refusal::conflict);
  EXPECT_EQ(get(here / "f"), "[dev]\nregion = x\n");
}

TEST(EditedFile, WritesThereAndBackAgain) {
  Directory here;
  put(here / "f", old_text);
  auto place = place_in(here / "f");
  EXPECT_EQ(said(hand_over(place)), "done");
  EXPECT_EQ(said(place.write({holding(new_id), AccessKeyId(old_id), Secret(old_secret)})), "done");
  EXPECT_EQ(get(here / "f"), old_text);
}

// Invariant 13, against a program that takes no lock and writes between our read and our rename.
TEST(EditedFile, SeesAThirdValueThatComesAtTheLastMoment) {
  for (const bool by_rename : {false, true}) {
    Directory here;
    put(here / "f", old_text);
    const std::string third = section("dev", "AKIATHIRDEXAMPLE0000", old_secret);  // as long as the old one
    auto place = place_in(here / "f", {.before_last_look = [&] {
                            put(here / (by_rename ? "g" : "f"), third);
                            if (by_rename) fs::rename(here / "g", here / "f");
                          }});
    EXPECT_EQ(why(hand_over(place)), Refusal::conflict);
    EXPECT_EQ(get(here / "f"), third);
    EXPECT_EQ(here.names(), file_alone);
  }
}

TEST(EditedFile, TakesOverWhatAnotherProgramChangedElsewhereInTheFile) {
  Directory here;
  put(here / "f", old_text);
  int times = 0;
  const std::string more = section("other", "AKIAOTHER", "o");
  auto place = place_in(here / "f", {.before_last_look = [&] {
                          if (++times == 1) put(here / "f", old_text + more);
                        }});
  EXPECT_EQ(said(hand_over(place)), "done");
  EXPECT_EQ(times, 2);
  EXPECT_EQ(get(here / "f"), handed_over(old_text) + more);
}

TEST(EditedFile, GivesUpOnAFileThatNeverRests) {
  Directory here;
  put(here / "f", old_text);
  std::string now = old_text;
  auto place = place_in(here / "f", {.before_last_look = [&] { put(here / "f", now += "# more\n"); }});
  EXPECT_EQ(why(hand_over(place)), Refusal::conflict);
  EXPECT_EQ(get(here / "f"), now);
  EXPECT_EQ(here.names(), file_alone);
}

TEST(EditedFile, TwoOfUsOnOneFileLoseNothing) {
  Directory here(::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path());
  put(here / "f", section("a", "AKIAA0", "s") + section("b", "AKIAB0", "s"));
  constexpr int rounds = 100;
  const auto work = [&](const std::string& profile) {
    auto place = place_in(here / "f", {}, profile);
    const std::string stem = profile == "a" ? "AKIAA" : "AKIAB";
    for (int i = 0; i < rounds; ++i) {
      const auto answer =
          place.write({holding(stem + std::to_string(i)), AccessKeyId(stem + std::to_string(i + 1)), Secret("s")});
      ASSERT_EQ(said(answer), "done") << profile << i;
    }
  };
  std::thread other([&] { work("b"); });
  work("a");
  other.join();
  EXPECT_EQ(get(here / "f"), section("a", "AKIAA100", "s") + section("b", "AKIAB100", "s"));
  EXPECT_EQ(here.names(), file_alone);
}

// Invariant 13: readers never see a torn file.
TEST(EditedFile, ReadersSeeOneOfBothPairsOnly) {
  Directory here(::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path());
  put(here / "f", old_text);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<int> reads{0};
  std::thread reader([&] {
    auto place = place_in(here / "f");
    while (!stop) {
      const std::string seen = said(place.read());
      if (seen != old_pair && seen != new_pair) ++torn;
      ++reads;
    }
  });
  auto place = place_in(here / "f");
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(said(hand_over(place)), "done");
    ASSERT_EQ(said(place.write({holding(new_id), AccessKeyId(old_id), Secret(old_secret)})), "done");
  }
  stop = true;
  reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(reads, 100);
}

TEST(EditedFile, ASymlinkStaysAndItsTargetChanges) {
  Directory here;
  fs::create_directory(here / "dotfiles");
  put(here / "dotfiles" / "credentials", old_text, 0640);
  fs::create_symlink("dotfiles/credentials", here / "f");
  auto place = place_in(here / "f");
  EXPECT_EQ(said(hand_over(place)), "done");
  EXPECT_TRUE(fs::is_symlink(here / "f"));
  EXPECT_EQ(get(here / "dotfiles" / "credentials"), handed_over(old_text));
  EXPECT_EQ(workbench::info(here / "dotfiles" / "credentials").st_mode & 07777U, 0640U);
}

TEST(EditedFile, SplitsNoHardLinks) {
  Directory here;
  put(here / "f", old_text);
  fs::create_hard_link(here / "f", here / "twin");
  auto place = place_in(here / "f");
  EXPECT_EQ(why(hand_over(place)), Refusal::unsupported);
  EXPECT_NE(said(hand_over(place)).find("hard links"), std::string::npos);
  EXPECT_EQ(said(place.read()), old_pair);  // a retire wants to know what it holds, and no more
  EXPECT_EQ(why(place.ready()), Refusal::unsupported);
  EXPECT_NE(said(place.ready()).find("hard links"), std::string::npos);
  EXPECT_EQ(get(here / "twin"), old_text);
  EXPECT_EQ(get(here / "f"), old_text);
}

TEST(EditedFile, RefusesADirectoryThatAnybodyCanWrite) {
  Directory here;
  put(here / "f", old_text);
  ::chmod(here.path().c_str(), 0777);
  auto place = place_in(here / "f");
  EXPECT_EQ(why(place.read()), Refusal::denied);
  EXPECT_EQ(why(hand_over(place)), Refusal::denied);
  EXPECT_EQ(why(place.ready()), Refusal::denied);
  EXPECT_EQ(get(here / "f"), old_text);
}

TEST(EditedFile, IsReadyWhereAWriteWouldSucceedAndChangesNothing) {
  Directory here;
  put(here / "f", old_text);
  fs::create_symlink("f", here / "link");
  const auto before = workbench::info(here.path());
  EXPECT_EQ(said(place_in(here / "f").ready()), "done");
  EXPECT_EQ(said(place_in(here / "link").ready()), "done");
  EXPECT_EQ(why(place_in(here / "none").ready()), Refusal::conflict);
  EXPECT_EQ(workbench::info(here.path()).st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST(EditedFile, WhatIsNoFileIsRefused) {
  Directory here;
  fs::create_directory(here / "d");
  ASSERT_EQ(::mkfifo((here / "fifo").c_str(), 0600), 0);
  fs::create_symlink("loop", here / "loop");
  for (const char* name : {"d", "fifo", "loop"}) {
    auto place = place_in(here / name);
    EXPECT_EQ(why(place.read()), Refusal::invalid) << name;
    EXPECT_EQ(why(hand_over(place)), Refusal::invalid) << name;
    EXPECT_EQ(why(place.ready()), Refusal::invalid) << name;
  }
  put(here / "big", std::string((1U << 20U) + 1, '#'));
  EXPECT_EQ(why(place_in(here / "big").read()), Refusal::invalid);
}

TEST(EditedFile, NoPermissionIsRefusedAndSaidSo) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a second user";
  Directory here;
  ::chmod(here.path().c_str(), 0755);
  put(here / "secret", old_text, 0600);
  put(here / "readable", old_text, 0644);
  const auto as_nobody = [&](const char* name, const std::function<int(EditedFile&)>& ask) {
    return in_child(
        [&] {
          auto place = place_in(here / name);
          return ask(place);
        },
        nobody);
  };
  const auto reading = [](EditedFile& place) { return why(place.read()) == Refusal::denied ? 1 : 2; };
  const auto writing = [](EditedFile& place) { return why(hand_over(place)) == Refusal::denied ? 1 : 2; };
  const auto asking = [](EditedFile& place) { return why(place.ready()) == Refusal::denied ? 1 : 2; };
  EXPECT_EQ(as_nobody("secret", asking), 1);
  EXPECT_EQ(as_nobody("readable", asking), 1);
  EXPECT_EQ(as_nobody("secret", reading), 1);
  EXPECT_EQ(as_nobody("secret", writing), 1);
  EXPECT_EQ(as_nobody("readable", reading), 2);
  EXPECT_EQ(as_nobody("readable", writing), 1);
  EXPECT_EQ(get(here / "secret"), old_text);
  EXPECT_EQ(get(here / "readable"), old_text);
}

TEST(EditedFile, AnotherOwnersFileInOurDirectoryIsLeftAsItIs) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a second user";
  Directory here;
  ASSERT_EQ(::chown(here.path().c_str(), nobody, nobody), 0);
  put(here / "f", old_text, 0666);
  const int code = in_child(
      [&] {
        auto place = place_in(here / "f");
        return why(place.ready()) == Refusal::denied && why(hand_over(place)) == Refusal::denied ? 1 : 2;
      },
      nobody);
  EXPECT_EQ(code, 1);
  EXPECT_EQ(get(here / "f"), old_text);
  EXPECT_EQ(workbench::info(here / "f").st_uid, 0U);
  EXPECT_EQ(here.names(), file_alone);
}

TEST(EditedFile, KeepsTheOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Directory here;
  put(here / "f", old_text, 0640);
  ASSERT_EQ(::chown((here / "f").c_str(), 1234, 4321), 0);
  auto place = place_in(here / "f");
  EXPECT_EQ(said(hand_over(place)), "done");
  EXPECT_EQ(workbench::info(here / "f").st_uid, 1234U);
  EXPECT_EQ(workbench::info(here / "f").st_gid, 4321U);
}

TEST(EditedFile, AFullDiskLeavesTheFileAndNothingBeside) {
  Directory here;
  put(here / "f", old_text);
  const int code = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{10, 10};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 3;
    auto place = place_in(here / "f");
    const auto answer = hand_over(place);
    return why(answer) == Refusal::other && said(answer).find("the file is as it was") != std::string::npos ? 1 : 2;
  });
  EXPECT_EQ(code, 1);
  EXPECT_EQ(get(here / "f"), old_text);
  EXPECT_EQ(here.names(), file_alone);
}

TEST(EditedFile, AFullFileSystemLeavesTheFileAndNothingBeside) {
  Directory here;
  if (::mount("keybaton-test", here.path().c_str(), "tmpfs", 0, "size=16k") != 0) GTEST_SKIP() << "cannot mount";
  put(here / "f", old_text);
  put(here / "filler", "");
  std::ofstream(here / "filler") << std::string(20000, 'x') << std::flush;
  auto place = place_in(here / "f");
  const auto answer = hand_over(place);
  const std::string content = get(here / "f");
  const auto names = here.names();
  ::umount2(here.path().c_str(), MNT_DETACH);
  EXPECT_EQ(why(answer), Refusal::other) << said(answer);
  EXPECT_EQ(content, old_text);
  EXPECT_EQ(names, (std::set<std::string>{"f", "filler"}));
}

// Invariant 14: a temp file of a location lives beside it, 0600, and is removed at the next start.
TEST(EditedFile, TheNextStartRemovesWhatACrashLeft) {
  Directory here;
  put(here / "f", old_text);
  const int code = in_child([&] {
    auto place = place_in(here / "f", {.before_last_look = [] { ::raise(SIGKILL); }});
    return rotation::done(hand_over(place)) != nullptr ? 1 : 2;
  });
  EXPECT_EQ(code, 128 + SIGKILL);
  EXPECT_EQ(get(here / "f"), old_text);
  auto names = here.names();
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(workbench::info(here / *names.begin()).st_mode & 07777U, 0600U);
  EXPECT_NE(get(here / *names.begin()).find(new_secret), std::string::npos);
  auto place = place_in(here / "f");
  EXPECT_EQ(here.names(), file_alone);
  EXPECT_EQ(said(place.read()), old_pair);
}

TEST(EditedFile, AWriteInProgressIsNotTakenForALeftover) {
  Directory here;
  put(here / "f", old_text);
  auto place = place_in(here / "f", {.before_last_look = [&] {
                          EXPECT_EQ(in_child([&] {
                                      auto another = place_in(here / "f");
                                      return 0;
                                    }),
                                    0);
                          EXPECT_EQ(here.names().size(), 2U);
                        }});
  EXPECT_EQ(said(hand_over(place)), "done");
}

// Invariant 14: no piece of the secret stays outside its place.
TEST(EditedFile, NoSecretStaysBesideTheFileNorInAnyMessage) {
  Directory here;
  put(here / "f", old_text);
  auto place = place_in(here / "f");
  std::string everything = said(hand_over(place));
  EXPECT_EQ(here.names(), file_alone);
  everything += said(hand_over(place));  // a conflict now
  put(here / "f", "[dev]\n" + new_secret + "\n");
  everything += said(place.read());
  put(here / "f", "[dev]\naws_access_key_id = " + new_secret + "\naws_secret_access_key = x\n");
  everything += said(place.read());
  for (std::size_t at = 0; at + 12 <= new_secret.size(); ++at) {
    EXPECT_EQ(everything.find(new_secret.substr(at, 12)), std::string::npos);
  }
}

TEST(EditedFile, SaysWhenAnotherHolderOfTheDirectoryTakesTooLong) {
  Directory here;
  put(here / "f", old_text);
  const platform::Fd lock = platform::lock_directory(here.path(), 0ms);
  auto place = place_in(here / "f", {.lock_patience = 50ms, .before_last_look = {}});
  const auto answer = hand_over(place);
  EXPECT_EQ(why(answer), Refusal::other);
  EXPECT_NE(said(answer).find("nothing was changed"), std::string::npos);
  EXPECT_EQ(get(here / "f"), old_text);
}

}  // namespace
