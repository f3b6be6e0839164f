#include "providers/http/curl_exchange.hpp"
#include "providers/http/curl_memory.hpp"

namespace http {

namespace {

class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(TransportSettings settings) : settings_(std::move(settings)) {}

  Reply send(const Request& request) override {
    const auto url = parse_url(request.url);
    if (auto no = unfit(request, url)) return std::move(*no);
    load_curl();
    const auto started = std::chrono::steady_clock::now();
    auto reply = perform(request, *url);
    if (settings_.log) {
      const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started);
      settings_.log(log_line(request, *url, reply, took));
    }
    return reply;
  }

 private:
  Reply perform(const Request& request, const Url& url) {
    if (request.connection == Connection::fresh) {
      const auto own = new_easy();
      return run(own.get(), request, url);
    }
    if (!kept_) kept_ = new_easy();
    curl_easy_reset(kept_.get());  // keeps connections, sessions and names
    return run(kept_.get(), request, url);
  }

  Reply run(CURL* easy, const Request& request, const Url& url) const {
    Exchange exchange{.request = &request};
    const HeaderLines headers{request.headers};
    prepare(easy, url, headers, exchange, settings_);
    return ended(easy, curl_easy_perform(easy), exchange, url);
  }

  TransportSettings settings_;
  Easy kept_{nullptr, &curl_easy_cleanup};
};

}  // namespace

std::unique_ptr<Transport> curl_transport(TransportSettings settings) {
  return std::make_unique<CurlTransport>(std::move(settings));
}

}  // namespace http
