#include <gtest/gtest.h>

#include "tests/secrets_adapters/kube_bench.hpp"

namespace {

using namespace places;
using kube::Bench;
using kube::Crashed;
using kube::CrashPlan;
using simulated_stores::Json;
using simulated_stores::Trouble;

Answer<Written> put_new(rotation::Location& place, const Holding& expected) {
  return place.write({expected, AccessKeyId(new_id), Secret(new_secret), rotation::Direction::forward,
                      rotation::AttemptId("01JATTEMPT1")});
}
Answer<Written> put_new(Bench& bench) { return put_new(*bench.place(), holding(old_id)); }

Answer<Written> put_old_back(Bench& bench) {
  return bench.place()->write({holding(new_id), AccessKeyId(old_id), Secret(old_secret), rotation::Direction::back,
                               rotation::AttemptId("01JATTEMPT2")});
}

void expect_whole(Bench& bench, const std::string& id, const std::string& secret, const std::string& point = {}) {
  EXPECT_EQ(Bench::still(bench.secret()), bench.expected(id, secret)) << point;
}

TEST(Kubernetes, ReadsThePairOfTheSecret) {
  Bench bench;
  EXPECT_EQ(said(bench.place()->read()), old_pair);
  EXPECT_TRUE(bench.cluster.odd().empty());
}

TEST(Kubernetes, WhatIsNotThereIsAValue) {
  Bench bench;
  Json bare = kube::secret_with(old_id, old_secret);
  bare.erase("data");
  bench.cluster.put(bare);
  EXPECT_EQ(said(bench.place()->read()), "nothing");
  EXPECT_EQ(why(put_new(bench)), Refusal::conflict);
  bench.settings["secret"] = "other";
  EXPECT_EQ(said(bench.place()->read()), "nothing");
  EXPECT_EQ(why(put_new(bench)), Refusal::conflict);
  EXPECT_EQ(why(bench.place()->ready()), Refusal::no_such_entity);
  EXPECT_EQ(bench.patches(), 0U);
}

TEST(Kubernetes, WritesBothMembersInOneRequestAndKeepsAllElse) {
  Bench bench;
  const auto place = bench.place();
  EXPECT_EQ(said(place->ready()), "done");
  EXPECT_EQ(bench.patches(), 0U);
  EXPECT_EQ(said(put_new(bench)), "done");
  EXPECT_EQ(bench.patches(), 1U);
  expect_whole(bench, new_id, new_secret);
  EXPECT_EQ(said(place->read()), new_pair);
  EXPECT_EQ(said(put_old_back(bench)), "done");
  expect_whole(bench, old_id, old_secret);
  EXPECT_TRUE(bench.cluster.odd().empty());
}

TEST(Kubernetes, WritingTheSamePairOnceMoreChangesNothing) {
  Bench bench;
  ASSERT_EQ(said(put_new(bench)), "done");
  const Json before = bench.secret();
  EXPECT_EQ(said(put_new(bench)), "done");
  EXPECT_EQ(said(put_new(*bench.place(), holding(new_id))), "done");
  EXPECT_EQ(bench.secret(), before);
}

TEST(Kubernetes, RefusesContentThatIsNoAccessKeyAndSaysWhy) {
  const std::vector<std::tuple<std::string, Json, std::string>> cases{
      {"half a pair", {{"ID", kube::base64(old_id)}}, "an access key id without its secret"},
      {"the other half", {{"VALUE", kube::base64(old_secret)}}, "a secret without its access key id"},
      {"a line feed", {{"ID", kube::base64(old_id + "\n")}, {"VALUE", kube::base64(old_secret)}}, "a line feed"},
      {"no base64", {{"ID", "*"}, {"VALUE", kube::base64(old_secret)}}, "data.ID is no base64"},
      {"plain text", {{"ID", kube::base64(old_id)}, {"VALUE", old_secret + "="}}, "data.VALUE is no base64"},
      {"a number", {{"ID", 1}, {"VALUE", kube::base64(old_secret)}}, "data.ID is no base64"},
  };
  for (const auto& [name, data, part] : cases) {
    Bench bench;
    Json object = kube::secret_with(old_id, old_secret);
    object["data"] = data;
    bench.cluster.put(object);
    const Json before = bench.secret();
    const auto answer = bench.place()->read();
    EXPECT_EQ(why(answer), Refusal::invalid) << name;
    EXPECT_NE(said(answer).find("Kubernetes secret apps/aws: "), std::string::npos) << said(answer);
    EXPECT_NE(said(answer).find(part), std::string::npos) << said(answer);
    EXPECT_FALSE(shows_a_piece(said(answer), old_secret)) << name;
    EXPECT_EQ(why(put_new(bench)), Refusal::invalid) << name;
    EXPECT_EQ(bench.secret(), before) << name;
  }
}

TEST(Kubernetes, AThirdValueIsAConflictAndNothingIsWritten) {
  for (const auto& [id, secret] : {std::pair{std::string("AKIATHIRD"), old_secret}, {old_id, std::string("changed")}}) {
    Bench bench;
    bench.cluster.put(kube::secret_with(id, secret));
    Holding expected = holding(old_id);
    expected.secret = Secret(old_secret);
    EXPECT_EQ(why(put_new(*bench.place(), expected)), Refusal::conflict);
    EXPECT_EQ(bench.patches(), 0U);
  }
}

TEST(Kubernetes, RefusesAPairThatNoCloudHandsOut) {
  Bench bench;
  for (const char* secret : {"", "a b", "a\nb"}) {
    EXPECT_EQ(why(bench.place()->write({holding(old_id), AccessKeyId(new_id), Secret(secret)})), Refusal::invalid);
  }
  EXPECT_EQ(bench.cluster.seen().size(), 0U);
}

// Invariant 13: between the read and the patch.
TEST(Kubernetes, AThirdPairThatComesInBetweenStays) {
  Bench bench;
  bench.cluster.trouble({.kind = Trouble::Kind::act_before, .method = "PATCH", .act = [&] {
                           bench.cluster.put(kube::secret_with("AKIATHIRD", "third"));
                         }});
  EXPECT_EQ(why(put_new(bench)), Refusal::conflict);
  expect_whole(bench, "AKIATHIRD", "third");
}

TEST(Kubernetes, AnotherMemberThatChangesInBetweenIsKeptAndThePairWritten) {
  Bench bench;
  Json touched = kube::secret_with(old_id, old_secret);
  touched["data"]["REGION"] = kube::base64("eu-central-1");
  bench.cluster.trouble(
      {.kind = Trouble::Kind::act_before, .method = "PATCH", .act = [&] { bench.cluster.put(touched); }});
  EXPECT_EQ(said(put_new(bench)), "done");
  EXPECT_EQ(bench.secret()["data"]["REGION"], kube::base64("eu-central-1"));
  EXPECT_EQ(said(bench.place()->read()), new_pair);
}

TEST(Kubernetes, GivesUpOnASecretThatNeverRests) {
  Bench bench;
  bench.cluster.trouble({.kind = Trouble::Kind::act_before, .method = "PATCH", .count = 100, .act = [&] {
                           bench.cluster.put(kube::secret_with(old_id, old_secret));
                         }});
  EXPECT_EQ(why(put_new(bench)), Refusal::conflict);
  expect_whole(bench, old_id, old_secret);
  EXPECT_EQ(bench.patches(), 5U);
}

TEST(Kubernetes, WhatCannotBeWrittenIsRefusedBeforeAKeyIsMade) {
  Json immutable = kube::secret_with(old_id, old_secret);
  immutable["immutable"] = true;
  Json owned = kube::secret_with(old_id, old_secret);
  owned["metadata"]["ownerReferences"] = {{{"kind", "Group"}, {"name", "g"}},
                                          {{"kind", "ExternalSecret"}, {"name", "aws"}, {"controller", true}}};
  for (const auto& [object, part] :
       {std::pair{immutable, "it is immutable"}, {owned, "ExternalSecret aws controls it"}}) {
    Bench bench;
    bench.cluster.put(object);
    EXPECT_EQ(said(bench.place()->read()), old_pair);
    EXPECT_EQ(why(bench.place()->ready()), Refusal::unsupported);
    EXPECT_NE(said(bench.place()->ready()).find(part), std::string::npos) << said(bench.place()->ready());
    EXPECT_EQ(why(put_new(bench)), Refusal::unsupported);
    EXPECT_EQ(bench.patches(), 0U);
  }
}

TEST(Kubernetes, NamesThePermissionThatIsMissing) {
  for (const std::string& missing : kube::everything) {
    Bench bench;
    bench.restart();
    auto rules = kube::everything;
    rules.erase(missing);
    bench.cluster.allow("t-good", rules);
    const auto answer = bench.place()->ready();
    EXPECT_EQ(why(answer), Refusal::denied) << missing;
    const std::string named = with(missing, " ", " on ");
    EXPECT_NE(said(answer).find("a role must allow " + named), std::string::npos) << said(answer);
    EXPECT_EQ(bench.patches(), 0U);
    EXPECT_TRUE(bench.cluster.odd().empty());
  }
}

TEST(Kubernetes, NothingIsSentOnceTheTimeOfAWriteIsOver) {
  Bench bench;
  rotation::Millis clock{0};
  bench.boot = [&] { return clock; };
  bench.cluster.trouble({.kind = simulated_stores::Trouble::Kind::act_before, .method = "GET", .act = [&] {
                           clock += rotation::Millis{80'000};
                         }});
  const auto answer = put_new(bench);
  EXPECT_EQ(why(answer), Refusal::not_sent) << said(answer);
  EXPECT_EQ(bench.patches(), 0U);
  EXPECT_EQ(said(put_new(bench)), "done");
}

TEST(Kubernetes, AnUnknownTokenIsSaidSo) {
  Bench bench;
  bench.use("token: t-expired");
  EXPECT_EQ(why(bench.place()->read()), Refusal::invalid_credentials);
  EXPECT_EQ(why(put_new(bench)), Refusal::invalid_credentials);
  EXPECT_EQ(said(bench.place()->read()).find("t-expired"), std::string::npos);
  EXPECT_EQ(bench.cluster.seen().size(), 3U);  // nothing is asked anew that cannot be renewed
}

TEST(Kubernetes, WhatIsNoApiServerIsNotTakenForAnEmptyPlace) {
  Bench bench;
  for (const auto& [status, body] : {std::pair{404, "404 page not found"},
                                     {404, "{\"kind\":\"Status\"}"},
                                     {200, "<html>sign in</html>"},
                                     {200, "[]"},
                                     {200, R"({"kind":"Status"})"}}) {
    bench.cluster.trouble({.kind = Trouble::Kind::refuse_before, .status = status, .body = body});
    EXPECT_NE(refused(bench.place()->read()), nullptr) << body;
  }
}

TEST(Kubernetes, ASlowServerIsAskedAgainAsItWishes) {
  Bench bench;
  bench.cluster.trouble(
      {.kind = Trouble::Kind::refuse_before, .method = "PATCH", .status = 429, .headers = {{"Retry-After", "3"}}});
  EXPECT_EQ(said(put_new(bench)), "done");
  ASSERT_FALSE(bench.pauses.empty());
  EXPECT_GE(bench.pauses.front(), rotation::Millis{3000});
  bench.cluster.trouble({.kind = Trouble::Kind::refuse_before, .count = 2, .status = 503});
  EXPECT_EQ(said(bench.place()->read()), new_pair);
}

// ---- lost replies ----------------------------------------------------------------------------------------------

TEST(KubernetesFaults, ALostReplyOfThePatchIsSettledByReading) {
  for (const auto kind : {Trouble::Kind::drop_reply, Trouble::Kind::drop_request, Trouble::Kind::refuse_after,
                          Trouble::Kind::refuse_before}) {
    Bench bench;
    bench.cluster.trouble({.kind = kind, .method = "PATCH", .status = 504});
    EXPECT_EQ(said(put_new(bench)), "done") << static_cast<int>(kind);
    expect_whole(bench, new_id, new_secret);
  }
}

// Invariant 11: without a look that tells, nobody claims to know.
TEST(KubernetesFaults, WhatCannotBeSettledIsUnknown) {
  for (const auto kind : {Trouble::Kind::drop_reply, Trouble::Kind::drop_request}) {
    Bench bench;
    bench.cluster.trouble(
        {.kind = Trouble::Kind::refuse_before, .method = "GET", .skip = 1, .count = 100, .status = 403});
    bench.cluster.trouble({.kind = kind, .method = "PATCH"});
    EXPECT_NE(rotation::unknown(put_new(bench)), nullptr);
  }
  Bench bench;
  bench.patient = false;
  bench.cluster.trouble({.kind = Trouble::Kind::drop_request, .method = "PATCH"});
  EXPECT_NE(rotation::unknown(put_new(bench)), nullptr);
  expect_whole(bench, old_id, old_secret);
}

TEST(KubernetesFaults, ALostPatchBehindWhichAThirdPairIsFoundIsUnknown) {
  Bench bench;
  bench.cluster.trouble({.kind = Trouble::Kind::drop_reply, .method = "PATCH"});
  bench.cluster.trouble({.kind = Trouble::Kind::act_before, .method = "GET", .skip = 1, .act = [&] {
                           bench.cluster.put(kube::secret_with("AKIATHIRD", "third"));
                         }});
  EXPECT_NE(rotation::unknown(put_new(bench)), nullptr);
  expect_whole(bench, "AKIATHIRD", "third");
}

TEST(KubernetesFaults, APairThatIsOverwrittenBeforeItIsReadBackIsUnknown) {
  Bench bench;
  bench.cluster.trouble({.kind = Trouble::Kind::act_before, .method = "GET", .skip = 1, .act = [&] {
                           bench.cluster.put(kube::secret_with("AKIATHIRD", "third"));
                         }});
  EXPECT_NE(rotation::unknown(put_new(bench)), nullptr);
  expect_whole(bench, "AKIATHIRD", "third");
}

TEST(KubernetesFaults, WithoutPatienceALostReplyIsStillReadBack) {
  Bench bench;
  bench.patient = false;
  bench.cluster.trouble({.kind = Trouble::Kind::drop_reply, .method = "PATCH"});
  EXPECT_EQ(said(put_new(bench)), "done");
}

TEST(KubernetesFaults, NoMessageShowsASecretOfThePairOrOfTheToken) {
  for (int skip = 0; skip < 4; ++skip) {
    Bench bench;
    bench.cluster.trouble(
        {.kind = Trouble::Kind::refuse_before,
         .skip = static_cast<unsigned>(skip),
         .count = 100,
         .status = 422,
         .body = R"({"kind":"Status","reason":"Invalid","message":")" + new_secret + old_secret + "\"}"});
    const std::string text = said(put_new(bench));
    for (const auto& secret : {old_secret, new_secret, kube::base64(old_secret), kube::base64(new_secret)}) {
      EXPECT_FALSE(shows_a_piece(text, secret)) << text;
    }
    EXPECT_EQ(text.find("t-good"), std::string::npos);
  }
}

}  // namespace
