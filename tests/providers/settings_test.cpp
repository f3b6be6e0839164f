// Profiles, regions, endpoints and partitions, as botocore picks them.
#include "providers/aws_iam/settings.hpp"

#include <gtest/gtest.h>

#include "providers/calling/shell_words.hpp"
#include "rotation/errors.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using aws_iam::Fips;
using aws_iam::Service;

TEST(partitions, give_each_region_its_hosts_and_signing_regions) {
  struct Row {
    const char* region;
    const char* iam;
    const char* iam_signs;
    const char* sts;
    const char* sts_signs;
  };
  const Row rows[] = {
      {"", "https://iam.amazonaws.com/", "us-east-1", "https://sts.amazonaws.com/", "us-east-1"},
      {"aws-global", "https://iam.amazonaws.com/", "us-east-1", "https://sts.amazonaws.com/", "us-east-1"},
      {"eu-west-1", "https://iam.amazonaws.com/", "us-east-1", "https://sts.eu-west-1.amazonaws.com/", "eu-west-1"},
      {"mx-central-1", "https://iam.amazonaws.com/", "us-east-1", "https://sts.mx-central-1.amazonaws.com/",
       "mx-central-1"},
      {"cn-northwest-1", "https://iam.cn-north-1.amazonaws.com.cn/", "cn-north-1",
       "https://sts.cn-northwest-1.amazonaws.com.cn/", "cn-northwest-1"},
      {"us-gov-east-1", "https://iam.us-gov.amazonaws.com/", "us-gov-west-1",
       "https://sts.us-gov-east-1.amazonaws.com/", "us-gov-east-1"},
      {"us-iso-west-1", "https://iam.us-iso-east-1.c2s.ic.gov/", "us-iso-east-1",
       "https://sts.us-iso-west-1.c2s.ic.gov/", "us-iso-west-1"},
      {"us-isob-east-1", "https://iam.us-isob-east-1.sc2s.sgov.gov/", "us-isob-east-1",
       "https://sts.us-isob-east-1.sc2s.sgov.gov/", "us-isob-east-1"},
      {"eu-isoe-west-1", "https://iam.eu-isoe-west-1.cloud.adc-e.uk/", "eu-isoe-west-1",
       "https://sts.eu-isoe-west-1.cloud.adc-e.uk/", "eu-isoe-west-1"},
      {"us-isof-south-1", "https://iam.us-isof-south-1.csp.hci.ic.gov/", "us-isof-south-1",
       "https://sts.us-isof-south-1.csp.hci.ic.gov/", "us-isof-south-1"},
      {"eusc-de-east-1", "https://iam.eusc-de-east-1.amazonaws.eu/", "eusc-de-east-1",
       "https://sts.eusc-de-east-1.amazonaws.eu/", "eusc-de-east-1"},
  };
  for (const auto& row : rows) {
    const auto iam = aws_iam::standard_endpoint(Service::iam, row.region, Fips::no);
    const auto sts = aws_iam::standard_endpoint(Service::sts, row.region, Fips::no);
    EXPECT_EQ(iam.url, row.iam) << row.region;
    EXPECT_EQ(iam.signing_region, row.iam_signs) << row.region;
    EXPECT_EQ(sts.url, row.sts) << row.region;
    EXPECT_EQ(sts.signing_region, row.sts_signs) << row.region;
  }
}

TEST(partitions, know_where_fips_hosts_are) {
  EXPECT_EQ(aws_iam::standard_endpoint(Service::iam, "us-east-2", Fips::yes).url, "https://iam-fips.amazonaws.com/");
  EXPECT_EQ(aws_iam::standard_endpoint(Service::sts, "us-east-2", Fips::yes).url,
            "https://sts-fips.us-east-2.amazonaws.com/");
  EXPECT_EQ(aws_iam::standard_endpoint(Service::sts, "", Fips::yes).url, "https://sts-fips.us-east-1.amazonaws.com/");
  EXPECT_EQ(aws_iam::standard_endpoint(Service::iam, "us-gov-west-1", Fips::yes).url,
            "https://iam.us-gov.amazonaws.com/");
  EXPECT_THROW((void)aws_iam::standard_endpoint(Service::iam, "cn-north-1", Fips::yes), rotation::Trouble);
}

