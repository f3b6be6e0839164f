#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include "store/encoding.hpp"
#include "store/history.hpp"
#include "store/index_check.hpp"
#include "store/records.hpp"
#include "store/schema.hpp"

namespace store {
namespace {

using rotation::Record;
using rotation::StorageTrouble;
using rotation::View;

constexpr std::int64_t page_rows = 2000;
constexpr std::int64_t rotation_page = 200;

// What is wrong, and at which record.
struct Fault {
  std::int64_t id = 0;
  std::string why;
};

// Where one rotation's records end in the chain.
struct End {
  int seq = 0;
  std::int64_t id = 0;
  [[nodiscard]] bool operator==(const End&) const = default;
};

// The records up to a fixed head, in order of the chain.
class Chain {
 public:
  Chain(Connection& connection, std::int64_t head)
      : connection_(connection), head_(head), previous_(genesis()), indexes_(head) {}

  [[nodiscard]] std::optional<Fault> check(const std::optional<std::string>& expected_head) {
    if (auto fault = outside()) return fault;
    bool seen = !expected_head || *expected_head == hex(genesis());
    while (at_ < head_) {
      if (auto fault = page(expected_head, seen)) return fault;
    }
    if (!seen) return Fault{.id = 0, .why = "the expected head is not in the chain: records were cut off or rewritten"};
    return std::nullopt;
  }
  [[nodiscard]] std::string head() const { return hex(previous_); }
  [[nodiscard]] std::int64_t records() const { return at_; }
  [[nodiscard]] std::int64_t until() const { return head_; }
  // Each rotation that the chain holds.
  [[nodiscard]] const std::unordered_map<std::string, End>& rotations() const { return ends_; }
  [[nodiscard]] End end_of(const std::string& rotation) const {
    const auto found = ends_.find(rotation);
    return found == ends_.end() ? End{} : found->second;
  }
  // Once it is checked: whether every query by an index sees the records that the chain holds.
  [[nodiscard]] std::optional<Fault> check_indexes() {
    auto why = name_index_fault(connection_);
    if (!why) why = indexes_.fault(connection_);
    if (why) return Fault{.id = 0, .why = *why};
    return std::nullopt;
  }

 private:
  // The chain goes from 1 on; what stands before it belongs to no chain.
  std::optional<Fault> outside() {
    Use use(connection_.prepared("SELECT min(id) FROM record"));
    if (!use.next() || use.is_null(0) || use.integer(0) >= 1) return std::nullopt;
    return Fault{.id = 0, .why = "the record of number " + std::to_string(use.integer(0)) + " is outside the chain"};
  }

  std::optional<Fault> page(const std::optional<std::string>& expected_head, bool& seen) {
    const Transaction transaction(connection_.database(), Transaction::Mode::read);
    Use use(connection_.prepared("SELECT " + std::string(record_columns) +
                                 " FROM record NOT INDEXED WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"));
    use.bind(at_).bind(head_).bind(page_rows);
    const std::int64_t before = at_;
    while (use.next()) {
      if (auto fault = next(use)) return fault;
      seen = seen || hex(previous_) == *expected_head;
    }
    if (at_ == before) return Fault{.id = at_ + 1, .why = "the record is missing"};
    return std::nullopt;
  }

  std::optional<Fault> next(Use& use) {
    const std::int64_t id = use.integer(0);
    if (id != at_ + 1) return Fault{.id = at_ + 1, .why = "the record is missing"};
    Record record;
    try {
      record = read_record(connection_, use);
    } catch (const BadRow& bad) {
      return Fault{.id = id, .why = bad.why()};
    }
    const std::string hash = chain_hash(previous_, record);
    if (hex(hash) != record.hash)
      return Fault{.id = id, .why = "its hash does not fit what it says and what is before it"};
    if (!record.rotation.empty()) {
      End& end = ends_[record.rotation.text()];
      if (record.seq != end.seq + 1) return Fault{.id = id, .why = "its number within the rotation leaves a gap"};
      end = {.seq = record.seq, .id = id};
    }
    indexes_.add(use);
    previous_ = hash;
    at_ = id;
    return std::nullopt;
  }

  Connection& connection_;
  std::int64_t head_;
  std::int64_t at_ = 0;
  std::string previous_;
  std::unordered_map<std::string, End> ends_;
  RecordIndexes indexes_;
};

// Folds most of the rotation page by page, then the rest and its row in one transaction: a writer may go on meanwhile.
// Up to the chain's head these must be the records that the chain holds, and no other.
class Projection {
 public:
  Projection(Connection& connection, const Chain& chain, std::int64_t id)
      : connection_(connection), chain_(chain), id_(id) {}

  [[nodiscard]] std::optional<Fault> check() {
    try {
      while (read(page_rows) == page_rows) {
      }
      const Transaction transaction(connection_.database(), Transaction::Mode::read);
      read(-1);
      return compare();
    } catch (const BadRow& bad) {
      return Fault{.id = bad.id(), .why = bad.why()};
    }
  }

