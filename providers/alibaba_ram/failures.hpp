// What an error reply of Alibaba Cloud means: the codes of its RAM, STS and KMS error pages and of its gateway, as
// data.
#pragma once

#include <string_view>

#include "providers/calling/setback.hpp"

namespace alibaba_ram {

// Reads a reply whose status is not 2xx. The code decides, whatever the status, save that a 5xx proves nothing; the
// provider's message is never kept.
[[nodiscard]] calling::Setback read_failure(http::Response response, std::string_view action, http::SysMillis now);

}  // namespace alibaba_ram
