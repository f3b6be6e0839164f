// Journals of earlier schemas: read as they are, brought up by the first writer, no record changed.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <set>

#include "rotation/errors.hpp"
#include "store/jobs.hpp"
#include "store/schema.hpp"
#include "tests/store/failing_disk.hpp"
#include "tests/store/late_undo.hpp"

namespace store::test {
namespace {

namespace fs = std::filesystem;

// A journal as an older schema was: its own SQL, run over an empty file, then the rows.
void make_schema(int version, const fs::path& from, const fs::path& to) {
  { std::ofstream(to).flush(); }
  Shell shell(to);
  for (const Migration& migration : migrations()) {
    if (migration.number > version) continue;
    ASSERT_EQ(shell.run(migration.sql), SQLITE_OK) << shell.error();
  }
  // A row comes with its first record, later ones after later records: the guard lets no copy in.
  const std::string guard = shell.ask("SELECT sql FROM sqlite_schema WHERE name = 'rotation_starts_with_a_record'");
  std::string sql = "ATTACH '" + from.string() + "' AS new; BEGIN; DROP TRIGGER rotation_starts_with_a_record;";
  for (const std::string table : {"name", "record", "rotation", "lease", "wrapped_key", "sealed", "backup"}) {
    sql += "INSERT INTO main." + table + " SELECT * FROM new." + table + " ORDER BY 1;";
  }
  ASSERT_EQ(shell.run(sql + guard + "; PRAGMA application_id = " + std::to_string(application_id) +
                      "; PRAGMA user_version = " + std::to_string(version) + "; COMMIT; DETACH new;"),
            SQLITE_OK)
      << shell.error();
}

std::vector<std::string> hashes(const JournalReader& reader) {
  std::vector<std::string> all;
  static_cast<void>(export_records(reader, [&](const rotation::Record& each) { all.push_back(each.hash); }));
  return all;
}

// A completed rotation, one under way and one that was deployed, as an older keybaton left them.
struct Older {
  Bench bench;
  std::vector<std::string> before;
  std::vector<rotation::Summary> rows;

  explicit Older(int version = 1) {
    Bench now;
    {
      JournalStore store = now.open();
      static_cast<void>(write_rotation(store, now, "done"));
      static_cast<void>(write_rotation(store, now, "early", 3));
      auto journal = write_rotation(store, now, "api", 5);
      journal->append(note("x"),
                      {.wrapped_key = "wrapped", .sealed = {{.purpose = "new", .key = old_key(), .bytes = "sealed"}}});
      before = hashes(store.reader());
      rows = store.reader().rotations(Which::all);
    }
    fs::create_directories(bench.file.parent_path());
    fs::permissions(bench.file.parent_path(), fs::perms::owner_all);
    make_schema(version, now.file, bench.file);
    bench.clock = now.clock;
  }
  [[nodiscard]] std::string schema() const { return Shell(bench.file).ask("PRAGMA user_version"); }
  [[nodiscard]] Verified verified() {
    return verify(JournalReader::open_existing(bench.options()).value(), before.back());
  }
};

TEST(Schema1, IsReadAsItIs) {
  Older older;
  const std::string file = slurp(older.bench.file);
  {
    const auto reader = JournalReader::open_existing(older.bench.options());
    ASSERT_TRUE(reader);
    EXPECT_EQ(reader->rotations(Which::all), older.rows);
    EXPECT_EQ(reader->rotations(Which::open).size(), 2U);
    EXPECT_EQ(hashes(*reader), older.before);
    for (const rotation::Summary& row : older.rows) EXPECT_EQ(rotation::summary(reader->view(row.id)), row);
    std::set<std::string> users;
    history(*reader, {.user = rotation::UserName{"api"}},
            [&](const rotation::Record& each) { users.insert(each.user.text()); });
    EXPECT_EQ(users, std::set<std::string>{"api"});
    EXPECT_TRUE(reader->holds_wrapped_key());
  }
  const Verified verified = older.verified();
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.rotations, 3);
  EXPECT_EQ(slurp(older.bench.file), file);
  EXPECT_EQ(older.schema(), "1");
}

TEST(Schema1, IsBroughtUpByTheFirstWriterAndNoRecordChanges) {
  Older older;
  {
    JournalStore store = older.bench.open();
    EXPECT_EQ(schema_of(store.reader().connection().database()), expected_schema());
    EXPECT_EQ(words_of(store.reader().connection().database()), expected_words());
    EXPECT_EQ(store.reader().rotations(Which::all), older.rows);
    EXPECT_EQ(hashes(store.reader()), older.before);
  }
  EXPECT_EQ(older.schema(), std::to_string(schema_version));
  const Verified verified = older.verified();
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.head, older.before.back());
  // And its rotations go on where they were, with what they had sealed.
  JournalStore store = older.bench.open();
  auto journal = store.open(store.reader().resolve("prod/api"), ann());
  journal->take_lease(rotation::Seize::no);
  EXPECT_EQ(journal->wrapped_key(), "wrapped");
  EXPECT_EQ(journal->sealed("new").value().bytes, "sealed");
  const auto drafts = whole_rotation(older.bench.clock);
  for (std::size_t i = 5; i < drafts.size(); ++i) journal->append(drafts[i]);
  EXPECT_EQ(journal->view().state, rotation::State::completed);
  EXPECT_FALSE(store.reader().holds_wrapped_key());
  const Verified afterwards = verify(store.reader(), older.before.back());
  EXPECT_TRUE(afterwards.ok) << afterwards.why;
}

