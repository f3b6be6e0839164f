#include <gtest/gtest.h>

#include "simulated_stores/github.hpp"
#include "tests/secrets_adapters/ci_places.hpp"

namespace {

using namespace places;
using rotation::Direction;
using simulated_stores::Github;
using Kind = Trouble::Kind;

const std::string app = "/repos/octo/app/actions/secrets";
const std::string org = "/orgs/octo/actions/secrets";

class GithubWorld final : public World {
 public:
  explicit GithubWorld(std::string holder = app) : World("github-actions"), holder_(std::move(holder)) {
    settings = {
        {"address", store.url()}, {"id", "KEY_ID"}, {"value", "KEY_SECRET"}, {"token_file", token_file(store.token)}};
    settings[holder_ == org ? "organisation" : "repository"] = holder_ == org ? "octo" : "octo/app";
    const bool of_org = holder_ == org;
    store.holders[holder_] = {{"KEY_ID", {.value = old_id, .updated = 1, .visibility = of_org ? "all" : ""}},
                              {"KEY_SECRET", {.value = old_secret, .updated = 2, .visibility = of_org ? "all" : ""}},
                              {"OTHER", {.value = "other", .updated = 3}}};
    store.repositories["/repos/octo/app"] = {{"archived", false}};
  }
  [[nodiscard]] simulated_stores::StoreServer& server() override { return store; }
  [[nodiscard]] std::string pair() override {
    return store.with([&] { return kept("KEY_ID").value + " " + kept("KEY_SECRET").value; });
  }
  [[nodiscard]] std::string rest() override {
    return store.with([&] {
      std::string text = kept("OTHER").value + std::to_string(store.holders[holder_].size());
      for (const char* name : {"KEY_ID", "KEY_SECRET"}) {
        text += " " + kept(name).visibility;
        for (const auto id : kept(name).repositories) text += "," + std::to_string(id);
      }
      return text;
    });
  }
  Github::Kept& kept(const std::string& name) { return store.holders[holder_][name]; }
  std::string holder() const { return holder_; }

  Github store;

 private:
  std::string holder_;
};

std::string mark_of(const Answer<Holding>& answer) {
  const auto* held = rotation::done(answer);
  return held == nullptr ? said(answer) : held->mark;
}

TEST(GithubActions, ReadsAMarkAndNoValue) {
  GithubWorld world;
  const auto answer = world.read();
  EXPECT_EQ(mark_of(answer), "1970-01-01T00:00:01Z, 1970-01-01T00:00:02Z");
  EXPECT_EQ(rotation::done(answer)->custody, rotation::Custody::closed);
  EXPECT_EQ(said(answer), "nothing");
  EXPECT_EQ(said(world.ready()), "done");
  EXPECT_TRUE(world.store.odd().empty());
}

TEST(GithubActions, WritesTheSecretThenTheIdAndTellsTheNewMark) {
  GithubWorld world;
  const std::string rest = world.rest();
  const auto answer = world.put_new();
  ASSERT_EQ(said(answer), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.sent("PUT"), "KEY_SECRET KEY_ID");
  EXPECT_EQ(rotation::done(answer)->mark, mark_of(world.read()));
  EXPECT_NE(rotation::done(answer)->mark, "1970-01-01T00:00:01Z, 1970-01-01T00:00:02Z");
  ASSERT_EQ(said(world.put_old_back()), "done");
  EXPECT_EQ(world.pair(), old_pair);
  EXPECT_EQ(world.rest(), rest);
  for (const auto& one : world.store.seen()) {
    for (const auto& value : {old_secret, new_secret, new_id}) EXPECT_FALSE(shows_a_piece(one.body, value));
  }
  EXPECT_TRUE(world.store.odd().empty());
}

TEST(GithubActions, KnowsEnvironmentsAndTheOtherApps) {
  const std::vector<std::pair<std::string, Settings>> cases{
      {"/repos/octo/app/environments/prod%2Feu/secrets", {{"environment", "prod/eu"}}},
      {"/repos/octo/app/dependabot/secrets", {{"app", "dependabot"}}},
      {"/repos/octo/app/codespaces/secrets", {{"app", "codespaces"}}}};
  for (const auto& [holder, more] : cases) {
    GithubWorld world(holder);
    world.settings.insert(more.begin(), more.end());
    EXPECT_EQ(said(world.ready()), "done") << holder;
    EXPECT_EQ(said(world.put_new()), "done") << holder;
    EXPECT_EQ(world.pair(), new_pair) << holder;
    EXPECT_TRUE(world.store.odd().empty()) << holder;
  }
}

TEST(GithubActions, KeepsWhoMayUseAnOrganisationsSecret) {
  GithubWorld world(org);
  world.kept("KEY_ID").visibility = "private";
  world.kept("KEY_SECRET").visibility = "selected";
  for (std::uint64_t id = 1; id <= 120; ++id) world.kept("KEY_SECRET").repositories.insert(id * 1000);
  const std::string rest = world.rest();
  EXPECT_EQ(said(world.ready()), "done");
  ASSERT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.rest(), rest);
  ASSERT_EQ(said(world.put_old_back()), "done");
  EXPECT_EQ(world.rest(), rest);
  EXPECT_TRUE(world.store.odd().empty());
}

