// The text forms that hashes and seals are taken over: unambiguous, versioned, the same on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rotation/record.hpp"

namespace store {

// Appends "LENGTH:bytes," to `out`; a missing value is "-,", so it never equals an empty one.
void put_field(std::string& out, std::string_view bytes);
void put_field(std::string& out, const std::optional<std::string>& bytes);
void put_field(std::string& out, std::int64_t number);

// Takes fields off the front of `text`; nullopt where the next bytes are no whole field (or a missing value).
[[nodiscard]] std::optional<std::string> take_field(std::string_view& text);

// A flat JSON object with sorted keys and one way to write each text: `detail_from` takes exactly what `detail_json`
// makes and nothing else, so equal details are equal bytes.
[[nodiscard]] std::string detail_json(const rotation::Detail& detail);
[[nodiscard]] std::optional<rotation::Detail> detail_from(std::string_view json);
// The inside of a JSON string.
[[nodiscard]] std::string json_escaped(std::string_view text);

// "keybaton-record/1": every member of the record but its hash, dictionary values as text, in the order of the
// History line of the documented formats; the detail as its count of entries, then each key and value.
[[nodiscard]] std::string canonical(const rotation::Record& record);

inline constexpr std::size_t hash_size = 32;
[[nodiscard]] std::string sha256(std::string_view first, std::string_view second = {});  // raw bytes
// hash = SHA-256(previous hash ‖ canonical row), raw bytes; the first record follows `genesis()`.
[[nodiscard]] std::string chain_hash(std::string_view previous, const rotation::Record& record);
[[nodiscard]] const std::string& genesis();

[[nodiscard]] std::string hex(std::string_view bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

}  // namespace store
