// Many keys in one search: what each would be found by alone, no more and no less.
#include "secrets_adapters/key_search.hpp"

#include <gtest/gtest.h>

#include <map>

#include "secrets_adapters/eyaml_search.hpp"
#include "secrets_adapters/searched_path.hpp"
#include "tests/platform/workbench.hpp"

namespace {

using rotation::AccessKeyId;
using workbench::Directory;
using workbench::put;

const AccessKeyId one{"AKIAONEONEONEONEONE1"}, two{"AKIATWOTWOTWOTWOTWO2"}, other{"LTAI5tOTHEROTHEROTHEROT1"},
    third{"AKIATHREETHREETHREE3"};
using Found = std::map<std::string, std::set<AccessKeyId>>;

Found by_many(const std::filesystem::path& root, const std::set<AccessKeyId>& keys) {
  Found found;
  secrets_adapters::search(root, secrets_adapters::KeyIds{{keys.begin(), keys.end()}},
                           {.found = [&](const auto& file) { found[file.file].insert(file.key); },
                            .trouble = [](const auto&, const auto&) {},
                            .closed = [](const auto&, std::size_t) {}});
  return found;
}

Found one_by_one(const std::filesystem::path& root, const std::set<AccessKeyId>& keys) {
  Found found;
  for (const AccessKeyId& key : keys) {
    secrets_adapters::search(root, key,
                             {.found = [&](const auto& file) { found[file.file].insert(key); },
                              .trouble = [](const auto&, const auto&) {},
                              .closed = [](const auto&, std::size_t) {}});
  }
  return found;
}

TEST(ManySearch, FindsWhatASearchForEachWould) {
  Directory here;
  put(here / "a", "x" + one.text() + "y " + two.text() + "\n");
  put(here / "b", third.text() + "\nAKIAKIA" + two.text().substr(4) + "\n");
  put(here / "c", "AKIAONEONE\nnothing " + one.text().substr(0, 19) + "\n");
  put(here / "d", "AKI" + two.text() + other.text());
  put(here / "e", std::string("bytes\0", 6) + other.text());
  std::filesystem::create_directory(here / "deep");
  put(here.path() / "deep" / "f", "AKIA" + one.text() + "\n");
  const std::set<AccessKeyId> keys{one, two, other, third};
  const Found found = by_many(here.path(), keys);
  EXPECT_EQ(found, one_by_one(here.path(), keys));
  EXPECT_EQ(found.size(), 5U);
  EXPECT_EQ(found.at((here / "a").string()), (std::set<AccessKeyId>{one, two}));
}

TEST(ManySearch, FindsAKeyOnTheEdgeOfAPiece) {
  Directory here;
  put(here / "big", std::string((16U << 20U) - 7, 'x') + one.text() + std::string(100, 'y') + "\n" + two.text() + "\n");
  const std::set<AccessKeyId> keys{one, two};
  EXPECT_EQ(by_many(here.path(), keys), (Found{{(here / "big").string(), keys}}));
}

TEST(ManySearch, OfNoKeyLooksAtNothing) {
  Directory here;
  put(here / "a", one.text());
  EXPECT_TRUE(by_many(here.path(), {}).empty());
}

TEST(SearchedPaths, AreRefusedForEveryKeyThatIsNotFoundWhereAPartCannotBeRead) {
  Directory here;
  put(here / "a", one.text() + "\n");
  std::filesystem::create_directory_symlink("/", here / "away");
  secrets_adapters::SearchedPaths paths{here.path(), {}};
  paths.search({one, two});
  ASSERT_NE(rotation::done(paths.holding(one)), nullptr);
  EXPECT_EQ(rotation::done(paths.holding(one))->id, one);
  EXPECT_NE(rotation::refused(paths.holding(two)), nullptr);
  secrets_adapters::SearchedPaths gone{here / "none", {}};
  gone.search({one});
  EXPECT_NE(rotation::refused(gone.holding(one)), nullptr);
}

}  // namespace
