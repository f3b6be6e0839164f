// The time that one write may take, and the patience with one that got no clear answer.
#include <gtest/gtest.h>

#include "secrets_adapters/held_place.hpp"
#include "secrets_adapters/registry.hpp"
#include "secrets_adapters/write_budget.hpp"
#include "tests/secrets_adapters/fake_parameters.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using rotation::Change;
using rotation::Location;
using rotation::Millis;
using rotation::Unknown;
using secrets_adapters::Compares;
using secrets_adapters::Surroundings;

// A place whose write gets no answer, and that shows the new pair some looks later, or never.
class Slow final : public Location {
 public:
  explicit Slow(int shows_after) : shows_after_(shows_after) {}
  [[nodiscard]] Answer<Holding> read() override {
    ++looks;
    return rotation::Done<Holding>{holding(looks > shows_after_ ? new_id : old_id)};
  }
  [[nodiscard]] Answer<Written> write(const Change& /*change*/) override { return Unknown{"no reply"}; }

  int looks = 0;

 private:
  int shows_after_;
};

struct Settled {
  std::string answer;
  int looks = 0;
  std::vector<Millis> pauses;
};

Settled settled(int shows_after, Compares compares) {
  Settled end;
  const Surroundings here =
      secrets_adapters::with_budget({.pause = [&](Millis span) { return end.pauses.push_back(span), true; }});
  auto slow = std::make_unique<Slow>(shows_after);
  const Slow& seen = *slow;
  const auto place = secrets_adapters::held(std::move(slow), here, compares);
  end.answer = said(hand_over(*place));
  end.looks = seen.looks;
  return end;
}

constexpr int never = 99;

TEST(HeldPlace, AnUnclearWriteIsGivenTimeToShowWhereNobodyCompares) {
  Settled end = settled(never, Compares::nobody);
  EXPECT_EQ(end.answer, "unknown: no reply; after another 7 s it still read so");
  EXPECT_EQ(end.pauses.size(), 3U);
  end = settled(1, Compares::nobody);  // it shows in the second look
  EXPECT_EQ(end.answer, "unknown: no reply");
  EXPECT_EQ(end.looks, 2);
  EXPECT_EQ(end.pauses.size(), 1U);
  end = settled(never, Compares::itself);
  EXPECT_EQ(end.answer, "unknown: no reply");
  EXPECT_EQ(end.looks, 0);
}

// What it was asked, and how long it was given; each request takes as long as the clock is moved by.
struct Wire {
  std::vector<http::Method> asked = {};
  std::vector<Millis> deadlines = {};
  Millis clock{0};
  Millis takes{40'000};
};

class SlowWire final : public http::Transport {
 public:
  explicit SlowWire(Wire& wire) : wire_(wire) {}
  [[nodiscard]] http::Reply send(const http::Request& request) override {
    wire_.asked.push_back(request.method);
    wire_.deadlines.push_back(request.deadline);
    wire_.clock += wire_.takes;
    return http::Response{.status = 200};
  }

 private:
  Wire& wire_;
};

// Sends what its write is made of, and says which of it was answered: "GET PUT".
class Sender final : public Location {
 public:
  Sender(std::unique_ptr<http::Transport> wire, std::vector<http::Method> script)
      : wire_(std::move(wire)), script_(std::move(script)) {}
  [[nodiscard]] Answer<Holding> read() override { return rotation::Done<Holding>{}; }
  [[nodiscard]] Answer<Written> write(const Change& /*change*/) override {
    std::string sent;
    for (const auto method : script_) {
      http::Request request{.method = method, .url = "https://api.example.com/"};
      request.headers.emplace_back("Authorization", "Bearer t");
      request.deadline = Millis{15'000};
      const auto reply = wire_->send(request);
      sent += std::holds_alternative<http::NotSent>(reply) ? "-" : method == http::Method::get ? "G" : "P";
    }
    return rotation::Done<Written>{{.mark = sent}};
  }

 private:
  std::unique_ptr<http::Transport> wire_;
  std::vector<http::Method> script_;
};

struct Budgeted {
  Wire wire;
  std::function<Millis()> boot = [this] { return wire.clock; };

