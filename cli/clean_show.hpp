// How a clean ends: what is shown, and the exit code.
#pragma once

#include <filesystem>

#include "cli/clean.hpp"

namespace cli {

[[nodiscard]] int show_clean(House& house, const CleanReport& report);
// Writes the plan of what was chosen, and says so.
[[nodiscard]] int show_plan(House& house, Clean& clean, const inventory::Query& query,
                            const std::filesystem::path& file);
// The records that a run would leave: with these consents, without any with all of them.
[[nodiscard]] int show_rehearsal(House& house, Clean& clean, const Consents& consents);

}  // namespace cli
