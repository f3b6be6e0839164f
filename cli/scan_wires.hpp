// Carries a scan's questions to the clouds of several accounts, over connections that they share.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "cli/compose.hpp"
#include "inventory/sweep.hpp"

namespace cli {

// One account of a scan.
struct Aimed {
  rotation::AccountName name;
  rotation::Connection connection;
  std::optional<rotation::AccountId> pin;
  bool by_profile = false;                        // named by --profile, and not in the config
  std::optional<rotation::Trouble> trouble = {};  // why it cannot even be asked; it stops no other
};

class ScanWires final : public inventory::Wires {
 public:
  static constexpr std::size_t seats = 64;

  // Begins to find out the credentials of all of them, some at a time: one whose helper program or network hangs keeps
  // nobody else waiting.
  // `report`: each account's credential report is fetched too, where there is one.
  enum class Report : bool { no, yes };
  ScanWires(House& house, const std::vector<Aimed>& accounts, Report report);
  ScanWires(const ScanWires&) = delete;
  ScanWires& operator=(const ScanWires&) = delete;
  ~ScanWires() override = default;

  [[nodiscard]] std::vector<Joined> joined() override;
  [[nodiscard]] std::vector<Reported> reported() override;
  [[nodiscard]] std::size_t free_seats() const override { return seats - crowd_->under_way(); }
  void send(std::size_t account, const inventory::AccountScan::Question& question) override;
  [[nodiscard]] std::vector<Heard> hear(rotation::Millis at_most) override;

  // Why this account must not be read with these credentials; empty: it may.
  [[nodiscard]] std::string refuse(std::size_t account, const rotation::Caller& caller);
  // The cloud's clock minus ours, as this account's latest reply told it; nullopt: none has.
  [[nodiscard]] std::optional<rotation::Millis> clock_offset(std::size_t account) const;
  // Why an account could not be asked at all; nullopt: it could, or has not joined.
  [[nodiscard]] const std::optional<rotation::Trouble>& trouble(std::size_t account) const;

 private:
  struct Account {
    Aimed aimed;
    std::unique_ptr<CloudAccess> access;
    std::unique_ptr<calling::Questions> questions;
    std::shared_ptr<const http::TransportSettings> transport;
    std::optional<rotation::Caller> caller;
    std::optional<rotation::Trouble> trouble;
    bool joined = false;  // until then all of this is its opener's
  };
  struct UnderWay {
    std::size_t account = 0;
    std::uint64_t tag = 0;
    rotation::Inquiry ask;
  };

  void open_accounts(const std::stop_token& stop);
  void open(Account& account);

  void fetch_report(std::size_t account);

  House& house_;
  Report report_;
  std::unique_ptr<http::Crowd> crowd_;
  std::vector<Account> accounts_;
  std::unordered_map<std::uint64_t, UnderWay> under_way_;
  std::uint64_t last_ = 0;
  std::vector<Heard> unsent_;  // what could not even be put as a request

  std::mutex mutex_;  // guards what follows
  std::size_t next_to_open_ = 0;
  std::vector<std::size_t> opened_;
  std::vector<Reported> reported_;
  std::vector<std::jthread> openers_;  // the last member: it is joined before the rest goes
};

}  // namespace cli
