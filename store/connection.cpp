#include "store/connection.hpp"

#include <system_error>
#include <utility>

#include "rotation/errors.hpp"
#include "store/schema.hpp"

namespace store {
namespace {

// Beyond this many names the dictionary's cache starts afresh.
constexpr std::size_t most_names = 200000;

std::filesystem::path resolved_path(const std::filesystem::path& path) {
  std::error_code error;
  const auto resolved = std::filesystem::weakly_canonical(std::filesystem::absolute(path), error);
  return error ? std::filesystem::absolute(path) : resolved;
}

OpenOptions placed(OpenOptions options, Access access) {
  options.path = resolved_path(options.path);
  if (access == Access::write) {
    make_place(options.path, options.filesystem);
  } else {
    require_safe_place(options.path, options.filesystem);
  }
  return options;
}

void turn_on(const Database& database, int setting) {
  int now = 0;
  sqlite3_db_config(database.handle(), setting, 1, &now);
  KEYBATON_ASSERT(now == 1);
}

// DELETE and EXTRA: an acknowledged commit survives a power cut, for the directory is synced after the rollback
// journal is unlinked. Not WAL, not PERSIST: they keep old page images, and SQLite 3.40.1 has the WAL-reset bug.
void set_up(Database& database, const OpenOptions& options, Access access) {
  database.set_busy_limit(options.busy);
  turn_on(database, SQLITE_DBCONFIG_DEFENSIVE);
  database.execute(
      "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON; PRAGMA temp_store=MEMORY;"
      "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;");
  if (access == Access::read) {
    database.execute("PRAGMA query_only=ON");
    return;
  }
  database.execute(
      "PRAGMA auto_vacuum=NONE; PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON");
}

}  // namespace

// A reader opens for writing too: after a crash it must roll the half-done transaction back before it can read. Where
// the file may not be written SQLite falls back to reading by itself.
Connection::Connection(OpenOptions options, Access access)
    : options_(placed(std::move(options), access)),
      database_(options_.path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, options_.vfs) {
  set_up(database_, options_, access);
  const SchemaAge age = schema_age(database_);
  if (age == SchemaAge::current) return;
  if (access == Access::write) {
    migrate(database_);
    return;
  }
  blank_ = age == SchemaAge::none;
  static_assert(schema_version == 3, "a reader reads schemas 1 and 2 as they are: look whether that still holds");
}

Statement& Connection::prepared(std::string_view sql) {
  const auto found = statements_.find(std::string(sql));
  if (found != statements_.end()) return found->second;
  return statements_.emplace(std::string(sql), Statement(database_, sql)).first->second;
}

std::optional<std::int64_t> Connection::find_name(std::string_view text) {
  if (const auto found = ids_.find(std::string(text)); found != ids_.end()) return found->second;
  Use use(prepared("SELECT id FROM name WHERE text = ?"));
  use.bind(text);
  if (!use.next()) return std::nullopt;
  const std::int64_t id = use.integer(0);
  if (ids_.size() >= most_names) forget_names();
  ids_.emplace(text, id);
  return id;
}

std::int64_t Connection::intern(std::string_view text) {
  if (const auto id = find_name(text)) return *id;
  Use(prepared("INSERT INTO name(text) VALUES (?)")).bind(text).run();
  const std::int64_t id = sqlite3_last_insert_rowid(database_.handle());
  ids_.emplace(text, id);
  return id;
}

const std::string* Connection::name(std::int64_t id) {
  if (const auto found = names_.find(id); found != names_.end()) return &found->second;
  Use use(prepared("SELECT text FROM name WHERE id = ?"));
  use.bind(id);
  if (!use.next()) return nullptr;
  if (names_.size() >= most_names) names_.clear();
  return &names_.emplace(id, use.text(0)).first->second;
}

void Connection::forget_names() {
  ids_.clear();
  names_.clear();
}

}  // namespace store
