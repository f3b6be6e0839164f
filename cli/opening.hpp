// A rotation's journal for a rollback: for writing if it can be had, else one that can at least be read.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "cli/compose.hpp"

namespace cli {

struct Opened {
  std::optional<store::JournalStore> store;
  std::unique_ptr<rotation::Journal> journal;
};

// While the old key is not Active yet, another process's hold on the journal may cost this much, no more.
inline constexpr std::chrono::milliseconds outage_patience{500};

[[nodiscard]] Opened open_somehow(House& house, const store::JournalReader& reader, const rotation::RotationId& id);

}  // namespace cli
