#include <gtest/gtest.h>

#include <string>

#include "cli/config.hpp"
#include "rotation/errors.hpp"
#include "secrets_adapters/registry.hpp"

namespace {

std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& each : words) text += (text.empty() ? "" : ", ") + each;
  return text;
}

// The message without "FILE:", so that it begins with line and column.
std::string wrong(const std::string& text) {
  try {
    (void)cli::parse_config(text, "c.yaml");
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    EXPECT_EQ(trouble.problem().keys, "Nothing was done; no key was touched.");
    EXPECT_EQ(trouble.problem().hint, "Correct c.yaml, then run the same command again.");
    const std::string& message = trouble.problem().message;
    EXPECT_TRUE(message.starts_with("c.yaml:")) << message;
    return message.substr(7);
  }
  return "accepted";
}

// One location of a target, in an otherwise valid config. It begins at line 5, column 9.
std::string location(const std::string& text) {
  return "accounts: {prod: {}}\ntargets:\n  prod/app:\n    locations:\n      - {" + text + "}\n";
}

}  // namespace

TEST(ConfigError, an_unknown_key_is_named_with_what_is_allowed_and_what_was_meant) {
  EXPECT_EQ(wrong("polcy: {}\n"),
            "1:1: unknown key \"polcy\" in the config. Did you mean \"policy\"? Allowed here: accounts, policy, "
            "sealing, search_paths, targets, notifiers, clean, run, metrics.");
  EXPECT_EQ(
      wrong("policy:\n  grace: 7d\n  quite: 3d\n"),
      "3:3: unknown key \"quite\" in policy. Did you mean \"quiet\"? Allowed here: max_age, quiet, grace, lag, "
      "granularity, late_undo, propagation, check_every, approvals, confirm, windows, exclude_users, auto_rotate.");
  EXPECT_EQ(wrong("sealing: {colour: red}\n"), "1:11: unknown key \"colour\" in sealing. Allowed here: key_file.");
  EXPECT_EQ(wrong("accounts:\n  prod:\n    endpoints: {ram: \"http://127.0.0.1\"}\n"),
            "3:17: unknown key \"ram\" in accounts.prod.endpoints. Did you mean \"iam\"? Allowed here: iam, sts, "
            "secretsmanager, ssm, cloudtrail.");
}

TEST(ConfigError, unknown_keys_of_accounts_targets_and_locations) {
  EXPECT_TRUE(wrong("accounts: {prod: {profil: x}}\n")
                  .starts_with("1:19: unknown key \"profil\" in accounts.prod. Did you mean \"profile\"? Allowed here: "
                               "provider, profile, account_id, region, endpoints,"));
  EXPECT_TRUE(wrong("accounts: {prod: {}}\ntargets:\n  prod/app:\n    location: []\n")
                  .starts_with("4:5: unknown key \"location\" in targets.prod/app. Did you mean \"locations\"? "));
  EXPECT_EQ(
      wrong(location("name: a, type: env-file, path: /x, id: A, val: B")),
      "5:52: unknown key \"val\" in targets.prod/app.locations[0] (env-file). Did you mean \"value\"? Allowed here: "
      "name, type, optional, canary, path, id, value, as, as_region.");
}

TEST(ConfigError, a_key_that_stands_twice) {
  EXPECT_EQ(wrong("policy:\n  quiet: 24h\n  grace: 7d\n  quiet: 48h\n"), "4:3: \"quiet\" stands twice in policy.");
  EXPECT_EQ(wrong("accounts: {prod: {}, prod: {}}\n"), "1:22: \"prod\" stands twice in accounts.");
  EXPECT_EQ(wrong("policy: {}\npolicy: {}\n"), "2:1: \"policy\" stands twice in the config.");
  EXPECT_EQ(wrong("accounts: {p: {}}\ntargets: {p/a: {}, p/a: {}}\n"), "2:20: \"p/a\" stands twice in targets.");
}

TEST(ConfigError, a_policy_key_both_in_policy_and_beside_it) {
  EXPECT_EQ(wrong("accounts:\n  prod:\n    policy: {quiet: 24h}\n    quiet: 48h\n"),
            "4:5: \"quiet\" stands both in \"policy\" and beside it.");
}

