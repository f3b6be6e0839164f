// The simulated Vault answers as the real one is documented to: asked by hand, without the adapter.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "providers/http/transport.hpp"
#include "simulated_stores/vault.hpp"

namespace {

using nlohmann::json;
using simulated_stores::Vault;

struct Said {
  int status = 0;
  std::string text;
  [[nodiscard]] json body() const { return json::parse(text, nullptr, false); }
};

struct SimulatedVault : ::testing::Test {
  SimulatedVault() {
    vault.with([&] {
      vault.put("secret", "app", R"({"k":"v"})");
      vault.tokens["root"].policy = Vault::allowing("*", {"root"});
      vault.tokens["reader"].policy = Vault::allowing("secret/data/*", {"read"});
    });
  }
  Said ask(http::Method method, const std::string& path, const std::string& body = {},
           const std::string& token = "root") {
    http::Request request{.method = method, .url = vault.url() + "/v1/" + path};
    request.headers.emplace_back("X-Vault-Request", "true");
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    if (!token.empty()) request.headers.emplace_back("X-Vault-Token", token);
    if (!name_space.empty()) request.headers.emplace_back("X-Vault-Namespace", name_space);
    request.body = http::Body{body};
    const auto reply = wire->send(request);
    const auto* response = std::get_if<http::Response>(&reply);
    return response == nullptr ? Said{} : Said{response->status, std::string(response->body.view())};
  }
  Said get(const std::string& path, const std::string& token = "root") {
    return ask(http::Method::get, path, {}, token);
  }
  Said post(const std::string& path, const std::string& body, const std::string& token = "root") {
    return ask(http::Method::post, path, body, token);
  }

  Vault vault;
  std::unique_ptr<http::Transport> wire = http::curl_transport();
  std::string name_space;
};

TEST_F(SimulatedVault, KeepsVersionsAndComparesBeforeItWrites) {
  const auto written = post("secret/data/app", R"({"options":{"cas":1},"data":{"k":"w"}})");
  EXPECT_EQ(written.status, 200);
  EXPECT_EQ(written.body()["data"]["version"], 2);
  EXPECT_EQ(get("secret/data/app").body()["data"]["data"]["k"], "w");
  EXPECT_EQ(get("secret/data/app?version=1").body()["data"]["data"]["k"], "v");
  const auto late = post("secret/data/app", R"({"options":{"cas":1},"data":{"k":"x"}})");
  EXPECT_EQ(late.status, 400);
  EXPECT_EQ(late.body()["errors"][0], "check-and-set parameter did not match the current version");
  EXPECT_EQ(post("secret/data/new", R"({"options":{"cas":1},"data":{}})").status, 400);
  EXPECT_EQ(post("secret/data/new", R"({"options":{"cas":0},"data":{}})").status, 200);
  EXPECT_TRUE(vault.odd().empty());
}

TEST_F(SimulatedVault, ForgetsTheOldestVersion) {
  for (int n = 1; n <= 10; ++n) {
    EXPECT_EQ(post("secret/data/app", R"({"options":{"cas":)" + std::to_string(n) + R"(},"data":{}})").status, 200);
  }
  EXPECT_EQ(get("secret/data/app?version=1").status, 404);
  EXPECT_EQ(get("secret/data/app?version=2").status, 200);
}

TEST_F(SimulatedVault, TellsMissingDeletedAndDestroyedApart) {
  const auto missing = get("secret/data/none");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body(), json::parse(R"({"errors":[]})"));
  vault.with([&] { vault.mounts["secret"].secrets["app"].versions[1].deleted = true; });
  const auto deleted = get("secret/data/app");
  EXPECT_EQ(deleted.status, 404);
  EXPECT_TRUE(deleted.body()["data"]["data"].is_null());
  EXPECT_EQ(deleted.body()["data"]["metadata"]["destroyed"], false);
  EXPECT_NE(deleted.body()["data"]["metadata"]["deletion_time"], "");
  vault.with([&] { vault.mounts["secret"].secrets["app"].versions[1] = {.data = "{}", .destroyed = true}; });
  EXPECT_EQ(get("secret/data/app").body()["data"]["metadata"]["destroyed"], true);
  EXPECT_EQ(get("nowhere/data/app").body()["errors"].size(), 1U);
}

