// Emergency notes: records of a reactivation that the journal could not take, kept in a file until it can.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rotation/record.hpp"

namespace store {

struct SpilledNote {
  std::string id;  // random; adopting a note twice is found by it
  rotation::Draft draft;
};

// Beside the journal; where that disk takes nothing more, in $XDG_RUNTIME_DIR or the temporary directory.
// Best effort, never throws.
void write_note(const std::filesystem::path& directory, const rotation::RotationId& rotation,
                const rotation::Draft& draft) noexcept;
// Whole notes only, and only from files of this user (or, in a team's directory, of its group).
[[nodiscard]] std::vector<SpilledNote> read_notes(const std::filesystem::path& directory,
                                                  const rotation::RotationId& rotation);
// The note as a record of kind `note` for the journal: what it was stands in its detail.
[[nodiscard]] rotation::Draft adopted(const SpilledNote& note);
void remove_notes(const std::filesystem::path& directory, const rotation::RotationId& rotation) noexcept;

}  // namespace store
