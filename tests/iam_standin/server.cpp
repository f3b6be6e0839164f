#include "server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <system_error>

namespace iam_standin {
namespace {

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 410: return "Gone";
    case 503: return "Service Unavailable";
    default: return "Internal Server Error";
  }
}

std::uint16_t listen_on(int socket, std::uint16_t port) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(socket, 1024) != 0 ||
      ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot listen on port " + std::to_string(port));
  }
  return ntohs(address.sin_port);
}

}  // namespace

Handle::Handle(int number, const char* what) : number_(number) {
  if (number < 0) throw std::system_error(errno, std::generic_category(), what);
}
Handle::~Handle() { ::close(number_); }

struct Server::Connection {
  int socket = -1;
  std::uint64_t number = 0;
  std::string in, out;
  std::size_t waiting = 0;     // replies of its that are not yet due
  bool last_asked = false;     // nothing more is read from it
  bool watches_write = false;  // its reader is slower than we are
};

Server::Server(Service& service, std::chrono::microseconds latency, std::uint16_t port, int stop)
    : service_(service),
      latency_(latency),
      stop_(stop),
      epoll_(::epoll_create1(EPOLL_CLOEXEC), "epoll"),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timer") {
  port_ = listen_on(listener_.get(), port);
  for (const int each : {listener_.get(), timer_.get(), stop_}) watch(EPOLL_CTL_ADD, each, EPOLLIN);
}

Server::~Server() {
  for (const auto& each : connections_) {
    if (each) ::close(each->socket);
  }
}

void Server::watch(int operation, int number, std::uint32_t events) const {
  epoll_event event{.events = events, .data = {.fd = number}};
  if (::epoll_ctl(epoll_.get(), operation, number, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

void Server::run() {
  std::array<epoll_event, 128> events;
  for (;;) {
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "epoll_wait");
    for (int at = 0; at < ready; ++at) {
      const epoll_event& event = events[static_cast<std::size_t>(at)];
      const int number = event.data.fd;
      if (number == stop_) return;
      if (number == listener_.get()) {
        accept_all();
      } else if (number == timer_.get()) {
        std::uint64_t rings = 0;
        static_cast<void>(::read(number, &rings, sizeof rings) > 0);
        armed_ = {};
      } else if (Connection* connection = connections_[static_cast<std::size_t>(number)].get()) {
        if ((event.events & EPOLLOUT) != 0 && !flush(*connection)) continue;
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_some(*connection);
      }
    }
    send_due();
    arm_timer();
  }
}

void Server::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const auto at = static_cast<std::size_t>(socket);
    if (connections_.size() <= at) connections_.resize(at + 64);
    connections_[at] = std::make_unique<Connection>();
    connections_[at]->socket = socket;
    connections_[at]->number = ++last_connection_;
    Counts& counts = service_.counts();
    ++counts.accepted;
    counts.max_connections = std::max(counts.max_connections, ++counts.connections);
    watch(EPOLL_CTL_ADD, socket, EPOLLIN);
  }
}

void Server::read_some(Connection& connection) {
  std::array<char, 65536> bytes;
  const ssize_t size = ::recv(connection.socket, bytes.data(), bytes.size(), 0);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) return close(connection.socket);
  connection.in.append(bytes.data(), static_cast<std::size_t>(size));
  if (!take_requests(connection)) close(connection.socket);
}

bool Server::take_requests(Connection& connection) {
  const Clock::time_point now = Clock::now();
  std::size_t taken = 0;
  try {
    while (!connection.last_asked && taken < connection.in.size()) {
      const auto request = read_request(std::string_view(connection.in).substr(taken));
      if (!request) break;
      taken += request->size;
      take(connection, *request, now);
    }
  } catch (const std::runtime_error&) {
    return false;
  }
  connection.in.erase(0, taken);
  return true;
}

