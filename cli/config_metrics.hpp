// What the config says of metrics: how keys appear in them, and who is told.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "inventory/metrics.hpp"
#include "rotation/time.hpp"

namespace cli {

struct WavefrontConfig {
  std::string address;               // of the instance without "/report", or of the proxy
  std::string proxy_host;            // empty: sent to the instance itself
  std::filesystem::path token_file;  // of an instance; absolute
};

struct OtlpConfig {
  std::string url;  // without "/v1/metrics"
  std::optional<std::filesystem::path> token_file;
  std::string token_header = "Authorization";  // there "Bearer " comes before the token
  std::vector<std::pair<std::string, std::string>> headers;
};

struct PushgatewayConfig {
  std::string url;  // without "/metrics/job/…"
  std::string job = "keybaton";
  std::optional<std::filesystem::path> token_file;
};

struct MetricsConfig {
  inventory::KeyIds key_ids = inventory::KeyIds::whole;
  rotation::Seconds warn_before{14 * 86'400};     // before max_age
  rotation::Seconds stuck_after{3'600};           // of a step whose outcome is not known
  rotation::Seconds retry_for{60};                // all waits of one place together
  std::optional<std::filesystem::path> textfile;  // absolute
  std::optional<WavefrontConfig> wavefront;
  std::optional<OtlpConfig> otlp;
  std::optional<PushgatewayConfig> pushgateway;
};

}  // namespace cli
