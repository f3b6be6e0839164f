// How a location of the type vault-kv2 is written, and every way in which that can be cut short.
#include "tests/secrets_adapters/vault_bench.hpp"

namespace vault_bench {
namespace {
using Kind = Trouble::Kind;

struct VaultWrite : Bench {
  [[nodiscard]] std::size_t posts() {
    std::size_t count = 0;
    for (const auto& one : vault.seen()) count += one.method == "POST" && one.path == data_path ? 1U : 0U;
    return count;
  }
};

TEST_F(VaultWrite, ANewVersionHasThePairAndEveryOtherByteAsItWas) {
  const auto there = place();
  EXPECT_EQ(said(put_new(*there)), "done");
  EXPECT_EQ(held(), new_data);
  EXPECT_EQ(number(), 2U);
  EXPECT_EQ(said(there->read()), places::new_pair);
  EXPECT_EQ(said(put_old_back(*there)), "done");
  EXPECT_EQ(held(), old_data);
  EXPECT_EQ(number(), 3U);
  vault.with([&] {
    auto& secret = vault.mounts["secret"].secrets["support"];
    EXPECT_EQ(secret.versions[1].data, old_data);
    EXPECT_EQ(secret.versions[2].data, new_data);
    EXPECT_EQ(secret.custom_metadata.at("owner"), "support");
  });
}

TEST_F(VaultWrite, TheIdMayStandBeforeTheSecretOrBehindIt) {
  for (const std::string order :
       {R"({"aws_id":"I","x":{"aws_id":"I2"},"aws_secret":"S"})", R"({"aws_secret":"S","aws_id":"I"})"}) {
    const std::string data = places::with(places::with(order, "\"I\"", "\"" + places::old_id + "\""), "\"S\"",
                                          "\"" + places::old_secret + "\"");
    replace(data);
    EXPECT_EQ(said(put_new(*place())), "done");
    EXPECT_EQ(held(), places::handed_over(data));
  }
}

TEST_F(VaultWrite, AWriteSaysWhichVersionItReplaces) {
  replace(old_data);
  EXPECT_EQ(said(put_new(*place())), "done");
  const auto seen = vault.seen();
  ASSERT_EQ(seen.size(), 3U);  // look, write, look
  EXPECT_EQ(seen[1].body, R"({"options":{"cas":2},"data":)" + new_data + "}");
}

TEST_F(VaultWrite, ASecretThatDemandsCasIsServed) {
  vault.with([&] { vault.mounts["secret"].cas_required = true; });
  EXPECT_EQ(said(put_new(*place())), "done");
}

TEST_F(VaultWrite, GoesThereAndBackMoreOftenThanVaultKeepsVersions) {
  const auto there = place();
  for (int round = 0; round < 8; ++round) {
    ASSERT_EQ(said(put_new(*there)), "done") << round;
    ASSERT_EQ(said(put_old_back(*there)), "done") << round;
  }
  EXPECT_EQ(held(), old_data);
}

TEST_F(VaultWrite, WritingTheSameAgainMakesNoVersion) {
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(number(), 2U);
}

// Invariant 13, of the id and of the secret.
TEST_F(VaultWrite, AThirdValueIsAConflictAndNothingIsWritten) {
  for (const std::string& data :
       {third_data, places::with(old_data, places::old_secret, "changed"), std::string(R"({"x":1})")}) {
    replace(data);
    EXPECT_EQ(why(put_new(*place())), Refusal::conflict);
    EXPECT_EQ(held(), data);
  }
  vault.with([&] { vault.mounts["secret"].secrets.clear(); });
  EXPECT_EQ(why(put_new(*place())), Refusal::conflict);
  EXPECT_EQ(posts(), 0U);
}

TEST_F(VaultWrite, AValueThatIsNoAccessKeyIsNotSent) {
  for (const char* secret : {"a b", "a\nb", ""}) {
    EXPECT_EQ(why(place()->write({old_holding(), AccessKeyId(places::new_id), Secret(secret)})), Refusal::invalid);
  }
  EXPECT_EQ(why(place()->write({old_holding(), AccessKeyId("A\"B"), Secret("x")})), Refusal::invalid);
  EXPECT_TRUE(vault.seen().empty());
}

TEST_F(VaultWrite, ASecretWithMarksOfJsonIsWrittenAsItIs) {
  EXPECT_EQ(said(place()->write({old_holding(), AccessKeyId(places::new_id), Secret(R"(a"b\c<&)")})), "done");
  EXPECT_EQ(said(place()->read()), places::new_id + R"( a"b\c<&)");
}

// ---- others write too ---------------------------------------------------------------------------------------

TEST_F(VaultWrite, AnotherMemberThatChangesInBetweenIsTakenOver) {
  vault.trouble({.kind = Kind::act_before, .method = "POST", .path_prefix = data_path, .act = slips_in(other_member)});
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(held(), places::handed_over(other_member));
  EXPECT_EQ(number(), 3U);
}

TEST_F(VaultWrite, AnotherPairThatComesInBetweenStays) {
  vault.trouble({.kind = Kind::act_before, .method = "POST", .path_prefix = data_path, .act = slips_in(third_data)});
  const auto answer = put_new(*place());
  EXPECT_EQ(why(answer), Refusal::conflict);
  EXPECT_TRUE(has(said(answer), "it holds AKIATHIRD, not " + places::old_id)) << said(answer);
  EXPECT_EQ(held(), third_data);
}

TEST_F(VaultWrite, TheNewPairFromAnotherHandIsDone) {
  vault.trouble({.kind = Kind::act_before, .method = "POST", .path_prefix = data_path, .act = slips_in(new_data)});
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(number(), 2U);
}

TEST_F(VaultWrite, ASecretThatNeverRestsIsGivenUp) {
  vault.trouble({.kind = Kind::act_before,
                 .method = "POST",
                 .path_prefix = data_path,
                 .count = 9,
                 .act = slips_in(other_member)});
  EXPECT_EQ(why(put_new(*place())), Refusal::conflict);
  EXPECT_EQ(held(), other_member);
  EXPECT_EQ(posts(), 5U);
}

TEST_F(VaultWrite, ADeletionInBetweenIsNotWrittenOver) {
  vault.trouble({.kind = Kind::act_before, .method = "POST", .path_prefix = data_path, .act = [&] {
                   vault.put("secret", "support", old_data);
                   vault.mounts["secret"].secrets["support"].versions[2].deleted = true;
                 }});
  EXPECT_EQ(why(put_new(*place())), Refusal::invalid);
  EXPECT_EQ(number(), 2U);
}

TEST_F(VaultWrite, APairThatIsReplacedBeforeItIsReadBackIsUnknown) {
  vault.trouble(
      {.kind = Kind::act_before, .method = "GET", .path_prefix = data_path, .skip = 1, .act = slips_in(third_data)});
  EXPECT_NE(rotation::unknown(put_new(*place())), nullptr);
}

// ---- refusals of the server -----------------------------------------------------------------------------------

// Another process may have the rotation by then.
TEST_F(VaultWrite, NothingIsSentOnceItsTimeIsOver) {
  rotation::Millis clock{0};
  boot = [&] { return clock; };
  vault.trouble({.kind = Kind::act_before, .method = "GET", .path_prefix = data_path, .act = [&] {
                   clock += rotation::Millis{80'000};
                 }});
  const auto answer = put_new(*place());
  EXPECT_EQ(why(answer), Refusal::not_sent) << said(answer);
  EXPECT_TRUE(has(said(answer), "as long as the rotation may be held")) << said(answer);
  EXPECT_EQ(held(), old_data);
  EXPECT_EQ(number(), 1U);
  EXPECT_EQ(said(put_new(*place())), "done");  // the next write has its own time
}

TEST_F(VaultWrite, WithoutTheRightToWriteItIsDeniedAndAsItWas) {
  vault.with([&] { vault.tokens["hvs.good"].policy = Vault::allowing("secret/data/support", {"read"}); });
  const auto answer = put_new(*place());
  EXPECT_EQ(why(answer), Refusal::denied);
  EXPECT_TRUE(has(said(answer), "its policies do not allow this")) << said(answer);
  EXPECT_EQ(held(), old_data);
}

TEST_F(VaultWrite, ARefusalForAnotherReasonIsNoConflict) {
  const std::string echo = R"({"errors":["no: )" + places::new_secret + "\"]}";
  for (const int status : {400, 404, 405, 409, 412, 413}) {
    vault.trouble(
        {.kind = Kind::refuse_before, .method = "POST", .path_prefix = data_path, .status = status, .body = echo});
    const auto answer = put_new(*place());
    ASSERT_NE(rotation::refused(answer), nullptr) << status << said(answer);
    EXPECT_NE(why(answer), Refusal::conflict) << status;
    EXPECT_FALSE(places::shows_a_piece(said(answer), places::new_secret)) << status;
  }
  EXPECT_EQ(held(), old_data);
}

TEST_F(VaultWrite, AThrottledWriteIsSentAgain) {
  vault.trouble({.kind = Kind::refuse_before, .method = "POST", .path_prefix = data_path, .count = 2, .status = 429});
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(number(), 2U);
}

// ---- lost replies -------------------------------------------------------------------------------------------

TEST_F(VaultWrite, AWriteWhoseReplyIsLostIsSettledByReading) {
  for (const Kind kind : {Kind::drop_reply, Kind::refuse_after}) {
    replace(old_data);
    const auto before = number();
    vault.trouble({.kind = kind, .method = "POST", .path_prefix = data_path, .status = 502});
    EXPECT_EQ(said(put_new(*place())), "done");
    EXPECT_EQ(held(), new_data);
    EXPECT_EQ(number(), before + 1);
  }
}

TEST_F(VaultWrite, AWriteThatNeverArrivedIsSentOnceMore) {
  for (const Kind kind : {Kind::drop_request, Kind::refuse_before}) {
    replace(old_data);
    vault.trouble({.kind = kind, .method = "POST", .path_prefix = data_path, .status = 503});
    EXPECT_EQ(said(put_new(*place())), "done");
    EXPECT_EQ(held(), new_data);
  }
}

TEST_F(VaultWrite, OneThatIsLostAgainAndAgainIsUnknown) {
  vault.trouble({.kind = Kind::drop_request, .method = "POST", .path_prefix = data_path, .count = 9});
  EXPECT_NE(rotation::unknown(put_new(*place())), nullptr);
  EXPECT_EQ(posts(), 2U);
  EXPECT_EQ(held(), old_data);
}

TEST_F(VaultWrite, WithoutLeaveToWaitALostWriteIsNotSentAgain) {
  pauses = false;
  vault.trouble({.kind = Kind::drop_request, .method = "POST", .path_prefix = data_path});
  EXPECT_NE(rotation::unknown(put_new(*place())), nullptr);
  EXPECT_EQ(posts(), 1U);
}

TEST_F(VaultWrite, ALostWriteInWhosePlaceAnotherPairCameIsAConflict) {
  vault.trouble({.kind = Kind::drop_request, .method = "POST", .path_prefix = data_path});
  vault.trouble(
      {.kind = Kind::act_before, .method = "GET", .path_prefix = data_path, .skip = 1, .act = slips_in(third_data)});
  EXPECT_EQ(why(put_new(*place())), Refusal::conflict);
  EXPECT_EQ(held(), third_data);
}

TEST_F(VaultWrite, ALostWriteThatAnotherPairReplacedIsUnknown) {
  vault.trouble({.kind = Kind::drop_reply, .method = "POST", .path_prefix = data_path});
  vault.trouble(
      {.kind = Kind::act_before, .method = "GET", .path_prefix = data_path, .skip = 1, .act = slips_in(third_data)});
  EXPECT_NE(rotation::unknown(put_new(*place())), nullptr);
  EXPECT_EQ(held(), third_data);
}

TEST_F(VaultWrite, ALostWriteThatCanNoLongerBeReadIsUnknown) {
  vault.trouble({.kind = Kind::drop_reply, .method = "POST", .path_prefix = data_path});
  vault.trouble({.kind = Kind::refuse_before, .method = "GET", .path_prefix = data_path, .skip = 1, .status = 403});
  EXPECT_NE(rotation::unknown(put_new(*place())), nullptr);
}

// An old version can't be told from one that a write is still on its way to.
TEST_F(VaultWrite, AStandbyThatHasNotSeenTheWriteIsWaitedFor) {
  vault.with([&] { vault.lag = 3; });
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(held(), new_data);
  unsigned behind = 0;
  for (const auto& one : vault.seen()) behind += one.status == 412 ? 1U : 0U;
  EXPECT_EQ(behind, 3U);
}

TEST_F(VaultWrite, AStandbyThatGivesNoIndexIsReadAgain) {
  vault.with([&] {
    vault.lag = 2;
    vault.tells_index = false;
  });
  EXPECT_EQ(said(put_new(*place())), "done");
  vault.with([&] { vault.lag = 50; });
  const auto answer = put_old_back(*place());
  EXPECT_NE(rotation::unknown(answer), nullptr);
  EXPECT_TRUE(has(said(answer), "it was written, but is not to be seen yet")) << said(answer);
}

TEST_F(VaultWrite, AStandbyThatNeverSeesTheWriteLeavesItUnknown) {
  vault.with([&] { vault.lag = 50; });
  EXPECT_NE(rotation::unknown(put_new(*place())), nullptr);
}

// ---- every fault at every request -----------------------------------------------------------------------------

struct VaultSweep : VaultWrite {
  // As the engine does after a crash: it reads, and writes again what it read and knows.
  void finish(const std::string& point) {
    const auto there = place();
    const auto now = there->read();
    ASSERT_NE(rotation::done(now), nullptr) << point << said(now);
    const auto answer = there->write({*rotation::done(now), AccessKeyId(places::new_id), Secret(places::new_secret)});
    EXPECT_EQ(said(answer), "done") << point;
    EXPECT_EQ(held(), new_data) << point;
  }
  void finish_restore(const std::string& point) {
    const auto there = place();
    const auto now = there->read();
    ASSERT_NE(rotation::done(now), nullptr) << point << said(now);
    const auto answer = there->write({*rotation::done(now), AccessKeyId(places::old_id), Secret(places::old_secret)});
    EXPECT_EQ(said(answer), "done") << point;
    EXPECT_EQ(held(), old_data) << point;
  }
  void expect_true(const rotation::Answer<rotation::Written>& answer, const std::string& before,
                   const std::string& after, const std::string& point) {
    if (rotation::done(answer) != nullptr) {
      EXPECT_EQ(held(), after) << point;
    }
    if (rotation::refused(answer) != nullptr) {
      EXPECT_EQ(held(), before) << point;
    }
    EXPECT_NE(why(answer), Refusal::conflict) << point;  // nobody else was there
    for (const auto& secret : {places::old_secret, places::new_secret}) {
      EXPECT_FALSE(places::shows_a_piece(said(answer), secret)) << point;  // Invariant 14
    }
  }
};

struct Fault {
  Kind kind;
  int status = 500;
};
constexpr std::array every_fault{Fault{Kind::drop_request}, Fault{Kind::drop_reply}, Fault{Kind::refuse_before},
                                 Fault{Kind::refuse_after}, Fault{Kind::refuse_before, 403}};
constexpr unsigned requests_of_a_write = 3;

// Invariants 11 and 13. Without leave to wait, so that each fault ends the write as a crash there would.
TEST_F(VaultSweep, AWriteThatIsCutShortAnywhereEndsWithTheNewPairWhenItIsDoneAgain) {
  pauses = false;
  for (const auto& [kind, status] : every_fault) {
    for (unsigned n = 0; n < requests_of_a_write; ++n) {
      const std::string point = std::to_string(static_cast<int>(kind)) + " at " + std::to_string(n);
      replace(old_data);
      vault.trouble({.kind = kind, .path_prefix = data_path, .skip = n, .status = status});
      expect_true(put_new(*place()), old_data, new_data, point);
      finish(point);
    }
  }
}

TEST_F(VaultSweep, ARestoreThatIsCutShortAnywhereEndsWithTheOldPairWhenItIsDoneAgain) {
  pauses = false;
  for (const auto& [kind, status] : every_fault) {
    for (unsigned n = 0; n < requests_of_a_write; ++n) {
      const std::string point = std::to_string(static_cast<int>(kind)) + " at " + std::to_string(n);
      replace(new_data);
      vault.trouble({.kind = kind, .path_prefix = data_path, .skip = n, .status = status});
      expect_true(put_old_back(*place()), new_data, old_data, point);
      finish_restore(point);
    }
  }
}

// login, look, write, look, and the token given back
TEST_F(VaultSweep, AWriteUnderALoginThatIsCutShortAnywhereEndsWithTheNewPairToo) {
  pauses = false;
  ::setenv("KEYBATON_TEST_TOKEN", "sid-1", 1);
  settings.erase("token_env");
  settings.insert({{"auth.method", "approle"}, {"auth.role_id", "r"}, {"auth.secret_id_env", "KEYBATON_TEST_TOKEN"}});
  vault.with([&] {
    vault.logins["approle"] = {.wants = {{"role_id", "r"}, {"secret_id", "sid-1"}}, .grants = vault.tokens["hvs.good"]};
  });
  for (const auto& [kind, status] : every_fault) {
    for (unsigned n = 0; n <= requests_of_a_write + 1; ++n) {
      const std::string point = std::to_string(static_cast<int>(kind)) + " at " + std::to_string(n);
      replace(old_data);
      vault.trouble({.kind = kind, .path_prefix = "/v1/", .skip = n, .status = status});
      expect_true(put_new(*place()), old_data, new_data, point);
      finish(point);
    }
  }
}

}  // namespace
}  // namespace vault_bench
