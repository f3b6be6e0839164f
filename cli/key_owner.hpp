// Whose key it is, and who used it last, by the clouds of the accounts that are known here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/compose.hpp"

namespace cli {

// An account that can be asked.
struct AskedAccount {
  rotation::AccountName name;
  rotation::Connection connection;
  std::optional<rotation::AccountId> pin;
  std::vector<rotation::UserName> likely;  // users to ask about first
};

struct KeyOwner {
  rotation::AccountName account;
  std::string provider;
  rotation::AccountId account_id;
  rotation::UserName user;
  rotation::AccessKey key;
  std::optional<rotation::LastUsed> used;  // empty: could not be read
  std::vector<rotation::KeyUse> uses;
  bool signed_itself = false;  // the calls that found this were signed with it
};

struct Unread {
  std::string what;
  std::string why;
};

struct OwnerSearch {
  std::optional<KeyOwner> owner;
  std::vector<Unread> unread;  // accounts, or what of the owner could not be read
  std::string no_history;      // why there are no uses, where the event history said nothing at all
};

// Asks one account after the other, until one has it: who signs, the likely users, the cloud itself, then every user.
// What goes wrong at one account is told, and the others are asked all the same.
[[nodiscard]] OwnerSearch find_owner(House& house, const std::vector<AskedAccount>& accounts,
                                     const rotation::AccessKeyId& key,
                                     const std::function<void(const std::string&)>& progress);

}  // namespace cli