TEST(ConfigError, wrong_types) {
  EXPECT_EQ(wrong("accounts: [prod]\n"), "1:11: accounts wants a mapping, and here is a list.");
  EXPECT_EQ(wrong("just text\n"), "1:1: the config wants a mapping, and here is a single value.");
  EXPECT_EQ(wrong("search_paths: /x\n"), "1:15: search_paths wants a list, and here is a single value.");
  EXPECT_EQ(wrong("search_paths:\n"), "1:1: search_paths wants a list, and here is nothing.");
  EXPECT_EQ(wrong("policy: {quiet: [1h]}\n"),
            "1:17: policy.quiet wants a time span such as 90d, 24h, 15m or 120s, and here is a list.");
  EXPECT_EQ(wrong("accounts: {prod: {profile: }}\n"), "1:19: accounts.prod.profile wants text, and here is nothing.");
  EXPECT_EQ(wrong("accounts: {prod: {profile: \"\"}}\n"),
            "1:28: accounts.prod.profile wants text, and here is an empty one.");
  EXPECT_EQ(wrong("accounts: {prod: {profile: 12}}\n"),
            "1:28: accounts.prod.profile wants text, and 12 is a number: write it in quotes, \"12\".");
  EXPECT_EQ(wrong("accounts: {prod: {profile: true}}\n"),
            "1:28: accounts.prod.profile wants text, and true is a truth value: write it in quotes, \"true\".");
  EXPECT_EQ(wrong(location("name: a, type: env-file, optional: yes")),
            "5:45: targets.prod/app.locations[0] (env-file).optional wants true or false, and here is \"yes\".");
  EXPECT_EQ(wrong("accounts: {[a]: {}}\n"), "1:12: a key of accounts wants text, and here is a list.");
  EXPECT_EQ(wrong("policy: {quiet: !span 1h}\n"),
            "1:17: policy.quiet has the tag \"!span\", and tags have no meaning here.");
}

TEST(ConfigError, text_that_only_resembles_a_number_is_text) {
  for (const char* name : {"1a", "2ndline", "12-34", "1.2.3.4", "e5", "0b", "v1"}) {
    EXPECT_EQ(wrong("accounts: {prod: {profile: " + std::string(name) + "}}\n"), "accepted") << name;
  }
  for (const char* number : {"0", "-5", "+1.5", "1e9", "0x1F", "1_000", "1.5e-3"}) {
    EXPECT_NE(wrong("accounts: {prod: {profile: " + std::string(number) + "}}\n"), "accepted") << number;
  }
}

TEST(ConfigError, bad_units) {
  EXPECT_EQ(wrong("policy:\n  quiet: 24\n"), "2:10: policy.quiet has no unit: write 24s, 24m, 24h or 24d.");
  EXPECT_EQ(wrong("policy: {grace: 7y}\n"),
            "1:17: policy.grace wants a time span such as 90d, 24h, 15m or 120s, and here is \"7y\".");
  for (const char* span : {"-1h", "1h30m", "1.5h", "h", "99999999999999999999d", "\"\""}) {
    EXPECT_TRUE(wrong("policy: {lag: " + std::string(span) + "}\n").starts_with("1:15: policy.lag wants a time span"))
        << span;
  }
}

TEST(ConfigError, account_ids_regions_names_and_providers) {
  EXPECT_EQ(wrong("accounts: {prod: {account_id: 123456789012}}\n"),
            "1:31: accounts.prod.account_id wants text, and 123456789012 is a number: write it in quotes, "
            "\"123456789012\".");
  EXPECT_EQ(
      wrong("accounts: {prod: {account_id: \"12345\"}}\n"),
      "1:31: accounts.prod.account_id wants the 12 digits of an AWS account id in quotes, and here is \"12345\".");
  EXPECT_EQ(wrong("accounts: {prod: {region: eu west}}\n"),
            "1:27: accounts.prod.region wants a region such as eu-west-1.");
  EXPECT_EQ(wrong("accounts: {a/b: {}}\n"), "1:12: the account name \"a/b\" may hold letters, digits, . _ and - only.");
  EXPECT_EQ(wrong("accounts:\n  hk: {account_id: \"123456789012\", provider: alibaba}\n"),
            "2:20: accounts.hk.account_id wants the 16 digits of an Alibaba Cloud account id in quotes, and here is "
            "\"123456789012\".");
  EXPECT_EQ(wrong("accounts:\n  hk: {provider: alibaba, endpoints: {iam: \"https://iam.example.com\"}}\n"),
            "2:39: unknown key \"iam\" in accounts.hk.endpoints. Did you mean \"ram\"? Allowed here: ram, sts, ims, "
            "actiontrail, kms.");
  EXPECT_EQ(wrong("accounts: {prod: {provider: asw}}\n"),
            "1:29: accounts.prod.provider can't be \"asw\". Did you mean \"aws\"? Allowed here: aws, alibaba.");
}

