// What a benchmark prints: one line a figure, with the goal it is held against where there is one.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

using Nanos = std::chrono::nanoseconds;

// "1.24 ms", "83.1 us"
[[nodiscard]] std::string time_text(Nanos span);
[[nodiscard]] std::string number_text(double value, int decimals);

// Both sort what they are given. `samples` must not be empty.
[[nodiscard]] Nanos median(std::vector<Nanos> samples);
[[nodiscard]] Nanos percentile(std::vector<Nanos> samples, int percent);

enum class Better : bool { lower, higher };
struct Goal {
  Better better = Better::lower;
  double limit = 0;
  std::string text;  // "<= 3 x the shell"
};

// The body of a main: what it throws is said behind the program's name, and the exit code is 1.
[[nodiscard]] int guarded(const char* program, const std::function<void()>& work);

// Word number `at` of the command line, from 0 on; `usual` where there is none. Throws for what is no number above 0.
[[nodiscard]] int number_word(int argc, char** argv, int at, int usual);

void heading(const std::string& text);
// `value` is what the goal speaks of, mostly a ratio; empty: a figure to compare with.
void row(const std::string& what, const std::string& figure, const std::string& ratio,
         const std::optional<double>& value = {}, const std::optional<Goal>& goal = {});

}  // namespace bench
