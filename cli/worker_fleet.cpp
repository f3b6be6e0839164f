#include "cli/worker_fleet.hpp"

#include <algorithm>

#include "rotation/stops.hpp"

namespace cli {
namespace {

using rotation::Procedure;
using rotation::State;

std::string words_of(const ConfiguredTarget& target) { return target.account.text() + "/" + target.user.text(); }

bool rotates_by_itself(const Config& config, const ConfiguredTarget& target) {
  return setting(config, target, &PolicyPatch::auto_rotate).value_or(false) && !target.locations.empty() &&
         !left_out(config, names_of(config, target.account, {}), target.user);
}

std::optional<rotation::Summary> open_rotate(const store::JournalReader& reader, const ConfiguredTarget& target) {
  for (rotation::Summary& each : reader.open_of(target.account, target.user)) {
    if (each.procedure == Procedure::rotate) return std::move(each);
  }
  return std::nullopt;
}

// The keys whose rotations were taken back: somebody had a reason, and the worker does not know it.
std::set<rotation::AccessKeyId> taken_back(const store::JournalReader& reader) {
  std::set<rotation::AccessKeyId> keys;
  for (const rotation::Summary& each : reader.rotations(store::Which::closed)) {
    const bool back = each.state == State::rolled_back || each.state == State::cancelled;
    if (each.procedure == Procedure::rotate && back) keys.insert(each.old_key);
  }
  return keys;
}

}  // namespace

bool Fleet::is_canary(const ConfiguredTarget& target) const {
  const Account* account = config_.account(target.account);
  return target.canary || (account != nullptr && account->canary);
}

void Fleet::see(const inventory::KeyRow& row) {
  users_.insert(row.user);
  const ConfiguredTarget* target = config_.target(row.account, row.user);
  if (target == nullptr || !rotates_by_itself(config_, *target)) return;
  if (row.key.status != rotation::KeyStatus::active) return;
  const rotation::Seconds age = row.seen_at - row.key.created_at;
  const rotation::Seconds most = setting(config_, *target, &PolicyPatch::max_age).value_or(rotation::Policy{}.max_age);
  Old& old = old_[words_of(*target)];
  if (age > most && age > old.age) old = {.target = target, .key = row.key.id, .age = age};
}

void Fleet::forget(const rotation::View& ended) {
  const auto old = old_.find(rotation::target_words(ended.target));
  if (old != old_.end() && ended.state == State::completed && old->second.key == ended.old_key) old_.erase(old);
}

std::vector<Fleet::Old> Fleet::ready(const store::JournalReader& reader, PassReport& report) const {
  const std::set<rotation::AccessKeyId> back = taken_back(reader);
  std::vector<Old> all;
  for (const auto& [words, old] : old_) {
    if (old.target == nullptr || open_rotate(reader, *old.target)) continue;
    if (back.contains(old.key)) {
      report.notes.push_back(words + " is older than its max_age and was taken back before: keybaton rotate " +
                             rotation::quoted(words) + " once it may be tried again");
      continue;
    }
    all.push_back(old);
  }
  std::ranges::sort(all, [&](const Old& one, const Old& other) {
    const bool first = is_canary(*one.target), second = is_canary(*other.target);
    return first != second ? first : one.age > other.age;
  });
  return all;
}

// A canary is settled once its consumers are seen to have moved, or where its key is young enough.
std::optional<std::string> Fleet::unsettled_canary(const store::JournalReader& reader,
                                                   const std::set<rotation::AccountName>& unread) const {
  for (const auto& [words, target] : config_.targets) {
    if (!is_canary(target) || !rotates_by_itself(config_, target)) continue;
    if (unread.contains(target.account)) return words + ", whose account could not be read";
    if (const auto open = open_rotate(reader, target)) {
      const bool moved = open->state >= State::verified && open->direction == rotation::Direction::forward;
      if (!moved || open->attention) return words + ", which is " + std::string(rotation::word(open->state));
      continue;
    }
    const auto old = old_.find(words);
    if (old != old_.end() && old->second.target != nullptr) return words + ", whose key is still the old one";
  }
  return std::nullopt;
}

void Fleet::start(House& house, const std::set<rotation::AccountName>& unread, PassReport& report) {
  const bool any = std::ranges::any_of(old_, [](const auto& each) { return each.second.target != nullptr; });
  if (!any) return;
  require_known_users(house, config_, users_left_out(config_), users_);
  const auto reader = house.reader();
  if (!reader) return;
  const std::vector<Old> all = ready(*reader, report);
  std::size_t started = 0, left = 0, held = 0;
  std::string canary;
  for (const Old& each : all) {
    if (house.clock().interrupted()) return;
    if (started >= config_.run.max_rotations) {
      ++left;
      continue;
    }
    if (!is_canary(*each.target)) {
      if (const auto first = unsettled_canary(*reader, unread)) {
        canary = *first;
        ++held;
        continue;
      }
    }
    report.started.push_back(start_unattended(house, config_, *each.target, each.key));
    if (report.started.back().driven) ++started;
  }
  if (left > 0) {
    report.notes.push_back(std::to_string(left) + " more would be started; run.max_rotations leaves them for later");
  }
  if (held > 0) {
    report.notes.push_back(std::to_string(held) + " more wait for the canary " + canary);
  }
}

}  // namespace cli
