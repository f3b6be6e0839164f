// What the journal recorded, for people.
#pragma once

#include <string>

#include "cli/style.hpp"
#include "rotation/record.hpp"

namespace cli {

// One line a record (wrapped below its time on a narrow terminal), with a line break at its end.
[[nodiscard]] std::string history_text(const rotation::Record& record, const Style& style);

}  // namespace cli
