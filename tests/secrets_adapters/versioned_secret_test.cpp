#include "secrets_adapters/versioned_secret.hpp"

#include <gtest/gtest.h>

#include "secrets_adapters/json_pair.hpp"
#include "tests/secrets_adapters/fake_secrets.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using Fault = FakeSecrets::Fault;
using Plan = FakeSecrets::Plan;
using World = FakeSecrets::World;
using secrets_adapters::VersionedSecret;

// Numbers that no double holds, an order and blanks of somebody's own: all of it stays.
const std::string old_text = "{ \"db\": {\"AK_ID\": \"inner\"},\n  \"AK_SECRET\": \"" + ram_old_secret +
                             "\", \"n\": 12345678901234567890.10,\n  \"AK_ID\":\"" + ram_old_id + "\"}\n";
const std::string third_text = with(old_text, ram_old_id, "LTAITHIRD");
const std::string other_member = with(old_text, "inner", "changed");

World world_of(const std::string& text) {
  World world;
  world.take_over("v1", text);
  return world;
}

std::unique_ptr<VersionedSecret> place_in(const std::shared_ptr<World>& world, Plan plan = {}) {
  return std::make_unique<VersionedSecret>("prod/app", secrets_adapters::json_pair_format("AK_ID", "AK_SECRET"),
                                           std::make_unique<FakeSecrets>(world, std::move(plan)), world->words);
}

Holding old_holding() {
  Holding expected = holding(ram_old_id);
  expected.secret = Secret(ram_old_secret);
  return expected;
}

Answer<Written> put_new(rotation::Location& place) {
  return place.write({old_holding(), AccessKeyId(ram_new_id), Secret(ram_new_secret)});
}

Answer<Written> put_old_back(rotation::Location& place) {
  return place.write({holding(ram_new_id), AccessKeyId(ram_old_id), Secret(ram_old_secret)});
}

Answer<Holding> read_world(const World& world) { return place_in(std::make_shared<World>(world))->read(); }

TEST(VersionedSecret, ReadsThePairOfTheCurrentVersion) {
  EXPECT_EQ(said(read_world(world_of(old_text))), ram_old_pair);
  World world = world_of(third_text);
  world.take_over("v2", old_text);
  EXPECT_EQ(said(read_world(world)), ram_old_pair);
}

TEST(VersionedSecret, WhatIsNotThereIsAValue) {
  EXPECT_EQ(said(read_world({})), "nothing");
  EXPECT_EQ(said(read_world(world_of("{}"))), "nothing");
  EXPECT_EQ(said(read_world(world_of(R"({"AK_ID":"","AK_SECRET":"","x":1})"))), "nothing");
  EXPECT_EQ(why(put_new(*place_in(std::make_shared<World>()))), Refusal::conflict);
}

struct Broken {
  std::string name;
  World world;
  Refusal why;
  std::string part;  // of the message
};

TEST(VersionedSecret, RefusesWhatItCannotTrustAndSaysWhy) {
  World managed = world_of(old_text);
  managed.type = "RAMCredentials";
  World strange = world_of(old_text);
  strange.type = "x\x1b[2J " + ram_old_secret;
  World rotated = world_of(old_text);
  rotated.rotated = secrets_adapters::Rotated::by_the_store;
  World binary = world_of(old_text);
  binary.content = secrets_adapters::Content::binary;
  const std::vector<Broken> cases{
      {"managed", managed, Refusal::unsupported, "a secret of type RAMCredentials, which the store itself manages"},
      {"strange", strange, Refusal::unsupported, "a secret of another type"},
      {"rotated", rotated, Refusal::unsupported, "the store rotates this secret itself"},
      {"binary", binary, Refusal::unsupported, "a binary secret"},
      {"no JSON", world_of("AK_ID=" + ram_old_id), Refusal::invalid, "line 1: not JSON"},
      {"a bare secret", world_of(ram_old_secret), Refusal::invalid, "not JSON"},
      {"a list", world_of("[]"), Refusal::invalid, "it is no JSON object"},
      {"a number", world_of(R"({"AK_ID":1,"AK_SECRET":"x"})"), Refusal::invalid, "AK_ID is no string"},
      {"half a pair", world_of(R"({"AK_ID":"LTAI"})"), Refusal::invalid, "an access key id without its secret"},
      {"a member twice", world_of(with(old_text, "\"n\"", "\"AK_ID\"")), Refusal::invalid, "AK_ID is there a second"},
      {"an escape", world_of(with(old_text, "oLd7", "oLd\\u0037")), Refusal::invalid, "written with an escape"},
      {"deep", world_of(std::string(5000, '[')), Refusal::invalid, "nested too deeply"},
  };
  for (const auto& one : cases) {
    const auto shared = std::make_shared<World>(one.world);
    const auto answer = place_in(shared)->read();
    EXPECT_EQ(why(answer), one.why) << one.name << ": " << said(answer);
    EXPECT_NE(said(answer).find(one.part), std::string::npos) << one.name << ": " << said(answer);
    EXPECT_NE(said(answer).find("AK_ID and AK_SECRET in KMS secret prod/app: "), std::string::npos) << said(answer);
    EXPECT_FALSE(shows_a_piece(said(answer), ram_old_secret)) << one.name;
    EXPECT_EQ(why(put_new(*place_in(shared))), one.why) << one.name;
    EXPECT_EQ(shared->versions, one.world.versions) << one.name;
  }
}

