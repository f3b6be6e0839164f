// The spill file: a whole entry or none, whatever happened to it.
#include "store/spill.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "rotation/errors.hpp"
#include "store/notes.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

namespace fs = std::filesystem;
using rotation::AttemptId;
using rotation::RotationId;
using rotation::SealedSecret;

struct Spilled {
  TemporaryDirectory home;
  FileSpill spill{home.path()};
  RotationId rotation{"r-01"};
  AttemptId attempt{"a1"};
  fs::path file = home.path() / "spill-r-01-a1";
  SealedSecret secret{.purpose = "new", .key = rotation::AccessKeyId{"AKIANEW"}, .bytes = std::string("s\0e:al,ed", 9)};
  rotation::Time at{std::chrono::seconds{1767323045}};
};

TEST(Spill, KeepsWhatItIsGiven) {
  Spilled s;
  s.spill.prepare(s.rotation, s.attempt);
  EXPECT_FALSE(s.spill.kept(s.rotation, s.attempt)) << "an empty one is no secret";
  s.spill.keep(s.rotation, s.attempt, s.secret, s.at);
  const auto kept = FileSpill(s.home.path()).kept(s.rotation, s.attempt);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->secret.bytes, s.secret.bytes);
  EXPECT_EQ(kept->secret.key, s.secret.key);
  EXPECT_EQ(kept->secret.purpose, s.secret.purpose);
  EXPECT_EQ(kept->created_at, s.at);
  s.spill.remove(s.rotation, s.attempt);
  EXPECT_FALSE(fs::exists(s.file));
  EXPECT_FALSE(s.spill.kept(s.rotation, s.attempt));
}

TEST(Spill, IsPrivateAndPreallocated) {
  Spilled s;
  const mode_t before = ::umask(0);
  s.spill.prepare(s.rotation, s.attempt);
  ::umask(before);
  struct stat info {};
  ASSERT_EQ(::stat(s.file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_GE(info.st_blocks * 512, info.st_size);
  const auto size = info.st_size, blocks = info.st_blocks;
  s.spill.keep(s.rotation, s.attempt, s.secret, s.at);
  ASSERT_EQ(::stat(s.file.c_str(), &info), 0);
  EXPECT_EQ(info.st_size, size);
  EXPECT_EQ(info.st_blocks, blocks);
}

TEST(Spill, ATornEntryIsNone) {
  Spilled s;
  s.spill.prepare(s.rotation, s.attempt);
  const std::string empty = slurp(s.file);
  s.spill.keep(s.rotation, s.attempt, s.secret, s.at);
  const std::string whole = slurp(s.file);
  const std::size_t used = whole.find_last_not_of('\0') + 1;
  for (std::size_t cut = 0; cut < used; ++cut) {
    std::ofstream(s.file, std::ios::binary | std::ios::trunc) << whole.substr(0, cut) << empty.substr(cut);
    EXPECT_FALSE(s.spill.kept(s.rotation, s.attempt)) << cut;
    std::string flipped = whole;
    flipped[cut] = static_cast<char>(flipped[cut] ^ 4);
    std::ofstream(s.file, std::ios::binary | std::ios::trunc) << flipped;
    EXPECT_FALSE(s.spill.kept(s.rotation, s.attempt)) << cut;
  }
}

TEST(Spill, AnotherRotationsEntryIsNotTaken) {
  Spilled s;
  s.spill.prepare(s.rotation, s.attempt);
  s.spill.keep(s.rotation, s.attempt, s.secret, s.at);
  fs::rename(s.file, s.home.path() / "spill-r-02-a1");
  EXPECT_FALSE(s.spill.kept(RotationId{"r-02"}, s.attempt));
}

TEST(Spill, NeverOverwritesOneThatIsThere) {
  Spilled s;
  s.spill.prepare(s.rotation, s.attempt);
  s.spill.keep(s.rotation, s.attempt, s.secret, s.at);
  EXPECT_THROW(s.spill.prepare(s.rotation, s.attempt), rotation::StorageTrouble);
  EXPECT_TRUE(s.spill.kept(s.rotation, s.attempt));
}

TEST(Spill, AnIdNeverLeadsOutOfTheDirectory) {
  Spilled s;
  EXPECT_THROW(s.spill.prepare(RotationId{"../x"}, s.attempt), rotation::StorageTrouble);
  EXPECT_THROW(s.spill.prepare(s.rotation, AttemptId{""}), rotation::StorageTrouble);
}

TEST(Spill, AFullDiskIsMetBeforeTheKeyIsMade) {
  Spilled s;
  const int status = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      s.spill.prepare(s.rotation, s.attempt);
    } catch (const rotation::StorageTrouble&) {
      ::_exit(fs::exists(s.file) ? 2 : 7);
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Spill, AllButTheOpenCreatesAreCleared) {
  Spilled s;
  for (const char* attempt : {"a1", "a2", "a3"}) s.spill.prepare(s.rotation, AttemptId{attempt});
  s.spill.prepare(RotationId{"r-02"}, s.attempt);
  s.spill.note(s.rotation, note("kept"));
  remove_spills(s.home.path(), s.rotation, AttemptId{"a2"});
  EXPECT_FALSE(fs::exists(s.file));
  EXPECT_TRUE(fs::exists(s.home.path() / "spill-r-01-a2"));
  EXPECT_FALSE(fs::exists(s.home.path() / "spill-r-01-a3"));
  EXPECT_TRUE(fs::exists(s.home.path() / "spill-r-02-a1"));
  EXPECT_EQ(read_notes(s.home.path(), s.rotation).size(), 1U);
  remove_spills(s.home.path(), s.rotation, std::nullopt);
  EXPECT_FALSE(fs::exists(s.home.path() / "spill-r-01-a2"));
}

TEST(Notes, ComeBackWholeAndInOrder) {
  Spilled s;
  rotation::Draft first = intent(rotation::Op::activate_key, rotation::Step::deactivate, "a1");
  first.key = rotation::AccessKeyId{"AKIAOLD"};
  first.direction = rotation::Direction::back;
  s.spill.note(s.rotation, first);
  s.spill.note(s.rotation, outcome(rotation::Op::activate_key, rotation::Step::deactivate, "a1"));
  s.spill.note(RotationId{"r-02"}, note("another's"));
  const auto notes = read_notes(s.home.path(), s.rotation);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].draft.kind, rotation::Kind::intent);
  EXPECT_EQ(notes[0].draft.key, first.key);
  EXPECT_EQ(notes[0].draft.direction, rotation::Direction::back);
  EXPECT_EQ(notes[0].draft.detail, first.detail);
  EXPECT_EQ(notes[1].draft.outcome, rotation::Outcome::done);
  EXPECT_NE(notes[0].id, notes[1].id);
  remove_notes(s.home.path(), s.rotation);
  EXPECT_TRUE(read_notes(s.home.path(), s.rotation).empty());
}

