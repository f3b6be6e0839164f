// Every access key of every user of some accounts, with its age and its last use.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"
#include "inventory/snapshot.hpp"

namespace cli {

// Which accounts: those that are named and those of the profiles; none of both: every account of the config.
struct ScanWords {
  std::vector<std::string> accounts;
  std::vector<std::string> profiles;
  bool cached = false;  // what the latest whole scan saw; no call
  // Only keys that were not used for this long are wanted: where the cloud makes a report of all keys, users that have
  // none by it are passed over.
  std::optional<rotation::Seconds> by_report;
};

// ACCOUNT…, --profile, --cached.
Describer& describe_scan(Describer& command, ScanWords& into);

// Throws Trouble (usage) for an account that the config does not have, or a word that is a user's.
void require_accounts(const Config& config, const ScanWords& words);

// Of which account each name was, as far as a scan has seen.
[[nodiscard]] std::map<rotation::AccountName, rotation::AccountId> remembered_ids(House& house, const Config& config);

// An account that was not read, or not to its end.
struct UnreadAccount {
  rotation::AccountName account;
  std::string why;
  rotation::Ending ending = rotation::Ending::refused;
  std::string hint = "keybaton doctor";
};

struct Scanned {
  rotation::Time as_of{};                  // of the rows: their ages and idle times count from here
  std::vector<inventory::ScanLine> scans;  // one for each account of which something was read, in the order of its rows
  std::vector<UnreadAccount> incomplete;
  bool interrupted = false;
  std::optional<rotation::Time> report_made_at;  // of the oldest credential report that was gone by
  std::vector<std::string> remarks;              // for stderr, a sentence each

  // What the command says and how it ends, where not everything was read.
  [[nodiscard]] std::optional<Failure> failure() const;
};

class KeysSeen {
 public:
  // Scans. An account that fails does not stop the others; where no account could be asked at all, and it is the
  // command line or the config that is wrong, that is thrown. Throws Trouble (usage) for an account that the config
  // does not know.
  KeysSeen(House& house, const ScanWords& words);
  [[nodiscard]] const Scanned& scanned() const { return scanned_; }
  // Each key once, account by account, the keys of one user together. From the snapshot, page by page: as often as
  // wanted, and never all of them in memory. An account of which the rest cannot be read is `incomplete` from then on.
  void each(const std::function<void(inventory::KeyRow)>& take);

 private:
  inventory::Snapshot snapshot_;
  Scanned scanned_;
};

// What is remembered of the whole scans of these accounts since a time, the oldest first; no call. Where no config
// names accounts either, of every account that was ever scanned. Throws Trouble (usage) as above.
struct PastScans {
  inventory::AccountMark account;
  std::vector<inventory::ScanLine> lines;
};
[[nodiscard]] std::vector<PastScans> past_scans(House& house, const ScanWords& words, rotation::Time since);

// Both in one, for whoever looks at the keys once.
[[nodiscard]] Scanned scan_keys(House& house, const ScanWords& words,
                                const std::function<void(inventory::KeyRow)>& take);

}  // namespace cli