TEST(VersionedSecret, PutsANewVersionWithEveryOtherByteKeptAndTakesItsLabelAway) {
  const auto world = std::make_shared<World>(world_of(old_text));
  const auto place = place_in(world);
  EXPECT_EQ(said(put_new(*place)), "done");
  EXPECT_EQ(world->current(), ram_handed_over(old_text));
  EXPECT_EQ(world->versions.size(), 2U);
  EXPECT_EQ(*world->text("v1"), old_text);
  EXPECT_FALSE(world->stages.contains("keybaton-pending"));
  EXPECT_EQ(said(place->read()), ram_new_pair);
  EXPECT_EQ(said(put_old_back(*place)), "done");
  EXPECT_EQ(world->current(), old_text);
}

TEST(VersionedSecret, GoesThereAndBackMoreOftenThanTheStoreKeepsVersions) {
  const auto world = std::make_shared<World>(world_of(old_text));
  for (int round = 0; round < 20; ++round) {
    ASSERT_EQ(said(put_new(*place_in(world))), "done") << round;
    ASSERT_EQ(said(put_old_back(*place_in(world))), "done") << round;
  }
  EXPECT_EQ(world->current(), old_text);
}

// Invariant 13, of the id and of the secret.
TEST(VersionedSecret, AThirdValueIsAConflictAndNothingIsPut) {
  for (const std::string& text : {third_text, with(old_text, ram_old_secret, "changed")}) {
    const auto world = std::make_shared<World>(world_of(text));
    EXPECT_EQ(why(put_new(*place_in(world))), Refusal::conflict);
    EXPECT_EQ(world->versions.size(), 1U);
  }
}

TEST(VersionedSecret, RefusesAValueThatCannotStandThere) {
  const auto world = std::make_shared<World>(world_of(old_text));
  for (const char* secret : {"a\"b", "a\\b", "a b", ""}) {
    EXPECT_EQ(why(place_in(world)->write({old_holding(), AccessKeyId(ram_new_id), Secret(secret)})), Refusal::invalid);
  }
  EXPECT_EQ(world->versions.size(), 1U);
}

TEST(VersionedSecret, StopsAtAVersionOfItsNameWithAnotherText) {
  const auto world = std::make_shared<World>(world_of(old_text));
  ASSERT_EQ(said(put_new(*place_in(world))), "done");
  for (auto& [id, text] : world->versions) {
    if (id != "v1") text = third_text;
  }
  world->stages["ACSCurrent"] = "v1";
  for (const bool ignores : {false, true}) {
    world->ignores_other_data = ignores;
    const auto answer = put_new(*place_in(world));
    EXPECT_EQ(why(answer), Refusal::other) << said(answer);  // no conflict: what the place holds is what was expected
    EXPECT_EQ(said(answer).find("reads back another text") != std::string::npos, ignores) << said(answer);
    EXPECT_EQ(world->current(), old_text);
  }
}

