// A command line as text: how a shell splits one, and how to write one that can be pasted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calling {

// Blanks part words; '…' is literal, in "…" a backslash escapes " \ $ ` and newline, outside it escapes anything.
// Nothing is expanded. nullopt: a quote is open, or a backslash ends the text.
[[nodiscard]] std::optional<std::vector<std::string>> split_words(std::string_view text);

// Quoted only where a shell would read it as something else.
[[nodiscard]] std::string quote_word(std::string_view word);

}  // namespace calling
