// A completed rotation whose delete the cloud can still undo: what it keeps until then, and the only way it reopens.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <fstream>
#include <utility>

#include "rotation/errors.hpp"
#include "tests/store/failing_disk.hpp"
#include "tests/store/late_undo.hpp"

namespace store::test {
namespace {

using std::chrono::hours;

std::string kept(const Bench& bench) {
  return Shell(bench.file).ask("SELECT purpose FROM sealed ORDER BY rotation, purpose") + " " +
         Shell(bench.file).ask("SELECT count(*) FROM wrapped_key");
}

// The cloud's clock says that the time is over, whenever our own does.
std::optional<rotation::Time> cloud_agrees(const rotation::View& /*closed*/) { return rotation::Time::max(); }

bool traces_of(const Bench& bench, const Secrets& secrets) {
  const std::string all = all_bytes(bench.home.path());
  return holds_piece(all, secrets.wrapped) || holds_piece(all, secrets.fresh) || holds_piece(all, secrets.old);
}

// ---- what a completed rotation keeps ---------------------------------------------------------------------------

// Invariant 15
TEST(LateUndo, WithoutThePolicyACompletedRotationKeepsNothing) {
  for (const rotation::Seconds undelete_for : {rotation::Seconds{0}, rotation::Seconds{hours{24 * 30}}}) {
    Bench bench;
    JournalStore store = bench.open();
    const Secrets secrets = random_secrets(1);
    const auto journal = complete(store, bench, undeletable("api", {}, undelete_for), secrets);
    EXPECT_EQ(journal->view().state, rotation::State::completed);
    EXPECT_EQ(kept(bench), " 0");
    EXPECT_FALSE(traces_of(bench, secrets));
    EXPECT_TRUE(verify(store.reader()).ok);
  }
}

// Invariant 15, for a cloud with a recycle bin: the old values and what opens them, never the new secret.
TEST(LateUndo, WithThePolicyACompletedRotationKeepsTheOldValuesOnly) {
  Bench bench;
  JournalStore store = bench.open();
  const Secrets secrets = random_secrets(2);
  const auto journal = complete(store, bench, undeletable("api", hours{48}), secrets);
  EXPECT_EQ(kept(bench), "old:laptop 1");
  EXPECT_EQ(journal->wrapped_key(), secrets.wrapped);
  EXPECT_EQ(journal->sealed("old:laptop").value().bytes, secrets.old);
  EXPECT_FALSE(journal->sealed("new"));
  EXPECT_FALSE(holds_piece(all_bytes(bench.home.path()), secrets.fresh));
  EXPECT_TRUE(store.reader().holds_wrapped_key());
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
}

TEST(LateUndo, ThePolicyKeepsNothingWhereTheCloudHasNoRecycleBin) {
  Bench bench;
  JournalStore store = bench.open();
  const Secrets secrets = random_secrets(3);
  static_cast<void>(complete(store, bench, undeletable("api", hours{48}, rotation::Seconds{0}), secrets));
  EXPECT_EQ(kept(bench), " 0");
  EXPECT_FALSE(traces_of(bench, secrets));
}

// Only a completed rotation has deleted the old key.
TEST(LateUndo, ARotationThatWasRolledBackOrCancelledKeepsNothing) {
  Bench bench;
  JournalStore store = bench.open();
  const Secrets secrets = random_secrets(4);
  auto journal = store.begin(undeletable("api", hours{48}), ann());
  journal->append(note("x"), {.wrapped_key = secrets.wrapped,
                              .sealed = {{.purpose = "old:laptop", .key = old_key(), .bytes = secrets.old}}});
  rotation::Draft cancelled{.kind = rotation::Kind::outcome,
                            .step = rotation::Step::create,
                            .direction = rotation::Direction::back,
                            .outcome = rotation::Outcome::done};
  cancelled.detail["state"] = "cancelled";
  journal->append(cancelled);
  EXPECT_EQ(kept(bench), " 0");
  EXPECT_FALSE(traces_of(bench, secrets));
}

// ---- until when --------------------------------------------------------------------------------------------------

TEST(ShredOverdue, KeepsTheOldValuesUntilTheTimeIsOverAndThenNothing) {
  Bench bench;
  JournalStore store = bench.open();
  const Secrets secrets = random_secrets(5);
  const auto id = complete(store, bench, undeletable("api", hours{48}), secrets)->view().id;
  const rotation::Time until = store.reader().view(id).old_secrets_until().value();
  EXPECT_EQ(until, bench.clock.wall + hours{48});
  const std::string before = head(store.reader()).hash;
  for (const rotation::Seconds early : {rotation::Seconds{hours{48}}, rotation::Seconds{1}}) {
    bench.clock.wall = until - early;
    store.shred_overdue(ann(), cloud_agrees);
    EXPECT_EQ(kept(bench), "old:laptop 1");
    EXPECT_EQ(head(store.reader()).hash, before) << "nothing was to be written yet";
  }
  EXPECT_TRUE(holds_piece(all_bytes(bench.home.path()), secrets.old)) << "what is looked for can be found before";
  bench.clock.wall = until;
  store.shred_overdue(ann(), cloud_agrees);
  EXPECT_EQ(kept(bench), " 0");
  EXPECT_FALSE(traces_of(bench, secrets));
  EXPECT_FALSE(store.reader().holds_wrapped_key());
  const rotation::Record last = store.reader().records(id).back();
  EXPECT_EQ(last.what.kind, rotation::Kind::note);
  EXPECT_EQ(last.what.detail.at("what"), "late_undo_over");
  EXPECT_EQ(last.actor, "ann@ops1");
  EXPECT_EQ(store.reader().rotation(id)->state, rotation::State::completed);
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
}

// Invariant 19: a clock that ran ahead once must not cost what the cloud could still undo.
TEST(ShredOverdue, ShredsNothingThatTheCloudsClockDoesNotConfirm) {
  Bench bench;
  JournalStore store = bench.open();
  const auto id = complete(store, bench, undeletable("api", hours{48}), random_secrets(15))->view().id;
  const rotation::Time until = store.reader().view(id).old_secrets_until().value();
  bench.clock.wall = until + hours{24 * 31};
  store.shred_overdue(ann(), [&](const rotation::View&) { return until - rotation::Seconds{1}; });
  EXPECT_EQ(kept(bench), "old:laptop 1");
  store.shred_overdue(ann(), [](const rotation::View&) { return std::nullopt; });
  EXPECT_EQ(kept(bench), "old:laptop 1");
  store.shred_overdue(ann(), [&](const rotation::View&) { return until; });
  EXPECT_EQ(kept(bench), " 0");
}

TEST(ShredOverdue, TheRecycleBinsOwnTimeCountsWhereItIsShorter) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(complete(store, bench, undeletable("api", hours{24 * 90}, hours{24 * 30}), random_secrets(6)));
  bench.tick(hours{24 * 30} - std::chrono::seconds{1});
  store.shred_overdue(ann(), cloud_agrees);
  EXPECT_EQ(kept(bench), "old:laptop 1");
  bench.tick(std::chrono::seconds{1});
  store.shred_overdue(ann(), cloud_agrees);
  EXPECT_EQ(kept(bench), " 0");
}

TEST(ShredOverdue, DoneTwiceWritesOneNote) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(complete(store, bench, undeletable("api", hours{1}), random_secrets(7)));
  bench.tick(hours{2});
  store.shred_overdue(ann(), cloud_agrees);
  const std::int64_t records = head(store.reader()).records;
  store.shred_overdue(ann(), cloud_agrees);
  EXPECT_EQ(head(store.reader()).records, records);
}

