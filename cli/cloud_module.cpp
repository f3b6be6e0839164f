// The cloud module: the one place where the command line meets the providers' concrete classes.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <thread>

#include "cli/cloud_parts.hpp"
#include "cli/version.hpp"
#include "providers/known/kinds.hpp"

namespace cli {
namespace cloud_parts {
namespace {

// A colleague's home is closed to us: whoever goes on with a team's rotation signs with credentials of his own, and the
// identity check says whether they will do.
bool closed_to_us(const std::string& file) { return ::access(file.c_str(), R_OK) != 0 && errno == EACCES; }

const known::Kind& kind_of(const rotation::Connection& connection) {
  return known::kind_or_first(pinned(connection, "provider").value_or(""));
}

constexpr std::string_view endpoint_prefix = "endpoint.";

}  // namespace

std::optional<std::string> pinned(const rotation::Connection& connection, const std::string& key) {
  const auto found = connection.find(key);
  if (found == connection.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

calling::Environment environment(const rotation::Connection& connection) {
  return [connection, real = calling::real_world().env](const std::string& name) -> std::optional<std::string> {
    for (const known::File& file : kind_of(connection).files) {
      if (name != file.variable) continue;
      auto path = pinned(connection, std::string(file.pin));
      if (path && !closed_to_us(*path)) return path;
    }
    return real(name);
  };
}

calling::World world(const rotation::Connection& connection, const CloudNeeds& needs) {
  calling::World made = calling::real_world();
  made.env = environment(connection);
  if (needs.ask_code) made.ask_code = needs.ask_code;
  if (!needs.interrupted) return made;
  made.interrupted = needs.interrupted;
  // In slices, so that Ctrl-C ends a retry's pause within a tenth of a second.
  made.sleep = [interrupted = needs.interrupted](rotation::Millis span) {
    while (span.count() > 0 && !interrupted()) {
      const rotation::Millis slice = std::min(span, rotation::Millis{100});
      std::this_thread::sleep_for(slice);
      span -= slice;
    }
    return !interrupted();
  };
  return made;
}

std::map<std::string, std::string> endpoints(const rotation::Connection& connection) {
  std::map<std::string, std::string> urls;
  for (const auto& [key, value] : connection) {
    if (key.starts_with(endpoint_prefix) && !value.empty()) urls[key.substr(endpoint_prefix.size())] = value;
  }
  return urls;
}

std::function<void(const http::LogLine&)> log(const CloudNeeds& needs) {
  if (!needs.log) return {};
  return [write = needs.log](const http::LogLine& line) {
    write(line.what + " " + std::to_string(line.status) + " " + line.ending + " " + line.request_id + " " +
          std::to_string(line.took.count()) + "ms");
  };
}

}  // namespace cloud_parts

namespace {

struct Opener {
  std::string_view provider;
  std::unique_ptr<CloudAccess> (*open)(const rotation::Connection&, const CloudNeeds&);
};
constexpr std::array openers{Opener{"aws", cloud_parts::open_aws}, Opener{"alibaba", cloud_parts::open_alibaba}};

}  // namespace
}  // namespace cli

extern "C" {

[[gnu::visibility("default")]] const char* keybaton_cloud_version() { return cli::version; }

[[gnu::visibility("default")]] cli::CloudAccess* keybaton_cloud_open(const rotation::Connection& connection,
                                                                     const cli::CloudNeeds& needs) {
  const std::string provider = cli::cloud_parts::pinned(connection, "provider").value_or("aws");
  const auto* found = std::ranges::find(cli::openers, provider, &cli::Opener::provider);
  if (found == cli::openers.end()) {
    throw rotation::Trouble(rotation::Ending::usage,
                            {.message = "The provider \"" + provider + "\" is not in this version.",
                             .keys = "Nothing was done, no key was touched.",
                             .hint = "use an account whose provider is aws or alibaba"});
  }
  return found->open(connection, needs).release();
}

[[gnu::visibility("default")]] http::Transport* keybaton_network_open(http::TransportSettings&& settings) {
  return http::curl_transport(std::move(settings)).release();
}

[[gnu::visibility("default")]] http::Crowd* keybaton_crowd_open(std::size_t seats) {
  return http::curl_crowd(seats).release();
}
}
