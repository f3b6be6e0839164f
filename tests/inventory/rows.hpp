// Keys for queries to find: one of each kind, seen at noon of 1 June 2026.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inventory/query_parse.hpp"

namespace inventory::testing {

[[nodiscard]] rotation::Time now();
[[nodiscard]] rotation::Time days_ago(int days);

// Active, of user `app` in account `prod`, 200 days old, used 100 days ago by s3 in eu-west-1.
[[nodiscard]] KeyRow used_row();
[[nodiscard]] KeyRow never_used_row();  // of `fresh`, 50 days old
[[nodiscard]] KeyRow unread_row();      // of `dark`, whose last use could not be read
[[nodiscard]] std::vector<KeyRow> rows();
// What a row without any value that could be missing would be.
[[nodiscard]] KeyRow bare_row();

[[nodiscard]] Truth truth(const std::string& query, const KeyRow& row);
// The fault of a text that is no query; fails the test where it is one.
[[nodiscard]] Fault fault_of(const std::string& query);
[[nodiscard]] Fault search_fault_of(const std::string& query);

}  // namespace inventory::testing
