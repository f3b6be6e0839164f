// A rotation for people: where it stands, what each location holds, what comes next and why.
#pragma once

#include <span>
#include <string>

#include "cli/reports.hpp"
#include "cli/style.hpp"

namespace cli {

// The rows of the procedure with the current one marked, locations, evidence, attention and the next command.
[[nodiscard]] std::string rotation_text(const RotationReport& report, rotation::Time now, const Style& style);
// One line or two for each: what is open, and the command that comes next. Says so where nothing is open.
[[nodiscard]] std::string open_list_text(std::span<const RotationReport> reports, rotation::Time now,
                                         const Style& style);
// `status --all`: closed ones too, a table.
[[nodiscard]] std::string rotations_table(std::span<const RotationReport> reports, const Style& style);
[[nodiscard]] std::string plan_text(const rotation::Prospect& prospect, const Style& style);

}  // namespace cli
