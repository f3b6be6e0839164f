// How text reaches a person: colour, width, and no control byte that came from outside.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

enum class ColorWish { automatic, always, never };
[[nodiscard]] std::optional<ColorWish> parse_color_wish(std::string_view text);  // "auto" "always" "never"

enum class Ink { plain, bold, dim, green, yellow, red, cyan };

// What one stream can show. A default-made one is a pipe: no colour, no wrapping, plain ASCII marks.
struct Style {
  bool color = false;
  bool unicode = false;              // ✓ ▶ · instead of x > .
  std::optional<std::size_t> width;  // columns; empty: never wrap

  [[nodiscard]] std::string paint(Ink ink, std::string_view text) const;
};

// What style_for looks at, apart from the machine it looks at: so that a test can name every case.
struct Surroundings {
  bool tty = false;
  std::size_t columns = 0;  // 0: the terminal doesn't say
  std::string term;         // TERM
  std::string no_color;     // NO_COLOR; any text but the empty one counts
  std::string locale;       // the first set of LC_ALL, LC_CTYPE, LANG
};
[[nodiscard]] Surroundings surroundings_of(int fd);
[[nodiscard]] Style style_for(const Surroundings& around, ColorWish wish);

// Control bytes (C0, DEL, C1), invalid UTF-8 and invisible or direction-changing characters as \xNN or \u{NNNN}.
// Every text that came from a cloud, a file or the environment passes through here before it is shown.
[[nodiscard]] std::string visible(std::string_view outside);

// Columns on a terminal: combining marks take none, wide East Asian characters and emoji two; our own colour none.
[[nodiscard]] std::size_t display_width(std::string_view text);
// Padded with blanks on the right.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);
// Cut to `width` columns, the last of them "…" (or "." without unicode) if something was cut. Uncoloured text only.
[[nodiscard]] std::string cut(std::string_view text, std::size_t width, bool unicode);
// Broken at blanks; a word longer than `width` stands alone on its line, whole: ids and commands must survive a copy.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width);
// One paragraph, every line behind `indent` blanks, wrapped to the style's width, with a line break at its end.
[[nodiscard]] std::string paragraph(std::string_view text, std::size_t indent, const Style& style);
// A command to be copied, in bold: where it is wider than the terminal, a shell's backslash ends each line but the
// last, so that what is copied is still the command. Broken between words alone, never within quotes.
[[nodiscard]] std::string command_lines(std::string_view command, std::size_t indent, const Style& style);

}  // namespace cli
