#include <gtest/gtest.h>

#include "simulated_stores/gitlab.hpp"
#include "tests/secrets_adapters/ci_places.hpp"

namespace {

using namespace places;
using rotation::Direction;
using simulated_stores::Gitlab;
using Kind = Trouble::Kind;

const std::string list_path = "/api/v4/projects/group%2Fapp/variables";

class GitlabWorld final : public World {
 public:
  explicit GitlabWorld(const std::string& scope = "*") : World("gitlab-ci") {
    settings = {{"address", store.url()},
                {"project", "group/app"},
                {"id", "KEY_ID"},
                {"value", "KEY_SECRET"},
                {"token_file", token_file(store.token)}};
    const std::string owner = "/projects/group/app";
    store.owners = {owner};
    store.variables = {{.owner = owner, .key = "KEY_ID", .value = old_id, .is_protected = true, .scope = scope},
                       {.owner = owner,
                        .key = "KEY_SECRET",
                        .value = old_secret,
                        .is_protected = true,
                        .masked = true,
                        .raw = true,
                        .scope = scope,
                        .description = "of \"team\" ä\n"},
                       {.owner = owner, .key = "OTHER", .value = "other", .hidden = true}};
  }
  [[nodiscard]] simulated_stores::StoreServer& server() override { return store; }
  [[nodiscard]] std::string pair() override {
    return store.with([&] { return id().value + " " + secret().value; });
  }
  [[nodiscard]] std::string rest() override {
    return store.with([&] {
      std::string text;
      for (const auto& one : store.variables) {
        const bool ours = one.key != "OTHER" && &one - store.variables.data() < 2;
        text += one.owner + one.key + (ours ? "" : one.value) + one.type + one.scope + one.description.value_or("-");
        for (const bool flag : {one.is_protected, one.masked, one.hidden, one.raw}) text += flag ? "1" : "0";
      }
      return text;
    });
  }
  Gitlab::Variable& id() { return store.variables[0]; }
  Gitlab::Variable& secret() { return store.variables[1]; }
  void add_scope(const std::string& scope) {
    for (int at : {0, 1}) {
      Gitlab::Variable other = store.variables[static_cast<std::size_t>(at)];
      other.scope = scope;
      other.value = "value-of-" + scope;
      store.variables.push_back(other);
    }
  }
  void belong_to(const std::string& owner) {
    for (auto& one : store.variables) one.owner = owner;
    store.owners = {owner};
  }

  Gitlab store;
};

TEST(GitlabCi, ReadsThePair) {
  GitlabWorld world;
  EXPECT_EQ(said(world.read()), old_pair);
  EXPECT_EQ(said(world.ready()), "done");
  EXPECT_TRUE(world.store.odd().empty());
}

TEST(GitlabCi, WritesTheSecretThenTheIdAndKeepsEveryAttribute) {
  GitlabWorld world;
  const std::string rest = world.rest();
  ASSERT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.sent("PUT"), "KEY_SECRET KEY_ID");
  EXPECT_EQ(world.rest(), rest);
  ASSERT_EQ(said(world.put_old_back()), "done");
  EXPECT_EQ(world.pair(), old_pair);
  EXPECT_EQ(world.rest(), rest);
  EXPECT_TRUE(world.store.odd().empty());
}

TEST(GitlabCi, KnowsProjectsByNumberGroupsAndTheWholeInstance) {
  const std::vector<std::pair<std::string, Settings>> cases{{"/projects/42", {{"project", "42"}}},
                                                            {"/groups/a/b c", {{"group", "a/b c"}}},
                                                            {"/admin/ci", {{"instance", "yes"}}}};
  for (const auto& [owner, more] : cases) {
    GitlabWorld world;
    world.belong_to(owner);
    world.settings.erase("project");
    world.settings.insert(more.begin(), more.end());
    EXPECT_TRUE(secrets_adapters::check(world.spec()).empty()) << owner;
    const std::string rest = world.rest();
    EXPECT_EQ(said(world.put_new()), "done") << owner;
    EXPECT_EQ(world.pair(), new_pair) << owner;
    EXPECT_EQ(world.rest(), rest) << owner;
    EXPECT_TRUE(world.store.odd().empty()) << owner;
  }
}