// AWS has no recycle bin: what was completed under schema 1 stays closed.
TEST(Schema1, RotationsThatItCompletedStayClosed) {
  Older older;
  JournalStore store = older.bench.open();
  auto journal = store.open(store.reader().rotations(Which::closed).front().id, ann());
  EXPECT_FALSE(journal->view().late_undo());
  EXPECT_NE(message_of([&] { journal->append(late_rollback()); }), "");
  EXPECT_EQ(hashes(store.reader()), older.before);
}

// A reader that was there before the writer goes on reading.
TEST(Schema1, AReaderIsNotPutOutByAWriterThatBringsItUp) {
  Older older;
  const auto reader = JournalReader::open_existing(older.bench.options());
  ASSERT_TRUE(reader);
  EXPECT_EQ(hashes(*reader), older.before);
  {
    JournalStore store = older.bench.open();
    store.append_single(rotation::AccountName{"prod"}, rotation::UserName{"x"}, ann(), {}, note("new"));
  }
  EXPECT_EQ(hashes(*reader).size(), older.before.size() + 1);
  const Verified verified = verify(*reader, older.before.back());
  EXPECT_TRUE(verified.ok) << verified.why;
}

TEST(Schema1, ManyFirstWritersBringItUpOnce) {
  Older older;
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(start_child([&] {
      JournalStore store = older.bench.open();
      store.append_single(rotation::AccountName{"prod"}, rotation::UserName{"x"}, ann(), {}, note("hello"));
    }));
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const Verified verified = older.verified();
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.records, static_cast<std::int64_t>(older.before.size()) + 8);
}

// Every call of the migration fails once: the file is of the one schema or the other, never in between.
TEST(Schema1, AMigrationThatFailsAnywhereLeavesOneSchemaOrTheOther) {
  int failures = 0;
  for (int n = 1; n < 200; ++n) {
    Older older;
    FailingDisk& disk = FailingDisk::instance();
    disk.reset();
    int calls = 0;
    disk.before = [&](DiskCall, const std::string&) { return ++calls == n ? SQLITE_IOERR_WRITE : SQLITE_OK; };
    OpenOptions options = older.bench.options();
    options.vfs = FailingDisk::name;
    bool failed = false;
    try {
      JournalStore store(options);
    } catch (const rotation::StorageTrouble& trouble) {
      failed = true;
      EXPECT_FALSE(trouble.problem().hint.empty());
    }
    disk.reset();
    const Verified verified = older.verified();
    EXPECT_TRUE(verified.ok) << n << ": " << verified.why;
    EXPECT_TRUE(older.schema() == "1" || older.schema() == std::to_string(schema_version)) << n;
    if (calls < n) break;
    failures += failed;
    older.bench.open();
    EXPECT_EQ(older.schema(), std::to_string(schema_version)) << n;
    EXPECT_TRUE(older.verified().ok) << n;
  }
  EXPECT_GE(failures, 4) << "a migration that changes the disk so rarely is not one that this test knows";
}

