// A place that is only watched: the key's id anywhere in its text files, and what cannot be read is not known.
#include "secrets_adapters/searched_path.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using places::said;
using rotation::AccessKeyId;
using secrets_adapters::SearchedPath;
using secrets_adapters::WhenAbsent;
using workbench::Directory;
using workbench::put;

SearchedPath watch(const std::string& path, WhenAbsent absent = WhenAbsent::trouble) {
  return SearchedPath{path, AccessKeyId{places::old_id}, {.absent = absent}};
}

TEST(SearchedPath, HoldsTheKeyWhereAnyFileBelowItNamesIt) {
  Directory here;
  ::mkdir((here / "deep").c_str(), 0700);
  put(here / "deep/notes.txt", "nothing\n");
  EXPECT_EQ(said(watch(here / "").read()), "nothing");
  put(here / "deep/notes.txt", "the id is " + places::old_id + ", I think\n");
  EXPECT_EQ(said(watch(here / "").read()), places::old_id + " -");
  EXPECT_EQ(said(watch(here / "deep/notes.txt").read()), places::old_id + " -");
}

TEST(SearchedPath, PassesOverRepositories) {
  Directory here;
  ::mkdir((here / ".git").c_str(), 0700);
  put(here / ".git/packed", places::old_id);
  EXPECT_EQ(said(watch(here / "").read()), "nothing");
}

// Invariant 11: a key that nobody could look for is not known to be gone. Nothing can be closed to root.
TEST(SearchedPath, IsRefusedWhereAPartOfItCannotBeRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads everything";
  Directory here;
  put(here / "closed", "x");
  ::chmod((here / "closed").c_str(), 0);
  EXPECT_TRUE(places::why(watch(here / "").read()));
}

TEST(SearchedPath, ThatIsNotThereIsTroubleUnlessItMayBeAbsent) {
  Directory here;
  EXPECT_TRUE(places::why(watch(here / "gone").read()));
  EXPECT_EQ(said(watch(here / "gone", WhenAbsent::nothing).read()), "nothing");
}

// Nobody could look into a value that nothing opens, nor follow a link that leads out of what is searched.
TEST(SearchedPath, IsRefusedWhereSomethingCouldNotBeLookedIntoUnlessAPersonSaidSo) {
  Directory here, outside;
  ::mkdir((here / "deep").c_str(), 0700);
  put(here / "deep/a.yaml", "x: ENC[GPG,aGVsbG8=]\n");
  const auto refused = watch(here / "").read();
  ASSERT_TRUE(rotation::refused(refused));
  EXPECT_EQ(rotation::refused(refused)->message,
            (here / "deep/a.yaml").string() + ": 1 encrypted value that no key at hand opens");
  const auto leaving = [&](const std::filesystem::path& path) {
    return SearchedPath{here / "", AccessKeyId{places::old_id}, {.unsearched = {path}}};
  };
  EXPECT_EQ(said(leaving(here / "deep").read()), "nothing");
  EXPECT_EQ(said(leaving(here / "deep/a.yaml").read()), "nothing");
  EXPECT_TRUE(places::why(leaving(here / "dee").read()));
  std::filesystem::create_directory_symlink(outside.path(), here / "link");
  EXPECT_TRUE(places::why(leaving(here / "deep").read()));
  EXPECT_EQ(said(leaving(here / "").read()), "nothing");
  put(here / "deep/b", places::old_id);  // a word says nothing of what can be read
  EXPECT_EQ(said(leaving(here / "").read()), places::old_id + " -");
}

// One word for all below a root is no word for the root itself being away: then nobody has looked at anything.
TEST(SearchedPath, ThatIsAwayIsTroubleWhateverBelowItWasLeftUnsearched) {
  Directory here;
  const std::filesystem::path root = here / "mounted";
  SearchedPath place(root, AccessKeyId{places::old_id}, {.unsearched = {root}});
  EXPECT_TRUE(places::why(place.read()));
}

TEST(SearchedPath, IsNeverWritten) {
  Directory here;
  put(here / "f", places::old_id);
  auto place = watch(here / "f");
  EXPECT_EQ(places::why(places::hand_over(place)), rotation::Refusal::unsupported);
  EXPECT_EQ(workbench::get(here / "f"), places::old_id);
}

}  // namespace
