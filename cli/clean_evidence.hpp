// What a clean reads of one key beside the scan: whether it is at rest, since when it is off, and who owns it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "cli/clean_plan.hpp"
#include "cli/compose.hpp"
#include "cli/reports.hpp"
#include "inventory/off_by_report.hpp"
#include "rotation/listing.hpp"
#include "rotation/pins.hpp"

namespace cli {

// The last use, of a key that was never used its making: the earlier, the sooner it goes.
[[nodiscard]] rotation::Time unused_since(const KeyRow& row);

// Why no retire of it is opened now: it was used, made, or tried since it is off, too short a time ago.
[[nodiscard]] std::optional<rotation::Problem> not_now(const KeyRow& row, const rotation::Start& start,
                                                       rotation::Time now);

// Since when a key that is Inactive is surely off.
struct OffSince {
  std::optional<rotation::Time> at;  // empty: nothing tells
  std::string by;                    // how that is known
};
// The credential reports of accounts that make one; takes seconds.
using Reports = std::map<rotation::AccountName, rotation::CredentialReport>;
[[nodiscard]] Reports reports_of(House& house, const Config& config, const std::set<rotation::AccountName>& accounts);
// By the journal, else by the report of its account. `off_of_user`: how many keys of its user are not Active.
[[nodiscard]] OffSince off_since(House& house, const Reports& reports, const KeyRow& row, std::size_t off_of_user);

// By clean.owners, else by the user's tag; empty where neither tells.
[[nodiscard]] std::string owner_of(House& house, const Config& config, const KeyRow& row);

// What a plan's line says, and what the cloud says of it now: its words, where the key cannot be read or is gone.
// `active`: the user's Active keys.
[[nodiscard]] KeyRow row_of(const PlannedKey& planned);
[[nodiscard]] std::string read_row(House& house, const Config& config, KeyRow& row,
                                   std::set<rotation::AccessKeyId>& active);

}  // namespace cli
