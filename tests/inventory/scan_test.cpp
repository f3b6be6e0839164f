// A scan against an account in memory: pages, keys, and whatever goes wrong in between.
#include "inventory/scan.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "inventory/sweep.hpp"

namespace {

using inventory::AccountScan;
using inventory::FoundUser;
using inventory::Wires;
using rotation::Inquiry;
using rotation::Later;
using rotation::Millis;
using rotation::Told;

std::string name_of(std::size_t number) { return "user-" + std::to_string(number); }
std::string key_of(std::size_t user, std::size_t slot) {
  return "AKIA" + std::to_string(user) + "K" + std::to_string(slot);
}

// What an account holds, and how it answers.
struct Account {
  std::size_t users = 10;
  std::size_t keys = 2;
  std::size_t users_a_page = 1000;
  std::size_t keys_a_page = 1000;
  // Decides what is told in place of the true answer; nullopt: the true one.
  std::function<std::optional<Told>(const Inquiry&)> instead = {};
  std::map<std::string, int> asked = {};

  Told answer(const Inquiry& ask) {
    ++asked[ask.what == Inquiry::What::users  ? "users " + ask.marker
            : ask.what == Inquiry::What::keys ? ask.user.text() + " " + ask.marker
                                              : ask.key.text()];
    if (instead) {
      if (auto told = instead(ask)) return std::move(*told);
    }
    if (ask.what == Inquiry::What::caller) return rotation::Caller{};
    if (ask.what == Inquiry::What::users) return list_users(ask);
    if (ask.what == Inquiry::What::keys) return list_keys(ask);
    return rotation::LastUsed{.at = rotation::Time{rotation::Seconds{std::stoll(ask.user.text().substr(5))}},
                              .service = ask.key.text(),
                              .region = {}};
  }

  Told list_users(const Inquiry& ask) const {
    const std::size_t from = ask.marker.empty() ? 0 : std::stoull(ask.marker);
    const std::size_t to = std::min(users, from + users_a_page);
    rotation::UsersPage page;
    for (std::size_t at = from; at < to; ++at) {
      page.users.push_back(
          {.name = rotation::UserName{name_of(at)}, .id = rotation::UserId{"AIDA" + name_of(at)}, .arn = {}});
    }
    if (to < users) page.next = std::to_string(to);
    return page;
  }

  Told list_keys(const Inquiry& ask) const {
    const std::size_t user = std::stoull(ask.user.text().substr(5));
    const std::size_t from = ask.marker.empty() ? 0 : std::stoull(ask.marker);
    const std::size_t to = std::min(keys, from + keys_a_page);
    rotation::KeysPage page;
    for (std::size_t at = from; at < to; ++at) {
      page.keys.push_back({.id = rotation::AccessKeyId{key_of(user, at)},
                           .status = rotation::KeyStatus::active,
                           .created_at = rotation::Time{}});
    }
    if (to < keys) page.next = std::to_string(to);
    return page;
  }
};

// Answers in an order of chance, as a network does.
class MemoryWires final : public Wires {
 public:
  explicit MemoryWires(std::vector<Account>& accounts) : accounts_(accounts) {}
  [[nodiscard]] std::vector<Joined> joined() override {
    std::vector<Joined> all;
    for (; joined_ < accounts_.size(); ++joined_) all.push_back({.account = joined_});
    return all;
  }
  [[nodiscard]] std::size_t free_seats() const override { return 64 - under_way_.size(); }
  void send(std::size_t account, const AccountScan::Question& question) override {
    under_way_.push_back({account, question});
    most_ = std::max(most_, under_way_.size());
  }
  [[nodiscard]] std::vector<Heard> hear(Millis at_most) override {
    if (under_way_.empty()) {
      now += std::max(at_most, Millis{1});
      return {};
    }
    ++now;
    const std::size_t at = random_() % under_way_.size();
    const auto [account, question] = under_way_[at];
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(at));
    std::vector<Heard> heard;
    heard.push_back({.account = account, .tag = question.tag, .told = accounts_[account].answer(question.ask)});
    return heard;
  }
  Millis now{1000};
  std::size_t most_ = 0;

 private:
  std::vector<Account>& accounts_;
  std::vector<std::pair<std::size_t, AccountScan::Question>> under_way_;
  std::size_t joined_ = 0;
  std::mt19937 random_{7};
};

