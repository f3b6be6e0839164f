// A copy of a live journal.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rotation/errors.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

TEST(Backup, IsAWholePrivateJournalAndNoted) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(write_rotation(store, bench, "api"));
  EXPECT_FALSE(store.reader().last_backup());
  const auto to = bench.home.path() / "copy.db";
  const mode_t before = ::umask(0);
  store.backup(to);
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(to.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  const auto noted = store.reader().last_backup();
  ASSERT_TRUE(noted);
  EXPECT_EQ(noted->path, to.string());
  EXPECT_EQ(noted->at, bench.clock.wall);
  EXPECT_EQ(noted->records, 38);
  OpenOptions copy = bench.options();
  copy.path = to;
  const Verified verified = verify(JournalReader::open_existing(copy).value(), head(store.reader()).hash);
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.records, 38);
  EXPECT_FALSE(std::filesystem::exists(to.string() + "-journal"));
}

TEST(Backup, ReplacesNothing) {
  Bench bench;
  JournalStore store = bench.open();
  const auto to = bench.home.path() / "copy.db";
  store.backup(to);
  const std::string content = slurp(to);
  try {
    store.backup(to);
    ADD_FAILURE() << "it was replaced";
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
  }
  EXPECT_EQ(slurp(to), content);
  EXPECT_THROW(store.backup(bench.home.path() / "nowhere" / "copy.db"), rotation::StorageTrouble);
}

TEST(Backup, OfAJournalBeingWrittenIsConsistent) {
  Bench bench;
  JournalStore store = bench.open();
  for (int i = 0; i < 40; ++i) static_cast<void>(write_rotation(store, bench, "api"));
  const std::string before = head(store.reader()).hash;
  const pid_t writer = ::fork();
  if (writer == 0) {
    try {
      JournalStore other = bench.open();
      for (int i = 0; i < 60; ++i) static_cast<void>(write_rotation(other, bench, "busy"));
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int copies = 0;
  int status = -1;
  while (::waitpid(writer, &status, WNOHANG) == 0) {
    const auto to = bench.home.path() / ("copy" + std::to_string(copies++) + ".db");
    store.backup(to);
    OpenOptions copy = bench.options();
    copy.path = to;
    const Verified verified = verify(JournalReader::open_existing(copy).value(), before);
    ASSERT_TRUE(verified.ok) << verified.why;
  }
  EXPECT_EQ(status, 0);
  EXPECT_GT(copies, 0);
}

}  // namespace
}  // namespace store::test