 private:
  std::int64_t read(std::int64_t rows) {
    std::int64_t count = 0;
    Use use(connection_.prepared("SELECT " + std::string(record_columns) +
                                 " FROM record WHERE rotation = ? AND seq > ? ORDER BY seq LIMIT ?"));
    use.bind(id_).bind(std::int64_t{view_.seq}).bind(rows);
    for (; use.next(); ++count) {
      const Record record = read_record(connection_, use);
      if (record.id <= last_) throw BadRow(record.id, "its number within the rotation is out of order");
      follow(record);
      last_ = record.id;
      if (record.id <= chain_.until()) chained_ = {.seq = record.seq, .id = record.id};
    }
    return count;
  }

  void follow(const Record& record) {
    try {
      rotation::apply(view_, record);
    } catch (const StorageTrouble& trouble) {
      throw BadRow(record.id, trouble.problem().message);
    }
  }

  std::optional<Fault> compare() {
    Use use(connection_.prepared("SELECT " + std::string(summary_columns) + " FROM rotation NOT INDEXED WHERE id = ?"));
    use.bind(id_);
    const std::string* name = connection_.name(id_);
    const std::string whose = "rotation " + (name != nullptr ? *name : std::to_string(id_));
    if (name != nullptr && chained_ != chain_.end_of(*name)) {
      return Fault{.id = last_, .why = whose + " is folded from other records than the chain holds"};
    }
    if (!use.next()) return Fault{.id = last_, .why = whose + " has records but no row"};
    if (view_.seq == 0) return Fault{.id = 0, .why = whose + " has a row but no record"};
    try {
      if (read_summary(connection_, use) == rotation::summary(view_)) {
        const auto why = missing_open_rotation(connection_, id_);
        return why ? std::optional{Fault{.id = 0, .why = *why}} : std::nullopt;
      }
    } catch (const BadRow&) {
      // Words that nobody wrote: not what the records say either.
    }
    return Fault{.id = last_, .why = "the row of " + whose + " is not what its records say"};
  }

  Connection& connection_;
  const Chain& chain_;
  std::int64_t id_;
  std::int64_t last_ = 0;
  End chained_;
  View view_;
};

std::optional<Fault> check_schema(Connection& connection) {
  if (schema_of(connection.database()) != expected_schema(version_of(connection.database()))) {
    return Fault{.id = 0, .why = "the schema is not the one that this version made: a guard may be missing"};
  }
  if (words_of(connection.database()) != expected_words()) {
    return Fault{.id = 0, .why = "the words of the enumerators are not the ones that this version wrote"};
  }
  return std::nullopt;
}

std::vector<std::int64_t> rotation_ids(Connection& connection, std::int64_t after) {
  Use use(connection.prepared("SELECT id FROM rotation NOT INDEXED WHERE id > ? ORDER BY id LIMIT ?"));
  use.bind(after).bind(rotation_page);
  std::vector<std::int64_t> ids;
  while (use.next()) ids.push_back(use.integer(0));
  return ids;
}

// Every row against its fold, then every rotation of the chain for its row.
std::optional<Fault> check_rows(Connection& connection, const Chain& chain, std::int64_t& rotations) {
  // From the lowest number of all: a row that somebody put before the first one counts too.
  for (std::vector<std::int64_t> ids = rotation_ids(connection, std::numeric_limits<std::int64_t>::min()); !ids.empty();
       ids = rotation_ids(connection, ids.back())) {
    for (const std::int64_t id : ids) {
      if (auto fault = Projection(connection, chain, id).check()) return fault;
      ++rotations;
    }
  }
  for (const auto& [text, last] : chain.rotations()) {
    const auto id = connection.find_name(text);
    Use use(connection.prepared("SELECT 1 FROM rotation WHERE id = ?"));
    use.bind(id.value_or(0));
    if (!use.next()) return Fault{.id = last.id, .why = "rotation " + text + " has records but no row"};
  }
  if (const auto why = stray_open_rotation(connection)) return Fault{.id = 0, .why = *why};
  return std::nullopt;
}

}  // namespace

Verified verify(const JournalReader& reader, const std::optional<std::string>& expected_head) {
  Connection& connection = reader.connection();
  connection.forget_names();  // what counts is the file
  Verified result;
  Chain chain(connection, store::head(reader).records);
  std::optional<Fault> fault = check_schema(connection);
  if (!fault) fault = chain.check(expected_head);
  result.records = chain.records();
  result.head = chain.head();
  if (!fault) fault = chain.check_indexes();
  if (!fault) fault = check_rows(connection, chain, result.rotations);
  result.ok = !fault;
  if (fault) {
    result.first_bad = fault->id;
    result.why = fault->why;
  }
  return result;
}

}  // namespace store
