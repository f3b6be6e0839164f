// Every access key of every user of some accounts, with its age and its last use.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"

namespace cli {

// Which accounts: those that are named and those of the profiles; none of both: every account of the config.
struct ScanWords {
  std::vector<std::string> accounts;
  std::vector<std::string> profiles;
};

// An account that was not read, or not to its end.
struct Unread {
  rotation::AccountName account;
  std::string why;
};

struct Scanned {
  rotation::Time as_of{};  // of the rows: their ages and idle times count from here
  std::vector<Unread> incomplete;
  bool interrupted = false;

  // What the command says and how it ends, where not everything was read.
  [[nodiscard]] std::optional<Failure> failure() const;
};

// Hands out each key once, account by account, the keys of one user together. An account that fails does not stop the
// others. Throws Trouble: usage for an account that the config does not know; wrong_account.
[[nodiscard]] Scanned scan_keys(House& house, const ScanWords& words,
                                const std::function<void(inventory::KeyRow)>& take);

}  // namespace cli
