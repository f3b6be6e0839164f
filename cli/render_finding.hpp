// Where a key is used, for people and as JSON.
#pragma once

#include <optional>
#include <string>

#include "cli/adding.hpp"
#include "cli/finding.hpp"
#include "cli/reports.hpp"
#include "cli/style.hpp"

namespace cli {

[[nodiscard]] std::string finding_text(const Finding& finding, rotation::Time now, const Style& style);
[[nodiscard]] std::string added_text(const Added& added, const std::string& target, const Style& style);
// `added`: nullopt where nothing was to be added.
[[nodiscard]] std::string finding_json(const Finding& finding, const std::optional<Added>& added,
                                       const std::optional<Failure>& failure);

}  // namespace cli
