#include "cli/unfinished_calls.hpp"

#include <algorithm>

#include "store/history.hpp"

namespace cli {
namespace {

using rotation::AccessKey;
using rotation::Kind;
using rotation::Op;
using rotation::Record;

UnfinishedCalls collected(const store::JournalReader& reader, const store::HistoryFilter& filter) {
  UnfinishedCalls found;
  std::set<rotation::AttemptId> ended;  // where the clock went back, the outcome may come first
  store::history(reader, filter, [&](const Record& record) {
    const bool single = record.rotation.empty() && rotation::get_op(record.what.detail).has_value();
    if (record.what.kind == Kind::intent && single) found.intents.push_back(record);
    if (record.what.kind != Kind::outcome) return;
    if (record.what.key && record.what.step == rotation::Step::create) found.made.insert(*record.what.key);
    ended.insert(record.what.attempt);
  });
  std::erase_if(found.intents, [&](const Record& intent) { return ended.contains(intent.what.attempt); });
  return found;
}

bool came_with(const AccessKey& key, const Record& intent) {
  const bool there_before =
      rotation::get(intent.what.detail, "keys_before").value_or("").find(key.id.text()) != std::string::npos;
  return !there_before && key.created_at >= intent.at - call_is_over && key.created_at <= intent.at + call_is_over;
}

std::string_view command_of(Op op) {
  switch (op) {
    case Op::activate_key: return "activate";
    case Op::deactivate_key: return "deactivate";
    case Op::delete_key: return "delete";
    default: return "create";
  }
}

}  // namespace

UnfinishedCalls unfinished_calls(const store::JournalReader& reader, const rotation::Target& target) {
  store::HistoryFilter filter;
  filter.account = target.account;
  filter.user = target.user;
  filter.limit = 0;
  return collected(reader, filter);
}

UnfinishedCalls unfinished_calls(const store::JournalReader& reader, rotation::Time since) {
  store::HistoryFilter filter;
  filter.since = since;
  filter.limit = 0;
  return collected(reader, filter);
}

std::string call_words(const Record& intent) {
  const Op op = rotation::get_op(intent.what.detail).value_or(Op::create_key);
  return "key " + std::string(command_of(op)) + (intent.what.key ? " of " + intent.what.key->text() : "") + " at " +
         rotation::rfc3339(intent.at) + " by " + intent.actor;
}

std::optional<AccessKey> made_by(const Record& create, const UnfinishedCalls& calls,
                                 const std::vector<AccessKey>& keys) {
  const auto found = std::ranges::find_if(
      keys, [&](const AccessKey& key) { return !calls.made.contains(key.id) && came_with(key, create); });
  return found == keys.end() ? std::nullopt : std::optional{*found};
}

bool of_same_user(const Record& intent, const rotation::Target& target) {
  const auto is = [&](const char* name, const std::string& text) {
    return rotation::get(intent.what.detail, name) == text;
  };
  return is("partition", target.partition) && is("account_id", target.account_id.text()) &&
         is("user_id", target.user_id.text());
}

std::string seen_of(const Record& intent, const std::vector<AccessKey>& keys) {
  if (!intent.what.key) return "no new key";
  const auto key = std::ranges::find(keys, *intent.what.key, &AccessKey::id);
  return key == keys.end() ? "absent" : std::string(rotation::word(key->status));
}

}  // namespace cli
