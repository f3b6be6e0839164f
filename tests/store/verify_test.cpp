// An edit behind the journal's back is found, and where.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "rotation/errors.hpp"
#include "store/encoding.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

struct Chain {
  Bench bench;
  std::string head_before;

  Chain() {
    JournalStore store = bench.open();
    static_cast<void>(write_rotation(store, bench, "api"));
    static_cast<void>(write_rotation(store, bench, "web", 6));
    store.append_single(rotation::AccountName{"prod"}, rotation::UserName{"x"}, ann(), {}, note("single"));
    head_before = head(store.reader()).hash;
  }
  [[nodiscard]] Verified verified(const std::optional<std::string>& expected = {}) {
    return verify(JournalReader::open_existing(bench.options()).value(), expected);
  }
  // As somebody with the sqlite3 shell: lifts the guards, edits, and puts the guards back word for word.
  void tamper(const std::string& sql) {
    Shell shell(bench.file);
    const std::string names = shell.ask("SELECT name FROM sqlite_schema WHERE type = 'trigger'");
    std::string back;
    for (std::size_t at = 0; at < names.size();) {
      const std::size_t end = std::min(names.find('|', at), names.size());
      const std::string name = names.substr(at, end - at);
      back += shell.ask("SELECT sql FROM sqlite_schema WHERE name = '" + name + "'") + ";";
      ASSERT_EQ(shell.run("DROP TRIGGER " + name), SQLITE_OK);
      at = end + 1;
    }
    ASSERT_EQ(shell.run("PRAGMA foreign_keys=OFF; " + sql), SQLITE_OK) << shell.error();
    ASSERT_EQ(shell.run(back), SQLITE_OK) << shell.error();
  }
};

TEST(Verify, AnUntouchedJournalVerifies) {
  Chain chain;
  const Verified verified = chain.verified();
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.rotations, 2);
  EXPECT_EQ(verified.head, chain.head_before);
  EXPECT_EQ(verified.first_bad, 0);
}

TEST(Verify, AnEmptyJournalVerifies) {
  Bench bench;
  const Verified verified = verify(bench.open().reader());
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.records, 0);
  EXPECT_EQ(verified.head, std::string(64, '0'));
}

struct Edit {
  const char* sql;
  std::int64_t first_bad;
};

class Tampered : public testing::TestWithParam<Edit> {};

