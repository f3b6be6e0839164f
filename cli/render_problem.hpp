// The three parts of every error: what happened, what it means for the keys, what to run next.
#pragma once

#include <string>

#include "cli/reports.hpp"
#include "cli/style.hpp"

namespace cli {

// For stderr. `waiting` and `needs_operator` are no failures and don't look like one.
[[nodiscard]] std::string problem_text(const Failure& failure, const Style& style);
// The same of a rotation; where it is the stop that stands there, with the words that --accept takes.
[[nodiscard]] std::string problem_text(const Failure& failure, const rotation::View& view, const Style& style);
[[nodiscard]] std::string turned_text(const rotation::Turned& turned, const Style& style);

}  // namespace cli
