#include "platform/signals.hpp"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace platform {
namespace {

// A handler can reach nothing but globals.
std::atomic<int> noted{0};
std::atomic<int> first{0};
std::atomic<int> wake{-1};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void note_signal(int number) {
  const int kept = errno;
  int none = 0;
  first.compare_exchange_strong(none, number);
  noted.fetch_add(1);
  const std::uint64_t one = 1;
  // Full means readable already, which is all that is wanted.
  [[maybe_unused]] const auto put = ::write(wake.load(), &one, sizeof one);
  errno = kept;
}

void handle(int number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  if (::sigaction(number, &action, nullptr) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot handle signals");
  }
}

bool ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

void install_signal_handlers() {
  if (wake.load() < 0) {
    const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "cannot handle signals");
    wake.store(descriptor);
  }
  handle(SIGINT, note_signal);
  handle(SIGTERM, note_signal);
  if (!ignored(SIGHUP)) handle(SIGHUP, note_signal);
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);
  handle(SIGCHLD, SIG_DFL);
}

int signals_noted() noexcept { return noted.load(); }
int first_signal() noexcept { return first.load(); }
int signal_descriptor() noexcept { return wake.load(); }

}  // namespace platform