struct SettingsTest : testing::Test {
  tests::FakeWorld fake;
  tests::TempDir directory;
  void files(const std::string& config, const std::string& credentials = "") {
    fake.variables["AWS_CONFIG_FILE"] = directory.write("config", config);
    fake.variables["AWS_SHARED_CREDENTIALS_FILE"] = directory.write("credentials", credentials);
  }
  [[nodiscard]] aws_iam::Profiles profiles() const { return aws_iam::Profiles{fake.world.env}; }
  [[nodiscard]] aws_iam::Endpoints endpoints(const std::map<std::string, std::string>& named = {},
                                             const std::string& profile = "default") const {
    return aws_iam::select_endpoints(named, fake.world.env, profiles(), profile, "");
  }
  template <class F>
  static std::string usage_trouble(F&& doing) {
    try {
      doing();
    } catch (const rotation::Trouble& trouble) {
      EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
      EXPECT_FALSE(trouble.problem().keys.empty());
      EXPECT_FALSE(trouble.problem().hint.empty());
      return trouble.problem().message;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {};
  }
};

TEST_F(SettingsTest, both_files_are_read_together) {
  files(
      "[default]\nregion = eu-west-1\n[profile dev]\nregion=eu-west-2\noutput=json\n[profile 'two words']\nregion=x\n",
      "[dev]\nregion = eu-central-1\naws_access_key_id = A\n[only-here]\naws_access_key_id = B\n");
  const auto both = profiles();
  EXPECT_TRUE(both.has("default"));
  EXPECT_TRUE(both.has("dev"));
  EXPECT_TRUE(both.has("only-here"));
  EXPECT_TRUE(both.has("two words"));
  EXPECT_FALSE(both.has("profile dev"));
  EXPECT_EQ(both.get("dev", "region"), "eu-central-1");
  EXPECT_EQ(both.get("dev", "output"), "json");
  EXPECT_EQ(both.from_config("dev", "region"), "eu-west-2");
  EXPECT_FALSE(both.from_credentials("default", "region"));
}

TEST_F(SettingsTest, missing_files_are_empty_and_malformed_ones_name_file_and_line) {
  fake.variables["AWS_CONFIG_FILE"] = (directory.path() / "none").string();
  fake.variables["AWS_SHARED_CREDENTIALS_FILE"] = (directory.path() / "none too").string();
  EXPECT_FALSE(profiles().has("default"));
  files("[default]\nregion = x\nthis is not ini\n");
  const auto message = usage_trouble([&] { (void)profiles(); });
  EXPECT_NE(message.find((directory.path() / "config").string() + ":3:"), std::string::npos) << message;
}

TEST_F(SettingsTest, the_home_directory_is_the_environments) {
  std::filesystem::create_directory(directory.path() / ".aws");
  directory.write(".aws/credentials", "[homely]\naws_access_key_id = A\n");
  fake.variables["HOME"] = directory.path().string();
  EXPECT_TRUE(profiles().has("homely"));
}

TEST_F(SettingsTest, a_profile_is_named_by_flag_then_environment) {
  files("[profile a]\nregion=x\n[profile b]\nregion=x\n[profile c]\nregion=x\n");
  const auto select = [&](const std::optional<std::string>& named) {
    return aws_iam::select_profile(named, fake.world.env, profiles());
  };
  EXPECT_EQ(select({}).profile, "default");
  fake.variables["AWS_DEFAULT_PROFILE"] = "b";
  EXPECT_EQ(select({}).profile, "b");
  fake.variables["AWS_PROFILE"] = "a";
  EXPECT_EQ(select({}).profile, "a");
  EXPECT_FALSE(select({}).explicitly);
  EXPECT_EQ(select("c").profile, "c");
  EXPECT_TRUE(select("c").explicitly);
  EXPECT_NE(usage_trouble([&] { (void)select("nope"); }).find("There is no profile nope"), std::string::npos);
  fake.variables["AWS_PROFILE"] = "gone";
  usage_trouble([&] { (void)select({}); });
}

TEST_F(SettingsTest, a_region_is_named_by_flag_environment_and_profile) {
  files("[default]\nregion = eu-west-1\n");
  const auto select = [&](const std::optional<std::string>& named) {
    return aws_iam::select_region(named, fake.world.env, profiles(), "default");
  };
  EXPECT_EQ(select({}), "eu-west-1");
  fake.variables["AWS_DEFAULT_REGION"] = "eu-west-2";
  EXPECT_EQ(select({}), "eu-west-2");
  fake.variables["AWS_REGION"] = "eu-west-3";
  EXPECT_EQ(select({}), "eu-west-3");
  EXPECT_EQ(select("us-east-2"), "us-east-2");
  for (const auto* bad : {"evil.example/", "EU", "a b", "x@y"}) usage_trouble([&] { (void)select(bad); });
}

TEST_F(SettingsTest, endpoints_follow_their_order) {
  files(
      "[default]\nservices = local\nendpoint_url = http://127.0.0.1:5\n"
      "[services local]\niam =\n  endpoint_url = http://127.0.0.1:4\ns3 =\n  endpoint_url = http://127.0.0.1:9\n");
  EXPECT_EQ(endpoints().iam.url, "http://127.0.0.1:4/");
  EXPECT_EQ(endpoints().sts.url, "http://127.0.0.1:5/");
  EXPECT_EQ(endpoints().iam.signing_region, "us-east-1");
  fake.variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:3";
  EXPECT_EQ(endpoints().iam.url, "http://127.0.0.1:3/");
  EXPECT_EQ(endpoints().sts.url, "http://127.0.0.1:3/");
  fake.variables["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:2";
  EXPECT_EQ(endpoints().iam.url, "http://127.0.0.1:3/");
  EXPECT_EQ(endpoints().sts.url, "http://127.0.0.1:2/");
  EXPECT_EQ(endpoints({{"sts", "http://127.0.0.1:1"}}).sts.url, "http://127.0.0.1:1/");
  EXPECT_TRUE(endpoints().iam.overridden);
}

TEST_F(SettingsTest, configured_endpoints_can_be_ignored_but_not_the_configs_own) {
  files("[default]\nendpoint_url = http://127.0.0.1:5\nignore_configured_endpoint_urls = TRUE\n");
  EXPECT_EQ(endpoints().iam.url, "https://iam.amazonaws.com/");
  EXPECT_EQ(endpoints({{"iam", "http://127.0.0.1:1"}}).iam.url, "http://127.0.0.1:1/");
  fake.variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "false";
  EXPECT_EQ(endpoints().iam.url, "http://127.0.0.1:5/");
}

TEST_F(SettingsTest, endpoints_that_keybaton_may_not_speak_to_are_refused_at_once) {
  files("");
  for (const auto* bad : {"http://10.0.0.1", "http://iam.amazonaws.com", "ftp://127.0.0.1", "127.0.0.1:5000",
                          "https://host/path", "https://host/?q", "https://user:pw@host/"}) {
    const auto message = usage_trouble([&] { (void)endpoints({{"iam", bad}}); });
    EXPECT_EQ(message.find("pw"), std::string::npos);
  }
}

TEST_F(SettingsTest, a_services_section_that_is_not_there_is_named) {
  files("[default]\nservices = gone\n");
  EXPECT_NE(usage_trouble([&] { (void)endpoints(); }).find("gone"), std::string::npos);
}

TEST_F(SettingsTest, fips_endpoints_are_asked_for_in_the_environment_or_the_profile) {
  files("[default]\nuse_fips_endpoint = true\n");
  EXPECT_EQ(endpoints().iam.url, "https://iam-fips.amazonaws.com/");
  fake.variables["AWS_USE_FIPS_ENDPOINT"] = "false";
  EXPECT_EQ(endpoints().iam.url, "https://iam.amazonaws.com/");
}

TEST_F(SettingsTest, a_ca_bundle_is_named_by_environment_profile_or_openssls_variable) {
  files("[default]\nca_bundle = /b.pem\n");
  const auto select = [&] { return aws_iam::select_ca_bundle(fake.world.env, profiles(), "default"); };
  fake.variables["SSL_CERT_FILE"] = "/c.pem";
  EXPECT_EQ(select(), "/b.pem");
  fake.variables["AWS_CA_BUNDLE"] = "/a.pem";
  EXPECT_EQ(select(), "/a.pem");
  files("[default]\n");
  fake.variables.erase("AWS_CA_BUNDLE");
  EXPECT_EQ(select(), "/c.pem");
}

TEST(shell_words, are_split_as_a_shell_would) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(calling::split_words("  a  b\tc "), (Words{"a", "b", "c"}));
  EXPECT_EQ(calling::split_words("'a b' \"c d\" e\\ f"), (Words{"a b", "c d", "e f"}));
  EXPECT_EQ(calling::split_words("a'b'\"c\"d"), (Words{"abcd"}));
  EXPECT_EQ(calling::split_words("\"a\\\"b\\\\c\\d\" 'e\\f'"), (Words{"a\"b\\c\\d", "e\\f"}));
  EXPECT_EQ(calling::split_words("'' \"\""), (Words{"", ""}));
  EXPECT_EQ(calling::split_words("a;rm $(x) `y` | z"), (Words{"a;rm", "$(x)", "`y`", "|", "z"}));
  EXPECT_EQ(calling::split_words(""), Words{});
  for (const auto* open : {"'a", "\"a", "a\\"}) EXPECT_FALSE(calling::split_words(open)) << open;
}

TEST(shell_words, that_were_quoted_come_back_as_they_were) {
  for (const std::string word : {"plain", "", "two words", "it's", "$(rm)", "a\"b", "back\\slash", "\n", "~", "*"}) {
    const auto quoted = calling::quote_word(word);
    EXPECT_EQ(calling::split_words(quoted), (std::vector<std::string>{word})) << quoted;
  }
  EXPECT_EQ(calling::quote_word("plain"), "plain");
}

}  // namespace
