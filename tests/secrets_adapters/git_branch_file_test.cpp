// The pair as committed on a branch of its own, to be merged or not, with the real git.
#include <gtest/gtest.h>

#include "tests/secrets_adapters/git_repository.hpp"

namespace {

using namespace places;
using namespace places::git;

const Repository::Settings merged{{"push", "yes"}, {"branch", "rotate-{rotation}"}, {"merged_into", "origin/main"}};
const std::string where = "branch rotate-r-1, to be merged into origin/main";

void merge_at_origin(const Repository& here, const std::string& how) {
  here.in(here.other(), {"fetch", "--quiet"});
  here.in(here.other(), {"reset", "--quiet", "--hard", "origin/main"});
  if (how == "squash") {
    here.in(here.other(), {"merge", "--quiet", "--squash", "origin/rotate-r-1"});
    here.in(here.other(), {"commit", "--quiet", "-m", "squashed"});
  } else {
    here.in(here.other(), {"merge", "--quiet", "--no-ff", "-m", "merged", "origin/rotate-r-1"});
  }
  here.in(here.other(), {"push", "--quiet", "origin", "HEAD:main"});
}

TEST(GitBranch, AWriteIsAProposalUntilItIsMergedAndTouchesNoWorkTree) {
  const Repository here;
  here.put(old_text + "X=work in progress\n");
  const auto place = here.place(merged);
  EXPECT_EQ(said(place->ready()), "done");
  EXPECT_EQ(with_proposal(place->read()), old_pair);
  const auto written = hand_over_as_read(*place);
  ASSERT_EQ(said(written), "done");
  ASSERT_TRUE(rotation::done(written)->proposed);
  EXPECT_EQ(rotation::done(written)->proposed->where, where);
  EXPECT_EQ(rotation::done(written)->proposed->id.text(), new_id);
  EXPECT_EQ(with_proposal(place->read()), old_pair + ", proposed " + new_id + ": " + where);
  EXPECT_EQ(here.published("rotate-r-1"), new_text);
  EXPECT_EQ(here.published("main"), old_text);
  EXPECT_EQ(here.text(), old_text + "X=work in progress\n");
  EXPECT_EQ(here.status(), " M data/app.env");
  merge_at_origin(here, "merge");
  EXPECT_EQ(with_proposal(place->read()), new_pair);
}

TEST(GitBranch, TheCommitNamesKeysAndRotationAndShowsNoSecret) {
  const Repository here;
  ASSERT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
  const std::string message = here.in(here.origin(), {"log", "-1", "--format=%an <%ae>%n%B", "rotate-r-1"});
  EXPECT_EQ(message, "Place Keeper <places@keybaton.example>\napp: access key " + old_id + " -> " + new_id +
                         "\n\nMade by keybaton in rotation r-1.\n\nKeybaton-Rotation: r-1\nKeybaton-Key: " + new_id +
                         "\n");
  EXPECT_EQ(here.in(here.origin(), {"diff", "--name-only", "main", "rotate-r-1"}), "data/app.env");
}

TEST(GitBranch, WritingTwiceTheSameMakesOneCommit) {
  const Repository here;
  for (int n = 0; n < 2; ++n) ASSERT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 1);
}

TEST(GitBranch, ARestoreOfAProposalMakesALateMergeHarmless) {
  const Repository here;
  const auto place = here.place(merged);
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  const auto back = put_back_as_read(*place);
  ASSERT_EQ(said(back), "done");
  EXPECT_FALSE(rotation::done(back)->proposed);
  EXPECT_EQ(here.published("rotate-r-1"), old_text);
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 2);
  EXPECT_EQ(with_proposal(place->read()), old_pair);
  here.colleague("README", "two\n");
  merge_at_origin(here, "merge");
  EXPECT_EQ(here.published("main"), old_text);
  EXPECT_EQ(here.in(here.origin(), {"show", "main:README"}), "two");
}

TEST(GitBranch, ARestoreAfterAMergeIsANewProposalWhoseMergePutsTheOldPairBack) {
  for (const std::string how : {"merge", "squash"}) {
    const Repository here;
    const auto place = here.place(merged);
    ASSERT_EQ(said(hand_over_as_read(*place)), "done");
    merge_at_origin(here, how);
    here.colleague("README", "two\n");
    EXPECT_EQ(with_proposal(place->read()), new_pair) << how;
    const auto back = put_back_as_read(*place);
    ASSERT_EQ(said(back), "done") << how;
    EXPECT_EQ(rotation::done(back)->proposed->id.text(), old_id);
    EXPECT_EQ(with_proposal(place->read()), new_pair + ", proposed " + old_id + ": " + where) << how;
    merge_at_origin(here, how);
    EXPECT_EQ(here.published("main"), old_text) << how;
    EXPECT_EQ(here.in(here.origin(), {"show", "main:README"}), "two");
    EXPECT_EQ(with_proposal(place->read()), old_pair) << how;
  }
}

