// An edit behind the journal's back is found, and where.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

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
  const pid_t writer = ::fork();
  if (writer == 0) {
    try {
      JournalStore store = chain.bench.open();
      for (int i = 0; i < 30; ++i) static_cast<void>(write_rotation(store, chain.bench, "busy"));
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int rounds = 0;
  int status = -1;
  while (::waitpid(writer, &status, WNOHANG) == 0) {
    const Verified verified = chain.verified(chain.head_before);
    ASSERT_TRUE(verified.ok) << verified.why;
    ++rounds;
  }
  EXPECT_EQ(status, 0);
  EXPECT_GT(rounds, 3);
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
