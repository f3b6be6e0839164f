#include "secrets_adapters/registry.hpp"

#include <gtest/gtest.h>

#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/fake_secrets.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using rotation::LocationName;
using rotation::LocationSpec;
using secrets_adapters::check;
using secrets_adapters::make_location;

LocationSpec spec(std::string type, std::map<std::string, std::string> settings) {
  return {.name = LocationName("laptop"), .type = std::move(type), .optional = false, .settings = std::move(settings)};
}

rotation::Problem problem_of(const LocationSpec& one) {
  try {
    static_cast<void>(make_location(one));
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    return trouble.problem();
  }
  return {};
}

TEST(Registry, MakesTheKindsOfFile) {
  workbench::Directory here;
  workbench::put(here / "c", "[dev]\naws_access_key_id=AKIAX\naws_secret_access_key=y\n");
  workbench::put(here / "e", "ID=AKIAX\nVALUE=y\n");
  const auto credentials = make_location(spec("aws-credentials-file", {{"path", here / "c"}, {"profile", "dev"}}));
  const auto env = make_location(spec("env-file", {{"path", here / "e"}, {"id", "ID"}, {"value", "VALUE"}}));
  EXPECT_EQ(places::said(credentials->read()), "AKIAX y");
  EXPECT_EQ(places::said(env->read()), "AKIAX y");
  workbench::put(here / "a", "[dev]\ntype=access_key\naccess_key_id=LTAIX\naccess_key_secret=y\n");
  workbench::put(here / "j",
                 R"({"profiles":[{"name":"dev","mode":"AK","access_key_id":"LTAIX","access_key_secret":"y"}]})");
  const auto ini = make_location(spec("alibaba-credentials-file", {{"path", here / "a"}, {"profile", "dev"}}));
  const auto json = make_location(spec("alibaba-cli-config", {{"path", here / "j"}, {"profile", "dev"}}));
  EXPECT_EQ(places::said(ini->read()), "LTAIX y");
  EXPECT_EQ(places::said(json->read()), "LTAIX y");
}

const std::map<std::string, std::string> kms_settings{{"secret", "prod/app"}, {"id", "AK_ID"}, {"value", "AK_SECRET"}};

TEST(Registry, MakesASecretInACloudThroughWhomItIsHandedAlone) {
  LocationSpec asked;
  const secrets_adapters::Surroundings networked{.secrets = [&](const LocationSpec& one) {
    asked = one;
    return std::make_unique<places::FakeSecrets>(places::FakeSecrets::World{});
  }};
  auto with_region = kms_settings;
  with_region["region"] = "eu-central-1";
  EXPECT_EQ(places::said(make_location(spec("alibaba-kms-secret", with_region), networked)->read()), "nothing");
  EXPECT_EQ(asked.settings, with_region);
  const auto problem = problem_of(spec("alibaba-kms-secret", kms_settings));
  EXPECT_NE(problem.message.find("connects to nothing there"), std::string::npos);
  EXPECT_FALSE(problem.keys.empty());
  EXPECT_NE(problem.hint.find("prod/app"), std::string::npos);
}

TEST(Registry, UnderstandsTheHomeDirectory) {
  workbench::Directory here;
  workbench::put(here / "c", "[dev]\naws_access_key_id=AKIAX\naws_secret_access_key=y\n");
  const char* home = std::getenv("HOME");
  const std::string before = home == nullptr ? "" : home;
  ::setenv("HOME", here.path().c_str(), 1);
  const auto place = make_location(spec("aws-credentials-file", {{"path", "~/c"}, {"profile", "dev"}}));
  if (home != nullptr) ::setenv("HOME", before.c_str(), 1);
  EXPECT_EQ(places::said(place->read()), "AKIAX y");
}

TEST(Registry, RefusesATypeThatItDoesNotKnowAndNamesThoseThatItDoes) {
  const auto problem = problem_of(spec("floppy", {}));
  EXPECT_EQ(problem.message, "Location laptop: there is no location type \"floppy\".");
  for (const auto& type : secrets_adapters::types()) EXPECT_NE(problem.hint.find(type), std::string::npos) << type;
  EXPECT_FALSE(problem.keys.empty());
}

