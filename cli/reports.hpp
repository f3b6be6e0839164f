// What commands hand to the renderings, in JSON and for people alike.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inventory/key_row.hpp"
#include "rotation/engine.hpp"
#include "rotation/errors.hpp"
#include "rotation/next.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace cli {

// How a command ended when it did not end as ok.
struct Failure {
  rotation::Ending ending = rotation::Ending::internal;
  rotation::Problem problem;
};

// Why what was agreed for a whole batch holds no longer; empty: it holds, or there was nothing.
[[nodiscard]] inline std::string consent_over(const rotation::View& view) {
  const bool withdrawn = view.standing && view.standing->withdrawn;
  return withdrawn ? "the config that gave it agrees no longer" : view.consent_over;
}

// One rotation as it stands, and how this command ended with it.
struct RotationReport {
  const rotation::View* view = nullptr;  // never null when rendered
  rotation::Next next;
  std::optional<Failure> error;
};

using inventory::KeyRow;

struct KeysReport {
  std::vector<KeyRow> keys;
  std::vector<std::string> incomplete;  // accounts that could not be read
};

struct Check {
  std::string name;
  bool ok = false;
  std::string detail;
  std::string hint;  // empty where there is nothing to do
};

struct Verified {
  bool ok = false;
  std::int64_t records = 0, rotations = 0;
  std::string head;                       // hex
  std::optional<std::int64_t> first_bad;  // of a broken chain or projection
  std::string why;
};

// How long a step of a plan will wait at least: verify for the quiet that really counts (raised to the key's cadence or
// to the time it has been idle) and the lag, delete for the grace.
[[nodiscard]] rotation::Seconds wait_of(const rotation::Row& row, const rotation::Start& start);
// What a step of a plan will ask for.
[[nodiscard]] std::vector<rotation::Need> needs_of(const rotation::Row& row, const rotation::Start& start);
// The plan of a rotation that is open already, from its pins. `locations` is left empty: what they hold changes.
[[nodiscard]] rotation::Prospect prospect_of(const rotation::View& open);
// Every location can be put back; else a rollback can only reactivate the old key.
[[nodiscard]] bool fully_restorable(const rotation::Prospect& prospect);

}  // namespace cli
