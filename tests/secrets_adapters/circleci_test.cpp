#include <gtest/gtest.h>

#include "simulated_stores/circleci.hpp"
#include "tests/secrets_adapters/ci_places.hpp"

namespace {

using namespace places;
using rotation::Direction;
using simulated_stores::Circleci;
using Kind = Trouble::Kind;

const std::string slug = "gh/octo org/app";
const std::string context = "0dbeb62d-8f60-4eb0-a7c1-4f4a3c1b2d3e";
const std::string project_path = "/api/v2/project/gh/octo%20org/app/envvar";
const std::string context_path = "/api/v2/context/" + context + "/environment-variable";

enum class Of { a_project, a_context };

class CircleWorld : public World {
 public:
  explicit CircleWorld(Of of) : World("circleci"), of_(of) {
    settings = {
        {"address", store.url()}, {"id", "KEY_ID"}, {"value", "KEY_SECRET"}, {"token_file", token_file(store.token)}};
    settings[of == Of::a_project ? "project" : "context"] = of == Of::a_project ? slug : context;
    store.contexts[context] = {.name = "aws", .owner = "gh/octo"};
    store.projects[slug] = {};
    variables() = {{"A", {"a", 1, 1}},
                   {"B", {"b", 2, 2}},
                   {"KEY_ID", {old_id, 3, 3}},
                   {"KEY_SECRET", {old_secret, 4, 4}},
                   {"Z", {"z", 5, 5}}};
  }
  [[nodiscard]] simulated_stores::StoreServer& server() override { return store; }
  [[nodiscard]] std::string pair() override {
    return store.with([&] { return variables()["KEY_ID"].value + " " + variables()["KEY_SECRET"].value; });
  }
  [[nodiscard]] std::string rest() override {
    return store.with([&] {
      std::string text;
      for (const auto& [name, one] : variables()) {
        if (!name.starts_with("KEY_")) text += name + one.value + std::to_string(one.updated);
      }
      return text + std::to_string(variables().size());
    });
  }
  Circleci::Variables& variables() {
    return of_ == Of::a_project ? store.projects[slug] : store.contexts[context].variables;
  }
  std::string writes() const { return of_ == Of::a_project ? "POST" : "PUT"; }

  Circleci store;

 private:
  Of of_;
};

std::string mark_of(const Answer<Holding>& answer) {
  const auto* held = rotation::done(answer);
  return held == nullptr ? said(answer) : held->mark;
}

const std::string old_mark = "xxxxMPLE 2026-01-02T03:04:05.3Z, xxxxEKEY 2026-01-02T03:04:05.4Z";
// The pairs of the other tests end alike.
const std::string fresh_id = "AKIAI44QH8DHBFRESHID";
const std::string fresh_pair = fresh_id + " " + new_secret;

TEST(Circleci, ReadsAMarkAndNoValue) {
  CircleWorld project(Of::a_project);
  EXPECT_EQ(mark_of(project.read()), old_mark);
  EXPECT_EQ(rotation::done(project.read())->custody, rotation::Custody::closed);
  EXPECT_EQ(said(project.read()), "nothing");
  EXPECT_EQ(said(project.ready()), "done");
  CircleWorld in_context(Of::a_context);
  EXPECT_EQ(mark_of(in_context.read()), "2026-01-02T03:04:05.3Z, 2026-01-02T03:04:05.4Z");
  EXPECT_TRUE(project.store.odd().empty());
  EXPECT_TRUE(in_context.store.odd().empty());
}

TEST(Circleci, WritesTheSecretThenTheIdAndTellsTheNewMark) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    CircleWorld world(of);
    const std::string rest = world.rest();
    const std::string before = mark_of(world.read());
    const auto answer = world.write(fresh_id, new_secret);
    ASSERT_EQ(said(answer), "done");
    EXPECT_EQ(world.pair(), fresh_pair);
    EXPECT_EQ(rotation::done(answer)->mark, mark_of(world.read()));
    EXPECT_NE(rotation::done(answer)->mark, before);
    EXPECT_EQ(world.sent(world.writes()), of == Of::a_project ? "envvar envvar" : "KEY_SECRET KEY_ID");
    ASSERT_EQ(said(world.put_old_back()), "done");
    EXPECT_EQ(world.pair(), old_pair);
    EXPECT_EQ(world.rest(), rest);
    EXPECT_TRUE(world.store.odd().empty());
  }
}