TEST(ShredOverdue, LeavesOpenRotationsAlone) {
  Bench bench;
  JournalStore store = bench.open();
  const Secrets secrets = random_secrets(8);
  // One under way, one reopened by a late undo, both long after any time for it.
  auto open = store.begin(undeletable("web", hours{1}), ann());
  open->append(note("x"), {.wrapped_key = secrets.wrapped,
                           .sealed = {{.purpose = "new", .key = old_key(), .bytes = secrets.fresh}}});
  auto reopened = complete(store, bench, undeletable("api", hours{1}), random_secrets(9));
  reopened->append(late_rollback());
  bench.tick(hours{24 * 365});
  const std::string before = kept(bench);
  EXPECT_EQ(before, "new|old:laptop 2");
  const std::int64_t records = head(store.reader()).records;
  store.shred_overdue(ann(), cloud_agrees);
  EXPECT_EQ(kept(bench), before);
  EXPECT_EQ(head(store.reader()).records, records);
}

// Eight processes at once: one note a rotation, and none of them fails for the others.
TEST(ShredOverdue, ManyProcessesWriteOneNoteEach) {
  Bench bench;
  std::vector<Secrets> all;
  {
    JournalStore store = bench.open();
    for (unsigned i = 0; i < 12; ++i) {
      all.push_back(random_secrets(20 + i));
      static_cast<void>(complete(store, bench, undeletable("u" + std::to_string(i), hours{1}), all.back()));
    }
  }
  bench.tick(hours{2});
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(start_child([&] { bench.open().shred_overdue(ann(), cloud_agrees); }));
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  JournalStore store = bench.open();
  store.shred_overdue(ann(), cloud_agrees);  // what a process left because another one was at it
  EXPECT_EQ(kept(bench), " 0");
  EXPECT_EQ(Shell(bench.file).ask("SELECT count(*) FROM record WHERE detail LIKE '%late_undo_over%'"), "12");
  for (const Secrets& each : all) EXPECT_FALSE(traces_of(bench, each));
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
}

