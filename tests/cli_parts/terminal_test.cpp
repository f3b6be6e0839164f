#include "cli/terminal.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <thread>

#include "platform/signals.hpp"
#include "samples.hpp"

using namespace cli_parts_test;
using namespace std::chrono_literals;
using cli::TerminalOperator;
using cli::TerminalSetup;
using rotation::Consent;

namespace {

// A child of ours at a terminal of its own, so that Ctrl-C is a signal and Ctrl-D the end of input, as in life.
class AtTerminal {
 public:
  explicit AtTerminal(const std::function<int()>& work, const char* term = "xterm") {
    winsize size{.ws_row = 24, .ws_col = 60, .ws_xpixel = 0, .ws_ypixel = 0};
    child_ = ::forkpty(&master_, nullptr, nullptr, &size);
    if (child_ < 0) throw std::runtime_error("forkpty");
    if (child_ == 0) {
      ::setenv("TERM", term, 1);
      ::setenv("NO_COLOR", "1", 1);
      ::setenv("LC_ALL", "C", 1);
      platform::install_signal_handlers();
      ::_exit(work());
    }
  }
  AtTerminal(const AtTerminal&) = delete;
  AtTerminal& operator=(const AtTerminal&) = delete;
  ~AtTerminal() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(master_);
  }

  // Everything up to and with the next `text`; fails after 10 s.
  [[nodiscard]] bool shows(const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (screen_.find(text, seen_) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline || !more()) {
        ADD_FAILURE() << "not shown: " << text << "\nbut: " << screen_;
        return false;
      }
    }
    seen_ = screen_.find(text, seen_) + text.size();
    return true;
  }
  void type(std::string_view text) { ASSERT_EQ(::write(master_, text.data(), text.size()), std::ssize(text)); }
  // Exit code of the child, which has to end by itself.
  [[nodiscard]] int finish() {
    while (more()) continue;
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] const std::string& screen() const { return screen_; }

 private:
  bool more() {
    pollfd wanted{.fd = master_, .events = POLLIN, .revents = 0};
    if (::poll(&wanted, 1, 10000) <= 0) return false;
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(master_, bytes.data(), bytes.size());
    if (got <= 0) return false;  // EIO: the child has closed the terminal
    screen_.append(bytes.data(), static_cast<std::size_t>(got));
    return true;
  }

  pid_t child_ = -1;
  int master_ = -1;
  std::string screen_;
  std::size_t seen_ = 0;
};

rotation::Question deactivation() {
  return {.step = rotation::Step::deactivate,
          .direction = rotation::Direction::forward,
          .op = rotation::Op::deactivate_key,
          .key = rotation::AccessKeyId(old_id),
          .what = std::string("deactivate the old key ") + old_id,
          .because = {"laptop holds the new key", "the old key has been quiet for 1d 4h"},
          .undo_command = std::string("aws iam update-access-key --access-key-id ") + old_id + " --status Active",
          .typed = true,
          .accept_word = ""};
}

rotation::Question deployment() {
  return {.step = rotation::Step::deploy,
          .direction = rotation::Direction::forward,
          .op = rotation::Op::write_location,
          .key = rotation::AccessKeyId(new_id),
          .what = "write the new key to laptop",
          .because = {},
          .undo_command = "",
          .typed = false,
          .accept_word = ""};
}

TerminalSetup at_signals() {
  TerminalSetup setup;
  setup.interrupted = [] { return platform::signals_noted() > 0; };
  return setup;
}

int code(Consent consent) { return 10 + static_cast<int>(consent); }
constexpr int given = 10, declined = 11, nobody = 12;

int asks(const rotation::Question& question) {
  TerminalOperator person(at_signals());
  return code(person.confirm(question));
}

// Two ends of a pipe where a terminal could be.
struct Piped {
  std::array<int, 2> in{}, err{};
  Piped() {
    if (::pipe(in.data()) != 0 || ::pipe(err.data()) != 0) throw std::runtime_error("pipe");
    ::fcntl(err[0], F_SETFL, O_NONBLOCK);
  }
  Piped(const Piped&) = delete;
  Piped& operator=(const Piped&) = delete;
  ~Piped() {
    for (const int fd : {in[0], in[1], err[0], err[1]}) ::close(fd);
  }
  [[nodiscard]] TerminalSetup setup() const {
    TerminalSetup result;
    result.in = in[0];
    result.err = err[1];
    return result;
  }
  [[nodiscard]] std::string written() const {
    std::array<char, 65536> bytes{};
    const ssize_t got = ::read(err[0], bytes.data(), bytes.size());
    return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : "";
  }
};

}  // namespace

