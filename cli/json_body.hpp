// The body of a request in AWS's JSON protocol: members, added to an object that "{" has begun.
#pragma once

#include <string_view>

#include "providers/http/encode.hpp"

namespace cli {

inline void add(http::Body& body, std::string_view name) {
  body.append(body.size() == 1 ? "" : ",");
  http::append_json(body, name);
  body.append(":");
}

inline void add(http::Body& body, std::string_view name, std::string_view text) {
  add(body, name);
  http::append_json(body, text);
}

// Of something that is left out where it was never set.
inline void add_if_set(http::Body& body, std::string_view name, std::string_view text) {
  if (!text.empty()) add(body, name, text);
}

// `value` is JSON already: true, 50.
inline void add_plain(http::Body& body, std::string_view name, std::string_view value) {
  add(body, name);
  body.append(value);
}

}  // namespace cli