TEST(Circleci, ANewValueThatEndsAsTheOldOneIsWrittenAllTheSame) {
  CircleWorld world(Of::a_project);
  ASSERT_EQ(said(world.put_new()), "done");  // both ids end in MPLE
  EXPECT_EQ(world.pair(), new_pair);
  ASSERT_EQ(said(world.put_new()), "done");  // once more is harmless
  EXPECT_EQ(world.pair(), new_pair);
}

TEST(Circleci, FindsAContextByItsNameAndOwner) {
  for (const std::string owner : {"gh/octo", "11111111-2222-3333-4444-555555555555"}) {
    CircleWorld world(Of::a_context);
    world.store.contexts[context].owner = owner;
    for (const char* other : {"a", "b", "c"}) world.store.contexts[other] = {.name = other, .owner = owner};
    world.settings.erase("context");
    world.settings["context_name"] = "aws";
    world.settings["owner"] = owner;
    EXPECT_EQ(said(world.put_new()), "done");
    EXPECT_EQ(world.pair(), new_pair);
    EXPECT_TRUE(world.store.odd().empty());
    world.settings["context_name"] = "gcp";
    EXPECT_EQ(why(world.read()), Refusal::denied);
    EXPECT_EQ(why(world.ready()), Refusal::denied);
    EXPECT_NE(said(world.read()).find("has no such context"), std::string::npos) << said(world.read());
    world.settings["context_name"] = "aws";
    world.store.contexts["d"] = {.name = "aws", .owner = owner};
    EXPECT_NE(said(world.read()).find("several contexts of this name"), std::string::npos) << said(world.read());
  }
}

TEST(Circleci, WhatIsNotThereIsAValueAndIsNotMade) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    CircleWorld world(of);
    const auto held = world.read();
    world.variables().erase("KEY_SECRET");
    EXPECT_EQ(why(world.read()), Refusal::invalid);
    EXPECT_NE(said(world.read()).find("KEY_ID is there without KEY_SECRET"), std::string::npos);
    EXPECT_EQ(why(world.ready()), Refusal::invalid);
    world.variables().erase("KEY_ID");
    EXPECT_EQ(mark_of(world.read()), "");
    EXPECT_EQ(why(world.ready()), Refusal::conflict);
    EXPECT_EQ(why(world.write_on(*rotation::done(held), new_id, new_secret)), Refusal::conflict);
    EXPECT_EQ(world.sent(world.writes()), "");
  }
}

TEST(Circleci, WhatTheTokenMayNotSeeIsNoEmptyPlace) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    CircleWorld world(of);
    world.store.projects.clear();
    world.store.contexts.clear();
    EXPECT_EQ(why(world.read()), Refusal::denied);
    EXPECT_EQ(why(world.ready()), Refusal::denied);
    EXPECT_NE(said(world.read()).find(" in CircleCI "), std::string::npos) << said(world.read());
    EXPECT_NE(said(world.read()).find("not there, or may not be seen"), std::string::npos) << said(world.read());
  }
  CircleWorld expired(Of::a_project);
  expired.store.token = "another";
  EXPECT_EQ(why(expired.read()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(expired.read()), "renew the token in " + expired.settings.at("token_file"));
}

TEST(Circleci, SomebodyElsesWriteIsAConflictAndStays) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    for (const char* name : {"KEY_ID", "KEY_SECRET"}) {
      CircleWorld world(of);
      const auto held = world.read();
      world.variables()[name] = {"theirs", 5, 60};
      EXPECT_EQ(why(world.write_on(*rotation::done(held), new_id, new_secret)), Refusal::conflict);
      EXPECT_EQ(world.sent(world.writes()), "");
    }
  }
}

TEST(Circleci, SomebodyElsesWriteInBetweenIsSeen) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    for (const unsigned skip : {0U, 1U}) {
      CircleWorld world(of);
      const std::string name = skip == 0 ? "KEY_ID" : "KEY_SECRET";
      world.strike({.kind = Kind::act_before, .method = world.writes(), .skip = skip, .act = [&] {
                      world.variables()[name] = {"theirs", 5, 60};
                    }});
      const auto answer = world.write(fresh_id, new_secret);
      EXPECT_NE(rotation::unknown(answer), nullptr) << said(answer);
      EXPECT_NE(said(answer).find("somebody else wrote " + name), std::string::npos) << said(answer);
    }
  }
}

TEST(Circleci, AWriteThatLeavesNoTraceIsNotDone) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    CircleWorld world(of);
    world.store.forgets_writes = true;
    const auto answer = world.write(fresh_id, new_secret, [](rotation::Millis) { return true; });
    EXPECT_NE(rotation::unknown(answer), nullptr) << said(answer);
  }
}