TEST(GitlabCi, WritesTheVariableOfItsScopeAlone) {
  GitlabWorld world("production/eu");
  world.add_scope("*");
  world.settings["scope"] = "production/eu";
  const std::string rest = world.rest();
  EXPECT_EQ(said(world.read()), old_pair);
  ASSERT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.rest(), rest);
  world.settings["scope"] = "staging";
  EXPECT_EQ(said(world.read()), "nothing");
}

TEST(GitlabCi, WithoutAScopeTheOnlyVariableIsMeantWhateverItsScope) {
  GitlabWorld world("production");
  const std::string rest = world.rest();
  ASSERT_EQ(said(world.put_new()), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.rest(), rest);
}

TEST(GitlabCi, OfSeveralScopesItAsksWhichAndNamesThem) {
  GitlabWorld world("production");
  for (int at = 0; at < 120; ++at) {
    world.store.variables.push_back({.owner = "/projects/group/app", .key = "K" + std::to_string(at), .value = "x"});
  }
  world.add_scope("review/*");
  for (const auto& answer : {said(world.read()), said(world.ready()), said(world.put_new())}) {
    EXPECT_NE(answer.find("KEY_ID is there for several environments (production, review/*); say which one is meant"),
              std::string::npos)
        << answer;
  }
  EXPECT_EQ(why(world.read()), Refusal::invalid);
  EXPECT_EQ(world.sent("PUT"), "");
}

TEST(GitlabCi, TwoVariablesOfDifferentScopesAreNoPair) {
  GitlabWorld world;
  world.secret().scope = "production";
  EXPECT_EQ(why(world.read()), Refusal::invalid);
  EXPECT_NE(said(world.read()).find("KEY_ID is for environment * and KEY_SECRET for production"), std::string::npos);
}

TEST(GitlabCi, RefusesAHiddenVariableForNobodyCouldTellWhatItHolds) {
  for (const bool of_id : {true, false}) {
    GitlabWorld world;
    (of_id ? world.id() : world.secret()).hidden = true;
    EXPECT_EQ(why(world.read()), Refusal::unsupported);
    EXPECT_EQ(why(world.ready()), Refusal::unsupported);
    EXPECT_EQ(why(world.write_on(holding(old_id), new_id, new_secret)), Refusal::unsupported);
    EXPECT_EQ(world.pair(), old_pair);
  }
}

TEST(GitlabCi, WhatIsNotThereIsAValueAndIsNotMade) {
  GitlabWorld world;
  world.secret().key = "ELSEWHERE";
  EXPECT_EQ(why(world.read()), Refusal::invalid);
  EXPECT_NE(said(world.read()).find("KEY_ID is there without KEY_SECRET"), std::string::npos) << said(world.read());
  world.id().value = "";
  EXPECT_EQ(said(world.read()), "nothing");
  world.id().key = "ELSEWHERE_TOO";
  EXPECT_EQ(said(world.read()), "nothing");
  EXPECT_EQ(why(world.ready()), Refusal::conflict);
  EXPECT_EQ(why(world.write_on(holding(old_id), new_id, new_secret)), Refusal::conflict);
  EXPECT_EQ(world.sent("PUT"), "");
}