TEST(VersionedSecret, GivesUpOnASecretThatNeverRests) {
  // A store whose compare-and-set fails each time, for somebody is always faster.
  class Restless final : public secrets_adapters::VersionedSecrets {
   public:
    explicit Restless(std::shared_ptr<World> world) : world_(world), store_(world, {}) {}
    Answer<secrets_adapters::SecretVersion> current(const std::string& s) override { return store_.current(s); }
    Answer<secrets_adapters::SecretVersion> version(const std::string& s, const std::string& id) override {
      return store_.version(s, id);
    }
    Answer<Nothing> put(const std::string& s, const std::string& id, const Secret& d, const std::string& g) override {
      return store_.put(s, id, d, g);
    }
    Answer<Nothing> move_stage(const std::string& s, const std::string& g, const StageMove& move) override {
      if (!move.to.empty()) world_->take_over("other" + std::to_string(++times_), other_member);
      return store_.move_stage(s, g, move);
    }

   private:
    std::shared_ptr<World> world_;
    FakeSecrets store_;
    int times_ = 0;
  };
  const auto world = std::make_shared<World>(world_of(old_text));
  VersionedSecret place("prod/app", secrets_adapters::json_pair_format("AK_ID", "AK_SECRET"),
                        std::make_unique<Restless>(world), secrets_adapters::alibaba_kms);
  EXPECT_EQ(why(put_new(place)), Refusal::conflict);
  EXPECT_EQ(world->current(), other_member);
}

// ---- every fault at every call ------------------------------------------------------------------------------

struct Ended {
  std::shared_ptr<World> world = std::make_shared<World>(world_of(old_text));
  std::optional<Answer<Written>> answer;  // empty: the process died
};

Ended write_with(Plan plan) {
  Ended end;
  const auto place = place_in(end.world, std::move(plan));
  try {
    end.answer = put_new(*place);
  } catch (const Crashed&) {
  }
  return end;
}

// current, put, version, the current stage, current, our label
constexpr int calls_of_a_write = 6;

std::string holds(const Ended& end) { return said(read_world(*end.world)); }

// As the engine does: what was cut short is read, and written again where it still holds the old pair.
void expect_one_more_run_ends_it(const Ended& end, const std::string& text, const std::string& point) {
  if (said(place_in(end.world)->read()) == ram_old_pair) {
    ASSERT_EQ(said(put_new(*place_in(end.world))), "done") << point;
  }
  EXPECT_EQ(end.world->current(), ram_handed_over(text)) << point;
  ASSERT_EQ(said(put_old_back(*place_in(end.world))), "done") << point;
  EXPECT_EQ(end.world->current(), text) << point;
  EXPECT_FALSE(end.world->stages.contains("keybaton-pending")) << point;
}

// Invariants 11 and 13: no doubt counts as done, and what is refused is as it was.
TEST(VersionedSecretFaults, ALostReplyIsSettledByReadingOrStaysUnknown) {
  for (const Fault fault : {Fault::lost_before, Fault::lost_after, Fault::denied, Fault::stale}) {
    for (int call = 1; call <= calls_of_a_write; ++call) {
      const std::string point = std::to_string(static_cast<int>(fault)) + " at " + std::to_string(call);
      const Ended end = write_with({.at = call, .fault = fault});
      ASSERT_TRUE(end.answer) << point;
      const std::string now = holds(end);
      if (rotation::done(*end.answer) != nullptr) {
        EXPECT_EQ(now, ram_new_pair) << point;
      }
      if (rotation::refused(*end.answer) != nullptr) {
        EXPECT_EQ(now, ram_old_pair) << point;
      }
      EXPECT_NE(why(*end.answer), Refusal::conflict) << point;  // nobody else was there
      for (const auto& secret : {ram_old_secret, ram_new_secret}) {
        EXPECT_FALSE(shows_a_piece(said(*end.answer), secret)) << point;  // Invariant 14
      }
      expect_one_more_run_ends_it(end, old_text, point);
    }
  }
}

TEST(VersionedSecretFaults, WhatIsKnownIsSaid) {
  const auto answer = [](int call, Fault fault) { return *write_with({.at = call, .fault = fault}).answer; };
  EXPECT_EQ(said(answer(2, Fault::lost_after)), "done");   // the version is there
  EXPECT_EQ(said(answer(4, Fault::lost_after)), "done");   // the current version is ours
  EXPECT_EQ(said(answer(6, Fault::lost_before)), "done");  // a label that stays
  EXPECT_EQ(said(answer(6, Fault::denied)), "done");
  EXPECT_NE(rotation::unknown(answer(4, Fault::lost_before)), nullptr);  // it may yet arrive
  for (const Fault fault : {Fault::lost_before, Fault::lost_after, Fault::denied, Fault::stale}) {
    EXPECT_NE(rotation::unknown(answer(5, fault)), nullptr);  // moved, and not read back
  }
  for (const int call : {1, 2, 3, 4}) EXPECT_EQ(why(answer(call, Fault::denied)), Refusal::denied) << call;
  for (const int call : {1, 2, 3}) EXPECT_EQ(why(answer(call, Fault::lost_before)), Refusal::other) << call;
  const auto denied = answer(4, Fault::denied);
  EXPECT_EQ(rotation::refused(denied)->code, "Forbidden.NoPermission");
  EXPECT_EQ(rotation::refused(denied)->request_id, "R-1");
}

