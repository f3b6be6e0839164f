// Counts what this process asks the disk to make durable and to forget, SQLite's calls included, and the time it takes.
#pragma once

#include <chrono>
#include <cstdint>

namespace bench {

struct Syncs {
  std::int64_t count = 0;
  std::chrono::nanoseconds spent{};
  std::chrono::nanoseconds unlinking{};  // some file systems take longer to let a file go than to sync it
};
[[nodiscard]] Syncs syncs_so_far();

}  // namespace bench