TEST(Terminal, the_last_four_characters_consent_after_the_way_back_was_shown) {
  AtTerminal terminal([] { return asks(deactivation()); });
  ASSERT_TRUE(terminal.shows("Deactivate the old key AKIAIOSFODNN7OLDKEY1"));
  ASSERT_TRUE(terminal.shows("- laptop holds the new key"));
  ASSERT_TRUE(terminal.shows("aws iam update-access-key --access-key-id AKIAIOSFODNN7OLDKEY1 --status Active"));
  // At sixty columns the id, which the question names, would push what is typed over the edge.
  ASSERT_TRUE(terminal.shows("Type the last four characters of that id to go on: "));
  terminal.type("KEY1\n");
  EXPECT_EQ(terminal.finish(), given);
}

TEST(Terminal, the_whole_key_id_consents_and_another_one_does_not) {
  AtTerminal terminal([] { return asks(deactivation()); });
  ASSERT_TRUE(terminal.shows("to go on: "));
  terminal.type("AKIAIOSFODNN7NEWKEY1\n");
  ASSERT_TRUE(terminal.shows("is not the end of that key id."));
  ASSERT_TRUE(terminal.shows("to go on: "));
  terminal.type(std::string(old_id) + "\n");
  EXPECT_EQ(terminal.finish(), given);
}

TEST(Terminal, a_wrong_confirmation_is_named_and_asked_again) {
  AtTerminal terminal([] { return asks(deactivation()); });
  ASSERT_TRUE(terminal.shows("to go on: "));
  terminal.type("y\n");
  ASSERT_TRUE(terminal.shows("\"y\" is not the end of that key id."));
  ASSERT_TRUE(terminal.shows("to go on: "));
  terminal.type("  key1 \n");  // blanks and case are forgiven
  EXPECT_EQ(terminal.finish(), given);
}

TEST(Terminal, three_wrong_confirmations_decline) {
  AtTerminal terminal([] { return asks(deactivation()); });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(terminal.shows("to go on: "));
    terminal.type("KEY2\n");
  }
  ASSERT_TRUE(terminal.shows("Nothing is done."));
  EXPECT_EQ(terminal.finish(), declined);
}

TEST(Terminal, an_empty_line_declines) {
  AtTerminal typed([] { return asks(deactivation()); });
  ASSERT_TRUE(typed.shows("to go on: "));
  typed.type("\n");
  EXPECT_EQ(typed.finish(), declined);
  AtTerminal plain([] { return asks(deployment()); });
  ASSERT_TRUE(plain.shows("[y/N] "));
  plain.type("\n");
  EXPECT_EQ(plain.finish(), declined);
}

TEST(Terminal, a_plain_question_takes_yes_and_no) {
  for (const auto& [answer, expected] : {std::pair{"y", given}, {"YES", given}, {"n", declined}, {"No", declined}}) {
    AtTerminal terminal([] { return asks(deployment()); });
    ASSERT_TRUE(terminal.shows("Go on? [y/N] "));
    terminal.type(std::string(answer) + "\n");
    EXPECT_EQ(terminal.finish(), expected) << answer;
  }
}

TEST(Terminal, anything_else_is_asked_again_and_then_declines) {
  AtTerminal terminal([] { return asks(deployment()); });
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(terminal.shows("[y/N] "));
    terminal.type("KEY1\n");
    ASSERT_TRUE(terminal.shows("Please answer y or n."));
  }
  EXPECT_EQ(terminal.finish(), declined);
}

TEST(Terminal, control_c_at_a_prompt_ends_it_at_once) {
  for (const bool typed : {true, false}) {
    AtTerminal terminal([&] { return asks(typed ? deactivation() : deployment()); });
    ASSERT_TRUE(terminal.shows(typed ? "to go on: " : "[y/N] "));
    const auto before = std::chrono::steady_clock::now();
    terminal.type("KE\x03");
    EXPECT_EQ(terminal.finish(), declined);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
  }
}

TEST(Terminal, a_signal_that_came_before_the_prompt_ends_it_too) {
  AtTerminal terminal([] {
    ::raise(SIGTERM);
    return asks(deactivation());
  });
  EXPECT_EQ(terminal.finish(), declined);
}

