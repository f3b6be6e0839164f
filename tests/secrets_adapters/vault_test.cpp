// What a location of the type vault-kv2 reads, and what it refuses to take for a key.
#include <optional>
#include <set>

#include "tests/secrets_adapters/vault_bench.hpp"

namespace vault_bench {
namespace {

struct VaultRead : Bench {};

TEST_F(VaultRead, ThePairOfTheCurrentVersion) {
  EXPECT_EQ(said(place()->read()), places::old_pair);
  replace(new_data);
  EXPECT_EQ(said(place()->read()), places::new_pair);
}

TEST_F(VaultRead, ASecretThatGoEscapesIsReadAsItIs) {
  replace(places::with(old_data, places::old_secret, "a<b>&c"));
  EXPECT_EQ(said(place()->read()), places::old_id + " a<b>&c");
}

TEST_F(VaultRead, WhatIsNotThereIsAValue) {
  replace(R"({"other":"x"})");
  EXPECT_EQ(said(place()->read()), "nothing");
  replace(R"({"aws_id":"","aws_secret":""})");
  EXPECT_EQ(said(place()->read()), "nothing");
  vault.with([&] { vault.mounts["secret"].secrets.clear(); });
  EXPECT_EQ(said(place()->read()), "nothing");
}

TEST_F(VaultRead, APathOfManyNamesIsEncodedNameByName) {
  vault.with([&] {
    vault.put("team/kv", "apps/a b%/x?y", old_data);
    vault.tokens["hvs.good"].policy = Vault::allowing("team/kv/data/apps/a b%/x?y", {"read", "update"});
  });
  settings["mount"] = "team/kv";
  settings["path"] = "apps/a b%/x?y";
  EXPECT_EQ(said(place()->ready()), "done");
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(vault.with([&] { return vault.current("team/kv", "apps/a b%/x?y"); }), new_data);
  EXPECT_EQ(vault.seen().front().path, "/v1/team/kv/data/apps/a%20b%25/x%3Fy");
}

TEST_F(VaultRead, ANamespaceIsAskedForInItsHeader) {
  vault.with([&] {
    vault.put("ns1/team/secret", "support", new_data);
    vault.tokens["hvs.good"].name_space = "ns1";
  });
  settings["namespace"] = "ns1/team";
  EXPECT_EQ(said(place()->read()), places::new_pair);
  settings["namespace"] = "ns2";
  EXPECT_EQ(why(place()->read()), Refusal::invalid_credentials);
}

TEST_F(VaultRead, ADeletedVersionIsNotTakenForAnEmptyPlace) {
  vault.with([&] { vault.mounts["secret"].secrets["support"].versions[1].deleted = true; });
  const auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::invalid);
  EXPECT_TRUE(has(said(answer), "version 1 was deleted")) << said(answer);
  EXPECT_TRUE(has(said(answer), "vault kv undelete -mount=secret -versions=1 support")) << said(answer);
  EXPECT_EQ(why(put_new(*place())), Refusal::invalid);
}

TEST_F(VaultRead, ADestroyedVersionIsToldApartFromADeletedOne) {
  vault.with([&] { vault.mounts["secret"].secrets["support"].versions[1].destroyed = true; });
  const auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::invalid);
  EXPECT_TRUE(has(said(answer), "version 1 was destroyed")) << said(answer);
}

TEST_F(VaultRead, AnEngineOfVersionOneIsRefusedEvenWhereItHasNoSuchSecret) {
  vault.with([&] {
    vault.mounts["secret"] = {.version = 1};
    vault.mounts["secret"].flat["support"] = old_data;
  });
  auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::unsupported);
  EXPECT_TRUE(has(said(answer), "version 1, which can't compare before it writes")) << said(answer);
  // One that happens to have a secret at data/support.
  vault.with([&] { vault.mounts["secret"].flat["data/support"] = old_data; });
  answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::unsupported);
  EXPECT_TRUE(has(said(answer), "none of a key/value engine of version 2")) << said(answer);
  EXPECT_FALSE(places::shows_a_piece(said(answer), places::old_secret));
}

