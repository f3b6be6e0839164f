#include "tests/providers/raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace tests {

namespace {

// true: readable (or closed); false: the server stops.
bool wait_readable(int fd, const std::atomic<bool>& stopping) {
  pollfd poll_on{fd, POLLIN, 0};
  while (!stopping) {
    if (poll(&poll_on, 1, 20) > 0) return true;
  }
  return false;
}

}  // namespace

Peer::~Peer() { close(fd_); }

bool Peer::fill() {
  if (!wait_readable(fd_, stopping_)) return false;
  char bytes[16384];
  const auto count = recv(fd_, bytes, sizeof bytes, 0);
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> Peer::request() {
  std::size_t head = 0;
  while ((head = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  std::size_t length = 0;
  const std::string field = "Content-Length: ";
  if (const auto at = buffer_.find(field); at < head) {
    length = static_cast<std::size_t>(std::strtoul(buffer_.c_str() + at + field.size(), nullptr, 10));
  }
  const auto total = head + 4 + length;
  while (buffer_.size() < total) {
    if (!fill()) return std::nullopt;
  }
  auto one = buffer_.substr(0, total);
  buffer_.erase(0, total);
  return one;
}

void Peer::say(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto count = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Peer::wait_for_close() {
  while (fill()) buffer_.clear();
}

RawServer::RawServer(std::function<void(Peer&, int)> serve) : serve_(std::move(serve)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener_ < 0 || bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener_, 64) != 0 || getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no listening socket");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

RawServer::~RawServer() {
  stopping_ = true;
  acceptor_.join();
  for (auto& worker : workers_) worker.join();
  close(listener_);
}

void RawServer::accept_loop() {
  // Inherited by the workers, so that only the code under test can end the process by a SIGPIPE.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  while (wait_readable(listener_, stopping_)) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    workers_.emplace_back([this, fd, number = connections_++] {
      Peer peer{fd, stopping_};
      serve_(peer, number);
    });
  }
}

std::string RawServer::url(const std::string& scheme) const {
  return scheme + "://127.0.0.1:" + std::to_string(port_) + "/";
}

int Seen::count(std::string_view text) const {
  int found = 0;
  for (const auto& one : all()) found += one.find(text) != std::string::npos ? 1 : 0;
  return found;
}

std::string reply(int status, std::string_view body, std::string_view more_headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Text\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string{more_headers} + "\r\n" + std::string{body};
}

std::function<void(Peer&, int)> answering(std::function<std::string(const std::string&)> answer) {
  return [answer = std::move(answer)](Peer& peer, int) {
    while (const auto request = peer.request()) peer.say(answer(*request));
  };
}

}  // namespace tests
