// The doctor's checks: each looks at one thing, changes nothing, and says what would help.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"

namespace cli {

// What everybody on this machine may read or write, said as a sentence's beginning; empty where all is well, and for a
// team, whose group may.
[[nodiscard]] std::string too_open(const std::filesystem::path& path);
[[nodiscard]] bool anybody_writes(const std::filesystem::path& path);

// Why a remote system or a place did not do it; empty for one that did.
template <class T>
[[nodiscard]] std::string why_not(const rotation::Answer<T>& answer) {
  if (const auto* no = rotation::refused(answer)) return no->code.empty() ? no->message : no->code + ": " + no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return {};
}

// Disk, journal, backup and sealing key: no network.
[[nodiscard]] std::vector<Check> local_checks(House& house, const Config& config);

// When the worker last ran; none where nothing is to run by itself.
[[nodiscard]] std::vector<Check> worker_checks(House& house, const Config& config);

// Single calls of the last month whose outcome the journal lacks.
[[nodiscard]] std::vector<Check> call_checks(House& house);

struct AccountChecks {
  std::vector<Check> checks;
  std::unique_ptr<CloudAccess> access;  // null where the credentials are not those of the account
};
// Credentials, clock and permissions of one account.
[[nodiscard]] AccountChecks account_checks(House& house, const rotation::AccountName& name,
                                           const rotation::Connection& connection,
                                           const std::optional<rotation::AccountId>& pin);
// The user and its keys (`access` null: not asked), and every location of the target: it can be read and written, and
// holds the same key as the others, one that is the user's and Active; and nobody has written to one that shows nothing
// since `known`, the latest rotation of the target, did, be it open or closed. May be null.
[[nodiscard]] std::vector<Check> target_checks(House& house, const ConfiguredTarget& target, CloudAccess* access,
                                               const rotation::View* known);

}  // namespace cli
