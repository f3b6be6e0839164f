// Who a location of the type vault-kv2 is at Vault: tokens that are given, and logins.
#include <optional>

#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/vault_bench.hpp"

namespace vault_bench {
namespace {
using Kind = Trouble::Kind;

// A variable of the environment for as long as a test runs.
class Variable {
 public:
  Variable(std::string name, const char* value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str())) before_ = before;
    set(value);
  }
  ~Variable() { set(before_ ? before_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  void set(const char* value) {
    if (value == nullptr) {
      ::unsetenv(name_.c_str());
    } else {
      ::setenv(name_.c_str(), value, 1);
    }
  }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

struct VaultToken : Bench {
  workbench::Directory here;
};

TEST_F(VaultToken, OfAFileIsReadAnewForEachUse) {
  settings.erase("token_env");
  settings["token_file"] = here / "token";
  workbench::put(here / "token", "hvs.good\n");
  const auto there = place();
  EXPECT_EQ(said(there->read()), places::old_pair);
  vault.with([&] {
    vault.tokens["hvs.next"] = vault.tokens["hvs.good"];
    vault.tokens.erase("hvs.good");
  });
  const auto answer = there->read();
  EXPECT_EQ(why(answer), Refusal::invalid_credentials);
  EXPECT_EQ(places::remedy(answer), "renew the token in " + (here / "token").string());
  workbench::put(here / "token", "hvs.next\n");
  EXPECT_EQ(said(put_new(*there)), "done");
}

TEST_F(VaultToken, OfAFileThatOthersCanReadIsNotUsed) {
  settings.erase("token_env");
  settings["token_file"] = here / "token";
  workbench::put(here / "token", "hvs.good\n", 0644);
  for (const auto& answer : {why(place()->read()), why(place()->ready()), why(put_new(*place()))}) {
    EXPECT_EQ(answer, Refusal::invalid_credentials);
  }
  EXPECT_EQ(places::remedy(place()->read()), "chmod 600 " + (here / "token").string());
  EXPECT_TRUE(vault.seen().empty());
}

TEST_F(VaultToken, OfAFileThatIsNotThereIsSaidSo) {
  settings.erase("token_env");
  settings["token_file"] = here / "token";
  const auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::invalid_credentials);
  EXPECT_EQ(places::remedy(answer), "put Vault's token into " + (here / "token").string());
  EXPECT_TRUE(has(said(answer), "Vault's token in " + (here / "token").string() + ": there is no such file"));
}

TEST_F(VaultToken, ComesFromTheUsualPlacesWhereNoneIsNamed) {
  settings.erase("token_env");
  const Variable home("HOME", here.path().c_str());
  Variable first("VAULT_TOKEN", nullptr);
  Variable second("BAO_TOKEN", nullptr);
  const auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::invalid_credentials);
  EXPECT_TRUE(has(said(answer), "vault login")) << said(answer);
  workbench::put(here / ".vault-token", "hvs.good");
  EXPECT_EQ(said(place()->read()), places::old_pair);
  second.set("hvs.bad");
  EXPECT_EQ(why(place()->read()), Refusal::invalid_credentials);
  first.set("hvs.good");
  EXPECT_EQ(said(place()->read()), places::old_pair);
}

TEST_F(VaultToken, ThatHasRunOutIsToldApartFromPoliciesThatDoNotAllow) {
  vault.with([&] { vault.tokens["hvs.good"].expires = vault.now; });
  auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::invalid_credentials);
  EXPECT_EQ(places::remedy(answer), "renew the token in the variable KEYBATON_TEST_TOKEN");
  EXPECT_TRUE(has(said(answer), "most likely the token has expired or was revoked")) << said(answer);
  vault.with([&] { vault.tokens["hvs.good"] = {.policy = Vault::allowing("secret/data/other", {"read"})}; });
  answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::denied);
  EXPECT_TRUE(has(said(answer), "the token is good, but its policies do not allow this")) << said(answer);
  EXPECT_FALSE(has(said(answer), "hvs."));
}

