// How a command can end, and the three-part message that explains it.
#pragma once

#include <array>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "rotation/words.hpp"

namespace rotation {

// In the words of the documented exit codes; cli/exit_codes.hpp has the numbers.
enum class Ending : std::uint8_t {
  ok,
  internal,
  usage,
  waiting,
  needs_operator,
  refused,
  unknown,
  wrong_account,
  held,
  storage,
  tampered,
  interrupted
};
template <>
struct Words<Ending> {
  static constexpr std::array all{
      std::string_view{"ok"},      std::string_view{"internal"},       std::string_view{"usage"},
      std::string_view{"waiting"}, std::string_view{"needs_operator"}, std::string_view{"refused"},
      std::string_view{"unknown"}, std::string_view{"wrong_account"},  std::string_view{"held"},
      std::string_view{"storage"}, std::string_view{"tampered"},       std::string_view{"interrupted"}};
};

struct Problem {
  std::string message;  // what happened
  std::string keys;     // what it means for the keys
  std::string hint;     // what to run next: a whole command, or one sentence

  bool operator==(const Problem&) const = default;
};

// Trouble on our own machine, or with what we were told to do: thrown where it is found, caught once in main.
// The remote's answers are values (answer.hpp), never this.
class Trouble : public std::exception {
 public:
  Trouble(Ending ending, Problem problem) : ending_(ending), problem_(std::move(problem)) {}
  [[nodiscard]] Ending ending() const noexcept { return ending_; }
  [[nodiscard]] const Problem& problem() const noexcept { return problem_; }
  [[nodiscard]] const char* what() const noexcept override { return problem_.message.c_str(); }

 private:
  Ending ending_;
  Problem problem_;
};

// The journal, its disk or the sealing key: nothing more may be started (invariant 16). Ends as `storage`.
class StorageTrouble : public Trouble {
 public:
  explicit StorageTrouble(Problem problem) : Trouble(Ending::storage, std::move(problem)) {}
};

// The sealing key is missing or is another one; the journal itself is fine.
class SealingTrouble : public StorageTrouble {
 public:
  using StorageTrouble::StorageTrouble;
};

// Another operator holds the rotation or the journal, or has fenced us off. Ends as `held`.
class Held : public Trouble {
 public:
  explicit Held(Problem problem) : Trouble(Ending::held, std::move(problem)) {}
};

[[noreturn]] void broken_promise(const char* what, const char* file, int line);

}  // namespace rotation

// Always on: our own bug must stop the program, and a stopped program is one `resume` away from going on.
#define KEYBATON_ASSERT(condition) ((condition) ? void() : ::rotation::broken_promise(#condition, __FILE__, __LINE__))
