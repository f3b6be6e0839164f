// Requests off a socket, replies onto it.
#pragma once

#include <cstddef>
#include <string>

#include "cloud.hpp"

namespace simulated_cloud {

class HttpWire {
 public:
  explicit HttpWire(int socket) : socket_(socket) {}

  enum class Got { request, closed, malformed };
  // Reads one whole request; what came after it stays for the next call.
  [[nodiscard]] Got read(Request& request);
  // False if the connection can't be used any more.
  [[nodiscard]] bool write(const Reply& reply, const Delivery& delivery, bool keep);

 private:
  [[nodiscard]] bool fill();
  [[nodiscard]] bool send_all(std::string_view data);
  [[nodiscard]] Got read_body(Request& request);
  [[nodiscard]] Got read_chunks(Request& request);

  int socket_;
  std::string buffer_;
};

}  // namespace simulated_cloud
