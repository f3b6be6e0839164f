#include "platform/harden.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace platform {

bool harden_process() noexcept {
  const rlimit none{0, 0};
  const bool no_core = ::setrlimit(RLIMIT_CORE, &none) == 0;
  const bool no_dump = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
  return no_core && no_dump;
}

}  // namespace platform
