#include "secrets_adapters/write_budget.hpp"

#include <algorithm>
#include <utility>

namespace secrets_adapters {
namespace {

using rotation::Millis;

// The lease is good for 110 s at the least when a write begins (store/lease.hpp).
constexpr Millis whole{100'000};
constexpr Millis changing{75'000};

class BudgetedWire final : public http::Transport {
 public:
  BudgetedWire(std::unique_ptr<http::Transport> wire, std::shared_ptr<const WriteBudget> budget)
      : wire_(std::move(wire)), budget_(std::move(budget)) {}

  [[nodiscard]] http::Reply send(const http::Request& request) override {
    const auto left = request.method == http::Method::get ? budget_->for_looks() : budget_->for_changes();
    if (!left || *left >= request.deadline) return wire_->send(request);
    if (*left <= Millis{0}) {
      return http::NotSent{.why = "not sent: this write has taken as long as the rotation may be held for it",
                           .permanent = true};
    }
    http::Request shorter = copy_of(request);
    shorter.deadline = *left;
    shorter.connect_deadline = std::min(request.connect_deadline, *left);
    return wire_->send(shorter);
  }

 private:
  static http::Request copy_of(const http::Request& request) {
    http::Request copy{.method = request.method,
                       .url = request.url,
                       .purpose = request.purpose,
                       .reply_cap = request.reply_cap,
                       .connection = request.connection,
                       .plain_http_hosts = request.plain_http_hosts,
                       .interrupted = request.interrupted};
    for (const http::Header& each : request.headers) copy.headers.emplace_back(each.name, each.value);
    copy.body = http::Body{request.body.view()};
    return copy;
  }

  std::unique_ptr<http::Transport> wire_;
  std::shared_ptr<const WriteBudget> budget_;
};

}  // namespace

void WriteBudget::begin() {
  if (boot_) began_ = boot_();
}

std::optional<Millis> WriteBudget::for_changes() const {
  if (!began_) return std::nullopt;
  return *began_ + changing - boot_();
}

std::optional<Millis> WriteBudget::for_looks() const {
  if (!began_) return std::nullopt;
  return *began_ + whole - boot_();
}

std::unique_ptr<http::Transport> within_budget(std::unique_ptr<http::Transport> wire,
                                               std::shared_ptr<const WriteBudget> budget) {
  return std::make_unique<BudgetedWire>(std::move(wire), std::move(budget));
}

}  // namespace secrets_adapters
