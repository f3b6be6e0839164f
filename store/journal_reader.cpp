#include "store/journal_reader.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "rotation/errors.hpp"
#include "store/lease.hpp"
#include "store/records.hpp"

namespace store {
namespace {

using rotation::Ending;
using rotation::Record;
using rotation::RotationId;
using rotation::Summary;
using rotation::Trouble;

constexpr std::int64_t page_rows = 500;
constexpr const char* nothing_done = "Nothing was done; each key stays as it is.";

[[noreturn]] void no_such_rotation(std::string_view text) {
  throw Trouble(Ending::usage, {.message = "The journal has no rotation that fits \"" + std::string(text) + "\".",
                                .keys = nothing_done,
                                .hint = "keybaton status --all"});
}

[[noreturn]] void several(std::string_view text, const std::vector<RotationId>& ids) {
  std::string list;
  for (const RotationId& id : ids) list += (list.empty() ? "" : ", ") + id.text();
  throw Trouble(Ending::usage, {.message = "\"" + std::string(text) + "\" fits more than one rotation: " + list + ".",
                                .keys = nothing_done,
                                .hint = "Name one of them: keybaton status " + ids.front().text()});
}

std::vector<Summary> page(Connection& connection, const std::string& where, std::int64_t after) {
  Use use(connection.prepared("SELECT " + std::string(summary_columns) + " FROM rotation " + where +
                              " AND id > ? ORDER BY id LIMIT ?"));
  use.bind(after).bind(page_rows);
  std::vector<Summary> rows;
  while (use.next()) rows.push_back(read_summary(connection, use));
  return rows;
}

// The word for a rotation as its id is written: lower case is fine to type.
std::string as_id(std::string_view text) {
  std::string id(text);
  for (std::size_t i = 1; i < id.size(); ++i)
    id[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(id[i])));
  if (!id.empty()) id[0] = 'r';
  return id;
}

}  // namespace

std::optional<JournalReader> JournalReader::open_existing(OpenOptions options) {
  if (!place_exists(options.path)) return std::nullopt;
  auto connection = std::make_shared<Connection>(std::move(options), Access::read);
  if (connection->blank()) return std::nullopt;
  return JournalReader(std::move(connection));
}

std::vector<Summary> JournalReader::rotations(Which which) const {
  // The partial index makes the open ones cheap however many are closed.
  const std::string where = which == Which::open     ? "INDEXED BY rotation_open WHERE state < 5"
                            : which == Which::closed ? "WHERE state >= 5"
                                                     : "WHERE 1";
  std::vector<Summary> all;
  std::int64_t after = 0;
  for (;;) {
    std::vector<Summary> rows = page(*connection_, where, after);
    const bool last = static_cast<std::int64_t>(rows.size()) < page_rows;
    if (!rows.empty()) after = connection_->find_name(rows.back().id.text()).value_or(after);
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
    if (last) return all;
  }
}

std::optional<Summary> JournalReader::rotation(const RotationId& id) const {
  const auto name = connection_->find_name(id.text());
  if (!name) return std::nullopt;
  Use use(connection_->prepared("SELECT " + std::string(summary_columns) + " FROM rotation WHERE id = ?"));
  use.bind(*name);
  if (!use.next()) return std::nullopt;
  return read_summary(*connection_, use);
}

std::optional<RotationId> JournalReader::acted_on(const rotation::AccessKeyId& key, std::int64_t since) const {
  const auto id = connection_->find_name(key.text());
  if (!id) return std::nullopt;
  Use use(connection_->prepared(
      "SELECT coalesce(n.text, '') FROM record r LEFT JOIN name n ON n.id = r.rotation "
      "WHERE r.key = ? AND r.id > ? AND r.kind IN (SELECT id FROM kind WHERE word IN ('started', 'intent', 'outcome')) "
      "ORDER BY r.id DESC LIMIT 1"));
  use.bind(*id).bind(since);
  return use.next() ? std::optional{RotationId{use.text(0)}} : std::nullopt;
}

std::vector<Summary> JournalReader::open_of(const rotation::AccountName& account,
                                            const rotation::UserName& user) const {
  const auto account_id = connection_->find_name(account.text()), user_id = connection_->find_name(user.text());
  if (!account_id || !user_id) return {};
  Use use(connection_->prepared("SELECT " + std::string(summary_columns) +
                                " FROM rotation WHERE state < 5 AND account = ? AND user = ? ORDER BY id"));
  use.bind(*account_id).bind(*user_id);
  std::vector<Summary> rows;
  while (use.next()) rows.push_back(read_summary(*connection_, use));
  return rows;
}