TEST(GithubActions, AnOrganisationsSecretThatNoRepositoryMayUseStaysSo) {
  GithubWorld world(org);
  world.kept("KEY_ID").visibility = world.kept("KEY_SECRET").visibility = "selected";
  const std::string rest = world.rest();
  ASSERT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.rest(), rest);
}

TEST(GithubActions, WritesNothingWhereWhoMayUseItCannotBeRead) {
  GithubWorld world(org);
  world.kept("KEY_SECRET").visibility = "selected";
  world.strike({.kind = Kind::refuse_before, .method = "GET", .path_prefix = org + "/KEY_SECRET/repo", .count = 9});
  EXPECT_NE(rotation::unknown(world.ready()), nullptr);
  const auto answer = world.put_new();
  EXPECT_EQ(why(answer), Refusal::other) << said(answer);
  EXPECT_NE(said(answer).find("nothing was written"), std::string::npos) << said(answer);
  EXPECT_EQ(world.sent("PUT"), "");
  GithubWorld strange(org);
  strange.kept("KEY_SECRET").visibility = "friends";
  EXPECT_EQ(why(strange.put_new()), Refusal::other);
  EXPECT_EQ(strange.sent("PUT"), "");
}

TEST(GithubActions, WhatIsNotThereIsAValueAndIsNotMade) {
  GithubWorld world;
  const auto held = world.read();
  world.store.holders[app].erase("KEY_ID");
  EXPECT_EQ(why(world.read()), Refusal::invalid);
  EXPECT_NE(said(world.read()).find("KEY_SECRET is there without KEY_ID"), std::string::npos) << said(world.read());
  EXPECT_EQ(why(world.ready()), Refusal::invalid);
  world.store.holders[app].erase("KEY_SECRET");
  EXPECT_EQ(mark_of(world.read()), "");
  EXPECT_EQ(why(world.ready()), Refusal::conflict);
  EXPECT_EQ(why(world.write_on(*rotation::done(held), new_id, new_secret)), Refusal::conflict);
  EXPECT_EQ(world.sent("PUT"), "");
}

TEST(GithubActions, ARepositoryThatTheTokenMayNotSeeIsNoEmptyPlace) {
  GithubWorld world;
  world.store.holders.clear();
  const auto answer = world.read();
  EXPECT_EQ(why(answer), Refusal::denied);
  EXPECT_NE(said(answer).find("KEY_ID and KEY_SECRET in the actions secrets of octo/app: GitHub at "),
            std::string::npos);
  EXPECT_NE(said(answer).find("not there, or may not be seen"), std::string::npos) << said(answer);
  EXPECT_EQ(why(world.ready()), Refusal::denied);
}

TEST(GithubActions, RefusesAnArchivedRepositoryBeforeAKeyIsMade) {
  GithubWorld world;
  world.store.repositories["/repos/octo/app"] = {{"archived", true}};
  EXPECT_EQ(why(world.ready()), Refusal::unsupported);
  EXPECT_EQ(why(world.put_new()), Refusal::denied);
  EXPECT_EQ(world.pair(), old_pair);
}