TEST_F(VaultRead, AnotherEngineAndAMountThatIsNotThereAreRefused) {
  vault.with([&] { vault.mounts["secret"] = {.type = "cubbyhole", .version = 1}; });
  auto answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::unsupported);
  EXPECT_TRUE(has(said(answer), "secret/ is no key/value engine")) << said(answer);
  vault.with([&] { vault.mounts.clear(); });
  answer = place()->read();
  EXPECT_EQ(why(answer), Refusal::invalid);
  EXPECT_TRUE(has(said(answer), "nothing is mounted at secret/")) << said(answer);
}

TEST_F(VaultRead, AMissingSecretOnAServerThatTellsNothingOfItsMountsIsMissing) {
  vault.with([&] { vault.mounts["secret"].secrets.clear(); });
  vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = "/v1/sys/internal", .status = 404});
  EXPECT_EQ(said(place()->read()), "nothing");
}

TEST_F(VaultRead, ANotFoundOfSomeOtherServerIsNoMissingSecret) {
  vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = data_path, .status = 404, .body = "<html>"});
  EXPECT_EQ(why(place()->read()), Refusal::invalid);
  vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = data_path, .status = 404, .body = "{}"});
  EXPECT_EQ(why(place()->read()), Refusal::invalid);
}

struct Broken {
  std::string name, data, part;
};

TEST_F(VaultRead, WhatIsNoPairIsRefusedInWordsThatShowNoSecret) {
  const std::vector<Broken> cases{
      {"a number", R"({"aws_id":1,"aws_secret":"x"})", "aws_id is no string"},
      {"an object", R"({"aws_id":"AKIAX","aws_secret":{"a":"x"}})", "aws_secret is no string"},
      {"no secret", R"({"aws_id":"AKIAX"})", "an access key id without its secret"},
      {"no id", R"({"aws_secret":")" + places::old_secret + R"(","aws_id":""})", "a secret without its access key id"},
      {"no id's letters", places::with(old_data, places::old_id, "A KIA"), "no access key"},
      {"a new line", places::with(old_data, places::old_secret, "wJalrXUtn\\nFEMI"), "no access key"},
      {"twice", places::with(old_data, "\"empty\"", "\"aws_id\""), "aws_id is there a second time"},
  };
  for (const Broken& one : cases) {
    replace(one.data);
    const auto answer = place()->read();
    EXPECT_EQ(why(answer), Refusal::invalid) << one.name << ": " << said(answer);
    EXPECT_TRUE(has(said(answer), one.part)) << one.name << ": " << said(answer);
    EXPECT_TRUE(has(said(answer), "aws_id and aws_secret in secret secret/support of Vault at " + vault.url()));
    EXPECT_FALSE(places::shows_a_piece(said(answer), places::old_secret)) << one.name;
    EXPECT_EQ(why(put_new(*place())), Refusal::invalid) << one.name;
    EXPECT_EQ(held(), one.data) << one.name;
  }
}

TEST_F(VaultRead, AReplyThatIsNoneOfThisEngineIsRefused) {
  for (const std::string body :
       {"", "x", "[]", "{}", R"({"data":{}})", R"({"data":{"data":{}}})",
        R"({"data":{"data":[],"metadata":{"version":1}}})", R"({"data":{"data":{},"metadata":{"version":-1}}})",
        R"({"data":{"data":{},"metadata":{"version":"1"}}})"}) {
    vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = data_path, .status = 200, .body = body});
    EXPECT_EQ(why(place()->read()), Refusal::unsupported) << body;
  }
}

TEST_F(VaultRead, TroubleOfTheServerIsUnknownAfterSomeTries) {
  for (const int status : {500, 502, 503}) {
    vault.trouble({.kind = Trouble::Kind::refuse_before,
                   .path_prefix = data_path,
                   .count = 3,
                   .status = status,
                   .body = R"({"errors":["Vault is sealed"]})"});
    EXPECT_NE(rotation::unknown(place()->read()), nullptr) << status;
  }
  vault.trouble({.kind = Trouble::Kind::drop_reply, .path_prefix = data_path, .count = 3});
  EXPECT_NE(rotation::unknown(place()->read()), nullptr);
  vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = data_path, .count = 2, .status = 503});
  EXPECT_EQ(said(place()->read()), places::old_pair);
  vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = data_path, .count = 2, .status = 429});
  EXPECT_EQ(said(place()->read()), places::old_pair);
  vault.trouble({.kind = Trouble::Kind::refuse_before, .path_prefix = data_path, .count = 3, .status = 429});
  EXPECT_EQ(why(place()->read()), Refusal::throttled);
}

