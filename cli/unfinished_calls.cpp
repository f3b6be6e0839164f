#include "cli/unfinished_calls.hpp"

#include <algorithm>

#include "store/history.hpp"

namespace cli {
namespace {

using rotation::AccessKey;
using rotation::KeyStatus;
using rotation::Kind;
using rotation::Op;
using rotation::Outcome;
using rotation::Record;

UnfinishedCalls collected(const store::JournalReader& reader, const store::HistoryFilter& filter) {
  UnfinishedCalls found;
  store::history(reader, filter, [&](const Record& record) {
    const bool single = record.rotation.empty() && rotation::get_op(record.what.detail).has_value();
    if (record.what.kind == Kind::intent && single) found.intents.push_back(record);
    if (record.what.kind != Kind::outcome) return;
    if (record.what.key && record.what.step == rotation::Step::create) found.made.insert(*record.what.key);
    std::erase_if(found.intents, [&](const Record& intent) { return intent.what.attempt == record.what.attempt; });
  });
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

std::optional<Outcome> settled_by(const Record& intent, const UnfinishedCalls& calls,
                                  const std::vector<AccessKey>& keys) {
  const Op op = rotation::get_op(intent.what.detail).value_or(Op::create_key);
  if (op == Op::create_key) return made_by(intent, calls, keys) ? std::nullopt : std::optional{Outcome::not_done};
  const auto key = std::ranges::find(keys, intent.what.key.value_or(rotation::AccessKeyId{}), &AccessKey::id);
  if (op == Op::delete_key) return key == keys.end() ? Outcome::done : Outcome::not_done;
  if (key == keys.end()) return Outcome::unknown;  // and of no matter any more
  const KeyStatus wanted = op == Op::activate_key ? KeyStatus::active : KeyStatus::inactive;
  return key->status == wanted ? Outcome::done : Outcome::not_done;
}

}  // namespace cli
