// Keys, the doctor's checks and what verify found, for people.
#pragma once

#include <span>
#include <string>

#include "cli/reports.hpp"
#include "cli/style.hpp"

namespace cli {

[[nodiscard]] std::string verified_text(const Verified& result, const Style& style);
[[nodiscard]] std::string keys_text(const KeysReport& report, const Style& style);
[[nodiscard]] std::string doctor_text(std::span<const Check> checks, const Style& style);
[[nodiscard]] std::string last_used_text(const rotation::AccessKeyId& key, const rotation::LastUsed& used,
                                         rotation::Time now, const Style& style);

}  // namespace cli
