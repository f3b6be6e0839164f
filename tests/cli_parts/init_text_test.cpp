#include "cli/init_text.hpp"

#include <gtest/gtest.h>

#include "cli/config.hpp"

namespace {

// Every line that is commented out with a bare # in front, as an operator would do it.
std::string uncommented(const std::string& text) {
  std::string result;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    std::string line = text.substr(start, end - start);
    const auto hash = line.find_first_not_of(' ');
    if (hash != std::string::npos && line[hash] == '#' && hash + 1 < line.size() && line[hash + 1] != ' ') {
      line.erase(hash, 1);
    } else if (line.starts_with("#  ")) {
      line.erase(0, 1);
    }
    result += line + "\n";
    start = end + 1;
  }
  return result;
}

}  // namespace

TEST(InitText, the_config_for_found_profiles_loads_as_it_stands) {
  const std::vector<cli::FoundProfile> profiles{{.name = "default", .has_keys = true},
                                                {.name = "prod", .has_keys = false},
                                                {.name = "my team/dev \"x\"", .has_keys = true},
                                                {.name = "my-team-dev--x-", .has_keys = false},
                                                {.name = "123", .has_keys = true}};
  const cli::Config config = cli::parse_config(cli::init_text(profiles), "/etc/keybaton/config.yaml");
  ASSERT_EQ(config.accounts.size(), profiles.size());
  EXPECT_EQ(config.accounts.at(rotation::AccountName("my-team-dev--x-")).profile, "my team/dev \"x\"");
  EXPECT_EQ(config.accounts.at(rotation::AccountName("my-team-dev--x--2")).profile, "my-team-dev--x-");
  EXPECT_EQ(config.accounts.at(rotation::AccountName("123")).profile, "123");
}

TEST(InitText, the_config_without_profiles_loads_too) {
  EXPECT_TRUE(cli::parse_config(cli::init_text({}), "/etc/keybaton/config.yaml").accounts.empty());
}

TEST(InitText, what_stands_in_comments_is_valid_once_it_is_filled_in) {
  const std::vector<cli::FoundProfile> profiles{{.name = "prod", .has_keys = true}};
  std::string text = uncommented(cli::init_text(profiles));
  text.replace(text.find("ACCOUNT/USER"), 12, "prod/support-api");
  const cli::Config config = cli::parse_config(text, "/etc/keybaton/config.yaml");
  EXPECT_EQ(config.targets.at("prod/support-api").locations.size(), 3U);
  EXPECT_EQ(config.policy.quiet, rotation::Seconds{24 * 3600});
  EXPECT_TRUE(config.sealing_key.has_value());
  EXPECT_EQ(config.accounts.begin()->second.account_id, rotation::AccountId("123456789012"));
}

TEST(InitText, a_profile_name_cannot_break_out_of_its_quotes) {
  const std::vector<cli::FoundProfile> profiles{{.name = "a\"\n  evil: {x: 1}\n\\", .has_keys = false}};
  const cli::Config config = cli::parse_config(cli::init_text(profiles), "/c.yaml");
  ASSERT_EQ(config.accounts.size(), 1U);
  EXPECT_EQ(config.accounts.begin()->second.profile, profiles[0].name);
}
