// The journal's schema: numbered migrations that never change once released.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace store {

class Database;

struct Migration {
  int number;  // the user_version that it leads to
  const char* sql;
};

[[nodiscard]] const std::vector<Migration>& migrations();
inline constexpr int schema_version = 1;
inline constexpr std::int32_t application_id = 0x6b657962;  // "keyb"

// What stands in the file's header. Throws StorageTrouble for another application's file and for a schema newer than
// this program, naming both versions. False: an empty or older file, to be migrated.
[[nodiscard]] bool schema_is_current(Database& database);
// Brings the file up to `schema_version` under the write lock, looking again once it has it.
void migrate(Database& database);

// Every object of the schema with its SQL, sorted: what a file has, and what the migrations make.
[[nodiscard]] std::vector<std::string> schema_of(Database& database);
[[nodiscard]] std::vector<std::string> expected_schema();
// The words of the enumerator tables, "table/id/word", sorted: from the file, and from rotation::Words.
[[nodiscard]] std::vector<std::string> words_of(Database& database);
[[nodiscard]] std::vector<std::string> expected_words();

}  // namespace store
