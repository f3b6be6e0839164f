// Percent encoding and form bodies.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

using Params = std::vector<std::pair<std::string, std::string>>;

// Everything but the unreserved set of RFC 3986 (A-Z a-z 0-9 - _ . ~) as %XX, upper-case.
[[nodiscard]] std::string percent_encode(std::string_view text);

// "a=1&b=2", names and values percent-encoded, in the given order.
[[nodiscard]] std::string form(const Params& params);

}  // namespace http
