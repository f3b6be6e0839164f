// A rotation whose records cannot be read stops no other: it is told of as its row in the journal has it.
#pragma once

#include <functional>

#include "cli/drive.hpp"
#include "store/journal_reader.hpp"

namespace cli {

// What `work` says of this rotation, or the trouble with it alone. Where its records cannot be read the trouble names
// what turns its old key on. Throws Trouble for a journal that tells nothing of it.
[[nodiscard]] Driven alone(const store::JournalReader& reader, const rotation::RotationId& id,
                           const std::function<Driven()>& work);
// The same with the vendor's own command beside ours.
[[nodiscard]] Driven alone(House& house, const store::JournalReader& reader, const rotation::RotationId& id,
                           const std::function<Driven()>& work);
// From the journal, and nothing done to it. Each throws as `alone`.
[[nodiscard]] Driven as_it_stands(const store::JournalReader& reader, const rotation::RotationId& id);
[[nodiscard]] Driven as_it_stands(House& house, const store::JournalReader& reader, const rotation::RotationId& id);

}  // namespace cli
