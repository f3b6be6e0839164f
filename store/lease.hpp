// Leases: one process advances a rotation at a time, and knows when it no longer may.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "rotation/names.hpp"
#include "rotation/ports.hpp"
#include "store/connection.hpp"

namespace store {

// Longer than any request's deadline.
inline constexpr rotation::Millis lease_length = std::chrono::seconds{120};
// What a holder that was just checked has left of it at the least: the write of a location takes up to 100 s.
inline constexpr rotation::Millis lease_left = std::chrono::seconds{110};

struct Process {
  std::string host;
  std::string boot_id;
  std::string pid_namespace;  // a process of another container can't be looked up by its pid
  std::int64_t pid = 0;
  std::int64_t started = 0;  // field 22 of /proc/PID/stat: tells a reused pid apart
};
[[nodiscard]] Process this_process(const std::string& boot_id);

struct Lease {
  std::int64_t token = 0;      // rises with each change of hands, never goes back
  std::string holder;          // the person
  Process process;             // pid 0: given back
  rotation::Millis expires{};  // by the boot clock
};

// May its holder still act? Dead: given back, expired, of another boot, or its process is gone. The journal is on a
// local disk, so a holder of another boot can't be running.
[[nodiscard]] bool live(const Lease& lease, const rotation::Instant& now);
[[nodiscard]] std::string describe(const Lease& lease);

[[nodiscard]] std::optional<Lease> find_lease(Connection& connection, std::int64_t rotation);
// Inside a write transaction. Returns the new token. Throws Held if another live process has it and `seize` is no.
std::int64_t take_lease(Connection& connection, std::int64_t rotation, const std::string& holder,
                        rotation::Seize seize);
// Inside a write transaction: throws Held unless the token is the current one; prolongs a lease that has less than
// `lease_left`.
void keep_lease(Connection& connection, std::int64_t rotation, std::int64_t token);
// One that has `lease_left` can be kept without writing. Throws Held.
[[nodiscard]] bool lease_is_fresh(Connection& connection, std::int64_t rotation, std::int64_t token);
void give_back_lease(Connection& connection, std::int64_t rotation, std::int64_t token);

}  // namespace store
