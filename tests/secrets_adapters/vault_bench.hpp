// A strict Vault on loopback with one secret in it, and the location that leads there.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "providers/http/transport.hpp"
#include "secrets_adapters/registry.hpp"
#include "simulated_stores/vault.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace vault_bench {

using places::said;
using places::why;
using rotation::AccessKeyId;
using rotation::Holding;
using rotation::LocationName;
using rotation::LocationSpec;
using rotation::Refusal;
using rotation::Secret;
using simulated_stores::Trouble;
using simulated_stores::Vault;
using Settings = std::map<std::string, std::string>;

// What a careless writer would lose: an order of its own, numbers that no double holds, nested values, escapes.
inline const std::string old_data =
    R"({"zone":{"b":1.50,"a":[1,null,true,{"x":"y"}]},"aws_secret":")" + places::old_secret +
    R"(","n":12345678901234567890,"q":"a\u0026b \"c\"","aws_id":")" + places::old_id + R"(","empty":""})";
inline const std::string new_data = places::handed_over(old_data);
inline const std::string third_data = places::with(old_data, places::old_id, "AKIATHIRD");
inline const std::string other_member = places::with(old_data, "1.50", "2.75");

inline const std::string data_path = "/v1/secret/data/support";

struct Bench : ::testing::Test {
  Bench() {
    vault.with([&] {
      vault.put("secret", "support", old_data);
      vault.mounts["secret"].secrets["support"].custom_metadata = {{"owner", "support"}};
      vault.tokens["hvs.good"].policy = Vault::allowing("secret/data/support", {"read", "update"});
    });
    ::setenv("KEYBATON_TEST_TOKEN", "hvs.good", 1);
    settings = {{"address", vault.url()}, {"mount", "secret"},     {"path", "support"},
                {"id", "aws_id"},         {"value", "aws_secret"}, {"token_env", "KEYBATON_TEST_TOKEN"}};
  }
  ~Bench() override { ::unsetenv("KEYBATON_TEST_TOKEN"); }

  // A new process, as it were.
  [[nodiscard]] std::unique_ptr<rotation::Location> place() const {
    secrets_adapters::Surroundings around;
    around.network = [](http::TransportSettings set) { return http::curl_transport(std::move(set)); };
    around.pause = [this](rotation::Millis) { return pauses; };
    around.boot = boot;
    return secrets_adapters::make_location(
        {.name = LocationName("vault"), .type = "vault-kv2", .optional = false, .settings = settings}, around);
  }
  [[nodiscard]] std::string held() {
    return vault.with([&] { return vault.current("secret", "support"); });
  }
  [[nodiscard]] std::uint64_t number() {
    return vault.with([&] { return vault.number("secret", "support"); });
  }
  void replace(const std::string& data) {
    vault.with([&] { vault.put("secret", "support", data); });
  }
  // For a trouble: somebody else writes this just before the request is served.
  [[nodiscard]] std::function<void()> slips_in(const std::string& data) {
    return [this, data] { vault.put("secret", "support", data); };
  }
  void TearDown() override { EXPECT_EQ(vault.odd(), std::vector<std::string>{}); }

  Vault vault;
  Settings settings;
  bool pauses = true;
  std::function<rotation::Millis()> boot = {};  // the clock of a write's time
};

inline Holding old_holding() {
  Holding expected = places::holding(places::old_id);
  expected.secret = Secret(places::old_secret);
  return expected;
}

inline rotation::Answer<rotation::Written> put_new(rotation::Location& place) {
  return place.write({old_holding(), AccessKeyId(places::new_id), Secret(places::new_secret)});
}

inline rotation::Answer<rotation::Written> put_old_back(rotation::Location& place) {
  return place.write({.expected = places::holding(places::new_id),
                      .id = AccessKeyId(places::old_id),
                      .secret = Secret(places::old_secret),
                      .direction = rotation::Direction::back});
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace vault_bench