TEST(VersionedSecretFaults, ACrashAtEachCallLeavesOneWholePairAndTheNextRunGoesOn) {
  for (const Fault fault : {Fault::crash_before, Fault::crash_after}) {
    for (int call = 1; call <= calls_of_a_write; ++call) {
      const std::string point = std::to_string(static_cast<int>(fault)) + " at " + std::to_string(call);
      const Ended end = write_with({.at = call, .fault = fault});
      ASSERT_FALSE(end.answer) << point;
      const bool moved = call > 4 || (call == 4 && fault == Fault::crash_after);
      EXPECT_EQ(holds(end), moved ? ram_new_pair : ram_old_pair) << point;
      // However often it dies there, it wastes no version of the ten.
      for (int again = 0; again < 5 && !moved; ++again) {
        EXPECT_THROW((void)put_new(*place_in(end.world, {.at = call, .fault = fault})), Crashed);
        EXPECT_LE(end.world->versions.size(), 2U) << point;
      }
      expect_one_more_run_ends_it(end, old_text, point);
    }
  }
}

// Invariant 13: whoever else writes a pair, at whatever moment, keeps it.
TEST(VersionedSecretFaults, AnotherPairThatComesInBetweenStays) {
  for (int call = 1; call <= calls_of_a_write; ++call) {
    const Ended end = write_with({.at = call, .fault = Fault::by_another, .another = [](World& world) {
                                    world.take_over("theirs", third_text);
                                  }});
    EXPECT_EQ(end.world->current(), third_text) << call;
    if (call <= 4) {
      EXPECT_EQ(why(*end.answer), Refusal::conflict) << call << said(*end.answer);
      EXPECT_NE(said(*end.answer).find("it holds LTAITHIRD, not " + ram_old_id), std::string::npos) << call;
    }
    if (call == 4) {
      EXPECT_FALSE(end.world->stages.contains("keybaton-pending"));
    }
    if (call == 5) {
      EXPECT_NE(rotation::unknown(*end.answer), nullptr);
    }
  }
}

TEST(VersionedSecretFaults, AnotherMemberThatChangesInBetweenIsTakenOver) {
  for (int call = 1; call <= 4; ++call) {
    const Ended end = write_with({.at = call, .fault = Fault::by_another, .another = [](World& world) {
                                    world.take_over("theirs", other_member);
                                  }});
    EXPECT_EQ(said(*end.answer), "done") << call;
    EXPECT_EQ(end.world->current(), ram_handed_over(other_member)) << call;
    expect_one_more_run_ends_it(end, other_member, std::to_string(call));
  }
}

// A label that a crash has left on a version, of which nothing is known any more.
TEST(VersionedSecretFaults, ALabelLeftBehindMovesWithTheNextWrite) {
  const auto world = std::make_shared<World>(world_of(third_text));
  world->take_over("v2", old_text);
  world->stages["keybaton-pending"] = "v1";
  EXPECT_EQ(said(put_new(*place_in(world))), "done");
  EXPECT_FALSE(world->stages.contains("keybaton-pending"));
}

// Anybody may list the versions of a secret.
TEST(VersionedSecretFaults, NoVersionIsNamedAfterASecret) {
  const auto world = std::make_shared<World>(world_of(old_text));
  EXPECT_EQ(said(put_new(*place_in(world))), "done");
  for (const auto& [id, text] : world->versions) {
    EXPECT_FALSE(shows_a_piece(id, ram_new_secret));
    EXPECT_TRUE(id == "v1" || id.starts_with("keybaton-" + ram_new_id + "-")) << id;
  }
}

// ---- a store whose labels are its own, and which tells them all: AWS's ---------------------------------------------

World labelled_world(const std::string& text = old_text) {
  World world;
  world.words = secrets_adapters::aws_secrets_manager_words;
  world.type = "";
  world.take_over("v0", third_text);
  world.take_over("v1", text);
  return world;
}

