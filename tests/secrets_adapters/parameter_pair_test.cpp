#include "secrets_adapters/parameter_pair.hpp"

#include <gtest/gtest.h>

#include "tests/secrets_adapters/fake_parameters.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using Fault = FakeParameters::Fault;
using Plan = FakeParameters::Plan;
using World = FakeParameters::World;
using secrets_adapters::ParameterPair;

const std::string id_name = "/app/id";
const std::string secret_name = "/app/secret";
const std::string third_id = "AKIATHIRDTHIRDTHIRD1";
const std::string third_secret = "tHiRd7Q2vKx9ZrT4mWc8NbY1pHsJd6GatHiRd7Q2";
const ParameterKeeping plainly{.type = "String", .tier = "Standard", .data_type = "text", .description = "whose key"};
const ParameterKeeping secretly{
    .type = "SecureString", .tier = "Advanced", .data_type = "text", .key_id = "alias/app", .allowed_pattern = ".*"};

bool same(const ParameterKeeping& a, const ParameterKeeping& b) {
  return a.type == b.type && a.tier == b.tier && a.data_type == b.data_type && a.key_id == b.key_id &&
         a.description == b.description && a.allowed_pattern == b.allowed_pattern;
}

World world_of(const std::string& id, const std::string& secret) {
  World world;
  world.parameters[id_name] = {{id, plainly}};
  world.parameters[secret_name] = {{secret, secretly}};
  return world;
}

std::shared_ptr<World> old_world() { return std::make_shared<World>(world_of(old_id, old_secret)); }

std::unique_ptr<ParameterPair> place_in(const std::shared_ptr<World>& world, Plan plan = {}) {
  return std::make_unique<ParameterPair>(ParameterPair::Names{id_name, secret_name},
                                         std::make_unique<FakeParameters>(world, std::move(plan)));
}

std::string pair_in(const World& world) { return world.value(id_name) + " " + world.value(secret_name); }

Holding whole(const std::string& id, const std::string& secret) {
  return {.id = AccessKeyId(id), .secret = Secret(secret)};
}

Answer<Written> put_new(rotation::Location& place, const Holding& expected = whole(old_id, old_secret)) {
  return place.write({expected, AccessKeyId(new_id), Secret(new_secret)});
}

Answer<Written> put_old_back(rotation::Location& place) {
  const Holding expected = whole(new_id, new_secret);
  const AccessKeyId id(old_id);
  const Secret secret(old_secret);
  return place.write({.expected = expected, .id = id, .secret = secret, .direction = rotation::Direction::back});
}

// newest twice, keeping, put, keeping, put, newest twice
constexpr int calls_of_a_write = 8;
constexpr int put_of_the_secret = 4;
constexpr int put_of_the_id = 6;

TEST(ParameterPair, ReadsTheNewestOfBoth) {
  const auto world = old_world();
  world->take_over(id_name, third_id);
  EXPECT_EQ(said(place_in(world)->read()), third_id + " " + old_secret);
}

TEST(ParameterPair, WhatIsNotThereIsAValueAndHalfOfItIsNot) {
  EXPECT_EQ(said(place_in(std::make_shared<World>())->read()), "nothing");
  EXPECT_EQ(why(put_new(*place_in(std::make_shared<World>()))), Refusal::conflict);
  for (const auto& name : {id_name, secret_name}) {
    const auto world = old_world();
    world->parameters.erase(name);
    const auto answer = place_in(world)->read();
    EXPECT_EQ(why(answer), Refusal::invalid) << said(answer);
    EXPECT_NE(said(answer).find(name), std::string::npos) << said(answer);
  }
}

TEST(ParameterPair, RefusesListsFullHistoriesAndValuesThatNoKeyHas) {
  const auto list = old_world();
  list->parameters[id_name].back().how.type = "StringList";
  EXPECT_EQ(why(place_in(list)->read()), Refusal::unsupported);
  EXPECT_EQ(why(place_in(list)->ready()), Refusal::unsupported);
  const auto full = old_world();
  full->parameters[secret_name].back().how.full = true;
  EXPECT_EQ(why(place_in(full)->ready()), Refusal::limit_exceeded);
  const auto stopped = put_new(*place_in(full));
  EXPECT_EQ(why(stopped), Refusal::limit_exceeded);
  EXPECT_NE(said(stopped).find("oldest carries a label"), std::string::npos) << said(stopped);
  EXPECT_EQ(pair_in(*full), old_pair);
  const auto odd = std::make_shared<World>(world_of("a key", old_secret));
  EXPECT_EQ(why(place_in(odd)->read()), Refusal::invalid);
  EXPECT_EQ(said(place_in(old_world())->ready()), "done");
}

