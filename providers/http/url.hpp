// The few URLs that keybaton speaks to, taken apart strictly, and who may be spoken to without TLS.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; an IPv6 address without its brackets
  int port = 0;        // the scheme's own where none is given
  std::string path;    // at least "/"
  std::string query;   // without "?"; may be empty

  // As the Host header has it: brackets around IPv6, the port only where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
};

// nullopt for another scheme, user info, a fragment, a blank, a control byte or anything beyond ASCII.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

// 127.0.0.0/8, ::1 or "localhost".
[[nodiscard]] bool is_loopback(const Url& url);

// https anywhere; http to loopback, or to one of these hosts.
[[nodiscard]] bool may_speak_to(const Url& url, const std::vector<std::string>& plain_http_hosts);

}  // namespace http
