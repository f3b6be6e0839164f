// Many exchanges under way at once, on kept-alive connections, in one thread. For reads alone: a request may be written
// twice where a kept-alive connection closes without a reply.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "providers/http/transport.hpp"

namespace http {

class Crowd {
 public:
  struct Finished {
    std::uint64_t tag = 0;
    Reply reply;
    Millis took{};
  };

  virtual ~Crowd() = default;
  // Begins it; the request goes out at once or with the next `wait`. At most as many as there are seats.
  virtual void start(Request request, std::shared_ptr<const TransportSettings> settings, std::uint64_t tag) = 0;
  // What has ended, after waiting at most this long for the first; none if nothing did.
  [[nodiscard]] virtual std::vector<Finished> wait(Millis at_most) = 0;
  [[nodiscard]] virtual std::size_t under_way() const = 0;
  [[nodiscard]] virtual std::size_t seats() const = 0;
};

// libcurl, with the same safeguards as `curl_transport`.
[[nodiscard]] std::unique_ptr<Crowd> curl_crowd(std::size_t seats);

}  // namespace http
