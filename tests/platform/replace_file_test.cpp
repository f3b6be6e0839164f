#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <thread>

#include "platform/files.hpp"
#include "tests/platform/workbench.hpp"

namespace {

namespace fs = std::filesystem;
using workbench::Directory;
using workbench::get;
using workbench::in_child;
using workbench::info;
using workbench::nobody;
using workbench::put;

int error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

// As the kernel takes it (linux/posix_acl_xattr.h): version 2, then tag, permissions and id of the owner, one more
// user, the group, the mask and the others.
std::string acl_of(std::uint32_t user, std::uint16_t may) {
  struct Entry {
    std::uint16_t tag, perm;
    std::uint32_t id;
  };
  const std::array<Entry, 5> entries{Entry{1, 6, ~0U}, {2, may, user}, {4, 0, ~0U}, {0x10, may, ~0U}, {0x20, 0, ~0U}};
  std::string acl("\2\0\0\0", 4);
  acl.append(reinterpret_cast<const char*>(entries.data()), sizeof entries);
  return acl;
}

bool give_acl(const fs::path& path, const char* kind, const std::string& acl) {
  return ::setxattr(path.c_str(), kind, acl.data(), acl.size(), 0) == 0;
}

// Empty: the mode alone says who may do what.
std::string acl_at(const fs::path& path) {
  std::array<char, 200> seen{};
  const ssize_t size = ::getxattr(path.c_str(), "system.posix_acl_access", seen.data(), seen.size());
  return size < 0 ? std::string() : std::string(seen.data(), static_cast<std::size_t>(size));
}

constexpr const char* own_acl = "system.posix_acl_access";
constexpr const char* acl_of_new_files = "system.posix_acl_default";

bool is_root() { return ::geteuid() == 0; }

TEST(ReplaceFile, KeepsTheMode) {
  Directory here;
  for (const mode_t mode : {0600U, 0640U, 0644U, 0666U}) {
    put(here / "f", "old", mode);
    platform::replace_file(here / "f", "new");
    EXPECT_EQ(get(here / "f"), "new");
    EXPECT_EQ(info(here / "f").st_mode & 07777U, mode);
  }
  EXPECT_EQ(here.names(), std::set<std::string>{"f"});
}

// A file of somebody else's to begin with: only root can make one.
TEST(ReplaceFile, KeepsTheOwnerAndGroup) {
  if (!is_root()) GTEST_SKIP() << "only root can give files away";
  Directory here;
  put(here / "f", "old", 0640);
  ASSERT_EQ(::chown((here / "f").c_str(), 1234, 4321), 0);
  platform::replace_file(here / "f", "new");
  EXPECT_EQ(info(here / "f").st_uid, 1234U);
  EXPECT_EQ(info(here / "f").st_gid, 4321U);
  EXPECT_EQ(info(here / "f").st_mode & 07777U, 0640U);
}

TEST(ReplaceFile, ReplacesTheTargetBehindAChainOfSymlinks) {
  Directory here;
  fs::create_directory(here / "d");
  put(here / "d" / "real", "old");
  fs::create_symlink("d/real", here / "inner");
  fs::create_symlink("inner", here / "outer");
  platform::replace_file(here / "outer", "new");
  EXPECT_EQ(get(here / "d" / "real"), "new");
  EXPECT_EQ(fs::read_symlink(here / "outer"), "inner");
  EXPECT_EQ(fs::read_symlink(here / "inner"), "d/real");
  EXPECT_FALSE(fs::is_symlink(here / "d" / "real"));
}

TEST(ReplaceFile, RefusesCirclesAndWhatIsNotThere) {
  Directory here;
  fs::create_symlink("b", here / "a");
  fs::create_symlink("a", here / "b");
  fs::create_symlink("nothing", here / "dangling");
  EXPECT_EQ(error_of([&] { platform::replace_file(here / "a", "new"); }), ELOOP);
  EXPECT_EQ(error_of([&] { platform::replace_file(here / "dangling", "new"); }), ENOENT);
  EXPECT_EQ(error_of([&] { platform::replace_file(here / "missing", "new"); }), ENOENT);
  EXPECT_EQ(error_of([&] { platform::replace_file(here.path(), "new"); }), EINVAL);
  EXPECT_EQ(here.names(), (std::set<std::string>{"a", "b", "dangling"}));
}

TEST(ReplaceFile, RefusesToSplitHardLinks) {
  Directory here;
  put(here / "f", "old");
  fs::create_hard_link(here / "f", here / "twin");
  EXPECT_EQ(error_of([&] { platform::replace_file(here / "f", "new"); }), EMLINK);
  EXPECT_EQ(get(here / "f"), "old");
  EXPECT_EQ(here.names(), (std::set<std::string>{"f", "twin"}));
}

// Not every file system has them, and where there are none there is nothing to keep.
TEST(ReplaceFile, KeepsExtendedAttributesAndAcls) {
  Directory here;
  put(here / "f", "old", 0640);
  const std::string path = (here / "f").string();
  if (::setxattr(path.c_str(), "user.note", "mine", 4, 0) != 0)
    GTEST_SKIP() << "no user attributes on this file system";
  const std::string acl = acl_of(1234, 4);
  if (!give_acl(here / "f", own_acl, acl)) GTEST_SKIP() << "no ACLs on this file system";
  platform::replace_file(here / "f", "new");
  std::array<char, 100> seen{};
  EXPECT_EQ(::getxattr(path.c_str(), "user.note", seen.data(), seen.size()), 4);
  EXPECT_EQ(std::string(seen.data(), 4), "mine");
  EXPECT_EQ(acl_at(here / "f"), acl);
  EXPECT_EQ(info(here / "f").st_mode & 07777U, 0640U);
}

// Names of the temp files beside f and what their ACLs say.
std::string acl_of_temp(const Directory& here) {
  for (const auto& name : here.names()) {
    if (name.starts_with(".f.keybaton-")) return acl_at(here / name);
  }
  return "no temp file";
}

TEST(ReplaceFile, TakesNoAccessFromTheDirectorysDefaultAcl) {
  Directory here;
  put(here / "f", "old", 0640);
  if (!give_acl(here.path(), acl_of_new_files, acl_of(1234, 6))) GTEST_SKIP() << "no ACLs on this file system";
  put(here / "other", "", 0640);
  ASSERT_NE(acl_at(here / "other"), "");  // a new file inherits it
  std::string during;
  EXPECT_TRUE(platform::replace_file_if(here / "f", "new", [&] {
    during = acl_of_temp(here);
    return true;
  }));
  EXPECT_EQ(during, "");
  EXPECT_EQ(acl_at(here / "f"), "");
  EXPECT_EQ(info(here / "f").st_mode & 07777U, 0640U);
}

TEST(ReplaceFile, KeepsTheFilesOwnAclWhereTheDirectoryHasAnother) {
  Directory here;
  put(here / "f", "old", 0600);
  const std::string own = acl_of(4321, 4);
  if (!give_acl(here / "f", own_acl, own)) GTEST_SKIP() << "no ACLs on this file system";
  ASSERT_TRUE(give_acl(here.path(), acl_of_new_files, acl_of(1234, 6)));
  platform::replace_file(here / "f", "new");
  EXPECT_EQ(acl_at(here / "f"), own);
  EXPECT_EQ(info(here / "f").st_mode & 07777U, 0640U);  // the group's bits are the mask
}

TEST(CreatePrivateFile, TakesNoAccessFromTheDirectorysDefaultAcl) {
  Directory here;
  if (!give_acl(here.path(), acl_of_new_files, acl_of(1234, 6))) GTEST_SKIP() << "no ACLs on this file system";
  platform::create_private_file(here / "key", "text", 0660);
  EXPECT_EQ(acl_at(here / "key"), "");
  EXPECT_EQ(info(here / "key").st_mode & 07777U, 0660U);
}

TEST(ReplaceFile, LeavesAFileThatMayNotBeWritten) {
  if (!is_root()) GTEST_SKIP() << "needs a second user";
  Directory here;
  ASSERT_EQ(::chown(here.path().c_str(), nobody, nobody), 0);
  put(here / "guarded", "old", 0400);
  ASSERT_EQ(::chown((here / "guarded").c_str(), nobody, nobody), 0);
  put(here / "roots", "old", 0666);
  const auto as_nobody = [&](const char* name) {
    return in_child([&] { return error_of([&] { platform::replace_file(here / name, "new"); }); }, nobody);
  };
  EXPECT_EQ(as_nobody("guarded"), EACCES);
  EXPECT_EQ(as_nobody("roots"), EPERM);  // its owner can't be kept
  EXPECT_EQ(get(here / "guarded"), "old");
  EXPECT_EQ(get(here / "roots"), "old");
  EXPECT_EQ(info(here / "roots").st_uid, 0U);
  EXPECT_EQ(here.names(), (std::set<std::string>{"guarded", "roots"}));
}

// Before anything is made that the file is to hold.
TEST(CheckReplaceable, SaysWhatReplaceFileWouldSayAndChangesNothing) {
  Directory here;
  put(here / "f", "old");
  fs::create_symlink("f", here / "link");
  fs::create_hard_link(here / "f", here / "twin");
  put(here / "alone", "old");
  fs::create_symlink("alone", here / "good");
  fs::create_directory(here / "d");
  const auto before = info(here.path());
  const auto said = [&](const char* name) { return error_of([&] { platform::check_replaceable(here / name); }); };
  EXPECT_EQ(said("alone"), 0);
  EXPECT_EQ(said("good"), 0);
  EXPECT_EQ(said("f"), EMLINK);
  EXPECT_EQ(said("link"), EMLINK);
  EXPECT_EQ(said("d"), EINVAL);
  EXPECT_EQ(said("none"), ENOENT);
  EXPECT_EQ(info(here.path()).st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

TEST(CheckReplaceable, WantsAFileAndADirectoryThatWeMayWriteAndAnOwnerThatWeCanKeep) {
  if (!is_root()) GTEST_SKIP() << "needs a second user";
  Directory here;
  ASSERT_EQ(::chown(here.path().c_str(), nobody, nobody), 0);
  put(here / "guarded", "old", 0400);
  put(here / "mine", "old", 0600);
  put(here / "roots", "old", 0666);
  put(here / "others", "old", 0660);
  for (const char* name : {"guarded", "mine"}) ASSERT_EQ(::chown((here / name).c_str(), nobody, nobody), 0);
  ASSERT_EQ(::chown((here / "others").c_str(), nobody, 4321), 0);
  const auto as_nobody = [&](const char* name) {
    const auto ask = [&](auto what) { return in_child([&] { return error_of([&] { what(here / name); }); }, nobody); };
    const int said = ask([](const fs::path& path) { platform::check_replaceable(path); });
    EXPECT_EQ(ask([](const fs::path& path) { platform::replace_file(path, "old"); }), said) << name;
    return said;
  };
  EXPECT_EQ(as_nobody("mine"), 0);
  EXPECT_EQ(as_nobody("guarded"), EACCES);
  EXPECT_EQ(as_nobody("roots"), EPERM);
  EXPECT_EQ(as_nobody("others"), EPERM);  // its group
  ASSERT_EQ(::chmod(here.path().c_str(), 0500), 0);
  EXPECT_EQ(as_nobody("mine"), EACCES);
  ASSERT_EQ(::chown(here.path().c_str(), nobody, 4321), 0);
  ASSERT_EQ(::chmod(here.path().c_str(), 02700), 0);
  EXPECT_EQ(as_nobody("others"), 0);  // a new file gets its group from the directory
}

TEST(ReplaceFile, LeavesTheFileWhenTheLastLookSaysNo) {
  Directory here;
  put(here / "f", "old");
  std::set<std::string> during;
  EXPECT_FALSE(platform::replace_file_if(here / "f", "new", [&] {
    during = here.names();
    return false;
  }));
  EXPECT_EQ(during.size(), 2U);  // the last look comes when the temp file is there already
  EXPECT_EQ(get(here / "f"), "old");
  EXPECT_EQ(here.names(), std::set<std::string>{"f"});
  EXPECT_THROW(
      static_cast<void>(platform::replace_file_if(here / "f", "new", []() -> bool { throw std::runtime_error("no"); })),
      std::runtime_error);
  EXPECT_EQ(here.names(), std::set<std::string>{"f"});
}

TEST(ReplaceFile, LeavesTheFileWhenThereIsNoRoom) {
  Directory here;
  put(here / "f", "old");
  const int error = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{10, 10};
    if (::setrlimit(RLIMIT_FSIZE, &small) != 0) return 96;
    return error_of([&] { platform::replace_file(here / "f", std::string(1000, 'n')); });
  });
  EXPECT_EQ(error, EFBIG);
  EXPECT_EQ(get(here / "f"), "old");
  EXPECT_EQ(here.names(), std::set<std::string>{"f"});
}

TEST(ReplaceFile, LeavesTheFileOnAFullDisk) {
  Directory here;
  if (::mount("keybaton-test", here.path().c_str(), "tmpfs", 0, "size=64k") != 0) GTEST_SKIP() << "cannot mount";
  put(here / "f", "old");
  const int error = error_of([&] { platform::replace_file(here / "f", std::string(200000, 'n')); });
  const std::string content = get(here / "f");
  const auto names = here.names();
  ::umount2(here.path().c_str(), MNT_DETACH);
  EXPECT_EQ(error, ENOSPC);
  EXPECT_EQ(content, "old");
  EXPECT_EQ(names, std::set<std::string>{"f"});
}

// Invariant 13: readers never see a torn file.
TEST(ReplaceFile, ReadersSeeTheOldOrTheNewContentOnly) {
  const bool memory = ::access("/dev/shm", W_OK) == 0;  // 2,000 fsyncs of a disk take their time
  Directory here(memory ? fs::path("/dev/shm") : fs::temp_directory_path());
  const std::string even(5000, 'e');
  const std::string odd(9000, 'o');
  put(here / "f", even);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0};
  std::atomic<int> reads{0};
  std::thread reader([&] {
    while (!stop) {
      const auto seen = platform::read_file(here / "f", 1U << 20U);
      if (!seen || (*seen != even && *seen != odd)) ++torn;
      ++reads;
    }
  });
  for (int i = 0; i < 2000; ++i) platform::replace_file(here / "f", i % 2 == 0 ? odd : even);
  stop = true;
  reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(reads, 100);
  EXPECT_EQ(here.names(), std::set<std::string>{"f"});
}

