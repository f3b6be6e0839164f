// One open journal file: its pragmas, its prepared statements, its dictionary of names. For one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "rotation/time.hpp"
#include "store/place.hpp"
#include "store/sqlite.hpp"

namespace store {

struct OpenOptions {
  std::filesystem::path path;
  std::function<rotation::Instant()> now;         // the Clock's now(); readers need none
  std::chrono::milliseconds busy{30000};          // how long another process may keep the file from us
  FilesystemProbe filesystem = filesystem_magic;  // a test can pretend
  std::string vfs;                                // an SQLite VFS by name; empty: the default
};

enum class Access : std::uint8_t { read, write };

class Connection {
 public:
  // write: makes and migrates the file where needed. read: the file must be there; nothing is made, and of the file
  // only a half-done transaction of a crashed writer is rolled back. Throws StorageTrouble or Held.
  Connection(OpenOptions options, Access access);

  [[nodiscard]] Database& database() noexcept { return database_; }
  [[nodiscard]] const OpenOptions& options() const noexcept { return options_; }
  // A file whose maker died before its schema was in: to a reader, no journal yet.
  [[nodiscard]] bool blank() const noexcept { return blank_; }
  [[nodiscard]] std::filesystem::path directory() const { return options_.path.parent_path(); }
  // Prepared once for the connection's life. One use at a time.
  [[nodiscard]] Statement& prepared(std::string_view sql);

  [[nodiscard]] std::optional<std::int64_t> find_name(std::string_view text);
  [[nodiscard]] std::int64_t intern(std::string_view text);  // inside a write transaction
  [[nodiscard]] const std::string* name(std::int64_t id);    // nullptr: the dictionary lacks it
  // After a rollback: numbers given inside it may be given again to other names.
  void forget_names();

 private:
  OpenOptions options_;
  Database database_;
  bool blank_ = false;
  std::unordered_map<std::string, Statement> statements_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::unordered_map<std::int64_t, std::string> names_;
};

}  // namespace store
