#include "inventory/trend.hpp"

#include <map>

namespace inventory {
namespace {

std::chrono::sys_days day_of(const ScanLine& line) { return std::chrono::floor<std::chrono::days>(line.began); }

void add(TrendDay& into, const ScanLine& line) {
  ++into.accounts;
  into.users += line.users;
  into.keys += line.keys;
  into.active += line.active;
  into.never_used += line.never_used;
  into.unused_90_days += line.unused_90_days;
  into.older_90_days += line.older_90_days;
}

}  // namespace

std::vector<TrendDay> trend(const std::vector<std::vector<ScanLine>>& accounts) {
  std::map<std::chrono::sys_days, std::map<std::size_t, const ScanLine*>> days;
  for (std::size_t account = 0; account < accounts.size(); ++account) {
    for (const ScanLine& line : accounts[account]) {
      if (line.whole) days[day_of(line)][account] = &line;
    }
  }
  std::map<std::size_t, const ScanLine*> last_seen;
  std::vector<TrendDay> all;
  for (const auto& [day, scanned] : days) {
    for (const auto& [account, line] : scanned) last_seen[account] = line;
    TrendDay sum{.day = day};
    for (const auto& [account, line] : last_seen) add(sum, *line);
    all.push_back(sum);
  }
  return all;
}

}  // namespace inventory
