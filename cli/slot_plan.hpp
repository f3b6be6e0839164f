// Accounts as a whole: each user's keys, where they live, and the one command that comes next for it.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/holders.hpp"
#include "cli/key_scan.hpp"
#include "inventory/slots.hpp"
#include "rotation/next.hpp"

namespace cli {

// One place where a key lives.
struct SlotHome {
  std::string target, location;     // empty: no location of the config is it
  std::filesystem::path file = {};  // of such a place
  std::size_t line = 0;
  std::size_t more = 0;  // lines of that file that are not told one by one
};

struct KeyOfUser {
  KeyRow row;
  inventory::SlotKey facts;
  std::vector<SlotHome> homes = {};
};

struct OpenSlot {
  rotation::RotationId id;
  rotation::Procedure procedure = rotation::Procedure::rotate;
  rotation::Next next;
};

struct PlannedUser {
  rotation::AccountName account;
  std::string provider;
  rotation::AccountId account_id;
  rotation::UserName user;
  rotation::UserId user_id;
  std::vector<KeyOfUser> keys = {};
  std::optional<OpenSlot> open = {};
  rotation::Policy policy = {};
  inventory::KeyTimes times = {};
  inventory::SlotAdvice advice = {};
  std::string why = {}, command = {};  // `command` is empty where there is nothing to run

  [[nodiscard]] std::string target() const { return account.text() + "/" + user.text(); }
};

struct SlotCounts {
  std::size_t users = 0, with_key = 0, keys = 0;
  std::array<std::size_t, rotation::Words<inventory::NextStep>::all.size()> next{};  // users, by what comes next

  [[nodiscard]] std::size_t of(inventory::NextStep step) const { return next.at(static_cast<std::size_t>(step)); }
};

struct SlotPlan {
  std::vector<PlannedUser> users;  // what calls for something first
  SlotCounts counts;
  std::vector<std::string> not_looked_into;  // places where a key may stand and nobody could look
};

struct SlotPlanWords {
  ScanWords scan;
  std::optional<rotation::Seconds> unused_for;
  bool all = false;  // users with nothing to do, too
};

// Only users with more than one key, or something to do, stay in memory. Each location and each file is read once.
// Throws Trouble (usage, interrupted).
[[nodiscard]] SlotPlan plan_slots(House& house, const Config& config, KeysSeen& seen, const SlotPlanWords& words);

// "laptop", "prod/other:laptop", "/etc/app.env:3"; `own`: the target of the user that is spoken of.
[[nodiscard]] std::string home_words(const SlotHome& home, const std::string& own);

// Fills `why` and `command`. `places` are those of the user's own target, `gap` the first place that nobody could look
// into.
void put_into_words(PlannedUser& user, const std::vector<const ReadPlace*>& places, const std::string& gap,
                    rotation::Time now);

}  // namespace cli
