#include "platform/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <system_error>
#include <thread>

#include "platform/files.hpp"
#include "tests/platform/workbench.hpp"

namespace {

using namespace std::chrono_literals;
using platform::Command;
using platform::Finished;
using platform::run;

Command shell(std::string script) {
  Command command;
  command.argv = {"sh", "-c", std::move(script)};
  return command;
}

TEST(Run, GivesOutputErrorsAndExitCode) {
  const Finished done = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_EQ(done.out, "out\n");
  EXPECT_EQ(done.err, "err\n");
  EXPECT_FALSE(done.timed_out);
  EXPECT_FALSE(done.output_cut);
}

TEST(Run, HandsEachArgumentOverAsItIs) {
  Command command;
  command.argv = {"printf", "[%s]", "a b", "$HOME", "*", "'"};
  EXPECT_EQ(run(command).out, "[a b][$HOME][*][']");
}

TEST(Run, FeedsStdinLargerThanAPipe) {
  const std::string input(3U << 20U, 'i');
  Command command = shell("wc -c");
  command.input = input;
  EXPECT_EQ(std::stoul(run(command).out), input.size());
}

TEST(Run, GivesAnEmptyStdinWithoutInput) { EXPECT_EQ(run(shell("wc -c")).out, "0\n"); }

TEST(Run, SurvivesAProgramThatDoesNotReadItsStdin) {
  const std::string input(1U << 20U, 'i');
  Command command = shell("exec 0<&-; sleep 0.2; echo fine");
  command.input = input;
  const Finished done = run(command);
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.out, "fine\n");
}

TEST(Run, PassesTheFixedEnvironmentAndTheNamedVariables) {
  ::setenv("KEYBATON_TEST_PASSED", "yes", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI", 1);
  Command command;
  command.argv = {"env"};
  command.pass_env = {"KEYBATON_TEST_PASSED", "KEYBATON_TEST_UNSET"};
  const std::string out = run(command).out;
  ::unsetenv("KEYBATON_TEST_PASSED");
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  EXPECT_NE(out.find("KEYBATON_TEST_PASSED=yes\n"), std::string::npos);
  EXPECT_NE(out.find("PATH="), std::string::npos);
  EXPECT_EQ(out.find("KEYBATON_TEST_UNSET"), std::string::npos);
  EXPECT_EQ(out.find("AWS_SECRET"), std::string::npos);
}

TEST(Run, SetsTheVariablesThatItIsToldOverThosePassed) {
  Command command;
  command.argv = {"env"};
  command.set_env = {{"LANG", "set"}, {"KEYBATON_TEST_SET", "a b=c"}};
  const std::string out = "\n" + run(command).out;
  EXPECT_NE(out.find("\nKEYBATON_TEST_SET=a b=c\n"), std::string::npos);
  EXPECT_NE(out.find("\nLANG=set\n"), std::string::npos);
  EXPECT_EQ(out.find("\nLANG="), out.rfind("\nLANG="));
}

TEST(Run, CutsOutputAtTheCapAndLetsTheProgramEnd) {
  Command command = shell("head -c 200000 /dev/zero; head -c 20000 /dev/zero >&2; exit 5");
  command.output_cap = 1000;
  const Finished done = run(command);
  EXPECT_EQ(done.out.size(), 1000U);
  EXPECT_EQ(done.err.size(), 4096U);
  EXPECT_TRUE(done.output_cut);
  EXPECT_EQ(done.exit_code, 5);
  Command exact = shell("head -c 1000 /dev/zero");
  exact.output_cap = 1000;
  EXPECT_FALSE(run(exact).output_cut);
}

TEST(Run, SaysWhichSignalKilledTheProgram) { EXPECT_EQ(run(shell("kill -KILL $$")).exit_code, 128 + SIGKILL); }

bool alive(const std::string& pid) { return ::kill(std::stoi(pid), 0) == 0; }

// A process that was killed stays a zombie until its parent, by then init, has reaped it.
bool gone_soon(const std::string& pid) {
  for (int i = 0; i < 200 && alive(pid); ++i) {
    const auto state = platform::read_file("/proc/" + pid + "/stat", 4096).value_or(") Z");
    if (state.find(") Z") != std::string::npos) return true;
    std::this_thread::sleep_for(10ms);
  }
  return !alive(pid);
}

TEST(Run, EndsTheWholeGroupAtTheDeadline) {
  Command command = shell("sleep 60 & echo $!; wait");
  command.deadline = 200ms;
  const auto begin = std::chrono::steady_clock::now();
  const Finished done = run(command);
  EXPECT_TRUE(done.timed_out);
  EXPECT_EQ(done.exit_code, 128 + SIGTERM);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1900ms);
  EXPECT_TRUE(gone_soon(done.out.substr(0, done.out.find('\n'))));
}

