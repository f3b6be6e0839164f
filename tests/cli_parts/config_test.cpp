#include "cli/config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rotation/errors.hpp"

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// Sets a variable for one test, and puts the old value back.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { before_ ? ::setenv(name_, before_->c_str(), 1) : ::unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "keybaton-config-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { fs::remove_all(path_); }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

constexpr const char* whole = R"(# a comment
accounts:
  prod:
    provider: aws
    profile: prod
    account_id: "123456789012"
    region: eu-west-1
    endpoints: {iam: "http://127.0.0.1:5000", sts: "http://127.0.0.1:5000"}
  lab:
policy:
  max_age: 90d
  quiet: 24h
  grace: 7d
  lag: 4h
  granularity: 15m
  propagation: 120s
  check_every: 15m
  approvals: 0
  confirm: [deploy, deactivate, delete]
  exclude_users: [root-backup]
sealing: {key_file: ~/.config/keybaton/sealing.key}
search_paths: [~/govuk-secrets, notes]
targets:
  prod/support-api:
    cadence: 31d
    approvals: 0
    locations:
      - {name: laptop, type: aws-credentials-file, path: ~/.aws/credentials, profile: support-api}
      - name: env
        type: env-file
        path: ../service/support.env
        optional: true
        id: AWS_ACCESS_KEY_ID
        value: AWS_SECRET_ACCESS_KEY
)";

}  // namespace

TEST(Config, reads_everything_that_this_version_does) {
  const Variable home("HOME", "/home/ann");
  const cli::Config config = cli::parse_config(whole, "/etc/keybaton/config.yaml");
  const cli::Account* prod = config.account(rotation::AccountName("prod"));
  ASSERT_NE(prod, nullptr);
  EXPECT_EQ(prod->provider, "aws");
  EXPECT_EQ(prod->profile, "prod");
  EXPECT_EQ(prod->account_id, rotation::AccountId("123456789012"));
  EXPECT_EQ(prod->region, "eu-west-1");
  EXPECT_EQ(prod->endpoints.at("iam"), "http://127.0.0.1:5000");
  const cli::Account* lab = config.account(rotation::AccountName("lab"));
  ASSERT_NE(lab, nullptr);
  EXPECT_EQ(lab->profile, std::nullopt);
  EXPECT_EQ(config.policy.max_age, rotation::Seconds{90 * 24h});
  EXPECT_EQ(config.policy.exclude_users, std::vector{rotation::UserName("root-backup")});
  EXPECT_EQ(config.sealing_key, "/home/ann/.config/keybaton/sealing.key");
  EXPECT_EQ(config.search_paths, (std::vector<fs::path>{"/home/ann/govuk-secrets", "/etc/keybaton/notes"}));
}

TEST(Config, locations_get_their_settings_with_absolute_paths) {
  const Variable home("HOME", "/home/ann");
  const cli::Config config = cli::parse_config(whole, "/etc/keybaton/config.yaml");
  const auto* target = config.target(rotation::AccountName("prod"), rotation::UserName("support-api"));
  ASSERT_NE(target, nullptr);
  EXPECT_EQ(target->cadence, rotation::Seconds{31 * 24h});
  const std::vector<rotation::LocationSpec> expected{
      {.name = rotation::LocationName("laptop"),
       .type = "aws-credentials-file",
       .optional = false,
       .settings = {{"path", "/home/ann/.aws/credentials"}, {"profile", "support-api"}}},
      {.name = rotation::LocationName("env"),
       .type = "env-file",
       .optional = true,
       .settings = {
           {"path", "/etc/service/support.env"}, {"id", "AWS_ACCESS_KEY_ID"}, {"value", "AWS_SECRET_ACCESS_KEY"}}}};
  EXPECT_EQ(target->locations, expected);
  EXPECT_EQ(config.target(rotation::AccountName("prod"), rotation::UserName("other")), nullptr);
}

TEST(Config, targets_may_stand_before_the_accounts_that_they_name) {
  const auto config = cli::parse_config("targets: {prod/a: {}}\naccounts: {prod: {}}\n", "/c.yaml");
  EXPECT_EQ(config.targets.size(), 1U);
}

TEST(Config, an_empty_file_is_an_empty_config) {
  for (const char* text : {"", "# only a comment\n", "---\n", "accounts:\ntargets:\npolicy:\n"}) {
    EXPECT_TRUE(cli::parse_config(text, "/c.yaml").accounts.empty()) << text;
  }
}

TEST(Config, a_relative_config_path_still_gives_absolute_paths) {
  const auto config = cli::parse_config("search_paths: [x]", "sub/config.yaml");
  EXPECT_EQ(config.search_paths.at(0), fs::current_path() / "sub/x");
}

TEST(Config, a_file_is_read_with_byte_order_mark_and_windows_line_ends) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "config.yaml";
  std::ofstream(file, std::ios::binary) << "\xef\xbb\xbf"
                                           "accounts:\r\n  prod: {profile: x}\r\n";
  EXPECT_EQ(cli::load_config(file).accounts.begin()->second.profile, "x");
}

TEST(Config, a_missing_file_is_an_error_only_where_it_was_named) {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "config.yaml";
  EXPECT_TRUE(cli::load_config_if_present(file).file.empty());
  try {
    (void)cli::load_config(file);
    FAIL() << "no refusal";
  } catch (const rotation::Trouble& trouble) {
    EXPECT_EQ(trouble.ending(), rotation::Ending::usage);
    EXPECT_EQ(trouble.problem().message, "There is no config " + file.string() + ".");
    EXPECT_EQ(trouble.problem().hint, "keybaton init");
  }
}

TEST(Config, a_file_that_cannot_be_read_or_is_far_too_large_is_refused) {
  const TemporaryDirectory directory;
  const fs::path large = directory.path() / "large.yaml";
  std::ofstream(large) << std::string((1 << 20) + 1, '#');
  EXPECT_THROW((void)cli::load_config(large), rotation::Trouble);
  EXPECT_THROW((void)cli::load_config(directory.path()), rotation::Trouble);
  EXPECT_THROW((void)cli::load_config_if_present(directory.path()), rotation::Trouble);
}

TEST(Config, default_paths_follow_the_base_directories) {
  const Variable config("XDG_CONFIG_HOME", "/conf");
  const Variable state("XDG_STATE_HOME", "/state");
  EXPECT_EQ(cli::default_config_path(), "/conf/keybaton/config.yaml");
  EXPECT_EQ(cli::default_journal_path(), "/state/keybaton/journal.db");
  EXPECT_EQ(cli::default_sealing_key_path(), "/conf/keybaton/sealing.key");
}

TEST(Config, default_paths_lie_in_the_home_directory_without_base_directories) {
  const Variable home("HOME", "/home/ann");
  for (const char* value : {static_cast<const char*>(nullptr), "", "relative"}) {
    const Variable config("XDG_CONFIG_HOME", value);
    const Variable state("XDG_STATE_HOME", value);
    EXPECT_EQ(cli::default_config_path(), "/home/ann/.config/keybaton/config.yaml");
    EXPECT_EQ(cli::default_journal_path(), "/home/ann/.local/state/keybaton/journal.db");
  }
}
