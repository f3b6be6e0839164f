#include "cli/style.hpp"

#include <gtest/gtest.h>

#include "cli/nearest.hpp"

using cli::ColorWish;
using cli::Surroundings;

namespace {

Surroundings terminal() {
  return {.tty = true, .columns = 100, .term = "xterm-256color", .no_color = "", .locale = "en_GB.UTF-8"};
}

}  // namespace

TEST(Style, a_terminal_has_colour_and_marks_and_wraps) {
  const cli::Style style = style_for(terminal(), ColorWish::automatic);
  EXPECT_TRUE(style.color);
  EXPECT_TRUE(style.unicode);
  EXPECT_EQ(style.width, 100U);
}

TEST(Style, no_color_turns_colour_off_whatever_it_says) {
  Surroundings around = terminal();
  for (const char* value : {"1", "0", "false"}) {
    around.no_color = value;
    EXPECT_FALSE(style_for(around, ColorWish::automatic).color) << value;
  }
}

TEST(Style, the_option_wins_over_the_environment) {
  Surroundings around = terminal();
  around.no_color = "1";
  EXPECT_TRUE(style_for(around, ColorWish::always).color);
  around.no_color.clear();
  EXPECT_FALSE(style_for(around, ColorWish::never).color);
}

TEST(Style, a_dumb_or_nameless_terminal_gets_plain_text) {
  for (const char* term : {"dumb", ""}) {
    Surroundings around = terminal();
    around.term = term;
    EXPECT_FALSE(style_for(around, ColorWish::automatic).color);
    EXPECT_FALSE(style_for(around, ColorWish::automatic).unicode);
  }
}

TEST(Style, a_pipe_gets_no_colour_and_no_wrapping) {
  Surroundings around = terminal();
  around.tty = false;
  const cli::Style style = style_for(around, ColorWish::automatic);
  EXPECT_FALSE(style.color);
  EXPECT_FALSE(style.width.has_value());
  EXPECT_EQ(cli::paragraph(std::string(300, 'x') + " y", 0, style), std::string(300, 'x') + " y\n");
}

TEST(Style, a_terminal_that_does_not_say_its_width_has_eighty_columns) {
  Surroundings around = terminal();
  around.columns = 0;
  EXPECT_EQ(style_for(around, ColorWish::automatic).width, 80U);
}

TEST(Style, marks_follow_the_locale) {
  Surroundings around = terminal();
  for (const char* locale : {"C", "POSIX", "", "en_GB.ISO-8859-1"}) {
    around.locale = locale;
    EXPECT_FALSE(style_for(around, ColorWish::automatic).unicode) << locale;
  }
  around.locale = "C.utf8";
  EXPECT_TRUE(style_for(around, ColorWish::automatic).unicode);
}

TEST(Style, color_words) {
  EXPECT_EQ(cli::parse_color_wish("auto"), ColorWish::automatic);
  EXPECT_EQ(cli::parse_color_wish("always"), ColorWish::always);
  EXPECT_EQ(cli::parse_color_wish("never"), ColorWish::never);
  EXPECT_EQ(cli::parse_color_wish("Always"), std::nullopt);
}

TEST(Visible, plain_text_in_any_script_stays) {
  const std::string text = "prod/support-api é ß 日本 😀 → «»";
  EXPECT_EQ(cli::visible(text), text);
}

TEST(Visible, control_bytes_are_spelled_out) {
  EXPECT_EQ(cli::visible("a\x1b[31mb\r\n\t\x7f"), "a\\x1b[31mb\\x0d\\x0a\\x09\\x7f");
  EXPECT_EQ(cli::visible(std::string_view("\0x", 2)), "\\x00x");
}

TEST(Visible, c1_controls_are_spelled_out_in_both_encodings) {
  EXPECT_EQ(cli::visible("\xc2\x9b"
                         "31m"),
            "\\u{009b}31m");
  EXPECT_EQ(cli::visible("\x9b"
                         "31m"),
            "\\x9b31m");
}

