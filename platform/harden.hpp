// Keeps other processes and core files away from our memory.
#pragma once

namespace platform {

// No ptrace by the same user, no core file. To be called on main's first line, before a secret can be in memory.
// False where the kernel refused one of them.
[[nodiscard]] bool harden_process() noexcept;

}  // namespace platform
