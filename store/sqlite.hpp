// SQLite with owners: handles close themselves, a use of a statement resets itself, a transaction rolls back unless
// committed. Trouble is thrown in our own words: never a bound value, never the expanded SQL.
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace store {

class Database {
 public:
  // `flags` as sqlite3_open_v2 takes them; `vfs` empty: the default one. Throws StorageTrouble.
  Database(const std::filesystem::path& path, int flags, const std::string& vfs);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  [[nodiscard]] sqlite3* handle() const noexcept { return handle_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void set_busy_limit(std::chrono::milliseconds limit);
  // One or more statements without parameters or rows.
  void execute(const char* sql);
  [[nodiscard]] bool in_transaction() const noexcept { return sqlite3_get_autocommit(handle_) == 0; }
  // Throws what the result code means: Held when another process kept the lock, else StorageTrouble, with the full
  // disk, the failing device, the damaged file and the file that is no database told apart.
  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  sqlite3* handle_ = nullptr;
  std::filesystem::path path_;
};

class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

 private:
  friend class Use;
  Database* database_;
  sqlite3_stmt* handle_ = nullptr;
};

// One execution. Parameters are bound from the first on; columns are counted from 0.
class Use {
 public:
  explicit Use(Statement& statement) noexcept : database_(*statement.database_), handle_(statement.handle_) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use();

  Use& bind(std::int64_t value);
  Use& bind(double value);
  Use& bind(std::string_view text);
  Use& bind(std::optional<std::int64_t> value);
  Use& bind_blob(std::string_view bytes);
  Use& bind_zeros(int count);

  [[nodiscard]] bool next();  // true: a row stands ready
  void run();                 // to the end, ignoring rows

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const;
  // Text or blob; valid until the next step.
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }

 private:
  void check(int code);

  Database& database_;
  sqlite3_stmt* handle_;
  int bound_ = 0;
};

class Transaction {
 public:
  enum class Mode : bool { read, write };
  Transaction(Database& database, Mode mode);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  // Durable when it returns. Throws, and nothing of it is acknowledged, if SQLite has already rolled back or can't
  // commit.
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace store
