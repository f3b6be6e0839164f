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

// Where a child's streams lead.
class Streams {
 public:
  explicit Streams(const char* output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams() { ::posix_spawn_file_actions_destroy(&actions_); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

Spent spawn(const Streams& streams, const std::vector<std::string>& words) {
  std::vector<std::string> own = words;
  std::vector<char*> argv;
  for (std::string& word : own) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto start = Timer::now();
  pid_t child = 0;
  if (const int error = ::posix_spawnp(&child, argv[0], streams.get(), nullptr, argv.data(), environ); error != 0) {
    throw std::runtime_error("cannot run " + words.front() + ": " + std::strerror(error));
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child || !WIFEXITED(status)) {
    throw std::runtime_error(words.front() + " ended with wait status " + std::to_string(status));
  }
  return {.wall = Timer::now() - start,
          .cpu = nanos(used.ru_utime) + nanos(used.ru_stime),
          .peak_kib = used.ru_maxrss,
          .exit_code = WEXITSTATUS(status)};
}

}  // namespace

Spent run(const std::vector<std::string>& words) {
  static const Streams quiet("/dev/null");
  const Spent spent = spawn(quiet, words);
  if (spent.exit_code != 0) {
    throw std::runtime_error(words.front() + " ended with exit code " + std::to_string(spent.exit_code));
  }
  return spent;
}

Spent run_into(const std::string& output, const std::vector<std::string>& words) {
  return spawn(Streams(output.c_str()), words);
}

}  // namespace bench
