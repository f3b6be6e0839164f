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
    std::optional<AccessKeyId> holds;  // what it holds, where that is not the old key
    bool empty = false;                // it holds none
  };
  std::map<LocationName, Told> told;
  // A rotation that somebody else began: its second key is there already, and its secret is sealed with the start.
  std::optional<AccessKeyId> adopted;
  std::optional<Batch> batch;
};

// The record by which a location joins a rotation that is open.
[[nodiscard]] Draft location_added(const LocationSpec& spec, const Start::Told& told, const Instant& now);
// Throws StorageTrouble where it names none.
[[nodiscard]] LocationView added_location(const View& view, const Record& record);

// The record that opens a rotation.
[[nodiscard]] Draft started(const Start& start);
// Takes the pins of that record over into an empty view. Throws StorageTrouble where one is missing.
void pin(View& view, const Record& record);

}  // namespace rotation