TEST_F(SimulatedVault, GivesEachTokenWhatItsPoliciesAllow) {
  EXPECT_EQ(get("secret/data/app", "reader").status, 200);
  EXPECT_EQ(post("secret/data/app", R"({"options":{"cas":1},"data":{}})", "reader").status, 403);
  EXPECT_EQ(get("other/data/app", "reader").status, 403);
  EXPECT_EQ(get("secret/data/app", "stranger").status, 403);
  const auto can = post("sys/capabilities-self", R"({"paths":["secret/data/app"]})", "reader").body();
  EXPECT_EQ(can["secret/data/app"], json::parse(R"(["read"])"));
  EXPECT_EQ(can["capabilities"], can["secret/data/app"]);
  vault.with([&] { vault.tokens["reader"].policy = Vault::allowing("secret/data/*", {"create", "read"}); });
  EXPECT_EQ(post("secret/data/app", R"({"options":{"cas":1},"data":{}})", "reader").status, 403);  // it is there
  EXPECT_EQ(post("secret/data/new", R"({"options":{"cas":0},"data":{}})", "reader").status, 200);
}

TEST_F(SimulatedVault, EndsATokenByItsTimeItsUsesOrItsOwnWord) {
  vault.with([&] { vault.tokens["reader"].expires = vault.now + 10; });
  EXPECT_EQ(get("auth/token/lookup-self", "reader").body()["data"]["ttl"], 10);
  vault.with([&] { vault.now += 10; });
  EXPECT_EQ(get("secret/data/app", "reader").status, 403);
  vault.with([&] { vault.tokens["reader"] = {.policy = Vault::allowing("*", {"read"}), .uses = 2}; });
  EXPECT_EQ(get("secret/data/app", "reader").status, 200);
  EXPECT_EQ(get("secret/data/app", "reader").status, 200);
  EXPECT_EQ(get("secret/data/app", "reader").status, 403);
  EXPECT_EQ(post("auth/token/revoke-self", "").status, 204);
  EXPECT_EQ(get("secret/data/app").status, 403);
}

TEST_F(SimulatedVault, LogsInWhoProvesTheRole) {
  vault.with([&] {
    vault.logins["approle"] = {.wants = {{"role_id", "r"}, {"secret_id", "s"}}, .grants = vault.tokens["reader"]};
  });
  EXPECT_EQ(ask(http::Method::post, "auth/approle/login", R"({"role_id":"r","secret_id":"x"})", "").status, 400);
  const auto in = ask(http::Method::post, "auth/approle/login", R"({"role_id":"r","secret_id":"s"})", "");
  ASSERT_EQ(in.status, 200);
  EXPECT_EQ(get("secret/data/app", in.body()["auth"]["client_token"]).status, 200);
  EXPECT_EQ(ask(http::Method::post, "auth/ldap/login", "{}", "").status, 404);
}

TEST_F(SimulatedVault, KeepsNamespacesApart) {
  vault.with([&] {
    vault.put("team/secret", "app", R"({"k":"theirs"})");
    vault.tokens["team"] = {.policy = Vault::allowing("*", {"read"}), .name_space = "team"};
  });
  EXPECT_EQ(get("secret/data/app", "team").status, 403);
  name_space = "team";
  EXPECT_EQ(get("secret/data/app", "team").body()["data"]["data"]["k"], "theirs");
}

TEST_F(SimulatedVault, SaysOfAMountWhichVersionItsEngineIs) {
  vault.with([&] { vault.mounts["old"] = {.version = 1, .flat = {{"app", R"({"k":"v"})"}}}; });
  EXPECT_EQ(get("sys/internal/ui/mounts/secret").body()["data"]["options"]["version"], "2");
  EXPECT_TRUE(get("sys/internal/ui/mounts/old").body()["data"]["options"].is_null());
  EXPECT_EQ(get("sys/internal/ui/mounts/none").status, 403);
  EXPECT_EQ(get("old/app").body()["data"]["k"], "v");
  EXPECT_EQ(get("old/data/app").status, 404);
}

TEST_F(SimulatedVault, NotesWhatNoCarefulClientSends) {
  EXPECT_EQ(get("secret/data/app", "").status, 403);
  EXPECT_EQ(post("secret/data/app", "{").status, 400);
  EXPECT_EQ(post("secret/data/app", R"({"data":{}})").status, 200);
  EXPECT_EQ(get("secret/app").status, 404);
  http::Request bare{.url = vault.url() + "/v1/secret/data/app"};
  (void)wire->send(bare);
  const std::vector<std::string> expected{"no token", "a body that is no JSON object", "a write without cas",
                                          "a path that this engine does not have", "no X-Vault-Request"};
  EXPECT_EQ(vault.odd(), expected);
}

}  // namespace
