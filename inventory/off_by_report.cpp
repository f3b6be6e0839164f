#include "inventory/off_by_report.hpp"

#include <algorithm>

namespace inventory {

std::optional<rotation::Time> off_by_report(const rotation::CredentialReport& report, const KeyRow& row,
                                            std::size_t off_of_user) {
  const auto user = std::ranges::find(report.users, row.user, &rotation::ReportedUser::name);
  if (user == report.users.end() || user->keys.size() != row.slots || row.key.created_at > report.made_at) return {};
  std::optional<rotation::Time> latest;
  std::size_t off = 0;
  for (const rotation::ReportedKey& key : user->keys) {
    if (key.active) continue;
    ++off;
    latest = std::max(latest.value_or(key.changed), key.changed);
  }
  return off == off_of_user ? latest : std::nullopt;
}

}  // namespace inventory
