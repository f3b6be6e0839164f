// A whole process, from fork to exit, and what it took.
#pragma once

#include <string>
#include <vector>

#include "bench/table.hpp"

namespace bench {

struct Spent {
  Nanos wall{};
  Nanos cpu{};  // what it took of the processors, which other programs' load changes little
  long peak_kib = 0;
  int exit_code = 0;
};

// Its input and output are /dev/null. Throws where it cannot be run or does not end with 0.
[[nodiscard]] Spent run(const std::vector<std::string>& words);

// What it prints, on either stream, goes into that file. Throws where it cannot be run or is killed.
[[nodiscard]] Spent run_into(const std::string& output, const std::vector<std::string>& words);

}  // namespace bench
