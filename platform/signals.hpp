// A signal never ends us in the middle of a step: it is noted, and the engine stops at the next safe point.
#pragma once

namespace platform {

// SIGINT, SIGTERM and SIGHUP are noted from now on; SIGPIPE and SIGXFSZ become plain write errors, and
// SIGCHLD gets its default back, without which exit codes of children are lost. Blocking calls are
// not restarted (EINTR), so that a prompt can look at `signals_noted`. SIGHUP stays ignored if it was (nohup).
// Throws std::system_error. Safe to call again.
void install_signal_handlers();

// How many have come. A rise while a step is under way is the moment to tell the person that it will stop soon.
[[nodiscard]] int signals_noted() noexcept;
// The first of them; 0 if none has come.
[[nodiscard]] int first_signal() noexcept;
// Readable from the first signal on: for a poll beside a terminal or a socket. -1 before `install_signal_handlers`.
[[nodiscard]] int signal_descriptor() noexcept;

}  // namespace platform