TEST_F(VaultToken, ThatWasGivenIsNotRevoked) {
  EXPECT_EQ(said(place()->read()), places::old_pair);
  EXPECT_TRUE(vault.with([&] { return vault.revoked.empty() && vault.tokens.contains("hvs.good"); }));
}

// ---- logins -------------------------------------------------------------------------------------------------

struct VaultLogin : VaultToken {
  VaultLogin() {
    settings.erase("token_env");
    settings["auth.method"] = "approle";
    settings["auth.role_id"] = "role-1";
    settings["auth.secret_id_file"] = here / "secret-id";
    workbench::put(here / "secret-id", "sid-1\n");
    vault.with([&] {
      vault.logins["approle"] = {.wants = {{"role_id", "role-1"}, {"secret_id", "sid-1"}},
                                 .grants = vault.tokens["hvs.good"]};
      vault.tokens.clear();
    });
  }
  void use_kubernetes() {
    std::erase_if(settings, [](const auto& one) { return one.first.starts_with("auth."); });
    settings["auth.method"] = "kubernetes";
    settings["auth.role"] = "keybaton";
    settings["auth.jwt_file"] = here / "jwt";
    workbench::put(here / "jwt", "eyJ.abc.def", 0644);
    vault.with([&] {
      vault.logins["kubernetes"] = {.wants = {{"role", "keybaton"}, {"jwt", "eyJ.abc.def"}},
                                    .grants = vault.logins["approle"].grants};
    });
  }
  [[nodiscard]] std::size_t logins() {
    std::size_t count = 0;
    for (const auto& one : vault.seen()) count += one.path.ends_with("/login") ? 1U : 0U;
    return count;
  }
  [[nodiscard]] std::size_t tokens() {
    return vault.with([&] { return vault.tokens.size(); });
  }
};

TEST_F(VaultLogin, ByAppRoleIsMadeOnceAndItsTokenIsGivenBack) {
  {
    const auto there = place();
    EXPECT_EQ(said(there->read()), places::old_pair);
    EXPECT_EQ(said(there->ready()), "done");
    EXPECT_EQ(said(put_new(*there)), "done");
    EXPECT_EQ(logins(), 1U);
    EXPECT_EQ(tokens(), 1U);
  }
  EXPECT_EQ(tokens(), 0U);
  EXPECT_EQ(vault.with([&] { return vault.revoked.size(); }), 1U);
}

TEST_F(VaultLogin, IsNotMadeByAPlaceThatNobodyUses) {
  (void)place();
  EXPECT_TRUE(vault.seen().empty());
}

TEST_F(VaultLogin, TakesItsPartsFromFilesOrAVariable) {
  const Variable secret("KEYBATON_TEST_SID", "sid-1");
  settings.erase("auth.role_id");
  settings.erase("auth.secret_id_file");
  settings["auth.role_id_file"] = here / "role";
  settings["auth.secret_id_env"] = "KEYBATON_TEST_SID";
  workbench::put(here / "role", "role-1\n", 0644);
  EXPECT_EQ(said(place()->read()), places::old_pair);
}

TEST_F(VaultLogin, MayBeMountedElsewhere) {
  settings["auth.mount"] = "teams/a b";
  vault.with([&] { vault.logins["teams/a b"] = vault.logins["approle"]; });
  EXPECT_EQ(said(place()->read()), places::old_pair);
  settings["auth.mount"] = "none";
  EXPECT_NE(rotation::refused(place()->read()), nullptr);
}

TEST_F(VaultLogin, IsMadeInTheNamespaceOfThePlace) {
  settings["namespace"] = "team";
  vault.with([&] {
    vault.put("team/secret", "support", new_data);
    vault.logins["team/approle"] = vault.logins["approle"];
    vault.logins.erase("approle");
  });
  EXPECT_EQ(said(place()->read()), places::new_pair);
}

TEST_F(VaultLogin, ByKubernetesShowsTheServiceAccountsToken) {
  use_kubernetes();
  EXPECT_EQ(said(place()->read()), places::old_pair);
  workbench::put(here / "jwt", "eyJ.other");
  EXPECT_EQ(why(place()->read()), Refusal::invalid_credentials);
}