Answer<Written> put_back(rotation::Location& place) {
  const Holding expected = holding(ram_new_id);
  const AccessKeyId id(ram_old_id);
  const Secret secret(ram_old_secret);
  return place.write({.expected = expected, .id = id, .secret = secret, .direction = rotation::Direction::back});
}

TEST(LabelledSecret, ARestoreMovesTheLabelBackToTheVersionThatHasTheOldText) {
  const auto world = std::make_shared<World>(labelled_world());
  ASSERT_EQ(said(put_new(*place_in(world))), "done");
  EXPECT_EQ(world->current(), ram_handed_over(old_text));
  EXPECT_EQ(world->stages.at("AWSPREVIOUS"), "v1");
  EXPECT_FALSE(world->stages.contains("AWSPENDING"));
  ASSERT_EQ(said(put_back(*place_in(world))), "done");
  EXPECT_EQ(world->stages.at("AWSCURRENT"), "v1");
  EXPECT_EQ(world->versions.size(), 3U);
}

TEST(LabelledSecret, ARestoreMakesAVersionWhereAnotherMemberHasChangedSince) {
  const auto world = std::make_shared<World>(labelled_world());
  ASSERT_EQ(said(put_new(*place_in(world))), "done");
  world->take_over("theirs", ram_handed_over(other_member));
  ASSERT_EQ(said(put_back(*place_in(world))), "done");
  EXPECT_EQ(world->current(), other_member);
  EXPECT_TRUE(world->stages.at("AWSCURRENT").starts_with("keybaton-" + ram_old_id)) << world->stages["AWSCURRENT"];
}

TEST(LabelledSecret, ACrashAtEachCallOfARestoreLeavesOneWholePairAndTheNextRunGoesOn) {
  for (const Fault fault : {Fault::crash_before, Fault::crash_after, Fault::lost_before, Fault::lost_after}) {
    for (int call = 1; call <= 4; ++call) {
      const std::string point = std::to_string(static_cast<int>(fault)) + " at " + std::to_string(call);
      const auto world = std::make_shared<World>(labelled_world());
      ASSERT_EQ(said(put_new(*place_in(world))), "done");
      try {
        (void)put_back(*place_in(world, {.at = call, .fault = fault}));
      } catch (const Crashed&) {
      }
      if (said(place_in(world)->read()) == ram_new_pair) {
        ASSERT_EQ(said(put_back(*place_in(world))), "done") << point;
      }
      EXPECT_EQ(world->current(), old_text) << point;
    }
  }
}

TEST(LabelledSecret, APendingVersionOfSomebodyElsesStopsTheWriteBeforeAKeyIsMade) {
  const auto world = std::make_shared<World>(labelled_world());
  world->versions.emplace_back("a-lambdas", third_text);
  world->stages["AWSPENDING"] = "a-lambdas";
  EXPECT_EQ(said(place_in(world)->read()), ram_old_pair);
  for (const auto& said_no : {said(place_in(world)->ready()), said(put_new(*place_in(world)))}) {
    EXPECT_NE(said_no.find("AWSPENDING is on a version that is not keybaton's"), std::string::npos) << said_no;
  }
  EXPECT_EQ(why(put_new(*place_in(world))), Refusal::conflict);
  EXPECT_EQ(world->current(), old_text);
  EXPECT_EQ(world->stages.at("AWSPENDING"), "a-lambdas");
}

TEST(LabelledSecret, APendingLabelOfOursOrOnTheCurrentVersionStopsNothing) {
  for (const std::string left : {"v1", "keybaton-of-an-earlier-write"}) {
    const auto world = std::make_shared<World>(labelled_world());
    if (left != "v1") world->versions.emplace_back(left, third_text);
    world->stages["AWSPENDING"] = left;
    EXPECT_EQ(said(place_in(world)->ready()), "done") << left;
    EXPECT_EQ(said(put_new(*place_in(world))), "done") << left;
    EXPECT_FALSE(world->stages.contains("AWSPENDING")) << left;
  }
}

TEST(LabelledSecret, OneOfAnotherServicesIsRefused) {
  World owned = labelled_world();
  owned.type = "rds";
  const auto answer = place_in(std::make_shared<World>(owned))->read();
  EXPECT_EQ(why(answer), Refusal::unsupported);
  EXPECT_NE(said(answer).find("type rds, which the store itself manages; only one of your own"), std::string::npos);
}

}  // namespace
