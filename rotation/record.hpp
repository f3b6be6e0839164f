// One line of the journal.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/names.hpp"
#include "rotation/procedure.hpp"
#include "rotation/time.hpp"

namespace rotation {

enum class Kind : std::uint8_t { started, intent, outcome, observation, decision, note };
enum class Outcome : std::uint8_t { done, not_done, half_done, unknown, refused };
// What one intent does. A step may need several: undoing `create` deactivates, then deletes the new key.
enum class Op : std::uint8_t {
  create_key,
  write_location,
  restore_location,
  activate_key,
  deactivate_key,
  delete_key,
  undelete_key  // out of the recycle bin
};

template <>
struct Words<Kind> {
  static constexpr std::array all{"started"sv, "intent"sv, "outcome"sv, "observation"sv, "decision"sv, "note"sv};
};
template <>
struct Words<Outcome> {
  static constexpr std::array all{"done"sv, "not_done"sv, "half_done"sv, "unknown"sv, "refused"sv};
};
template <>
struct Words<Op> {
  static constexpr std::array all{"create_key"sv,     "write_location"sv, "restore_location"sv, "activate_key"sv,
                                  "deactivate_key"sv, "delete_key"sv,     "undelete_key"sv};
};

// Flat on purpose: ordered, so its text form is canonical; no nesting, so SQL and people can read it.
using Detail = std::map<std::string, std::string>;

// What the engine wants written; the journal adds who, when, which and the hash.
struct Draft {
  Kind kind = Kind::note;
  std::optional<Step> step;
  Direction direction = Direction::forward;
  AttemptId attempt;               // may be empty
  std::optional<Outcome> outcome;  // outcomes alone have one
  std::optional<AccessKeyId> key;
  std::optional<LocationName> location;
  Detail detail;  // never a secret; `op` names the Op of intents and outcomes
};

struct Record {
  std::int64_t id = 0;  // of the journal, rising
  RotationId rotation;  // empty: a single `key` command
  int seq = 0;          // within the rotation, from 1 without gaps; 0 without a rotation
  Time at{};
  std::string actor;                  // the authenticated person, "ann@ops1"
  std::optional<std::string> claim;   // --actor
  std::optional<std::string> caller;  // the cloud's caller ARN, where known
  AccountName account;
  UserName user;
  Draft what;
  std::string hash;  // hex
};

// Reading a detail: nullopt where it is missing; corrupt text is a broken journal and throws StorageTrouble.
[[nodiscard]] std::optional<std::string> get(const Detail& detail, std::string_view key);
[[nodiscard]] std::optional<Seconds> get_seconds(const Detail& detail, std::string_view key);
[[nodiscard]] std::optional<Time> get_time(const Detail& detail, std::string_view key);
[[nodiscard]] std::optional<Instant> get_instant(const Detail& detail);
[[nodiscard]] std::optional<Op> get_op(const Detail& detail);
// Words with commas between them; empty where the key is missing.
[[nodiscard]] std::vector<std::string> get_list(const Detail& detail, std::string_view key);
void put(Detail& detail, const Instant& instant);  // wall, boot and boot_id
void put_list(Detail& detail, const std::string& key, const std::vector<std::string>& words);

// The record does not follow from those before it: a broken journal. Throws StorageTrouble.
[[noreturn]] void impossible(const Record& record, const std::string& why);

}  // namespace rotation
