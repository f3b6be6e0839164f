// The kinds of location that this version knows, and the only place that knows their classes.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rotation/ports.hpp"
#include "secrets_adapters/kind.hpp"

namespace secrets_adapters {

[[nodiscard]] bool is_type(std::string_view word);
[[nodiscard]] std::vector<std::string> types();

// It lives in an account's cloud: make_location needs what is connected to that account.
[[nodiscard]] bool is_of_account(std::string_view type);

// The file that it is; nullopt where it is no single file.
[[nodiscard]] std::optional<std::filesystem::path> file_of(const rotation::LocationSpec& spec);
// In a few words: the file's path, "apps/aws, context prod", "support in us-east-1". Empty where the spec says nothing.
[[nodiscard]] std::string place_of(const rotation::LocationSpec& spec);

// What may stand beside name, type, optional and canary in the config; empty for what is no type.
[[nodiscard]] std::vector<Setting> settings_of(std::string_view type);

[[nodiscard]] Findings check(const rotation::LocationSpec& spec);

// Throws Trouble (usage) with the first finding of `check`, and for a place that nothing leads to from here.
// Clears temp files that a crash left beside the location; reads and writes nothing else yet.
[[nodiscard]] std::unique_ptr<rotation::Location> make_location(const rotation::LocationSpec& spec,
                                                                const Surroundings& surroundings = {});

}  // namespace secrets_adapters
