// What a location of the type vault-kv2 finds before a key is made, and that looking changes nothing.
#include "tests/secrets_adapters/vault_bench.hpp"

namespace vault_bench {
namespace {
using Kind = Trouble::Kind;

struct VaultReady : Bench {
  template <class Use>
  void token(Use&& use) {
    vault.with([&] { use(vault.tokens["hvs.good"]); });
  }
  void may(std::set<std::string> capabilities) {
    token([&](Vault::Token& t) { t.policy = Vault::allowing("secret/data/support", std::move(capabilities)); });
  }
};

TEST_F(VaultReady, IsSaidOfAPlaceThatTakesAWriteAndNothingIsChanged) {
  EXPECT_EQ(said(place()->ready()), "done");
  EXPECT_EQ(number(), 1U);
  EXPECT_TRUE(vault.with([&] { return vault.revoked.empty(); }));
  EXPECT_EQ(said(put_new(*place())), "done");
}

TEST_F(VaultReady, WantsTheRightToReadAndToUpdate) {
  for (const auto& capabilities : {std::set<std::string>{"read"}, {"read", "create"}, {"read", "patch", "list"}}) {
    may(capabilities);
    const auto answer = place()->ready();
    EXPECT_EQ(why(answer), Refusal::denied) << said(answer);
    EXPECT_TRUE(has(said(answer), "both read and update of secret/data/support")) << said(answer);
    EXPECT_EQ(why(put_new(*place())), Refusal::denied);  // ready was right
  }
  for (const auto& capabilities : {std::set<std::string>{"update"}, {"deny"}}) {
    may(capabilities);
    EXPECT_EQ(why(place()->ready()), Refusal::denied);
  }
  may({"root"});
  EXPECT_EQ(said(place()->ready()), "done");
}

TEST_F(VaultReady, WhatVaultDoesNotTellIsNoReasonToRefuse) {
  token([](Vault::Token& t) { t.default_policy = false; });
  EXPECT_EQ(said(place()->ready()), "done");
  EXPECT_EQ(said(put_new(*place())), "done");
  for (const std::string body : {"", "x", "{}", R"({"secret/data/support":"read"})"}) {
    replace(old_data);
    vault.trouble(
        {.kind = Kind::refuse_before, .path_prefix = "/v1/sys/capabilities-self", .status = 200, .body = body});
    EXPECT_EQ(said(place()->ready()), "done") << body;
  }
}

TEST_F(VaultReady, CapabilitiesInTheEnvelopeAloneAreFoundToo) {
  vault.trouble({.kind = Kind::refuse_before,
                 .path_prefix = "/v1/sys/capabilities-self",
                 .status = 200,
                 .body = R"({"data":{"secret/data/support":["read"]}})"});
  EXPECT_EQ(why(place()->ready()), Refusal::denied);
}

TEST_F(VaultReady, ATokenThatRunsOutWithinAMinuteIsRefused) {
  token([&](Vault::Token& t) { t.expires = vault.now + 59; });
  auto answer = place()->ready();
  EXPECT_EQ(why(answer), Refusal::expired_session);
  EXPECT_TRUE(has(said(answer), "runs out in 59 s; get another one")) << said(answer);
  token([&](Vault::Token& t) { t.renewable = true; });
  answer = place()->ready();
  EXPECT_TRUE(has(said(answer), "renew it (vault token renew)")) << said(answer);
  token([&](Vault::Token& t) { t.expires = vault.now + 60; });
  EXPECT_EQ(said(place()->ready()), "done");
}

TEST_F(VaultReady, ATokenForAFewRequestsIsRefused) {
  token([](Vault::Token& t) { t.uses = 10; });
  const auto answer = place()->ready();
  EXPECT_EQ(why(answer), Refusal::denied);
  EXPECT_TRUE(has(said(answer), "good for 9 more requests")) << said(answer);
  token([](Vault::Token& t) { t.uses = 1000; });
  EXPECT_EQ(said(place()->ready()), "done");
}

TEST_F(VaultReady, APlaceWithoutAPairTakesNoWrite) {
  replace(R"({"x":1})");
  EXPECT_EQ(why(place()->ready()), Refusal::conflict);
  vault.with([&] { vault.mounts["secret"].secrets["support"].versions[2].deleted = true; });
  EXPECT_EQ(why(place()->ready()), Refusal::invalid);
}

TEST_F(VaultReady, TroubleIsUnknown) {
  for (const char* path : {"/v1/secret", "/v1/auth", "/v1/sys"}) {
    vault.trouble({.kind = Kind::refuse_before, .path_prefix = path, .count = 3, .status = 500});
    EXPECT_NE(rotation::unknown(place()->ready()), nullptr) << path;
  }
}

}  // namespace
}  // namespace vault_bench
