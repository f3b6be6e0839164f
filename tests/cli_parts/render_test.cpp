#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/render_history.hpp"
#include "cli/render_lists.hpp"
#include "cli/render_problem.hpp"
#include "cli/render_rotation.hpp"
#include "cli/table.hpp"
#include "golden.hpp"
#include "samples.hpp"

using namespace cli_parts_test;
using cli::Style;

namespace {

const Style piped{};
const Style narrow{.color = false, .unicode = false, .width = 60};
const Style wide{.color = false, .unicode = true, .width = 100};
const Style coloured{.color = true, .unicode = true, .width = 100};

cli::RotationReport report(const rotation::View& view, rotation::Next next = {}) {
  return {.view = &view, .next = std::move(next), .error = std::nullopt};
}

rotation::Next next_on_the_way() {
  return {.step = rotation::Step::deploy,
          .needs = {},
          .not_before = std::nullopt,
          .command = "keybaton resume prod/support-api",
          .why = "put the old key back into its places"};
}

// Every human rendering there is, one below the other.
std::string everything(const Style& style) {
  const rotation::View waits = deployed();
  const rotation::View trouble = in_trouble();
  const rotation::View back = going_back();
  const rotation::View closed = completed();
  const rotation::View retire = retiring();
  const std::vector reports{report(waits, next_of_deployed()), report(trouble), report(back, next_on_the_way())};
  const std::vector all{report(waits), report(closed)};
  const std::vector<cli::Check> checks{
      {.name = "config", .ok = true, .detail = "/home/ann/.config/keybaton/config.yaml", .hint = ""},
      {.name = "clock",
       .ok = false,
       .detail = "this machine is 6 minutes behind the cloud, and signatures older than 5 minutes are refused",
       .hint = "set the clock, for example with timedatectl set-ntp true"}};
  std::string text;
  for (const rotation::View* view : {&waits, &trouble, &back, &closed, &retire}) {
    text += cli::rotation_text(report(*view, view == &back ? next_on_the_way() : next_of_deployed()), noon(), style);
    text += "=====\n";
  }
  text += cli::open_list_text(reports, noon(), style) + "=====\n";
  text += cli::rotations_table(all, style) + "=====\n";
  text += cli::plan_text(prospect(), style) + "=====\n";
  text += cli::history_text(intent(), style) + cli::history_text(single_call(), style) + "=====\n";
  text += cli::verified_text({.ok = true, .records = 12, .rotations = 2, .head = "ab12", .first_bad = {}, .why = ""},
                             style);
  text +=
      cli::verified_text({.ok = false, .records = 0, .rotations = 0, .head = "", .first_bad = 5, .why = "hash"}, style);
  text += "=====\n" + cli::keys_text(keys(), style) + "=====\n";
  text += cli::last_used_text(keys().keys[0].key.id, *keys().keys[0].used, noon(), style);
  text += cli::last_used_text(keys().keys[1].key.id, *keys().keys[1].used, noon(), style) + "=====\n";
  text += cli::doctor_text(checks, style) + "=====\n";
  text += cli::problem_text(waiting(), style) + "=====\n" + cli::turned_text(turned(), style);
  return text;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST(Render, piped_away) { expect_golden("human_piped.txt", everything(piped)); }
TEST(Render, at_sixty_columns) { expect_golden("human_60.txt", everything(narrow)); }
TEST(Render, at_a_hundred_columns) { expect_golden("human_100.txt", everything(wide)); }
TEST(Render, in_colour) { expect_golden("human_colour.txt", everything(coloured)); }

TEST(Render, at_sixty_columns_only_what_must_be_copied_whole_is_longer) {
  for (const std::string& line : lines_of(everything(narrow))) {
    if (cli::display_width(line) <= 60) continue;
    const bool command = line.find("keybaton ") != std::string::npos || line.find("--accept ") != std::string::npos;
    EXPECT_TRUE(command) << line;
  }
}

TEST(Render, a_stop_is_told_once_beside_the_error_that_it_is) {
  const rotation::View view = in_trouble();
  const cli::Failure stop{rotation::Ending::needs_operator,
                          {view.attention->message, "Nothing was lost.", view.attention->hint}};
  cli::RotationReport with_error = report(view);
  with_error.error = stop;
  const std::string result = cli::rotation_text(with_error, noon(), piped);
  EXPECT_EQ(result.find(view.attention->hint), std::string::npos);
  EXPECT_EQ(result.find("Accepts:"), std::string::npos);
  const std::string error = cli::problem_text(stop, view, piped);
  EXPECT_NE(error.find("Next: " + view.attention->hint), std::string::npos);
  EXPECT_NE(error.find("Accepts: --accept " + view.attention->accept.front()), std::string::npos);
  // Another error leaves the stop where it stood: it is still what holds the rotation.
  with_error.error = waiting();
  EXPECT_NE(cli::rotation_text(with_error, noon(), piped).find(view.attention->hint), std::string::npos);
  EXPECT_EQ(cli::problem_text(waiting(), view, piped).find("Accepts:"), std::string::npos);
}

TEST(Render, a_rotation_that_was_turned_back_shows_no_steps_as_if_they_were_to_come) {
  rotation::View view = going_back();
  EXPECT_NE(cli::rotation_text(report(view), noon(), piped).find("second key"), std::string::npos);
  for (const rotation::State state : {rotation::State::rolled_back, rotation::State::cancelled}) {
    view.state = state;
    const std::string text = cli::rotation_text(report(view), noon(), piped);
    EXPECT_EQ(text.find("second key"), std::string::npos) << text;
    EXPECT_NE(text.find("Nothing is left to do."), std::string::npos) << text;
  }
  view.state = rotation::State::rolled_back;
  for (const char* word : {"no_key:close", "user_missing:close", "user_recreated:close"}) {
    view.accepted = {word};
    const std::string text = cli::rotation_text(report(view), noon(), piped);
    EXPECT_NE(text.find("\nClosed: the user "), std::string::npos) << text;
    EXPECT_EQ(text.find("Rolled back."), std::string::npos) << text;
  }
}

rotation::Record record_of(rotation::Kind kind, rotation::Detail detail) {
  rotation::Record record = intent();
  record.what = {};
  record.what.kind = kind;
  record.what.detail = std::move(detail);
  return record;
}

TEST(Render, history_says_in_words_what_was_decided_and_seen) {
  const auto line = [](rotation::Kind kind, rotation::Detail detail) {
    return cli::history_text(record_of(kind, std::move(detail)), piped);
  };
  using rotation::Kind;
  const auto ends = [](const std::string& text, const std::string& end) { return text.ends_with("  " + end + "\n"); };
  EXPECT_TRUE(ends(line(Kind::decision, {{"what", "consent"}, {"to", "deactivate it"}}), "agreed: deactivate it"));
  EXPECT_TRUE(ends(line(Kind::decision, {{"what", "override"}, {"reason", "monthly"}}), "overrode: monthly"));
  EXPECT_TRUE(ends(line(Kind::decision, {{"what", "accept"}, {"word", "no_key:close"}}), "accepted: no_key:close"));
  EXPECT_TRUE(ends(line(Kind::decision, {{"what", "waive"}}), "waived"));
  EXPECT_TRUE(ends(line(Kind::decision, {{"what", "rollback"}}), "turned back"));
  EXPECT_TRUE(ends(line(Kind::decision, {{"what", "rollback"}, {"reason", "a job"}}), "turned back: a job"));
  EXPECT_TRUE(ends(line(Kind::observation, {{"what", "probe"}}), "the new key signs"));
  EXPECT_TRUE(ends(line(Kind::observation, {{"what", "last_used"}, {"known", "no"}}), "could not be read"));
  EXPECT_TRUE(ends(line(Kind::observation, {{"what", "last_used"}}), "no use on record"));
  const std::string stop = line(Kind::observation, {{"what", "attention"}, {"message", std::string(300, 'm')}});
  EXPECT_TRUE(ends(stop, "stopped: " + std::string(300, 'm')));
  const std::string long_one = line(Kind::outcome, {{"why", std::string(5000, 'w')}});
  EXPECT_NE(long_one.find("why=www"), std::string::npos);
  EXPECT_TRUE(long_one.ends_with("w.\n")) << "cut, and visibly";
}

TEST(Render, history_says_a_step_once) {
  rotation::Record record = intent();
  record.what.location = {};
  record.what.step = rotation::Step::deactivate;
  record.what.detail = {{"op", "deactivate_key"}};
  EXPECT_TRUE(cli::history_text(record, piped).ends_with("  deactivate\n"));
  record.what.step = rotation::Step::create;
  record.what.direction = rotation::Direction::back;
  EXPECT_TRUE(cli::history_text(record, piped).ends_with("  create (back)  deactivate key\n"));
}

TEST(Render, without_colour_no_escape_byte_is_written) {
  for (const Style& style : {piped, narrow, wide}) EXPECT_EQ(everything(style).find('\x1b'), std::string::npos);
}

TEST(Render, piped_text_is_plain_ascii) {
  for (const char byte : everything(piped)) EXPECT_LT(static_cast<unsigned char>(byte), 0x80);
}

TEST(Render, with_colours_taken_out_the_text_is_the_same) {
  std::string text = everything(coloured);
  for (auto start = text.find('\x1b'); start != std::string::npos; start = text.find('\x1b')) {
    text.erase(start, text.find('m', start) - start + 1);
  }
  EXPECT_EQ(text, everything(wide));
}

TEST(Render, no_line_ends_in_blanks) {
  for (const Style& style : {piped, narrow, wide}) {
    for (const std::string& line : lines_of(everything(style))) EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(Render, what_a_cloud_says_cannot_steer_the_terminal) {
  rotation::View view = in_trouble();
  const std::string nasty =
      "x\x1b]0;title\x07\r\n\x9b"
      "2J\u202e";
  view.target.user = rotation::UserName(nasty);
  view.locations[0].spec.name = rotation::LocationName(nasty);
  view.attention->message = nasty;
  view.attention->hint = nasty;
  view.started_by = nasty;
  view.samples = {{.key = view.old_key, .used = {.at = noon(), .service = nasty, .region = nasty}, .seen = {}}};
  view.override_reason = nasty;
  const std::string text = cli::rotation_text(report(view), noon(), wide) +
                           cli::open_list_text(std::vector{report(view)}, noon(), wide) +
                           cli::problem_text({rotation::Ending::refused, {nasty, nasty, nasty}}, wide);
  for (const char* byte : {"\x1b", "\x07", "\r", "\x9b", "\u202e"}) EXPECT_EQ(text.find(byte), std::string::npos);
}

TEST(Render, nothing_open_is_said) { EXPECT_EQ(cli::open_list_text({}, noon(), piped), "No rotation is open.\n"); }

TEST(Render, each_state_marks_its_own_row) {
  using rotation::State;
  const std::vector<std::pair<State, const char*>> expected{{State::planned, "create"},
                                                            {State::created, "deploy"},
                                                            {State::deployed, "verify"},
                                                            {State::verified, "deactivate"},
                                                            {State::deactivated, "delete"}};
  for (const auto& [state, step] : expected) {
    rotation::View view = deployed();
    view.state = state;
    const std::string text = cli::rotation_text(report(view), noon(), piped);
    EXPECT_NE(text.find(std::string("  >  ") + step), std::string::npos) << text;
    EXPECT_EQ(text.find("  >  "), text.rfind("  >  ")) << text;
  }
}

TEST(Table, cards_take_over_where_columns_cannot_fit) {
  cli::Table table({{"KEY"}, {"USER"}, {"REMARK", cli::Wrap::yes}});
  table.add({{"AKIAIOSFODNN7EXAMPLE"}, {"a-user-with-quite-a-long-name"}, {"some words that may be broken anywhere"}});
  table.add({{"AKIAIOSFODNN7EXAMPL2"}, {"bob"}, {""}});
  EXPECT_EQ(table.text({.color = false, .unicode = false, .width = 40}),
            "KEY     AKIAIOSFODNN7EXAMPLE\n"
            "USER    a-user-with-quite-a-long-name\n"
            "REMARK  some words that may be broken\n"
            "        anywhere\n"
            "\n"
            "KEY     AKIAIOSFODNN7EXAMPL2\n"
            "USER    bob\n");
}

TEST(Table, a_name_that_is_too_long_costs_only_its_own_row_a_line) {
  cli::Table table({{"USER", cli::Wrap::hang}, {"KEY"}, {"LIVES IN", cli::Wrap::hang}});
  table.add({{"a-user-with-quite-a-long-name"}, {"AKIAIOSFODNN7EXAMPLE"}, {"nowhere"}});
  table.add({{"bob"}, {"AKIAIOSFODNN7EXAMPL2"}, {"/home/bob/deploy/service.env:3"}});
  table.add({{"carol"}, {"AKIAIOSFODNN7EXAMPL3"}, {"laptop"}});
  EXPECT_EQ(table.text({.color = false, .unicode = false, .width = 40}),
            "USER      KEY                   LIVES IN\n"
            "a-user-with-quite-a-long-name\n"
            "          AKIAIOSFODNN7EXAMPLE  nowhere\n"
            "bob       AKIAIOSFODNN7EXAMPL2\n"
            "    /home/bob/deploy/service.env:3\n"
            "carol     AKIAIOSFODNN7EXAMPL3  laptop\n");
  EXPECT_NE(table.text({}).find("a-user-with-quite-a-long-name  AKIAIOSFODNN7EXAMPLE  nowhere\n"), std::string::npos);
}

TEST(Table, only_prose_is_broken_and_ids_stay_whole) {
  cli::Table table({{"KEY"}, {"REMARK", cli::Wrap::yes}});
  table.add({{"AKIAIOSFODNN7EXAMPLE"}, {"some words that may be broken anywhere"}});
  EXPECT_EQ(table.text({.color = false, .unicode = false, .width = 44}),
            "KEY                   REMARK\n"
            "AKIAIOSFODNN7EXAMPLE  some words that may be\n"
            "                      broken anywhere\n");
}
