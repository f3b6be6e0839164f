#include "bench/spawned.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

using Timer = std::chrono::steady_clock;

Nanos nanos(const timeval& time) { return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec}; }

class Quiet {
 public:
  Quiet() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
  ~Quiet() { ::posix_spawn_file_actions_destroy(&actions_); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

Spent run(const std::vector<std::string>& words) {
  static const Quiet quiet;
  std::vector<std::string> own = words;
  std::vector<char*> argv;
  for (std::string& word : own) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto start = Timer::now();
  pid_t child = 0;
  if (const int error = ::posix_spawnp(&child, argv[0], quiet.get(), nullptr, argv.data(), environ); error != 0) {
    throw std::runtime_error("cannot run " + words.front() + ": " + std::strerror(error));
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child || status != 0) {
    throw std::runtime_error(words.front() + " ended with wait status " + std::to_string(status));
  }
  return {.wall = Timer::now() - start, .cpu = nanos(used.ru_utime) + nanos(used.ru_stime), .peak_kib = used.ru_maxrss};
}

}  // namespace bench
