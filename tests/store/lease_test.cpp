// One process advances a rotation at a time.
#include "store/lease.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rotation/errors.hpp"
#include "store/notes.hpp"
#include "store/spill.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

using rotation::Held;
using rotation::Op;
using rotation::Seize;
using rotation::Step;

struct TwoHands {
  Bench bench;
  JournalStore first_store = bench.open(), second_store = bench.open();
  std::unique_ptr<rotation::Journal> first = first_store.begin(start_for("api"), ann());
  std::unique_ptr<rotation::Journal> second = second_store.open(first->view().id, {.person = "bob@ops1", .claim = {}});
};

TEST(Lease, ALiveHolderKeepsOthersOut) {
  TwoHands hands;
  EXPECT_THROW(hands.second->take_lease(Seize::no), Held);
  EXPECT_THROW(hands.second->append(intent(Op::create_key, Step::create, "a1")), Held);
  EXPECT_THROW(hands.second->require_lease(), Held);
  hands.first->require_lease();
  hands.first->append(intent(Op::create_key, Step::create, "a1"));
}

TEST(Lease, GivenBackItIsFree) {
  TwoHands hands;
  hands.first->release_lease();
  EXPECT_FALSE(hands.first_store.reader().lease_holder(hands.first->view().id));
  hands.second->take_lease(Seize::no);
  hands.second->append(intent(Op::create_key, Step::create, "a1"));
  EXPECT_THROW(hands.first->require_lease(), Held);
  EXPECT_THROW(hands.first->take_lease(Seize::no), Held);
}

TEST(Lease, ASeizedLeaseFencesTheOldHolderOff) {
  TwoHands hands;
  hands.second->take_lease(Seize::yes);
  EXPECT_THROW(hands.first->require_lease(), Held);
  EXPECT_THROW(hands.first->append(intent(Op::create_key, Step::create, "a1")), Held);
  hands.second->require_lease();
  hands.second->append(intent(Op::create_key, Step::create, "a2"));
  EXPECT_EQ(hands.first_store.reader().lease_holder(hands.first->view().id).value_or("").substr(0, 8), "bob@ops1");
}

// The stale holder's release must not take the lease from its successor.
TEST(Lease, AStaleTokenReleasesNothing) {
  TwoHands hands;
  hands.second->take_lease(Seize::yes);
  hands.first->release_lease();
  hands.second->require_lease();
  EXPECT_THROW(hands.first->take_lease(Seize::no), Held);
}

TEST(Lease, TokensOnlyRise) {
  TwoHands hands;
  Shell shell(hands.bench.file);
  std::int64_t before = std::stoll(shell.ask("SELECT token FROM lease"));
  for (int i = 0; i < 3; ++i) {
    hands.second->take_lease(Seize::yes);
    hands.second->release_lease();
    hands.first->take_lease(Seize::yes);
    const std::int64_t now = std::stoll(shell.ask("SELECT token FROM lease"));
    EXPECT_EQ(now, before + 2);
    before = now;
  }
}

TEST(Lease, AnExpiredLeaseCanBeTakenOver) {
  TwoHands hands;
  hands.bench.clock.boot += lease_length;
  hands.second->take_lease(Seize::no);
  EXPECT_THROW(hands.first->append(intent(Op::create_key, Step::create, "a1")), Held);
}

// A write that takes its whole time ends before anybody else can have the rotation.
TEST(Lease, OneThatWasJustCheckedOutlastsTheWriteOfALocation) {
  TwoHands hands;
  for (const auto step :
       {std::chrono::seconds{5}, std::chrono::seconds{11}, std::chrono::seconds{60}, std::chrono::seconds{110}}) {
    hands.bench.clock.boot += step;
    hands.first->require_lease();
    hands.bench.clock.boot += lease_left - std::chrono::seconds{1};
    EXPECT_THROW(hands.second->take_lease(Seize::no), Held) << step.count();
    hands.first->require_lease();
  }
}

// Invariant 19: it expires by the boot clock, whatever the wall clock does.
TEST(Lease, AJumpOfTheWallClockExpiresNothing) {
  TwoHands hands;
  hands.bench.clock.wall += std::chrono::hours{24 * 365};
  EXPECT_THROW(hands.second->take_lease(Seize::no), Held);
}

TEST(Lease, WorkProlongsIt) {
  TwoHands hands;
  for (int i = 0; i < 10; ++i) {
    hands.bench.tick(std::chrono::seconds{70});
    if (i % 2 == 0) {
      hands.first->require_lease();
    } else {
      hands.first->append(i % 4 == 1 ? intent(Op::create_key, Step::create, "a")
                                     : outcome(Op::create_key, Step::create, "a", rotation::Outcome::not_done));
    }
    EXPECT_THROW(hands.second->take_lease(Seize::no), Held) << i;
  }
}

TEST(Lease, ADeadHolderOnThisHostIsTakenOverAtOnce) {
  Bench bench;
  const int status = in_child([&] {
    JournalStore store = bench.open();
    auto journal = store.begin(start_for("api"), ann());
    journal->append(intent(Op::create_key, Step::create, "a1"));
    ::_exit(0);  // no destructor, no release: as if killed
  });
  ASSERT_EQ(status, 0);
  JournalStore store = bench.open();
  const auto id = store.reader().rotations(Which::open).at(0).id;
  EXPECT_NE(Shell(bench.file).ask("SELECT pid FROM lease"), "0");
  auto journal = store.open(id, ann());
  journal->take_lease(Seize::no);
  journal->append(outcome(Op::create_key, Step::create, "a1", rotation::Outcome::not_done));
}

