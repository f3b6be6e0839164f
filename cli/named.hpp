// Which rotation, or which batch, the words of a command mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.hpp"
#include "cli/target.hpp"
#include "store/journal_store.hpp"

namespace cli {

class House;

// The rotation that ROTATION or --profile names (of a target: its open one, else the last that was closed); without a
// word, the one open rotation. Throws Trouble, with all that fit named and the same command for one of them: usage
// where nothing or several fit the words, needs_operator where none are given and several are open.
[[nodiscard]] rotation::RotationId named_rotation(const House& house, const std::optional<store::JournalReader>& reader,
                                                  const TargetWords& words);

// The open rotations that a target's words mean; none where there is no journal.
[[nodiscard]] std::vector<rotation::Summary> open_rotations(const std::optional<store::JournalReader>& reader,
                                                            const SplitTarget& target);

// For a command that takes either, without a word: the batch that everything open belongs to; none where a rotation is
// what is open, or nothing. Throws Trouble (needs_operator) where several things are open and a batch is one of them,
// with all of them named and the same command for one.
[[nodiscard]] std::optional<std::string> open_batch(const House& house,
                                                    const std::optional<store::JournalReader>& reader);

}  // namespace cli
