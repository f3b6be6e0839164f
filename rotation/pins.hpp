// What a rotation pins at its start: the settings that no later edit of the config changes.
#pragma once

#include <optional>
#include <vector>

#include "rotation/view.hpp"

namespace rotation {

struct Start {
  Procedure procedure = Procedure::rotate;
  Target target;
  Policy policy;
  Connection connection;
  ProviderFacts provider;
  bool self = false;
  AccessKeyId old_key;
  std::optional<Time> old_created;
  std::optional<Seconds> idle_at_start;
  std::vector<LocationSpec> locations;
  // What the survey learned of places that do not show what they hold.
  struct Told {
    Custody custody = Custody::open;
    std::string mark;
  };
  std::map<LocationName, Told> told;
};

// The record that opens a rotation.
[[nodiscard]] Draft started(const Start& start);
// Takes the pins of that record over into an empty view. Throws StorageTrouble where one is missing.
void pin(View& view, const Record& record);

}  // namespace rotation