TEST(ConfigError, endpoints_speak_http_to_loopback_only_and_carry_no_password) {
  const auto endpoint = [](const std::string& url) {
    return wrong("accounts: {prod: {endpoints: {iam: \"" + url + "\"}}}\n");
  };
  EXPECT_EQ(endpoint("http://iam.example.com/x"),
            "1:36: accounts.prod.endpoints.iam is http to iam.example.com, and http goes to this machine only "
            "(127.0.0.1, [::1], localhost): use https.");
  EXPECT_EQ(endpoint("ftp://127.0.0.1"),
            "1:36: accounts.prod.endpoints.iam wants a URL such as https://iam.example.com or http://127.0.0.1:5000.");
  EXPECT_EQ(endpoint("https://ann:hunter2@iam.example.com"),
            "1:36: accounts.prod.endpoints.iam holds a name or password in its URL: remove it.");
  EXPECT_EQ(endpoint("https://iam.example.com/?a=b"),
            "1:36: accounts.prod.endpoints.iam has a query or fragment in its URL: remove it.");
  for (const char* url : {"https://", "https://host:port", "https://host:1234567", "iam.example.com", "https://a b"}) {
    EXPECT_NE(endpoint(url), "accepted") << url;
  }
  for (const char* url : {"https://iam.example.com", "http://[::1]:5000/", "http://localhost:1"}) {
    EXPECT_EQ(endpoint(url), "accepted") << url;
  }
}

TEST(ConfigError, steps_to_confirm) {
  EXPECT_EQ(wrong("policy: {confirm: [deploy, deactivte]}\n"),
            "1:28: policy.confirm[1] can't be \"deactivte\". Did you mean \"deactivate\"? Allowed here: deploy, "
            "deactivate, delete.");
  EXPECT_EQ(wrong("policy: {confirm: [deploy, deploy]}\n"), "1:28: \"deploy\" stands twice in policy.confirm.");
  EXPECT_EQ(wrong("policy: {confirm: []}\n"), "accepted");
}

TEST(ConfigError, targets_name_an_account_and_a_user) {
  EXPECT_EQ(wrong("accounts: {prod: {}}\ntargets: {support: {}}\n"),
            "2:11: the target \"support\" must have the form ACCOUNT/USER.");
  EXPECT_EQ(wrong("accounts: {prod: {}}\ntargets: {prdo/app: {}}\n"),
            "2:11: no account is named \"prdo\". Did you mean \"prod\"?");
  EXPECT_EQ(wrong("accounts: {prod: {}}\ntargets: {\"prod/a b\": {}}\n"),
            "2:11: \"a b\" cannot be the name of a user at AWS.");
  EXPECT_EQ(wrong("accounts: {hk: {provider: alibaba}}\ntargets: {hk/a@b: {}}\n"),
            "2:11: \"a@b\" cannot be the name of a user at Alibaba Cloud.");
  for (const char* name : {"prod/", "/app", "prod/a/b"}) {
    EXPECT_NE(wrong("accounts: {prod: {}}\ntargets: {" + std::string(name) + ": {}}\n"), "accepted") << name;
  }
}

TEST(ConfigError, locations_are_whole_and_distinct) {
  EXPECT_EQ(wrong(location("name: a")), "5:9: targets.prod/app.locations[0] lacks \"type\".");
  EXPECT_EQ(wrong(location("type: env-file, path: /x, id: A, value: B")),
            "5:9: targets.prod/app.locations[0] lacks \"name\".");
  EXPECT_EQ(wrong(location("name: a, type: env-file, path: /x, id: A")),
            "5:9: targets.prod/app.locations[0]: env-file needs the setting value.");
  EXPECT_EQ(wrong(location("name: a, type: env-file, path: /x, id: \"A-B\", value: B")),
            "5:49: targets.prod/app.locations[0]: id must be the name of a variable.");
  EXPECT_EQ(
      wrong(location("name: a, type: env_file")),
      "5:25: targets.prod/app.locations[0].type can't be \"env_file\". Did you mean \"env-file\"? Allowed here: " +
          listed(secrets_adapters::types()) + ".");
  EXPECT_EQ(wrong(location("name: \"a,b\", type: env-file")),
            "5:16: targets.prod/app.locations[0] (env-file).name \"a,b\" may not begin with - nor hold blanks, quotes, "
            "commas, colons or slashes.");
  const std::string one = "{name: a, type: env-file, path: /x, id: A, value: B}";
  EXPECT_EQ(wrong("accounts: {p: {}}\ntargets:\n  p/u:\n    locations:\n      - " + one + "\n      - " + one + "\n"),
            "6:9: two locations of this target are named \"a\".");
  EXPECT_EQ(wrong("accounts: {p: {}}\ntargets:\n  p/u:\n    locations:\n      - " + one +
                  "\n      - {name: b, type: env-file, path: /x/../x, id: A, value: B}\n"),
            "6:9: the locations \"a\" and \"b\" are the same place.");
}

