// New locations in a config that people wrote: below the others, and every other byte as it was.
#include "cli/config_edit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "cli/pair_names.hpp"
#include "rotation/errors.hpp"

namespace {

using rotation::LocationName;
using rotation::LocationSpec;

LocationSpec env(const std::string& name, const std::string& path) {
  return {
      .name = LocationName{name}, .type = "env-file", .settings = {{"id", "A_ID"}, {"path", path}, {"value", "A_KEY"}}};
}

const std::string item = "{name: new, type: env-file, id: A_ID, path: /srv/new.env, value: A_KEY}";
const std::string accounts = "accounts: {prod: {profile: prod}}  # ours\n";

std::string old_item(const std::string& name) {
  return "{name: " + name + ", type: env-file, path: /etc/" + name + ".env, id: A, value: B}";
}

std::string with_new(const std::string& text) {
  return cli::with_locations(text, "/c.yaml", "prod/app", {env("new", "/srv/new.env")}).value_or("nothing");
}

TEST(ConfigEdit, AddsALineBelowTheLastItemOfABlock) {
  const std::string head =
      accounts + "targets:\n  prod/app:\n    locations:   # all of them\n      - " + old_item("a") +
      "\n      - name: b\n        type: env-file\n        path: /etc/b.env\n\n        # its names\n" +
      "        id: A\n        value: B\n";
  const std::string tail = "\n    # what follows\n    cadence: 31d\n  prod/other:\n    locations: []\n";
  EXPECT_EQ(with_new(head + tail), head + "      - " + item + "\n" + tail);
}

TEST(ConfigEdit, AddsBelowItemsThatAreNotIndented) {
  const std::string head = accounts + "targets:\n  prod/app:\n    locations:\n    - " + old_item("a") + "\n";
  EXPECT_EQ(with_new(head), head + "    - " + item + "\n");
}

TEST(ConfigEdit, KeepsLineEndsAndAFileWithoutALastOne) {
  const std::string windows =
      "targets:\r\n  prod/app:\r\n    locations:\r\n      - " + old_item("a") + "\r\naccounts: {prod: {}}\r\n";
  EXPECT_NE(with_new(windows).find(old_item("a") + "\r\n      - " + item + "\r\naccounts"), std::string::npos);
  const std::string cut = accounts + "targets:\n  prod/app:\n    locations:\n      - " + old_item("a");
  EXPECT_EQ(with_new(cut), cut + "\n      - " + item + "\n");
}

TEST(ConfigEdit, AddsBehindTheLastItemOfAFlowList) {
  const std::string head = accounts + "targets: {prod/app: {locations: [" + old_item("a") + ",\n  " + old_item("b");
  for (const std::string tail : {"]}}\n", "  # a ] in words\n  ]}}\n"})
    EXPECT_EQ(with_new(head + tail), head + ", " + item + tail);
  EXPECT_EQ(with_new(accounts + "targets: {prod/app: {locations: []}}\n"),
            accounts + "targets: {prod/app: {locations: [" + item + "]}}\n");
  EXPECT_EQ(with_new(head + ",]}}\n"), head + "," + item + "]}}\n");
}

TEST(ConfigEdit, KeepsAByteOrderMark) {
  const std::string head =
      "\xef\xbb\xbf" + accounts + "targets:\n  prod/app:\n    locations:\n      - " + old_item("a") + "\n";
  EXPECT_EQ(with_new(head), head + "      - " + item + "\n");
}

TEST(ConfigEdit, LeavesAloneWhatItCannotAddTo) {
  EXPECT_EQ(with_new(accounts + "targets: {prod/app: {cadence: 31d}}\n"), "nothing");
  EXPECT_EQ(with_new(accounts + "targets: {}\n"), "nothing");
  // Its own name, or the same place, twice.
  EXPECT_EQ(with_new(accounts + "targets:\n  prod/app:\n    locations:\n      - " + old_item("new") + "\n"), "nothing");
  EXPECT_THROW(with_new("targets: ["), rotation::Trouble);
}

TEST(ConfigEdit, QuotesWhatYamlWouldReadOtherwise) {
  LocationSpec odd = env("new", "/srv/a \"b\", c.env");
  odd.settings["id"] = "yes";
  EXPECT_EQ(cli::location_item(odd),
            "{name: new, type: env-file, id: \"yes\", path: \"/srv/a \\\"b\\\", c.env\", value: A_KEY}");
  odd.settings["path"] = "/srv/two\nlines";
  EXPECT_EQ(cli::location_item(odd), std::nullopt);
  const LocationSpec eyaml{
      .name = LocationName{"h"},
      .type = "eyaml",
      .settings = {{"id", "a::id"}, {"keys.private", "/k/p"}, {"keys.public", "/k/q"}, {"path", "/h"}}};
  EXPECT_EQ(cli::location_item(eyaml),
            "{name: h, type: eyaml, id: \"a::id\", path: /h, keys: {private: /k/p, public: /k/q}}");
}

TEST(ConfigEdit, NamesEachNewLocationDifferently) {
  EXPECT_EQ(cli::fresh_name(env("", "/srv/my app.env"), {}).text(), "my-app");
  EXPECT_EQ(cli::fresh_name(env("", "/srv/a.env"), {env("a", "/x"), env("a-2", "/y")}).text(), "a-3");
  EXPECT_EQ(cli::fresh_name(env("", "/srv/.env"), {}).text(), "env");
}

TEST(PairNames, FollowTheNameOfTheId) {
  EXPECT_EQ(cli::secret_names("AWS_ACCESS_KEY_ID").front(), "AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(cli::secret_names("a::b::aws_access_key_id").front(), "a::b::aws_secret_access_key");
  EXPECT_EQ(cli::secret_names("awsAccessKeyId").front(), "awsSecretAccessKey");
  const auto alibaba = cli::secret_names("ALIBABA_CLOUD_ACCESS_KEY_ID");
  EXPECT_NE(std::find(alibaba.begin(), alibaba.end(), "ALIBABA_CLOUD_ACCESS_KEY_SECRET"), alibaba.end());
  EXPECT_TRUE(cli::secret_names("password").empty());
}

}  // namespace
