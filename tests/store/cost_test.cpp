// What a question costs does not grow with the journal: counted in steps of SQLite's machine, so that no clock is
// asked.
#include <gtest/gtest.h>

#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

class Counted {
 public:
  explicit Counted(int rotations) {
    JournalStore store = bench_.open();
    for (int i = 0; i < rotations; ++i) last_ = write_rotation(store, bench_, "user" + std::to_string(i), 3)->view().id;
    reader_ = JournalReader::open_existing(bench_.options());
  }
  [[nodiscard]] const JournalReader& reader() const { return *reader_; }
  [[nodiscard]] const rotation::RotationId& last() const { return last_; }
  // Of all statements of the reader so far.
  [[nodiscard]] int steps() const {
    int all = 0;
    sqlite3* database = reader_->connection().database().handle();
    for (sqlite3_stmt* each = nullptr; (each = sqlite3_next_stmt(database, each)) != nullptr;) {
      all += sqlite3_stmt_status(each, SQLITE_STMTSTATUS_VM_STEP, 0);
    }
    return all;
  }

 private:
  Bench bench_;
  rotation::RotationId last_;
  std::optional<JournalReader> reader_;
};

// How many more steps the question takes on a journal of ten times the rotations.
template <class Ask>
int growth(Ask ask) {
  const Counted few(5), many(50);
  ask(few);
  ask(many);
  EXPECT_GT(few.steps(), 0);
  return many.steps() - few.steps();
}

// An index of ten times the entries may be one level deeper; a scan of 45 more rows takes hundreds of steps.
constexpr int a_level = 20;

TEST(CostTest, finding_a_rotation_by_its_id_looks_at_no_other) {
  EXPECT_LE(growth([](const Counted& journal) { (void)journal.reader().resolve(journal.last().text()); }), a_level);
}

TEST(CostTest, finding_a_rotation_by_its_user_looks_at_no_other) {
  EXPECT_LE(growth([](const Counted& journal) { (void)journal.reader().resolve("prod/user3"); }), a_level);
}

TEST(CostTest, the_view_of_a_rotation_reads_its_own_records_alone) {
  EXPECT_LE(growth([](const Counted& journal) { (void)journal.reader().view(journal.last()); }), a_level);
}

TEST(CostTest, the_history_of_a_rotation_reads_its_own_records_alone) {
  EXPECT_LE(growth([](const Counted& journal) {
              history(journal.reader(), {.rotation = journal.last()}, [](const rotation::Record&) {});
            }),
            a_level);
}

TEST(CostTest, the_newest_records_are_read_without_the_older_ones) {
  EXPECT_LE(
      growth([](const Counted& journal) { history(journal.reader(), {.limit = 5}, [](const rotation::Record&) {}); }),
      a_level);
}

}  // namespace
}  // namespace store::test
