// JSON pointers (RFC 6901): "/Aws/AccessKeyId", "/profiles/0/key", with "~1" for "/" and "~0" for "~" in a name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "secrets_adapters/json_places.hpp"

namespace secrets_adapters {

// nullopt for what is no pointer, and for the empty one, which means the whole text.
[[nodiscard]] std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer);
// `pointer` with one more token at its end.
[[nodiscard]] std::string pointer_to(std::string_view pointer, std::string_view token);
// "/a/b" → "/a"; of one token, "".
[[nodiscard]] std::string_view parent_of(std::string_view pointer);

// nullptr where nothing stands there. Throws Unfit where a member on the way is there twice.
[[nodiscard]] const JsonPlace* json_at(std::string_view text, const JsonPlace& root, std::string_view pointer);

}  // namespace secrets_adapters
