// What the journal's tests share: a directory that goes away, a clock that is told the time, a rotation to write down.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rotation/errors.hpp"
#include "rotation/pins.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"
#include "store/history.hpp"
#include "store/journal_store.hpp"

namespace store::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Bench {
  TemporaryDirectory home;
  std::filesystem::path file = home.path() / "state" / "journal.db";
  rotation::Instant clock{
      .wall = rotation::Time{std::chrono::seconds{1767323045}}, .boot = std::chrono::hours{1}, .boot_id = "boot-1"};

  [[nodiscard]] OpenOptions options();
  JournalStore open() { return JournalStore(options()); }
  void tick(std::chrono::seconds span) {
    clock.wall += span;
    clock.boot += span;
  }
};

[[nodiscard]] Actor ann();
[[nodiscard]] rotation::Start start_for(const std::string& user, const std::string& old_key = "AKIAOLD00000000000AA");
[[nodiscard]] rotation::Draft intent(rotation::Op op, rotation::Step step, const std::string& attempt);
[[nodiscard]] rotation::Draft outcome(rotation::Op op, rotation::Step step, const std::string& attempt,
                                      rotation::Outcome how = rotation::Outcome::done);
[[nodiscard]] rotation::Draft sample(const std::string& key, const rotation::Instant& seen);
[[nodiscard]] rotation::Draft note(const std::string& text);
// The forty or so drafts of a whole rotation, from after its start to completed.
[[nodiscard]] std::vector<rotation::Draft> whole_rotation(const rotation::Instant& now);
// Starts a rotation of the user and appends the drafts of whole_rotation up to (and without) number `until`.
std::unique_ptr<rotation::Journal> write_rotation(JournalStore& store, Bench& bench, const std::string& user,
                                                  std::size_t until = 1000);

// The message of the trouble that the work throws, whose other two parts must not be empty; "" for none.
template <class T = rotation::StorageTrouble>
[[nodiscard]] std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const T& trouble) {
    EXPECT_FALSE(trouble.problem().keys.empty());
    EXPECT_FALSE(trouble.problem().hint.empty());
    return trouble.problem().message;
  }
  return "";
}

// A second hand at the file, as the sqlite3 shell would be: no triggers of ours are lifted, nothing is set.
class Shell {
 public:
  explicit Shell(const std::filesystem::path& file);
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;
  ~Shell();
  // The result code of the first statement that fails; SQLITE_OK.
  int run(const std::string& sql);
  [[nodiscard]] std::string error() const { return sqlite3_errmsg(handle_); }
  // The first column of all rows, joined by "|".
  [[nodiscard]] std::string ask(const std::string& sql);

 private:
  sqlite3* handle_ = nullptr;
};

// Every byte of every regular file below the directory.
[[nodiscard]] std::string all_bytes(const std::filesystem::path& directory);
[[nodiscard]] std::string slurp(const std::filesystem::path& file);
// Runs `work` in a child process, which ends with _exit(0); returns the wait status.
int in_child(const std::function<void()>& work);

}  // namespace store::test
