#include "inventory/shortlist.hpp"

#include <algorithm>

namespace inventory {

Shortlist::Shortlist(const rotation::CredentialReport& report, rotation::Seconds unused, rotation::Time now)
    : made_at_(report.made_at) {
  for (const rotation::ReportedUser& user : report.users) {
    const auto in_use = [&](const rotation::ReportedKey& key) {
      if (!key.used) return false;
      // Never used: no key is older than its user.
      return now - key.used->at.value_or(user.created) <= unused;
    };
    auto& keys = users_[user.name.text()];
    if (!std::ranges::all_of(user.keys, in_use)) keys = user.keys;
  }
}

bool Shortlist::rules_out(const rotation::UserName& user) const {
  const auto found = users_.find(user.text());
  return found != users_.end() && found->second.empty();
}

std::optional<rotation::LastUsed> Shortlist::used(const rotation::UserName& user,
                                                  const rotation::AccessKey& key) const {
  const auto found = users_.find(user.text());
  if (found == users_.end()) return std::nullopt;
  std::optional<rotation::LastUsed> used;
  for (const rotation::ReportedKey& line : found->second) {
    if (line.changed != key.created_at) continue;
    if (!line.used || (used && *used != *line.used)) return std::nullopt;  // two keys of one second, used unalike
    used = line.used;
  }
  return used;
}

}  // namespace inventory