TEST(GitBranch, AThirdValueInTheMergedBranchIsAConflictAndNothingIsPushed) {
  const Repository here;
  const auto place = here.place(merged);
  here.colleague("data/app.env", with(old_text, old_id, "AKIATHIRDTHIRD"));
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  EXPECT_NE(said(hand_over(*place)).find("it holds AKIATHIRDTHIRD, not " + old_id), std::string::npos);
  EXPECT_EQ(here.published("rotate-r-1"), "");
  EXPECT_EQ(here.in(here.work(), {"for-each-ref", "refs/heads/rotate-r-1"}), "");
}

TEST(GitBranch, AChangeThatAColleaguePushedToTheBranchIsKept) {
  const Repository here;
  const auto place = here.place(merged);
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  here.in(here.other(), {"fetch", "--quiet"});
  here.in(here.other(), {"reset", "--quiet", "--hard", "origin/rotate-r-1"});
  here.colleague("README", "reviewed\n", "rotate-r-1");
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 2);
  ASSERT_EQ(said(put_back_as_read(*place)), "done");
  EXPECT_EQ(here.in(here.origin(), {"show", "rotate-r-1:README"}), "reviewed");
  EXPECT_EQ(here.published("rotate-r-1"), old_text);
}

TEST(GitBranch, SomebodyElsesProposalOnABranchOfAFixedNameIsNotOverwritten) {
  const Repository here;
  auto settings = merged;
  settings["branch"] = "keys";
  here.colleague("data/app.env", with(old_text, old_id, "AKIATHIRDTHIRD"), "keys");
  const auto place = here.place(settings);
  EXPECT_EQ(with_proposal(place->read()),
            old_pair + ", proposed AKIATHIRDTHIRD: branch keys, to be merged into origin/main");
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  EXPECT_EQ(here.published("keys"), with(old_text, old_id, "AKIATHIRDTHIRD"));
}

TEST(GitBranch, ABranchOfAFixedNameIsUsedAgainAfterItsMerge) {
  const Repository here;
  auto settings = merged;
  settings["branch"] = "rotate-r-1";
  ASSERT_EQ(said(hand_over_as_read(*here.place(settings))), "done");
  merge_at_origin(here, "merge");
  ASSERT_EQ(said(put_back_as_read(*here.place(settings, "r-2"))), "done");
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 1);
  EXPECT_EQ(here.published("rotate-r-1"), old_text);
}

TEST(GitBranch, WithoutAMergeTheBranchItselfIsThePlace) {
  const Repository here;
  for (const Repository::Settings& settings :
       {Repository::Settings{{"branch", "keys"}}, Repository::Settings{{"branch", "live"}, {"push", "yes"}}}) {
    const auto place = here.place(settings);
    EXPECT_EQ(said(place->ready()), "done");
    EXPECT_EQ(with_proposal(place->read()), old_pair);
    ASSERT_EQ(said(hand_over_as_read(*place)), "done");
    EXPECT_EQ(with_proposal(place->read()), new_pair);
    EXPECT_EQ(here.at(here.work(), settings.at("branch")), new_text);
    EXPECT_EQ(here.text(), old_text);
    ASSERT_EQ(said(put_back_as_read(*place)), "done");
    EXPECT_EQ(with_proposal(place->read()), old_pair);
    EXPECT_EQ(here.commits("main.." + settings.at("branch")), 2);
  }
  EXPECT_EQ(here.published("live"), old_text);
  EXPECT_EQ(here.published("keys"), "");
}

TEST(GitBranch, ALocalBranchCanBeTheOneThatCounts) {
  const Repository here;
  const auto place = here.place({{"branch", "keys"}, {"merged_into", "main"}});
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(with_proposal(place->read()), old_pair + ", proposed " + new_id + ": branch keys, to be merged into main");
  here.in(here.work(), {"merge", "--quiet", "keys"});
  EXPECT_EQ(with_proposal(place->read()), new_pair);
}

