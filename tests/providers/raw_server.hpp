// A server of bare sockets for tests: it says exactly what a script tells it, byte by byte, and hangs up when told.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tests {

// One accepted connection.
class Peer {
 public:
  Peer(int fd, std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  // One whole request, head and body by Content-Length; nullopt when the other side closed or the server stops.
  std::optional<std::string> request();
  void say(std::string_view bytes) const;
  // Until the other side hangs up or the server stops.
  void wait_for_close();
  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool fill();
  int fd_;
  std::atomic<bool>& stopping_;
  std::string buffer_;
};

class RawServer {
 public:
  // `serve` is called for each connection, each in its own thread, with the connection's number from 0.
  explicit RawServer(std::function<void(Peer&, int)> serve);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(const std::string& scheme = "http") const;
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void accept_loop();
  std::function<void(Peer&, int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<int> connections_{0};
  std::thread acceptor_;
  std::vector<std::thread> workers_;
};

// Keeps what several connections saw.
class Seen {
 public:
  void add(const std::string& request) {
    const std::lock_guard lock{mutex_};
    all_.push_back(request);
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock{mutex_};
    return all_;
  }
  // Requests that hold this text.
  [[nodiscard]] int count(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> all_;
};

// "HTTP/1.1 200 OK", Content-Length and the body.
[[nodiscard]] std::string reply(int status, std::string_view body, std::string_view more_headers = {});

// A server that answers every request with what `answer` makes of it, on kept-alive connections.
[[nodiscard]] std::function<void(Peer&, int)> answering(std::function<std::string(const std::string&)> answer);

}  // namespace tests
