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
inline constexpr int schema_version = 3;
inline constexpr std::int32_t application_id = 0x6b657962;  // "keyb"

// What stands in the file's header. Throws StorageTrouble for another application's file and for a schema newer than
// this program, naming both versions. An empty or older file is to be migrated; an older one can be read as it is.
enum class SchemaAge { none, older, current };
[[nodiscard]] SchemaAge schema_age(Database& database);
// Brings the file up to `schema_version` under the write lock, looking again once it has it.
void migrate(Database& database);

// Every object of the schema with its SQL, sorted: what a file has, and what the migrations make.
[[nodiscard]] std::vector<std::string> schema_of(Database& database);
[[nodiscard]] std::vector<std::string> expected_schema(int version = schema_version);
[[nodiscard]] int version_of(Database& database);
// The words of the enumerator tables, "table/id/word", sorted: from the file, and from rotation::Words.
[[nodiscard]] std::vector<std::string> words_of(Database& database);
[[nodiscard]] std::vector<std::string> expected_words();

}  // namespace store
