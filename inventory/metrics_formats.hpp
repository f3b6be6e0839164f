// The metrics as monitoring systems read them. All texts are UTF-8; the writers do no network and no files.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/metrics.hpp"

namespace inventory {

// Prometheus text exposition format 0.0.4, handed out in pieces: without timestamps, which node-exporter refuses.
void prometheus_text(const Metrics& metrics, const std::function<void(std::string_view)>& out);

// What goes out in one request.
struct Batch {
  std::string body;
  std::size_t points = 0;
};

struct BatchLimits {
  std::size_t points = 1000;
  std::size_t bytes = 256 << 10;
};

// Wavefront's data format: the age of each key in whole days, as one line of the script that this replaces, and
// everything that is not about one key under `keybaton.`. Wavefront forbids some values: what it would take for
// something else (control characters, backslashes) becomes an underscore, a value that is too long is cut. Throws
// Trouble (usage) where two accounts would so become one.
[[nodiscard]] std::vector<Batch> wavefront_batches(const Metrics& metrics, const BatchLimits& limits = {});
// "value", as a tag of this name: quotes escaped, 254 bytes at most together with the name.
[[nodiscard]] std::string wavefront_value(std::string_view name, std::string_view value);

// OTLP/HTTP in JSON, each batch a whole ExportMetricsServiceRequest.
[[nodiscard]] std::vector<Batch> otlp_batches(const Metrics& metrics, const BatchLimits& limits = {});

}  // namespace inventory
