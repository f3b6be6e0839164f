#include "platform/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>  // explicit_bzero
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "platform/files.hpp"
#include "rotation/secret.hpp"

namespace platform {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds between_term_and_kill{2000};
// A program that ended may have left a child with our pipe open; what it wrote itself is there at once.
constexpr milliseconds after_the_end{250};
constexpr milliseconds longest_poll{50};
constexpr std::size_t err_cap = 4096;

[[noreturn]] void fail(int error, const std::string& doing) {
  throw std::system_error(error, std::generic_category(), doing);
}

struct Pipe {
  Fd read;
  Fd write;
};

// Both ends above 2, so that setting up the child's 0, 1 and 2 can't overwrite them.
Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(errno, "cannot make a pipe");
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  for (Fd* end : {&pipe.read, &pipe.write}) {
    if (end->get() > 2) continue;
    const int moved = ::fcntl(end->get(), F_DUPFD_CLOEXEC, 3);
    if (moved < 0) fail(errno, "cannot make a pipe");
    *end = Fd(moved);
  }
  return pipe;
}

void unblock(const Fd& end) {
  if (::fcntl(end.get(), F_SETFL, O_NONBLOCK) != 0) fail(errno, "cannot set up a pipe");
}

// A child that does not read its stdin must not end us.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() {
    const timespec at_once{};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