TEST(Registry, PointsAtMissingUnknownAndUnfitSettings) {
  const auto findings = check(spec("env-file", {{"path", ""}, {"id", "A-B"}, {"colour", "x"}}));
  std::set<std::string> seen;
  for (const auto& one : findings) seen.insert((one.missing ? "missing " : "") + one.setting);
  EXPECT_EQ(seen, (std::set<std::string>{"path", "id", "colour", "missing value"}));
  EXPECT_EQ(check(spec("env-file", {{"path", "/x"}, {"id", "A"}, {"value", "A"}})).size(), 1U);
  EXPECT_EQ(check(spec("env-file", {{"path", "/x\n"}, {"id", "A"}, {"value", "B"}})).size(), 1U);
  EXPECT_EQ(check(spec("aws-credentials-file", {{"path", "/x"}, {"profile", "a]b"}})).size(), 1U);
  EXPECT_TRUE(check(spec("aws-credentials-file", {{"path", "/x"}, {"profile", "dev"}})).empty());
  EXPECT_EQ(check(spec("alibaba-credentials-file", {{"path", "/x"}, {"profile", "[a"}})).size(), 1U);
  EXPECT_TRUE(check(spec("alibaba-cli-config", {{"path", "/x"}, {"profile", "[a"}})).empty());
  EXPECT_TRUE(check(spec("alibaba-kms-secret", kms_settings)).empty());
  auto same = kms_settings;
  same["value"] = same["id"];
  EXPECT_EQ(check(spec("alibaba-kms-secret", same)).size(), 1U);
  EXPECT_NE(problem_of(spec("aws-credentials-file", {{"path", "/x"}})).message.find("needs the setting profile"),
            std::string::npos);
}

TEST(Registry, TellsTheSettingsOfAType) {
  EXPECT_EQ(secrets_adapters::settings_of("aws-credentials-file").size(), 4U);
  EXPECT_EQ(secrets_adapters::settings_of("env-file").size(), 5U);
  EXPECT_EQ(secrets_adapters::settings_of("alibaba-kms-secret").size(), 6U);
  for (const auto& type : secrets_adapters::types()) {
    EXPECT_TRUE(secrets_adapters::is_type(type));
    EXPECT_FALSE(secrets_adapters::settings_of(type).empty());
  }
  EXPECT_TRUE(secrets_adapters::settings_of("floppy").empty());
}

TEST(Registry, NamesAPlaceAsPeopleDo) {
  const auto place = [](const char* type, std::map<std::string, std::string> settings) {
    return secrets_adapters::place_of(spec(type, std::move(settings)));
  };
  EXPECT_EQ(place("env-file", {{"path", "/etc/app.env"}}), "/etc/app.env");
  EXPECT_EQ(place("aws-secrets-manager", {{"secret", "app/aws"}}), "app/aws");
  EXPECT_EQ(place("aws-ssm", {{"id", "/app/id"}, {"region", "eu-west-1"}}), "/app/id in eu-west-1");
  EXPECT_EQ(place("vault-kv2", {{"address", "https://vault"}, {"mount", "secret"}, {"path", "app"}}),
            "secret/app at https://vault");
  EXPECT_EQ(place("kubernetes", {{"context", "prod"}, {"namespace", "apps"}, {"secret", "aws"}}),
            "apps/aws, context prod");
  EXPECT_EQ(place("kubernetes", {{"secret", "aws"}}), "aws");
  EXPECT_EQ(place("github-actions", {{"repository", "acme/app"}, {"environment", "prod"}}),
            "acme/app, environment prod");
  EXPECT_EQ(place("github-actions", {{"organisation", "acme"}}), "organisation acme");
  EXPECT_EQ(place("gitlab-ci", {{"instance", "yes"}, {"scope", "prod"}}), "scope prod");
  EXPECT_EQ(place("circleci", {{"context_name", "aws"}, {"owner", "gh/acme"}}), "context aws of gh/acme");
  EXPECT_EQ(place("http", {{"read.url", "https://api.example/7?token=x"}}), "https://api.example/7");
  EXPECT_EQ(place("exec", {{"read.0", "/bin/hook"}, {"read.1", "show"}}), "program /bin/hook");
  EXPECT_EQ(place("manual", {{"instructions", "the console [of] Fastly"}}), "the console [of] Fastly");
  // Only a file has a file's path; Vault's is one of its own.
  EXPECT_EQ(secrets_adapters::file_of(spec("env-file", {{"path", "/x"}})), "/x");
  EXPECT_FALSE(secrets_adapters::file_of(spec("vault-kv2", {{"path", "app"}})));
  for (const auto& type : secrets_adapters::types()) {
    std::map<std::string, std::string> all;
    for (const auto& one : secrets_adapters::settings_of(type)) all[std::string(one.name)] = "x";
    all["read.0"] = all["read.url"] = "x";
    EXPECT_NE(place(type.c_str(), all), "") << type;
  }
}

}  // namespace
