#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "platform/files.hpp"
#include "rotation/errors.hpp"
#include "store/journal_store.hpp"

namespace store {
namespace {

namespace fs = std::filesystem;
using rotation::Ending;
using rotation::StorageTrouble;
using rotation::Trouble;

constexpr int pages_a_step = 256;
constexpr int pause_ms = 2;
// A busy writer makes the copy start anew each time; in the end it waits for one quick full copy.
constexpr int most_restarts = 20;

[[noreturn]] void trouble(const fs::path& to, const std::string& why) {
  throw StorageTrouble({.message = "The backup to " + to.string() + " failed: " + why + ".",
                        .keys = "The journal itself is untouched; each key stays as it is.",
                        .hint = "Check the place, then run: keybaton journal backup PATH"});
}

void make_target(const fs::path& to) {
  try {
    const platform::Fd made = platform::open_file(to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  } catch (const std::system_error& error) {
    if (error.code().value() != EEXIST) trouble(to, error.code().message());
    throw Trouble(Ending::usage,
                  {.message = "The file " + to.string() + " is there already; a backup replaces nothing.",
                   .keys = "Nothing was done; each key stays as it is.",
                   .hint = "Name a new file: keybaton journal backup PATH"});
  }
}

int copy(sqlite3_backup* job) {
  int restarts = 0, left_before = 0;
  for (bool first = true;; first = false) {
    const int code = sqlite3_backup_step(job, restarts > most_restarts ? -1 : pages_a_step);
    if (code == SQLITE_DONE) return SQLITE_OK;
    if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED) return code;
    const int left = sqlite3_backup_remaining(job);
    if (code == SQLITE_OK && !first && left >= left_before) ++restarts;
    left_before = left;
    sqlite3_sleep(pause_ms);
  }
}

void copy_into(Database& from, const fs::path& to) {
  Database target(to, SQLITE_OPEN_READWRITE, {});
  // The copy is synced as a whole at its end; a half one is removed.
  target.execute("PRAGMA synchronous=OFF; PRAGMA journal_mode=MEMORY");
  sqlite3_backup* job = sqlite3_backup_init(target.handle(), "main", from.handle(), "main");
  if (job == nullptr) target.fail(sqlite3_extended_errcode(target.handle()), "the backup");
  const int code = copy(job);
  const int finished = sqlite3_backup_finish(job);
  if (code != SQLITE_OK) target.fail(code, "the backup");
  if (finished != SQLITE_OK) target.fail(finished, "the backup");
}

std::int64_t count_records(const fs::path& file) {
  Database copy(file, SQLITE_OPEN_READONLY, {});
  Statement statement(copy, "SELECT coalesce(max(id), 0) FROM record");
  Use use(statement);
  return use.next() ? use.integer(0) : 0;
}

}  // namespace

void JournalStore::backup(const fs::path& to) {
  const fs::path target = fs::absolute(to);
  make_target(target);
  std::int64_t records = 0;
  try {
    // A connection of its own reads: writing through ours would go into the copy as well.
    Connection source(connection_->options(), Access::read);
    copy_into(source.database(), target);
    platform::sync(platform::open_file(target, O_RDWR), target);
    platform::sync_directory(target.parent_path());
    records = count_records(target);
  } catch (const std::system_error& error) {
    ::unlink(target.c_str());
    trouble(target, error.code().message());
  } catch (...) {
    ::unlink(target.c_str());
    throw;
  }
  Transaction transaction(connection_->database(), Transaction::Mode::write);
  Use(connection_->prepared("INSERT INTO backup(id, at, path, records) VALUES (1, ?, ?, ?) ON CONFLICT(id) DO UPDATE "
                            "SET at = excluded.at, path = excluded.path, records = excluded.records"))
      .bind(std::int64_t{connection_->options().now().wall.time_since_epoch().count()})
      .bind(target.string())
      .bind(records)
      .run();
  transaction.commit();
}

}  // namespace store
