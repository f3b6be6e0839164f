// Opening the journal: where it may stand, who may read it, which files are refused.
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "rotation/errors.hpp"
#include "store/schema.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

namespace fs = std::filesystem;
using rotation::StorageTrouble;

mode_t mode_of(const fs::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
}

TEST(Open, DirectoryIsPrivateAndFilesToo) {
  Bench bench;
  const mode_t before = ::umask(0);
  JournalStore store = bench.open();
  static_cast<void>(write_rotation(store, bench, "api"));
  ::umask(before);
  EXPECT_EQ(mode_of(bench.file.parent_path()), 0700U);
  EXPECT_EQ(mode_of(bench.file), 0600U);
}

TEST(Open, AFileThatIsTooOpenIsClosedDown) {
  Bench bench;
  bench.open();
  ::chmod(bench.file.c_str(), 0644);
  bench.open();
  EXPECT_EQ(mode_of(bench.file), 0600U);
}

TEST(Open, TheRollbackJournalIsAsPrivateAsTheFile) {
  Bench bench;
  JournalStore store = bench.open();
  Connection& connection = store.reader().connection();
  Transaction transaction(connection.database(), Transaction::Mode::write);
  static_cast<void>(connection.intern("something"));
  connection.database().execute("PRAGMA cache_spill=1; PRAGMA cache_size=1");
  for (int i = 0; i < 2000; ++i) static_cast<void>(connection.intern("name " + std::to_string(i)));
  ASSERT_TRUE(fs::exists(bench.file.string() + "-journal"));
  EXPECT_EQ(mode_of(bench.file.string() + "-journal"), 0600U);
}

TEST(Open, ATeamsDirectoryGivesFilesToItsGroup) {
  Bench bench;
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give a directory to another group";
  const struct group* team = ::getgrnam("daemon");
  if (team == nullptr) GTEST_SKIP() << "no group to give the directory to";
  const fs::path directory = bench.file.parent_path();
  fs::create_directory(directory);
  ASSERT_EQ(::chown(directory.c_str(), 0, team->gr_gid), 0);
  ASSERT_EQ(::chmod(directory.c_str(), 02770), 0);
  const mode_t before = ::umask(077);
  bench.open();
  ::umask(before);
  EXPECT_EQ(mode_of(bench.file), 0660U);
  struct stat info {};
  ASSERT_EQ(::stat(bench.file.c_str(), &info), 0);
  EXPECT_EQ(info.st_gid, team->gr_gid);
}

TEST(Open, AnotherMemberOfTheTeamGoesOnWithTheRotation) {
  Bench bench;
  if (::geteuid() != 0) GTEST_SKIP() << "only root may become another member";
  const struct group* team = ::getgrnam("daemon");
  if (team == nullptr) GTEST_SKIP() << "no group to give the directory to";
  ASSERT_EQ(::chmod(bench.home.path().c_str(), 0755), 0);
  fs::create_directory(bench.file.parent_path());
  ASSERT_EQ(::chown(bench.file.parent_path().c_str(), 0, team->gr_gid), 0);
  ASSERT_EQ(::chmod(bench.file.parent_path().c_str(), 02770), 0);
  const gid_t gid = team->gr_gid;
  rotation::RotationId id;
  {
    JournalStore store = bench.open();
    id = write_rotation(store, bench, "api", 1)->view().id;
  }
  const int status = in_child([&] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(gid) != 0 || ::setuid(12345) != 0) ::_exit(1);
    JournalStore store = bench.open();
    auto journal = store.open(id, {.person = "bob@ops1", .claim = {}});
    journal->take_lease(rotation::Seize::no);
    journal->append(note("by bob"));
  });
  EXPECT_EQ(status, 0);
  JournalStore store = bench.open();
  EXPECT_EQ(store.reader().records(id).back().actor, "bob@ops1");
}