// Another process has done it between this one's list and its look at the rotation.
TEST(ShredOverdue, WritesNoSecondNoteWhereAnotherProcessHasWrittenOne) {
  Bench bench;
  JournalStore first = bench.open();
  static_cast<void>(complete(first, bench, undeletable("api", hours{1}), random_secrets(12)));
  bench.tick(hours{2});
  OpenOptions options = bench.options();
  bool meanwhile = true;
  options.now = [&, now = options.now] {
    if (std::exchange(meanwhile, false)) first.shred_overdue(ann(), cloud_agrees);
    return now();
  };
  JournalStore second(options);
  meanwhile = true;
  second.shred_overdue(ann(), cloud_agrees);
  EXPECT_FALSE(meanwhile);
  EXPECT_EQ(kept(bench), " 0");
  EXPECT_EQ(Shell(bench.file).ask("SELECT count(*) FROM record WHERE detail LIKE '%late_undo_over%'"), "1");
}

// The rotation that somebody reopens in this very moment keeps what it needs.
TEST(ShredOverdue, ComesTooLateForARotationThatIsReopenedMeanwhile) {
  Bench bench;
  JournalStore first = bench.open(), second = bench.open();
  auto journal = complete(first, bench, undeletable("api", hours{1}), random_secrets(10));
  auto stale = second.open(journal->view().id, ann());
  journal->append(late_rollback());
  EXPECT_THROW(stale->append(note("late_undo_over"), {.shred = true}), rotation::Held);
  EXPECT_EQ(kept(bench), "old:laptop 1");
}

// A full disk is for the work itself to name; tidying up must not stand in its way.
TEST(ShredOverdue, AFullDiskStopsNoOtherWork) {
  Bench bench;
  FailingDisk& disk = FailingDisk::instance();
  disk.reset();
  OpenOptions options = bench.options();
  options.vfs = FailingDisk::name;
  JournalStore store(options);
  static_cast<void>(complete(store, bench, undeletable("api", hours{1}), random_secrets(11)));
  bench.tick(hours{2});
  disk.before = [](DiskCall, const std::string&) { return SQLITE_FULL; };
  EXPECT_NO_THROW(store.shred_overdue(ann(), cloud_agrees));
  EXPECT_EQ(kept(bench), "old:laptop 1");
  disk.reset();
  store.shred_overdue(ann(), cloud_agrees);
  EXPECT_EQ(kept(bench), " 0");
  EXPECT_TRUE(verify(store.reader()).ok);
}

// ---- the way back out of completed -----------------------------------------------------------------------------

// Invariant 10
TEST(Reopen, LeadsToDeactivatedAndTheRowFollows) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = complete(store, bench, undeletable("api", hours{48}), random_secrets(12));
  const auto id = journal->view().id;
  journal->append(late_rollback());
  const auto row = store.reader().rotation(id);
  EXPECT_EQ(row->state, rotation::State::deactivated);
  EXPECT_EQ(row->direction, rotation::Direction::back);
  EXPECT_EQ(*row, rotation::summary(store.reader().view(id)));
  EXPECT_EQ(kept(bench), "old:laptop 1");
  ASSERT_EQ(store.reader().open_of(row->target).size(), 1U);
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
}

TEST(Reopen, WithoutItsRecordIsRefused) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(complete(store, bench, undeletable("api", hours{48}), random_secrets(13)));
  Shell shell(bench.file);
  EXPECT_NE(shell.run("UPDATE rotation SET state = 4, direction = 1, seq = seq + 1"), SQLITE_OK);
  EXPECT_NE(shell.error().find("moves with one record"), std::string::npos) << shell.error();
}

// As the sqlite3 shell would, with a record beside it: every other way out of a closed state is refused.
TEST(Reopen, LeadsNowhereElseInSqlEither) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(complete(store, bench, undeletable("api", hours{48}), random_secrets(14)));
  for (int from = 5; from <= 7; ++from) {
    for (int to = 0; to <= 7; ++to) {
      for (int direction = 0; direction <= 1; ++direction) {
        if (to == from) continue;
        Shell shell(bench.file);
        lift_and_set_state(shell, from);
        ASSERT_EQ(shell.run("BEGIN IMMEDIATE; " + next_record()), SQLITE_OK) << shell.error();
        const int code = shell.run("UPDATE rotation SET seq = seq + 1, state = " + std::to_string(to) +
                                   ", direction = " + std::to_string(direction));
        const bool late_undo = from == 5 && to == 4 && direction == 1;
        EXPECT_EQ(code == SQLITE_OK, late_undo) << from << " to " << to << " direction " << direction;
        if (!late_undo) {
          EXPECT_NE(shell.error().find("closed rotation stays closed"), std::string::npos) << shell.error();
        }
        shell.run("ROLLBACK");
        lift_and_set_state(shell, 5);
      }
    }
  }
}