std::vector<Summary> JournalReader::open_of(const rotation::Target& target) const {
  std::vector<Summary> rows;
  for (const std::string& index : {std::string("procedure = 0"), std::string("procedure = 1")}) {
    Use use(
        connection_->prepared("SELECT " + std::string(summary_columns) + " FROM rotation WHERE " + index +
                              " AND state < 5 AND provider = ? AND partition = ? AND account_id = ? AND user_id = ?"));
    for (const std::string* text :
         {&target.provider, &target.partition, &target.account_id.text(), &target.user_id.text()}) {
      use.bind(connection_->find_name(*text).value_or(0));
    }
    while (use.next()) rows.push_back(read_summary(*connection_, use));
  }
  return rows;
}

std::vector<JournalReader::InBatch> JournalReader::in_batches(Which which) const {
  std::vector<InBatch> found;
  for (Summary& each : rotations(which)) {
    if (each.procedure != rotation::Procedure::retire) continue;
    Use use(
        connection_->prepared("SELECT " + std::string(record_columns) + " FROM record WHERE rotation = ? AND seq = 1"));
    use.bind(connection_->find_name(each.id.text()).value_or(0));
    if (!use.next()) continue;
    try {
      const auto batch = rotation::get(read_record(*connection_, use).what.detail, "batch");
      if (batch) found.push_back({.summary = std::move(each), .batch = *batch});
    } catch (const BadRow&) {
      found.push_back({.summary = std::move(each), .batch = {}});
    }
  }
  return found;
}

RotationId JournalReader::resolve(std::string_view text) const {
  const std::vector<RotationId> ids = matching(text);
  if (ids.empty()) no_such_rotation(text);
  if (ids.size() > 1) several(text, ids);
  return ids.front();
}

std::vector<RotationId> JournalReader::matching(std::string_view text) const {
  std::vector<RotationId> ids;
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    const auto open = open_of(rotation::AccountName{std::string(text.substr(0, slash))},
                              rotation::UserName{std::string(text.substr(slash + 1))});
    for (const Summary& each : open) ids.push_back(each.id);
  } else if (text.size() > 2 && (text[0] == 'r' || text[0] == 'R') && text[1] == '-') {
    const std::string from = as_id(text);
    Use use(
        // Not `id IN (SELECT …)`: that goes through all rotations and sorts them.
        connection_->prepared("SELECT text FROM name WHERE text >= ? AND text < ? AND "
                              "EXISTS (SELECT 1 FROM rotation WHERE rotation.id = name.id) ORDER BY text LIMIT 5"));
    use.bind(from).bind(from + "~");
    while (use.next()) ids.emplace_back(use.text(0));
    if (!ids.empty() && ids.front().text() == from) ids.resize(1);
  }
  return ids;
}

rotation::View JournalReader::view(const RotationId& id) const { return rotation::fold(records(id)); }

std::vector<Record> JournalReader::records(const RotationId& id) const {
  const auto name = connection_->find_name(id.text());
  std::vector<Record> all;
  for (std::int64_t after = 0; name;) {
    Use use(connection_->prepared("SELECT " + std::string(record_columns) +
                                  " FROM record WHERE rotation = ? AND seq > ? ORDER BY seq LIMIT ?"));
    use.bind(*name).bind(after).bind(page_rows);
    const std::size_t before = all.size();
    while (use.next()) all.push_back(read_record(*connection_, use));
    if (all.size() - before < static_cast<std::size_t>(page_rows)) break;
    after = all.back().seq;
  }
  if (all.empty()) no_such_rotation(id.text());
  return all;
}

bool JournalReader::holds_wrapped_key() const {
  Use use(connection_->prepared("SELECT 1 FROM wrapped_key LIMIT 1"));
  return use.next();
}

std::optional<LastBackup> JournalReader::last_backup() const {
  Use use(connection_->prepared("SELECT at, path, records FROM backup WHERE id = 1"));
  if (!use.next()) return std::nullopt;
  return LastBackup{
      .at = rotation::Time{rotation::Seconds{use.integer(0)}}, .path = use.text(1), .records = use.integer(2)};
}

std::optional<std::string> JournalReader::lease_holder(const RotationId& id) const {
  KEYBATON_ASSERT(connection_->options().now);
  const auto name = connection_->find_name(id.text());
  if (!name) return std::nullopt;
  const auto lease = find_lease(*connection_, *name);
  if (!lease || !live(*lease, connection_->options().now())) return std::nullopt;
  return describe(*lease);
}

}  // namespace store
