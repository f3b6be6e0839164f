// The plan of whole accounts: a table of every key, and below it what comes next for each user.
#pragma once

#include <optional>
#include <string>

#include "cli/slot_plan.hpp"
#include "cli/style.hpp"

namespace cli {

[[nodiscard]] std::string slots_text(const SlotPlan& plan, const Style& style);
[[nodiscard]] std::string slots_json(const SlotPlan& plan, const Scanned& scanned,
                                     const std::optional<Failure>& failure);

}  // namespace cli
