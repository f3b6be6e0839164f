#include "store/index_check.hpp"

#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <tuple>
#include <vector>

#include "store/encoding.hpp"

namespace store {
namespace {

constexpr std::int64_t page_rows = 2000;
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();

struct RecordIndex {
  const char* name;
  const char* column;
  int at;  // in record_columns
  const char* second = nullptr;
  int second_at = 0;
};
constexpr std::array<RecordIndex, record_index_count> record_indexes{{{"record_by_rotation", "rotation", 1, "seq", 2},
                                                                      {"record_by_key", "key", 14},
                                                                      {"record_by_location", "location", 15},
                                                                      {"record_by_user", "user", 8},
                                                                      {"record_by_account", "account", 7},
                                                                      {"record_by_actor", "actor", 4},
                                                                      {"record_by_step", "step", 10},
                                                                      {"record_by_kind", "kind", 9},
                                                                      {"record_by_time", "at", 3}}};

struct OpenIndex {
  const char* name;
  const char* rows;  // which rows it is for
  const char* same;  // that an entry `i` is the one of row `r`
};
constexpr std::array<OpenIndex, 3> open_indexes{
    {{"rotation_open", "state < 5", "i.account = r.account AND i.user = r.user"},
     {"one_open_rotate", "procedure = 0 AND state < 5",
      "i.provider = r.provider AND i.partition = r.partition AND i.account_id = r.account_id AND "
      "i.user_id = r.user_id"},
     {"one_open_retire_per_key", "procedure = 1 AND state < 5",
      "i.provider = r.provider AND i.partition = r.partition AND i.account_id = r.account_id AND "
      "i.user_id = r.user_id AND i.old_key = r.old_key"}}};

std::string wrong(const char* index) {
  return "the index " + std::string(index) + " does not hold what its table holds";
}

std::uint64_t chance() {
  std::random_device random;
  return std::uint64_t{random()} << 32U | random();
}

// The last steps of SplitMix64.
std::uint64_t stirred(std::uint64_t value) {
  value = (value ^ value >> 30U) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27U) * 0x94d049bb133111ebU;
  return value ^ value >> 31U;
}

using Entry = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // the columns, then the row's id

void add_to(IndexSum& sum, std::uint64_t salt, const Entry& entry) {
  std::uint64_t one = stirred(salt ^ static_cast<std::uint64_t>(std::get<0>(entry)));
  one = stirred(one ^ static_cast<std::uint64_t>(std::get<1>(entry)));
  sum.sum += stirred(one ^ static_cast<std::uint64_t>(std::get<2>(entry)));
  ++sum.entries;
}

// Goes through what the index itself holds. Not by "(first, next) > (?, ?)": SQLite would look for `first` alone and go
// through all entries of one name once a page.
class Entries {
 public:
  Entries(Connection& connection, const RecordIndex& index)
      : connection_(connection),
        next_is_second_(index.second != nullptr),
        select_("SELECT " + std::string(index.column) + ", " + (next_is_second_ ? index.second : "0") +
                ", id FROM record INDEXED BY " + index.name + " WHERE " + index.column),
        next_(next_is_second_ ? index.second : "id"),
        order_(" ORDER BY " + std::string(index.column) + ", " + next_ + " LIMIT ?") {}

  // The next ones in the order of the index; empty at its end.
  [[nodiscard]] std::vector<Entry> page() {
    std::vector<Entry> found;
    {
      Use same(connection_.prepared(select_ + " = ? AND " + next_ + " > ?" + order_));
      same.bind(std::get<0>(last_)).bind(next_is_second_ ? std::get<1>(last_) : std::get<2>(last_)).bind(page_rows);
      take(same, found);
    }
    if (found.empty()) {
      Use later(connection_.prepared(select_ + " > ?" + order_));
      later.bind(std::get<0>(last_)).bind(page_rows);
      take(later, found);
    }
    if (!found.empty()) last_ = found.back();
    return found;
  }

 private:
  static void take(Use& use, std::vector<Entry>& found) {
    while (use.next()) found.emplace_back(use.integer(0), use.integer(1), use.integer(2));
  }