TEST(ParameterPair, WritesBothAndKeepsHowTheyAreKept) {
  const auto world = old_world();
  const auto place = place_in(world);
  EXPECT_EQ(said(put_new(*place)), "done");
  EXPECT_EQ(pair_in(*world), new_pair);
  EXPECT_TRUE(same(world->parameters[id_name].back().how, plainly));
  EXPECT_TRUE(same(world->parameters[secret_name].back().how, secretly));
  EXPECT_EQ(said(put_new(*place, whole(new_id, new_secret))), "done");
  EXPECT_EQ(world->parameters[secret_name].size(), 2U) << "the same again makes no version";
  EXPECT_EQ(said(put_old_back(*place)), "done");
  EXPECT_EQ(pair_in(*world), old_pair);
  EXPECT_TRUE(same(world->parameters[secret_name].back().how, secretly));
}

// Invariant 13, of the id and of the secret.
TEST(ParameterPair, AThirdValueIsAConflictAndNothingIsPut) {
  for (const auto& [id, secret] : {std::pair{third_id, old_secret}, std::pair{old_id, third_secret}}) {
    const auto world = std::make_shared<World>(world_of(id, secret));
    EXPECT_EQ(why(put_new(*place_in(world))), Refusal::conflict);
    EXPECT_EQ(world->parameters[id_name].size() + world->parameters[secret_name].size(), 2U);
  }
}

TEST(ParameterPair, RefusesAValueThatCannotStandThere) {
  const auto world = old_world();
  EXPECT_EQ(why(place_in(world)->write({whole(old_id, old_secret), AccessKeyId(new_id), Secret("a b")})),
            Refusal::invalid);
  EXPECT_EQ(pair_in(*world), old_pair);
}

TEST(ParameterPair, PutsTheOldSecretBackWhereTheIdIsRefused) {
  const auto world = old_world();
  const auto answer = put_new(*place_in(world, {.denied = id_name}));
  EXPECT_EQ(why(answer), Refusal::denied) << said(answer);
  EXPECT_EQ(pair_in(*world), old_pair);
  EXPECT_TRUE(same(world->parameters[secret_name].back().how, secretly));
}

TEST(ParameterPair, WithoutAPermissionAtAnyCallNothingIsPut) {
  for (int call = 1; call <= put_of_the_secret; ++call) {
    const auto world = old_world();
    const auto answer = put_new(*place_in(world, {.at = call, .fault = Fault::denied}));
    EXPECT_EQ(why(answer), Refusal::denied) << call << said(answer);
    EXPECT_EQ(pair_in(*world), old_pair) << call;
  }
  EXPECT_EQ(why(place_in(old_world(), {.at = 1, .fault = Fault::denied})->read()), Refusal::denied);
}

// ---- every fault at every call ------------------------------------------------------------------------------

// As the engine does: what was cut short is read, and written again with what was read as what is expected.
void expect_one_more_run_ends_it(const std::shared_ptr<World>& world, const std::string& point) {
  auto seen = place_in(world)->read();
  ASSERT_NE(rotation::done(seen), nullptr) << point;
  ASSERT_EQ(said(put_new(*place_in(world), *rotation::done(seen))), "done") << point;
  EXPECT_EQ(pair_in(*world), new_pair) << point;
  ASSERT_EQ(said(put_old_back(*place_in(world))), "done") << point;
  EXPECT_EQ(pair_in(*world), old_pair) << point;
  EXPECT_TRUE(same(world->parameters[secret_name].back().how, secretly)) << point;
}

TEST(ParameterPairFaults, ACrashAtEachCallIsGoneOnFromInBothDirections) {
  for (const Fault fault : {Fault::crash_before, Fault::crash_after}) {
    for (int call = 1; call <= calls_of_a_write; ++call) {
      const std::string point = std::to_string(static_cast<int>(fault)) + " at " + std::to_string(call);
      const auto world = old_world();
      EXPECT_THROW((void)put_new(*place_in(world, {.at = call, .fault = fault})), Crashed) << point;
      EXPECT_FALSE(world->value(id_name) == new_id && world->value(secret_name) == old_secret) << "the id comes last";
      const auto back = std::make_shared<World>(world_of(new_id, new_secret));
      EXPECT_THROW((void)put_old_back(*place_in(back, {.at = call, .fault = fault})), Crashed) << point;
      EXPECT_EQ(said(put_old_back(*place_in(back))), "done") << point;
      EXPECT_EQ(pair_in(*back), old_pair) << point;
      expect_one_more_run_ends_it(world, point);
    }
  }
}