struct Outcome {
  std::map<std::string, std::vector<inventory::FoundKey>> keys;  // by user
  std::map<std::string, std::size_t> places;
  std::size_t found = 0;
  inventory::ScanCount tally;
  std::string trouble;
};

std::vector<Outcome> scan(std::vector<Account>& accounts) {
  std::vector<AccountScan> scans(accounts.size(), AccountScan{{}});
  MemoryWires wires{accounts};
  std::vector<Outcome> outcomes(accounts.size());
  const inventory::Watch watch{.now = [&] { return wires.now; },
                               .interrupted = [] { return false; },
                               .joined = [](std::size_t) {},
                               .caller = [](std::size_t, const rotation::Caller&) { return std::string{}; },
                               .found =
                                   [&](std::size_t at, FoundUser user) {
                                     ++outcomes[at].found;
                                     EXPECT_FALSE(outcomes[at].places.contains(user.user.name.text()));
                                     outcomes[at].places[user.user.name.text()] = user.place;
                                     outcomes[at].keys[user.user.name.text()] = std::move(user.keys);
                                   },
                               .ended = [](std::size_t) {},
                               .tick = [] {}};
  inventory::sweep(scans, wires, watch);
  for (std::size_t at = 0; at < scans.size(); ++at) {
    EXPECT_TRUE(scans[at].done());
    outcomes[at].tally = scans[at].tally();
    outcomes[at].trouble = scans[at].trouble();
  }
  EXPECT_LE(wires.most_, 64U);
  return outcomes;
}

Outcome scan(Account& account) {
  std::vector<Account> one{account};
  Outcome outcome = std::move(scan(one).front());
  account = std::move(one.front());
  return outcome;
}

void expect_whole(const Outcome& outcome, const Account& account) {
  EXPECT_EQ(outcome.trouble, "");
  EXPECT_EQ(outcome.keys.size(), account.users);
  EXPECT_EQ(outcome.tally.users, account.users);
  EXPECT_EQ(outcome.tally.keys, account.users * account.keys);
  for (std::size_t user = 0; user < account.users; ++user) {
    const auto found = outcome.keys.find(name_of(user));
    ASSERT_NE(found, outcome.keys.end()) << user;
    EXPECT_EQ(outcome.places.at(name_of(user)), user);
    ASSERT_EQ(found->second.size(), account.keys);
    for (const inventory::FoundKey& key : found->second) {
      ASSERT_TRUE(key.used.has_value());
      EXPECT_EQ(key.used->service, key.key.id.text()) << "joined to the wrong key";
    }
  }
}

class Sizes : public testing::TestWithParam<std::size_t> {};
TEST_P(Sizes, every_user_of_every_page_is_found) {
  Account account{.users = GetParam()};
  expect_whole(scan(account), account);
}
INSTANTIATE_TEST_SUITE_P(scan, Sizes, testing::Values(0, 1, 999, 1000, 1001, 5000));

TEST(scan, pages_of_keys_are_followed_and_a_full_user_is_whole) {
  Account account{.users = 30, .keys = 7, .users_a_page = 4, .keys_a_page = 2};
  expect_whole(scan(account), account);
  for (const auto& [question, times] : account.asked) EXPECT_EQ(times, 1) << question;
}

TEST(scan, an_empty_page_in_the_middle_ends_nothing) {
  Account account{.users = 20, .users_a_page = 5};
  account.instead = [](const Inquiry& ask) -> std::optional<Told> {
    if (ask.what == Inquiry::What::users && ask.marker == "10")
      return rotation::UsersPage{.users = {}, .next = "10 again"};
    return std::nullopt;
  };
  expect_whole(scan(account), account);
}

TEST(scan, a_user_who_stands_on_two_pages_is_one_user) {
  Account account{.users = 30, .keys = 1, .users_a_page = 10};
  account.instead = [&](const Inquiry& ask) -> std::optional<Told> {
    if (ask.what != Inquiry::What::users || ask.marker != "10") return std::nullopt;
    auto told = account.list_users(ask);
    auto& users = std::get<rotation::UsersPage>(told).users;
    users.insert(users.begin(),
                 {.name = rotation::UserName{name_of(9)}, .id = rotation::UserId{"AIDA" + name_of(9)}, .arn = {}});
    return told;
  };
  const Outcome outcome = scan(account);
  EXPECT_EQ(outcome.keys.size(), 30U);
  EXPECT_EQ(outcome.found, 30U) << "nobody is told of twice";
  EXPECT_EQ(account.asked.at(name_of(9) + " "), 1);
  EXPECT_EQ(account.asked.at(key_of(9, 0)), 1);
}