// Verify holds an older file to its own schema, and a migration makes no edit good that it has not made itself.
TEST(Schema1, WhoseObjectsWereEditedDoesNotVerify) {
  for (const char* edit :
       {"DROP TRIGGER rotation_is_kept", "DROP INDEX record_by_time", "CREATE TABLE extra(x)",
        "DROP VIEW rotations; CREATE VIEW rotations AS SELECT 1",
        "CREATE TRIGGER extra BEFORE INSERT ON name BEGIN SELECT 1; END",
        "UPDATE state SET word = 'finished' WHERE id = 5", "INSERT INTO attention VALUES (17,'other')"}) {
    Older older;
    Shell shell(older.bench.file);
    ASSERT_EQ(shell.run(edit), SQLITE_OK) << shell.error();
    EXPECT_FALSE(older.verified().ok) << edit;
    older.bench.open();
    EXPECT_FALSE(older.verified().ok) << edit;
  }
}

// Jobs came with schema 3.
TEST(Schema2, HasNoJobsUntilTheFirstWriterBringsItUp) {
  Older older{2};
  {
    const auto reader = JournalReader::open_existing(older.bench.options());
    ASSERT_TRUE(reader);
    EXPECT_EQ(hashes(*reader), older.before);
    EXPECT_TRUE(jobs(*reader).empty());
    EXPECT_FALSE(find_job(*reader, "a"));
    EXPECT_FALSE(last_pass(*reader));
  }
  EXPECT_EQ(older.schema(), "2");
  {
    JournalStore store = older.bench.open();
    EXPECT_EQ(schema_of(store.reader().connection().database()), expected_schema());
    add_job(store, {.id = "a", .line = "x", .schedule = "@hourly", .event = {}}, ann());
    EXPECT_EQ(jobs(store.reader()).size(), 1U);
  }
  EXPECT_EQ(older.schema(), std::to_string(schema_version));
  const Verified verified = older.verified();
  EXPECT_TRUE(verified.ok) << verified.why;
}

// The guard that schema 2 brought, in a file that says it is of schema 1: edited too.
TEST(Schema1, ThatHasALaterGuardDoesNotVerify) {
  Older older;
  older.bench.open();
  ASSERT_EQ(Shell(older.bench.file).run("PRAGMA user_version = 1"), SQLITE_OK);
  const Verified verified = older.verified();
  EXPECT_FALSE(verified.ok);
  EXPECT_NE(verified.why.find("schema"), std::string::npos) << verified.why;
}

TEST(Schema1, WhoseGuardIsGoneIsNotWrittenTo) {
  Older older;
  ASSERT_EQ(Shell(older.bench.file).run("DROP TRIGGER rotation_moves_with_a_record"), SQLITE_OK);
  const std::string before = slurp(older.bench.file);
  EXPECT_NE(message_of([&] { older.bench.open(); }), "");
  EXPECT_EQ(slurp(older.bench.file), before);
  EXPECT_FALSE(older.verified().ok);
}

TEST(Schema, OneThatIsNewerByOneIsRefusedAndLeftAsItIs) {
  Bench bench;
  {
    JournalStore store = bench.open();
    static_cast<void>(write_rotation(store, bench, "api", 3));
  }
  const std::string newer = std::to_string(schema_version + 1);
  ASSERT_EQ(Shell(bench.file).run("PRAGMA user_version = " + newer), SQLITE_OK);
  const std::string before = slurp(bench.file);
  const std::string message = message_of([&] { bench.open(); });
  EXPECT_NE(message.find("schema " + newer), std::string::npos) << message;
  EXPECT_NE(message.find("schema " + std::to_string(schema_version)), std::string::npos) << message;
  EXPECT_EQ(message_of([&] { static_cast<void>(JournalReader::open_existing(bench.options())); }), message);
  EXPECT_EQ(slurp(bench.file), before);
}

}  // namespace
}  // namespace store::test
