// What an error reply of AWS means: the classes of the service models and of AWS's common errors, as data.
#pragma once

#include <string_view>

#include "providers/calling/setback.hpp"

namespace aws_iam {

// Reads a reply whose status is not 2xx. The provider's message is looked at, never kept.
[[nodiscard]] calling::Setback read_failure(http::Response response, std::string_view action, http::SysMillis now);
// The same of the JSON protocol: the code stands in the header x-amzn-ErrorType or in `__type`, behind a prefix and
// "#", before ":" and an address.
[[nodiscard]] calling::Setback read_json_failure(http::Response response, std::string_view action, http::SysMillis now);

}  // namespace aws_iam