TEST(GithubActions, SomebodyElsesWriteIsAConflictAndStays) {
  for (const char* name : {"KEY_ID", "KEY_SECRET"}) {
    GithubWorld world;
    const auto held = world.read();
    world.kept(name) = {.value = "theirs", .updated = 50};
    const auto answer = world.write_on(*rotation::done(held), new_id, new_secret);
    EXPECT_EQ(why(answer), Refusal::conflict);
    EXPECT_NE(said(answer).find("written by somebody else"), std::string::npos) << said(answer);
    EXPECT_EQ(world.sent("PUT"), "");
  }
}

TEST(GithubActions, SomebodyElsesWriteInBetweenIsSeen) {
  struct Case {
    std::string before, writes, sent;
  };
  for (const Case& one :
       {Case{"KEY_SECRET", "KEY_ID", "KEY_SECRET"}, Case{"KEY_ID", "KEY_SECRET", "KEY_SECRET KEY_ID"}}) {
    GithubWorld world;
    world.strike({.kind = Kind::act_before, .method = "PUT", .path_prefix = app + "/" + one.before, .act = [&] {
                    world.kept(one.writes) = {.value = "theirs", .updated = 50};
                  }});
    const auto answer = world.put_new();
    EXPECT_NE(rotation::unknown(answer), nullptr) << said(answer);
    EXPECT_NE(said(answer).find("somebody else wrote " + one.writes), std::string::npos) << said(answer);
    EXPECT_EQ(world.sent("PUT"), one.sent);
  }
}

TEST(GithubActions, ASecretThatIsDeletedInBetweenIsNoQuietSuccess) {
  GithubWorld world;
  world.strike({.kind = Kind::act_before, .method = "PUT", .path_prefix = app + "/KEY_ID", .act = [&] {
                  world.store.holders[app].erase("KEY_ID");
                }});
  EXPECT_NE(rotation::unknown(world.put_new()), nullptr);
  GithubWorld other;
  other.strike({.kind = Kind::act_before, .method = "PUT", .path_prefix = app + "/KEY_SECRET", .act = [&] {
                  other.store.holders[app].erase("KEY_ID");
                }});
  EXPECT_NE(rotation::unknown(other.put_new()), nullptr);
  EXPECT_EQ(other.sent("PUT"), "KEY_SECRET");
}

TEST(GithubActions, AReplacedPublicKeyIsFetchedOnceMore) {
  GithubWorld world;
  const Trouble replaced{.kind = Kind::act_before, .method = "PUT", .act = [&] { world.store.new_key(); }};
  world.strike(replaced);
  EXPECT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.sent("PUT"), "KEY_SECRET KEY_SECRET KEY_ID");
  world.strike(replaced);
  world.strike(replaced);
  EXPECT_EQ(why(world.put_old_back()), Refusal::invalid);
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_TRUE(world.store.odd().empty());
}

TEST(GithubActions, NothingIsSentForAPublicKeyThatIsNone) {
  for (const char* body : {R"({"key_id":"1","key":"AAAA"})", R"({"key_id":"1"})", "[]"}) {
    GithubWorld world;
    world.strike({.kind = Kind::refuse_before, .path_prefix = app + "/public-key", .status = 200, .body = body});
    EXPECT_NE(rotation::refused(world.put_new()), nullptr) << body;
    EXPECT_EQ(world.sent("PUT"), "");
  }
}

