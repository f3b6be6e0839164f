// The owners of keys that are to go are told, each once, by a program of the config's.
#pragma once

#include <string>
#include <vector>

#include "cli/compose.hpp"

namespace cli {

// What the program is handed on its stdin: one JSON document, no secret.
[[nodiscard]] std::string warning_json(const std::string& owner, const std::vector<rotation::View>& keys,
                                       rotation::Time now);

// Of those rotations whose owner has not been told yet. Where the program fails they stay so, and the next run tries
// again; `notes` says for people what became of each.
void tell_owners(House& house, const Config& config, store::JournalStore& store,
                 const std::vector<rotation::RotationId>& rotations, std::vector<std::string>& notes);

}  // namespace cli