TEST(Open, NetworkFileSystemsAreRefused) {
  for (const std::uint64_t magic :
       std::vector<std::uint64_t>{NFS_SUPER_MAGIC, 0x517B, 0xFF534D42, 0xFE534D42, V9FS_MAGIC, AFS_SUPER_MAGIC,
                                  0x0BD00BD0, 0x65735546, 0x20030528, 0x19830326, 0x786F4256, 0x7C7C6673}) {
    Bench bench;
    OpenOptions options = bench.options();
    options.filesystem = [magic](const fs::path&) { return magic; };
    EXPECT_NE(message_of([&] { JournalStore store(options); }).find("network file system"), std::string::npos) << magic;
    EXPECT_FALSE(fs::exists(bench.file));
  }
}

TEST(Open, ANewerSchemaIsRefusedNamingBothVersions) {
  Bench bench;
  bench.open();
  ASSERT_EQ(Shell(bench.file).run("PRAGMA user_version = 42"), SQLITE_OK);
  const std::string message = message_of([&] { bench.open(); });
  EXPECT_NE(message.find("schema 42"), std::string::npos) << message;
  EXPECT_NE(message.find("schema " + std::to_string(schema_version)), std::string::npos) << message;
  EXPECT_EQ(message_of([&] { static_cast<void>(JournalReader::open_existing(bench.options())); }), message);
}

// Taken as blank, its open rotations would be gone from view.
TEST(Open, AJournalWhoseVersionWasTakenAwayIsNotBlank) {
  for (const char* version : {"0", "-1"}) {
    Bench bench;
    {
      JournalStore store = bench.open();
      static_cast<void>(write_rotation(store, bench, "api", 1));
    }
    ASSERT_EQ(Shell(bench.file).run("PRAGMA user_version = " + std::string(version)), SQLITE_OK);
    const std::string before = slurp(bench.file);
    const std::string message = message_of([&] { bench.open(); });
    EXPECT_NE(message.find("schema " + std::string(version)), std::string::npos) << message;
    EXPECT_EQ(message_of([&] { static_cast<void>(JournalReader::open_existing(bench.options())); }), message);
    EXPECT_EQ(slurp(bench.file), before);
    ASSERT_EQ(Shell(bench.file).run("PRAGMA application_id = 0"), SQLITE_OK);
    EXPECT_NE(message_of([&] { static_cast<void>(JournalReader::open_existing(bench.options())); }), "");
  }
}

TEST(Open, AFileThatIsNoDatabaseIsToldApart) {
  Bench bench;
  fs::create_directories(bench.file.parent_path());
  std::ofstream(bench.file) << std::string(8192, 'x');
  const std::string before = slurp(bench.file);
  EXPECT_NE(message_of([&] { bench.open(); }).find("no SQLite database"), std::string::npos);
  EXPECT_EQ(slurp(bench.file), before);
}

TEST(Open, AnotherProgramsDatabaseIsLeftAlone) {
  Bench bench;
  fs::create_directories(bench.file.parent_path());
  std::ofstream(bench.file).flush();
  ASSERT_EQ(Shell(bench.file).run("CREATE TABLE theirs(x)"), SQLITE_OK);
  EXPECT_NE(message_of([&] { bench.open(); }).find("another program's database"), std::string::npos);
  EXPECT_EQ(Shell(bench.file).ask("SELECT name FROM sqlite_schema"), "theirs");
}

TEST(Open, ADamagedFileIsToldApart) {
  Bench bench;
  {
    JournalStore store = bench.open();
    for (int i = 0; i < 20; ++i) static_cast<void>(write_rotation(store, bench, "api" + std::to_string(i)));
  }
  {
    std::fstream raw(bench.file, std::ios::binary | std::ios::in | std::ios::out);
    raw.seekp(4096);
    raw << std::string(static_cast<std::size_t>(fs::file_size(bench.file)) - 4096, '\x7f');
  }
  EXPECT_NE(message_of([&] {
              JournalStore store = bench.open();
              static_cast<void>(write_rotation(store, bench, "one more"));
            }).find("damaged"),
            std::string::npos);
}

