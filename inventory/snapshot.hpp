// What scans saw, in a SQLite file of its own beside the journal: a cache, which may be deleted at any time.
//
// Of each account there stand the keys of its latest whole scan, and a line for every scan before it. A scan that is
// under way, or was cut short, is not seen by others; its keys go with the next one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inventory/key_row.hpp"
#include "inventory/scan.hpp"

namespace inventory {

// An account as scans tell it from others: two clouds may well have a profile of the same name.
struct AccountMark {
  rotation::AccountName name;
  std::string provider;
  bool operator==(const AccountMark&) const = default;
};

// One line of an account's past.
struct ScanLine {
  std::int64_t id = 0;
  AccountMark account;
  rotation::AccountId account_id;
  rotation::Time began{}, ended{};
  bool whole = false;
  std::size_t users = 0, keys = 0, active = 0, never_used = 0;
  std::size_t unused_90_days = 0;  // by last use, or never used and older
  std::size_t older_90_days = 0;
  Bucket bucket;
};

class Snapshot {
 public:
  // Makes what is missing. A file that is damaged, or of another version, is replaced: it is a cache. Where it cannot
  // be kept at all (no directory, no permission) the snapshot lives as long as this object, and `why_not_kept` says so.
  explicit Snapshot(const std::filesystem::path& file);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  [[nodiscard]] const std::string& why_not_kept() const;

  [[nodiscard]] std::int64_t begin(const AccountMark& account, rotation::Time now);
  // Buffered; written a thousand users at a time.
  void add(std::int64_t scan, FoundUser user);
  // `whole`: it replaces the account's former one. Else its keys can be read by this object alone.
  enum class Ending { whole, cut_short };
  void end(std::int64_t scan, const rotation::AccountId& account_id, rotation::Time now, Ending ending,
           const ScanCount& tally, const Bucket& bucket);

  // The latest whole scan; nullopt where there is none.
  [[nodiscard]] std::optional<ScanLine> latest(const AccountMark& account);
  // Every account that was ever scanned as a whole, by name.
  [[nodiscard]] std::vector<AccountMark> accounts();
  [[nodiscard]] std::vector<ScanLine> lines(const AccountMark& account, rotation::Time since);
  // The keys of one scan, in the cloud's order of users. false from `take` ends it.
  void each(const ScanLine& scan, const std::function<bool(KeyRow)>& take);
  [[nodiscard]] ScanLine line(std::int64_t scan);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace inventory
