#include "cli/key_owner.hpp"

#include <algorithm>

namespace cli {
namespace {

using rotation::UserName;

template <class T>
std::string why_not(const rotation::Answer<T>& answer) {
  if (const auto* no = rotation::refused(answer)) return (no->code.empty() ? "" : no->code + ": ") + no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return {};
}

// "arn:aws:iam::123456789012:user/path/dev" → "dev"; empty for a role or the root user.
UserName user_in(const rotation::Arn& arn) {
  const bool is_user = arn.text().find(":user/") != std::string::npos;
  return UserName{is_user ? arn.text().substr(arn.text().rfind('/') + 1) : ""};
}

class OneAccount {
 public:
  OneAccount(House& house, const AskedAccount& account, const rotation::AccessKeyId& key, OwnerSearch& found)
      : house_(house), account_(account), key_(key), found_(found), access_(house.cloud(account.connection)) {}

  // Empty: all of it was read.
  [[nodiscard]] std::string ask(const std::function<void(const std::string&)>& progress) {
    const auto caller = access_->cloud().caller();
    const rotation::Caller* who = rotation::done(caller);
    if (who == nullptr) return why_not(caller);
    if (account_.pin && *account_.pin != who->account_id) {
      return "its credentials belong to account " + who->account_id.text() + ", not to the pinned " +
             account_.pin->text();
    }
    account_id_ = who->account_id;
    std::vector<UserName> first = account_.likely;
    if (access_->cloud().signing_key() == key_) first.insert(first.begin(), user_in(who->arn));
    if (const auto named = access_->user_with(key_); rotation::done(named)) first.push_back(*rotation::done(named));
    for (const UserName& user : first) {
      if (!user.empty() && has(user)) return {};
    }
    return ask_every_user(progress);
  }

 private:
  std::string ask_every_user(const std::function<void(const std::string&)>& progress) {
    std::vector<UserName> users;
    const auto listed = access_->each_user([&](const rotation::User& user) {
      users.push_back(user.name);
      return !house_.clock().interrupted();
    });
    if (rotation::done(listed) == nullptr) return why_not(listed);
    trouble_.clear();  // of users that were only likely, and may not be there
    for (std::size_t at = 0; at < users.size(); ++at) {
      if (house_.clock().interrupted()) return "interrupted";
      progress(account_.name.text() + ": user " + std::to_string(at + 1) + " of " + std::to_string(users.size()));
      if (has(users[at])) return {};
    }
    return trouble_;
  }

  bool has(const UserName& user) {
    const auto keys = access_->cloud().keys(user);
    const auto* list = rotation::done(keys);
    if (list == nullptr) {
      if (trouble_.empty()) trouble_ = user.text() + ": " + why_not(keys);
      return false;
    }
    const auto at = std::ranges::find(*list, key_, &rotation::AccessKey::id);
    if (at == list->end()) return false;
    describe(user, *at);
    return true;
  }

  void describe(const UserName& user, const rotation::AccessKey& key) {
    KeyOwner owner{.account = account_.name,
                   .provider = access_->cloud().facts().provider,
                   .account_id = account_id_,
                   .user = user,
                   .key = key,
                   .used = {},
                   .uses = {},
                   .signed_itself = access_->cloud().signing_key() == key_};
    const auto used = access_->cloud().last_used(user, key_);
    if (const auto* last = rotation::done(used)) {
      owner.used = *last;
    } else {
      found_.unread.push_back({"last use", why_not(used)});
    }
    const auto uses = access_->cloud().uses(key_);
    if (const auto* list = rotation::done(uses)) {
      owner.uses = *list;
    } else {
      found_.no_history = why_not(uses);
    }
    found_.owner = std::move(owner);
  }

  House& house_;
  const AskedAccount& account_;
  const rotation::AccessKeyId& key_;
  OwnerSearch& found_;
  std::unique_ptr<CloudAccess> access_;
  rotation::AccountId account_id_;
  std::string trouble_;
};

}  // namespace

OwnerSearch find_owner(House& house, const std::vector<AskedAccount>& accounts, const rotation::AccessKeyId& key,
                       const std::function<void(const std::string&)>& progress) {
  OwnerSearch found;
  for (const AskedAccount& account : accounts) {
    progress("account " + account.name.text());
    try {
      const std::string trouble = OneAccount{house, account, key, found}.ask(progress);
      if (!trouble.empty()) found.unread.push_back({"account " + account.name.text(), trouble});
    } catch (const rotation::Trouble& trouble) {
      found.unread.push_back({"account " + account.name.text(), trouble.problem().message});
    }
    if (found.owner) break;
  }
  return found;
}

}  // namespace cli