TEST(Visible, bytes_that_are_no_utf8_are_spelled_out) {
  EXPECT_EQ(cli::visible("caf\xe9!"), "caf\\xe9!");
  EXPECT_EQ(cli::visible("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(cli::visible("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // surrogate
  EXPECT_EQ(cli::visible("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
  EXPECT_EQ(cli::visible("\xe2\x82"), "\\xe2\\x82");  // cut short
}

TEST(Visible, text_that_would_look_like_another_is_spelled_out) {
  EXPECT_EQ(cli::visible("a\u202eb\u200bc\u2066d\ufeff"), "a\\u{202e}b\\u{200b}c\\u{2066}d\\u{feff}");
  EXPECT_EQ(cli::visible("\U000e0041"), "\\u{0e0041}");
}

TEST(Width, counts_columns_not_bytes) {
  EXPECT_EQ(cli::display_width("abc"), 3U);
  EXPECT_EQ(cli::display_width("é"), 1U);
  EXPECT_EQ(cli::display_width("e\u0301"), 1U);
  EXPECT_EQ(cli::display_width("日本"), 4U);
  EXPECT_EQ(cli::display_width("\x1b[31mred\x1b[0m"), 3U);
  EXPECT_EQ(cli::padded("日", 4), "日  ");
}

TEST(Width, a_cut_text_says_that_it_was_cut) {
  EXPECT_EQ(cli::cut("abcdef", 6, true), "abcdef");
  EXPECT_EQ(cli::cut("abcdef", 4, true), "abc…");
  EXPECT_EQ(cli::cut("abcdef", 4, false), "abc.");
  EXPECT_EQ(cli::cut("日本語", 4, true), "日…");
  EXPECT_EQ(cli::cut("abc", 0, true), "");
}

TEST(Width, words_longer_than_the_line_stay_whole) {
  EXPECT_EQ(cli::wrapped("run keybaton-resume-it now", 8),
            (std::vector<std::string>{"run", "keybaton-resume-it", "now"}));
  EXPECT_EQ(cli::wrapped("", 8), std::vector<std::string>{""});
}

TEST(CommandLines, of_a_command_that_is_too_wide_can_still_be_pasted) {
  const std::string command = "keybaton search 'idle > 90d  and user not in [ci]' --accept it'\\''s:fine";
  EXPECT_EQ(cli::command_lines(command, 2, {}), "  " + command + "\n");
  EXPECT_EQ(cli::command_lines(command, 2, {.color = false, .unicode = false, .width = 40}),
            "  keybaton search \\\n"
            "    'idle > 90d  and user not in [ci]' \\\n"
            "    --accept it'\\''s:fine\n");
  EXPECT_EQ(cli::command_lines("keybaton plan --accept CODE", 0, {.color = false, .unicode = false, .width = 26}),
            "keybaton plan \\\n  --accept CODE\n");
  EXPECT_EQ(cli::command_lines("keybaton find KEY", 0, {.color = false, .unicode = false, .width = 17}),
            "keybaton find \\\n  KEY\n");
}

TEST(Nearest, a_slip_of_the_finger_is_understood) {
  const std::vector<std::string> words{"quiet", "grace", "lag", "propagation"};
  EXPECT_EQ(cli::nearest("quite", words), "quiet");
  EXPECT_EQ(cli::nearest("gracee", words), "grace");
  EXPECT_EQ(cli::nearest("propogation", words), "propagation");
  EXPECT_EQ(cli::nearest("lga", words), "lag");
  EXPECT_EQ(cli::nearest("colour", words), std::nullopt);
  EXPECT_EQ(cli::nearest("x", words), std::nullopt);
  EXPECT_EQ(cli::nearest("", words), std::nullopt);
  EXPECT_EQ(cli::nearest(std::string(10000, 'q'), words), std::nullopt);
}
