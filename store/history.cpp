#include "store/history.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include "store/encoding.hpp"
#include "store/records.hpp"

namespace store {
namespace {

using rotation::Record;
using Timer = std::chrono::steady_clock;

constexpr std::int64_t page_rows = 256;
// How long one read may hold off a writer is bounded by how far one page looks; the span follows the time it takes.
constexpr auto short_read = std::chrono::milliseconds{5};
constexpr auto long_read = std::chrono::milliseconds{20};
constexpr std::int64_t first_span = 4096;
constexpr std::int64_t widest_span = std::int64_t{1} << 50;
constexpr std::int64_t narrowest_span = 64;
constexpr std::int64_t top = std::numeric_limits<std::int64_t>::max();

struct Condition {
  std::string sql;  // with its parameters
  std::vector<std::int64_t> numbers;
  std::vector<std::string> texts;
};

struct Plan {
  std::vector<Condition> conditions;
  std::string index;     // "INDEXED BY …" or "NOT INDEXED"
  bool by_time = false;  // ordered by time, then id
  bool exact = true;     // the index alone finds the rows: no row is looked at in vain
  std::optional<std::string> needle;
  bool empty = false;  // a name that the journal does not know
};

std::int64_t number(rotation::Time time) { return time.time_since_epoch().count(); }

std::string like_pattern(const std::string& text) {
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

Condition text_condition(const std::string& text) {
  std::string sql = "(detail LIKE ? ESCAPE '\\' OR attempt LIKE ? ESCAPE '\\'";
  const std::string plain = like_pattern(text);
  std::vector<std::string> texts{like_pattern(json_escaped(text)), plain};
  for (const char* column : {"rotation", "actor", "claim", "caller", "account", "user", "key", "location"}) {
    sql += std::string(" OR ") + column + " IN (SELECT id FROM name WHERE text LIKE ? ESCAPE '\\')";
    texts.push_back(plain);
  }
  return {.sql = sql + ")", .numbers = {}, .texts = texts};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool contains(std::string_view text, std::string_view needle) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  return needle.empty() || std::search(text.begin(), text.end(), needle.begin(), needle.end(), same) != text.end();
}

// SQL finds candidates in the detail's JSON, where the text may also meet an escape or a bracket.
bool mentions(const Record& record, std::string_view needle) {
  const rotation::Draft& what = record.what;
  const auto in = [&](const std::string& text) { return contains(text, needle); };
  if (in(record.rotation.text()) || in(record.actor) || in(record.account.text()) || in(record.user.text()))
    return true;
  if (in(record.claim.value_or("")) || in(record.caller.value_or("")) || in(what.attempt.text())) return true;
  if ((what.key && in(what.key->text())) || (what.location && in(what.location->text()))) return true;
  return std::ranges::any_of(what.detail, [&](const auto& entry) { return in(entry.first) || in(entry.second); });
}

class Planner {
 public:
  explicit Planner(Connection& connection) : connection_(connection) {}

  void name(const char* column, const std::string& text, const char* index) {
    const auto id = connection_.find_name(text);
    if (!id) plan_.empty = true;
    equal(column, id.value_or(0), index);
  }
  // The first one given leads: they come in the order of how few records they leave.
  void equal(const char* column, std::int64_t value, const char* index) {
    if (plan_.index.empty()) {
      plan_.index = std::string("INDEXED BY ") + index;
    } else {
      plan_.exact = false;
    }
    plan_.conditions.push_back({.sql = std::string(column) + " = ?", .numbers = {value}, .texts = {}});
  }
  void time(const std::optional<rotation::Time>& since, const std::optional<rotation::Time>& until) {
    if (!since && !until) return;
    if (plan_.index.empty()) {
      plan_.index = "INDEXED BY record_by_time";
      plan_.by_time = true;
    } else {
      plan_.exact = false;
    }
    if (since) plan_.conditions.push_back({.sql = "at >= ?", .numbers = {number(*since)}, .texts = {}});
    if (until) plan_.conditions.push_back({.sql = "at < ?", .numbers = {number(*until)}, .texts = {}});
  }
  void text(const std::string& needle) {
    plan_.exact = false;
    plan_.conditions.push_back(text_condition(needle));
    plan_.needle = needle;
  }
  [[nodiscard]] Plan done() {
    if (plan_.index.empty()) plan_.index = "NOT INDEXED";
    return std::move(plan_);
  }

 private:
  Connection& connection_;
  Plan plan_;
};

Plan plan_of(Connection& connection, const HistoryFilter& filter) {
  Planner planner(connection);
  if (filter.rotation) planner.name("rotation", filter.rotation->text(), "record_by_rotation");
  if (filter.key) planner.name("key", filter.key->text(), "record_by_key");
  if (filter.location) planner.name("location", filter.location->text(), "record_by_location");
  if (filter.user) planner.name("user", filter.user->text(), "record_by_user");
  if (filter.actor) planner.name("actor", *filter.actor, "record_by_actor");
  if (filter.account) planner.name("account", filter.account->text(), "record_by_account");
  if (filter.step) planner.equal("step", static_cast<std::int64_t>(*filter.step), "record_by_step");
  if (filter.kind) planner.equal("kind", static_cast<std::int64_t>(*filter.kind), "record_by_kind");
  planner.time(filter.since, filter.until);
  if (filter.text) planner.text(*filter.text);
  return planner.done();
}

// Walks the records of a plan in one direction, page by page, none beyond the head that stood when it began.
class Walk {
 public:
  Walk(Connection& connection, Plan plan, bool down, std::int64_t head)
      : connection_(connection),
        plan_(std::move(plan)),
        down_(down),
        head_(head),
        id_(down ? head + 1 : 0),
        at_(down ? top : std::numeric_limits<std::int64_t>::min()),
        span_(plan_.exact ? widest_span : first_span),
        done_(plan_.empty || head == 0) {}

  [[nodiscard]] bool done() const { return done_; }
  // Inside no transaction once it returns. May be empty before the end.
  [[nodiscard]] std::vector<Record> page(std::int64_t rows) {
    const auto start = Timer::now();
    std::vector<Record> found = plan_.by_time ? read_by_time(rows) : read_by_id(rows);
    const auto spent = Timer::now() - start;
    if (spent < short_read) span_ = std::min(span_ * 2, widest_span);
    if (spent > long_read) span_ = std::max(span_ / 2, narrowest_span);
    if (plan_.needle) std::erase_if(found, [&](const Record& record) { return !mentions(record, *plan_.needle); });
    return found;
  }

  [[nodiscard]] std::string sql_by_id() const {
    return "SELECT " + std::string(record_columns) + " FROM record " + plan_.index + " WHERE " + joined() +
           "id > ? AND id < ? ORDER BY " + (by_seq() ? "seq" : "id") + (down_ ? " DESC" : "") + " LIMIT ?";
  }
  [[nodiscard]] std::string sql_by_time() const {
    return "SELECT " + std::string(record_columns) + " FROM record " + plan_.index + " WHERE " + joined() +
           (down_ ? "(at, id) < (?, ?)" : "(at, id) > (?, ?)") + " AND id <= ? ORDER BY at" + (down_ ? " DESC" : "") +
           ", id" + (down_ ? " DESC" : "") + " LIMIT ?";
  }

 private:
  // Within one rotation seq rises with id, and its index is ordered by it.
  [[nodiscard]] bool by_seq() const { return plan_.index == "INDEXED BY record_by_rotation"; }
  [[nodiscard]] std::string joined() const {
    std::string sql;
    for (const Condition& each : plan_.conditions) sql += each.sql + " AND ";
    return sql;
  }
  void bind(Use& use) const {
    for (const Condition& each : plan_.conditions) {
      for (const std::int64_t value : each.numbers) use.bind(value);
      for (const std::string& text : each.texts) use.bind(std::string_view(text));
    }
  }

  std::vector<Record> read_by_id(std::int64_t rows) {
    const std::int64_t low = down_ ? (span_ >= id_ ? 0 : id_ - span_ - 1) : id_;
    const std::int64_t high = down_ ? id_ : (span_ > head_ - id_ ? head_ + 1 : id_ + span_ + 1);
    std::vector<Record> found;
    Use use(connection_.prepared(sql_by_id()));
    bind(use);
    use.bind(low).bind(high).bind(rows);
    while (use.next()) found.push_back(read_record(connection_, use));
    if (static_cast<std::int64_t>(found.size()) == rows) {
      id_ = found.back().id;
    } else {
      id_ = down_ ? low + 1 : high - 1;
      done_ = down_ ? low == 0 : high == head_ + 1;
    }
    return found;
  }

  std::vector<Record> read_by_time(std::int64_t rows) {
    std::vector<Record> found;
    Use use(connection_.prepared(sql_by_time()));
    bind(use);
    use.bind(at_).bind(id_).bind(head_).bind(rows);
    while (use.next()) found.push_back(read_record(connection_, use));
    done_ = static_cast<std::int64_t>(found.size()) < rows;
    if (!found.empty()) {
      id_ = found.back().id;
      at_ = number(found.back().at);
    }
    return found;
  }

  Connection& connection_;
  Plan plan_;
  bool down_;
  std::int64_t head_;
  std::int64_t id_;  // of the last record seen
  std::int64_t at_;
  std::int64_t span_;
  bool done_;
};

std::int64_t rows_of_page(std::size_t limit, std::size_t seen) {
  if (limit == 0) return page_rows;
  return std::min<std::int64_t>(page_rows, static_cast<std::int64_t>(limit - seen));
}

}  // namespace

Head head(const JournalReader& reader) {
  Use use(reader.connection().prepared("SELECT id, hash FROM record ORDER BY id DESC LIMIT 1"));
  if (!use.next()) return {.hash = hex(genesis()), .records = 0};
  return {.hash = hex(use.bytes(1)), .records = use.integer(0)};
}

void history(const JournalReader& reader, const HistoryFilter& filter, const EachRecord& each) {
  Connection& connection = reader.connection();
  const std::int64_t last = head(reader).records;
  // The newest so many, oldest first: they are found from the newest on, then turned round.
  const bool turn = !filter.reverse && filter.limit != 0;
  Walk walk(connection, plan_of(connection, filter), filter.reverse || turn, last);
  std::vector<Record> kept;
  for (std::size_t seen = 0; !walk.done() && (filter.limit == 0 || seen < filter.limit);) {
    std::vector<Record> page = walk.page(rows_of_page(filter.limit, seen));
    seen += page.size();
    if (turn) {
      std::move(page.begin(), page.end(), std::back_inserter(kept));
    } else {
      std::for_each(page.begin(), page.end(), each);
    }
  }
  std::for_each(kept.rbegin(), kept.rend(), each);
}

Head export_records(const JournalReader& reader, const EachRecord& each) {
  Head until = head(reader);
  Walk walk(reader.connection(), plan_of(reader.connection(), {}), false, until.records);
  while (!walk.done()) {
    const std::vector<Record> page = walk.page(page_rows);
    std::for_each(page.begin(), page.end(), each);
  }
  return until;
}

std::vector<std::string> history_sql(const JournalReader& reader, const HistoryFilter& filter) {
  std::vector<std::string> all;
  for (const bool down : {false, true}) {
    Plan plan = plan_of(reader.connection(), filter);
    const bool by_time = plan.by_time;
    const Walk walk(reader.connection(), std::move(plan), down, 1);
    all.push_back(by_time ? walk.sql_by_time() : walk.sql_by_id());
  }
  return all;
}

}  // namespace store
