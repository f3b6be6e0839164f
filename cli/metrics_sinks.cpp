#include "cli/metrics_sinks.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <system_error>

#include "cli/output.hpp"
#include "cli/style.hpp"
#include "platform/files.hpp"
#include "secrets_adapters/token_source.hpp"

namespace cli {
namespace {

namespace fs = std::filesystem;
using inventory::Batch;
using inventory::Destination;
using inventory::Dialect;

constexpr const char* nothing_done = "Nothing was read or sent; no key was touched.";

rotation::Secret token_in(const fs::path& file, const std::string& place) {
  auto answer = secrets_adapters::word_in_file(file, "the token of " + place);
  if (const auto* no = rotation::refused(answer)) {
    throw rotation::Trouble(
        rotation::Ending::usage,
        {.message = "Nothing can be sent: " + no->message + ".", .keys = nothing_done, .hint = no->remedy});
  }
  return std::move(*rotation::done(answer));
}

void add_token(Destination& to, const fs::path& file) {
  to.token = token_in(file, to.name);
  to.token_file = file.string();
}

Destination wavefront_at(const WavefrontConfig& config) {
  Destination to{.dialect = Dialect::wavefront,
                 .name = "Wavefront at " + config.address,
                 .setting = "metrics.wavefront.url",
                 .url = config.address + "/report?f=wavefront",
                 .headers = {{"Content-Type", "text/plain"}},
                 .token_header = "Authorization",
                 .token_scheme = "Bearer "};
  if (config.proxy_host.empty()) {
    add_token(to, config.token_file);
    return to;
  }
  to.name = "The Wavefront proxy at " + config.address;
  to.setting = "metrics.wavefront.proxy";
  to.url = config.address + "/";
  // A proxy has no TLS and wants no token: it stands in the same network, where the config names it.
  to.plain_http_hosts = {config.proxy_host};
  return to;
}

Destination otlp_at(const OtlpConfig& config) {
  Destination to{.dialect = Dialect::otlp,
                 .name = "The OTLP receiver at " + config.url,
                 .setting = "metrics.otlp.url",
                 .url = config.url + "/v1/metrics",
                 .headers = {{"Content-Type", "application/json"}},
                 .token_header = config.token_header,
                 .token_scheme = config.token_header == "Authorization" ? "Bearer " : ""};
  to.headers.insert(to.headers.end(), config.headers.begin(), config.headers.end());
  if (config.token_file) add_token(to, *config.token_file);
  return to;
}

Destination pushgateway_at(const PushgatewayConfig& config) {
  Destination to{.dialect = Dialect::pushgateway,
                 .name = "The Pushgateway at " + config.url,
                 .setting = "metrics.pushgateway.url",
                 .url = config.url + "/metrics/job/" + config.job,
                 .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
                 .token_header = "Authorization",
                 .token_scheme = "Bearer "};
  if (config.token_file) add_token(to, *config.token_file);
  return to;
}

Batch prometheus_batch(const inventory::Metrics& metrics) {
  Batch batch;
  inventory::prometheus_text(metrics, [&](std::string_view piece) { batch.body += piece; });
  for (const inventory::Family& family : inventory::families()) {
    family.samples(metrics, [&](std::span<const inventory::Label>, std::int64_t) { ++batch.points; });
  }
  return batch;
}

std::vector<Batch> composed(Dialect dialect, const inventory::Metrics& metrics) {
  switch (dialect) {
    case Dialect::wavefront: return inventory::wavefront_batches(metrics);
    case Dialect::otlp: return inventory::otlp_batches(metrics);
    case Dialect::pushgateway: {
      std::vector<Batch> whole;  // a PUT replaces all that was there: it can't come in pieces
      whole.push_back(prometheus_batch(metrics));
      return whole;
    }
  }
  return {};
}

std::string sink_word(Dialect dialect) {
  switch (dialect) {
    case Dialect::wavefront: return "wavefront";
    case Dialect::otlp: return "otlp";
    case Dialect::pushgateway: return "pushgateway";
  }
  return {};
}

// 0644: it is there to be read by another user, node-exporter's; one that is there already keeps its mode.
Sent write_textfile(const fs::path& path, const inventory::Metrics& metrics) {
  const Batch batch = prometheus_batch(metrics);
  Sent sent{.sink = "textfile", .to = path.string(), .points = batch.points, .taken = 0, .batches = 1, .failure = {}};
  try {
    platform::remove_leftovers(path);
    if (fs::exists(path)) {
      platform::replace_file(path, batch.body);
    } else {
      platform::create_private_file(path, batch.body, 0644);
    }
    sent.taken = batch.points;
  } catch (const std::system_error& error) {
    sent.failure = Failure{.ending = rotation::Ending::storage,
                           .problem = {.message = "The metrics could not be written to " + path.string() + ": " +
                                                  error.code().message() + ".",
                                       .keys = "No key was touched; the file is as it was.",
                                       .hint = "make room and give this user the right to write there, then run the "
                                               "same command again"}};
  }
  return sent;
}

Sent send_to(House& house, const Destination& to, const std::vector<Batch>& batches, rotation::Seconds retry_for) {
  http::TransportSettings settings;
  if (house.options().verbose) {
    settings.log = [&house](const http::LogLine& line) {
      log(house.options(), "request", line.what + " " + std::to_string(line.status) + " " + line.ending);
    };
  }
  const auto wire = open_network(std::move(settings));
  std::mt19937_64 source{std::random_device{}()};
  const inventory::Surroundings around{.wire = *wire,
                                       .pause =
                                           [&](rotation::Millis span) {
                                             return house.clock().wait(span, [](rotation::Millis) {}) ==
                                                    rotation::Waited::done;
                                           },
                                       .interrupted = [&] { return house.clock().interrupted(); },
                                       .now = [&] { return http::SysMillis{house.now().wall}; },
                                       .boot = [&] { return house.now().boot; },
                                       .chance =
                                           [&] {
                                             return std::uniform_real_distribution<double>{0, 1}(source);
                                           }};
  const http::RetryPolicy patience{.attempts = 12, .base = rotation::Millis{500}, .budget = retry_for};
  const inventory::Delivery delivery = inventory::deliver(to, batches, patience, around);
  Sent sent{.sink = sink_word(to.dialect),
            .to = to.url,
            .points = delivery.points,
            .taken = delivery.taken,
            .batches = delivery.batches,
            .failure = {}};
  if (!delivery.remark.empty()) {
    warn(paragraph("Note: " + visible(delivery.remark) + ".", 0, err_style(house.options())));
  }
  if (delivery.ending != rotation::Ending::ok) {
    sent.failure = Failure{.ending = delivery.ending, .problem = delivery.problem};
  }
  return sent;
}

}  // namespace

MetricSinks configured_sinks(const MetricsConfig& config, MetricFormat format) {
  MetricSinks sinks;
  const auto wanted = [&](MetricFormat each) { return format == MetricFormat::any || format == each; };
  if (wanted(MetricFormat::prometheus)) {
    sinks.textfile = config.textfile;
    if (config.pushgateway) sinks.places.push_back(pushgateway_at(*config.pushgateway));
  }
  if (wanted(MetricFormat::wavefront) && config.wavefront) sinks.places.push_back(wavefront_at(*config.wavefront));
  if (wanted(MetricFormat::otlp_json) && config.otlp) sinks.places.push_back(otlp_at(*config.otlp));
  return sinks;
}

void require_textfile(const fs::path& path) {
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw rotation::Trouble(rotation::Ending::usage,
                            {.message = "The metrics cannot go to " + path.string() + ": " + why + ".",
                             .keys = nothing_done,
                             .hint = hint});
  };
  if (path.extension() != ".prom") {
    refuse("node-exporter reads only files that end in .prom", "name one: --textfile " + path.string() + ".prom");
  }
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(directory, error)) {
    refuse("there is no directory " + directory.string(),
           "make it, or name the one that node-exporter is told by --collector.textfile.directory");
  }
  if (platform::world_writable_parent(fs::absolute(path))) {
    refuse("anybody may write to its directory or to one above it, so anybody could put other numbers there",
           "chmod o-w the directory, or name another file with --textfile PATH");
  }
  try {
    if (fs::exists(fs::symlink_status(path, error))) {
      platform::check_replaceable(path);
    } else if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
      throw std::system_error(errno, std::generic_category());
    }
  } catch (const std::system_error& trouble) {
    refuse(trouble.code().message(), "let this user write there, or name another file with --textfile PATH");
  }
}

std::vector<Sent> send_metrics(House& house, const MetricSinks& sinks, const inventory::Metrics& metrics,
                               rotation::Seconds retry_for) {
  std::vector<std::vector<Batch>> loads;
  for (const Destination& to : sinks.places) loads.push_back(composed(to.dialect, metrics));
  std::vector<Sent> all;
  if (sinks.textfile) all.push_back(write_textfile(*sinks.textfile, metrics));
  for (std::size_t i = 0; i < loads.size() && !house.clock().interrupted(); ++i) {
    all.push_back(send_to(house, sinks.places[i], loads[i], retry_for));
  }
  return all;
}

}  // namespace cli
