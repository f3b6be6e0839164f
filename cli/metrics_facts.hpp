// Gathers what monitoring is told: the keys by a scan, the rotations from the journal alone.
#pragma once

#include "cli/compose.hpp"
#include "cli/key_scan.hpp"
#include "inventory/metrics.hpp"

namespace cli {

struct MetricFacts {
  inventory::Metrics metrics;
  Scanned scanned;  // what could not be read: no key of such an account is among the metrics
};

// Throws Trouble as scan_keys; usage where two of the accounts would be one by name.
[[nodiscard]] MetricFacts gather_metrics(House& house, const Config& config, const ScanWords& words);

enum class Whose : std::uint8_t { scanned_accounts, everybody };

// Open rotations, drift of each user's latest rotation, and how many have ended. Part of the above.
void add_rotations(inventory::Metrics& metrics, const store::JournalReader& reader, Whose whose,
                   const MetricsConfig& config, const rotation::Instant& now);

}  // namespace cli
