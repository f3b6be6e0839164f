// The documented JSON, one function a shape. Each returns one document on one line, without a line break at its end.
// The text is ASCII; bytes that are no UTF-8 become \ufffd. No function throws for what a cloud said.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "cli/reports.hpp"
#include "inventory/tally.hpp"
#include "rotation/record.hpp"

namespace cli::json {

[[nodiscard]] std::string rotation(const RotationReport& report);
// `failure`: of the command as a whole, where it has one.
[[nodiscard]] std::string rotations(std::span<const RotationReport> reports,
                                    const std::optional<Failure>& failure = std::nullopt);
[[nodiscard]] std::string history_line(const rotation::Record& record);
[[nodiscard]] std::string verified(const Verified& result);
// `open`: the rotation that is already under way, whose plan this is.
[[nodiscard]] std::string plan(const rotation::Prospect& prospect,
                               const std::optional<rotation::RotationId>& open = std::nullopt);
// An error object, with the attention beside it where there is one.
[[nodiscard]] std::string turned(const rotation::Turned& turned);
[[nodiscard]] std::string keys(const KeysReport& report, const std::optional<Failure>& failure = std::nullopt);
// The same in pieces, for lists that are too long to stand in memory: `{"keys":[`, the keys with commas between them,
// and what follows the list.
[[nodiscard]] std::string key(const KeyRow& row);
// How much of the accounts an answer rests on.
struct Coverage {
  std::vector<std::string> incomplete;            // accounts that could not be read
  std::map<std::string, rotation::Time> scanned;  // of a remembered answer: when each account was seen
  std::optional<Failure> failure;
};
[[nodiscard]] std::string after_keys(const Coverage& coverage);
// Keys that were counted by the values of a field.
[[nodiscard]] std::string count(const inventory::Tally& tally, const Coverage& coverage);
[[nodiscard]] std::string doctor(std::span<const Check> checks);
// `secret_file` empty: null, the secret went to a terminal.
[[nodiscard]] std::string key_created(const rotation::AccessKeyId& key, const rotation::UserName& user,
                                      const std::string& secret_file);
// `uses` as far as the event history tells: who, newest first.
[[nodiscard]] std::string key_last_used(const rotation::AccessKeyId& key, const rotation::LastUsed& used,
                                        const std::vector<rotation::KeyUse>& uses = {});
[[nodiscard]] std::string error(const Failure& failure);

}  // namespace cli::json
