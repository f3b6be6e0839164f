// The one loop of a scan: every account at once, as fast as each of them allows.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "inventory/scan.hpp"

namespace inventory {

// What carries the questions. Accounts are numbered as in the scan.
class Wires {
 public:
  struct Joined {
    std::size_t account = 0;
    std::string why_not = {};                     // empty: it can be asked from now on
    std::optional<rotation::Caller> caller = {};  // where it is known already; else it is asked
  };
  struct Heard {
    std::size_t account = 0;
    std::uint64_t tag = 0;
    rotation::Told told;
  };

  struct Reported {
    std::size_t account = 0;
    std::optional<rotation::CredentialReport> report = {};  // empty: it could not be had, and every user is read
  };

  virtual ~Wires() = default;
  // Accounts whose credentials were found out meanwhile.
  [[nodiscard]] virtual std::vector<Joined> joined() = 0;
  // Credential reports that came in meanwhile, of accounts that were told to hold for one.
  [[nodiscard]] virtual std::vector<Reported> reported() { return {}; }
  [[nodiscard]] virtual std::size_t free_seats() const = 0;
  virtual void send(std::size_t account, const AccountScan::Question& question) = 0;
  // What was told, after waiting at most this long for the first.
  [[nodiscard]] virtual std::vector<Heard> hear(rotation::Millis at_most) = 0;
};

struct Watch {
  std::function<rotation::Millis()> now;  // by a clock that never goes back
  std::function<bool()> interrupted;
  std::function<void(std::size_t account)> joined;
  // Who signs the questions is known now. The text is why this account must not be read; empty: it may.
  std::function<std::string(std::size_t account, const rotation::Caller& caller)> caller;
  std::function<void(std::size_t account, const Wires::Reported& report)> reported = {};
  std::function<void(std::size_t account, FoundUser user)> found;
  std::function<void(std::size_t account)> ended;
  std::function<void()> tick;  // some times a second
};

// Returns when every account is done, has failed, or somebody interrupted.
void sweep(std::span<AccountScan> accounts, Wires& wires, const Watch& watch);

}  // namespace inventory
