// History, keys and the doctor's checks for people.
#pragma once

#include <span>
#include <string>

#include "cli/reports.hpp"
#include "cli/style.hpp"
#include "rotation/record.hpp"

namespace cli {

// One line a record (wrapped below its time on a narrow terminal), with a line break at its end.
[[nodiscard]] std::string history_text(const rotation::Record& record, const Style& style);
[[nodiscard]] std::string verified_text(const Verified& result, const Style& style);
[[nodiscard]] std::string keys_text(const KeysReport& report, rotation::Time now, const Style& style);
[[nodiscard]] std::string doctor_text(std::span<const Check> checks, const Style& style);
[[nodiscard]] std::string last_used_text(const rotation::AccessKeyId& key, const rotation::LastUsed& used,
                                         rotation::Time now, const Style& style);

}  // namespace cli
