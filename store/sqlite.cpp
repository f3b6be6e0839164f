#include "store/sqlite.hpp"

#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "rotation/errors.hpp"

namespace store {
namespace {

using rotation::Held;
using rotation::Problem;
using rotation::StorageTrouble;

constexpr const char* keys_stay = "Nothing further is sent to the cloud; each key stays as it is now.";

bool no_room(int code, int system_error) {
  return (code & 0xff) == SQLITE_FULL ||
         ((code & 0xff) == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG));
}

Problem problem(const std::string& message, const std::string& hint) {
  return {.message = message, .keys = keys_stay, .hint = hint};
}

Problem io_problem(const std::string& path, std::string_view doing, int code, int system_error) {
  std::string why = system_error != 0 ? std::strerror(system_error) : sqlite3_errstr(code);
  return problem("The disk under the journal " + path + " failed while " + std::string(doing) + " (" + why +
                     ", SQLite code " + std::to_string(code) + ").",
                 "Check the disk and the system log, then run: keybaton history verify");
}

Problem other_problem(const std::string& path, std::string_view doing, int code, const char* text) {
  return problem("The journal " + path + " refused " + std::string(doing) + ": " + text + " (SQLite code " +
                     std::to_string(code) + ").",
                 "keybaton history verify");
}

}  // namespace

Database::Database(const std::filesystem::path& path, int flags, const std::string& vfs) : path_(path) {
  const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) {
    // The handle is there even after a failure, and carries the errno; it must be closed all the same.
    const int extended = handle_ != nullptr ? sqlite3_extended_errcode(handle_) : code;
    try {
      fail(extended, "opening it");
    } catch (...) {
      sqlite3_close_v2(handle_);
      throw;
    }
  }
  sqlite3_extended_result_codes(handle_, 1);
}

Database::~Database() { sqlite3_close_v2(handle_); }

void Database::set_busy_limit(std::chrono::milliseconds limit) {
  sqlite3_busy_timeout(handle_, static_cast<int>(limit.count()));
}

void Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, "a statement");
}

void Database::fail(int code, std::string_view doing) const {
  const std::string path = path_.string();
  const int system_error = handle_ != nullptr ? sqlite3_system_errno(handle_) : 0;
  if (no_room(code, system_error)) {
    throw StorageTrouble(problem("The disk under the journal " + path + " is full: " + std::string(doing) + " failed.",
                                 "Free some space there, then run: keybaton resume"));
  }
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw Held(problem("Another process holds the journal " + path + ".",
                         "Wait until the other command is done, then run it again; see: keybaton status"));
    case SQLITE_IOERR: throw StorageTrouble(io_problem(path, doing, code, system_error));
    case SQLITE_CORRUPT:
      throw StorageTrouble(problem("The journal " + path + " is damaged.",
                                   "Keep a copy of the file, then restore the latest backup (keybaton journal backup "
                                   "made it) over it and run: keybaton history verify"));
    case SQLITE_NOTADB:
      throw StorageTrouble(problem("The file " + path + " is not a journal: it is no SQLite database.",
                                   "Name the right file with --journal PATH"));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      throw StorageTrouble(problem("The journal " + path + " could not be opened" +
                                       (system_error != 0 ? std::string(": ") + std::strerror(system_error) : "") + ".",
                                   "Check the path and its permissions: keybaton doctor"));
    case SQLITE_READONLY:
      throw StorageTrouble(problem("The journal " + path + " may not be written by this user.",
                                   "Check its owner and mode: keybaton doctor"));
    // These texts are about our schema and our SQL; SQLite never puts a bound value into them.
    default: throw StorageTrouble(other_problem(path, doing, code, sqlite3_errmsg(handle_)));
  }
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) database.fail(code, "preparing a statement");
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), handle_(std::exchange(other.handle_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(handle_); }

Use::~Use() {
  // The reset repeats the step's error, which has been thrown already.
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

void Use::check(int code) {
  if (code != SQLITE_OK) database_.fail(code, "binding a value");
}

Use& Use::bind(std::int64_t value) {
  check(sqlite3_bind_int64(handle_, ++bound_, value));
  return *this;
}

Use& Use::bind(double value) {
  check(sqlite3_bind_double(handle_, ++bound_, value));
  return *this;
}

Use& Use::bind(std::string_view text) {
  check(sqlite3_bind_text64(handle_, ++bound_, text.data() != nullptr ? text.data() : "", text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Use& Use::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  check(sqlite3_bind_null(handle_, ++bound_));
  return *this;
}

Use& Use::bind_blob(std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_, ++bound_, bytes.data() != nullptr ? bytes.data() : "", bytes.size(),
                            SQLITE_TRANSIENT));
  return *this;
}

Use& Use::bind_zeros(int count) {
  check(sqlite3_bind_zeroblob(handle_, ++bound_, count));
  return *this;
}

bool Use::next() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  database_.fail(code, "reading or writing");
}

void Use::run() {
  while (next()) {
  }
}

bool Use::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }
std::int64_t Use::integer(int column) const { return sqlite3_column_int64(handle_, column); }

double Use::real(int column) const { return sqlite3_column_double(handle_, column); }

std::optional<std::int64_t> Use::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::string_view Use::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return {static_cast<const char*>(data), data != nullptr ? static_cast<std::size_t>(size) : 0};
}

Transaction::Transaction(Database& database, Mode mode) : database_(database) {
  database_.execute(mode == Mode::write ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  // Some errors (a full disk, an I/O error) have SQLite roll back on its own: ask, never assume.
  if (open_ && database_.in_transaction()) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  if (!database_.in_transaction()) {
    open_ = false;
    throw StorageTrouble(problem("The journal " + database_.path().string() +
                                     " gave up a transaction half-way; "
                                     "nothing of it was stored.",
                                 "keybaton doctor"));
  }
  database_.execute("COMMIT");
  open_ = false;
  // Success that leaves the transaction open would be a commit that never happened.
  KEYBATON_ASSERT(!database_.in_transaction());
}

}  // namespace store
