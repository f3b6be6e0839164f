// Rotations that the worker starts by policy: which keys are too old, and who goes first.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/worker.hpp"
#include "inventory/key_row.hpp"

namespace cli {

class Fleet {
 public:
  explicit Fleet(const Config& config) : config_(config) {}

  void see(const inventory::KeyRow& row);
  // A rotation that ended in this pass: what the scan saw of its key is over.
  void forget(const rotation::View& ended);
  // Starts what is due, no more than the config allows, the canaries first. `unread`: accounts that the scan could not
  // read to their end. Throws Trouble for what stops all of it.
  void start(House& house, const std::set<rotation::AccountName>& unread, PassReport& report);

 private:
  struct Old {
    const ConfiguredTarget* target = nullptr;
    rotation::AccessKeyId key;
    rotation::Seconds age{};
  };
  [[nodiscard]] std::vector<Old> ready(const store::JournalReader& reader, PassReport& report) const;
  [[nodiscard]] std::optional<std::string> unsettled_canary(const store::JournalReader& reader,
                                                            const std::set<rotation::AccountName>& unread) const;
  [[nodiscard]] bool is_canary(const ConfiguredTarget& target) const;

  const Config& config_;
  std::map<std::string, Old> old_;  // by target
  std::set<rotation::UserName> users_;
};

}  // namespace cli
