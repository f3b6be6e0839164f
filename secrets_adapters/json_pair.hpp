// A pair in a JSON object: two members whose values are strings.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "secrets_adapters/json_places.hpp"
#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// The text is one object; `id` and `secret` are members of it. Unfit: any other text, one of both without the other or
// twice, a value that is no string or written with an escape.
[[nodiscard]] std::unique_ptr<const PairFormat> json_pair_format(std::string id, std::string secret);

// ---- for formats of JSON ------------------------------------------------------------------------------------

// Do all who read this file tell names in other letter case apart? Go's decoder, for one, does not.
enum class LetterCase : bool { differs, same_name };

// parse_json, with Unfit for its errors.
[[nodiscard]] JsonPlace json_in(std::string_view text);
// nullptr if there is none. Throws Unfit where which member counts depends on who reads.
[[nodiscard]] const JsonPlace* json_member(std::string_view text, const JsonPlace& object, std::string_view name,
                                           LetterCase letter_case);
// nullopt if there is none, or it is empty. Throws Unfit for what is no plain string.
[[nodiscard]] std::optional<ValueAt> json_value(std::string_view text, const JsonPlace& object, std::string_view name,
                                                LetterCase letter_case);

}  // namespace secrets_adapters
