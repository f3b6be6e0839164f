#include "inventory/metrics_keys.hpp"

#include <algorithm>

namespace inventory {
namespace {

std::string ending(const std::string& id, std::size_t length) {
  return id.size() <= length ? id : id.substr(id.size() - length);
}

}  // namespace

std::vector<std::string> key_labels(const std::vector<std::string>& ids, KeyIds how) {
  if (how == KeyIds::whole) return ids;
  const std::set<std::string> distinct(ids.begin(), ids.end());
  std::size_t longest = 0;
  for (const std::string& id : distinct) longest = std::max(longest, id.size());
  for (std::size_t length = 4;; ++length) {
    std::set<std::string> endings;
    for (const std::string& id : distinct) endings.insert(ending(id, length));
    if (endings.size() < distinct.size() && length < longest) continue;
    std::vector<std::string> labels;
    for (const std::string& id : ids) labels.push_back(ending(id, length));
    return labels;
  }
}

void KeyGathering::take(KeyRow row) {
  const bool same = !user_.empty() && user_.front().account == row.account && user_.front().user == row.user;
  if (!same) end_user();
  // A listing that changes between two of its pages may show a key twice; two points of one series are an error.
  if (std::ranges::any_of(user_, [&](const KeyRow& each) { return each.key.id == row.key.id; })) return;
  user_.push_back(std::move(row));
}

void KeyGathering::end_user() {
  if (user_.empty()) return;
  const KeyRow& first = user_.front();
  const auto account = std::ranges::find(metrics_.accounts, first.account.text(), &MetricAccount::name);
  if (account != metrics_.accounts.end()) {
    account->account_id = first.account_id.text();
    account->provider = first.provider;
    std::vector<std::string> ids;
    for (const KeyRow& row : user_) ids.push_back(row.key.id.text());
    const std::vector<std::string> labels = key_labels(ids, rules_.ids);
    const Seconds max_age = rules_.max_age(first.account, first.user);
    const std::string user = rules_.clean ? rules_.clean(first.user.text()) : first.user.text();
    for (std::size_t i = 0; i < user_.size(); ++i) {
      const KeyRow& row = user_[i];
      metrics_.keys.push_back({.account = static_cast<std::uint32_t>(account - metrics_.accounts.begin()),
                               .status = row.key.status,
                               .use_known = row.used.has_value(),
                               .user = user,
                               .label = labels[i],
                               .created = row.key.created_at,
                               .used = row.used ? row.used->at : std::nullopt,
                               .max_age = max_age});
    }
  }
  user_.clear();
}

void KeyGathering::finish(const std::set<std::string>& incomplete) {
  end_user();
  for (MetricAccount& account : metrics_.accounts) {
    account.complete = !incomplete.contains(account.name);
    account.keys = 0;
  }
  std::erase_if(metrics_.keys, [&](const MetricKey& key) { return !metrics_.accounts[key.account].complete; });
  for (const MetricKey& key : metrics_.keys) ++metrics_.accounts[key.account].keys;
}

}  // namespace inventory