TEST(Terminal, control_d_declines) {
  AtTerminal terminal([] { return asks(deactivation()); });
  ASSERT_TRUE(terminal.shows("to go on: "));
  terminal.type("\x04");
  EXPECT_EQ(terminal.finish(), declined);
}

TEST(Terminal, a_terminal_that_hangs_up_declines) {
  AtTerminal terminal([] {
    ::signal(SIGHUP, SIG_IGN);
    ::close(STDIN_FILENO);
    return asks(deactivation());
  });
  EXPECT_EQ(terminal.finish(), nobody);
}

TEST(Terminal, what_was_typed_before_the_question_is_no_answer) {
  AtTerminal terminal([] {
    std::string ready = "ready\n";
    if (::write(STDOUT_FILENO, ready.data(), ready.size()) < 0) return 1;
    std::this_thread::sleep_for(300ms);
    return asks(deactivation());
  });
  ASSERT_TRUE(terminal.shows("ready"));
  terminal.type("KEY1\nKEY1\n");
  ASSERT_TRUE(terminal.shows("to go on: "));
  terminal.type("\x04");
  EXPECT_EQ(terminal.finish(), declined);
}

TEST(Terminal, prompts_reach_the_terminal_when_stderr_goes_to_a_file) {
  AtTerminal terminal([] {
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDERR_FILENO);
    return asks(deployment());
  });
  ASSERT_TRUE(terminal.shows("[y/N] "));
  terminal.type("y\n");
  EXPECT_EQ(terminal.finish(), given);
}

TEST(Terminal, without_a_terminal_there_is_nobody_to_ask_and_nothing_is_waited_for) {
  const Piped piped;
  TerminalOperator person(piped.setup());
  EXPECT_FALSE(person.somebody_there());
  ASSERT_EQ(::write(piped.in[1], "KEY1\n", 5), 5);  // a pipe is no person
  EXPECT_EQ(person.confirm(deactivation()), Consent::nobody_to_ask);
  EXPECT_EQ(person.mfa_code("arn:aws:iam::123456789012:mfa/ann"), std::nullopt);
  EXPECT_EQ(person.ask_line("Why?"), std::nullopt);
}

TEST(Terminal, yes_covers_the_named_steps_only_and_still_shows_the_way_back) {
  const Piped piped;
  TerminalSetup setup = piped.setup();
  setup.consents = {rotation::Step::deactivate};
  TerminalOperator person(std::move(setup));
  EXPECT_EQ(person.confirm(deployment()), Consent::nobody_to_ask);
  EXPECT_EQ(person.confirm(deactivation()), Consent::given);
  EXPECT_NE(piped.written().find("aws iam update-access-key"), std::string::npos);
}

TEST(Terminal, yes_never_covers_what_no_plan_foresees) {
  rotation::Question question = deactivation();
  question.accept_word = "old_inactive:reactivate";
  EXPECT_FALSE(cli::consented({rotation::Step::create, rotation::Step::deploy, rotation::Step::verify,
                               rotation::Step::deactivate, rotation::Step::delete_key},
                              question));
}

TEST(Terminal, yes_to_create_is_no_yes_to_deleting_the_new_key_on_the_way_back) {
  rotation::Question question = deactivation();
  question.direction = rotation::Direction::back;
  question.step = rotation::Step::create;
  question.op = rotation::Op::delete_key;
  EXPECT_FALSE(cli::consented({rotation::Step::create}, question));
  EXPECT_TRUE(cli::consented({rotation::Step::delete_key}, question));
}

TEST(Terminal, several_ways_out_of_one_trouble_are_offered_one_by_one) {
  AtTerminal terminal([] {
    TerminalOperator person(at_signals());
    rotation::Question question{.op = rotation::Op::create_key,
                                .what = "the old key is Inactive although nobody here deactivated it",
                                .because = {},
                                .undo_command = "",
                                .accept_word = "old_inactive:reactivate"};
    if (person.confirm(question) != Consent::declined) return 1;
    question.accept_word = "old_inactive:finish";
    return code(person.confirm(question));
  });
  ASSERT_TRUE(terminal.shows("Accept old_inactive:reactivate? [y/N] "));
  terminal.type("n\n");
  ASSERT_TRUE(terminal.shows("Accept old_inactive:finish? [y/N] "));
  terminal.type("y\n");
  EXPECT_EQ(terminal.finish(), given);
  const std::string trouble = "The old key is Inactive";
  EXPECT_EQ(terminal.screen().find(trouble), terminal.screen().rfind(trouble));
}

