// A real process, killed while it writes: the chain verifies, nothing acknowledged is gone (invariant 20).
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>
#include <thread>

#include "rotation/errors.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

// Appends for ever; tells each acknowledged number through the pipe.
[[noreturn]] void write_for_ever(Bench& bench, int out) {
  try {
    JournalStore store = bench.open();
    for (;;) {
      auto open = store.reader().rotations(Which::open);
      auto journal = open.empty() ? store.begin(start_for("api"), ann()) : store.open(open[0].id, ann());
      journal->take_lease(rotation::Seize::no);
      const auto drafts = whole_rotation(bench.clock);
      for (auto i = static_cast<std::size_t>(journal->view().seq) - 1; i < drafts.size(); ++i) {
        journal->append(drafts[i],
                        i == 0 ? rotation::Attachments{.wrapped_key = "w", .sealed = {}} : rotation::Attachments{});
        const std::int64_t records = head(store.reader()).records;
        if (::write(out, &records, sizeof records) != sizeof records) ::_exit(3);
      }
    }
  } catch (...) {
    ::_exit(2);
  }
}

TEST(Crash, AKilledWriterLosesNothingThatItAcknowledged) {
  Bench bench;
  std::mt19937 chance(3);
  int kills = 0;
  for (; kills < 60; ++kills) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      write_for_ever(bench, pipe[1]);
    }
    ::close(pipe[1]);
    std::int64_t acknowledged = 0, read = 0;
    ASSERT_EQ(::read(pipe[0], &read, sizeof read), static_cast<ssize_t>(sizeof read)) << "the writer never wrote";
    std::this_thread::sleep_for(std::chrono::microseconds{chance() % 8000});
    ::kill(child, SIGKILL);
    for (acknowledged = read; ::read(pipe[0], &read, sizeof read) == static_cast<ssize_t>(sizeof read);) {
      acknowledged = read;
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    // A reader alone recovers what was half done.
    const auto reader = JournalReader::open_existing(bench.options());
    ASSERT_TRUE(reader);
    const Verified verified = verify(*reader);
    ASSERT_TRUE(verified.ok) << verified.why;
    ASSERT_GE(verified.records, acknowledged);
    ASSERT_LE(verified.records, acknowledged + 2) << "the next rotation may have begun";
  }
}

}  // namespace
}  // namespace store::test
