#include "secrets_adapters/held_place.hpp"

#include <array>
#include <utility>

namespace secrets_adapters {
namespace {

using rotation::Answer;
using rotation::Change;
using rotation::Holding;
using rotation::Location;
using rotation::Millis;
using rotation::Nothing;
using rotation::SecretAccessKey;
using rotation::Unknown;
using rotation::Written;

// A request that got no clear answer may be carried out after the reply was lost, and some servers show a change late.
constexpr std::array between_looks{Millis{1'000}, Millis{2'000}, Millis{4'000}};

constexpr Millis longest_put{35'000};  // with what is sent again after a refusal

bool as_expected(const Holding& now, const Holding& expected) {
  return now.mark == expected.mark && now.meets(expected);
}

// There is no compare-and-set there, and the transport is the account's own: a change that could end after the lease is
// not begun.
class HeldParameters final : public Parameters {
 public:
  HeldParameters(std::unique_ptr<Parameters> store, std::shared_ptr<const WriteBudget> budget)
      : store_(std::move(store)), budget_(std::move(budget)) {}

  [[nodiscard]] Answer<ParameterValue> newest(const std::string& name) override { return store_->newest(name); }
  [[nodiscard]] Answer<ParameterValue> version(const std::string& name, std::int64_t number) override {
    return store_->version(name, number);
  }
  [[nodiscard]] Answer<ParameterKeeping> keeping(const std::string& name) override { return store_->keeping(name); }
  [[nodiscard]] Answer<std::int64_t> put(const std::string& name, const rotation::Secret& value,
                                         const ParameterKeeping& how) override {
    const auto left = budget_->for_changes();
    if (left && *left < longest_put) {
      return rotation::Refused{.why = rotation::Refusal::not_sent,
                               .code = {},
                               .message = name + " was not written: the looks before it took too long",
                               .request_id = {}};
    }
    return store_->put(name, value, how);
  }

 private:
  std::unique_ptr<Parameters> store_;
  std::shared_ptr<const WriteBudget> budget_;
};

class HeldPlace final : public Location {
 public:
  HeldPlace(std::unique_ptr<Location> place, const Surroundings& surroundings, Compares compares)
      : place_(std::move(place)), budget_(surroundings.budget), pause_(surroundings.pause), compares_(compares) {}

  [[nodiscard]] Answer<Holding> read() override { return place_->read(); }
  [[nodiscard]] Answer<Nothing> ready() const override { return place_->ready(); }
  [[nodiscard]] SecretAccessKey form(const SecretAccessKey& secret) const override { return place_->form(secret); }

  [[nodiscard]] Answer<Written> write(const Change& change) override {
    const Running running(*budget_);
    auto answer = place_->write(change);
    const Unknown* lost = rotation::unknown(answer);
    if (lost == nullptr || compares_ == Compares::itself || !pause_) return answer;
    return settle(change.expected, *lost);
  }

 private:
  class Running {
   public:
    explicit Running(WriteBudget& budget) : budget_(budget) { budget_.begin(); }
    ~Running() { budget_.end(); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    WriteBudget& budget_;
  };

  // Who writes next begins with a look: it may only be taken for not done once it had the time to show. A place that
  // compares for itself needs no such patience: of two writes over the same version it takes one.
  [[nodiscard]] Answer<Written> settle(const Holding& expected, Unknown lost) {
    Millis waited{0};
    for (const Millis pause : between_looks) {
      const auto now = place_->read();
      if (rotation::done(now) == nullptr || !as_expected(*rotation::done(now), expected)) return lost;
      const auto left = budget_->for_looks();
      if ((left && *left < pause) || !pause_(pause)) break;
      waited += pause;
    }
    if (waited > Millis{0}) {
      lost.why += "; after another " + std::to_string(waited.count() / 1000) + " s it still read so";
    }
    return lost;
  }

  std::unique_ptr<Location> place_;
  std::shared_ptr<WriteBudget> budget_;
  std::function<bool(Millis)> pause_;
  Compares compares_;
};

}  // namespace

Surroundings with_budget(const Surroundings& surroundings) {
  Surroundings here = surroundings;
  here.budget = std::make_shared<WriteBudget>(surroundings.boot);
  if (surroundings.network) {
    here.network = [network = surroundings.network, budget = here.budget](http::TransportSettings settings) {
      return within_budget(network(std::move(settings)), budget);
    };
  }
  if (surroundings.parameters) {
    here.parameters = [parameters = surroundings.parameters, budget = here.budget](const rotation::LocationSpec& spec) {
      return std::make_unique<HeldParameters>(parameters(spec), budget);
    };
  }
  return here;
}

std::unique_ptr<Location> held(std::unique_ptr<Location> place, const Surroundings& surroundings, Compares compares) {
  return std::make_unique<HeldPlace>(std::move(place), surroundings, compares);
}

}  // namespace secrets_adapters
