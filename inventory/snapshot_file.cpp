#include "inventory/snapshot_file.hpp"

#include <stdexcept>
#include <string>

#include "rotation/errors.hpp"
#include "store/place.hpp"

namespace inventory {
namespace {

namespace fs = std::filesystem;
using store::Statement;
using store::Transaction;
using store::Use;

constexpr std::int64_t application = 0x6b62666c;  // "kbfl"
constexpr std::int64_t version = 2;

constexpr const char* schema = R"(
CREATE TABLE scan(
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, provider TEXT NOT NULL, by_profile INTEGER NOT NULL,
  account_id TEXT NOT NULL DEFAULT '',
  began INTEGER NOT NULL, ended INTEGER, whole INTEGER NOT NULL DEFAULT 0,
  users INTEGER NOT NULL DEFAULT 0, keys INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 0,
  never_used INTEGER NOT NULL DEFAULT 0, unused_90 INTEGER NOT NULL DEFAULT 0, older_90 INTEGER NOT NULL DEFAULT 0,
  rate REAL NOT NULL DEFAULT 0, size REAL NOT NULL DEFAULT 0);
CREATE INDEX scan_of ON scan(account, provider, by_profile, whole, id);
CREATE TABLE access_key(
  scan INTEGER NOT NULL, place INTEGER NOT NULL, slot INTEGER NOT NULL, slots INTEGER NOT NULL,
  user TEXT NOT NULL, user_id TEXT NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL, created INTEGER NOT NULL,
  use_known INTEGER NOT NULL, last_used INTEGER, service TEXT NOT NULL, region TEXT NOT NULL,
  PRIMARY KEY(scan, place, slot)) WITHOUT ROWID;
)";

std::int64_t pragma(store::Database& database, const char* sql) {
  Statement statement(database, sql);
  Use use(statement);
  return use.next() ? use.integer(0) : 0;
}

void set_up(store::Database& database) {
  database.set_busy_limit(std::chrono::seconds{10});
  // What a power cut takes away, the next scan brings back.
  database.execute(
      "PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=OFF; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;");
}

void make(store::Database& database) {
  Transaction transaction(database, Transaction::Mode::write);
  if (pragma(database, "PRAGMA application_id") == 0 && pragma(database, "PRAGMA user_version") == 0) {
    database.execute(schema);
    database.execute(("PRAGMA application_id=" + std::to_string(application)).c_str());
    database.execute(("PRAGMA user_version=" + std::to_string(version)).c_str());
  }
  transaction.commit();
}

bool ours(store::Database& database) {
  return pragma(database, "PRAGMA application_id") == application && pragma(database, "PRAGMA user_version") == version;
}

// Throws where its tables are not those that we know.
void require_tables(store::Database& database) {
  const Statement lines(database, line_columns);
  const Statement keys(database, insert_key);
}

// nullptr: a file stands there that is not ours, or damaged.
std::unique_ptr<store::Database> open_file(const fs::path& file) {
  try {
    auto database = std::make_unique<store::Database>(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, "");
    set_up(*database);
    make(*database);
    if (!ours(*database)) return nullptr;
    require_tables(*database);
    return database;
  } catch (const rotation::Held&) {
    throw;
  } catch (const rotation::StorageTrouble&) {
    return nullptr;
  }
}

}  // namespace

std::unique_ptr<store::Database> open_or_replace(const fs::path& file) {
  store::make_place(file, store::filesystem_magic);
  if (auto database = open_file(file)) return database;
  return replace(file);
}

std::unique_ptr<store::Database> open_as_it_is(const fs::path& file) {
  store::make_place(file, store::filesystem_magic);
  return open_file(file);
}

std::unique_ptr<store::Database> replace(const fs::path& file) {
  fs::remove(file);
  fs::remove(file.string() + "-journal");
  store::make_place(file, store::filesystem_magic);
  auto database = open_file(file);
  if (!database) throw std::runtime_error("it cannot be made anew");
  return database;
}

bool sound(store::Database& database) {
  try {
    require_tables(database);
    Statement check(database, "PRAGMA quick_check(1)");
    Use use(check);
    return use.next() && use.bytes(0) == "ok" && ours(database);
  } catch (const rotation::Held&) {
    return true;
  } catch (const rotation::StorageTrouble&) {
    return false;
  }
}

std::unique_ptr<store::Database> open_for_now() {
  auto database = std::make_unique<store::Database>("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "");
  set_up(*database);
  make(*database);
  return database;
}

void copy_keys(store::Database& from, std::int64_t scan, store::Database& into, std::int64_t its_number) {
  Statement select(from,
                   "SELECT place, slot, slots, user, user_id, key, status, created, use_known, last_used, service, "
                   "region FROM access_key WHERE scan = ? ORDER BY place, slot");
  Statement insert(into, insert_key);
  Use row(select);
  row.bind(scan);
  while (row.next()) {
    Use use(insert);
    use.bind(its_number).bind(row.integer(0)).bind(row.integer(1)).bind(row.integer(2));
    use.bind(row.bytes(3)).bind(row.bytes(4)).bind(row.bytes(5));
    use.bind(row.integer(6)).bind(row.integer(7)).bind(row.integer(8)).bind(row.maybe_integer(9));
    use.bind(row.bytes(10)).bind(row.bytes(11)).run();
  }
}

}  // namespace inventory
