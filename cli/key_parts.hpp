// What the single calls on keys share.
#pragma once

#include <string>
#include <vector>

#include "rotation/ports.hpp"
#include "rotation/record.hpp"

namespace cli {

inline rotation::Outcome outcome_of(const auto& answer) {
  if (rotation::refused(answer) != nullptr) return rotation::Outcome::refused;
  return rotation::unknown(answer) != nullptr ? rotation::Outcome::unknown : rotation::Outcome::done;
}

inline std::string ids_of(const std::vector<rotation::AccessKey>& keys) {
  std::string ids;
  for (const rotation::AccessKey& key : keys) ids += (ids.empty() ? "" : ",") + key.id.text();
  return ids;
}

}  // namespace cli
