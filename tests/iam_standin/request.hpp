// What is read of HTTP/1.1: no more than clients of these services send.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace iam_standin {

using Form = std::map<std::string, std::string, std::less<>>;

struct Request {
  std::string_view method;
  std::string_view path;
  std::string_view query;
  std::string_view rpc_action;  // of the header x-acs-action, which Alibaba Cloud's third signature has
  std::string_view body;
  bool last = false;     // the client wants the connection closed
  std::size_t size = 0;  // bytes that it takes in the buffer
};

// The request at the start of `bytes`; none while it is not complete. Throws std::runtime_error for what is no HTTP.
[[nodiscard]] std::optional<Request> read_request(std::string_view bytes);

// Of the query and of the body.
[[nodiscard]] Form form_of(const Request& request);
[[nodiscard]] std::string_view value(const Form& form, std::string_view name);  // empty where there is none

}  // namespace iam_standin
