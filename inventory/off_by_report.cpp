#include "inventory/off_by_report.hpp"

#include <algorithm>

namespace inventory {

namespace {

// A line without an id may be about this key as long as nothing in it says otherwise.
bool may_be(const rotation::ReportedKey& line, const KeyRow& row) {
  if (line.changed < row.key.created_at) return false;
  if (!line.used || !line.used->at) return true;
  return row.used && row.used->at && *row.used->at >= *line.used->at;
}

}  // namespace

std::optional<rotation::Time> off_by_report(const rotation::CredentialReport& report, const KeyRow& row,
                                            std::size_t off_of_user) {
  const auto user = std::ranges::find(report.users, row.user, &rotation::ReportedUser::name);
  if (user == report.users.end() || user->keys.size() != row.slots || row.key.created_at > report.made_at) return {};
  if (static_cast<std::size_t>(std::ranges::count(user->keys, false, &rotation::ReportedKey::active)) != off_of_user) {
    return {};
  }
  std::optional<rotation::Time> latest;
  for (const rotation::ReportedKey& line : user->keys) {
    if (!may_be(line, row)) continue;
    if (line.active) return {};
    latest = std::max(latest.value_or(line.changed), line.changed);
  }
  // Unchanged since it was made: then its status did not count as a change.
  return latest && *latest > row.key.created_at ? latest : std::nullopt;
}

}  // namespace inventory
