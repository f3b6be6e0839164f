// One rotation of many that a clean-up started together: what it pins beside the usual, and the one consent for all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "rotation/procedure.hpp"
#include "rotation/time.hpp"
#include "rotation/words.hpp"

namespace rotation {

// What becomes of a key that somebody tried to use during its grace. It is never deleted.
enum class OnUse : std::uint8_t { stop, reactivate };
template <>
struct Words<OnUse> {
  static constexpr std::array all{std::string_view{"stop"}, std::string_view{"reactivate"}};
};

struct Batch {
  std::string id;     // "b-01J…"
  std::string query;  // that chose the key, in its canonical form
  OnUse on_use = OnUse::stop;
  // The owner is told before the first act, which comes this much later; zero: nobody is told.
  Seconds warn_before{};
  std::string owner = {};
  // Switched off by somebody before the start: since when surely, and how that is known. Its grace counts from there;
  // where nothing tells, from its first sight.
  bool was_off = false;
  std::optional<Time> off_since = {};
  std::string off_by = {};
  bool operator==(const Batch&) const = default;
};

// Given once for every key of a batch. It holds as long as nothing has happened that no plan foresees: a use of the
// key, another person's hand on it, a rollback.
struct Standing {
  std::set<Step> steps;
  std::string by;           // who gave it
  Time at{};                // and when
  std::optional<Time> use;  // the key's last use as it was then
  bool by_config = false;   // what a config allows unattended; else a person gave it
  bool withdrawn = false;   // that config was seen to agree no longer
  bool operator==(const Standing&) const = default;
};

}  // namespace rotation