TEST_F(VaultRead, AServerThatIsNotThereIsAskedNothing) {
  settings["address"] = "http://127.0.0.1:1";
  EXPECT_EQ(why(place()->read()), Refusal::not_sent);
}

TEST_F(VaultRead, ItsOwnAuthoritiesAreHandedToTheTransport) {
  settings["ca_file"] = "/etc/vault/ca.pem";
  std::optional<std::string> bundle;
  secrets_adapters::Surroundings around;
  around.network = [&](http::TransportSettings set) {
    bundle = set.ca_bundle;
    return http::curl_transport(std::move(set));
  };
  (void)secrets_adapters::make_location(
      {.name = LocationName("vault"), .type = "vault-kv2", .optional = false, .settings = settings}, around);
  EXPECT_EQ(bundle, "/etc/vault/ca.pem");
}

// ---- settings -----------------------------------------------------------------------------------------------

std::set<std::string> found(const Settings& settings) {
  std::set<std::string> names;
  for (const auto& one : secrets_adapters::check(
           {.name = LocationName("v"), .type = "vault-kv2", .optional = false, .settings = settings})) {
    names.insert((one.missing ? "missing " : "") + one.setting);
  }
  return names;
}

const Settings fine{{"address", "https://vault.internal"},
                    {"mount", "secret"},
                    {"path", "support"},
                    {"id", "aws_id"},
                    {"value", "aws_secret"}};

Settings fine_with(const Settings& more) {
  Settings all = fine;
  for (const auto& [name, value] : more) all[name] = value;
  return all;
}

TEST(VaultSettings, TheSampleIsEnough) {
  EXPECT_EQ(found(fine), std::set<std::string>{});
  EXPECT_EQ(found({}),
            (std::set<std::string>{"missing address", "missing mount", "missing path", "missing id", "missing value"}));
}

TEST(VaultSettings, APlaceThatIsNoneIsFound) {
  using Names = std::set<std::string>;
  for (const char* address :
       {"vault.internal", "http://vault.internal", "https://v/?a=b", "https://u:p@v", "https://v/v1"}) {
    EXPECT_EQ(found(fine_with({{"address", address}})), Names{"address"}) << address;
  }
  for (const char* path : {"/a", "a/", "a//b", "a/../b", "."}) {
    EXPECT_EQ(found(fine_with({{"path", path}})), Names{"path"}) << path;
    EXPECT_EQ(found(fine_with({{"mount", path}})), Names{"mount"}) << path;
  }
  EXPECT_EQ(found(fine_with({{"value", "aws_id"}})), Names{"value"});
}

TEST(VaultSettings, EachWayToSignInWantsItsOwnSettingsAlone) {
  using Names = std::set<std::string>;
  EXPECT_EQ(found(fine_with({{"token_file", "/t"}})), Names{});
  EXPECT_EQ(found(fine_with({{"token_file", "/t"}, {"token_env", "T"}})), Names{"token_env"});
  EXPECT_EQ(found(fine_with({{"auth.method", "ldap"}})), Names{"auth.method"});
  EXPECT_EQ(found(fine_with({{"auth.role", "r"}})), Names{"auth.role"});
  EXPECT_EQ(found(fine_with({{"auth.method", "kubernetes"}})), Names{"missing auth.role"});
  EXPECT_EQ(found(fine_with({{"auth.method", "kubernetes"}, {"auth.role", "r"}, {"token_env", "T"}})),
            Names{"token_env"});
  EXPECT_EQ(found(fine_with({{"auth.method", "approle"}})),
            (Names{"missing auth.role_id_file", "missing auth.secret_id_file"}));
  const Settings approle{{"auth.method", "approle"}, {"auth.role_id", "r"}, {"auth.secret_id_file", "/s"}};
  EXPECT_EQ(found(fine_with(approle)), Names{});
  Settings both = approle;
  both["auth.secret_id_env"] = "S";
  EXPECT_EQ(found(fine_with(both)), Names{"auth.secret_id_env"});
}

}  // namespace
}  // namespace vault_bench