TEST(GithubActions, AMarkThatStandsStillIsWrittenOnceMoreASecondLater) {
  GithubWorld world;
  world.store.clock_runs = false;
  world.kept("KEY_ID").updated = world.kept("KEY_SECRET").updated = world.store.now;
  EXPECT_NE(said(world.put_new()).find("its mark has not moved"), std::string::npos);
  rotation::Millis waited{};
  const auto answer = world.put_new([&](rotation::Millis span) {
    waited += span;
    world.store.with([&] { world.store.now += 1; });
    return true;
  });
  EXPECT_EQ(said(answer), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_GE(waited.count(), 1000);
}

TEST(GithubActions, AWriteThatLeavesNoTraceIsNotDone) {
  GithubWorld world;
  world.store.forgets_writes = true;
  const auto answer = world.put_new([](rotation::Millis) { return true; });
  EXPECT_NE(rotation::unknown(answer), nullptr);
  EXPECT_NE(said(answer).find("KEY_SECRET was written, but its mark has not moved"), std::string::npos) << said(answer);
}

struct Reply {
  int status;
  simulated_cloud::Headers headers;
  Refusal why;
};

TEST(GithubActions, TellsARateLimitFromALackOfPermission) {
  const std::vector<Reply> cases{{403, {{"x-ratelimit-remaining", "0"}}, Refusal::throttled},
                                 {403, {{"Retry-After", "600"}, {"x-ratelimit-remaining", "7"}}, Refusal::throttled},
                                 {429, {}, Refusal::throttled},
                                 {403, {{"x-ratelimit-remaining", "7"}}, Refusal::denied},
                                 {403, {}, Refusal::denied},
                                 {301, {{"Location", "/repositories/7"}}, Refusal::invalid}};
  for (const Reply& one : cases) {
    for (const char* method : {"PUT", "GET"}) {
      GithubWorld world;
      const auto held = world.read();
      world.strike({.kind = Kind::refuse_before, .method = method, .status = one.status, .headers = one.headers});
      const auto answer = world.write_on(*rotation::done(held), new_id, new_secret);
      EXPECT_EQ(why(answer), one.why) << one.status << said(answer);
      EXPECT_EQ(world.pair(), old_pair);
    }
  }
}

TEST(GithubActions, WaitsAsLongAsASecondaryLimitAsks) {
  GithubWorld world;
  world.strike({.kind = Kind::refuse_before, .method = "PUT", .status = 403, .headers = {{"Retry-After", "2"}}});
  rotation::Millis waited{};
  EXPECT_EQ(said(world.put_new([&](rotation::Millis span) { return waited += span, true; })), "done");
  EXPECT_GE(waited.count(), 2000);
  EXPECT_EQ(world.pair(), new_pair);
}

TEST(GithubActions, ARefusalOfTheSecondWriteIsNoRefusalOfTheWhole) {
  GithubWorld world;
  world.strike({.kind = Kind::refuse_before, .method = "PUT", .path_prefix = app + "/KEY_ID", .status = 403});
  const auto answer = world.put_new();
  EXPECT_NE(rotation::unknown(answer), nullptr);
  EXPECT_NE(said(answer).find("may not belong together"), std::string::npos) << said(answer);
  EXPECT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.pair(), new_pair);
}

TEST(GithubActions, AFailureOfTheServerIsUnknownAndAnotherRunEndsIt) {
  for (const auto kind : {Kind::refuse_before, Kind::refuse_after}) {
    for (const char* name : {"KEY_SECRET", "KEY_ID"}) {
      GithubWorld world;
      world.strike({.kind = kind, .method = "PUT", .path_prefix = app + "/" + name, .status = 502});
      const auto answer = world.put_new([](rotation::Millis) { return true; });
      EXPECT_NE(rotation::unknown(answer), nullptr) << said(answer);
      EXPECT_EQ(said(world.put_new()), "done");
      EXPECT_EQ(world.pair(), new_pair);
    }
  }
}

TEST(GithubActions, ALookThatFailsWritesNothing) {
  GithubWorld world;
  const auto held = world.read();
  world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 500});
  EXPECT_EQ(why(world.write_on(*rotation::done(held), new_id, new_secret)), Refusal::other);
  world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 500});
  EXPECT_NE(rotation::unknown(world.read()), nullptr);
  for (const char* body : {"", "[]", "{}", R"({"updated_at":7})", "<html>"}) {
    world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 200, .body = body});
    EXPECT_NE(said(world.read()).find("a reply that it should not give"), std::string::npos) << body;
  }
  EXPECT_EQ(world.sent("PUT"), "");
}

