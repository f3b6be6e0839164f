#include "bench/syncs.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

bench::Syncs so_far;

int counted(long call, int file) {
  const auto start = std::chrono::steady_clock::now();
  const long result = ::syscall(call, file);
  so_far.spent += std::chrono::steady_clock::now() - start;
  ++so_far.count;
  return static_cast<int>(result);
}

}  // namespace

// The program's own definitions come before the C library's, for the shared SQLite as well.
extern "C" int fdatasync(int file) { return counted(SYS_fdatasync, file); }
extern "C" int fsync(int file) { return counted(SYS_fsync, file); }
extern "C" int unlink(const char* path) noexcept {
  const auto start = std::chrono::steady_clock::now();
  const long result = ::syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  so_far.unlinking += std::chrono::steady_clock::now() - start;
  return static_cast<int>(result);
}

namespace bench {

Syncs syncs_so_far() { return so_far; }

}  // namespace bench