TEST(ConfigError, another_users_home_is_not_guessed) {
  EXPECT_EQ(wrong("search_paths: [~bob/x]\n"),
            "1:16: search_paths[0]: only ~/ is understood, not another user's home.");
}

TEST(ConfigError, text_that_is_no_yaml) {
  EXPECT_EQ(wrong("accounts: [prod\n"), "2:1: this is no YAML: end of sequence flow not found.");
  EXPECT_EQ(wrong("a: *nope\n"), "1:4: this is no YAML: the referenced anchor is not defined.");
  EXPECT_EQ(wrong("policy: {}\n---\npolicy: {}\n"), "3:1: a second document starts here, and a config has one.");
  EXPECT_EQ(wrong("accounts:\n  prod:\n    profile: 'prod\n    region: eu-west-1\n"),
            "3:14: a quote opens here and is never closed.");
  EXPECT_EQ(wrong("accounts: {prod: {profile: 'it''s'}}\n"), "accepted");
  EXPECT_EQ(wrong("accounts: {prod: {profile: \"a\\\"b\"}}\n"), "accepted");
  EXPECT_TRUE(wrong(std::string(100000, '[')).find("this is no YAML") != std::string::npos);
}

// Known to the format, done by later versions: each is refused by name, none is ignored.
TEST(ConfigError, what_comes_later_is_refused_and_never_ignored) {
  const std::string target = "accounts: {prod: {}}\ntargets:\n  prod/app:\n    ";
  EXPECT_EQ(wrong("policy:\n  approvals: 1\n"),
            "2:3: \"approvals\" is not supported by this version: nobody would be asked to approve. Remove it, or set "
            "it to 0.");
  EXPECT_EQ(wrong("policy:\n  windows: {deactivate: \"Mon-Thu 09:00-16:00 Europe/London\"}\n"),
            "2:3: \"windows\" is not supported by this version: no step would be held back. Remove it, and resume when "
            "it suits.");
  EXPECT_EQ(wrong(target + "refresh: [{run: [govuk_puppet, --verbose], timeout: 30m}]\n"),
            "4:5: \"refresh\" is not supported by this version: it would not be run. Remove it, and refresh the "
            "consumers by hand after deploy.");
  EXPECT_EQ(wrong(target + "checks: [{run: [curl], watch: 15m}]\n"),
            "4:5: \"checks\" is not supported by this version: they would not be run. Remove it, and check by hand "
            "after deploy.");
  EXPECT_EQ(wrong(target + "notify: [2ndline]\n"),
            "4:5: \"notify\" is not supported by this version: nobody would be told. Remove it.");
  EXPECT_TRUE(wrong(target + "approvals: 1\n").starts_with("4:5: \"approvals\" is not supported by this version: "));
  EXPECT_EQ(wrong("notifiers: {2ndline: {type: slack, url_file: ~/x}}\n"),
            "1:1: \"notifiers\" is not supported by this version: nobody would be told. Remove it.");
}

TEST(ConfigError, approvals_are_a_number) {
  for (const char* count : {"one", "-1", "1.5", "\"0\"", "[1]"}) {
    EXPECT_EQ(wrong("policy: {approvals: " + std::string(count) + "}\n"),
              "1:21: policy.approvals wants a number of people, 0 or more.")
        << count;
  }
}

TEST(ConfigError, what_the_config_holds_cannot_steer_the_terminal) {
  const std::string message = wrong("\"a\\e[31m\\r\": 1\n");
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_TRUE(message.starts_with("1:1: unknown key \"a\\x1b[31m\\x0d\" in the config.")) << message;
}