TEST(GithubActions, NoGoodTokenIsSaidSoAndABadFileSendsNothing) {
  GithubWorld world;
  world.store.token = "another";
  EXPECT_EQ(why(world.read()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(world.read()), "renew the token in " + world.settings.at("token_file"));
  EXPECT_EQ(why(world.ready()), Refusal::invalid_credentials);
  const std::size_t seen = world.store.seen().size();
  const std::string file = world.settings.at("token_file");
  workbench::put(file, "another\n", 0640);
  EXPECT_EQ(why(world.read()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(world.read()), "chmod 600 " + file);
  for (const char* text : {"", "\n", "two\nlines\n", "a b"}) {
    workbench::put(file, text, 0600);
    EXPECT_EQ(why(world.read()), Refusal::invalid_credentials) << text;
  }
  world.settings["token_file"] = file + ".none";
  EXPECT_EQ(why(world.read()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(world.read()), "put the token into " + file + ".none");
  world.settings["token_file"] = "/dev/null";
  EXPECT_EQ(why(world.read()), Refusal::invalid_credentials);
  EXPECT_EQ(world.store.seen().size(), seen);
}

TEST(GithubActions, TakesARenewedTokenAndOneOfAVariable) {
  GithubWorld world;
  const auto place = world.place();
  EXPECT_EQ(mark_of(place->read()), "1970-01-01T00:00:01Z, 1970-01-01T00:00:02Z");
  world.store.token = "renewed";
  EXPECT_EQ(why(place->read()), Refusal::invalid_credentials);
  workbench::put(world.settings.at("token_file"), "renewed");
  EXPECT_EQ(mark_of(place->read()), "1970-01-01T00:00:01Z, 1970-01-01T00:00:02Z");
  world.settings.erase("token_file");
  world.settings["token_env"] = "KEYBATON_TEST_TOKEN";
  ::unsetenv("KEYBATON_TEST_TOKEN");
  EXPECT_EQ(why(world.read()), Refusal::invalid_credentials);
  ::setenv("KEYBATON_TEST_TOKEN", "renewed", 1);
  EXPECT_EQ(mark_of(world.read()), "1970-01-01T00:00:01Z, 1970-01-01T00:00:02Z");
  ::unsetenv("KEYBATON_TEST_TOKEN");
}

TEST(GithubActions, RefusesWhatIsNoAccessKey) {
  GithubWorld world;
  EXPECT_EQ(why(world.write(new_id, "a b")), Refusal::invalid);
  EXPECT_EQ(why(world.write("A B", new_secret)), Refusal::invalid);
  EXPECT_EQ(world.sent("PUT"), "");
}

TEST(GithubActions, FindsFaultWithSettings) {
  const auto fault = [](const Settings& changes) { return fault_with<GithubWorld>(changes); };
  EXPECT_EQ(fault({}), "");
  EXPECT_EQ(fault({{"repository", "-"}}), "repository");
  EXPECT_EQ(fault({{"organisation", "octo"}}), "repository");
  for (const char* name : {"octo", "octo/", "/app", "octo/app/x", "octo/..", "oc to/app"}) {
    EXPECT_EQ(fault({{"repository", name}}), "repository") << name;
  }
  EXPECT_EQ(fault({{"repository", "-"}, {"organisation", "a/b"}}), "organisation");
  EXPECT_EQ(fault({{"repository", "-"}, {"organisation", "octo"}, {"environment", "x"}}), "environment");
  EXPECT_EQ(fault({{"app", "pages"}}), "app");
  EXPECT_EQ(fault({{"app", "dependabot"}, {"environment", "x"}}), "app");
  for (const char* name : {"key_id", "1KEY", "GITHUB_KEY", "KEY-ID"}) EXPECT_EQ(fault({{"id", name}}), "id") << name;
  EXPECT_EQ(fault({{"value", "KEY_ID"}}), "value");
  EXPECT_EQ(fault({{"address", "http://github.internal"}}), "address");
  EXPECT_EQ(fault({{"token_file", "-"}}), "token_file");
  EXPECT_EQ(fault({{"token_env", "TOKEN"}}), "token_env");
  EXPECT_EQ(fault({{"token_file", "-"}, {"token_env", "TO-KEN"}}), "token_env");
}

TEST(GithubActions, GoesOnAfterALossOfEachRequest) {
  const auto world = [] { return std::make_unique<GithubWorld>(); };
  expect_going_on_after_each_loss(world, Direction::forward, 9);
  expect_going_on_after_each_loss(world, Direction::back, 9);
}

TEST(GithubActions, GoesOnAfterALossOfEachRequestInAnOrganisation) {
  const auto world = [] {
    auto one = std::make_unique<GithubWorld>(org);
    one->kept("KEY_ID").visibility = one->kept("KEY_SECRET").visibility = "selected";
    one->kept("KEY_ID").repositories = one->kept("KEY_SECRET").repositories = {7, 8};
    return one;
  };
  expect_going_on_after_each_loss(world, Direction::forward, 13);
  expect_going_on_after_each_loss(world, Direction::back, 13);
}

}  // namespace
