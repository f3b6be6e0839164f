// One access key as a scan saw it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "rotation/names.hpp"
#include "rotation/ports.hpp"

namespace inventory {

struct KeyRow {
  rotation::AccountName account;
  std::string provider;
  rotation::AccountId account_id;
  rotation::UserName user;
  rotation::UserId user_id;
  rotation::AccessKey key;
  // Joined by key id. Empty: it could not be read, which is not "never used".
  std::optional<rotation::LastUsed> used;
  std::size_t slots = 0;  // keys that this user has, Inactive ones too
  // Its age and its idle time count from here: by the cloud's clock, as that told it, and not by ours.
  rotation::Time seen_at{};

  [[nodiscard]] bool never_used() const { return used && !used->at; }
  bool operator==(const KeyRow&) const = default;
};

}  // namespace inventory
