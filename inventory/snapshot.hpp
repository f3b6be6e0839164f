// What scans saw, in a SQLite file of its own beside the journal: a cache, which may be deleted at any time.
//
// Of each account there stand the keys of its latest whole scan, and a line for every scan before it. A scan that is
// under way, or was cut short, is not seen by others: until it is whole its keys stand in a database of its own
// command.
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
#include "rotation/errors.hpp"

namespace inventory {

// An account as scans tell it from others: two clouds may well have a profile of the same name, and the config an
// account that is called like one.
struct AccountMark {
  rotation::AccountName name;
  std::string provider;
  bool by_profile = false;
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

// What stands in the file cannot be read, or went while it was being read. The text is for a person, and needs no more.
class SnapshotTrouble : public rotation::Trouble {
 public:
  using rotation::Trouble::Trouble;
};

// What is asked of former scans throws SnapshotTrouble; a scan of this object
// never fails because of the file.
class Snapshot {
 public:
  // Makes what is missing. A file that is damaged, or of another version, is replaced: it is a cache. Where it cannot
  // be kept at all (no directory, no permission, no room) the scans of this object live as long as it does, and
  // `why_not_kept` says so.
  // `former`: nothing is scanned, so that a file which cannot be read stays as it is, and is told of whenever somebody
  // asks. Where there is none, nothing is remembered.
  enum class For { scans, former };
  explicit Snapshot(const std::filesystem::path& file, For what = For::scans);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  [[nodiscard]] const std::string& why_not_kept() const;

  [[nodiscard]] std::int64_t begin(const AccountMark& account, rotation::Time now);
  // Buffered; written a thousand users at a time. Throws SnapshotTrouble where temporary files have no room.
  void add(std::int64_t scan, FoundUser user);
  // `whole`: it replaces the account's former one. Else its keys can be read by this object alone. A damage that shows
  // only now makes the file new as well.
  enum class Ending { whole, cut_short };
  void end(std::int64_t scan, const rotation::AccountId& account_id, rotation::Time now, Ending ending,
           const ScanCount& tally, const Bucket& bucket);

  // The latest whole scan; nullopt where there is none.
  [[nodiscard]] std::optional<ScanLine> latest(const AccountMark& account);
  // Every account that was ever scanned as a whole, by name.
  [[nodiscard]] std::vector<AccountMark> accounts();
  [[nodiscard]] std::vector<ScanLine> lines(const AccountMark& account, rotation::Time since);
  // The keys of one scan, in the cloud's order of users, those of one user never in part. false from `take` ends it.
  // Those of a former scan may go after a quarter of an hour in which there is a newer one: then it throws at the end.
  void each(const ScanLine& scan, const std::function<bool(KeyRow)>& take);
  // Of a scan of this object.
  [[nodiscard]] ScanLine line(std::int64_t scan);

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace inventory
