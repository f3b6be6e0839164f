// HTTP/1.1 over epoll in one thread. A reply waits for its time in a queue, so that a late one holds off nobody.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "service.hpp"

namespace iam_standin {

// A file descriptor, closed at the end.
class Handle {
 public:
  Handle(int number, const char* what);  // throws std::system_error for a negative one
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle();
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

class Server {
 public:
  // Listens on 127.0.0.1; port 0: any. `stop` becomes readable when it is time to end. Throws std::system_error.
  Server(Service& service, std::chrono::microseconds latency, std::uint16_t port, int stop);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void run();

 private:
  struct Connection;
  struct Due {
    Clock::time_point at;
    int socket;
    std::uint64_t connection;  // a number is used again; this is not
    bool hang_up;              // after `bytes`
    bool counted;
    std::string bytes;
  };

  void accept_all();
  void read_some(Connection& connection);
  // False when the connection is gone.
  [[nodiscard]] bool take_requests(Connection& connection);
  void take(Connection& connection, const Request& request, Clock::time_point now);
  void send_due();
  [[nodiscard]] bool deliver(Connection& connection, const Due& due);
  [[nodiscard]] bool flush(Connection& connection);
  void close(int socket);
  void arm_timer();
  void watch(int operation, int number, std::uint32_t events) const;
  [[nodiscard]] std::string head_of(const Reply& reply, Clock::time_point now);

  Service& service_;
  std::chrono::microseconds latency_;
  int stop_;
  Handle epoll_, listener_, timer_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;  // by socket
  std::deque<Due> due_;                                   // in the order of time: all wait equally long
  Clock::time_point armed_{};
  std::uint64_t last_connection_ = 0;
  std::string date_;
  Clock::time_point dated_{};
};

}  // namespace iam_standin
