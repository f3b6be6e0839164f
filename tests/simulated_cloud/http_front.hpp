// A small HTTP/1.1 server on loopback: kept-alive connections, one thread each, and the power to close a connection
// without a byte or in the middle of a reply, which ready-made servers take care never to do.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "cloud.hpp"

namespace simulated_cloud {

class HttpFront {
 public:
  using Answer = std::function<Reply(const Request&, std::uint64_t connection, Delivery&)>;

  // Listens at once on 127.0.0.1; port 0 takes a free one. Throws std::system_error.
  HttpFront(std::uint16_t port, Answer answer);
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Closes every connection and joins every thread; safe to call twice.
  void stop();

 private:
  struct Connection {
    int socket = -1;
    std::uint64_t number = 0;
    std::atomic<bool> finished{false};
    std::thread thread;
  };
  void accept_loop();
  void serve(Connection& connection);
  void reap(bool all);

  Answer answer_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // guards connections_
  std::list<Connection> connections_;
  std::uint64_t numbered_ = 0;
  std::thread acceptor_;
};

}  // namespace simulated_cloud
