// A key whose create the journal began and never saw the end of: nobody may have its secret.
#pragma once

#include <string>
#include <vector>

#include "rotation/ports.hpp"
#include "rotation/view.hpp"
#include "store/journal_reader.hpp"

namespace cli {

// A sentence for each of `keys` that came with a single create of which there is no outcome.
[[nodiscard]] std::vector<std::string> unfinished_creates(const store::JournalReader& reader,
                                                          const rotation::Target& target,
                                                          const std::vector<rotation::AccessKey>& keys);

}  // namespace cli
