// No SQL statement changes, replaces or deletes a record; rows move with records alone (invariants 6 and 10).
#include <gtest/gtest.h>

#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

const std::string new_record =
    "(rotation, seq, at, actor, account, user, kind, direction, detail, hash, id) SELECT rotation, seq, at, actor, "
    "account, user, kind, direction, '{\"forged\":\"yes\"}', hash, id FROM record WHERE id = 2";

class AppendOnly : public testing::TestWithParam<std::string> {};

TEST_P(AppendOnly, TheStatementIsRefusedAndLeavesEveryRecord) {
  for (const char* recursive : {"PRAGMA recursive_triggers=ON", "PRAGMA recursive_triggers=OFF"}) {
    for (const char* foreign : {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys=OFF"}) {
      Bench bench;
      JournalStore store = bench.open();
      static_cast<void>(write_rotation(store, bench, "api", 5));
      Shell shell(bench.file);
      const std::string all = "SELECT group_concat(id || seq || at || detail || hex(hash)) FROM record";
      const std::string before = shell.ask(all), names = shell.ask("SELECT group_concat(id || text) FROM name");
      const std::string rows = shell.ask("SELECT group_concat(id || state || seq || old_key) FROM rotation");
      ASSERT_EQ(shell.run(recursive), SQLITE_OK);
      ASSERT_EQ(shell.run(foreign), SQLITE_OK);
      EXPECT_NE(shell.run(GetParam()), SQLITE_OK) << GetParam();
      EXPECT_EQ(shell.ask(all), before) << GetParam();
      EXPECT_EQ(shell.ask("SELECT group_concat(id || text) FROM name"), names) << GetParam();
      EXPECT_EQ(shell.ask("SELECT group_concat(id || state || seq || old_key) FROM rotation"), rows) << GetParam();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Records, AppendOnly,
    testing::Values("UPDATE record SET detail = '{}' WHERE id = 2", "UPDATE OR REPLACE record SET id = 3 WHERE id = 2",
                    "UPDATE OR IGNORE record SET hash = zeroblob(32)", "UPDATE OR ROLLBACK record SET at = 0",
                    "UPDATE OR FAIL record SET at = 0", "UPDATE record SET rowid = 99 WHERE id = 2",
                    "UPDATE record SET at = s.at FROM (SELECT 0 AS at) AS s", "DELETE FROM record WHERE id = 2",
                    "DELETE FROM record", "DELETE FROM record ORDER BY id DESC LIMIT 1",
                    "INSERT OR REPLACE INTO record" + new_record, "REPLACE INTO record" + new_record,
                    "INSERT OR IGNORE INTO record" + new_record, "INSERT INTO record" + new_record,
                    "INSERT INTO record" + new_record + " ON CONFLICT DO UPDATE SET detail = excluded.detail",
                    "INSERT INTO record" + new_record + " ON CONFLICT(id) DO UPDATE SET detail = excluded.detail",
                    "INSERT INTO record" + new_record + " ON CONFLICT DO NOTHING",
                    "INSERT OR REPLACE INTO record(id, rotation, seq, at, actor, account, user, kind, direction, "
                    "detail, hash) SELECT 7, rotation, seq, at, actor, account, user, kind, direction, '{}', hash FROM "
                    "record WHERE id = 2",
                    "INSERT OR REPLACE INTO record(rotation, seq, at, actor, account, user, kind, direction, detail, "
                    "hash) SELECT rotation, seq, at, actor, account, user, kind, direction, '{}', hash FROM record "
                    "WHERE id = 2",
                    "INSERT INTO record(id, rotation, seq, at, actor, account, user, kind, direction, detail, hash) "
                    "SELECT 100, NULL, 0, at, actor, account, user, kind, direction, '{}', hash FROM record "
                    "WHERE id = 2",
                    "INSERT OR REPLACE INTO history(id) VALUES (2)", "DELETE FROM history"));

INSTANTIATE_TEST_SUITE_P(Names, AppendOnly,
                         testing::Values("UPDATE name SET text = 'eve@ops1' WHERE text = 'ann@ops1'",
                                         "UPDATE OR REPLACE name SET text = 'prod' WHERE text = 'ann@ops1'",
                                         "DELETE FROM name", "INSERT OR REPLACE INTO name(id, text) VALUES (1, 'x')",
                                         "INSERT OR REPLACE INTO name(id, text) VALUES (999, 'ann@ops1')",
                                         "INSERT INTO name(id, text) VALUES (1, 'x') ON CONFLICT DO UPDATE SET text = "
                                         "'eve@ops1'"));

// Invariant 10: a row never moves without its record, and a closed rotation stays closed.
INSTANTIATE_TEST_SUITE_P(
    Rows, AppendOnly,
    testing::Values("UPDATE rotation SET state = 4", "UPDATE rotation SET state = 4, seq = seq + 1",
                    "UPDATE rotation SET id = id + 1", "DELETE FROM rotation",
                    "INSERT OR REPLACE INTO rotation SELECT * FROM rotation",
                    "INSERT INTO rotation SELECT * FROM rotation WHERE 1 ON CONFLICT DO UPDATE SET "
                    "state = 5",
                    // Another id for the same user: the unique index would have REPLACE delete.
                    "INSERT OR REPLACE INTO rotation(id, procedure, account, provider, partition, "
                    "account_id, user, user_id, by_profile, old_key, state, direction, seq, "
                    "started_by, started_at, updated_at) SELECT 1, procedure, account, provider, "
                    "partition, account_id, user, user_id, by_profile, old_key, state, direction, "
                    "1, started_by, started_at, updated_at FROM rotation"));

// Invariant 6, as SQL sees it when the friendlier check before it is not asked.
TEST(OneOpenRotation, IsHeldBySqlItself) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(write_rotation(store, bench, "api", 1));
  Shell shell(bench.file);
  ASSERT_EQ(shell.run("INSERT INTO name(text) VALUES ('r-2')"), SQLITE_OK);
  ASSERT_EQ(shell.run("INSERT INTO record(id, rotation, seq, at, actor, account, user, kind, direction, detail, hash) "
                      "SELECT 3, (SELECT id FROM name WHERE text = 'r-2'), 1, at, actor, account, user, kind, "
                      "direction, detail, hash FROM record WHERE id = 1"),
            SQLITE_OK);
  const auto insert = [&](int procedure, const std::string& key) {
    return shell.run(
        "INSERT INTO rotation(id, procedure, account, provider, partition, account_id, user, user_id, by_profile, "
        "old_key, state, direction, seq, started_by, started_at, updated_at) SELECT (SELECT id FROM name WHERE text = "
        "'r-2'), " +
        std::to_string(procedure) + ", account, provider, partition, account_id, user, user_id, by_profile, " + key +
        ", 0, 0, 1, started_by, started_at, updated_at FROM rotation");
  };
  EXPECT_NE(insert(0, "old_key"), SQLITE_OK);
  EXPECT_NE(insert(1, "old_key"), SQLITE_OK);
  EXPECT_NE(insert(1, "user"), SQLITE_OK);  // another key; the open rotate excludes every retire
}

}  // namespace
}  // namespace store::test
