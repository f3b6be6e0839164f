// The journal's directory: nobody else may swap the file in it, nor plant one beside it.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "rotation/errors.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

namespace fs = std::filesystem;
using rotation::StorageTrouble;

constexpr uid_t stranger = 12345;

struct Place {
  Bench bench;
  fs::path directory = bench.file.parent_path();
  fs::path side = bench.file.string() + "-journal";

  Place() {
    JournalStore store = bench.open();
    static_cast<void>(write_rotation(store, bench, "api", 6));
  }
  [[nodiscard]] std::string written() {
    return message_of([&] { bench.open(); });
  }
  [[nodiscard]] std::string read() {
    return message_of([&] { static_cast<void>(JournalReader::open_existing(bench.options())); });
  }
  void mode(mode_t mode) const { ASSERT_EQ(::chmod(directory.c_str(), mode), 0); }
};

TEST(Place, OthersWhoMayWriteToTheDirectoryAreNamed) {
  Place place;
  // The sticky bit keeps others from removing our files, not from adding theirs.
  for (const mode_t mode : {0777U, 01777U, 0703U, 02777U}) {
    place.mode(mode);
    EXPECT_NE(place.written().find("anybody may write"), std::string::npos) << mode;
    EXPECT_NE(place.read().find("anybody may write"), std::string::npos) << mode;
  }
  // A group is a team only where the directory is its own: setgid, and closed to the world.
  for (const mode_t mode : {0770U, 0775U, 0730U, 01770U, 02775U, 02771U}) {
    place.mode(mode);
    EXPECT_NE(place.written().find("group may write"), std::string::npos) << mode;
    EXPECT_NE(place.read().find("group may write"), std::string::npos) << mode;
  }
}

TEST(Place, ADirectoryOfOursOrOfATeamIsFine) {
  Place place;
  for (const mode_t mode : {0700U, 0750U, 0755U, 01700U, 02750U, 02770U}) {
    place.mode(mode);
    EXPECT_EQ(place.written(), "") << mode;
    EXPECT_EQ(place.read(), "") << mode;
  }
}

TEST(Place, NothingIsMadeInADirectoryOfEverybodys) {
  Bench bench;
  fs::create_directory(bench.file.parent_path());
  ASSERT_EQ(::chmod(bench.file.parent_path().c_str(), 01777), 0);
  EXPECT_NE(message_of([&] { bench.open(); }), "");
  EXPECT_TRUE(fs::is_empty(bench.file.parent_path()));
}

TEST(Place, TheDirectoryBehindALinkIsTheOneThatCounts) {
  Place place;
  const fs::path link = place.bench.home.path() / "link.db";
  fs::create_symlink(place.bench.file, link);
  place.mode(01777);
  place.bench.file = link;
  EXPECT_NE(place.written(), "");
  EXPECT_NE(place.read(), "");
}

TEST(Place, AnothersDirectoryIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  Place place;
  ASSERT_EQ(::chown(place.directory.c_str(), stranger, stranger), 0);
  EXPECT_NE(place.written().find("belongs to"), std::string::npos);
  EXPECT_NE(place.read().find("belongs to"), std::string::npos);
}

// What a writer of another database left when it was killed: SQLite would roll those pages into the journal beside it.
std::string hot_journal_of_another(const fs::path& home) {
  const fs::path other = home / "other.db";
  std::ofstream(other).flush();
  Shell shell(other);
  EXPECT_EQ(shell.run("CREATE TABLE t(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300) "
                      "INSERT INTO t SELECT randomblob(1000) FROM n; PRAGMA cache_spill=1; PRAGMA cache_size=1; BEGIN; "
                      "UPDATE t SET x = randomblob(1000)"),
            SQLITE_OK)
      << shell.error();
  return slurp(other.string() + "-journal");
}

void write_file(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
}

TEST(Place, ARollbackJournalThatIsPlayedInWouldRuinIt) {
  Place place;
  const std::string before = slurp(place.bench.file);
  write_file(place.side, hot_journal_of_another(place.bench.home.path()));
  ASSERT_EQ(::chmod(place.side.c_str(), 0600), 0);
  // Ours by every sign: this shows that the file planted below does harm where it is not refused.
  static_cast<void>(place.read());
  EXPECT_NE(slurp(place.bench.file), before);
}

TEST(Place, APlantedRollbackJournalIsRefusedBeforeSqliteSeesIt) {
  Place place;
  const std::string before = slurp(place.bench.file), planted = hot_journal_of_another(place.bench.home.path());
  const auto refused = [&](const char* what) {
    EXPECT_NE(place.read().find("-journal"), std::string::npos) << what;
    EXPECT_NE(place.written().find("-journal"), std::string::npos) << what;
    EXPECT_EQ(slurp(place.bench.file), before) << what;
    fs::remove(place.side);
  };
  const fs::path elsewhere = place.bench.home.path() / "planted";
  write_file(elsewhere, planted);
  fs::create_symlink(elsewhere, place.side);
  refused("a link");
  ASSERT_EQ(::mkfifo(place.side.c_str(), 0600), 0);
  refused("a pipe");
  write_file(place.side, planted);
  ASSERT_EQ(::chmod(place.side.c_str(), 0666), 0);
  refused("anybody's to write");
  write_file(place.side, planted);
  ASSERT_EQ(::chmod(place.side.c_str(), 0660), 0);
  refused("a group's to write");
  if (::geteuid() != 0) return;
  write_file(place.side, planted);
  ASSERT_EQ(::chown(place.side.c_str(), stranger, stranger), 0);
  refused("another's");
  place.mode(02770);
  write_file(place.side, planted);
  ASSERT_EQ(::chown(place.side.c_str(), stranger, stranger), 0);
  refused("not of the team's group");
}

// A member was killed in the middle of a commit; the next one goes on.
TEST(Place, AnotherMembersRollbackJournalIsTheTeams) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  Place place;
  place.mode(02770);
  const std::string before = slurp(place.bench.file);
  {
    Shell shell(place.bench.file);
    ASSERT_EQ(shell.run("PRAGMA cache_spill=1; PRAGMA cache_size=1; BEGIN; CREATE TABLE t(x); WITH RECURSIVE n(i) AS "
                        "(SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300) INSERT INTO t SELECT randomblob(1000) "
                        "FROM n"),
              SQLITE_OK)
        << shell.error();
    const std::string torn = slurp(place.bench.file), side = slurp(place.side);
    ASSERT_NE(torn, before);
    ASSERT_EQ(shell.run("ROLLBACK"), SQLITE_OK);
    write_file(place.bench.file, torn);
    write_file(place.side, side);
  }
  ASSERT_EQ(::chown(place.side.c_str(), stranger, ::getegid()), 0);
  ASSERT_EQ(::chmod(place.side.c_str(), 0660), 0);
  EXPECT_EQ(place.read(), "");
  EXPECT_EQ(slurp(place.bench.file), before);
  EXPECT_FALSE(fs::exists(place.side));
}

}  // namespace
}  // namespace store::test