TEST_P(Tampered, IsFoundAtTheRightRecord) {
  Chain chain;
  chain.tamper(GetParam().sql);
  const Verified verified = chain.verified();
  EXPECT_FALSE(verified.ok) << GetParam().sql;
  EXPECT_EQ(verified.first_bad, GetParam().first_bad) << GetParam().sql << ": " << verified.why;
  EXPECT_FALSE(verified.why.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Records, Tampered,
    testing::Values(
        Edit{"UPDATE record SET at = at + 1 WHERE id = 5", 5}, Edit{"UPDATE record SET detail = '{}' WHERE id = 4", 4},
        Edit{"UPDATE record SET detail = '{\"op\": \"create_key\"}' WHERE id = 2", 2},
        Edit{"UPDATE record SET detail = 'not json' WHERE id = 4", 4},
        Edit{"UPDATE record SET actor = (SELECT id FROM name WHERE text = 'api') WHERE id = 3", 3},
        Edit{"UPDATE record SET claim = actor WHERE id = 3", 3}, Edit{"UPDATE record SET kind = 5 WHERE id = 6", 6},
        Edit{"UPDATE record SET step = NULL WHERE id = 3", 3}, Edit{"UPDATE record SET direction = 1 WHERE id = 3", 3},
        Edit{"UPDATE record SET outcome = 1 WHERE id = 3", 3}, Edit{"UPDATE record SET attempt = 'zz' WHERE id = 3", 3},
        Edit{"UPDATE record SET key = NULL WHERE id = 3", 3}, Edit{"UPDATE record SET location = NULL WHERE id = 4", 4},
        Edit{"UPDATE record SET hash = zeroblob(32) WHERE id = 7", 7},
        Edit{"UPDATE record SET user = 9999 WHERE id = 7", 7}, Edit{"DELETE FROM record WHERE id = 9", 9},
        Edit{"DELETE FROM record WHERE id = 1", 1},
        Edit{"DELETE FROM record WHERE id = 9; UPDATE record SET id = id - 1 WHERE id > 9", 9},
        Edit{"UPDATE record SET id = 1000 WHERE id = 10; UPDATE record SET id = 10 WHERE id = 11; UPDATE "
             "record SET id = 11 WHERE id = 1000",
             10},
        Edit{"UPDATE name SET text = 'eve@ops1' WHERE text = 'ann@ops1'", 1}));

// Invariant 10: the row against the fold.
INSTANTIATE_TEST_SUITE_P(
    Rows, Tampered,
    testing::Values(Edit{"UPDATE rotation SET state = 4 WHERE state = 5", 38},
                    Edit{"UPDATE rotation SET new_key = old_key WHERE id = (SELECT max(id) FROM rotation)", 45},
                    Edit{"UPDATE rotation SET attention = 3 WHERE id = (SELECT max(id) FROM rotation)", 45},
                    Edit{"UPDATE rotation SET seq = seq + 1 WHERE state = 5", 38},
                    Edit{"UPDATE rotation SET user = account WHERE state = 5", 38},
                    Edit{"UPDATE rotation SET updated_at = 0 WHERE state = 5", 38},
                    Edit{"UPDATE rotation SET by_profile = 1 WHERE state = 5", 38},
                    Edit{"DELETE FROM rotation WHERE state = 5", 38}));

INSTANTIATE_TEST_SUITE_P(Schema, Tampered,
                         testing::Values(Edit{"CREATE TABLE extra(x)", 0}, Edit{"DROP INDEX record_by_key", 0},
                                         Edit{"DROP VIEW history; CREATE VIEW history AS SELECT 1", 0},
                                         Edit{"UPDATE kind SET word = 'remark' WHERE word = 'note'", 0}));

// Numbers that the chain's text would not show: a wider one of the same spelling, an empty text for none.
INSTANTIATE_TEST_SUITE_P(
    Numbers, Tampered,
    testing::Values(Edit{"UPDATE record SET at = at + 4294967296 * 86400 WHERE id = 5", 5},
                    Edit{"UPDATE record SET at = at - 4294967296 * 86400 WHERE id = 5", 5},
                    Edit{"UPDATE record SET at = 253402300800 WHERE id = 5", 5},
                    Edit{"UPDATE record SET at = -1 WHERE id = 5", 5},
                    Edit{"UPDATE record SET seq = seq + 4294967296 WHERE id = 45", 45},
                    Edit{"UPDATE rotation SET seq = seq + 4294967296 WHERE state = 5", 38},
                    Edit{"PRAGMA ignore_check_constraints=ON; UPDATE record SET attempt = '' WHERE id = 1", 1},
                    Edit{"PRAGMA ignore_check_constraints=ON; INSERT INTO name(text) VALUES (''); "
                         "UPDATE record SET rotation = last_insert_rowid() WHERE id = 46",
                         46},
                    Edit{"PRAGMA ignore_check_constraints=ON; UPDATE rotation SET by_profile = 2 WHERE state = 5",
                         38}));

// A record outside the chain, whose rotation's row was moved along with it.
std::string forged(const std::string& id) {
  return "PRAGMA ignore_check_constraints=ON; INSERT INTO record SELECT " + id +
         ", rotation, seq + 1, at, actor, claim, caller, account, user, 5, step, direction, NULL, NULL, NULL, NULL, "
         "'{}', zeroblob(32) FROM record WHERE id = 45; "
         "UPDATE rotation SET seq = seq + 1 WHERE id = (SELECT max(id) FROM rotation)";
}

TEST(Verify, ARecordOutsideTheChainIsFoundAndNeverFoldedIn) {
  for (const char* id : {"0", "-5"}) {
    Chain chain;
    chain.tamper(forged(id));
    const Verified verified = chain.verified(chain.head_before);
    EXPECT_FALSE(verified.ok) << id;
    EXPECT_NE(verified.why.find("number " + std::string(id)), std::string::npos) << verified.why;
    const auto reader = JournalReader::open_existing(chain.bench.options()).value();
    const auto web = reader.rotations(Which::open).at(0).id;
    EXPECT_THROW(static_cast<void>(reader.view(web)), rotation::StorageTrouble) << id;
    JournalStore store = chain.bench.open();
    EXPECT_THROW(static_cast<void>(store.open(web, ann())), rotation::StorageTrouble) << id;
  }
}

TEST(Verify, ARowOfARotationOutsideTheNumbersIsFound) {
  Chain chain;
  chain.tamper(
      "INSERT INTO name(id, text) VALUES (-1, 'r-FORGED'); INSERT INTO rotation SELECT -1, procedure, account, "
      "provider, "
      "partition, account_id, name.id, name.id, by_profile, old_key, new_key, state, direction, pending_step, "
      "attention, "
      "seq, started_by, started_at, updated_at FROM rotation, name WHERE state < 5 AND text = 'x'");
  const Verified verified = chain.verified();
  EXPECT_FALSE(verified.ok);
  EXPECT_NE(verified.why.find("r-FORGED"), std::string::npos) << verified.why;
}

TEST(Verify, CountsWhatTheChainHolds) {
  Chain chain;
  const Verified verified = chain.verified();
  EXPECT_EQ(std::to_string(verified.records), Shell(chain.bench.file).ask("SELECT count(*) FROM record"));
}

struct Index {
  const char* name;
  const char* other;  // what it is made as instead
};

class RemadeIndex : public testing::TestWithParam<Index> {};

// Its text in the schema is put back, so that only what is in it tells.
TEST_P(RemadeIndex, IsFoundThoughItsTextIsTheOldOne) {
  Chain chain;
  {
    Shell shell(chain.bench.file);
    const std::string name = GetParam().name;
    const std::string text = shell.ask("SELECT sql FROM sqlite_schema WHERE name = '" + name + "'");
    ASSERT_EQ(shell.run("DROP INDEX " + name + "; CREATE " + GetParam().other), SQLITE_OK) << shell.error();
    ASSERT_EQ(shell.run("PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = '" + text + "' WHERE name = '" +
                        name + "'"),
              SQLITE_OK)
        << shell.error();
  }
  const Verified verified = chain.verified(chain.head_before);
  EXPECT_FALSE(verified.ok);
  EXPECT_NE(verified.why.find(GetParam().name), std::string::npos) << verified.why;
}

INSTANTIATE_TEST_SUITE_P(
    Records, RemadeIndex,
    testing::Values(Index{"record_by_rotation",
                          "UNIQUE INDEX record_by_rotation ON record(rotation, seq) WHERE id < 20"},
                    Index{"record_by_key", "INDEX record_by_key ON record(key) WHERE id = 3"},
                    Index{"record_by_key", "INDEX record_by_key ON record(user) WHERE key IS NOT NULL"},
                    Index{"record_by_location", "INDEX record_by_location ON record(location) WHERE id < 0"},
                    Index{"record_by_user", "INDEX record_by_user ON record(user) WHERE id <> 7"},
                    Index{"record_by_account", "INDEX record_by_account ON record(account) WHERE id <> 7"},
                    Index{"record_by_actor", "INDEX record_by_actor ON record(actor) WHERE id <> 46"},
                    Index{"record_by_step", "INDEX record_by_step ON record(step) WHERE step <> 3"},
                    Index{"record_by_kind", "INDEX record_by_kind ON record(kind) WHERE kind <> 1"},
                    Index{"record_by_time", "INDEX record_by_time ON record(at) WHERE id <> 1"},
                    Index{"record_by_time", "INDEX record_by_time ON record(seq)"}));

INSTANTIATE_TEST_SUITE_P(
    Rotations, RemadeIndex,
    testing::Values(
        Index{"rotation_open", "INDEX rotation_open ON rotation(account, user) WHERE state < 0"},
        Index{"rotation_open", "INDEX rotation_open ON rotation(account, user)"},
        Index{"rotation_open", "INDEX rotation_open ON rotation(account, user_id) WHERE state < 5"},
        Index{"one_open_rotate",
              "UNIQUE INDEX one_open_rotate ON rotation(provider, partition, account_id, user_id) WHERE state < 0"},
        Index{"one_open_retire_per_key",
              "UNIQUE INDEX one_open_retire_per_key ON rotation(provider, partition, "
              "account_id, user_id, old_key) WHERE state < 5"}));

// One that a later schema adds must be looked into as well.
TEST(Verify, LooksIntoEveryIndexOfTheHistory) {
  Chain chain;
  EXPECT_EQ(
      Shell(chain.bench.file)
          .ask("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ('record', 'rotation', 'name') "
               "ORDER BY name"),
      "one_open_retire_per_key|one_open_rotate|record_by_account|record_by_actor|record_by_key|record_by_kind|"
      "record_by_location|record_by_rotation|record_by_step|record_by_time|record_by_user|rotation_open|"
      "sqlite_autoindex_name_1");
}

TEST(Verify, NamesThatTheirIndexLosesAreFound) {
  Chain chain;
  {
    Shell shell(chain.bench.file);
    ASSERT_EQ(shell.run("CREATE UNIQUE INDEX other ON name(text) WHERE text <> 'AKIANEW00000000000BB'; "
                        "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM "
                        "sqlite_schema WHERE name = 'other') WHERE name = 'sqlite_autoindex_name_1'; "
                        "DELETE FROM sqlite_schema WHERE name = 'other'"),
              SQLITE_OK)
        << shell.error();
  }
  const Verified verified = chain.verified(chain.head_before);
  EXPECT_FALSE(verified.ok);
  EXPECT_NE(verified.why.find("name"), std::string::npos) << verified.why;
}

TEST(Verify, AMissingGuardIsFound) {
  Chain chain;
  ASSERT_EQ(Shell(chain.bench.file).run("DROP TRIGGER record_stays"), SQLITE_OK);
  EXPECT_FALSE(chain.verified().ok);
}

// A cut tail leaves a whole chain: only a head that was noted elsewhere shows it.
TEST(Verify, ACutTailIsFoundAgainstAnExportedHead) {
  Chain chain;
  EXPECT_TRUE(chain.verified(chain.head_before).ok);
  chain.tamper("DELETE FROM record WHERE id = (SELECT max(id) FROM record)");
  EXPECT_TRUE(chain.verified().ok);
  EXPECT_FALSE(chain.verified(chain.head_before).ok);
  EXPECT_FALSE(chain.verified(std::string(64, 'a')).ok);
}

TEST(Verify, AnOlderHeadStaysInTheChain) {
  Chain chain;
  JournalStore store = chain.bench.open();
  static_cast<void>(write_rotation(store, chain.bench, "later", 3));
  EXPECT_TRUE(chain.verified(chain.head_before).ok);
}

// The file itself edited, byte by byte, past SQLite.
TEST(Verify, AnEditOfTheRawFileIsFound) {
  Chain chain;
  std::string content = slurp(chain.bench.file);
  const std::size_t at = content.find("asked and answered");
  ASSERT_NE(at, std::string::npos);
  content[at] = 'A';
  {
    std::FILE* out = std::fopen(chain.bench.file.c_str(), "wb");
    std::fwrite(content.data(), 1, content.size(), out);
    std::fclose(out);
  }
  const Verified verified = chain.verified();
  EXPECT_FALSE(verified.ok);
  EXPECT_EQ(verified.first_bad, 34);
}

TEST(Verify, HoldsBesideALiveWriter) {
  Chain chain;
  const std::filesystem::path enough = chain.bench.home.path() / "enough";
  const pid_t reader = ::getpid();
  const pid_t writer = ::fork();
  if (writer == 0) {
    try {
      JournalStore store = chain.bench.open();
      for (int i = 0; i < 30; ++i) static_cast<void>(write_rotation(store, chain.bench, "busy"));
      // For as long as it takes, but not longer than there is somebody who reads.
      for (int i = 0; ::getppid() == reader && ::access(enough.c_str(), F_OK) != 0; ++i) {
        store.append_single(rotation::AccountName{"prod"}, rotation::UserName{std::to_string(i)}, ann(), {}, note("x"));
      }
    } catch (const rotation::Trouble& trouble) {
      std::fprintf(stderr, "the writer: %s\n", trouble.problem().message.c_str());
      ::_exit(1);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  for (int rounds = 0; rounds < 5; ++rounds) {
    const Verified verified = chain.verified(chain.head_before);
    EXPECT_TRUE(verified.ok) << verified.why;
    int early = 0;
    ASSERT_EQ(::waitpid(writer, &early, WNOHANG), 0) << "the writer ended in round " << rounds << ", status " << early;
  }
  std::ofstream(enough).flush();
  int status = -1;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  EXPECT_EQ(status, 0);
}

TEST(Export, HasEveryRecordAndTheHeadThatAnyoneCanRecompute) {
  Chain chain;
  const auto reader = JournalReader::open_existing(chain.bench.options()).value();
  std::string hash = genesis();
  std::int64_t count = 0;
  const Head end = export_records(reader, [&](const rotation::Record& record) {
    EXPECT_EQ(record.id, ++count);
    hash = sha256(hash, canonical(record));
    EXPECT_EQ(hex(hash), record.hash);
  });
  EXPECT_EQ(end.hash, hex(hash));
  EXPECT_EQ(end.records, count);
  EXPECT_EQ(end.hash, chain.head_before);
}

}  // namespace
}  // namespace store::test
