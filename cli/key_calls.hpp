// The single calls on one user's keys: identity first, an intent before each change, its outcome after.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/compose.hpp"
#include "cli/secret_place.hpp"
#include "rotation/ports.hpp"

namespace cli {

class KeyCalls {
 public:
  // Asks who signs, and pins the user by its id. Throws Trouble: usage for an unknown user, wrong_account, refused,
  // unknown.
  KeyCalls(House& house, const TargetWords& target);

  [[nodiscard]] const rotation::Target& target() const { return target_; }
  [[nodiscard]] rotation::Cloud& cloud() { return access_->cloud(); }
  [[nodiscard]] std::vector<rotation::AccessKey> keys();
  // Throws Trouble (usage) if the user has no such key.
  [[nodiscard]] rotation::AccessKey key(const rotation::AccessKeyId& id);
  [[nodiscard]] rotation::LastUsed last_used(const rotation::AccessKeyId& id);
  // Who used it, newest first; empty where the event history cannot be read.
  [[nodiscard]] std::vector<rotation::KeyUse> uses(const rotation::AccessKeyId& id);

  // That name the user in a command: "prod/support-api", "--profile dev".
  [[nodiscard]] const std::string& words() const { return words_; }

  // Of calls that were cut short before their outcome was on record: says how each stands by the user's keys as they
  // are now, and records it once the call is surely over. A sentence for each.
  [[nodiscard]] std::vector<std::string> settle(const std::vector<rotation::AccessKey>& keys);

  // What `--accept` agreed to.
  void accept(std::set<std::string> words) { accepted_ = std::move(words); }

  // Each throws Trouble: needs_operator while a rotation of the user is open or where consent is missing.
  void set_status(const rotation::AccessKeyId& id, rotation::KeyStatus status);
  void remove(const rotation::AccessKeyId& id);
  [[nodiscard]] rotation::AccessKeyId create(SecretPlace& place);

 private:
  // `waking`: the key that the call turns on, if that is what it does. The old key of a rotation whose records cannot
  // be read is not kept from that.
  void refuse_open_rotation(const std::optional<rotation::AccessKeyId>& waking = {});
  void tell_of_the_bin(rotation::Question& question);
  [[nodiscard]] rotation::Trouble no_free_slot(const rotation::Refused& no);
  void ask(rotation::Step step, rotation::Op op, const rotation::AccessKey& key, const std::string& what);
  [[nodiscard]] rotation::Draft draft(rotation::Kind kind, rotation::Op op) const;
  void record(rotation::Draft draft);
  // `keys`: how they stand after the call. Throws Trouble with that where it cannot be recorded.
  void record_outcome(rotation::Draft outcome, const std::string& keys);
  // Intent, call, outcome; an unknown outcome is settled by reading where `holds` says that it shows.
  void change(rotation::Op op, const rotation::AccessKeyId& id,
              const std::function<rotation::Answer<rotation::Nothing>()>& call,
              const std::function<bool(const std::vector<rotation::AccessKey>&)>& holds);
  void unmake(const rotation::AccessKeyId& id, const rotation::AttemptId& attempt, const std::string& why);

  House& house_;
  std::unique_ptr<CloudAccess> access_;
  rotation::Target target_;
  std::string words_;
  std::set<std::string> accepted_;
  rotation::Arn caller_;
  std::optional<store::JournalStore> store_;
};

}  // namespace cli