TEST(Open, ReadersMakeNothing) {
  Bench bench;
  EXPECT_FALSE(JournalReader::open_existing(bench.options()));
  EXPECT_FALSE(fs::exists(bench.file.parent_path()));
  fs::create_directories(bench.file.parent_path());
  std::ofstream(bench.file).flush();  // its maker died before the schema was in
  EXPECT_FALSE(JournalReader::open_existing(bench.options()));
  EXPECT_EQ(fs::file_size(bench.file), 0U);
}

TEST(Open, ReadersCannotWrite) {
  Bench bench;
  bench.open();
  const auto reader = JournalReader::open_existing(bench.options());
  ASSERT_TRUE(reader);
  EXPECT_THROW(reader->connection().database().execute("INSERT INTO name(text) VALUES ('x')"), StorageTrouble);
}

TEST(Open, TwoFirstOpensMakeOneJournal) {
  Bench bench;
  fs::create_directories(bench.file.parent_path());
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        JournalStore store = bench.open();
        store.append_single(rotation::AccountName{"prod"}, rotation::UserName{"u"}, ann(), {}, note("hello"));
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  JournalStore store = bench.open();
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.records, 8);
}

TEST(Open, TheDurableSettingsAreOn) {
  Bench bench;
  JournalStore store = bench.open();
  Database& database = store.reader().connection().database();
  const auto pragma = [&](const std::string& name) {
    Statement statement(database, "PRAGMA " + name);
    Use use(statement);
    return use.next() ? use.text(0) : "";
  };
  EXPECT_EQ(pragma("journal_mode"), "delete");
  EXPECT_EQ(pragma("synchronous"), "3");
  EXPECT_EQ(pragma("secure_delete"), "1");
  EXPECT_EQ(pragma("temp_store"), "2");
  EXPECT_EQ(pragma("trusted_schema"), "0");
  EXPECT_EQ(pragma("foreign_keys"), "1");
  EXPECT_EQ(pragma("recursive_triggers"), "1");
  int defensive = 0;
  sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
  EXPECT_EQ(defensive, 1);
}

TEST(Open, MigrationsReplayToTheSchemaOfAFreshFile) {
  Bench bench;
  JournalStore store = bench.open();
  EXPECT_EQ(schema_of(store.reader().connection().database()), expected_schema());
  EXPECT_EQ(words_of(store.reader().connection().database()), expected_words());
}

TEST(Open, AStatementsTroubleNeverShowsABoundValue) {
  Bench bench;
  JournalStore store = bench.open();
  Connection& connection = store.reader().connection();
  const std::string message = message_of([&] {
    Transaction transaction(connection.database(), Transaction::Mode::write);
    for (int i = 0; i < 2; ++i) {
      Use(connection.prepared("INSERT INTO name(text) VALUES (?)")).bind(std::string_view("hunter2hunter2")).run();
    }
  });
  EXPECT_FALSE(message.empty());
  EXPECT_EQ(message.find("hunter2"), std::string::npos);
}

TEST(Open, ABusyJournalIsHeldNotBroken) {
  Bench bench;
  bench.open();
  Shell shell(bench.file);
  OpenOptions options = bench.options();
  options.busy = std::chrono::milliseconds{50};
  JournalStore store(options);
  ASSERT_EQ(shell.run("BEGIN IMMEDIATE"), SQLITE_OK);
  EXPECT_THROW(store.append_single(rotation::AccountName{"a"}, rotation::UserName{"u"}, ann(), {}, note("x")),
               rotation::Held);
  ASSERT_EQ(shell.run("ROLLBACK"), SQLITE_OK);
  EXPECT_EQ(store.append_single(rotation::AccountName{"a"}, rotation::UserName{"u"}, ann(), {}, note("x")), 1);
}

}  // namespace
}  // namespace store::test
