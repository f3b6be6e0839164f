// Since when a key is off, by the credential report.
#pragma once

#include <cstddef>
#include <optional>

#include "inventory/key_row.hpp"
#include "rotation/listing.hpp"

namespace inventory {

// The report has no ids, is up to four hours old, and moves a key's time with each change of its status. It tells of
// this key where it shows as many keys of its user, and as many of them off, as there are now: the latest of their
// times then. Nor does a line tell that may be about another key that is on. nullopt: it does not tell. What was done
// since it was made is not in it; whoever relies on this asks for the key's last use, too.
[[nodiscard]] std::optional<rotation::Time> off_by_report(const rotation::CredentialReport& report, const KeyRow& row,
                                                          std::size_t off_of_user);

}  // namespace inventory
