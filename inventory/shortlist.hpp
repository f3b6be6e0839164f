// Which users a scan for unused keys can pass over, by the credential report.
//
// The report only rules out. It has no key ids, is up to four hours old, and shows two keys of a user at most; the time
// of a key's last change in it moves with every change of status. A use that it knows of is a use, though: whatever
// came after it can only be later.
#pragma once

#include <optional>
#include <unordered_map>

#include "rotation/listing.hpp"

namespace inventory {

class Shortlist {
 public:
  // For keys that were not used for longer than `unused` (or never, and are older) by `now`.
  Shortlist(const rotation::CredentialReport& report, rotation::Seconds unused, rotation::Time now);

  // No key of this user can be one of them. A user that the report does not know may have one.
  [[nodiscard]] bool rules_out(const rotation::UserName& user) const;
  // The last use of a key, where the report tells which of its lines is about it: the one that last changed when this
  // key was made. nullopt: it has to be asked for.
  [[nodiscard]] std::optional<rotation::LastUsed> used(const rotation::UserName& user,
                                                       const rotation::AccessKey& key) const;
  [[nodiscard]] rotation::Time made_at() const { return made_at_; }

 private:
  rotation::Time made_at_{};
  std::unordered_map<std::string, std::vector<rotation::ReportedKey>> users_;  // ruled out: without keys
};

}  // namespace inventory