void Server::take(Connection& connection, const Request& request, Clock::time_point now) {
  connection.last_asked = request.last;
  const bool about = request.method == "GET" && request.path != "/";
  Due due{.at = now,
          .socket = connection.socket,
          .connection = connection.number,
          .hang_up = request.last,
          .counted = !about,
          .bytes = {}};
  if (about && connection.waiting == 0) {
    const Reply reply = service_.about(request.path);
    due.bytes = head_of(reply, now) + reply.body;
    ++connection.waiting;
    due_.push_front(std::move(due));
    return;
  }
  const auto reply = about ? service_.about(request.path) : service_.answer(request, now);
  if (reply) due.bytes = head_of(*reply, now) + reply->body;
  due.hang_up = request.last || !reply;
  due.at = now + latency_;
  Counts& counts = service_.counts();
  if (!about) counts.max_in_flight = std::max(counts.max_in_flight, ++counts.in_flight);
  ++connection.waiting;
  due_.push_back(std::move(due));
}

std::string Server::head_of(const Reply& reply, Clock::time_point now) {
  if (date_.empty() || now - dated_ > std::chrono::milliseconds(500)) {
    const std::time_t time = ::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char text[64];
    date_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
    dated_ = now;
  }
  std::string head;
  head.reserve(256 + reply.body.size());
  head.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ").append(reason(reply.status));
  head.append("\r\nx-amzn-RequestId: 7b7a4f04-0000-0000-0000-000000000000\r\nContent-Type: ").append(reply.type);
  head.append("\r\nContent-Length: ").append(std::to_string(reply.body.size()));
  head.append("\r\nDate: ").append(date_).append("\r\n\r\n");
  return head;
}

void Server::send_due() {
  const Clock::time_point now = due_.empty() ? Clock::time_point{} : Clock::now();
  while (!due_.empty() && due_.front().at <= now) {
    const Due due = std::move(due_.front());
    due_.pop_front();
    Counts& counts = service_.counts();
    if (due.counted) {
      --counts.in_flight;
      counts.last = now;
    }
    Connection* connection = connections_[static_cast<std::size_t>(due.socket)].get();
    if (connection == nullptr || connection->number != due.connection) continue;
    --connection->waiting;
    if (!deliver(*connection, due)) close(due.socket);
  }
}

bool Server::deliver(Connection& connection, const Due& due) {
  connection.out += due.bytes;
  if (!flush(connection)) return true;  // closed already
  return !due.hang_up || !connection.out.empty();
}

// What the socket takes now; the rest when it takes more. False when the connection is gone.
bool Server::flush(Connection& connection) {
  std::size_t sent = 0;
  while (sent < connection.out.size()) {
    const ssize_t size =
        ::send(connection.socket, connection.out.data() + sent, connection.out.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) break;
    if (size < 0) {
      close(connection.socket);
      return false;
    }
    sent += static_cast<std::size_t>(size);
  }
  connection.out.erase(0, sent);
  if (connection.out.empty() && connection.last_asked && connection.waiting == 0 && connection.watches_write) {
    close(connection.socket);
    return false;
  }
  if (connection.out.empty() == connection.watches_write) {
    connection.watches_write = !connection.out.empty();
    watch(EPOLL_CTL_MOD, connection.socket, connection.watches_write ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return true;
}

void Server::close(int socket) {
  ::close(socket);
  connections_[static_cast<std::size_t>(socket)].reset();
  --service_.counts().connections;
}

void Server::arm_timer() {
  if (due_.empty() || (armed_ != Clock::time_point{} && armed_ <= due_.front().at)) return;
  armed_ = due_.front().at;
  // CLOCK_MONOTONIC is what steady_clock reads.
  const auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(armed_.time_since_epoch()).count();
  const itimerspec spec{.it_interval = {}, .it_value = {.tv_sec = at / 1'000'000'000, .tv_nsec = at % 1'000'000'000}};
  if (::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "timerfd_settime");
  }
}

}  // namespace iam_standin