// Invariant 6: in SQL too, whatever a process believes.
TEST(Reopen, IsRefusedWhileAnotherRotationOfThatUserIsOpen) {
  Bench bench;
  JournalStore store = bench.open();
  auto closed = complete(store, bench, undeletable("api", hours{48}), random_secrets(15));
  auto other = store.begin(undeletable("api", hours{48}, hours{1}, "AKIANEW00000000000BB"), ann());
  const std::string before = head(store.reader()).hash;
  EXPECT_THROW(closed->append(late_rollback()), rotation::Trouble);
  EXPECT_EQ(store.reader().rotation(closed->view().id)->state, rotation::State::completed);
  EXPECT_EQ(head(store.reader()).hash, before);
  EXPECT_EQ(kept(bench), "old:laptop 1");
  Shell shell(bench.file);
  const std::string completed = "(SELECT id FROM rotation WHERE state = 5)";
  ASSERT_EQ(shell.run("BEGIN IMMEDIATE; " + next_record(completed)), SQLITE_OK) << shell.error();
  EXPECT_NE(shell.run("UPDATE rotation SET seq = seq + 1, state = 4, direction = 1 WHERE state = 5"), SQLITE_OK);
  EXPECT_NE(shell.error().find("has an open rotation"), std::string::npos) << shell.error();
  shell.run("ROLLBACK");
  // Once the other one is over it can be reopened.
  rotation::Draft cancelled{.kind = rotation::Kind::outcome,
                            .step = rotation::Step::create,
                            .direction = rotation::Direction::back,
                            .outcome = rotation::Outcome::done};
  cancelled.detail["state"] = "cancelled";
  other->append(cancelled);
  closed->append(late_rollback());
  EXPECT_EQ(store.reader().rotation(closed->view().id)->state, rotation::State::deactivated);
  EXPECT_TRUE(verify(store.reader()).ok);
}

TEST(Reopen, OfARetireIsHeldUpByARotateAndByTheSameKeyOnly) {
  struct Case {
    rotation::Procedure procedure;
    const char* old_key;
    bool allowed;
  };
  for (const Case& each : {Case{rotation::Procedure::retire, "AKIAOTHER", true},
                           Case{rotation::Procedure::retire, "AKIAOLD00000000000AA", false},
                           Case{rotation::Procedure::rotate, "AKIAOTHER", false}}) {
    Bench bench;
    JournalStore store = bench.open();
    auto closed = retire(store, bench, "api");
    ASSERT_EQ(closed->view().state, rotation::State::completed);
    rotation::Start start = undeletable("api", {}, hours{24}, each.old_key);
    start.procedure = each.procedure;
    static_cast<void>(store.begin(start, ann()));
    if (each.allowed) {
      closed->append(late_rollback());
    } else {
      EXPECT_THROW(closed->append(late_rollback()), rotation::Trouble) << each.old_key;
    }
    EXPECT_EQ(store.reader().open_of(start.target).size(), each.allowed ? 2U : 1U);
    const Verified verified = verify(store.reader());
    EXPECT_TRUE(verified.ok) << verified.why;
  }
}

// Of another user, or of a user of that name in another account: no business of this one.
TEST(Reopen, IsNotHeldUpByOtherUsers) {
  Bench bench;
  JournalStore store = bench.open();
  auto closed = complete(store, bench, undeletable("api", hours{48}), random_secrets(16));
  static_cast<void>(store.begin(undeletable("web", hours{48}), ann()));
  rotation::Start elsewhere = undeletable("api", hours{48});
  elsewhere.target.account_id = rotation::AccountId{"5005005005005005"};
  static_cast<void>(store.begin(elsewhere, ann()));
  closed->append(late_rollback());
  EXPECT_EQ(closed->view().state, rotation::State::deactivated);
}

// Completed once more, it keeps the old values again for the same time from the new delete on.
TEST(Reopen, AndCompletedAgainCountsAnew) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = complete(store, bench, undeletable("api", hours{48}), random_secrets(17));
  const auto first = journal->view().old_secrets_until().value();
  bench.tick(hours{24});
  journal->append(late_rollback());
  EXPECT_FALSE(journal->view().old_secrets_until());
  journal->take_lease(rotation::Seize::no);
  finish_again(*journal, bench);
  ASSERT_EQ(journal->view().state, rotation::State::completed);
  EXPECT_GE(journal->view().old_secrets_until().value(), first + hours{24});
  EXPECT_EQ(kept(bench), "old:laptop 1");
  EXPECT_TRUE(verify(store.reader()).ok);
}

}  // namespace
}  // namespace store::test
