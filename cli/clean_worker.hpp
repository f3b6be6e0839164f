// A clean that nobody watches: what `clean:` of the config allows, and no more.
#pragma once

#include "cli/clean.hpp"

namespace cli {

// Starts what clean.where finds and goes on with it, where clean.enabled says so, clean.dry_run does not say otherwise
// and clean.consent agrees to the steps; else it only looks: `would_start` of the report is what it would have begun.
// Throws Trouble for what stops all of it: a name to leave out that nobody has, a query that cannot be read.
[[nodiscard]] CleanReport run_clean(House& house, const Config& config);

}  // namespace cli
