// The owners of keys that are to go are told, at each of the times of the config, by a program of the config's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/compose.hpp"

namespace cli {

// What the program is handed on its stdin: one JSON document, no secret.
[[nodiscard]] std::string warning_json(const std::string& owner, const std::vector<rotation::View>& keys,
                                       const rotation::Instant& now);

// How much time is left, in the words of the config, that the key's owner is to be told of now: at the start all of it,
// later the shortest that has come. nullopt: there is nothing new to tell.
[[nodiscard]] std::optional<rotation::Seconds> to_tell(const rotation::View& view, const CleanWarning& warning,
                                                       const rotation::Instant& now);

// Whoever owns the key was to be told before it goes, and was not yet.
[[nodiscard]] bool untold(const rotation::View& view);

// Of those rotations whose owner is to be told something. Where the program fails they stay so, and the next run tries
// again; `notes` says for people what became of each.
void tell_owners(House& house, const Config& config, store::JournalStore& store,
                 const std::vector<rotation::RotationId>& rotations, std::vector<std::string>& notes);

}  // namespace cli