// Invariant 14: a temp file of a location lives beside it, 0600, and is removed at the next start.
TEST(RemoveLeftovers, ClearsWhatAKilledProcessLeft) {
  Directory here;
  put(here / "f", "old");
  const int code = in_child(
      [&] { return platform::replace_file_if(here / "f", "new", [] { return ::raise(SIGKILL) == 0; }) ? 0 : 1; });
  EXPECT_EQ(code, 128 + SIGKILL);
  const auto names = here.names();
  ASSERT_EQ(names.size(), 2U);
  const std::string left = *names.begin();
  EXPECT_TRUE(left.starts_with(".f.keybaton-")) << left;
  EXPECT_EQ(info(here / left).st_mode & 07777U, 0600U);
  EXPECT_EQ(get(here / "f"), "old");
  platform::remove_leftovers(here / "f");
  EXPECT_EQ(here.names(), std::set<std::string>{"f"});
}

TEST(RemoveLeftovers, LeavesTheTempFileOfALiveProcessAlone) {
  Directory here;
  put(here / "f", "old");
  fs::create_symlink("f", here / "link");
  EXPECT_TRUE(platform::replace_file_if(here / "f", "new", [&] {
    // Another process, as ours shares the flock's owner with nobody else.
    const int code = in_child([&] {
      platform::remove_leftovers(here / "link");
      return 0;
    });
    return code == 0 && here.names().size() == 3;
  }));
  EXPECT_EQ(get(here / "f"), "new");
}

TEST(RemoveLeftovers, LeavesOtherFilesAlone) {
  Directory here;
  const std::set<std::string> others{"f", ".f.keybaton-", ".f.keybaton-0123", ".g.keybaton-0123456789abcdef", ".f.swp"};
  for (const auto& name : others) put(here / name, "x");
  fs::create_symlink("f", here / ".f.keybaton-0123456789abcdef");
  put(here / ".f.keybaton-fedcba9876543210", "secret");
  platform::remove_leftovers(here / "f");
  auto left = here.names();
  EXPECT_EQ(left.erase(".f.keybaton-0123456789abcdef"), 1U);  // a symlink is not ours
  EXPECT_EQ(left, others);
  platform::remove_leftovers(here / "no-directory" / "f");
}

}  // namespace