  std::string write(std::vector<http::Method> script) {
    const Surroundings here = secrets_adapters::with_budget(
        {.network = [this](const http::TransportSettings&) { return std::make_unique<SlowWire>(wire); }, .boot = boot});
    const auto place =
        secrets_adapters::held(std::make_unique<Sender>(here.network({}), std::move(script)), here, Compares::itself);
    const auto answer = hand_over(*place);
    return rotation::done(answer)->mark;
  }
};

constexpr auto get = http::Method::get;
constexpr auto put = http::Method::put;

TEST(WriteBudget, EndsWellBelowTheLeaseAndKeepsTimeForALook) {
  Budgeted slow;
  EXPECT_EQ(slow.write({get, put, put, get, get}), "GP-G-");  // at 0, 40, 80, 80 and 120 s
  EXPECT_EQ(slow.wire.deadlines, (std::vector<Millis>{Millis{15'000}, Millis{15'000}, Millis{15'000}}));
  slow.wire.takes = Millis{1'000};
  EXPECT_EQ(slow.write({get, put, put, get, get}), "GPPGG");  // the next write has its own
}

TEST(WriteBudget, CutsTheLastRequestToWhatIsLeft) {
  Budgeted slow;
  slow.wire.takes = Millis{35'000};
  EXPECT_EQ(slow.write({put, put, put, get}), "PPP-");
  EXPECT_EQ(slow.wire.deadlines.back(), Millis{5'000});  // of 75 s
  slow.wire.takes = Millis{30'000};
  EXPECT_EQ(slow.write({get, get, get, get}), "GGGG");
  EXPECT_EQ(slow.wire.deadlines.back(), Millis{10'000});  // of 100 s
}

TEST(WriteBudget, IsOfWritesAloneAndOfThoseWhoHaveAClock) {
  Budgeted slow;
  slow.boot = {};
  EXPECT_EQ(slow.write({put, put, put, put, put}), "PPPPP");
}

class MinutesLate final : public secrets_adapters::Parameters {
 public:
  MinutesLate(std::shared_ptr<FakeParameters::World> world, Millis& clock)
      : store_(std::move(world), {}), clock_(clock) {}
  [[nodiscard]] Answer<secrets_adapters::ParameterValue> newest(const std::string& name) override {
    clock_ += Millis{60'000};  // tries, and waits between them: up to 60 s and one deadline
    return store_.newest(name);
  }
  [[nodiscard]] Answer<secrets_adapters::ParameterValue> version(const std::string& name, std::int64_t at) override {
    return store_.version(name, at);
  }
  [[nodiscard]] Answer<secrets_adapters::ParameterKeeping> keeping(const std::string& name) override {
    return store_.keeping(name);
  }
  [[nodiscard]] Answer<std::int64_t> put(const std::string& name, const rotation::Secret& value,
                                         const secrets_adapters::ParameterKeeping& how) override {
    return store_.put(name, value, how);
  }

 private:
  FakeParameters store_;
  Millis& clock_;
};

TEST(WriteBudget, HoldsForTheAccountsOwnCloudToo) {
  auto world = std::make_shared<FakeParameters::World>();
  const secrets_adapters::ParameterKeeping plainly{.type = "String", .tier = "Standard", .data_type = "text"};
  world->parameters["/id"] = {{old_id, plainly}};
  world->parameters["/secret"] = {{old_secret, plainly}};
  Millis clock{0};
  const Surroundings around{.parameters = [&](const auto&) { return std::make_unique<MinutesLate>(world, clock); },
                            .pause = [](Millis) { return true; },
                            .boot = [&] { return clock; }};
  const auto place = secrets_adapters::make_location(
      {.name = rotation::LocationName("ssm"), .type = "aws-ssm", .settings = {{"id", "/id"}, {"value", "/secret"}}},
      around);
  Holding expected = holding(old_id);
  expected.secret = rotation::Secret(old_secret);
  const auto answer = place->write({expected, AccessKeyId(new_id), rotation::Secret(new_secret)});
  EXPECT_EQ(world->value("/id"), old_id) << "120 s after its begin, when the lease is gone";
  EXPECT_EQ(rotation::done(answer), nullptr);
  EXPECT_EQ(world->value("/secret"), old_secret);
}

}  // namespace
