#include "inventory/sweep.hpp"

#include <algorithm>

namespace inventory {
namespace {

using rotation::Millis;

// As long as nothing is heard, somebody may still press Ctrl-C, and the progress line wants to be drawn.
constexpr Millis longest_wait{100};
constexpr Millis wait_for_joining{2};

enum class Phase { joining, asking, ended };

class Sweep {
 public:
  Sweep(std::span<AccountScan> accounts, Wires& wires, const Watch& watch)
      : accounts_(accounts), wires_(wires), watch_(watch), phases_(accounts.size(), Phase::joining) {}

  void run() {
    while (std::ranges::count(phases_, Phase::ended) < std::ssize(phases_)) {
      if (watch_.interrupted()) return;
      let_in();
      read_reports();
      ask();
      for (Wires::Heard& heard : wires_.hear(patience())) take(std::move(heard));
      for (std::size_t at = 0; at < accounts_.size(); ++at) {
        if (phases_[at] == Phase::asking && accounts_[at].done()) end(at);
      }
      watch_.tick();
    }
  }

 private:
  void let_in() {
    for (const Wires::Joined& each : wires_.joined()) {
      AccountScan& account = accounts_[each.account];
      phases_[each.account] = Phase::asking;
      if (!each.why_not.empty()) {
        account.give_up(each.why_not);
        continue;
      }
      watch_.joined(each.account);
      if (each.caller) {
        account.know_caller(*each.caller);
        check_caller(each.account);
      } else {
        account.ask_caller();
      }
    }
  }

  void read_reports() {
    for (const Wires::Reported& each : wires_.reported()) watch_.reported(each.account, each);
  }

  // One question each in turn, so that a large account does not keep the small ones waiting.
  void ask() {
    const Millis now = watch_.now();
    bool asked = true;
    while (asked) {
      asked = false;
      for (std::size_t at = 0; at < accounts_.size(); ++at) {
        if (phases_[at] != Phase::asking) continue;
        if (wires_.free_seats() == 0) return;
        if (const auto question = accounts_[at].next(now)) {
          wires_.send(at, *question);
          asked = true;
        }
      }
    }
  }

  [[nodiscard]] Millis patience() const {
    const Millis now = watch_.now();
    Millis wait = std::ranges::count(phases_, Phase::joining) > 0 ? wait_for_joining : longest_wait;
    for (std::size_t at = 0; at < accounts_.size(); ++at) {
      if (phases_[at] != Phase::asking || wires_.free_seats() == 0) continue;
      if (const auto next = accounts_[at].next_at()) wait = std::min(wait, std::max(Millis{0}, *next - now));
    }
    return wait;
  }

  void check_caller(std::size_t account) {
    const std::string why_not = watch_.caller(account, *accounts_[account].caller());
    if (!why_not.empty()) accounts_[account].give_up(why_not);
  }

  void take(Wires::Heard heard) {
    if (std::holds_alternative<rotation::Caller>(heard.told)) {
      static_cast<void>(accounts_[heard.account].told(heard.tag, std::move(heard.told), watch_.now()));
      return check_caller(heard.account);
    }
    for (FoundUser& user : accounts_[heard.account].told(heard.tag, std::move(heard.told), watch_.now())) {
      watch_.found(heard.account, std::move(user));
    }
  }

  void end(std::size_t account) {
    phases_[account] = Phase::ended;
    watch_.ended(account);
  }

  std::span<AccountScan> accounts_;
  Wires& wires_;
  const Watch& watch_;
  std::vector<Phase> phases_;
};

}  // namespace

void sweep(std::span<AccountScan> accounts, Wires& wires, const Watch& watch) { Sweep{accounts, wires, watch}.run(); }

}  // namespace inventory
