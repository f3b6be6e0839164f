// A rotation whose records cannot be read stops no other: it is told of as its row in the journal has it.
#pragma once

#include <functional>

#include "cli/drive.hpp"
#include "store/journal_reader.hpp"

namespace cli {

// What `work` says of this rotation, or the trouble with it alone. Throws Trouble for a journal that tells nothing of
// it.
[[nodiscard]] Driven alone(const store::JournalReader& reader, const rotation::RotationId& id,
                           const std::function<Driven()>& work);
// From the journal, and nothing done to it. Throws as `alone`.
[[nodiscard]] Driven as_it_stands(const store::JournalReader& reader, const rotation::RotationId& id);

}  // namespace cli