  Connection& connection_;
  bool next_is_second_;
  std::string select_, next_, order_;
  Entry last_{lowest, lowest, lowest};
};

// Up to the head. nullopt: it is not even in order.
std::optional<IndexSum> sum_of(Connection& connection, const RecordIndex& index, std::uint64_t salt,
                               std::int64_t head) {
  IndexSum sum;
  Entries entries(connection, index);
  Entry last{lowest, lowest, lowest};
  for (auto page = entries.page(); !page.empty(); page = entries.page()) {
    for (const Entry& entry : page) {
      if (entry <= last) return std::nullopt;
      last = entry;
      if (std::get<2>(entry) <= head) add_to(sum, salt, entry);
    }
  }
  return sum;
}

void add_name(IndexSum& sum, const std::string& salt, std::string_view text, std::int64_t id) {
  const std::string hash = sha256(salt + std::to_string(id) + ":", text);
  std::uint64_t one = 0;
  std::memcpy(&one, hash.data(), sizeof one);
  sum.sum += one;
  ++sum.entries;
}

IndexSum names_of_table(Connection& connection, const std::string& salt, std::int64_t head) {
  IndexSum sum;
  std::int64_t last = lowest;
  for (std::int64_t rows = page_rows; rows == page_rows;) {
    Use use(connection.prepared("SELECT id, text FROM name NOT INDEXED WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"));
    use.bind(last).bind(head).bind(page_rows);
    for (rows = 0; use.next(); ++rows) {
      last = use.integer(0);
      add_name(sum, salt, use.bytes(1), last);
    }
  }
  return sum;
}

std::optional<IndexSum> names_of_index(Connection& connection, const std::string& salt, std::int64_t head) {
  IndexSum sum;
  std::optional<std::string> last;
  for (std::int64_t rows = page_rows; rows == page_rows;) {
    Use use(
        connection.prepared("SELECT text, id FROM name INDEXED BY sqlite_autoindex_name_1 WHERE text >= ? "
                            "ORDER BY text LIMIT ?"));
    // From the last one on, which comes once more.
    use.bind(std::string_view{last ? *last : ""}).bind(page_rows);
    const bool again = last.has_value();
    for (rows = 0; use.next(); ++rows) {
      std::string text = use.text(0);
      if (again && rows == 0 && text == *last) continue;
      if (last && text <= *last) return std::nullopt;
      last = std::move(text);
      if (use.integer(1) <= head) add_name(sum, salt, *last, use.integer(1));
    }
  }
  return sum;
}

}  // namespace

RecordIndexes::RecordIndexes(std::int64_t head) : head_(head), salt_(chance()) {}

void RecordIndexes::add(const Use& row) {
  for (std::size_t i = 0; i < record_indexes.size(); ++i) {
    const RecordIndex& index = record_indexes[i];
    if (row.is_null(index.at)) continue;
    const std::int64_t second = index.second != nullptr ? row.integer(index.second_at) : 0;
    add_to(sums_[i], salt_, {row.integer(index.at), second, row.integer(0)});
  }
}

std::optional<std::string> RecordIndexes::fault(Connection& connection) const {
  for (std::size_t i = 0; i < record_indexes.size(); ++i) {
    if (sum_of(connection, record_indexes[i], salt_, head_) != sums_[i]) return wrong(record_indexes[i].name);
  }
  return std::nullopt;
}

std::optional<std::string> name_index_fault(Connection& connection) {
  std::int64_t head = 0;
  {
    Use use(connection.prepared("SELECT coalesce(max(id), 0) FROM name"));
    if (use.next()) head = use.integer(0);
  }
  const std::string salt = std::to_string(chance());
  if (names_of_index(connection, salt, head) == names_of_table(connection, salt, head)) return std::nullopt;
  return wrong("sqlite_autoindex_name_1");
}

std::optional<std::string> missing_open_rotation(Connection& connection, std::int64_t rotation) {
  for (const OpenIndex& index : open_indexes) {
    const std::string rows = index.rows;
    Use use(connection.prepared("SELECT 1 FROM rotation r NOT INDEXED WHERE r.id = ? AND " + rows +
                                " AND NOT EXISTS (SELECT 1 FROM rotation i INDEXED BY " + index.name + " WHERE " +
                                rows + " AND " + index.same + " AND i.id = r.id)"));
    use.bind(rotation);
    if (use.next()) return wrong(index.name);
  }
  return std::nullopt;
}

std::optional<std::string> stray_open_rotation(Connection& connection) {
  for (const OpenIndex& index : open_indexes) {
    const Transaction transaction(connection.database(), Transaction::Mode::read);
    const std::string rows = index.rows;
    std::set<std::int64_t> seen;
    Use use(connection.prepared("SELECT id FROM rotation INDEXED BY " + std::string(index.name) + " WHERE " + rows));
    while (use.next()) {
      Use row(connection.prepared("SELECT 1 FROM rotation NOT INDEXED WHERE id = ? AND " + rows));
      row.bind(use.integer(0));
      if (!seen.insert(use.integer(0)).second || !row.next()) return wrong(index.name);
    }
  }
  return std::nullopt;
}

}  // namespace store
