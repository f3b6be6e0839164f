// Sends composed metrics to one place, as often as that place asks for, and says how much of it was taken.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "inventory/metrics_formats.hpp"
#include "providers/http/retry.hpp"
#include "providers/http/transport.hpp"
#include "rotation/errors.hpp"
#include "rotation/secret.hpp"

namespace inventory {

// What a reply means differs: Wavefront pushes back with 406, OTLP refuses points inside a 200.
enum class Dialect : std::uint8_t { wavefront, otlp, pushgateway };

struct Destination {
  Dialect dialect = Dialect::wavefront;
  std::string name;     // "Wavefront at https://example.wavefront.com"
  std::string setting;  // of the config, where the address stands: "metrics.wavefront.url"
  std::string url;      // whole
  std::vector<std::pair<std::string, std::string>> headers;
  std::string token_header;  // "Authorization"
  std::string token_scheme;  // "Bearer "
  std::optional<rotation::Secret> token;
  std::string token_file;                     // for messages
  std::vector<std::string> plain_http_hosts;  // beyond loopback, by the config's explicit word
};

struct Surroundings {
  http::Transport& wire;
  std::function<bool(rotation::Millis)> pause;  // false: interrupted
  std::function<bool()> interrupted;
  std::function<http::SysMillis()> now;    // for a Retry-After that is a date
  std::function<rotation::Millis()> boot;  // how long a try took
  std::function<double()> chance;          // [0, 1)
};

struct Delivery {
  std::size_t points = 0, taken = 0, batches = 0;
  rotation::Ending ending = rotation::Ending::ok;
  rotation::Problem problem;  // where it is not ok
  std::string remark;         // what the place said of points that it has taken all; empty as a rule
};

// Each point carries its own time, so that a batch may be sent again: it overwrites what the first try left.
// `patience.budget` is for all batches together: waits, and tries that failed. Never throws for what the other side
// does.
[[nodiscard]] Delivery deliver(const Destination& to, std::span<const Batch> batches, const http::RetryPolicy& patience,
                               const Surroundings& around);

}  // namespace inventory
