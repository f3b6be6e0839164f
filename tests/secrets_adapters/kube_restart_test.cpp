// A Secret whose deployments are restarted, and what every kind of end in the middle leaves.
#include <gtest/gtest.h>

#include "tests/secrets_adapters/kube_bench.hpp"

namespace {

using namespace places;
using kube::Bench;
using kube::Crashed;
using kube::CrashPlan;
using rotation::Direction;
using simulated_stores::Json;
using simulated_stores::Kubernetes;
using simulated_stores::Trouble;

constexpr const char* mark = "/metadata/annotations/keybaton.dev~1restart-due";
constexpr const char* stamp = "/spec/template/metadata/annotations/keybaton.dev~1restarted-for";

struct Restarting : Bench {
  int attempt = 0;
  Restarting() { restart(); }

  // One write as the engine does it: what is read just before is what is expected.
  Answer<Written> write(const std::string& id, const std::string& secret) {
    const auto place = this->place();
    auto read = place->read();
    const Holding* held = rotation::done(read);
    if (held == nullptr) return rotation::pass_on<Written>(read);
    return place->write({*held, AccessKeyId(id), Secret(secret), Direction::forward,
                         rotation::AttemptId("01JATTEMPT" + std::to_string(++attempt))});
  }
  Answer<Written> forward() { return write(new_id, new_secret); }
  Answer<Written> back() { return write(old_id, old_secret); }

