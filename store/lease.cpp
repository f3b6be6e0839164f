#include "store/lease.hpp"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "platform/files.hpp"
#include "platform/who.hpp"
#include "rotation/errors.hpp"

namespace store {
namespace {

using rotation::Held;
using rotation::Instant;

struct Stat {
  char state = '?';
  std::int64_t started = 0;  // 0: not to be known
};

// Fields 3 and 22; the name in field 2 may hold blanks and brackets, so count from the last bracket.
Stat stat_of(std::int64_t pid) {
  std::optional<std::string> text;
  try {
    text = platform::read_file("/proc/" + std::to_string(pid) + "/stat", 65536);
  } catch (const std::system_error&) {
    return {};
  }
  const std::size_t bracket = text ? text->rfind(')') : std::string::npos;
  if (bracket == std::string::npos) return {};
  std::istringstream fields(text->substr(bracket + 1));
  Stat stat;
  fields >> stat.state;
  std::string field;
  for (int number = 4; number <= 22; ++number) fields >> field;
  std::from_chars(field.data(), field.data() + field.size(), stat.started);
  return stat;
}

std::int64_t start_time(std::int64_t pid) { return stat_of(pid).started; }

std::string pid_namespace() {
  std::error_code error;
  const auto target = std::filesystem::read_symlink("/proc/self/ns/pid", error);
  return error ? "" : target.string();
}

bool running(const Process& process) {
  if (::kill(static_cast<pid_t>(process.pid), 0) != 0 && errno == ESRCH) return false;
  const Stat stat = stat_of(process.pid);
  // A zombie has ended, though its parent has not asked for its exit code yet (proc(5): Z, X and once x).
  if (stat.state == 'Z' || stat.state == 'X' || stat.state == 'x') return false;
  // Unreadable (hidepid): it exists, and more is not to be known; expiry will tell.
  return stat.started == 0 || process.started == 0 || stat.started == process.started;
}

void write(Connection& connection, std::int64_t rotation, const Lease& lease) {
  Use use(connection.prepared(
      "INSERT INTO lease(rotation, token, holder, host, boot_id, pid_namespace, pid, pid_started, expires_boot_ms) "
      "VALUES (?,?,?,?,?,?,?,?,?) ON CONFLICT(rotation) DO UPDATE SET token = excluded.token, "
      "holder = excluded.holder, host = excluded.host, boot_id = excluded.boot_id, "
      "pid_namespace = excluded.pid_namespace, pid = excluded.pid, pid_started = excluded.pid_started, "
      "expires_boot_ms = excluded.expires_boot_ms"));
  const Process& process = lease.process;
  use.bind(rotation).bind(lease.token).bind(lease.holder).bind(process.host).bind(process.boot_id);
  use.bind(process.pid_namespace).bind(process.pid).bind(process.started);
  use.bind(static_cast<std::int64_t>(lease.expires.count()));
  use.run();
}

[[noreturn]] void lost(const std::optional<Lease>& lease) {
  const std::string who = lease && lease->process.pid != 0 ? describe(*lease) : "Another process";
  throw Held({.message = who + " has taken this rotation over.",
              .keys = "This command stops before it sends anything more; the other one goes on from the journal.",
              .hint = "keybaton status"});
}

Lease ours(Connection& connection, std::int64_t rotation, std::int64_t token) {
  auto lease = find_lease(connection, rotation);
  if (!lease || lease->token != token || lease->process.pid == 0) lost(lease);
  return *lease;
}

bool worn(const Lease& lease, const Instant& now) { return lease.expires - now.boot < lease_left; }

}  // namespace

Process this_process(const std::string& boot_id) {
  const std::int64_t pid = ::getpid();
  return {.host = platform::short_host_name(),
          .boot_id = boot_id,
          .pid_namespace = pid_namespace(),
          .pid = pid,
          .started = start_time(pid)};
}

bool live(const Lease& lease, const Instant& now) {
  if (lease.process.pid == 0 || lease.process.boot_id != now.boot_id) return false;
  if (now.boot >= lease.expires) return false;
  return lease.process.pid_namespace != pid_namespace() || running(lease.process);
}

std::string describe(const Lease& lease) {
  return lease.holder + " (process " + std::to_string(lease.process.pid) + " on " + lease.process.host + ")";
}

std::optional<Lease> find_lease(Connection& connection, std::int64_t rotation) {
  Use use(connection.prepared(
      "SELECT token, holder, host, boot_id, pid_namespace, pid, pid_started, expires_boot_ms FROM lease "
      "WHERE rotation = ?"));
  use.bind(rotation);
  if (!use.next()) return std::nullopt;
  return Lease{.token = use.integer(0),
               .holder = use.text(1),
               .process = {.host = use.text(2),
                           .boot_id = use.text(3),
                           .pid_namespace = use.text(4),
                           .pid = use.integer(5),
                           .started = use.integer(6)},
               .expires = rotation::Millis{use.integer(7)}};
}

std::int64_t take_lease(Connection& connection, std::int64_t rotation, const std::string& holder,
                        rotation::Seize seize) {
  const Instant now = connection.options().now();
  const auto before = find_lease(connection, rotation);
  if (before && seize == rotation::Seize::no && live(*before, now)) {
    throw Held({.message = describe(*before) + " is working on this rotation.",
                .keys = "This command sent nothing; the other one goes on.",
                .hint = "Wait until it is done and run keybaton status; keybaton rollback may take over at once"});
  }
  const Lease lease{.token = before ? before->token + 1 : 1,
                    .holder = holder,
                    .process = this_process(now.boot_id),
                    .expires = now.boot + lease_length};
  write(connection, rotation, lease);
  return lease.token;
}

void keep_lease(Connection& connection, std::int64_t rotation, std::int64_t token) {
  Lease lease = ours(connection, rotation, token);
  const Instant now = connection.options().now();
  if (!worn(lease, now)) return;
  lease.expires = now.boot + lease_length;
  write(connection, rotation, lease);
}

bool lease_is_fresh(Connection& connection, std::int64_t rotation, std::int64_t token) {
  return !worn(ours(connection, rotation, token), connection.options().now());
}

void give_back_lease(Connection& connection, std::int64_t rotation, std::int64_t token) {
  // The row stays: its token must never be given twice.
  Use(connection.prepared("UPDATE lease SET pid = 0, expires_boot_ms = 0 WHERE rotation = ? AND token = ?"))
      .bind(rotation)
      .bind(token)
      .run();
}

}  // namespace store