TEST(Notes, OfATeamAreItsMembersToReadWhateverTheUmask) {
  Spilled s;
  const fs::path file = s.home.path() / "spill-r-01.notes";
  const auto noted = [&](mode_t directory) {
    ::unlink(file.c_str());
    EXPECT_EQ(::chmod(s.home.path().c_str(), directory), 0);
    const mode_t before = ::umask(directory == 02770 ? 077 : 0);
    s.spill.note(s.rotation, note("reactivated"));
    ::umask(before);
    struct stat info {};
    EXPECT_EQ(::stat(file.c_str(), &info), 0);
    return info.st_mode & 07777;
  };
  EXPECT_EQ(noted(02770), 0660U);
  EXPECT_EQ(noted(0700), 0600U);
}

// In a directory of everybody's anybody can put a file in the way.
TEST(Notes, GoNeitherIntoAPipeNorIntoAnothersFile) {
  Spilled s;
  const RotationId rotation{"r-" + s.home.path().filename().string()};
  FileSpill spill(s.home.path() / "gone");
  const fs::path runtime = s.home.path() / "runtime";
  fs::create_directory(runtime);
  const char* set = std::getenv("XDG_RUNTIME_DIR");
  const std::string before = set != nullptr ? set : "";
  ::setenv("XDG_RUNTIME_DIR", runtime.c_str(), 1);
  const fs::path planted = runtime / ("keybaton-spill-" + rotation.text() + ".notes");
  ASSERT_EQ(::mkfifo(planted.c_str(), 0666), 0);
  spill.note(rotation, note("past a pipe"));
  EXPECT_EQ(read_notes(s.home.path() / "gone", rotation).size(), 1U);
  if (::geteuid() == 0) {
    ::unlink(planted.c_str());
    std::ofstream(planted).flush();
    ASSERT_EQ(::chown(planted.c_str(), 12345, 12345), 0);
    spill.note(rotation, note("past another's file"));
    EXPECT_EQ(slurp(planted), "");
    EXPECT_EQ(read_notes(s.home.path() / "gone", rotation).size(), 2U);
  }
  remove_notes(s.home.path() / "gone", rotation);
  set != nullptr ? ::setenv("XDG_RUNTIME_DIR", before.c_str(), 1) : ::unsetenv("XDG_RUNTIME_DIR");
}

TEST(Notes, ATornOneDoesNotSwallowTheNext) {
  Spilled s;
  s.spill.note(s.rotation, note("first"));
  const fs::path file = s.home.path() / "spill-r-01.notes";
  const std::string whole = slurp(file);
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << whole.substr(0, cut);
    s.spill.note(s.rotation, note("second"));
    const auto notes = read_notes(s.home.path(), s.rotation);
    ASSERT_FALSE(notes.empty()) << cut;
    EXPECT_EQ(rotation::get(notes.back().draft.detail, "text"), "second") << cut;
  }
}

TEST(Notes, LeaveNoPieceWhereTheyDoNotFit) {
  Spilled s;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{20, 20};
    ::setrlimit(RLIMIT_FSIZE, &small);
    s.spill.note(s.rotation, note("too long for it"));
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_FALSE(fs::exists(s.home.path() / "spill-r-01.notes"));
  EXPECT_FALSE(fs::exists("/tmp/keybaton-spill-r-01.notes"));
}

TEST(Notes, GoElsewhereWhereTheJournalsDiskTakesNothing) {
  Spilled s;
  const RotationId rotation{"r-" + s.home.path().filename().string()};
  FileSpill spill(s.home.path() / "gone");
  spill.note(rotation, note("kept"));
  const auto notes = read_notes(s.home.path() / "gone", rotation);
  ASSERT_EQ(notes.size(), 1U);
  remove_notes(s.home.path() / "gone", rotation);
  EXPECT_TRUE(read_notes(s.home.path() / "gone", rotation).empty());
}

}  // namespace
}  // namespace store::test
