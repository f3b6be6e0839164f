// Jobs, the worker's passes and its lock, as the journal keeps them.
#include "store/jobs.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "store/worker_lock.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

Job hourly(const std::string& id) {
  return {.id = id, .line = "search idle > 90d", .schedule = "@hourly", .event = {}};
}

std::vector<rotation::Record> all_records(const JournalReader& reader) {
  std::vector<rotation::Record> all;
  static_cast<void>(export_records(reader, [&](const rotation::Record& each) { all.push_back(each); }));
  return all;
}

TEST(Jobs, AreKeptByTheirIdWithWhoAddedThem) {
  Bench bench;
  {
    JournalStore store = bench.open();
    add_job(store, hourly("b"), ann());
    bench.tick(std::chrono::seconds{5});
    add_job(store, {.id = "a", .line = "rotate prod/app", .schedule = {}, .event = "post_collect"}, ann());
  }
  const auto reader = JournalReader::open_existing(bench.options()).value();
  const std::vector<Job> found = jobs(reader);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].id, "a");
  EXPECT_EQ(found[0].event, "post_collect");
  EXPECT_FALSE(found[0].schedule);
  EXPECT_EQ(found[0].added_at, bench.clock.wall);
  EXPECT_EQ(found[1].schedule, "@hourly");
  EXPECT_FALSE(found[1].event);
  EXPECT_EQ(found[1].added_by, ann().person);
  EXPECT_EQ(found[1].counted_from, found[1].added_at);
  EXPECT_FALSE(found[1].last);
  EXPECT_FALSE(find_job(reader, "c"));
}

TEST(Jobs, LeaveARecordOfEachChangeAndTheChainHolds) {
  Bench bench;
  JournalStore store = bench.open();
  add_job(store, hourly("a"), ann());
  begin_job(store, "a");
  end_job(store, "a", {.began = bench.clock.wall, .ended = {}, .exit = 5, .outcome = "refused"}, ann());
  remove_job(store, "a", ann());
  const auto records = all_records(store.reader());
  ASSERT_EQ(records.size(), 3U);
  std::vector<std::string> said;
  for (const rotation::Record& each : records) {
    EXPECT_EQ(each.what.kind, rotation::Kind::note);
    EXPECT_EQ(each.actor, ann().person);
    EXPECT_EQ(each.what.detail.at("job"), "a");
    said.push_back(each.what.detail.at("what"));
  }
  EXPECT_EQ(said, (std::vector<std::string>{"job_added", "job_ran", "job_removed"}));
  EXPECT_EQ(records[1].what.detail.at("ending"), "refused");
  const Verified verified = verify(store.reader(), records.back().hash);
  EXPECT_TRUE(verified.ok) << verified.why;
}

TEST(Jobs, ARunThatWasCutOffLeavesTheJobAsDueAsItWas) {
  Bench bench;
  JournalStore store = bench.open();
  add_job(store, hourly("a"), ann());
  const rotation::Time added = bench.clock.wall;
  bench.tick(std::chrono::hours{3});
  begin_job(store, "a");
  const Job cut_off = find_job(store.reader(), "a").value();
  EXPECT_EQ(cut_off.counted_from, added);
  ASSERT_TRUE(cut_off.last);
  EXPECT_FALSE(cut_off.last->ended);
  const rotation::Time began = bench.clock.wall;
  bench.tick(std::chrono::minutes{2});
  end_job(store, "a", {.began = began, .ended = {}, .exit = 0, .outcome = "ok"}, ann());
  const Job ended = find_job(store.reader(), "a").value();
  EXPECT_EQ(ended.counted_from, began);  // three hours were missed and count once
  EXPECT_EQ(ended.last->ended, bench.clock.wall);
  EXPECT_EQ(ended.last->exit, 0);
  EXPECT_EQ(ended.runs, 1);
}

TEST(Jobs, OfOneIdAreRefusedAndNothingIsRecorded) {
  Bench bench;
  JournalStore store = bench.open();
  add_job(store, hourly("a"), ann());
  EXPECT_NE(message_of<rotation::Trouble>([&] { add_job(store, hourly("a"), ann()); }).find("already"),
            std::string::npos);
  EXPECT_NE(message_of<rotation::Trouble>([&] { remove_job(store, "b", ann()); }).find("there is a"),
            std::string::npos);
  EXPECT_NE(message_of<rotation::Trouble>([&] { begin_job(store, "b"); }).find("\"b\""), std::string::npos);
  EXPECT_EQ(all_records(store.reader()).size(), 1U);
}

TEST(WorkerPass, IsTheLastOneThatWasNoted) {
  Bench bench;
  JournalStore store = bench.open();
  EXPECT_FALSE(last_pass(store.reader()));
  note_pass(store, {.by = "ann@ops1", .began = bench.clock.wall, .ended = {}, .exit = {}});
  EXPECT_FALSE(last_pass(store.reader()).value().ended);
  note_pass(store, {.by = "bob@ops1", .began = bench.clock.wall, .ended = bench.clock.wall, .exit = 3});
  const WorkerPass last = last_pass(store.reader()).value();
  EXPECT_EQ(last.by, "bob@ops1");
  EXPECT_EQ(last.exit, 3);
}

struct Locked : testing::Test {
  Bench bench;
  Locked() { static_cast<void>(bench.open()); }
};

TEST_F(Locked, ByOneWorkerIsRefusedToAnotherWhoIsToldOfIt) {
  const auto first = std::make_unique<WorkerLock>(bench.file, "ann@ops1 (process 1)");
  const std::string told = message_of<rotation::Held>([&] { WorkerLock second(bench.file, "bob@ops1 (process 2)"); });
  EXPECT_NE(told.find("ann@ops1 (process 1)"), std::string::npos) << told;
}

TEST_F(Locked, ByADeadWorkerIsFree) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const WorkerLock held(bench.file, "a longer name than the next one has, that died");
    static_cast<void>(::write(ready[1], "x", 1) == 1);
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_THROW(WorkerLock(bench.file, "bob"), rotation::Held);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const WorkerLock mine(bench.file, "bob");
  EXPECT_NE(message_of<rotation::Held>([&] { WorkerLock third(bench.file, "eve"); }).find("already: bob."),
            std::string::npos);
}

TEST_F(Locked, IsAskedAboutWithoutBeingTaken) {
  EXPECT_EQ(WorkerLock::holder(bench.file), std::nullopt);
  {
    const WorkerLock held(bench.file, "ann@ops1 (process 1)");
    EXPECT_EQ(WorkerLock::holder(bench.file), "ann@ops1 (process 1)");
    EXPECT_THROW(WorkerLock(bench.file, "bob"), rotation::Held);
  }
  EXPECT_EQ(WorkerLock::holder(bench.file), std::nullopt);
  const WorkerLock mine(bench.file, "bob");
}

TEST_F(Locked, IsHadByWhoBeginsWhileSomebodyAsks) {
  { const WorkerLock made(bench.file, "ann"); }
  const int asks = ::open((bench.file.string() + "-worker").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(asks, 0);
  ASSERT_EQ(::flock(asks, LOCK_SH | LOCK_NB), 0);
  std::thread has_asked([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    ::close(asks);
  });
  EXPECT_NO_THROW(WorkerLock(bench.file, "bob"));
  has_asked.join();
}

TEST_F(Locked, IsAFileOfNobodyElse) {
  const WorkerLock lock(bench.file, "ann");
  const auto status = std::filesystem::status(bench.file.string() + "-worker");
  EXPECT_EQ(status.permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace store::test
