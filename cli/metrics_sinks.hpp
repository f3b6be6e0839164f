// Where metrics go: a file for node-exporter, and the places that the config names.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/compose.hpp"
#include "cli/reports.hpp"
#include "inventory/metrics_push.hpp"

namespace cli {

// Not in every command line a format stands: then all places are meant.
enum class MetricFormat : std::uint8_t { any, prometheus, wavefront, otlp_json };

// Opened before the scan, so that a slip shows before an hour of reading.
struct MetricSinks {
  std::optional<std::filesystem::path> textfile;
  std::vector<inventory::Destination> places;

  [[nodiscard]] bool empty() const { return !textfile && places.empty(); }
};

// Those of the config that speak the format, their tokens read. Throws Trouble (usage) for a token that can't be read
// or may be read by others.
[[nodiscard]] MetricSinks configured_sinks(const MetricsConfig& config, MetricFormat format);
// Throws Trouble (usage) where the file could not be written as things stand, or node-exporter would not read it.
void require_textfile(const std::filesystem::path& path);

struct Sent {
  std::string sink, to;  // "wavefront", its address without a token
  std::size_t points = 0, taken = 0, batches = 0;
  std::optional<Failure> failure;
};

// Everything is composed before the first byte leaves; one place that fails does not stop the others.
// Throws Trouble (usage) for what a format can't say.
[[nodiscard]] std::vector<Sent> send_metrics(House& house, const MetricSinks& sinks, const inventory::Metrics& metrics,
                                             rotation::Seconds retry_for);

}  // namespace cli