  // As `back` or `forward`, by a process that dies at a request. Has it died?
  bool dies(const std::string& id, const std::string& secret, int at, CrashPlan::When when) {
    *plan = {.at = at, .when = when};
    bool died = false;
    try {
      (void)write(id, secret);
    } catch (const Crashed&) {
      died = true;
    }
    *plan = {};
    return died;
  }
  std::string unfinished() {
    const auto answer = place()->read();
    const Holding* held = rotation::done(answer);
    return held == nullptr ? "unreadable" : held->unfinished;
  }
  bool marked() { return secret().contains(Json::json_pointer(mark)); }
  std::string stamped(const char* deployment) {
    return cluster.object("Deployment", deployment).value(Json::json_pointer(stamp), std::string("nothing"));
  }
  void expect_all_of(const std::string& id, const std::string& secret_text, const std::string& point) {
    EXPECT_EQ(still(secret()), expected(id, secret_text)) << point;
    EXPECT_EQ(unfinished(), "") << point;
    EXPECT_TRUE(stamped("web").starts_with(id + "/")) << point << ": " << stamped("web");
    EXPECT_EQ(stamped("web"), stamped("worker")) << point;
    EXPECT_TRUE(cluster.odd().empty()) << point;
  }
};

TEST(KubernetesRestart, RollsEachDeploymentOnceAndWaitsForAll) {
  Restarting bench;
  EXPECT_EQ(said(bench.place()->ready()), "done");
  EXPECT_EQ(bench.stamped("web"), "nothing");
  EXPECT_EQ(said(bench.forward()), "done");
  bench.expect_all_of(new_id, new_secret, "forward");
  EXPECT_EQ(bench.stamped("web"), new_id + "/01JATTEMPT1");
  EXPECT_FALSE(bench.pauses.empty());
  for (const char* name : {"web", "worker"}) {
    EXPECT_EQ(bench.cluster.rollouts(name), 1);
    EXPECT_EQ(bench.cluster.object("Deployment", name)["status"]["observedGeneration"], 2);
  }
  EXPECT_EQ(said(bench.back()), "done");
  bench.expect_all_of(old_id, old_secret, "back");
  EXPECT_EQ(bench.cluster.rollouts("web"), 2);
}

TEST(KubernetesRestart, OnceDoneAnotherWriteOfTheSamePairRollsNothing) {
  Restarting bench;
  ASSERT_EQ(said(bench.forward()), "done");
  EXPECT_EQ(said(bench.forward()), "done");
  EXPECT_EQ(bench.cluster.rollouts("web"), 1);
}

TEST(KubernetesRestart, ARolloutThatDoesNotEndIsUnknownAndSaidToBeUnfinished) {
  Restarting bench;
  bench.settings["restart_timeout"] = "7";
  bench.cluster.rolling("worker", {.end = Kubernetes::Rolling::End::never});
  const auto answer = bench.forward();
  ASSERT_NE(rotation::unknown(answer), nullptr) << said(answer);
  EXPECT_NE(said(answer).find("was given " + new_id + ", but deployment apps/worker: its rollout is not over yet"),
            std::string::npos)
      << said(answer);
  EXPECT_EQ(bench.pauses.size(), 7U);
  EXPECT_EQ(said(bench.place()->read()), new_pair);
  EXPECT_NE(bench.unfinished(), "");
  bench.cluster.rolling("worker", {});
  EXPECT_EQ(said(bench.forward()), "done");
  bench.expect_all_of(new_id, new_secret, "after all");
  EXPECT_EQ(bench.cluster.rollouts("worker"), 1);
}

// A rollout that takes longer than the lease: each write waits for a part of it, and the next one waits on.
TEST(KubernetesRestart, ALongRolloutIsWaitedForInPieces) {
  Restarting bench;
  rotation::Millis clock{0};
  bench.boot = [&] { return clock; };
  bench.on_pause = [&](rotation::Millis span) { clock += span; };
  bench.settings["restart_timeout"] = "90";
  bench.cluster.rolling("worker", {.end = Kubernetes::Rolling::End::never});
  const auto place = bench.place();
  const auto go_on = [&] {
    const auto read = place->read();
    return place->write({*rotation::done(read), AccessKeyId(new_id), Secret(new_secret), Direction::forward,
                         rotation::AttemptId("01JATTEMPT" + std::to_string(++bench.attempt))});
  };
  const auto first = go_on();
  ASSERT_NE(rotation::unknown(first), nullptr) << said(first);
  EXPECT_TRUE(rotation::unknown(first)->goes_on);
  EXPECT_LT(clock, rotation::Millis{75'000});
  EXPECT_GT(clock, rotation::Millis{40'000});
  const auto second = go_on();  // what was left of the 90 s
  ASSERT_NE(rotation::unknown(second), nullptr) << said(second);
  EXPECT_FALSE(rotation::unknown(second)->goes_on);
  EXPECT_EQ(bench.pauses.size(), 90U);
  bench.cluster.rolling("worker", {});
  EXPECT_EQ(said(go_on()), "done");
  bench.expect_all_of(new_id, new_secret, "after all");
  EXPECT_EQ(bench.cluster.rollouts("worker"), 1);
}

TEST(KubernetesRestart, AFailedRolloutEndsTheWaitAndTheWayBackRollsAnew) {
  Restarting bench;
  bench.cluster.rolling("web", {.end = Kubernetes::Rolling::End::deadline_exceeded});
  const auto answer = bench.forward();
  EXPECT_NE(said(answer).find("unknown: "), std::string::npos);
  EXPECT_NE(said(answer).find("ProgressDeadlineExceeded"), std::string::npos) << said(answer);
  EXPECT_LT(bench.pauses.size(), 10U);
  bench.cluster.rolling("web", {});
  EXPECT_EQ(said(bench.back()), "done");
  bench.expect_all_of(old_id, old_secret, "back");
  EXPECT_EQ(bench.cluster.rollouts("web"), 2);
}

TEST(KubernetesRestart, ADeploymentThatCannotBeRestartedIsRefusedBeforeAKeyIsMade) {
  Restarting bench;
  bench.settings["restart.1"] = "other";
  EXPECT_EQ(why(bench.place()->ready()), Refusal::no_such_entity);
  Json paused = kube::deployment("worker");
  paused["spec"]["paused"] = true;
  bench.cluster.put(paused);
  bench.settings["restart.1"] = "worker";
  EXPECT_EQ(why(bench.place()->ready()), Refusal::unsupported);
  EXPECT_NE(said(bench.place()->ready()).find("deployment apps/worker is paused"), std::string::npos);
}

TEST(KubernetesRestart, AMarkOfAnotherPairIsNotThisOnes) {
  Restarting bench;
  Json object = kube::secret_with(old_id, old_secret);
  object["metadata"]["annotations"]["keybaton.dev/restart-due"] = "AKIAOTHER/01J";
  bench.cluster.put(object);
  EXPECT_EQ(bench.unfinished(), "");
  object["metadata"]["annotations"]["keybaton.dev/restart-due"] = old_id + "/01J";
  bench.cluster.put(object);
  EXPECT_NE(bench.unfinished(), "");
  bench.settings.erase("restart.0");
  bench.settings.erase("restart.1");
  EXPECT_EQ(bench.unfinished(), "");
}

TEST(KubernetesRestart, WhoWritesAnotherPairWhileItWaitsKeepsHisMark) {
  Restarting bench;
  Json theirs = kube::secret_with("AKIATHIRD", "third");
  theirs["metadata"]["annotations"]["keybaton.dev/restart-due"] = "AKIATHIRD/01JTHEIRS";
  bench.cluster.trouble(
      {.kind = Trouble::Kind::act_before, .method = "PATCH", .path_prefix = "/api/v1/", .skip = 1, .act = [&] {
         bench.cluster.put(theirs);
       }});
  const auto answer = bench.forward();
  EXPECT_NE(said(answer).find("unknown: "), std::string::npos);
  EXPECT_NE(said(answer).find("somebody else has written another pair since"), std::string::npos) << said(answer);
  EXPECT_EQ(Bench::still(bench.secret())["metadata"], theirs["metadata"]);
}

TEST(KubernetesRestart, SomebodyElseWhoRollsADeploymentMeanwhileIsNotWaitedFor) {
  Restarting bench;
  bench.cluster.trouble(
      {.kind = Trouble::Kind::act_before, .method = "GET", .path_prefix = "/apis/", .skip = 2, .act = [&] {
         bench.cluster.put(kube::deployment("web"));
       }});
  const auto answer = bench.forward();
  EXPECT_NE(said(answer).find("was changed by somebody else"), std::string::npos) << said(answer);
  EXPECT_EQ(said(bench.forward()), "done");
  bench.expect_all_of(new_id, new_secret, "after");
}

// ---- every point -----------------------------------------------------------------------------------------------

int requests_of_a_write() {
  Restarting bench;
  EXPECT_EQ(said(bench.forward()), "done");
  return bench.plan->asked;
}

// What a crash leaves is one whole pair, old or new; with the new one it is known whether restarts are still due; and
// one more run ends it, there or back, with each deployment rolled once for each write that changed the pair.
TEST(KubernetesCrash, AtEachRequestOfAWriteTheNextRunEndsIt) {
  const int requests = requests_of_a_write();
  ASSERT_GE(requests, 14);
  for (const auto when : {CrashPlan::When::before, CrashPlan::When::after}) {
    for (int at = 1; at <= requests; ++at) {
      const std::string point = std::to_string(at) + (when == CrashPlan::When::before ? " before" : " after");
      Restarting bench;
      ASSERT_TRUE(bench.dies(new_id, new_secret, at, when)) << point;
      const std::string now = said(bench.place()->read());
      ASSERT_TRUE(now == old_pair || now == new_pair) << point << ": " << now;
      EXPECT_EQ(bench.marked(), bench.unfinished() != "") << point;
      if (now == new_pair && !bench.marked()) {
        EXPECT_EQ(bench.stamped("worker"), new_id + "/01JATTEMPT1") << point;  // nothing is forgotten
      }
      ASSERT_EQ(said(bench.forward()), "done") << point;
      bench.expect_all_of(new_id, new_secret, point);
      EXPECT_EQ(bench.cluster.rollouts("web"), 1) << point;
      EXPECT_EQ(bench.cluster.rollouts("worker"), 1) << point;
    }
  }
}

TEST(KubernetesCrash, AtEachRequestOfAWriteTheWayBackIsOpen) {
  const int requests = requests_of_a_write();
  for (const auto when : {CrashPlan::When::before, CrashPlan::When::after}) {
    for (int at = 1; at <= requests; ++at) {
      const std::string point = std::to_string(at) + (when == CrashPlan::When::before ? " before" : " after");
      Restarting bench;
      ASSERT_TRUE(bench.dies(new_id, new_secret, at, when)) << point;
      const bool written = said(bench.place()->read()) == new_pair;
      ASSERT_EQ(said(bench.back()), "done") << point;
      EXPECT_EQ(Bench::still(bench.secret()), bench.expected(old_id, old_secret)) << point;
      if (written) bench.expect_all_of(old_id, old_secret, point);
    }
  }
}

TEST(KubernetesCrash, AtEachRequestOfARestoreTheNextRunEndsIt) {
  const int requests = requests_of_a_write();
  for (const auto when : {CrashPlan::When::before, CrashPlan::When::after}) {
    for (int at = 1; at <= requests; ++at) {
      const std::string point = std::to_string(at) + (when == CrashPlan::When::before ? " before" : " after");
      Restarting bench;
      ASSERT_EQ(said(bench.forward()), "done");
      ASSERT_TRUE(bench.dies(old_id, old_secret, at, when)) << point;
      ASSERT_EQ(said(bench.back()), "done") << point;
      bench.expect_all_of(old_id, old_secret, point);
      EXPECT_EQ(bench.cluster.rollouts("web"), 2) << point;
    }
  }
}

// The process lives, and one reply is lost or one request never arrives. Patient: it may ask again.
TEST(KubernetesCrash, ALostReplyOrRequestAtEachPointIsSettledOrUnknownAndTheNextRunEndsIt) {
  const int requests = requests_of_a_write();
  for (const bool patient : {true, false}) {
    for (const auto kind : {Trouble::Kind::drop_reply, Trouble::Kind::drop_request}) {
      for (int at = 0; at < requests; ++at) {
        const std::string point = std::to_string(at) + (patient ? " patient" : "");
        Restarting bench;
        bench.patient = patient;
        bench.cluster.rolling("web", {.looks = 0});
        bench.cluster.rolling("worker", {.looks = 0});
        bench.cluster.trouble({.kind = kind, .skip = static_cast<unsigned>(at)});
        const auto answer = bench.forward();
        EXPECT_TRUE(!patient || rotation::done(answer) != nullptr) << point << said(answer);
        EXPECT_TRUE(rotation::done(answer) == nullptr || !bench.marked()) << point;
        EXPECT_TRUE(rotation::refused(answer) == nullptr || said(bench.place()->read()) == old_pair) << point;
        bench.patient = true;
        ASSERT_EQ(said(bench.forward()), "done") << point;
        bench.expect_all_of(new_id, new_secret, point);
        EXPECT_EQ(bench.cluster.rollouts("web"), 1) << point;
      }
    }
  }
}

}  // namespace