TEST(Run, KillsWhatIgnoresTheFirstWord) {
  Command command = shell("trap '' TERM; sleep 60 & echo $!; while :; do sleep 0.1; done");
  command.deadline = 100ms;
  const auto begin = std::chrono::steady_clock::now();
  const Finished done = run(command);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(done.timed_out);
  EXPECT_EQ(done.exit_code, 128 + SIGKILL);
  EXPECT_GE(took, 2000ms);
  EXPECT_LT(took, 6s);
  EXPECT_TRUE(gone_soon(done.out.substr(0, done.out.find('\n'))));
}

TEST(Run, IsNotHeldUpByAChildThatKeepsThePipeOpen) {
  const auto begin = std::chrono::steady_clock::now();
  const Finished done = run(shell("echo early; sleep 5 & exit 0"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.out, "early\n");
}

TEST(Run, ThrowsForAMissingProgramAndForNone) {
  Command command;
  EXPECT_THROW(static_cast<void>(run(command)), std::system_error);
  command.argv = {"/usr/bin/keybaton-no-such-program"};
  try {
    static_cast<void>(run(command));
    FAIL() << "there is no such program";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_NE(std::string(error.what()).find("keybaton-no-such-program"), std::string::npos);
  }
  command.argv = {std::string("ec\0ho", 5)};
  EXPECT_THROW(static_cast<void>(run(command)), std::system_error);
}

TEST(Run, HandsNoDescriptorDown) {
  const int leaky = ::open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a library might
  Command command;
  command.argv = {"ls", "/proc/self/fd"};
  const std::string out = run(command).out;
  ::close(leaky);
  EXPECT_EQ(out, "0\n1\n2\n3\n");  // 3 is the directory that ls itself reads
}

TEST(Run, StartsTheProgramWithDefaultSignals) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto old = ::signal(SIGPIPE, SIG_IGN);
  const Finished done = run(shell("sed -nE 's/^Sig(Blk|Ign):.*(.{7})$/\\1 \\2/p' /proc/self/status"));
  ::signal(SIGPIPE, old);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  // Signals 1 to 28; glibc sees to its own two behind them.
  EXPECT_EQ(done.out, "Blk 0000000\nIgn 0000000\n");
}

TEST(Run, LeavesNoDescriptorOpenHere) {
  const auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = count();
  for (int i = 0; i < 5; ++i) static_cast<void>(run(shell(":")));
  Command missing;
  missing.argv = {"keybaton-no-such-program"};
  EXPECT_THROW(static_cast<void>(run(missing)), std::system_error);
  EXPECT_EQ(count(), before);
}

TEST(Run, WorksFromSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::vector<std::string> outs(8);
  for (std::size_t i = 0; i < outs.size(); ++i) {
    threads.emplace_back([i, &outs] { outs[i] = run(shell("cat; echo " + std::to_string(i))).out; });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < outs.size(); ++i) EXPECT_EQ(outs[i], std::to_string(i) + "\n");
}

}  // namespace
