#include "http_wire.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace simulated_cloud {
namespace {

constexpr std::size_t head_cap = 64 * 1024;
constexpr std::size_t body_cap = 8 * 1024 * 1024;

bool read_size(std::string_view text, int base, std::size_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && end != text.data() && out <= body_cap;
}

bool parse_head(std::string_view head, Request& request) {
  bool first = true;
  for (std::string_view line : split(head, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (first) {
      const auto parts = split(line, ' ');
      if (parts.size() != 3 || !parts[2].starts_with("HTTP/1.")) return false;
      request.method = parts[0];
      request.target = parts[1];
      first = false;
      continue;
    }
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    request.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
  return !first;
}

std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    default: return "Status";
  }
}

}  // namespace

bool HttpWire::fill() {
  std::array<char, 16384> part;
  for (;;) {
    const ssize_t got = ::recv(socket_, part.data(), part.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    buffer_.append(part.data(), static_cast<std::size_t>(got));
    return true;
  }
}

bool HttpWire::send_all(std::string_view data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

HttpWire::Got HttpWire::read(Request& request) {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (buffer_.size() > head_cap) return Got::malformed;
    if (!fill()) return Got::closed;
  }
  request = Request{};
  const bool fine = parse_head(std::string_view{buffer_}.substr(0, end), request);
  buffer_.erase(0, end + 4);
  if (!fine) return Got::malformed;
  if (lower(request.header("expect").value_or("")) == "100-continue" && buffer_.empty() &&
      !send_all("HTTP/1.1 100 Continue\r\n\r\n")) {
    return Got::closed;
  }
  return read_body(request);
}

HttpWire::Got HttpWire::read_body(Request& request) {
  if (lower(request.header("transfer-encoding").value_or("")) == "chunked") return read_chunks(request);
  const auto length = request.header("content-length");
  if (!length) return Got::request;
  std::size_t size = 0;
  if (!read_size(*length, 10, size)) return Got::malformed;
  while (buffer_.size() < size) {
    if (!fill()) return Got::closed;
  }
  request.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return Got::request;
}

HttpWire::Got HttpWire::read_chunks(Request& request) {
  for (;;) {
    std::size_t line = 0;
    while ((line = buffer_.find("\r\n")) == std::string::npos) {
      if (!fill()) return Got::closed;
    }
    std::size_t size = 0;
    if (!read_size(std::string_view{buffer_}.substr(0, line), 16, size)) return Got::malformed;
    while (buffer_.size() < line + 2 + size + 2) {
      if (!fill()) return Got::closed;
    }
    request.body.append(buffer_, line + 2, size);
    buffer_.erase(0, line + 2 + size + 2);
    if (size == 0) return Got::request;
    if (request.body.size() > body_cap) return Got::malformed;
  }
}

bool HttpWire::write(const Reply& reply, const Delivery& delivery, bool keep) {
  std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " " + std::string{reason(reply.status)} + "\r\n";
  for (const auto& [name, value] : reply.headers) out.append(name).append(": ").append(value).append("\r\n");
  out += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
  if (!keep) out += "Connection: close\r\n";
  out += "\r\n";
  const std::size_t head = out.size();
  out += reply.body;
  if (delivery.how == Delivery::How::cut) {
    const std::size_t end = delivery.whole_reply ? delivery.at_byte : head + delivery.at_byte;
    if (end < out.size()) out.resize(end);
  }
  return send_all(out) && delivery.how == Delivery::How::whole && keep && !delivery.close_after;
}

}  // namespace simulated_cloud
