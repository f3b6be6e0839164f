// A plan for a clean: a file to review and to cut down, which `--apply` then does exactly.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/reports.hpp"

namespace cli {

// One line of it.
struct PlannedKey {
  rotation::AccountName account;
  rotation::AccountId account_id;
  rotation::UserName user;
  rotation::UserId user_id;
  rotation::AccessKeyId key;
  std::string status;  // as it was then
  rotation::Time created{};
  std::optional<rotation::Time> last_used;  // empty: never
  std::size_t line = 0;                     // in the file, from 1
};

struct CleanPlan {
  std::string query;  // canonical
  rotation::Time made_at{};
  std::string made_by;
  std::vector<PlannedKey> keys;
};

[[nodiscard]] PlannedKey planned(const KeyRow& row);
// YAML, one key a line.
[[nodiscard]] std::string clean_plan_text(const CleanPlan& plan);
// Throws Trouble (usage): "FILE:LINE:COLUMN: …". `file` is for messages.
[[nodiscard]] CleanPlan parse_clean_plan(const std::string& text, const std::filesystem::path& file);
// Throws Trouble (usage) for a file that is not there or cannot be read.
[[nodiscard]] CleanPlan read_clean_plan(const std::filesystem::path& file);
// 0600, never over a file that is there. Throws Trouble (usage).
void write_clean_plan(const std::filesystem::path& file, const CleanPlan& plan);

// What has changed about this key since the plan was made, in words; empty: nothing that matters.
[[nodiscard]] std::string fell_out(const PlannedKey& planned, const KeyRow& now);

}  // namespace cli
