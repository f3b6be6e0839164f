// The pair as committed on the branch that is checked out, with the real git.
#include <gtest/gtest.h>

#include "tests/secrets_adapters/git_repository.hpp"

namespace {

using namespace places;
using namespace places::git;

const Repository::Settings local{};
const Repository::Settings pushed{{"push", "yes"}};

TEST(GitHead, AWriteCommitsTheFileAloneAndPushesNothingUnlessAsked) {
  const Repository here;
  workbench::put(here.work() / "README", "staged\n");
  here.in(here.work(), {"add", "README"});
  const auto place = here.place(local);
  EXPECT_EQ(said(place->ready()), "done");
  EXPECT_EQ(said(place->read()), old_pair);
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(said(place->read()), new_pair);
  EXPECT_EQ(here.text(), new_text);
  EXPECT_EQ(here.status(), "M  README");
  EXPECT_EQ(here.commits("origin/main..main"), 1);
  EXPECT_EQ(here.in(here.work(), {"show", "--name-only", "--format=%s", "HEAD"}),
            "app: access key " + old_id + " -> " + new_id + "\n\ndata/app.env");
  EXPECT_EQ(here.published("main"), old_text);
  ASSERT_EQ(said(put_back_as_read(*place)), "done");
  EXPECT_EQ(said(place->read()), old_pair);
  EXPECT_EQ(here.in(here.work(), {"log", "-1", "--format=%s"}),
            "app: put access key " + old_id + " back in place of " + new_id);
}

TEST(GitHead, WithPushTheUpstreamIsThePlace) {
  const Repository here;
  const auto place = here.place(pushed);
  EXPECT_EQ(said(place->ready()), "done");
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(here.published("main"), new_text);
  EXPECT_EQ(here.status(), "");
  EXPECT_EQ(said(place->read()), new_pair);
  ASSERT_EQ(said(put_back_as_read(*place)), "done");
  EXPECT_EQ(here.published("main"), old_text);
  EXPECT_EQ(here.commits_in(here.origin(), "main"), 3);
}

TEST(GitHead, WhatIsNotCommittedDoesNotCountAndStopsAWrite) {
  const Repository here;
  const auto place = here.place(local);
  const std::string mine = old_text + "X=1\n";
  here.put(mine);
  EXPECT_EQ(said(place->read()), old_pair);
  EXPECT_EQ(why(place->ready()), Refusal::conflict);
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  EXPECT_EQ(here.text(), mine);
  here.in(here.work(), {"add", "-A"});
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  EXPECT_EQ(here.text(), mine);
  // Even where the new pair stands there: another line differs.
  here.put(new_text + "X=1\n");
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  EXPECT_EQ(here.commits("origin/main..main"), 0);
}

TEST(GitHead, AThirdValueIsAConflict) {
  const Repository here;
  here.put(with(old_text, old_id, "AKIATHIRDTHIRD"));
  here.commit(here.work(), "third");
  EXPECT_EQ(why(hand_over(*here.place(local))), Refusal::conflict);
  EXPECT_EQ(here.commits("origin/main..main"), 1);
}

TEST(GitHead, ABranchThatIsBehindAheadOrApartIsNotPushed) {
  const Repository here;
  const auto place = here.place(pushed);
  here.colleague("README", "two\n");
  EXPECT_NE(said(hand_over(*place)).find("behind its upstream"), std::string::npos);
  EXPECT_EQ(why(place->ready()), Refusal::conflict);
  here.in(here.work(), {"pull", "--quiet"});
  workbench::put(here.work() / "README", "mine\n");
  here.commit(here.work(), "mine");
  EXPECT_NE(said(hand_over(*place)).find("not pushed"), std::string::npos);
  here.colleague("README", "three\n");
  EXPECT_NE(said(hand_over(*place)).find("different ways"), std::string::npos);
  EXPECT_EQ(here.text(), old_text);
  EXPECT_EQ(here.status(), "");
}

TEST(GitHead, AnUnfinishedMergeADetachedHeadOrNoUpstreamStopsAWrite) {
  const Repository here;
  const auto place = here.place(pushed);
  workbench::put(here.work() / ".git" / "MERGE_HEAD", here.in(here.work(), {"rev-parse", "HEAD"}) + "\n");
  EXPECT_NE(said(hand_over(*place)).find("in the middle of a merge"), std::string::npos);
  EXPECT_EQ(why(place->ready()), Refusal::conflict);
  std::filesystem::remove(here.work() / ".git" / "MERGE_HEAD");
  here.in(here.work(), {"checkout", "--quiet", "--detach"});
  EXPECT_NE(said(hand_over(*place)).find("detached"), std::string::npos);
  EXPECT_EQ(said(here.place(local)->read()), old_pair);
  here.in(here.work(), {"checkout", "--quiet", "-b", "alone"});
  EXPECT_NE(said(hand_over(*place)).find("no upstream"), std::string::npos);
  EXPECT_EQ(here.status(), "");
}

TEST(GitHead, AHookThatSaysNoLeavesAllAsItWas) {
  const Repository here;
  workbench::put(here.work() / ".git" / "hooks" / "pre-commit", "#!/bin/sh\nexit 1\n", 0755);
  EXPECT_EQ(why(hand_over(*here.place(local))), Refusal::other);
  EXPECT_EQ(here.text(), old_text);
  EXPECT_EQ(here.status(), "");
  EXPECT_EQ(here.commits("origin/main..main"), 0);
  std::filesystem::remove(here.work() / ".git" / "hooks" / "pre-commit");
  workbench::put(here.work() / ".git" / "hooks" / "pre-push", "#!/bin/sh\nexit 1\n", 0755);
  EXPECT_EQ(why(hand_over(*here.place(pushed))), Refusal::denied);
  EXPECT_EQ(here.text(), old_text);
  EXPECT_EQ(here.status(), "");
  EXPECT_EQ(here.commits("origin/main..main"), 0);
  std::filesystem::remove(here.work() / ".git" / "hooks" / "pre-push");
  EXPECT_EQ(said(hand_over(*here.place(pushed))), "done");
}

TEST(GitHead, AColleagueWhoPushesFirstWinsAndNothingIsLost) {
  const Repository here;
  // Between our look at the remote and our push.
  workbench::put(here.work() / ".git" / "hooks" / "pre-push",
                 "#!/bin/sh\ncd '" + here.other().string() +
                     "' && echo two > README && unset GIT_DIR GIT_INDEX_FILE && "
                     "git commit -qam two && git push -q origin HEAD:main\n",
                 0755);
  const auto place = here.place(pushed);
  EXPECT_EQ(why(hand_over(*place)), Refusal::conflict);
  EXPECT_EQ(here.text(), old_text);
  EXPECT_EQ(here.status(), "");
  EXPECT_EQ(here.published("main"), old_text);
  EXPECT_EQ(here.in(here.origin(), {"show", "main:README"}), "two");
  std::filesystem::remove(here.work() / ".git" / "hooks" / "pre-push");
  here.in(here.work(), {"pull", "--quiet"});
  EXPECT_EQ(said(hand_over(*place)), "done");
}

TEST(GitHead, ACommitOfOursThatWasNotPushedGoesOutWithTheNextWriteAlsoAfterARebase) {
  const Repository here;
  ASSERT_EQ(said(hand_over(*here.place(local))), "done");
  here.colleague("README", "two\n");
  const auto place = here.place(pushed);
  EXPECT_EQ(said(place->read()), old_pair);
  EXPECT_NE(said(hand_over_as_read(*place)).find("was not pushed before the upstream moved on"), std::string::npos);
  here.in(here.work(), {"pull", "--quiet", "--rebase"});
  ASSERT_EQ(said(hand_over_as_read(*place)), "done");
  EXPECT_EQ(here.published("main"), new_text);
  EXPECT_EQ(here.commits_in(here.origin(), "main"), 3);
}

TEST(GitHead, AFileThatGitChangesOnCheckoutIsCommittedInItsOwnForm) {
  const Repository here;
  workbench::put(here.work() / ".gitattributes", "*.env text eol=crlf\n");
  std::filesystem::remove(here.file());
  here.commit(here.work(), "line ends");
  here.in(here.work(), {"checkout", "--quiet", "HEAD~1", "--", "data/app.env"});
  here.commit(here.work(), "again");
  here.in(here.work(), {"push", "--quiet"});
  ASSERT_EQ(here.text(), "# mine\r\nID=" + old_id + "\r\nS=" + old_secret + "\r\n");
  ASSERT_EQ(said(hand_over_as_read(*here.place(pushed))), "done");
  EXPECT_EQ(here.published("main"), new_text);
  EXPECT_EQ(here.text(), "# mine\r\nID=" + new_id + "\r\nS=" + new_secret + "\r\n");
  EXPECT_EQ(here.status(), "");
}

}  // namespace
