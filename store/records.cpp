#include "store/records.hpp"

#include <chrono>
#include <limits>

#include "store/encoding.hpp"

namespace store {
namespace {

using rotation::Record;
using rotation::Time;

// What the canonical row can spell: beyond four digits a year's text fits more than one number.
constexpr Time first_time{std::chrono::sys_days{std::chrono::year{1970} / 1 / 1}};
constexpr Time end_of_time{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}};

bool spellable(Time time) { return time >= first_time && time < end_of_time; }

// Only what a keybaton can have written passes: two rows that differ must never read as the same record.
class RowReader {
 public:
  RowReader(Connection& connection, Use& row) : connection_(connection), row_(row), id_(row.integer(0)) {}

  [[nodiscard]] std::string name(int column) const {
    const std::string* text = connection_.name(row_.integer(column));
    if (text == nullptr) throw BadRow(id_, "a name that it refers to is missing");
    return *text;
  }
  template <class T>
  [[nodiscard]] std::optional<T> maybe_name(int column) const {
    if (row_.is_null(column)) return std::nullopt;
    return T{name(column)};
  }
  [[nodiscard]] rotation::RotationId rotation(int column) const {
    if (row_.is_null(column)) return {};
    const std::string text = name(column);
    if (text.empty()) throw BadRow(id_, "its rotation has no name");
    return rotation::RotationId{text};
  }
  [[nodiscard]] rotation::AttemptId attempt(int column) const {
    if (row_.is_null(column)) return {};
    if (row_.bytes(column).empty()) throw BadRow(id_, "its attempt has no name");
    return rotation::AttemptId{row_.text(column)};
  }
  [[nodiscard]] int small(int column, int most) const {
    const std::int64_t value = row_.integer(column);
    if (value < 0 || value > most) throw BadRow(id_, "it holds the number " + std::to_string(value));
    return static_cast<int>(value);
  }
  template <class E>
  [[nodiscard]] E word(int column) const {
    const std::int64_t value = row_.integer(column);
    if (value < 0 || value >= static_cast<std::int64_t>(rotation::Words<E>::all.size())) {
      throw BadRow(id_, "it holds a number that no word belongs to");
    }
    return static_cast<E>(value);
  }
  template <class E>
  [[nodiscard]] std::optional<E> maybe_word(int column) const {
    if (row_.is_null(column)) return std::nullopt;
    return word<E>(column);
  }
  [[nodiscard]] Time time(int column) const {
    const Time time{std::chrono::seconds{row_.integer(column)}};
    if (!spellable(time)) throw BadRow(id_, "its time lies outside the years 1970 to 9999");
    return time;
  }
  [[nodiscard]] std::int64_t id() const { return id_; }

