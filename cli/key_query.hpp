// Which keys to show, in what order, and how many of each: over rows that the scan has collected.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/reports.hpp"

namespace cli {

// The fields that --sort and --count-by know.
enum class KeyField { account, provider, user, key, status, age, idle, created, last_used, service, region };
// Throws Trouble (usage) naming the option and every field.
[[nodiscard]] KeyField key_field(const std::string& option, const std::string& text);

// idle > span, or never used and older than span. A key whose last use could not be read is not among them.
[[nodiscard]] bool unused_for(const KeyRow& row, rotation::Seconds span, rotation::Time now);

// Ascending; rows without a value come last, equal ones keep their order.
void sort_keys(std::vector<KeyRow>& rows, KeyField field, rotation::Time now);

struct KeyCount {
  std::map<std::string, std::size_t> values;
  std::size_t matched = 0;    // rows with a value
  std::size_t unmatched = 0;  // rows without one
};
[[nodiscard]] KeyCount count_keys(const std::vector<KeyRow>& rows, KeyField field, rotation::Time now);

}  // namespace cli
