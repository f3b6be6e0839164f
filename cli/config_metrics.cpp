#include "cli/config_metrics.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "cli/config_parts.hpp"
#include "cli/style.hpp"

namespace cli {
namespace {

constexpr const char* proxy_port = "2878";  // where a Wavefront proxy listens unless it is told otherwise

bool all_of(std::string_view text, std::string_view marks) {
  return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || marks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string without_slashes(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// People copy the whole address from a vendor's page.
std::string base_url(const yaml::Value& value, const std::string& path) {
  std::string url = without_slashes(parts::read_url(value));
  if (url.ends_with(path)) url = without_slashes(url.substr(0, url.size() - path.size()));
  return url;
}

[[noreturn]] void needs(const yaml::Value& value, const std::string& what) {
  yaml::wrong(value, value.what + " needs " + what + ".");
}

// HOST, HOST:PORT or [IPv6]:PORT.
void read_proxy(const yaml::Value& value, WavefrontConfig& wavefront) {
  const std::string text = yaml::text(value);
  std::string host = text, port = proxy_port;
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : 0;
  if (bracket == std::string::npos) needs(value, "a host, such as wavefront-proxy:2878");
  if (const std::size_t colon = text.find(':', bracket); colon != std::string::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  const bool bare = host.starts_with('[') && host.ends_with(']');
  const std::string name = bare ? host.substr(1, host.size() - 2) : host;
  const bool port_ok = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos &&
                       std::stoi(port) > 0 && std::stoi(port) <= 65535;
  if (!all_of(name, bare ? ":." : "._-") || !port_ok) {
    yaml::wrong(value, value.what + " wants the host of a proxy in your network, such as wavefront-proxy:2878.");
  }
  wavefront.address = "http://" + host + ":" + port;
  wavefront.proxy_host = name;
  std::ranges::transform(wavefront.proxy_host, wavefront.proxy_host.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
}

WavefrontConfig read_wavefront(const yaml::Value& value) {
  WavefrontConfig wavefront;
  std::optional<yaml::Value> url, proxy, token;
  yaml::read(value, {{"url", [&](const yaml::Value& each) { url = each; }},
                     {"token_file", [&](const yaml::Value& each) { token = each; }},
                     {"proxy", [&](const yaml::Value& each) { proxy = each; }}});
  if (url && proxy) yaml::wrong_key(*proxy, "metrics.wavefront has both \"url\" and \"proxy\": remove one of them.");
  if (proxy) {
    if (token) yaml::wrong_key(*token, "a proxy has the token itself: remove \"token_file\".");
    read_proxy(*proxy, wavefront);
    return wavefront;
  }
  if (!url) needs(value, "\"url\" with \"token_file\", or \"proxy\"");
  if (!token) needs(value, "\"token_file\", the file of an API token with the permission Direct Data Ingestion");
  wavefront.address = base_url(*url, "/report");
  wavefront.token_file = parts::read_path(*token);
  return wavefront;
}

bool looks_secret(std::string name) {
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  constexpr std::array words{"auth", "token", "key", "secret", "cookie", "password"};
  return std::ranges::any_of(words, [&](const char* word) { return name.find(word) != std::string::npos; });
}

std::string header_name(const yaml::Value& value, const std::string& name) {
  if (!all_of(name, "-_")) {
    yaml::wrong_key(value, "\"" + visible(name) + "\" is no header: letters, digits, - and _ only.");
  }
  return name;
}

void read_header(const yaml::Value& value, OtlpConfig& otlp) {
  if (looks_secret(value.key)) {
    yaml::wrong_key(value, "\"" + visible(value.key) + "\" holds a secret, which does not stand in the config: name " +
                               "its file in \"token_file\" and the header in \"token_header\".");
  }
  const std::string text = yaml::word(value);
  if (!std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c < 0x7f; })) {
    yaml::wrong(value, value.what + " holds a character that no header can carry.");
  }
  otlp.headers.emplace_back(header_name(value, value.key), text);
}

OtlpConfig read_otlp(const yaml::Value& value) {
  OtlpConfig otlp;
  yaml::read(value, {{"url", [&](const yaml::Value& each) { otlp.url = base_url(each, "/v1/metrics"); }},
                     {"token_file", [&](const yaml::Value& each) { otlp.token_file = parts::read_path(each); }},
                     {"token_header",
                      [&](const yaml::Value& each) { otlp.token_header = header_name(each, yaml::text(each)); }},
                     {"headers", [&](const yaml::Value& each) {
                        for (const yaml::Value& header : yaml::entries(each)) read_header(header, otlp);
                      }}});
  if (otlp.url.empty()) needs(value, "\"url\", such as http://127.0.0.1:4318");
  return otlp;
}

void read_job(const yaml::Value& value, PushgatewayConfig& gateway) {
  gateway.job = yaml::text(value);
  if (!all_of(gateway.job, "_.-")) {
    yaml::wrong(value, value.what + " wants letters, digits, . _ and - only.");
  }
}

PushgatewayConfig read_pushgateway(const yaml::Value& value) {
  PushgatewayConfig gateway;
  yaml::read(value, {{"url", [&](const yaml::Value& each) { gateway.url = base_url(each, "/metrics"); }},
                     {"job", [&](const yaml::Value& each) { read_job(each, gateway); }},
                     {"token_file", [&](const yaml::Value& each) { gateway.token_file = parts::read_path(each); }}});
  if (gateway.url.empty()) needs(value, "\"url\", such as http://127.0.0.1:9091");
  return gateway;
}

void read_key_ids(const yaml::Value& value, MetricsConfig& metrics) {
  const std::string word = yaml::word(value);
  const auto ids = rotation::parse_word<inventory::KeyIds>(word);
  if (!ids) yaml::unknown_word(value, word, {"whole", "last4"});
  metrics.key_ids = *ids;
}

void read_textfile(const yaml::Value& value, MetricsConfig& metrics) {
  metrics.textfile = parts::read_path(value);
  if (metrics.textfile->extension() != ".prom") {
    yaml::wrong(value, value.what + " wants a file that ends in .prom: node-exporter reads no other.");
  }
}

}  // namespace

MetricsConfig parts::read_metrics(const yaml::Value& value) {
  MetricsConfig metrics;
  yaml::read(value, {{"key_ids", [&](const yaml::Value& each) { read_key_ids(each, metrics); }},
                     {"warn_before", [&](const yaml::Value& each) { metrics.warn_before = yaml::duration(each); }},
                     {"stuck_after", [&](const yaml::Value& each) { metrics.stuck_after = yaml::duration(each); }},
                     {"retry_for", [&](const yaml::Value& each) { metrics.retry_for = yaml::duration(each); }},
                     {"textfile", [&](const yaml::Value& each) { read_textfile(each, metrics); }},
                     {"wavefront", [&](const yaml::Value& each) { metrics.wavefront = read_wavefront(each); }},
                     {"otlp", [&](const yaml::Value& each) { metrics.otlp = read_otlp(each); }},
                     {"pushgateway", [&](const yaml::Value& each) { metrics.pushgateway = read_pushgateway(each); }}});
  return metrics;
}

}  // namespace cli