TEST(scan, throttling_and_faults_lose_nothing) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Account account{.users = 300, .keys = 3, .users_a_page = 50, .keys_a_page = 2};
    std::mt19937 random{seed};
    account.instead = [&](const Inquiry&) -> std::optional<Told> {
      const auto dice = random() % 10;
      if (dice == 0) return Later{.why = Later::Why::throttled};
      if (dice == 1) return Later{.why = Later::Why::fault, .text = "lost"};
      return std::nullopt;
    };
    const Outcome outcome = scan(account);
    expect_whole(outcome, account);
    EXPECT_GT(outcome.tally.refusals, 0U);
    EXPECT_GT(outcome.tally.faults, 0U);
  }
}

TEST(scan, a_question_that_always_fails_is_given_up_and_named_and_the_rest_goes_on) {
  Account account{.users = 50};
  account.instead = [](const Inquiry& ask) -> std::optional<Told> {
    if (ask.key.text() == key_of(7, 1)) return Later{.why = Later::Why::fault, .text = "HTTP 500"};
    return std::nullopt;
  };
  const Outcome outcome = scan(account);
  EXPECT_EQ(outcome.keys.size(), 50U);
  EXPECT_EQ(outcome.trouble, key_of(7, 1) + ": HTTP 500");
  EXPECT_FALSE(outcome.keys.at(name_of(7))[1].used.has_value()) << "not read is not never used";
  EXPECT_TRUE(outcome.keys.at(name_of(7))[0].used.has_value());
}

TEST(scan, an_account_that_falls_silent_is_given_up_once_and_not_question_by_question) {
  Account account{.users = 5000};
  int answered = 0;
  account.instead = [&](const Inquiry&) -> std::optional<Told> {
    if (++answered <= 1000) return std::nullopt;
    return Later{.why = Later::Why::fault, .text = "connection refused"};
  };
  const Outcome outcome = scan(account);
  EXPECT_EQ(outcome.trouble, "no answer for a while: connection refused");
  EXPECT_GT(outcome.keys.size(), 200U);
  EXPECT_LT(answered, 3000);
}

TEST(scan, throttled_for_ever_is_never_given_up_by_count) {
  Account account{.users = 3};
  int refusals = 0;
  account.instead = [&](const Inquiry&) -> std::optional<Told> {
    if (++refusals % 40 != 0) return Later{.why = Later::Why::throttled};
    return std::nullopt;
  };
  expect_whole(scan(account), account);
}

TEST(scan, nothing_but_refusals_for_minutes_is_the_end_of_that_account_alone) {
  std::vector<Account> accounts(2, Account{.users = 200});
  int answered = 0;
  accounts[0].instead = [&](const Inquiry&) -> std::optional<Told> {
    if (++answered <= 100) return std::nullopt;
    return Later{.why = Later::Why::throttled};
  };
  const auto outcomes = scan(accounts);
  EXPECT_EQ(outcomes[0].trouble, "it was throttled for 5 minutes without one answer");
  EXPECT_FALSE(outcomes[0].keys.empty());
  expect_whole(outcomes[1], accounts[1]);
}

