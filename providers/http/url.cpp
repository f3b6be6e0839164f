#include "providers/http/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace http {

namespace {

bool plain(char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>' && c != '\\' && c != '#'; }

bool host_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'; }

bool is_ipv6(const std::string& text) {
  in6_addr address{};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

std::optional<int> parse_port(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

// "host", "host:port" or "[v6]:port" into `url`.
bool parse_authority(std::string_view text, Url& url) {
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    url.host = text.substr(1, close - 1);
    if (!is_ipv6(url.host)) return false;
    text.remove_prefix(close + 1);
    if (text.empty()) return true;
    if (text.front() != ':') return false;
    port = text.substr(1);
  } else {
    const auto colon = text.find(':');
    url.host = text.substr(0, colon);
    if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), host_char)) return false;
    if (colon == std::string_view::npos) return true;
    port = text.substr(colon + 1);
  }
  const auto number = parse_port(port);
  if (number) url.port = *number;
  return number.has_value();
}

}  // namespace

std::string Url::authority() const {
  auto text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (scheme == "https" ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), plain)) return std::nullopt;
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  Url url;
  std::size_t start = 0;
  if (lower.starts_with("https://")) {
    url.scheme = "https";
    url.port = 443;
    start = 8;
  } else if (lower.starts_with("http://")) {
    url.scheme = "http";
    url.port = 80;
    start = 7;
  } else {
    return std::nullopt;
  }
  const auto slash = lower.find_first_of("/?", start);
  const auto length = slash == std::string::npos ? std::string::npos : slash - start;
  if (!parse_authority(std::string_view{lower}.substr(start, length), url)) return std::nullopt;
  const auto rest = slash == std::string::npos ? std::string_view{} : text.substr(slash);
  const auto question = rest.find('?');
  url.path = rest.substr(0, question);
  if (url.path.empty()) url.path = "/";
  if (question != std::string_view::npos) url.query = rest.substr(question + 1);
  return url;
}

bool is_loopback(const Url& url) {
  if (url.host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, url.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, url.host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool may_speak_to(const Url& url, const std::vector<std::string>& plain_http_hosts) {
  if (url.scheme == "https" || is_loopback(url)) return true;
  return std::find(plain_http_hosts.begin(), plain_http_hosts.end(), url.host) != plain_http_hosts.end();
}

}  // namespace http