TEST(Terminal, the_progress_line_is_redrawn_in_place_and_fits_and_what_is_cut_off_stands_there_once) {
  AtTerminal terminal([] {
    TerminalOperator person(at_signals());
    const std::string what = "until the old key has been quiet for as long as the policy asks for";
    person.waiting(what, 15s);
    person.waiting(what, 14s);
    person.waiting("until quiet", 14s);
    person.waiting("the old key rests", 13s);
    person.tell({.step = rotation::Step::verify, .direction = rotation::Direction::forward, .text = "done"});
    return 0;
  });
  EXPECT_EQ(terminal.finish(), 0);
  const std::string& screen = terminal.screen();
  EXPECT_EQ(screen,
            "Until the old key has been quiet for as long as the policy\r\nasks for.\r\n"
            "\r\x1b[2K15s left until the old key has been quiet for as long as t."
            "\r\x1b[2K14s left until the old key has been quiet for as long as t."
            "\r\x1b[2K14s left until quiet"
            "\r\x1b[2K13s left: the old key rests\r\x1b[2Kverify: done\r\n");
}

TEST(Terminal, a_dumb_terminal_gets_lines_instead_of_redrawing) {
  AtTerminal terminal(
      [] {
        TerminalOperator person(at_signals());
        person.waiting("until quiet", 15s);
        person.waiting("until quiet", 14s);
        return 0;
      },
      "dumb");
  EXPECT_EQ(terminal.finish(), 0);
  EXPECT_EQ(terminal.screen(), "15s left until quiet\r\n");
}

TEST(Terminal, piped_away_waiting_says_one_line_for_each_thing_it_waits_for) {
  const Piped piped;
  TerminalOperator person(piped.setup());
  for (int left = 30; left > 10; --left) person.waiting("until quiet", std::chrono::seconds(left));
  person.waiting("until the grace is over", 5s);
  EXPECT_EQ(piped.written(), "30s left until quiet\n5s left until the grace is over\n");
}

TEST(Terminal, what_a_cloud_says_cannot_steer_the_prompt) {
  const Piped piped;
  TerminalSetup setup = piped.setup();
  setup.consents = {rotation::Step::deactivate};
  TerminalOperator person(std::move(setup));
  rotation::Question question = deactivation();
  question.what = question.undo_command = "x\x1b[2J\r";
  question.because = {"x\x1b[2J\r"};
  EXPECT_EQ(person.confirm(question), Consent::given);
  person.tell({.step = rotation::Step::deploy, .direction = rotation::Direction::back, .text = "x\x1b[2J\r"});
  person.waiting("x\x1b[2J\r", 5s);
  const std::string text = piped.written();
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("undo deploy: x\\x1b[2J\\x0d"), std::string::npos) << text;
}

TEST(Terminal, an_mfa_code_has_six_digits) {
  AtTerminal terminal([] {
    TerminalOperator person(at_signals());
    return person.mfa_code("arn:aws:iam::123456789012:mfa/ann") == "123456" ? 0 : 1;
  });
  ASSERT_TRUE(terminal.shows("Code of the MFA device arn:aws:iam::123456789012:mfa/ann: "));
  terminal.type("12345\n");
  ASSERT_TRUE(terminal.shows("A code has six digits."));
  ASSERT_TRUE(terminal.shows("mfa/ann: "));
  terminal.type("123456\n");
  EXPECT_EQ(terminal.finish(), 0);
}

TEST(Terminal, a_reason_is_one_line_and_may_be_left_out) {
  const auto work = [] {
    TerminalOperator person(at_signals());
    const auto reason = person.ask_line("Why?");
    return !reason ? 1 : *reason == "the batch job failed" ? 0 : 2;
  };
  AtTerminal said(work);
  ASSERT_TRUE(said.shows("Why? "));
  said.type("  the batch job failed\n");
  EXPECT_EQ(said.finish(), 0);
  AtTerminal silent(work);
  ASSERT_TRUE(silent.shows("Why? "));
  silent.type("\n");
  EXPECT_EQ(silent.finish(), 1);
}
