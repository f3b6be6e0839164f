// A disk that fails or loses its power at any call: all of a record or nothing of it, and never an acknowledged one.
#include <gtest/gtest.h>

#include <fstream>

#include "rotation/errors.hpp"
#include "tests/store/failing_disk.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

namespace fs = std::filesystem;
using rotation::StorageTrouble;

OpenOptions on_failing_disk(Bench& bench) {
  FailingDisk::instance().reset();
  OpenOptions options = bench.options();
  options.vfs = FailingDisk::name;
  return options;
}

rotation::Attachments secrets(const std::string& text) {
  return {.wrapped_key = "wrapped " + text,
          .sealed = {{.purpose = "new", .key = rotation::AccessKeyId{"AKIAN"}, .bytes = "sealed " + text}}};
}

int seq_in_file(const Bench& bench) { return std::stoi(Shell(bench.file).ask("SELECT max(seq) FROM record")); }

struct Fault {
  int code;
  bool lasting;
};

class FailingAppend : public testing::TestWithParam<Fault> {};

// Invariants 16 and 20: whichever call of the commit fails, the record is there whole or not at all, with its
// attachments and its row; nothing is acknowledged; and the same process can go on once the disk does.
TEST_P(FailingAppend, LeavesAllOrNothingAtEveryCall) {
  const Fault fault = GetParam();
  int failures = 0;
  for (int n = 1;; ++n) {
    Bench bench;
    FailingDisk& disk = FailingDisk::instance();
    JournalStore store(on_failing_disk(bench));
    auto journal = write_rotation(store, bench, "api", 2);
    journal->append(note("before"), secrets("old"));
    const int before = journal->view().seq;
    int calls = 0;
    disk.before = [&](DiskCall, const std::string&) {
      ++calls;
      return calls == n || (fault.lasting && calls > n) ? fault.code : SQLITE_OK;
    };
    bool failed = false;
    try {
      journal->append(note("the one that fails"), secrets("new"));
    } catch (const StorageTrouble& trouble) {
      failed = true;
      EXPECT_FALSE(trouble.problem().hint.empty());
    }
    disk.before = {};
    if (calls < n) break;  // it went through without reaching call n: all of them were tried
    failures += failed;
    const int now = seq_in_file(bench);
    EXPECT_TRUE(now == before || now == before + 1) << n;
    EXPECT_TRUE(failed || now == before + 1) << n;
    const std::string expected = now == before ? "old" : "new";
    EXPECT_EQ(journal->wrapped_key(), "wrapped " + expected) << n;
    EXPECT_EQ(journal->sealed("new").value().bytes, "sealed " + expected) << n;
    EXPECT_EQ(store.reader().rotation(journal->view().id)->seq, now) << n;
    journal->append(whole_rotation(bench.clock)[2]);
    EXPECT_EQ(journal->view().seq, now + 1) << n;
    const Verified verified = verify(bench.open().reader());
    EXPECT_TRUE(verified.ok) << n << verified.why;
  }
  std::printf("%d calls of an append failed one by one\n", failures);
  EXPECT_GE(failures, 8) << "a commit that changes the disk so rarely is not one that this test knows";
}

INSTANTIATE_TEST_SUITE_P(Disk, FailingAppend,
                         testing::Values(Fault{SQLITE_FULL, false}, Fault{SQLITE_FULL, true},
                                         Fault{SQLITE_IOERR_WRITE, false}, Fault{SQLITE_IOERR_WRITE, true},
                                         Fault{SQLITE_IOERR_FSYNC, false}, Fault{SQLITE_IOERR_FSYNC, true},
                                         Fault{SQLITE_IOERR_DELETE, false}, Fault{SQLITE_IOERR_DELETE, true}));

TEST(FailingDisk, AFullDiskIsNamedAsOne) {
  Bench bench;
  JournalStore store(on_failing_disk(bench));
  auto journal = write_rotation(store, bench, "api", 2);
  FailingDisk::instance().before = [](DiskCall call, const std::string&) {
    return call == DiskCall::write ? SQLITE_FULL : SQLITE_OK;
  };
  try {
    journal->append(note("x"));
    ADD_FAILURE() << "a full disk took a record";
  } catch (const StorageTrouble& trouble) {
    EXPECT_NE(trouble.problem().message.find("is full"), std::string::npos) << trouble.problem().message;
  }
  FailingDisk::instance().before = [](DiskCall call, const std::string&) {
    return call == DiskCall::sync ? SQLITE_IOERR_FSYNC : SQLITE_OK;
  };
  try {
    journal->append(note("x"));
    ADD_FAILURE() << "a broken disk took a record";
  } catch (const StorageTrouble& trouble) {
    EXPECT_NE(trouble.problem().message.find("failed while"), std::string::npos) << trouble.problem().message;
  }
  FailingDisk::instance().reset();
}

struct Moment {
  FailingDisk::Image image;
  int acknowledged = 0;
};

// How many of the moments' images lost an acknowledged record, or do not verify at all.
int lost_after_power_cuts(const std::vector<Moment>& moments) {
  int lost = 0;
  for (const Moment& moment : moments) {
    Bench bench;
    fs::create_directories(bench.file.parent_path());
    for (const auto& [path, content] : moment.image) {
      std::ofstream(bench.file.parent_path() / fs::path(path).filename(), std::ios::binary) << content;
    }
    try {
      const Verified verified = verify(bench.open().reader());
      EXPECT_LE(verified.records, moment.acknowledged + 1);
      lost += !verified.ok || verified.records < moment.acknowledged;
    } catch (const StorageTrouble&) {
      ++lost;
    }
  }
  return lost;
}

std::vector<Moment> cut_power_at_every_call(const char* pragma) {
  Bench bench;
  FailingDisk& disk = FailingDisk::instance();
  JournalStore store(on_failing_disk(bench));
  auto journal = store.begin(start_for("api"), ann());
  store.reader().connection().database().execute(pragma);
  std::vector<Moment> moments;
  std::mt19937 chance(11);
  disk.before = [&](DiskCall, const std::string&) {
    const int acknowledged = journal->view().seq;
    moments.push_back({disk.after_power_cut([] { return false; }), acknowledged});
    moments.push_back({disk.after_power_cut([] { return true; }), acknowledged});
    moments.push_back({disk.after_power_cut([&] { return chance() % 2 == 0; }), acknowledged});
    return SQLITE_OK;
  };
  const auto drafts = whole_rotation(bench.clock);
  for (std::size_t i = 0; i < 5; ++i) {
    journal->append(drafts[i], i == 0 ? secrets("x") : rotation::Attachments{});
    moments.push_back({disk.after_power_cut([] { return false; }), journal->view().seq});
    moments.push_back({disk.after_power_cut([&] { return chance() % 2 == 0; }), journal->view().seq});
  }
  disk.before = {};
  return moments;
}

// Invariants 20 and 21
TEST(PowerCut, AnAcknowledgedRecordSurvivesOneAtAnyMoment) {
  const auto moments = cut_power_at_every_call("PRAGMA synchronous=EXTRA");
  std::printf("%zu power cuts\n", moments.size());
  EXPECT_GT(moments.size(), 150U);
  EXPECT_EQ(lost_after_power_cuts(moments), 0);
  FailingDisk::instance().reset();
}

// The same check finds the loss that synchronous=FULL allows, so it can tell.
TEST(PowerCut, TheCheckSeesWhatAWeakerSettingLoses) {
  EXPECT_GT(lost_after_power_cuts(cut_power_at_every_call("PRAGMA synchronous=FULL")), 0);
  FailingDisk::instance().reset();
}

}  // namespace
}  // namespace store::test
