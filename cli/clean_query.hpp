// Which keys a clean is about, in the words of the one grammar for queries.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/reports.hpp"

namespace cli {

struct CleanQuery {
  std::string text;  // canonical: what is pinned, and read again
  std::function<bool(const KeyRow& row, rotation::Time now)> matches;
  std::vector<rotation::UserName> names;  // of users that it leaves out: each must be known to some account
};

// Throws Trouble (usage), pointing at the column.
[[nodiscard]] CleanQuery clean_query(const std::string& text);
// What `--unused-for D` means.
[[nodiscard]] std::string unused_query(rotation::Seconds span);

}  // namespace cli