struct Attributes {
  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
  Attributes() {
    if (posix_spawnattr_init(&attributes) != 0 || posix_spawn_file_actions_init(&actions) != 0) throw std::bad_alloc();
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

void check(int error, const std::string& program) {
  if (error != 0) fail(error, "cannot start " + program);
}

// A group of its own, default signals, nothing blocked, and no descriptor of ours beyond the three.
void set_up(Attributes& child, const Pipe& in, const Pipe& out, const Pipe& err, const std::string& program) {
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  constexpr auto flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  check(posix_spawnattr_setflags(&child.attributes, static_cast<short>(flags)), program);
  check(posix_spawnattr_setpgroup(&child.attributes, 0), program);
  check(posix_spawnattr_setsigdefault(&child.attributes, &all), program);
  check(posix_spawnattr_setsigmask(&child.attributes, &none), program);
  check(posix_spawn_file_actions_adddup2(&child.actions, in.read.get(), 0), program);
  check(posix_spawn_file_actions_adddup2(&child.actions, out.write.get(), 1), program);
  check(posix_spawn_file_actions_adddup2(&child.actions, err.write.get(), 2), program);
  check(posix_spawn_file_actions_addclosefrom_np(&child.actions, 3), program);
}

std::vector<std::string> environment(const Command& command) {
  std::vector<std::string> names{"HOME", "PATH", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME"};
  names.insert(names.end(), command.pass_env.begin(), command.pass_env.end());
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<std::string> set;
  for (const auto& [name, value] : command.set_env) {
    std::erase(names, name);
    set.push_back(name + "=" + value);
  }
  for (const auto& name : names) {
    if (const char* value = std::getenv(name.c_str()); value != nullptr) set.push_back(name + "=" + value);
  }
  return set;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  list.reserve(texts.size() + 1);
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

void append_wiping(std::string& text, std::string_view piece) {
  if (text.size() + piece.size() > text.capacity()) {
    std::string bigger;
    bigger.reserve(2 * (text.size() + piece.size()));
    bigger.assign(text);
    rotation::wipe(text);
    text.swap(bigger);
  }
  text.append(piece);
}

// Takes what is there. What lies beyond the cap is read and dropped, so that the program is not held up.
void take(Fd& end, std::string& text, std::size_t cap, bool* cut) {
  std::array<char, 16384> piece{};
  const ssize_t got = ::read(end.get(), piece.data(), piece.size());
  if (got > 0) {
    const std::size_t size = std::min(static_cast<std::size_t>(got), cap - text.size());
    append_wiping(text, {piece.data(), size});
    if (cut != nullptr && size < static_cast<std::size_t>(got)) *cut = true;
  } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
    end = Fd();
  }
  explicit_bzero(piece.data(), piece.size());
}

// One run from start to end. Whatever happens, the group is gone and the leader reaped when this object goes.
class Run {
 public:
  explicit Run(const Command& command)
      : command_(command), left_(command.input), ends_(Clock::now() + command.deadline) {
    start();
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() {
    if (pid_ > 0) {
      ::kill(-pid_, SIGKILL);
      reap();
    }
  }

  Finished finish() {
    while (!over()) {
      turn();
      push_on();
    }
    // Before the reaping: until then nobody else can get this group's number.
    if (finished_.timed_out) ::kill(-pid_, SIGKILL);
    reap();
    return std::move(finished_);
  }

 private:
  void start() {
    for (const auto& word : command_.argv) {
      if (word.find('\0') != std::string::npos) fail(EINVAL, "cannot start a program");
    }
    if (command_.argv.empty()) fail(EINVAL, "cannot start a program without a name");
    const std::string& program = command_.argv.front();
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    Attributes child;
    set_up(child, in, out, err, program);
    std::vector<std::string> words = command_.argv;
    std::vector<std::string> set = environment(command_);
    check(::posix_spawnp(&pid_, program.c_str(), &child.actions, &child.attributes, pointers(words).data(),
                         pointers(set).data()),
          program);
    input_ = std::move(in.write);
    output_ = std::move(out.read);
    errors_ = std::move(err.read);
    for (const Fd* end : {&input_, &output_, &errors_}) unblock(*end);
    // Not <sys/pidfd.h>: in glibc 2.36 it declares no C linkage. Without it (an old kernel) we look every 50 ms.
    process_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (left_.empty()) input_ = Fd();
  }

  [[nodiscard]] bool over() const {
    if (killed_at_ && Clock::now() >= *killed_at_) return true;
    if (!ended_at_) return false;
    return (!output_.valid() && !errors_.valid()) || Clock::now() >= *ended_at_ + after_the_end;
  }

  void turn() {
    std::array<pollfd, 4> watched{pollfd{input_.get(), POLLOUT, 0}, pollfd{output_.get(), POLLIN, 0},
                                  pollfd{errors_.get(), POLLIN, 0}, pollfd{ended_at_ ? -1 : process_.get(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), static_cast<int>(longest_poll.count())) < 0) return;
    if (watched[0].revents != 0) give();
    if (watched[1].revents != 0) take(output_, finished_.out, command_.output_cap, &finished_.output_cut);
    if (watched[2].revents != 0) take(errors_, finished_.err, err_cap, nullptr);
    if (!ended_at_ && has_ended()) ended_at_ = Clock::now();
  }

  void give() {
    const ssize_t put = ::write(input_.get(), left_.data(), left_.size());
    if (put > 0) left_.remove_prefix(static_cast<std::size_t>(put));
    if (left_.empty() || (put < 0 && errno != EAGAIN && errno != EINTR)) input_ = Fd();
  }

  // Leaves it unreaped, so that its number stays its own.
  [[nodiscard]] bool has_ended() const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0) return info.si_pid == pid_;
    return errno == ECHILD;  // SIGCHLD is ignored: it was reaped for us, and its exit code is lost
  }

  void push_on() {
    if (ended_at_ || Clock::now() < ends_ || finished_.timed_out) return;
    finished_.timed_out = true;
    ::kill(-pid_, SIGTERM);
    killed_at_ = Clock::now() + between_term_and_kill;
  }

  void reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0) {
      if (errno != EINTR) {
        pid_ = -1;
        return;
      }
    }
    pid_ = -1;
    finished_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

  const Command& command_;
  std::string_view left_;
  Clock::time_point ends_;
  std::optional<Clock::time_point> killed_at_;
  std::optional<Clock::time_point> ended_at_;
  NoBrokenPipe no_broken_pipe_;
  Finished finished_;
  pid_t pid_ = -1;
  Fd input_;
  Fd output_;
  Fd errors_;
  Fd process_;
};

}  // namespace

Finished run(const Command& command) { return Run(command).finish(); }

}  // namespace platform
