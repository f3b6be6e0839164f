// Where a search hands over to `clean`.
#pragma once

#include "cli/key_scan.hpp"
#include "cli/options.hpp"
#include "inventory/query.hpp"

namespace cli {

// `search 'QUERY | clean'`: what `keybaton clean --where QUERY` does. Gives the exit code.
[[nodiscard]] int clean_found(const Options& options, const ScanWords& words, const inventory::Query& query);

}  // namespace cli
