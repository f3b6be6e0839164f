// What `keys` and `search` have in common: a scan, a query over it, and the answer as a list or as numbers.
#pragma once

#include <optional>

#include "cli/key_scan.hpp"
#include "inventory/query.hpp"

namespace cli {

struct KeyQuestion {
  enum class Form { list, count };
  inventory::Query query;
  Form form = Form::list;
  std::optional<inventory::Field> sort, by;  // `by`: what a count tells apart; without it only the totals
};

// Scans, prints, and gives the exit code: `refused` where not everything could be read.
[[nodiscard]] int answer(const Options& options, const ScanWords& words, const KeyQuestion& question);

}  // namespace cli
