#include "request.hpp"

#include <strings.h>

#include <charconv>
#include <stdexcept>

namespace iam_standin {
namespace {

constexpr std::size_t longest_head = 64 * 1024;

bool same(std::string_view one, std::string_view other) {
  return one.size() == other.size() && ::strncasecmp(one.data(), other.data(), one.size()) == 0;
}

// Takes the text up to `end` off `rest`, and the end with it.
std::string_view take(std::string_view& rest, std::string_view end) {
  const std::size_t at = rest.find(end);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + end.size());
  return taken;
}

std::size_t number(std::string_view text) {
  std::size_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) throw std::runtime_error("no length");
  return value;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  throw std::runtime_error("a bad escape");
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      plain += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
      at += 2;
    } else {
      plain += text[at] == '+' ? ' ' : text[at];
    }
  }
  return plain;
}

void add_pairs(Form& form, std::string_view text) {
  while (!text.empty()) {
    std::string_view pair = take(text, "&");
    const std::string_view name = take(pair, "=");
    form.insert_or_assign(decoded(name), decoded(pair));
  }
}

}  // namespace

std::optional<Request> read_request(std::string_view bytes) {
  const std::size_t head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) {
    if (bytes.size() > longest_head) throw std::runtime_error("an endless head");
    return std::nullopt;
  }
  std::string_view rest = bytes.substr(0, head);
  std::string_view line = take(rest, "\r\n");
  Request request;
  request.method = take(line, " ");
  request.query = take(line, " ");
  if (!line.starts_with("HTTP/1.")) throw std::runtime_error("no HTTP/1");
  request.path = take(request.query, "?");
  request.last = line == "HTTP/1.0";
  std::size_t length = 0;
  while (!rest.empty()) {
    std::string_view content = take(rest, "\r\n");
    const std::string_view name = take(content, ":");
    content.remove_prefix(std::min(content.size(), content.find_first_not_of(' ')));
    if (same(name, "content-length")) length = number(content);
    if (same(name, "transfer-encoding")) throw std::runtime_error("a body in chunks");
    if (same(name, "connection") && same(content, "close")) request.last = true;
    if (same(name, "x-acs-action")) request.rpc_action = content;
  }
  if (bytes.size() - head - 4 < length) return std::nullopt;
  request.body = bytes.substr(head + 4, length);
  request.size = head + 4 + length;
  return request;
}

Form form_of(const Request& request) {
  Form form;
  add_pairs(form, request.query);
  add_pairs(form, request.body);
  return form;
}

std::string_view value(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace iam_standin
