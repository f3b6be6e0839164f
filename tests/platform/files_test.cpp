#include "platform/files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <array>
#include <cstdlib>
#include <system_error>

#include "tests/platform/workbench.hpp"

namespace {

using namespace std::chrono_literals;
using workbench::Directory;
using workbench::get;
using workbench::put;

int error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

TEST(Fd, ClosesWhatItLosesAndKeepsWhatItGets) {
  Directory here;
  put(here / "f", "x");
  platform::Fd one = platform::open_file(here / "f", O_RDONLY);
  platform::Fd two = platform::open_file(here / "f", O_RDONLY);
  const int first = one.get();
  const int second = two.get();
  one = std::move(two);
  EXPECT_EQ(one.get(), second);
  EXPECT_EQ(::fcntl(first, F_GETFD), -1);
  EXPECT_NE(::fcntl(second, F_GETFD), -1);
}

TEST(OpenFile, IsNotInheritedByPrograms) {
  Directory here;
  put(here / "f", "x");
  const platform::Fd file = platform::open_file(here / "f", O_RDONLY);
  EXPECT_EQ(::fcntl(file.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(ReadFile, GivesTheWholeFileAndNothingForAMissingOne) {
  Directory here;
  const std::string big(300000, 'k');
  put(here / "big", big);
  put(here / "empty", "");
  EXPECT_EQ(platform::read_file(here / "big", 1U << 20U), big);
  EXPECT_EQ(platform::read_file(here / "empty", 10), "");
  EXPECT_EQ(platform::read_file(here / "missing", 10), std::nullopt);
  EXPECT_EQ(platform::read_file(here / "big" / "below-a-file", 10), std::nullopt);
}

TEST(ReadFile, ReadsFilesThatSayTheyAreEmpty) {
  EXPECT_GT(platform::read_file("/proc/self/status", 1U << 20U).value_or("").size(), 100U);
}

TEST(ReadFile, RefusesWhatIsLargerThanTheCapOrADirectory) {
  Directory here;
  put(here / "f", "12345");
  EXPECT_EQ(platform::read_file(here / "f", 5), "12345");
  EXPECT_EQ(error_of([&] { static_cast<void>(platform::read_file(here / "f", 4)); }), EFBIG);
  EXPECT_EQ(error_of([&] { static_cast<void>(platform::read_file(here.path(), 4)); }), EISDIR);
}

TEST(ReadFile, SaysThePathAndNotTheContent) {
  Directory here;
  put(here / "f", "wJalrXUtnFEMI");
  try {
    static_cast<void>(platform::read_file(here / "f", 4));
    FAIL() << "it fits no 4 bytes";
  } catch (const std::system_error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find((here / "f").string()), std::string::npos);
    EXPECT_EQ(what.find("wJal"), std::string::npos);
  }
}

TEST(CreatePrivateFile, MakesAPrivateFileWhateverTheUmask) {
  Directory here;
  const mode_t before = ::umask(0);
  platform::create_private_file(here / "key", "text");
  ::umask(0777);
  platform::create_private_file(here / "other", "text");
  ::umask(before);
  EXPECT_EQ(get(here / "key"), "text");
  EXPECT_EQ(workbench::info(here / "key").st_mode & 07777U, 0600U);
  EXPECT_EQ(workbench::info(here / "other").st_mode & 07777U, 0600U);
  EXPECT_EQ(here.names(), (std::set<std::string>{"key", "other"}));
}

TEST(CreatePrivateFile, LeavesAnExistingFileAlone) {
  Directory here;
  put(here / "key", "old");
  EXPECT_EQ(error_of([&] { platform::create_private_file(here / "key", "new"); }), EEXIST);
  EXPECT_EQ(get(here / "key"), "old");
  std::filesystem::create_symlink("nowhere", here / "link");
  EXPECT_EQ(error_of([&] { platform::create_private_file(here / "link", "new"); }), EEXIST);
  EXPECT_EQ(here.names(), (std::set<std::string>{"key", "link"}));
}

TEST(ExpandHome, KnowsHomeAndLeavesOtherTextAlone) {
  const char* home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  ::setenv("HOME", "/home/ann", 1);
  EXPECT_EQ(platform::expand_home("~"), "/home/ann");
  EXPECT_EQ(platform::expand_home("~/.aws/credentials"), "/home/ann/.aws/credentials");
  EXPECT_EQ(platform::expand_home("~bob/x"), "~bob/x");
  EXPECT_EQ(platform::expand_home("/a/~/b"), "/a/~/b");
  ::unsetenv("HOME");
  EXPECT_NE(platform::expand_home("~/x"), "~/x");
  if (home != nullptr) ::setenv("HOME", before.c_str(), 1);
}

TEST(WorldWritableParent, SeesEveryDirectoryOnTheWayAndBehindALink) {
  Directory here;
  std::filesystem::create_directories(here / "safe");
  std::filesystem::create_directories(here / "open" / "inner");
  put(here / "safe" / "f", "");
  put(here / "open" / "inner" / "f", "");
  std::filesystem::create_symlink(here / "open" / "inner" / "f", here / "safe" / "link");
  EXPECT_FALSE(platform::world_writable_parent(here / "safe" / "f"));
  EXPECT_FALSE(platform::world_writable_parent(here / "safe" / "link"));
  ::chmod((here / "open").c_str(), 0777);
  EXPECT_TRUE(platform::world_writable_parent(here / "open" / "f"));
  EXPECT_TRUE(platform::world_writable_parent(here / "open" / "inner" / "f"));
  EXPECT_TRUE(platform::world_writable_parent(here / "safe" / "link"));
  EXPECT_FALSE(platform::world_writable_parent(here / "safe" / "f"));
  ::chmod((here / "open").c_str(), 01777);
  EXPECT_FALSE(platform::world_writable_parent(here / "open" / "inner" / "f"));
  EXPECT_TRUE(platform::world_writable_parent(here / "no-such-directory" / "f"));
}

// Whoever may write to a directory that a link lies in makes the link lead elsewhere.
TEST(WorldWritableParent, SeesEveryLinkOnTheWay) {
  Directory here;
  std::filesystem::create_directories(here / "real");
  std::filesystem::create_directories(here / "shared");
  put(here / "real" / "f", "");
  std::filesystem::create_symlink(here / "real", here / "shared" / "hop");
  std::filesystem::create_symlink("shared/hop", here / "directory");
  std::filesystem::create_symlink("shared/hop/f", here / "file");
  std::filesystem::create_symlink("directory/../real/f", here / "roundabout");
  const std::array names{"directory/f", "file", "roundabout", "shared/hop/f"};
  for (const char* name : names) EXPECT_FALSE(platform::world_writable_parent(here / name)) << name;
  ::chmod((here / "shared").c_str(), 0777);
  for (const char* name : names) EXPECT_TRUE(platform::world_writable_parent(here / name)) << name;
  ::chmod((here / "shared").c_str(), 01777);
  for (const char* name : names) EXPECT_FALSE(platform::world_writable_parent(here / name)) << name;
  ::chmod((here / "shared").c_str(), 0777);
  EXPECT_FALSE(platform::world_writable_parent(here / "real" / "f"));
  EXPECT_FALSE(platform::world_writable_parent(here / "shared" / ".." / "real" / "f"));  // nothing in it is used
}

// Links of several owners: only root can make them.
TEST(WorldWritableParent, TrustsALinkInAStickyDirectoryByItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs a second user";
  Directory here;
  ::chmod(here.path().c_str(), 0755);
  std::filesystem::create_directories(here / "real");
  std::filesystem::create_directories(here / "shared");
  put(here / "real" / "f", "");
  ::chmod((here / "shared").c_str(), 01777);
  for (const uid_t owner : {0U, workbench::nobody, 1234U}) {
    const auto link = here / "shared" / std::to_string(owner);
    std::filesystem::create_symlink(here / "real", link);
    ASSERT_EQ(::lchown(link.c_str(), owner, owner), 0);
    const bool root_refuses = platform::world_writable_parent(link / "f");
    const int nobody_refuses =
        workbench::in_child([&] { return platform::world_writable_parent(link / "f") ? 1 : 0; }, workbench::nobody);
    EXPECT_EQ(root_refuses, owner != 0U) << owner;
    EXPECT_EQ(nobody_refuses, owner == 1234U ? 1 : 0) << owner;
  }
}

TEST(WorldWritableParent, EndsInACircle) {
  Directory here;
  std::filesystem::create_symlink("b", here / "a");
  std::filesystem::create_symlink("a", here / "b");
  EXPECT_TRUE(platform::world_writable_parent(here / "a" / "f"));
  EXPECT_TRUE(platform::world_writable_parent(here / "a"));
  std::filesystem::create_symlink("nothing", here / "dangling");
  EXPECT_FALSE(platform::world_writable_parent(here / "dangling"));
}

TEST(LockDirectory, HoldsOffASecondHolderUntilItIsReleased) {
  Directory here;
  platform::Fd first = platform::lock_directory(here.path(), 0ms);
  ASSERT_TRUE(first.valid());
  EXPECT_FALSE(platform::lock_directory(here.path(), 30ms).valid());
  first = platform::Fd();
  EXPECT_TRUE(platform::lock_directory(here.path(), 0ms).valid());
  EXPECT_TRUE(here.names().empty());
}

}  // namespace
