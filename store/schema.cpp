#include "store/schema.hpp"

#include <algorithm>

#include "rotation/errors.hpp"
#include "rotation/view.hpp"
#include "store/sqlite.hpp"

namespace store {
namespace {

using rotation::StorageTrouble;

std::int64_t number(Database& database, const char* sql) {
  Statement statement(database, sql);
  Use use(statement);
  return use.next() ? use.integer(0) : 0;
}

[[noreturn]] void refuse(const Database& database, const std::string& why, const std::string& hint) {
  throw StorageTrouble({.message = "The file " + database.path().string() + " " + why,
                        .keys = "Nothing was sent to the cloud; each key stays as it is.",
                        .hint = hint});
}

void check_version(const Database& database, std::int64_t version) {
  if (version < 1) {
    refuse(database,
           "has journal schema " + std::to_string(version) +
               ", which no keybaton gives: it was damaged or edited, and may hold open rotations.",
           "Keep a copy of the file, then restore the latest backup over it and run: keybaton history verify");
  }
  if (version <= schema_version) return;
  refuse(database,
         "has journal schema " + std::to_string(version) + "; this program knows schema " +
             std::to_string(schema_version) + " and older.",
         "Run it with the newer keybaton that wrote the journal");
}

template <class E>
void add_words(std::vector<std::string>& all, const std::string& table) {
  for (std::size_t i = 0; i < rotation::Words<E>::all.size(); ++i) {
    all.push_back(table + "/" + std::to_string(i) + "/" + std::string(rotation::Words<E>::all[i]));
  }
}

}  // namespace

int version_of(Database& database) { return static_cast<int>(number(database, "PRAGMA user_version")); }

SchemaAge schema_age(Database& database) {
  const int version = version_of(database);
  const std::int64_t application = number(database, "PRAGMA application_id");
  if (application == application_id) {
    check_version(database, version);
    return version == schema_version ? SchemaAge::current : SchemaAge::older;
  }
  if (application != 0 || version != 0 || number(database, "SELECT count(*) FROM sqlite_schema") != 0) {
    refuse(database, "is another program's database, not a journal.", "Name the right file with --journal PATH");
  }
  return SchemaAge::none;
}

namespace {

void migrate_to(Database& database, int version) {
  const int from = version_of(database);
  for (const Migration& migration : migrations()) {
    if (migration.number > from && migration.number <= version) database.execute(migration.sql);
  }
  database.execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
  database.execute(("PRAGMA user_version = " + std::to_string(version)).c_str());
}

}  // namespace

void migrate(Database& database) {
  Transaction transaction(database, Transaction::Mode::write);
  // Another process may have migrated, or a newer one upgraded, while we waited for the lock.
  if (schema_age(database) == SchemaAge::current) return;
  migrate_to(database, schema_version);
  transaction.commit();
}

std::vector<std::string> schema_of(Database& database) {
  Statement statement(database, "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema");
  Use use(statement);
  std::vector<std::string> all;
  while (use.next()) all.push_back(use.text(0) + "/" + use.text(1) + "/" + use.text(2) + "/" + use.text(3));
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> expected_schema(int version) {
  Database memory(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, {});
  migrate_to(memory, version);
  return schema_of(memory);
}

std::vector<std::string> words_of(Database& database) {
  std::vector<std::string> all;
  for (const std::string table : {"kind", "step", "direction", "outcome", "procedure", "state", "attention"}) {
    // Not from the index, which somebody may have remade.
    Statement statement(database, "SELECT id, word FROM " + table + " NOT INDEXED");
    Use use(statement);
    while (use.next()) all.push_back(table + "/" + use.text(0) + "/" + use.text(1));
  }
  std::ranges::sort(all);
  return all;
}

std::vector<std::string> expected_words() {
  std::vector<std::string> all;
  add_words<rotation::Kind>(all, "kind");
  add_words<rotation::Step>(all, "step");
  add_words<rotation::Direction>(all, "direction");
  add_words<rotation::Outcome>(all, "outcome");
  add_words<rotation::Procedure>(all, "procedure");
  add_words<rotation::State>(all, "state");
  add_words<rotation::AttentionCode>(all, "attention");
  std::ranges::sort(all);
  return all;
}

}  // namespace store