TEST(GitlabCi, WhatTheTokenMayNotSeeIsNoEmptyPlace) {
  GitlabWorld unseen;
  unseen.store.owners.clear();
  EXPECT_EQ(why(unseen.read()), Refusal::denied);
  EXPECT_NE(said(unseen.read()).find("KEY_ID and KEY_SECRET in GitLab variables of project group/app: GitLab at "),
            std::string::npos)
      << said(unseen.read());
  EXPECT_EQ(why(unseen.ready()), Refusal::denied);
  EXPECT_NE(remedy(unseen.read()).find("check the name of the project"), std::string::npos);
  GitlabWorld developer;
  developer.store.role = Gitlab::Role::developer;
  EXPECT_EQ(why(developer.read()), Refusal::denied);
  EXPECT_EQ(remedy(developer.read()), "grant the permission");
  GitlabWorld expired;
  expired.store.token = "another";
  EXPECT_EQ(why(expired.read()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(expired.read()), "renew the token in " + expired.settings.at("token_file"));
  GitlabWorld reader;
  reader.store.role = Gitlab::Role::reader;
  EXPECT_EQ(why(reader.put_new()), Refusal::denied);
  EXPECT_EQ(reader.pair(), old_pair);
}

TEST(GitlabCi, RefusesWhatIsNoAccessKey) {
  GitlabWorld world;
  for (const char* secret : {"a b", "", "two\nlines"}) EXPECT_EQ(why(world.write(new_id, secret)), Refusal::invalid);
  world.secret().value = "two words";
  EXPECT_EQ(why(world.read()), Refusal::invalid);
  EXPECT_FALSE(shows_a_piece(said(world.read()), "two words"));
  EXPECT_EQ(world.sent("PUT"), "");
}

TEST(GitlabCi, SaysWhyAMaskedVariableDoesNotTakeAValue) {
  GitlabWorld world;
  const auto answer = world.write(new_id, "with{braces}and#more");
  EXPECT_EQ(why(answer), Refusal::invalid);
  EXPECT_NE(said(answer).find("where the variable is masked"), std::string::npos) << said(answer);
  EXPECT_EQ(world.pair(), old_pair);
}

TEST(GitlabCi, WritesNoDollarThatGitlabWouldExpand) {
  GitlabWorld world;
  world.secret().masked = false;
  world.secret().raw = false;
  EXPECT_EQ(why(world.write(new_id, "with$HOME")), Refusal::invalid);
  EXPECT_EQ(world.sent("PUT"), "");
  world.secret().raw = true;
  EXPECT_EQ(said(world.write(new_id, "with$HOME")), "done");
  // A server that knows no raw variables expands all.
  GitlabWorld older;
  const auto held = older.read();
  older.strike({.kind = Kind::refuse_before,
                .method = "GET",
                .path_prefix = list_path + "/KEY_SECRET",
                .status = 200,
                .body = R"({"key":"KEY_SECRET","value":")" + old_secret + R"(","environment_scope":"*"})"});
  EXPECT_EQ(why(older.write_on(*rotation::done(held), new_id, "with$HOME")), Refusal::invalid);
  EXPECT_EQ(older.sent("PUT"), "");
}

// Invariant 13, of the id and of the secret.
TEST(GitlabCi, AThirdValueIsAConflictAndStays) {
  for (const bool of_id : {true, false}) {
    GitlabWorld world;
    const auto held = world.read();
    (of_id ? world.id() : world.secret()).value = "THIRD";
    const std::string pair = world.pair();
    const auto answer = world.write_on(*rotation::done(held), new_id, new_secret);
    EXPECT_EQ(why(answer), Refusal::conflict) << said(answer);
    EXPECT_EQ(world.pair(), pair);
    EXPECT_EQ(world.sent("PUT"), "");
  }
}

TEST(GitlabCi, AThirdIdThatComesInBetweenStays) {
  GitlabWorld world;
  world.strike({.kind = Kind::act_before, .method = "PUT", .path_prefix = list_path + "/KEY_SECRET", .act = [&] {
                  world.id().value = "THIRD";
                }});
  const auto answer = world.put_new();
  EXPECT_NE(rotation::unknown(answer), nullptr) << said(answer);
  EXPECT_NE(said(answer).find("somebody else wrote there"), std::string::npos) << said(answer);
  EXPECT_EQ(world.id().value, "THIRD");
}

TEST(GitlabCi, AValueThatIsReplacedBehindTheWriteIsNotDone) {
  GitlabWorld world;
  world.strike({.kind = Kind::act_before, .method = "PUT", .path_prefix = list_path + "/KEY_ID", .act = [&] {
                  world.secret().value = "THIRD";
                }});
  EXPECT_NE(said(world.put_new()).find("holds another value"), std::string::npos);
  GitlabWorld other;
  other.strike({.kind = Kind::act_before, .method = "PUT", .path_prefix = list_path + "/KEY_ID", .act = [&] {
                  other.secret().masked = false;
                }});
  EXPECT_NE(said(other.put_new()).find("other attributes"), std::string::npos);
}

TEST(GitlabCi, GoesOnFromAWriteThatWasCutShort) {
  GitlabWorld world;
  const auto held = world.read();  // what the journal has sealed
  world.secret().value = new_secret;
  EXPECT_EQ(said(world.read()), old_id + " " + new_secret);
  ASSERT_EQ(said(world.write_on(*rotation::done(held), new_id, new_secret)), "done");
  EXPECT_EQ(world.pair(), new_pair);
  EXPECT_EQ(world.sent("PUT"), "KEY_ID");
  EXPECT_EQ(said(world.put_new()), "done");  // once more is harmless
  EXPECT_EQ(world.sent("PUT"), "KEY_ID");
}

TEST(GitlabCi, ALostReplyIsSettledByReading) {
  for (const char* name : {"/KEY_SECRET", "/KEY_ID"}) {
    for (const auto kind : {Kind::drop_reply, Kind::refuse_after}) {
      GitlabWorld world;
      world.strike({.kind = kind, .method = "PUT", .path_prefix = list_path + name});
      EXPECT_EQ(said(world.put_new()), "done") << name;
      EXPECT_EQ(world.pair(), new_pair);
    }
    for (const auto kind : {Kind::drop_request, Kind::refuse_before}) {
      GitlabWorld world;
      world.strike({.kind = kind, .method = "PUT", .path_prefix = list_path + name});
      EXPECT_NE(rotation::unknown(world.put_new()), nullptr) << name;  // it may yet arrive
      EXPECT_EQ(said(world.put_new()), "done") << name;
      EXPECT_EQ(world.pair(), new_pair);
    }
  }
}

TEST(GitlabCi, ARefusalOfTheSecondWriteIsNoRefusalOfTheWhole) {
  GitlabWorld world;
  world.strike({.kind = Kind::refuse_before, .method = "PUT", .path_prefix = list_path + "/KEY_ID", .status = 429});
  const auto answer = world.put_new();
  EXPECT_NE(rotation::unknown(answer), nullptr);
  EXPECT_NE(said(answer).find("KEY_SECRET was written before it"), std::string::npos) << said(answer);
  world.strike({.kind = Kind::refuse_before, .method = "PUT", .path_prefix = list_path + "/KEY_ID", .status = 429});
  EXPECT_EQ(why(world.put_new()), Refusal::throttled);  // nothing was changed by this one
  EXPECT_EQ(said(world.put_new()), "done");
}

TEST(GitlabCi, ThrottledIsTriedAgain) {
  GitlabWorld world;
  world.strike({.kind = Kind::refuse_before, .method = "PUT", .status = 429, .headers = {{"Retry-After", "1"}}});
  EXPECT_EQ(said(world.put_new([](rotation::Millis) { return true; })), "done");
  EXPECT_EQ(world.pair(), new_pair);
}

TEST(GitlabCi, ALookThatFailsWritesNothing) {
  GitlabWorld world;
  const auto held = world.read();
  world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 500});
  EXPECT_EQ(why(world.write_on(*rotation::done(held), new_id, new_secret)), Refusal::other);
  for (const char* body : {"", "[]", "{}", R"({"key":"KEY_ID"})", "<html>"}) {
    world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 200, .body = body});
    EXPECT_NE(said(world.read()).find("a reply that it should not give"), std::string::npos) << body;
  }
  EXPECT_EQ(world.sent("PUT"), "");
}