TEST_F(VaultLogin, ThatIsNotAcceptedIsSaidSoAndShowsNoSecret) {
  workbench::put(here / "secret-id", "sid-of-somebody-else");
  for (const auto& answer : {said(place()->read()), said(place()->ready()), said(put_new(*place()))}) {
    EXPECT_TRUE(has(answer, "logging in at auth/approle: it does not accept this role")) << answer;
    EXPECT_FALSE(has(answer, "sid-of")) << answer;
  }
  EXPECT_EQ(why(place()->read()), Refusal::invalid_credentials);
  EXPECT_EQ(held(), old_data);
  workbench::put(here / "secret-id", "sid-1", 0640);
  EXPECT_EQ(why(place()->read()), Refusal::invalid_credentials);
}

TEST_F(VaultLogin, IsMadeAgainWhenItsTokenHasRunOut) {
  const auto there = place();
  EXPECT_EQ(said(there->read()), places::old_pair);
  vault.with([&] { vault.now += 3600; });
  EXPECT_EQ(said(put_new(*there)), "done");
  EXPECT_EQ(logins(), 2U);
  EXPECT_EQ(number(), 2U);
}

TEST_F(VaultLogin, IsNotMadeAgainForADenialOfAFreshToken) {
  vault.with([&] { vault.logins["approle"].grants.policy = Vault::allowing("secret/data/other", {"read"}); });
  EXPECT_EQ(why(place()->read()), Refusal::denied);
  EXPECT_EQ(logins(), 1U);
}

TEST_F(VaultLogin, AShortLivedTokenIsNoReasonToRefuseWhereAnotherCanBeHad) {
  vault.with([&] { vault.logins["approle"].lifetime = 30; });
  EXPECT_EQ(said(place()->ready()), "done");
}

TEST_F(VaultLogin, WhoseReplyIsLostIsMadeAgain) {
  vault.trouble({.kind = Kind::drop_reply, .path_prefix = "/v1/auth/approle"});
  EXPECT_EQ(said(place()->read()), places::old_pair);
}

TEST_F(VaultLogin, ThatGetsNoReplyLeavesAWriteUndone) {
  vault.trouble({.kind = Kind::drop_request, .path_prefix = "/v1/auth/approle", .count = 3});
  EXPECT_EQ(why(put_new(*place())), Refusal::other);
  vault.trouble({.kind = Kind::drop_request, .path_prefix = "/v1/auth/approle", .count = 3});
  EXPECT_NE(rotation::unknown(place()->read()), nullptr);
}

TEST_F(VaultLogin, ThatGetsNoReplyInTheMiddleOfAWriteLeavesNoDoubtOfIt) {
  const auto there = place();
  EXPECT_EQ(said(there->read()), places::old_pair);
  vault.trouble(
      {.kind = Kind::act_before, .method = "POST", .path_prefix = data_path, .act = [&] { vault.now += 3600; }});
  vault.trouble({.kind = Kind::drop_request, .path_prefix = "/v1/auth/approle", .count = 9});
  const auto answer = put_new(*there);
  EXPECT_EQ(why(answer), Refusal::other) << said(answer);
  EXPECT_EQ(held(), old_data);
}

TEST_F(VaultLogin, WithoutATokenInItsReplyIsRefused) {
  for (const std::string body : {"x", "{}", R"({"auth":null})", R"({"auth":{"client_token":""}})",
                                 R"({"auth":{"client_token":"","mfa_requirement":{"id":"x"}}})"}) {
    vault.trouble({.kind = Kind::refuse_before, .path_prefix = "/v1/auth/approle", .status = 200, .body = body});
    EXPECT_EQ(why(place()->read()), Refusal::unsupported) << body;
  }
}

TEST_F(VaultLogin, ARevocationThatFailsIsNoTrouble) {
  vault.trouble({.kind = Kind::drop_request, .path_prefix = "/v1/auth/token/revoke-self"});
  EXPECT_EQ(said(place()->read()), places::old_pair);
  EXPECT_EQ(tokens(), 1U);  // until its own end
}

}  // namespace
}  // namespace vault_bench
