#include "inventory/metrics_keys.hpp"

#include <gtest/gtest.h>

#include "metrics_samples.hpp"

using inventory::key_labels;
using inventory::KeyIds;
using samples::row;

namespace {

struct Gathered {
  inventory::Metrics metrics;
  inventory::KeyGathering keys;

  explicit Gathered(KeyIds ids = KeyIds::whole)
      : metrics{.as_of = samples::now, .accounts = {samples::account("a"), samples::account("b")}},
        keys(metrics, {.ids = ids,
                       .max_age =
                           [](const rotation::AccountName&, const rotation::UserName& user) {
                             return std::chrono::days{user.text() == "short" ? 30 : 90};
                           },
                       .clean = {}}) {}
};

using Labels = std::vector<std::string>;

}  // namespace

TEST(KeyLabels, are_the_whole_ids_or_their_last_four) {
  EXPECT_EQ(key_labels({"AKIA0000000000001234"}, KeyIds::whole), Labels{"AKIA0000000000001234"});
  EXPECT_EQ(key_labels({"AKIA0000000000001234", "AKIA0000000000005678"}, KeyIds::last4), (Labels{"1234", "5678"}));
}

TEST(KeyLabels, grow_until_two_keys_of_a_user_differ) {
  EXPECT_EQ(key_labels({"AKIA000000000A991234", "AKIA000000000B991234"}, KeyIds::last4),
            (Labels{"A991234", "B991234"}));
  EXPECT_EQ(key_labels({"AKIA1234", "1234"}, KeyIds::last4), (Labels{"A1234", "1234"}));
  EXPECT_EQ(key_labels({"ab", "cd"}, KeyIds::last4), (Labels{"ab", "cd"}));
  EXPECT_EQ(key_labels({"", "1234"}, KeyIds::last4), (Labels{"", "1234"}));
}

TEST(KeyGathering, takes_each_key_once_with_the_age_that_its_user_may_have) {
  Gathered here(KeyIds::last4);
  here.keys.take(row("a", "ci", "AKIA00000000000X1234"));
  here.keys.take(row("a", "ci", "AKIA00000000000Y1234"));
  here.keys.take(row("a", "ci", "AKIA00000000000X1234"));
  here.keys.take(row("a", "short", "AKIA00000000000Z1234"));
  here.keys.finish({});
  ASSERT_EQ(here.metrics.keys.size(), 3U);
  EXPECT_EQ(here.metrics.keys[0].label, "X1234");
  EXPECT_EQ(here.metrics.keys[1].label, "Y1234");
  EXPECT_EQ(here.metrics.keys[2].label, "1234");
  EXPECT_EQ(here.metrics.keys[1].max_age, std::chrono::days{90});
  EXPECT_EQ(here.metrics.keys[2].max_age, std::chrono::days{30});
}

TEST(KeyGathering, tells_no_key_of_an_account_that_was_not_read_to_its_end) {
  Gathered here;
  here.keys.take(row("a", "ci", "AKIA00000000000000A1"));
  here.keys.take(row("b", "ci", "AKIA00000000000000B1"));
  here.keys.finish({"a"});
  ASSERT_EQ(here.metrics.keys.size(), 1U);
  EXPECT_EQ(here.metrics.keys[0].label, "AKIA00000000000000B1");
  EXPECT_FALSE(here.metrics.accounts[0].complete);
  EXPECT_EQ(here.metrics.accounts[0].keys, 0U);
  EXPECT_TRUE(here.metrics.accounts[1].complete);
  EXPECT_EQ(here.metrics.accounts[1].keys, 1U);
}

TEST(KeyGathering, an_account_without_a_key_is_complete_and_has_none) {
  Gathered here;
  here.keys.finish({});
  EXPECT_TRUE(here.metrics.accounts[0].complete);
  EXPECT_EQ(here.metrics.accounts[0].keys, 0U);
}

TEST(KeyGathering, one_cloud_account_under_two_names_stays_two) {
  Gathered here;
  here.keys.take(row("a", "ci", "AKIA00000000000000A1"));
  here.keys.take(row("b", "ci", "AKIA00000000000000A1"));
  here.keys.finish({});
  ASSERT_EQ(here.metrics.keys.size(), 2U);
  EXPECT_NE(here.metrics.keys[0].account, here.metrics.keys[1].account);
}

TEST(KeyGathering, a_use_that_could_not_be_read_is_not_never) {
  Gathered here;
  auto unread = row("a", "ci", "AKIA00000000000000A1");
  unread.used.reset();
  here.keys.take(unread);
  here.keys.finish({});
  EXPECT_FALSE(here.metrics.keys[0].use_known);
}
