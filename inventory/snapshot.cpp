#include "inventory/snapshot.hpp"

#include <map>
#include <system_error>

#include "rotation/errors.hpp"
#include "store/place.hpp"
#include "store/sqlite.hpp"

namespace inventory {
namespace {

namespace fs = std::filesystem;
using rotation::Seconds;
using rotation::Time;
using store::Statement;
using store::Transaction;
using store::Use;

constexpr std::int64_t application = 0x6b62666c;  // "kbfl"
constexpr std::int64_t version = 1;
constexpr std::size_t users_a_commit = 1000;
constexpr std::int64_t rows_a_page = 1000;
// Somebody may still be reading the keys of a scan that has just ended.
constexpr Seconds readers_need{15 * 60};
// A scan that has not ended by then never will.
constexpr Seconds longest_scan{24 * 3600};
constexpr Seconds ninety_days{90 * 24 * 3600};
// A line for every hour of a year and more.
constexpr Seconds lines_kept{400 * 24 * 3600};

constexpr const char* schema = R"(
CREATE TABLE scan(
  id INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, provider TEXT NOT NULL, account_id TEXT NOT NULL DEFAULT '',
  began INTEGER NOT NULL, ended INTEGER, whole INTEGER NOT NULL DEFAULT 0,
  users INTEGER NOT NULL DEFAULT 0, keys INTEGER NOT NULL DEFAULT 0, active INTEGER NOT NULL DEFAULT 0,
  never_used INTEGER NOT NULL DEFAULT 0, unused_90 INTEGER NOT NULL DEFAULT 0, older_90 INTEGER NOT NULL DEFAULT 0,
  rate REAL NOT NULL DEFAULT 0, size REAL NOT NULL DEFAULT 0);
CREATE INDEX scan_of ON scan(account, provider, whole, id);
CREATE TABLE access_key(
  scan INTEGER NOT NULL, place INTEGER NOT NULL, slot INTEGER NOT NULL, slots INTEGER NOT NULL,
  user TEXT NOT NULL, user_id TEXT NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL, created INTEGER NOT NULL,
  use_known INTEGER NOT NULL, last_used INTEGER, service TEXT NOT NULL, region TEXT NOT NULL,
  PRIMARY KEY(scan, place, slot)) WITHOUT ROWID;
)";

constexpr const char* line_columns =
    "SELECT id, account, provider, account_id, began, ended, whole, users, keys, active, never_used, unused_90, "
    "older_90, rate, size FROM scan ";

std::int64_t seconds(Time time) { return time.time_since_epoch().count(); }
Time time_of(std::int64_t seconds) { return Time{Seconds{seconds}}; }
std::size_t size(std::int64_t number) { return static_cast<std::size_t>(number); }
std::int64_t number(std::size_t size) { return static_cast<std::int64_t>(size); }

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

// nullptr: a file stands there that is not ours, or damaged.
std::unique_ptr<store::Database> open_file(const fs::path& file) {
  try {
    auto database = std::make_unique<store::Database>(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE, "");
    set_up(*database);
    make(*database);
    return ours(*database) ? std::move(database) : nullptr;
  } catch (const rotation::Held&) {
    throw;
  } catch (const rotation::StorageTrouble&) {
    return nullptr;
  }
}

std::unique_ptr<store::Database> open_or_replace(const fs::path& file) {
  store::make_place(file, store::filesystem_magic);
  if (auto database = open_file(file)) return database;
  fs::remove(file);
  fs::remove(file.string() + "-journal");
  store::make_place(file, store::filesystem_magic);
  auto database = open_file(file);
  if (!database) throw std::runtime_error("it cannot be made anew");
  return database;
}

std::unique_ptr<store::Database> open_for_now() {
  auto database = std::make_unique<store::Database>("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "");
  set_up(*database);
  make(*database);
  return database;
}

ScanLine read_line(Use& use) {
  ScanLine line;
  line.id = use.integer(0);
  line.account = {.name = rotation::AccountName{use.text(1)}, .provider = use.text(2)};
  line.account_id = rotation::AccountId{use.text(3)};
  line.began = time_of(use.integer(4));
  line.ended = time_of(use.maybe_integer(5).value_or(use.integer(4)));
  line.whole = use.integer(6) != 0;
  line.users = size(use.integer(7));
  line.keys = size(use.integer(8));
  line.active = size(use.integer(9));
  line.never_used = size(use.integer(10));
  line.unused_90_days = size(use.integer(11));
  line.older_90_days = size(use.integer(12));
  line.bucket = {.rate = use.real(13), .size = use.real(14)};
  return line;
}

}  // namespace

struct Snapshot::Inside {
  explicit Inside(const fs::path& file) {
    try {
      database = open_or_replace(file);
    } catch (const rotation::Trouble& trouble) {
      why_not_kept = trouble.problem().message;
    } catch (const std::exception& trouble) {
      why_not_kept = file.string() + ": " + trouble.what();
    }
    if (!database) database = open_for_now();
    insert_key =
        std::make_unique<Statement>(*database, "INSERT INTO access_key VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  }

  struct Counted {
    Time began{};
    std::size_t active = 0, never_used = 0, unused = 0, older = 0;
  };

  void count(Counted& into, const FoundKey& found) const {
    if (found.key.status == rotation::KeyStatus::active) ++into.active;
    const bool old = into.began - found.key.created_at > ninety_days;
    if (old) ++into.older;
    if (!found.used) return;
    if (!found.used->at) ++into.never_used;
    if (found.used->at ? into.began - *found.used->at > ninety_days : old) ++into.unused;
  }

  void insert(std::int64_t scan, const FoundUser& user) {
    std::int64_t slot = 0;
    for (const FoundKey& found : user.keys) {
      const rotation::LastUsed used = found.used.value_or(rotation::LastUsed{});
      Use use(*insert_key);
      use.bind(scan).bind(number(user.place)).bind(slot++).bind(number(user.keys.size()));
      use.bind(std::string_view{user.user.name.text()}).bind(std::string_view{user.user.id.text()});
      use.bind(std::string_view{found.key.id.text()}).bind(static_cast<std::int64_t>(found.key.status));
      use.bind(seconds(found.key.created_at)).bind(static_cast<std::int64_t>(found.used.has_value()));
      use.bind(used.at ? std::optional{seconds(*used.at)} : std::nullopt);
      use.bind(std::string_view{used.service}).bind(std::string_view{used.region}).run();
    }
  }

  void flush() {
    if (buffered.empty()) return;
    Transaction transaction(*database, Transaction::Mode::write);
    for (const auto& [scan, user] : buffered) insert(scan, user);
    transaction.commit();
    buffered.clear();
  }

  // The keys of former scans that nobody reads any more, and lines that are too old to show.
  void clear_away(const AccountMark& account, std::int64_t but, Time now) {
    Statement keys(*database,
                   "DELETE FROM access_key WHERE scan IN (SELECT id FROM scan WHERE account = ? AND provider = ? "
                   "AND id <> ? AND (ended < ? OR (ended IS NULL AND began < ?)))");
    Use(keys)
        .bind(std::string_view{account.name.text()})
        .bind(std::string_view{account.provider})
        .bind(but)
        .bind(seconds(now - readers_need))
        .bind(seconds(now - longest_scan))
        .run();
    Statement lines(*database, "DELETE FROM scan WHERE account = ? AND provider = ? AND id <> ? AND began < ?");
    Use(lines)
        .bind(std::string_view{account.name.text()})
        .bind(std::string_view{account.provider})
        .bind(but)
        .bind(seconds(now - lines_kept))
        .run();
  }

  std::unique_ptr<store::Database> database;
  std::unique_ptr<Statement> insert_key;
  std::string why_not_kept;
  std::vector<std::pair<std::int64_t, FoundUser>> buffered;
  std::map<std::int64_t, Counted> counted;  // of the scans under way
};

Snapshot::Snapshot(const fs::path& file) : inside_(std::make_unique<Inside>(file)) {}
Snapshot::~Snapshot() = default;

const std::string& Snapshot::why_not_kept() const { return inside_->why_not_kept; }

std::int64_t Snapshot::begin(const AccountMark& account, Time now) {
  Statement statement(*inside_->database, "INSERT INTO scan(account, provider, began) VALUES(?, ?, ?) RETURNING id");
  std::int64_t id = 0;
  {
    Use use(statement);
    use.bind(std::string_view{account.name.text()}).bind(std::string_view{account.provider}).bind(seconds(now));
    while (use.next()) id = use.integer(0);
  }
  inside_->counted[id].began = now;
  return id;
}

void Snapshot::add(std::int64_t scan, FoundUser user) {
  for (const FoundKey& key : user.keys) inside_->count(inside_->counted.at(scan), key);
  if (user.keys.empty()) return;
  inside_->buffered.emplace_back(scan, std::move(user));
  if (inside_->buffered.size() >= users_a_commit) inside_->flush();
}

void Snapshot::end(std::int64_t scan, const rotation::AccountId& account_id, Time now, Ending ending,
                   const ScanCount& tally, const Bucket& bucket) {
  inside_->flush();
  const Inside::Counted counted = inside_->counted.at(scan);
  inside_->counted.erase(scan);
  Transaction transaction(*inside_->database, Transaction::Mode::write);
  {
    Statement statement(*inside_->database,
                        "UPDATE scan SET account_id = ?, ended = ?, whole = ?, users = ?, keys = ?, active = ?, "
                        "never_used = ?, unused_90 = ?, older_90 = ?, rate = ?, size = ? WHERE id = ?");
    Use use(statement);
    use.bind(std::string_view{account_id.text()}).bind(seconds(now)).bind(std::int64_t{ending == Ending::whole});
    use.bind(number(tally.users)).bind(number(tally.keys)).bind(number(counted.active));
    use.bind(number(counted.never_used)).bind(number(counted.unused)).bind(number(counted.older));
    use.bind(bucket.rate).bind(bucket.size).bind(scan).run();
  }
  if (ending == Ending::whole) inside_->clear_away(line(scan).account, scan, now);
  transaction.commit();
}

std::optional<ScanLine> Snapshot::latest(const AccountMark& account) {
  Statement statement(
      *inside_->database,
      std::string(line_columns) + "WHERE account = ? AND provider = ? AND whole = 1 ORDER BY id DESC LIMIT 1");
  Use use(statement);
  use.bind(std::string_view{account.name.text()}).bind(std::string_view{account.provider});
  if (!use.next()) return std::nullopt;
  return read_line(use);
}

std::vector<AccountMark> Snapshot::accounts() {
  Statement statement(*inside_->database,
                      "SELECT DISTINCT account, provider FROM scan WHERE whole = 1 ORDER BY account, provider");
  Use use(statement);
  std::vector<AccountMark> marks;
  while (use.next()) marks.push_back({.name = rotation::AccountName{use.text(0)}, .provider = use.text(1)});
  return marks;
}

std::vector<ScanLine> Snapshot::lines(const AccountMark& account, Time since) {
  Statement statement(
      *inside_->database,
      std::string(line_columns) + "WHERE account = ? AND provider = ? AND whole = 1 AND began >= ? ORDER BY id");
  Use use(statement);
  use.bind(std::string_view{account.name.text()}).bind(std::string_view{account.provider}).bind(seconds(since));
  std::vector<ScanLine> lines;
  while (use.next()) lines.push_back(read_line(use));
  return lines;
}

ScanLine Snapshot::line(std::int64_t scan) {
  Statement statement(*inside_->database, std::string(line_columns) + "WHERE id = ?");
  Use use(statement);
  use.bind(scan);
  KEYBATON_ASSERT(use.next());
  return read_line(use);
}

// Page by page: a reader whose output waits in a pager must not keep a scan from writing.
void Snapshot::each(const ScanLine& scan, const std::function<bool(KeyRow)>& take) {
  Statement statement(*inside_->database,
                      "SELECT place, slot, slots, user, user_id, key, status, created, use_known, last_used, service, "
                      "region FROM access_key WHERE scan = ? AND (place, slot) > (?, ?) ORDER BY place, slot LIMIT ?");
  std::int64_t place = -1;
  std::int64_t slot = -1;
  for (;;) {
    std::vector<KeyRow> page;
    {
      Use use(statement);
      use.bind(scan.id).bind(place).bind(slot).bind(rows_a_page);
      while (use.next()) {
        place = use.integer(0);
        slot = use.integer(1);
        KeyRow row{.account = scan.account.name,
                   .provider = scan.account.provider,
                   .account_id = scan.account_id,
                   .user = rotation::UserName{use.text(3)},
                   .user_id = rotation::UserId{use.text(4)},
                   .key = {.id = rotation::AccessKeyId{use.text(5)},
                           .status = static_cast<rotation::KeyStatus>(use.integer(6)),
                           .created_at = time_of(use.integer(7))},
                   .used = {},
                   .slots = size(use.integer(2)),
                   .seen_at = scan.ended};
        if (use.integer(8) != 0) {
          row.used = rotation::LastUsed{.at = {}, .service = use.text(10), .region = use.text(11)};
          if (const auto at = use.maybe_integer(9)) row.used->at = time_of(*at);
        }
        page.push_back(std::move(row));
      }
    }
    const bool last = std::ssize(page) < rows_a_page;
    for (KeyRow& row : page) {
      if (!take(std::move(row))) return;
    }
    if (last) return;
  }
}

}  // namespace inventory
