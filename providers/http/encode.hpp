// Percent encoding, form bodies, strings of JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/http/message.hpp"

namespace http {

using Params = std::vector<std::pair<std::string, std::string>>;

// Everything but the unreserved set of RFC 3986 (A-Z a-z 0-9 - _ . ~) as %XX, upper-case.
[[nodiscard]] std::string percent_encode(std::string_view text);

// "a=1&b=2", names and values percent-encoded, in the given order.
[[nodiscard]] std::string form(const Params& params);

// `text` in quotes, escaped as RFC 8259 wants it, at the end of `to`.
void append_json(Body& to, std::string_view text);

}  // namespace http