// Rails writes some characters as escapes.
TEST(GitlabCi, ReadsAValueWithEscapes) {
  GitlabWorld world;
  world.strike({.kind = Kind::refuse_before,
                .method = "GET",
                .path_prefix = list_path + "/KEY_SECRET",
                .status = 200,
                .body = R"({"key":"KEY_SECRET","value":"a\u0026b\/c","environment_scope":"*"})"});
  EXPECT_EQ(said(world.read()), old_id + " a&b/c");
}

TEST(GitlabCi, FindsFaultWithSettings) {
  const auto fault = [](const Settings& changes) { return fault_with<GitlabWorld>(changes); };
  EXPECT_EQ(fault({}), "");
  EXPECT_EQ(fault({{"project", "-"}}), "project");
  EXPECT_EQ(fault({{"group", "x"}}), "project");
  EXPECT_EQ(fault({{"project", "-"}, {"instance", "no"}}), "instance");
  EXPECT_EQ(fault({{"project", "-"}, {"instance", "yes"}, {"scope", "x"}}), "scope");
  EXPECT_EQ(fault({{"id", "KEY-ID"}}), "id");
  EXPECT_EQ(fault({{"value", "KEY_ID"}}), "value");
  EXPECT_EQ(fault({{"address", "gitlab.internal"}}), "address");
  EXPECT_EQ(fault({{"token_file", "-"}}), "token_file");
}

TEST(GitlabCi, GoesOnAfterALossOfEachRequest) {
  const auto world = [] { return std::make_unique<GitlabWorld>(); };
  expect_going_on_after_each_loss(world, Direction::forward, 8);
  expect_going_on_after_each_loss(world, Direction::back, 8);
}

}  // namespace