TEST(GitBranch, APushThatIsRefusedLeavesNothingHereOrThere) {
  const Repository here;
  workbench::put(here.origin() / "hooks" / "pre-receive", "#!/bin/sh\necho AKIA-SECRET-WORDS >&2\nexit 1\n", 0755);
  const auto place = here.place(merged);
  const auto answer = hand_over_as_read(*place);
  EXPECT_EQ(why(answer), Refusal::denied);
  EXPECT_EQ(said(answer).find("SECRET-WORDS"), std::string::npos);
  EXPECT_EQ(here.published("rotate-r-1"), "");
  EXPECT_EQ(here.in(here.work(), {"for-each-ref", "refs/heads/rotate-r-1"}), "");
  std::filesystem::remove(here.origin() / "hooks" / "pre-receive");
  EXPECT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 1);
}

TEST(GitBranch, ALostReplyToAPushIsSettledByAskingTheRemote) {
  const Repository here;
  // The remote has the branch when its connection breaks off.
  workbench::put(here.origin() / "hooks" / "post-receive", "#!/bin/sh\nkill -9 $PPID\n", 0755);
  EXPECT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
  EXPECT_EQ(here.published("rotate-r-1"), new_text);
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 1);
}

// All commands of one write share the time for which the rotation is held; here two seconds of it are left.
TEST(GitBranch, APushThatHangsIsCutShortAndTheNextWriteEndsIt) {
  const Repository here;
  const std::filesystem::path hook = here.origin() / "hooks" / "pre-receive";
  workbench::put(hook, "#!/bin/sh\nexec sleep 60\n", 0755);
  int asked = 0;
  const auto place = here.place(merged, "r-1", [&] { return rotation::Millis{asked++ == 0 ? 0 : 73'000}; });
  const auto began = std::chrono::steady_clock::now();
  const auto answer = hand_over_as_read(*place);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{30});
  ASSERT_NE(rotation::unknown(answer), nullptr) << said(answer);
  EXPECT_NE(said(answer).find("the push to origin did not end in time"), std::string::npos) << said(answer);
  EXPECT_EQ(here.published("rotate-r-1"), "");
  std::filesystem::remove(hook);
  EXPECT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
  EXPECT_EQ(here.commits_in(here.origin(), "main..rotate-r-1"), 1);
}

TEST(GitBranch, NothingIsPushedOnceTheTimeOfAWriteIsOver) {
  const Repository here;
  int asked = 0;
  const auto place = here.place(merged, "r-1", [&] { return rotation::Millis{asked++ == 0 ? 0 : 80'000}; });
  const auto answer = hand_over_as_read(*place);
  EXPECT_EQ(why(answer), Refusal::other) << said(answer);
  EXPECT_NE(said(answer).find("as long as the rotation may be held"), std::string::npos) << said(answer);
  EXPECT_EQ(here.published("rotate-r-1"), "");
  EXPECT_EQ(here.in(here.work(), {"for-each-ref", "refs/heads/rotate-r-1"}), "");
  EXPECT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
}

TEST(GitBranch, ARemoteThatCannotBeReadLeavesThePlaceUnread) {
  const Repository here;
  const auto place = here.place(merged);
  std::filesystem::rename(here.origin(), here.origin().string() + ".gone");
  EXPECT_EQ(why(place->read()), Refusal::no_such_entity);
  EXPECT_EQ(why(place->ready()), Refusal::no_such_entity);
  EXPECT_EQ(why(hand_over(*place)), Refusal::no_such_entity);
  here.in(here.work(), {"remote", "set-url", "origin", "http://name:wordofpass@127.0.0.1:1/x.git"});
  EXPECT_EQ(why(place->read()), Refusal::not_sent);
  EXPECT_NE(said(place->read()).find("the git remote origin can't be read: there is no connection"), std::string::npos);
  EXPECT_EQ(said(place->read()).find("wordofpass"), std::string::npos);
  here.in(here.work(), {"remote", "set-url", "origin", "ssh://127.0.0.1:1/x.git"});
  EXPECT_EQ(said(place->read()).substr(0, 8), "refused:") << said(place->read());
}

TEST(GitBranch, WhatWouldFailLaterIsSaidBeforeAKeyIsMade) {
  const Repository here;
  const auto place = here.place(merged);
  here.in(here.work(), {"checkout", "--quiet", "-b", "rotate-r-1"});
  EXPECT_NE(said(place->ready()).find("is checked out"), std::string::npos);
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  here.in(here.work(), {"checkout", "--quiet", "main"});
  workbench::put(here.config(), "[user]\n name = Place Keeper\n");
  EXPECT_NE(said(place->ready()).find("user.email"), std::string::npos);
  EXPECT_EQ(why(hand_over(*place)), Refusal::unsupported);
}

TEST(GitBranch, WithoutARotationItIsReadAndNotWritten) {
  const Repository here;
  ASSERT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
  const auto place = here.place(merged, "");
  EXPECT_EQ(with_proposal(place->read()), old_pair);
  EXPECT_EQ(said(place->ready()), "done");
  EXPECT_EQ(why(hand_over(*place)), Refusal::unsupported);
}

TEST(GitBranch, AFileThatIsNotThereIsAValueAndALinkIsRefused) {
  const Repository here;
  const auto place = here.place(merged);
  here.in(here.other(), {"rm", "--quiet", "data/app.env"});
  here.colleague("README", "three\n");
  EXPECT_EQ(with_proposal(place->read()), "nothing");
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  std::filesystem::create_directories(here.other() / "data");
  std::filesystem::create_symlink("../README", here.other() / "data" / "app.env");
  here.colleague("README", "four\n");
  EXPECT_EQ(why(place->read()), Refusal::invalid);
}

TEST(GitBranch, TheModeOfTheFileAndEverythingElseStay) {
  const Repository here;
  here.in(here.other(), {"update-index", "--chmod=+x", "data/app.env"});
  here.in(here.other(), {"commit", "--quiet", "-m", "mode"});
  here.in(here.other(), {"push", "--quiet", "origin", "main"});
  ASSERT_EQ(said(hand_over_as_read(*here.place(merged))), "done");
  EXPECT_TRUE(here.in(here.origin(), {"ls-tree", "rotate-r-1", "data/app.env"}).starts_with("100755 blob "));
  EXPECT_EQ(here.in(here.origin(), {"diff", "--numstat", "main", "rotate-r-1"}), "2\t2\tdata/app.env");
  EXPECT_FALSE(std::filesystem::exists(here.work() / ".git" / "keybaton.index"));
}

TEST(GitBranch, AnUnpushedCommitOfOursWithAKeyThatIsNoMoreIsDroppedAndAnothersIsNot) {
  const Repository here;
  ASSERT_EQ(said(hand_over(*here.place({{"branch", "live"}}))), "done");
  const auto place = here.place({{"branch", "live"}, {"push", "yes"}});
  EXPECT_EQ(said(place->read()), old_pair);
  ASSERT_EQ(said(place->write({holding(old_id), AccessKeyId("AKIATHIRDTHIRD"), Secret("third")})), "done");
  EXPECT_EQ(said(place->read()), "AKIATHIRDTHIRD third");
  EXPECT_EQ(here.commits_in(here.origin(), "main..live"), 1);
  here.in(here.work(), {"checkout", "--quiet", "live"});
  workbench::put(here.work() / "README", "mine\n");
  here.commit(here.work(), "mine");
  here.in(here.work(), {"checkout", "--quiet", "main"});
  const Holding third = holding("AKIATHIRDTHIRD");
  EXPECT_EQ(why(place->write({third, AccessKeyId(old_id), Secret(old_secret)})), Refusal::conflict);
  EXPECT_EQ(here.commits_in(here.origin(), "main..live"), 1);
}

TEST(GitBranch, ABranchThatMovesDuringTheWriteIsAConflict) {
  const Repository here;
  const auto place = here.place({{"branch", "live"}, {"push", "yes"}});
  workbench::put(here.work() / ".git" / "hooks" / "pre-push",
                 "#!/bin/sh\nunset GIT_DIR GIT_INDEX_FILE\ncd '" + here.other().string() +
                     "' && echo two > README && git commit -qam two && git push -q origin HEAD:live\n",
                 0755);
  EXPECT_EQ(why(hand_over_as_read(*place)), Refusal::conflict);
  EXPECT_EQ(here.published("live"), old_text);
  EXPECT_EQ(here.in(here.work(), {"for-each-ref", "refs/heads/live"}), "");
  std::filesystem::remove(here.work() / ".git" / "hooks" / "pre-push");
  EXPECT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(here.in(here.origin(), {"show", "live:README"}), "two");
}

TEST(GitBranch, OutsideOfGitItIsRefused) {
  const Repository here;
  std::filesystem::rename(here.work() / ".git", here.work() / "git.gone");
  EXPECT_EQ(why(here.place(merged)->read()), Refusal::invalid);
  std::filesystem::remove_all(here.work());
  EXPECT_EQ(why(here.place(merged)->read()), Refusal::other);
}

}  // namespace