// A process that ended is dead, though nobody has asked for its exit code yet.
TEST(Lease, AHolderThatIsAZombieIsTakenOverAtOnce) {
  Bench bench;
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      JournalStore store = bench.open();
      auto journal = store.begin(start_for("api"), ann());
      ::_exit(0);  // no destructor, no release
    } catch (...) {
      ::_exit(99);
    }
  }
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  ASSERT_EQ(ended.si_status, 0);
  ASSERT_EQ(::kill(child, 0), 0);
  JournalStore store = bench.open();
  const auto id = store.reader().rotations(Which::open).at(0).id;
  EXPECT_EQ(store.reader().lease_holder(id), std::nullopt);
  EXPECT_NO_THROW(store.open(id, ann())->take_lease(Seize::no));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(Lease, AReusedPidIsNotTheHolder) {
  Bench bench;
  const rotation::Instant now = bench.clock;
  Lease lease{.token = 1, .holder = "ann", .process = this_process(now.boot_id), .expires = now.boot + lease_length};
  EXPECT_TRUE(live(lease, now));
  lease.process.started += 1;
  EXPECT_FALSE(live(lease, now));
}

TEST(Lease, AHolderOfAnotherBootIsDead) {
  Bench bench;
  rotation::Instant now = bench.clock;
  const Lease lease{
      .token = 1, .holder = "ann", .process = this_process(now.boot_id), .expires = now.boot + lease_length};
  now.boot_id = "boot-2";
  EXPECT_FALSE(live(lease, now));
}

TEST(Lease, AHolderInAnotherContainerIsJudgedByExpiryAlone) {
  Bench bench;
  rotation::Instant now = bench.clock;
  Lease lease{.token = 1, .holder = "ann", .process = this_process(now.boot_id), .expires = now.boot + lease_length};
  lease.process.pid_namespace = "pid:[1]";
  lease.process.pid = 999999999;
  EXPECT_TRUE(live(lease, now));
  now.boot += lease_length;
  EXPECT_FALSE(live(lease, now));
}

TEST(Lease, WhomTheSecretsWereShreddedUnderIsToldSoAndNotOfALostSealingKey) {
  TwoHands hands;
  hands.first->append(note("sealed"), {.wrapped_key = "wrapped", .sealed = {}});
  EXPECT_EQ(hands.first->sealed("new"), std::nullopt);
  hands.second->take_lease(Seize::yes);
  hands.second->append(note("closed"), {.wrapped_key = {}, .sealed = {}, .shred = true});
  EXPECT_EQ(hands.second->wrapped_key(), std::nullopt);
  EXPECT_THROW(static_cast<void>(hands.first->wrapped_key()), Held);
  EXPECT_THROW(static_cast<void>(hands.first->sealed("new")), Held);
}

TEST(Lease, TakingItCatchesUpWithWhatOthersWrote) {
  TwoHands hands;
  hands.first->append(intent(Op::create_key, Step::create, "a1"));
  hands.first->release_lease();
  EXPECT_EQ(hands.second->view().seq, 1);
  hands.second->take_lease(Seize::no);
  EXPECT_EQ(hands.second->view().seq, 2);
  ASSERT_TRUE(hands.second->view().pending);
}

TEST(Lease, NotesOfAFailedJournalAreAdoptedOnce) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = store.begin(start_for("api"), ann());
  const auto id = journal->view().id;
  FileSpill spill(bench.file.parent_path());
  rotation::Draft reactivated = outcome(Op::activate_key, Step::deactivate, "x1");
  reactivated.key = rotation::AccessKeyId{"AKIAOLD00000000000AA"};
  spill.note(id, intent(Op::activate_key, Step::deactivate, "x1"));
  spill.note(id, reactivated);
  const std::string file = slurp(bench.file.parent_path() / ("spill-" + id.text() + ".notes"));
  journal->take_lease(Seize::no);
  EXPECT_TRUE(read_notes(bench.file.parent_path(), id).empty());
  auto records = store.reader().records(id);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[2].what.kind, rotation::Kind::note);
  EXPECT_EQ(rotation::get(records[2].what.detail, "spilled_outcome"), "done");
  EXPECT_EQ(rotation::get(records[2].what.detail, "op"), "activate_key");
  EXPECT_EQ(records[2].what.key, reactivated.key);
  // A crash between the commit and the removal leaves the file behind: it is known by its ids.
  {
    const auto path = bench.file.parent_path() / ("spill-" + id.text() + ".notes");
    std::FILE* out = std::fopen(path.c_str(), "w");
    std::fwrite(file.data(), 1, file.size(), out);
    std::fclose(out);
  }
  journal->take_lease(Seize::no);
  EXPECT_EQ(store.reader().records(id).size(), 3U);
  EXPECT_TRUE(verify(store.reader()).ok);
}

}  // namespace
}  // namespace store::test