TEST(scan, one_long_pause_that_the_cloud_asks_for_is_no_refusal_for_minutes) {
  Account account{.users = 3};
  int asked = 0;
  account.instead = [&](const Inquiry&) -> std::optional<Told> {
    if (++asked == 4) return Later{.why = Later::Why::throttled, .at_least = Millis{10 * 60'000}};
    if (asked == 5) return Later{.why = Later::Why::throttled};
    return std::nullopt;
  };
  expect_whole(scan(account), account);
}

const rotation::Refused gone{
    .why = rotation::Refusal::no_such_entity, .code = "NoSuchEntity", .message = "no", .request_id = {}};
const rotation::Refused denied{
    .why = rotation::Refusal::denied, .code = "AccessDenied", .message = "no", .request_id = {}};

TEST(scan, a_user_or_a_key_that_vanishes_in_between_is_no_trouble) {
  Account account{.users = 40};
  bool deleted = false;
  account.instead = [&](const Inquiry& ask) -> std::optional<Told> {
    if (ask.user.text() == name_of(5) && ask.what == Inquiry::What::keys) return gone;
    if (ask.key.text() == key_of(9, 0)) {
      deleted = true;
      return gone;
    }
    if (!deleted || ask.user.text() != name_of(9) || ask.what != Inquiry::What::keys) return std::nullopt;
    auto told = account.list_keys(ask);
    auto& keys = std::get<rotation::KeysPage>(told).keys;
    keys.erase(keys.begin());
    return told;
  };
  const Outcome outcome = scan(account);
  EXPECT_EQ(outcome.trouble, "");
  EXPECT_TRUE(outcome.keys.at(name_of(5)).empty());
  ASSERT_EQ(outcome.keys.at(name_of(9)).size(), 1U);
  EXPECT_EQ(outcome.keys.at(name_of(9))[0].key.id.text(), key_of(9, 1));
}

TEST(scan, a_key_that_its_user_still_has_stays_whatever_is_said_of_its_last_use) {
  Account account{.users = 40};
  account.instead = [](const Inquiry& ask) -> std::optional<Told> {
    if (ask.key.text() == key_of(9, 0)) return gone;
    return std::nullopt;
  };
  const Outcome outcome = scan(account);
  ASSERT_EQ(outcome.keys.at(name_of(9)).size(), 2U);
  EXPECT_FALSE(outcome.keys.at(name_of(9))[0].used.has_value()) << "not read is not never used";
  EXPECT_EQ(outcome.trouble, "the last use of " + key_of(9, 0) + " is refused, though its user has it");
}

// Some clouds say "denied" for a key that is not there.
TEST(scan, a_denied_last_use_is_looked_at_once_more_before_it_counts) {
  for (const bool vanished : {true, false}) {
    Account account{.users = 40};
    bool asked_before = false;
    account.instead = [&](const Inquiry& ask) -> std::optional<Told> {
      if (ask.key.text() == key_of(39, 1)) {
        asked_before = true;
        return denied;
      }
      if (vanished && asked_before && ask.user.text() == name_of(39) && ask.what == Inquiry::What::keys) {
        auto told = account.list_keys(ask);
        std::get<rotation::KeysPage>(told).keys.pop_back();
        return told;
      }
      return std::nullopt;
    };
    const Outcome outcome = scan(account);
    EXPECT_EQ(outcome.keys.at(name_of(39)).size(), vanished ? 1U : 2U);
    EXPECT_EQ(outcome.trouble.empty(), vanished) << outcome.trouble;
  }
}

TEST(scan, a_list_of_users_that_fails_half_way_says_so_and_keeps_what_it_has) {
  Account account{.users = 100, .users_a_page = 10};
  account.instead = [](const Inquiry& ask) -> std::optional<Told> {
    if (ask.what == Inquiry::What::users && ask.marker == "50") return denied;
    return std::nullopt;
  };
  const Outcome outcome = scan(account);
  EXPECT_EQ(outcome.keys.size(), 50U);
  EXPECT_EQ(outcome.trouble, "AccessDenied: no");
  EXPECT_FALSE(outcome.tally.list_is_whole);
}

TEST(scan, a_list_that_goes_round_in_circles_ends) {
  Account account{.users = 100, .users_a_page = 10};
  account.instead = [&](const Inquiry& ask) -> std::optional<Told> {
    if (ask.what != Inquiry::What::users || ask.marker != "50") return std::nullopt;
    return rotation::UsersPage{.users = {}, .next = "20"};
  };
  EXPECT_EQ(scan(account).trouble, "the list of users does not end");
}

TEST(scan, without_the_permission_it_stops_soon_and_does_not_ask_for_every_user) {
  Account account{.users = 1000};
  account.instead = [](const Inquiry& ask) -> std::optional<Told> {
    if (ask.what == Inquiry::What::keys) return denied;
    return std::nullopt;
  };
  const Outcome outcome = scan(account);
  EXPECT_NE(outcome.trouble, "");
  EXPECT_LT(account.asked.size(), 200U);
}

TEST(scan, a_failing_account_stops_no_other) {
  std::vector<Account> accounts(3, Account{.users = 200});
  accounts[1].instead = [](const Inquiry&) -> std::optional<Told> { return denied; };
  const auto outcomes = scan(accounts);
  expect_whole(outcomes[0], accounts[0]);
  expect_whole(outcomes[2], accounts[2]);
  EXPECT_NE(outcomes[1].trouble, "");
}

}  // namespace
