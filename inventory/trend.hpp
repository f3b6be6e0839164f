// How accounts changed over time, by the lines that their scans left: a day each.
#pragma once

#include <chrono>
#include <vector>

#include "inventory/snapshot.hpp"

namespace inventory {

struct TrendDay {
  std::chrono::sys_days day;  // UTC, of when the scans began
  std::size_t accounts = 0;   // of which something is known on that day
  std::size_t users = 0, keys = 0, active = 0, never_used = 0;
  std::size_t unused_90_days = 0, older_90_days = 0;
  bool operator==(const TrendDay&) const = default;
};

// `accounts`: the lines of each, the oldest first. Of a day the latest whole scan counts; an account that was not
// scanned that day counts as it was last seen, for else a sum would fall because nobody looked. Days on which nothing
// was scanned are left out.
[[nodiscard]] std::vector<TrendDay> trend(const std::vector<std::vector<ScanLine>>& accounts);

}  // namespace inventory
