// Locations in CI services, made as the program makes them, over real HTTP to the stores that stand in for the
// services.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "secrets_adapters/registry.hpp"
#include "simulated_stores/store_server.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace places {

using Settings = std::map<std::string, std::string>;
using Pause = std::function<bool(rotation::Millis)>;
using simulated_stores::Trouble;

// One store with a pair in it, and the location that leads there.
class World {
 public:
  explicit World(std::string type) : type_(std::move(type)) {}
  virtual ~World() = default;
  [[nodiscard]] virtual simulated_stores::StoreServer& server() = 0;
  [[nodiscard]] virtual std::string pair() = 0;  // "id secret", as the store holds them
  [[nodiscard]] virtual std::string rest() = 0;  // all else that no write may change

  // `pause` empty: nothing is tried twice.
  [[nodiscard]] std::unique_ptr<rotation::Location> place(const Pause& pause = {}) {
    const secrets_adapters::Surroundings around{
        .network = [](http::TransportSettings with) { return http::curl_transport(std::move(with)); }, .pause = pause};
    return secrets_adapters::make_location(spec(), around);
  }
  [[nodiscard]] rotation::LocationSpec spec() const {
    return {.name = rotation::LocationName("ci"), .type = type_, .optional = false, .settings = settings};
  }
  [[nodiscard]] Answer<Nothing> ready() { return place()->ready(); }
  [[nodiscard]] Answer<Holding> read() { return place()->read(); }
  // As the engine does: what is read is what is expected.
  [[nodiscard]] Answer<Written> write(const std::string& id, const std::string& secret, const Pause& pause = {}) {
    const auto held = read();
    if (rotation::done(held) == nullptr) return rotation::pass_on<Written>(held);
    return write_on(*rotation::done(held), id, secret, pause);
  }
  [[nodiscard]] Answer<Written> write_on(const Holding& held, const std::string& id, const std::string& secret,
                                         const Pause& pause = {}) {
    return place(pause)->write({held, AccessKeyId(id), Secret(secret)});
  }
  [[nodiscard]] Answer<Written> put_new(const Pause& pause = {}) { return write(new_id, new_secret, pause); }
  [[nodiscard]] Answer<Written> put_old_back() { return write(old_id, old_secret); }

  void strike(Trouble trouble) { server().trouble(std::move(trouble)); }
  // What was sent of this method, without the slash-separated front: "SECRET ID".
  [[nodiscard]] std::string sent(const std::string& method) {
    std::string names;
    for (const auto& one : server().seen()) {
      if (one.method != method) continue;
      names.append(names.empty() ? "" : " ").append(one.path.substr(one.path.rfind('/') + 1));
    }
    return names;
  }

  Settings settings;

 protected:
  [[nodiscard]] std::string token_file(const std::string& token, mode_t mode = 0600) {
    workbench::put(here_ / "token", token + "\n", mode);
    return (here_ / "token").string();
  }
  workbench::Directory here_;

 private:
  std::string type_;
};

using MakeWorld = std::function<std::unique_ptr<World>()>;

// Each request of a write is lost in turn, before the store's work or behind it. Whatever the write says then is true,
// and a new process, which reads and writes again, ends it with all else as it was.
inline void expect_going_on_after_each_loss(const MakeWorld& make, rotation::Direction direction,
                                            std::size_t requests) {
  const bool forward = direction == rotation::Direction::forward;
  const std::string before = forward ? old_pair : new_pair;
  const std::string wanted = forward ? new_pair : old_pair;
  const auto go = [&](World& world) { return forward ? world.put_new() : world.put_old_back(); };
  for (const auto kind : {Trouble::Kind::drop_request, Trouble::Kind::drop_reply}) {
    for (unsigned at = 0;; ++at) {
      const auto world = make();
      if (!forward) {
        ASSERT_EQ(said(world->put_new()), "done");
      }
      const std::string point = std::to_string(static_cast<int>(kind)) + " at " + std::to_string(at);
      const std::string rest = world->rest();
      const auto held = world->read();
      const std::size_t seen = world->server().seen().size();
      world->strike({.kind = kind, .skip = at});
      const auto answer =
          world->write_on(*rotation::done(held), forward ? new_id : old_id, forward ? new_secret : old_secret);
      const bool struck = world->server().seen().size() - seen > at;
      if (!struck) {
        EXPECT_EQ(said(answer), "done") << point;
        EXPECT_EQ(at, requests);
        break;
      }
      if (rotation::done(answer) != nullptr) {
        EXPECT_EQ(world->pair(), wanted) << point;
      }
      if (rotation::refused(answer) != nullptr) {
        EXPECT_EQ(world->pair(), before) << point << said(answer);
        EXPECT_NE(why(answer), Refusal::conflict) << point << said(answer);  // nobody else was there
      }
      for (const auto& secret : {old_secret, new_secret}) EXPECT_FALSE(shows_a_piece(said(answer), secret)) << point;
      ASSERT_EQ(said(go(*world)), "done") << point;
      EXPECT_EQ(world->pair(), wanted) << point;
      EXPECT_EQ(world->rest(), rest) << point;
      EXPECT_TRUE(world->server().odd().empty()) << point;
    }
  }
}

// The setting that is found fault with once these of a good place are changed ("-": taken out); empty: none is.
template <class W>
std::string fault_with(const Settings& changes) {
  W world;
  for (const auto& [name, value] : changes) {
    if (value == "-") {
      world.settings.erase(name);
    } else {
      world.settings[name] = value;
    }
  }
  const auto findings = secrets_adapters::check(world.spec());
  return findings.empty() ? std::string() : findings.front().setting;
}

}  // namespace places
