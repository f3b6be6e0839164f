#include "cli/key_scan.hpp"

namespace cli {
namespace {

struct Aimed {
  rotation::AccountName name;
  rotation::Connection connection;
  std::optional<rotation::AccountId> pin;
};

std::vector<Aimed> accounts_of(const Config& config, const ScanWords& words) {
  std::vector<Aimed> accounts;
  for (const std::string& profile : words.profiles) {
    const Aim aim = aim_at({.target = {}, .profile = profile}, config, Locations::not_needed);
    accounts.push_back({.name = aim.account, .connection = aim.connection, .pin = {}});
  }
  for (const std::string& name : words.accounts) {
    const Aim aim = aim_at({.target = name + "/any", .profile = {}}, config, Locations::not_needed);
    accounts.push_back({.name = aim.account, .connection = aim.connection, .pin = aim.account_pin});
  }
  if (!accounts.empty()) return accounts;
  for (const auto& [name, account] : config.accounts) {
    accounts.push_back({.name = name, .connection = connection_of(account, config), .pin = account.account_id});
  }
  if (accounts.empty()) {
    throw usage("No account is named, and there is no config that knows one.",
                "keybaton keys --profile NAME, or keybaton init");
  }
  return accounts;
}

std::string why_not(const auto& answer) {
  if (const auto* no = rotation::refused(answer)) return (no->code.empty() ? "" : no->code + ": ") + no->message;
  if (const auto* lost = rotation::unknown(answer)) return lost->why;
  return "an answer without a value";
}

// One account; an empty text when all of it was read.
class Scan {
 public:
  Scan(House& house, const Aimed& account, const std::function<void(inventory::KeyRow)>& take)
      : account_(account), access_(house.cloud(account.connection)), house_(house), take_(take) {}

  [[nodiscard]] std::string run() {
    const auto caller = access_->cloud().caller();
    const rotation::Caller* who = rotation::done(caller);
    if (who == nullptr) return why_not(caller);
    if (account_.pin && *account_.pin != who->account_id) {
      throw rotation::Trouble(rotation::Ending::wrong_account,
                              {.message = "The credentials of " + account_.name.text() + " belong to account " +
                                          who->account_id.text() + ", not to the pinned " + account_.pin->text() + ".",
                               .keys = "Nothing was read beyond that, no key was touched.",
                               .hint = "check the profile of this account in the config"});
    }
    account_id_ = who->account_id;
    const auto listed = access_->each_user([this](const rotation::User& user) {
      users_.push_back(user);
      return !house_.clock().interrupted();
    });
    if (rotation::done(listed) == nullptr) return why_not(listed);
    std::string trouble;
    for (const rotation::User& user : users_) {
      if (house_.clock().interrupted()) return "interrupted";
      if (std::string found = keys_of(user); trouble.empty()) trouble = std::move(found);
    }
    return trouble;
  }

 private:
  std::string keys_of(const rotation::User& user) {
    const auto keys = access_->cloud().keys(user.name);
    const auto* list = rotation::done(keys);
    if (list == nullptr) return user.name.text() + ": " + why_not(keys);
    std::string trouble;
    for (const rotation::AccessKey& key : *list) {
      inventory::KeyRow row{.account = account_.name,
                            .provider = access_->cloud().facts().provider,
                            .account_id = account_id_,
                            .user = user.name,
                            .user_id = user.id,
                            .key = key,
                            .used = {},
                            .slots = list->size()};
      const auto used = access_->cloud().last_used(user.name, key.id);
      if (const rotation::LastUsed* last = rotation::done(used)) {
        row.used = *last;
      } else {
        trouble = key.id.text() + ": " + why_not(used);
      }
      take_(std::move(row));
    }
    return trouble;
  }

  const Aimed& account_;
  std::unique_ptr<CloudAccess> access_;
  House& house_;
  const std::function<void(inventory::KeyRow)>& take_;
  rotation::AccountId account_id_;
  std::vector<rotation::User> users_;
};

}  // namespace

std::optional<Failure> Scanned::failure() const {
  if (incomplete.empty()) return std::nullopt;
  std::string all;
  for (const Unread& each : incomplete) all += (all.empty() ? "" : "; ") + each.account.text() + ": " + each.why;
  return Failure{.ending = interrupted ? rotation::Ending::interrupted : rotation::Ending::refused,
                 .problem = {.message = "Not everything could be read: " + all + ".",
                             .keys = "What is listed is right, but there may be more; no key was touched.",
                             .hint = "keybaton doctor"}};
}

Scanned scan_keys(House& house, const ScanWords& words, const std::function<void(inventory::KeyRow)>& take) {
  Scanned scanned;
  const std::vector<Aimed> accounts = accounts_of(house.config(), words);
  for (const Aimed& account : accounts) {
    if (std::string trouble = Scan{house, account, take}.run(); !trouble.empty()) {
      scanned.incomplete.push_back({.account = account.name, .why = trouble});
    }
  }
  scanned.interrupted = house.clock().interrupted();
  scanned.as_of = house.now().wall;
  return scanned;
}

}  // namespace cli
