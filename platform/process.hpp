// Runs a program: an argv array, no shell, a small fixed environment, a deadline, an output cap.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace platform {

struct Command {
  std::vector<std::string> argv;              // argv[0] is looked up in PATH
  std::vector<std::string> pass_env;          // names beyond HOME, PATH, LANG, LC_ALL, TZ, USER, LOGNAME
  std::string_view input;                     // its stdin
  std::chrono::milliseconds deadline{60000};  // then SIGTERM, and SIGKILL 2 s later, to its process group
  std::size_t output_cap = 1 << 20;           // of stdout; beyond it the run counts as failed
  std::vector<std::pair<std::string, std::string>> set_env = {};  // over what is passed; never a secret
};

struct Finished {
  int exit_code = -1;  // 128 + signal if it was killed
  bool timed_out = false;
  bool output_cut = false;
  std::string out;  // wiped by the caller if secret
  std::string err;  // at most 4 KiB of it
};

// Throws std::system_error if the program could not be started.
[[nodiscard]] Finished run(const Command& command);

}  // namespace platform