// Invariants 11 and 13: no doubt counts as done, and what is refused is as it was.
TEST(ParameterPairFaults, ALostReplyIsSettledByReadingOrStaysUnknown) {
  for (const Fault fault : {Fault::lost_before, Fault::lost_after, Fault::denied}) {
    for (int call = 1; call <= calls_of_a_write; ++call) {
      const std::string point = std::to_string(static_cast<int>(fault)) + " at " + std::to_string(call);
      const auto world = old_world();
      const auto answer = put_new(*place_in(world, {.at = call, .fault = fault}));
      if (rotation::done(answer) != nullptr) {
        EXPECT_EQ(pair_in(*world), new_pair) << point;
      }
      if (rotation::refused(answer) != nullptr) {
        EXPECT_EQ(pair_in(*world), old_pair) << point << said(answer);
      }
      EXPECT_NE(why(answer), Refusal::conflict) << point;  // nobody else was there
      for (const auto& secret : {old_secret, new_secret}) {
        EXPECT_FALSE(shows_a_piece(said(answer), secret)) << point;  // Invariant 14
      }
      expect_one_more_run_ends_it(world, point);
    }
  }
  for (const int call : {put_of_the_secret, put_of_the_id}) {
    EXPECT_EQ(said(put_new(*place_in(old_world(), {.at = call, .fault = Fault::lost_after}))), "done") << call;
    EXPECT_NE(rotation::unknown(put_new(*place_in(old_world(), {.at = call, .fault = Fault::lost_before}))), nullptr);
  }
}

// Invariant 13: whoever else writes a value, at whatever moment, keeps it.
TEST(ParameterPairFaults, AnothersValueThatComesInBetweenStaysOnTop) {
  for (const auto& [name, theirs] : {std::pair{secret_name, third_secret}, std::pair{id_name, third_id}}) {
    for (int call = 1; call <= calls_of_a_write; ++call) {
      const auto world = old_world();
      const auto answer = put_new(*place_in(
          world,
          {.at = call, .fault = Fault::by_another, .another = [&](World& other) { other.take_over(name, theirs); }}));
      EXPECT_EQ(world->value(name), theirs) << name << call << said(answer);
      const bool after_the_last_look = name == id_name && call == calls_of_a_write;
      EXPECT_EQ(rotation::done(answer) != nullptr, after_the_last_look) << name << call;
      const auto* no = rotation::refused(answer);
      if (no != nullptr) {
        EXPECT_EQ(no->why, Refusal::conflict) << name << call << said(answer);
        EXPECT_NE(pair_in(*world), theirs + " " + new_secret) << "their id beside our secret";
      }
    }
  }
}

TEST(ParameterPairFaults, TheSameValueThatSomebodyWroteAgainIsNobodysLoss) {
  const auto world = old_world();
  const auto answer =
      put_new(*place_in(world, {.at = put_of_the_secret, .fault = Fault::by_another, .another = [](World& other) {
                                  other.take_over(secret_name, old_secret);
                                }}));
  EXPECT_EQ(said(answer), "done");
  EXPECT_EQ(pair_in(*world), new_pair);
}

TEST(ParameterPairFaults, TheirValueIsNamedByItsVersionWhereItCannotBePutBack) {
  // It is read, and then the put that would bring it back is lost.
  const auto world = old_world();
  class Flaky final : public secrets_adapters::Parameters {
   public:
    explicit Flaky(std::shared_ptr<World> world) : world_(world), store_(world, {}) {}
    Answer<ParameterValue> newest(const std::string& name) override { return store_.newest(name); }
    Answer<ParameterValue> version(const std::string& name, std::int64_t number) override {
      return store_.version(name, number);
    }
    Answer<ParameterKeeping> keeping(const std::string& name) override { return store_.keeping(name); }
    Answer<std::int64_t> put(const std::string& name, const Secret& value, const ParameterKeeping& how) override {
      if (++puts_ > 1) return rotation::Unknown{"no reply"};
      world_->take_over(name, third_secret);
      return store_.put(name, value, how);
    }

   private:
    std::shared_ptr<World> world_;
    FakeParameters store_;
    int puts_ = 0;
  };
  ParameterPair place({id_name, secret_name}, std::make_unique<Flaky>(world));
  const auto answer = put_new(place);
  ASSERT_NE(rotation::unknown(answer), nullptr) << said(answer);
  EXPECT_NE(said(answer).find("version 2"), std::string::npos) << said(answer);
  EXPECT_NE(said(answer).find("history"), std::string::npos) << said(answer);
}

}  // namespace
