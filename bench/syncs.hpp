// Counts what this process asks the disk to make durable, SQLite's calls included, and how long the disk takes for it.
#pragma once

#include <chrono>
#include <cstdint>

namespace bench {

struct Syncs {
  std::int64_t count = 0;
  std::chrono::nanoseconds spent{};
};
[[nodiscard]] Syncs syncs_so_far();

}  // namespace bench
