#include "http_front.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "http_wire.hpp"

namespace simulated_cloud {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

bool keeps_alive(const Request& request) { return lower(request.header("connection").value_or("")) != "close"; }

// With RST pending data is thrown away and the peer sees "connection reset"; otherwise a plain end of stream.
void hang_up(int socket, bool reset) {
  if (reset) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else {
    ::shutdown(socket, SHUT_RDWR);
  }
}

}  // namespace

HttpFront::HttpFront(std::uint16_t port, Answer answer) : answer_(std::move(answer)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener_ < 0) fail("socket");
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 512) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0 || ::pipe2(wake_, O_CLOEXEC) != 0) {
    const int why = errno;
    ::close(listener_);
    errno = why;
    fail("listen on 127.0.0.1");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

HttpFront::~HttpFront() { stop(); }

void HttpFront::stop() {
  if (stopping_.exchange(true)) return;
  if (::write(wake_[1], "x", 1) != 1) return;
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (Connection& connection : connections_) ::shutdown(connection.socket, SHUT_RDWR);
  }
  reap(true);
  for (const int descriptor : {listener_, wake_[0], wake_[1]}) ::close(descriptor);
}

void HttpFront::accept_loop() {
  pollfd watched[2] = {{.fd = listener_, .events = POLLIN, .revents = 0},
                       {.fd = wake_[0], .events = POLLIN, .revents = 0}};
  while (!stopping_) {
    if (::poll(watched, 2, -1) < 0 && errno != EINTR) return;
    if (watched[1].revents != 0) return;
    if (watched[0].revents == 0) continue;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    reap(false);
    const std::lock_guard lock(mutex_);
    Connection& connection = connections_.emplace_back();
    connection.socket = socket;
    connection.number = ++numbered_;
    connection.thread = std::thread([this, &connection] { serve(connection); });
  }
}

void HttpFront::serve(Connection& connection) {
  HttpWire wire(connection.socket);
  Request request;
  bool reset = false;
  while (!stopping_) {
    const HttpWire::Got got = wire.read(request);
    if (got == HttpWire::Got::closed) break;
    Delivery delivery;
    if (got == HttpWire::Got::malformed) {
      const Reply reply{.status = 400, .headers = {}, .body = "malformed HTTP request\n"};
      static_cast<void>(wire.write(reply, delivery, false));
      break;
    }
    const Reply reply = answer_(request, connection.number, delivery);
    reset = delivery.reset;
    if (delivery.how == Delivery::How::nothing || !wire.write(reply, delivery, keeps_alive(request))) break;
  }
  hang_up(connection.socket, reset);
  // With RST the close itself sends it; reap() may come much later.
  const std::lock_guard lock(mutex_);
  ::close(connection.socket);
  connection.socket = -1;
  connection.finished = true;
}

void HttpFront::reap(bool all) {
  std::list<Connection> done;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = connections_.begin(); at != connections_.end();) {
      const auto next = std::next(at);
      if (all || at->finished) done.splice(done.end(), connections_, at);
      at = next;
    }
  }
  for (Connection& connection : done) connection.thread.join();
}

}  // namespace simulated_cloud
