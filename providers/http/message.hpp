// One HTTP exchange: what goes out, and the three ways in which it can end.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rotation/time.hpp"

namespace http {

using rotation::Millis;

// Bytes that may be secret: move-only, wiped when they go and whenever the buffer moves.
class Body {
 public:
  Body() = default;
  explicit Body(std::string_view bytes) { append(bytes); }
  Body(Body&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Body& operator=(Body&& other) noexcept;
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  ~Body() { clear(); }

  void append(std::string_view bytes);
  void clear() noexcept;
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] char* data() noexcept { return bytes_.data(); }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

 private:
  std::vector<char> bytes_;
};

// Its value is wiped when it goes: session tokens and bearer tokens travel in headers.
struct Header {
  Header(std::string name_, std::string value_) : name(std::move(name_)), value(std::move(value_)) {}
  Header(Header&&) noexcept = default;
  Header& operator=(Header&&) noexcept = default;
  Header(const Header&) = delete;
  Header& operator=(const Header&) = delete;
  ~Header();

  std::string name;
  std::string value;
};

enum class Method { get, put, post, patch, delete_ };

// `fresh`: a connection of its own, not used again, and the request leaves at most once: libcurl sends a POST a
// second time when a kept-alive connection closes without a reply. Every mutation must be fresh.
enum class Connection { kept_alive, fresh };

struct Request {
  Method method = Method::get;
  std::string url;
  std::string purpose = {};  // for the log: "CreateAccessKey"; never a secret
  std::vector<Header> headers = {};
  Body body = {};
  Millis deadline{30'000};          // for the whole exchange
  Millis connect_deadline{10'000};  // until the connection stands, TLS included
  std::size_t reply_cap = 1 << 20;  // bytes of the reply's body
  Connection connection = Connection::kept_alive;
  // Plain http is for loopback alone; these hosts too, by the caller's explicit word (instance metadata).
  std::vector<std::string> plain_http_hosts = {};
  // Asked about once a second; true ends a kept-alive exchange early. Never asked on a fresh connection.
  std::function<bool()> interrupted = {};
};

struct Response {
  int status = 0;
  std::vector<Header> headers = {};
  Body body = {};

  // The first header of this name, in any case; nullptr if there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const noexcept;
};

// Surely nothing of the request left this machine. `permanent`: trying again cannot help (a bad certificate or
// address).
struct NotSent {
  std::string why;
  bool permanent = false;
};

// Bytes may have left, and no full reply came.
struct Lost {
  std::string why;
  bool interrupted = false;
};

using Reply = std::variant<Response, NotSent, Lost>;

// Server time minus ours, from the Date header of a reply that came between these two readings of our clock; nullopt
// without a readable header. Within the measurement's own error (the header has whole seconds) it is zero.
using SysMillis = std::chrono::sys_time<Millis>;
[[nodiscard]] std::optional<Millis> clock_offset(const Response& response, SysMillis sent, SysMillis received);
// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, IMF-fixdate); nullopt for anything else.
[[nodiscard]] std::optional<rotation::Time> parse_http_date(std::string_view text);
// Retry-After in seconds, or as a date against `now`; nullopt if it is missing or odd.
[[nodiscard]] std::optional<Millis> retry_after(const Response& response, SysMillis now);

}  // namespace http
