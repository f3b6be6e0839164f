// What a search for a key could not look into, and the operator's word that it need not.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/holders.hpp"
#include "rotation/engine.hpp"

namespace cli {

// The paths of the words "unsearched:PATH": each covers what stands there, and below.
[[nodiscard]] std::vector<std::filesystem::path> paths_to_leave(const std::vector<std::string>& accepted);

// Before a retire: the stop, with the words that pass it, or nothing where all of it was looked into or is covered.
[[nodiscard]] std::optional<rotation::Turned> unsearched_stop(const Sweep& found, const rotation::AccessKeyId& key,
                                                              const std::vector<std::filesystem::path>& to_leave);

// Those words, as far as they did something.
[[nodiscard]] std::set<std::string> used_words(const Sweep& found, const std::vector<std::string>& accepted);

}  // namespace cli