 private:
  Connection& connection_;
  Use& row_;
  std::int64_t id_;
};

std::int64_t number(Time time) { return time.time_since_epoch().count(); }

template <class E>
std::optional<std::int64_t> number(const std::optional<E>& value) {
  if (!value) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::optional<std::int64_t> intern(Connection& connection, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return connection.intern(*text);
}

template <class Tag>
std::optional<std::int64_t> intern(Connection& connection, const std::optional<rotation::Name<Tag>>& name) {
  if (!name) return std::nullopt;
  return connection.intern(name->text());
}

}  // namespace

BadRow::BadRow(std::int64_t id, const std::string& why)
    : StorageTrouble(
          {.message = "The journal's record " + std::to_string(id) + " is not as it was written: " + why + ".",
           .keys = "Nothing was sent to the cloud; each key stays as it is.",
           .hint = "keybaton history verify"}),
      id_(id),
      why_(why) {}

Record read_record(Connection& connection, Use& row) {
  const RowReader reader(connection, row);
  if (reader.id() < 1) throw BadRow(reader.id(), "it is number " + std::to_string(reader.id()) + ", outside the chain");
  auto detail = detail_from(row.bytes(16));
  if (!detail) throw BadRow(reader.id(), "its detail is malformed");
  return {.id = reader.id(),
          .rotation = reader.rotation(1),
          .seq = reader.small(2, std::numeric_limits<int>::max()),
          .at = reader.time(3),
          .actor = reader.name(4),
          .claim = reader.maybe_name<std::string>(5),
          .caller = reader.maybe_name<std::string>(6),
          .account = rotation::AccountName{reader.name(7)},
          .user = rotation::UserName{reader.name(8)},
          .what = {.kind = reader.word<rotation::Kind>(9),
                   .step = reader.maybe_word<rotation::Step>(10),
                   .direction = reader.word<rotation::Direction>(11),
                   .attempt = reader.attempt(12),
                   .outcome = reader.maybe_word<rotation::Outcome>(13),
                   .key = reader.maybe_name<rotation::AccessKeyId>(14),
                   .location = reader.maybe_name<rotation::LocationName>(15),
                   .detail = std::move(*detail)},
          .hash = hex(row.bytes(17))};
}

void insert_record(Connection& connection, Record& record) {
  if (!spellable(record.at)) {
    throw rotation::StorageTrouble({.message = "The clock is outside the years 1970 to 9999; no record can say so.",
                                    .keys = "Nothing further is sent to the cloud; each key stays as it is now.",
                                    .hint = "Set this machine's clock, then run: keybaton resume"});
  }
  std::string previous = genesis();
  record.id = 1;
  {
    Use last(connection.prepared("SELECT id, hash FROM record ORDER BY id DESC LIMIT 1"));
    if (last.next()) {
      record.id = last.integer(0) + 1;
      previous = last.text(1);
    }
  }
  const std::string hash = chain_hash(previous, record);
  record.hash = hex(hash);
  const rotation::Draft& what = record.what;
  const auto rotation =
      record.rotation.empty() ? std::nullopt : std::optional{connection.intern(record.rotation.text())};
  const auto actor = connection.intern(record.actor);
  const auto claim = intern(connection, record.claim), caller = intern(connection, record.caller);
  const auto account = connection.intern(record.account.text()), user = connection.intern(record.user.text());
  const auto key = intern(connection, what.key), location = intern(connection, what.location);
  Use use(connection.prepared(
      "INSERT INTO record(id, rotation, seq, at, actor, claim, caller, account, user, kind, step, direction, attempt, "
      "outcome, key, location, detail, hash) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,''),?,?,?,?,?)"));
  use.bind(record.id).bind(rotation).bind(std::int64_t{record.seq}).bind(number(record.at));
  use.bind(actor).bind(claim).bind(caller).bind(account).bind(user);
  use.bind(static_cast<std::int64_t>(what.kind)).bind(number(what.step));
  use.bind(static_cast<std::int64_t>(what.direction)).bind(what.attempt.text()).bind(number(what.outcome));
  use.bind(key).bind(location).bind(detail_json(what.detail)).bind_blob(hash);
  use.run();
}

rotation::Summary read_summary(Connection& connection, Use& row) {
  const RowReader reader(connection, row);
  return {.id = rotation::RotationId{reader.name(0)},
          .procedure = reader.word<rotation::Procedure>(1),
          .target = {.account = rotation::AccountName{reader.name(2)},
                     .provider = reader.name(3),
                     .partition = reader.name(4),
                     .account_id = rotation::AccountId{reader.name(5)},
                     .user = rotation::UserName{reader.name(6)},
                     .user_id = rotation::UserId{reader.name(7)},
                     .by_profile = reader.small(8, 1) == 1},
          .old_key = rotation::AccessKeyId{reader.name(9)},
          .new_key = reader.maybe_name<rotation::AccessKeyId>(10),
          .state = reader.word<rotation::State>(11),
          .direction = reader.word<rotation::Direction>(12),
          .pending_step = reader.maybe_word<rotation::Step>(13),
          .attention = reader.maybe_word<rotation::AttentionCode>(14),
          .seq = reader.small(15, std::numeric_limits<int>::max()),
          .started_by = reader.name(16),
          .started_at = reader.time(17),
          .updated_at = reader.time(18)};
}

void insert_summary(Connection& connection, const rotation::Summary& summary) {
  const rotation::Target& target = summary.target;
  const auto id = connection.intern(summary.id.text());
  const auto account = connection.intern(target.account.text()), provider = connection.intern(target.provider);
  const auto partition = connection.intern(target.partition);
  const auto account_id = connection.intern(target.account_id.text());
  const auto user = connection.intern(target.user.text()), user_id = connection.intern(target.user_id.text());
  const auto old_key = connection.intern(summary.old_key.text());
  const auto new_key = intern(connection, summary.new_key);
  const auto started_by = connection.intern(summary.started_by);
  Use use(connection.prepared(
      "INSERT INTO rotation(id, procedure, account, provider, partition, account_id, user, user_id, by_profile, "
      "old_key, new_key, state, direction, pending_step, attention, seq, started_by, started_at, updated_at) "
      "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  use.bind(id).bind(static_cast<std::int64_t>(summary.procedure)).bind(account).bind(provider).bind(partition);
  use.bind(account_id).bind(user).bind(user_id).bind(std::int64_t{target.by_profile}).bind(old_key).bind(new_key);
  use.bind(static_cast<std::int64_t>(summary.state)).bind(static_cast<std::int64_t>(summary.direction));
  use.bind(number(summary.pending_step)).bind(number(summary.attention)).bind(std::int64_t{summary.seq});
  use.bind(started_by).bind(number(summary.started_at)).bind(number(summary.updated_at));
  use.run();
}

void update_summary(Connection& connection, const rotation::Summary& before, const rotation::Summary& after) {
  const auto id = connection.intern(after.id.text());
  const auto new_key = intern(connection, after.new_key);
  const bool moved = before.state != after.state;
  constexpr std::string_view moving =
      "UPDATE rotation SET new_key = ?, direction = ?, pending_step = ?, attention = ?, seq = ?, updated_at = ?, "
      "state = ? WHERE id = ?";
  constexpr std::string_view staying =
      "UPDATE rotation SET new_key = ?, direction = ?, pending_step = ?, attention = ?, seq = ?, updated_at = ? "
      "WHERE id = ?";
  Use use(connection.prepared(moved ? moving : staying));
  use.bind(new_key).bind(static_cast<std::int64_t>(after.direction)).bind(number(after.pending_step));
  use.bind(number(after.attention)).bind(std::int64_t{after.seq}).bind(number(after.updated_at));
  if (moved) use.bind(static_cast<std::int64_t>(after.state));
  use.bind(id);
  use.run();
  // Exactly one row moves with one record; anything else is a row that was taken away behind our back.
  if (sqlite3_changes(connection.database().handle()) != 1) {
    throw rotation::StorageTrouble({.message = "The journal has no row for rotation " + after.id.text() + ".",
                                    .keys = "Nothing further is sent to the cloud; each key stays as it is now.",
                                    .hint = "keybaton history verify"});
  }
}

}  // namespace store
