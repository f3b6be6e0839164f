// What a clean would write down, without doing any of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/clean.hpp"

namespace cli {

// One key: every record that the run would leave in the journal, in order, but for times and the names of attempts.
struct RehearsedKey {
  KeyRow row;
  std::vector<rotation::Record> records;
  Driven driven;
};

// As a run with this consent would go.
[[nodiscard]] RehearsedKey rehearse_key(House& house, const CleanStart& start, const BatchConsent& consent);

}  // namespace cli
