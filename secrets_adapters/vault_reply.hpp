// Small looks into a JSON reply that may hold secrets, which stay where they are.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "rotation/secret.hpp"
#include "secrets_adapters/json_places.hpp"

namespace secrets_adapters {

// nullopt for what is no JSON.
[[nodiscard]] std::optional<JsonPlace> json_reply(std::string_view text);
// The member at the end of this way of names; nullptr if there is none. Of members of one name the first.
[[nodiscard]] const JsonPlace* json_at(const JsonPlace* root, std::initializer_list<std::string_view> names);

// nullopt: it is not there, or no whole number without a sign.
[[nodiscard]] std::optional<std::uint64_t> whole_number(std::string_view text, const JsonPlace* place);
[[nodiscard]] bool is_true(std::string_view text, const JsonPlace* place);
// nullopt: it is not there, or no string.
[[nodiscard]] std::optional<rotation::Secret> json_secret(std::string_view text, const JsonPlace* place);
[[nodiscard]] bool is_text(std::string_view text, const JsonPlace* place, std::string_view expected);

}  // namespace secrets_adapters
