// Locations written into a config that people own: its list of locations grows, every other byte stays as it is.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rotation/ports.hpp"

namespace cli {

// "{name: laptop, type: env-file, path: ~/app.env, id: A, value: B}": an item of a list of locations. nullopt for a
// setting that cannot be written as one line.
[[nodiscard]] std::optional<std::string> location_item(const rotation::LocationSpec& spec);

// A name for it that none of `others` has, made of its profile or its file's name.
[[nodiscard]] rotation::LocationName fresh_name(const rotation::LocationSpec& spec,
                                                const std::vector<rotation::LocationSpec>& others);

// The config's text with these locations at the end of the target's list. nullopt where the list is missing or not
// written in a way that a line can be added to; whatever comes back is a config that reads as the old one does, and
// these locations. Throws Trouble (usage) for a text that is no config.
[[nodiscard]] std::optional<std::string> with_locations(const std::string& text, const std::filesystem::path& file,
                                                        const std::string& target,
                                                        const std::vector<rotation::LocationSpec>& specs);

}  // namespace cli
