// A pair in one section of an ini file: what the tools of a cloud call its parts is data.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "secrets_adapters/pair_in_text.hpp"

namespace secrets_adapters {

// Is an indented line below an entry the rest of its value, to all that read this file? Where it is not, a section with
// one is Unfit: it would be another text to another reader.
enum class IndentedLines : bool { differ, continue_values };

// All keys in lower case.
struct IniWords {
  std::string_view id;
  std::string_view secret;
  std::span<const std::string_view> session_tokens;  // keys that make a pair a temporary one
  bool (*carries)(char c) = nullptr;                 // can it stand in a value and mean itself to every reader?
  IndentedLines indented = IndentedLines::continue_values;
  // Another name for a profile's section; may be null.
  bool (*also_names)(std::string_view section, std::string_view profile) = nullptr;
  std::string_view kind = {};  // the key that says what kind of profile it is; without it, the first of `kinds`
  std::span<const ProfileKind> kinds = {};
};

// The pair stands in section [PROFILE], or in the one that `also_names` it where that has none. Both with a pair is
// Unfit: which one is read depends on who reads. So is a session token beside it, or a kind of profile without a
// long-lived key (Refusal::unsupported). What the spans and views of `words` show must outlive the format.
[[nodiscard]] std::unique_ptr<const PairFormat> ini_pair_format(IniWords words, std::string profile);

}  // namespace secrets_adapters
