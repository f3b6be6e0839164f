// keys --trend: how the numbers of an account's keys changed, by what its scans left behind.
#pragma once

#include "cli/key_scan.hpp"

namespace cli {

// Without a call. Throws Trouble (usage) for an account that the config does not know.
[[nodiscard]] int show_trend(const Options& options, const ScanWords& words, rotation::Seconds back);

}  // namespace cli
