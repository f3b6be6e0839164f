// The simulated cloud as a server in this process: IAM, STS and a dummy data plane on one loopback port, and a control
// endpoint under /_control/.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "cloud.hpp"

namespace simulated_cloud {

struct ServerOptions {
  std::uint16_t port = 0;  // 0: a free one
  Clock clock = real_time;
  std::uint64_t seed = 1;  // of ids and secrets
};

class Server {
 public:
  // Listens when it returns. Throws std::system_error.
  explicit Server(const ServerOptions& options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::string url() const;  // "http://127.0.0.1:PORT"
  [[nodiscard]] Cloud& cloud();
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// Answers requests whose path starts with /_control/ (no authentication: loopback only).
[[nodiscard]] Reply answer_control(Cloud& cloud, const Request& request);

}  // namespace simulated_cloud
