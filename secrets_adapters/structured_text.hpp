// A pair at two places of a JSON, YAML, TOML or ini text of anybody's making.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

enum class Markup : std::uint8_t { json, yaml, toml, ini };

// "json", …; nullopt for any other word.
[[nodiscard]] std::optional<Markup> markup_named(std::string_view name);
// By the end of a file's name: .json, .yaml and .yml, .toml, .ini, .conf and .cfg.
[[nodiscard]] std::optional<Markup> markup_of_file(std::string_view path);

// Both are JSON pointers. In an ini text the tokens are the section and the key - in any letter case -, or the key
// alone where it stands before any section.
struct TwoPlaces {
  std::string id;
  std::string secret;
};

// Unfit: a text that is malformed, a value that is no text or not written as it reads (an escape, several lines, a
// block), that stands there twice or once more in other letters, that has a tag or an anchor, or hangs on an alias.
// A text with the new pair is read once more before it is given out: only the two values may read differently.
[[nodiscard]] std::unique_ptr<const PairText> structured_text(Markup markup, TwoPlaces places);

// ---- for the markups ----------------------------------------------------------------------------------------

// One value of a text: a scalar, or a mapping or list ahead of all that it holds.
struct Entry {
  std::string pointer;
  std::size_t at = 0;          // where it begins, for messages
  platform::Range range = {};  // of a text that may be replaced
  bool (*carries)(char) = nullptr;
  std::string_view unfit = {};  // why no part of a pair may stand here; then `range` means nothing
  std::string_view below = {};  // why none may stand below it
  std::size_t digest = 0;       // of what a scalar reads
};
using Entries = std::vector<Entry>;

// In the order of the text, all of it. Throw Unfit. Of an ini text with what stands ahead of every section.
[[nodiscard]] Entries entries_of(Markup markup, std::string_view text);
[[nodiscard]] Entries json_entries(std::string_view text);
[[nodiscard]] Entries yaml_entries(std::string_view text);
[[nodiscard]] Entries toml_entries(std::string_view text);
[[nodiscard]] Entries ini_entries(std::string_view text, platform::IniHead head);

[[nodiscard]] std::size_t digest_of(std::string_view value);
// Letters, digits and / + = _ . - : they mean themselves outside of quotes too.
[[nodiscard]] bool stands_bare(char c);
[[nodiscard]] bool stands_in_single(char c);
[[nodiscard]] bool stands_in_double(char c);

inline constexpr std::string_view no_text = "it is no text";
inline constexpr std::string_view not_one_word = "a value that is not one plain word, bare or in quotes";

}  // namespace secrets_adapters
