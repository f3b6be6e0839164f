// The databases of a snapshot: the file that stays, and one that lives as long as the command.
#pragma once

#include <filesystem>
#include <memory>

#include "rotation/time.hpp"
#include "store/sqlite.hpp"

namespace inventory {

// Makes what is missing; a file that is damaged, or not ours, is replaced. Throws Trouble, or what the file system
// says.
[[nodiscard]] std::unique_ptr<store::Database> open_or_replace(const std::filesystem::path& file);
// Never replaced; nullptr: it is damaged, or not ours. Throws as above.
[[nodiscard]] std::unique_ptr<store::Database> open_as_it_is(const std::filesystem::path& file);
// Whether every page of it can be read and has our tables: what failed was not the file's fault.
[[nodiscard]] bool sound(store::Database& database);
// A new file in place of this one, which nobody can read.
[[nodiscard]] std::unique_ptr<store::Database> replace(const std::filesystem::path& file);

// Its pages go to the place of temporary files when there are many, and go with the object.
[[nodiscard]] std::unique_ptr<store::Database> open_for_now();

inline constexpr const char* line_columns =
    "SELECT id, account, provider, account_id, began, ended, whole, users, keys, active, never_used, unused_90, "
    "older_90, rate, size, by_profile FROM scan ";
inline constexpr const char* insert_key = "INSERT INTO access_key VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// The keys of one scan, under the number that the scan has there.
void copy_keys(store::Database& from, std::int64_t scan, store::Database& into, std::int64_t its_number);

}  // namespace inventory
