#include "cli/unfinished_create.hpp"

#include <algorithm>
#include <set>

#include "rotation/record.hpp"
#include "store/history.hpp"

namespace cli {
namespace {

using rotation::AccessKey;
using rotation::Record;

// The cloud's clock and this one's, and the time that the call takes.
constexpr rotation::Seconds about_then{15 * 60};

struct Creates {
  std::vector<Record> open;               // intents without an outcome
  std::set<rotation::AccessKeyId> whose;  // keys of which the journal knows who made them
};

Creates creates_of(const store::JournalReader& reader, const rotation::Target& target) {
  Creates found;
  store::HistoryFilter filter;
  filter.account = target.account;
  filter.user = target.user;
  filter.step = rotation::Step::create;
  filter.limit = 200;
  store::history(reader, filter, [&](const Record& record) {
    if (record.what.kind == rotation::Kind::intent && record.rotation.empty()) found.open.push_back(record);
    if (record.what.kind != rotation::Kind::outcome) return;
    if (record.what.key) found.whose.insert(*record.what.key);
    std::erase_if(found.open, [&](const Record& intent) { return intent.what.attempt == record.what.attempt; });
  });
  return found;
}

bool came_with(const AccessKey& key, const Record& intent) {
  const bool there_before =
      rotation::get(intent.what.detail, "keys_before").value_or("").find(key.id.text()) != std::string::npos;
  return !there_before && key.created_at >= intent.at - about_then && key.created_at <= intent.at + about_then;
}

}  // namespace

std::vector<std::string> unfinished_creates(const store::JournalReader& reader, const rotation::Target& target,
                                            const std::vector<AccessKey>& keys) {
  const Creates creates = creates_of(reader, target);
  std::vector<std::string> told;
  for (const AccessKey& key : keys) {
    if (creates.whose.contains(key.id)) continue;
    const auto intent = std::ranges::find_if(creates.open, [&](const Record& each) { return came_with(key, each); });
    if (intent == creates.open.end()) continue;
    told.push_back(key.id.text() + " came with the key create of " + rotation::rfc3339(intent->at) + " by " +
                   intent->actor + ", of which the journal has no outcome: unless its secret was kept, nobody has it");
  }
  return told;
}

}  // namespace cli
