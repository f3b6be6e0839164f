// The doctor's checks: each looks at one thing, changes nothing, and says what would help.
#pragma once

#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"

namespace cli {

// Disk, journal, backup and sealing key: no network.
[[nodiscard]] std::vector<Check> local_checks(House& house, const Config& config);
// Credentials, clock and permissions of one account.
[[nodiscard]] std::vector<Check> account_checks(House& house, const rotation::AccountName& name,
                                                const rotation::Connection& connection,
                                                const std::optional<rotation::AccountId>& pin);
// Reachability and drift: every location of one target holds the same key, and one that is Active.
[[nodiscard]] std::vector<Check> target_checks(const ConfiguredTarget& target);

}  // namespace cli
