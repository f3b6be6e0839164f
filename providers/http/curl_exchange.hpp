// What one exchange over libcurl needs, whoever waits for it. For the sources of this folder alone.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "providers/http/transport.hpp"
#include "providers/http/url.hpp"

namespace http {

using Easy = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
[[nodiscard]] Easy new_easy();

// The request's headers as libcurl takes them; wiped when they go.
class HeaderLines {
 public:
  explicit HeaderLines(const std::vector<Header>& headers);
  HeaderLines(const HeaderLines&) = delete;
  HeaderLines& operator=(const HeaderLines&) = delete;
  ~HeaderLines() { curl_slist_free_all(lines_); }
  [[nodiscard]] curl_slist* get() const { return lines_; }

 private:
  void add(const char* line);
  curl_slist* lines_ = nullptr;
};

// One exchange while it lasts; the request is held by the caller and stays where it is.
struct Exchange {
  const Request* request = nullptr;
  Response response = {};
  std::size_t header_bytes = 0;
  int sends = 0;            // how often libcurl was about to write the request
  bool head_whole = false;  // libcurl takes a head that ends in the middle for a reply without a body
  bool too_large = false;
  bool interrupted = false;
};

// Why this request may not go out at all; nullopt: it may.
[[nodiscard]] std::optional<NotSent> unfit(const Request& request, const std::optional<Url>& url);
// Everything that libcurl has to know, on a handle that is new or reset. What is given here stays where it is until the
// exchange has ended.
void prepare(CURL* easy, const Url& url, const HeaderLines& headers, Exchange& exchange,
             const TransportSettings& settings);
// What came of it.
[[nodiscard]] Reply ended(CURL* easy, CURLcode code, Exchange& exchange, const Url& url);
[[nodiscard]] LogLine log_line(const Request& request, const Url& url, const Reply& reply, Millis took);

}  // namespace http