TEST(Circleci, TheLastCharactersSettleALostReplyAndElseItIsUnknown) {
  for (const auto kind : {Kind::drop_reply, Kind::refuse_after}) {
    for (const unsigned skip : {0U, 1U}) {
      CircleWorld project(Of::a_project);
      project.strike({.kind = kind, .method = "POST", .skip = skip});
      EXPECT_EQ(said(project.write(fresh_id, new_secret)), "done");
      EXPECT_EQ(project.pair(), fresh_pair);
      CircleWorld in_context(Of::a_context);
      in_context.strike({.kind = kind, .method = "PUT", .skip = skip});
      EXPECT_NE(rotation::unknown(in_context.write(fresh_id, new_secret)), nullptr);
      EXPECT_EQ(said(in_context.write(fresh_id, new_secret)), "done");
      EXPECT_EQ(in_context.pair(), fresh_pair);
    }
  }
  CircleWorld alike(Of::a_project);
  alike.strike({.kind = Kind::drop_reply, .method = "POST", .skip = 1});
  EXPECT_NE(rotation::unknown(alike.put_new()), nullptr);  // the new id ends as the old one
}

TEST(Circleci, ARefusalChangesNothingAndThrottledIsTriedAgain) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    CircleWorld world(of);
    for (const auto& [status, refusal] :
         {std::pair{403, Refusal::denied}, std::pair{429, Refusal::throttled}, std::pair{400, Refusal::invalid}}) {
      world.strike({.kind = Kind::refuse_before, .method = world.writes(), .status = status});
      EXPECT_EQ(why(world.put_new()), refusal);
      EXPECT_EQ(world.pair(), old_pair);
    }
    world.strike(
        {.kind = Kind::refuse_before, .method = world.writes(), .status = 429, .headers = {{"Retry-After", "1"}}});
    EXPECT_EQ(said(world.put_new([](rotation::Millis) { return true; })), "done");
  }
}

TEST(Circleci, ALookThatFailsWritesNothing) {
  for (const Of of : {Of::a_project, Of::a_context}) {
    CircleWorld world(of);
    const auto held = world.read();
    world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 500});
    EXPECT_EQ(why(world.write_on(*rotation::done(held), new_id, new_secret)), Refusal::other);
    for (const char* body :
         {"", "[]", "{}", R"({"items":7})", "<html>", R"({"items":[{"name":"KEY_ID","variable":"KEY_ID"}]})"}) {
      world.strike({.kind = Kind::refuse_before, .method = "GET", .status = 200, .body = body});
      EXPECT_NE(said(world.read()).find("a reply that it should not give"), std::string::npos) << body;
    }
    EXPECT_EQ(world.sent(world.writes()), "");
  }
}

struct CircleProject : CircleWorld {
  CircleProject() : CircleWorld(Of::a_project) {}
};

TEST(Circleci, FindsFaultWithSettings) {
  const auto fault = [](const Settings& changes) { return fault_with<CircleProject>(changes); };
  EXPECT_EQ(fault({}), "");
  EXPECT_EQ(fault({{"project", "-"}}), "project");
  EXPECT_EQ(fault({{"context", context}}), "project");
  for (const char* bad : {"octo/app", "gh/octo/", "/octo/app", "gh/../app", "gh/octo/app/x", "gh/octo/.."}) {
    EXPECT_EQ(fault({{"project", bad}}), "project") << bad;
  }
  EXPECT_EQ(fault({{"project", "-"}, {"context", "aws"}}), "context");
  EXPECT_EQ(fault({{"project", "-"}, {"context_name", "aws"}}), "owner");
  EXPECT_EQ(fault({{"project", "-"}, {"context_name", "aws"}, {"owner", "octo"}}), "owner");
  EXPECT_EQ(fault({{"project", "-"}, {"context_name", "aws"}, {"owner", "gh/octo"}}), "");
  EXPECT_EQ(fault({{"id", "KEY ID"}}), "id");
  EXPECT_EQ(fault({{"token_file", "-"}}), "token_file");
}

TEST(Circleci, GoesOnAfterALossOfEachRequest) {
  const auto project = [] { return std::make_unique<CircleWorld>(Of::a_project); };
  const auto in_context = [] { return std::make_unique<CircleWorld>(Of::a_context); };
  // Five variables are three pages.
  expect_going_on_after_each_loss(project, Direction::forward, 11);
  expect_going_on_after_each_loss(project, Direction::back, 11);
  expect_going_on_after_each_loss(in_context, Direction::forward, 11);
  expect_going_on_after_each_loss(in_context, Direction::back, 11);
}

}  // namespace
