// The lines of Resoto's guide, and the words around them.
#include <gtest/gtest.h>

#include "tests/inventory/rows.hpp"

namespace inventory::testing {
namespace {

using Then = Search::Then;

TEST(ResotoLine, of_the_guide_reads_as_it_stands) {
  const Search count = parse_search("is(access_key) and last_access > 90days <-- is(user) | count name");
  EXPECT_EQ(count.query.text(), "idle > 90d");
  EXPECT_EQ(count.then, Then::count);
  EXPECT_EQ(count.by, Field::user);

  const Search without =
      parse_search("is(access_key) and last_access > 90days <-- is(user) and name not in [jenkins, ci] | count name");
  EXPECT_EQ(without.query.text(), "idle > 90d and user not in [ci, jenkins]");
  EXPECT_EQ(without.then, Then::count);
  EXPECT_EQ(without.by, Field::user);

  const Search clean = parse_search(
      "is(access_key) and last_access > 90days and /ancestors.user.reported.name not in [jenkins, ci] | clean");
  EXPECT_EQ(clean.query, without.query);
  EXPECT_EQ(clean.then, Then::clean);
}

TEST(ResotoLine, may_begin_with_the_word_that_a_job_has_there) {
  EXPECT_EQ(parse_search("search is(access_key) and last_access > 90d | clean").query.text(), "idle > 90d");
  EXPECT_EQ(parse_search("is(access_key) and\n  last_access > 90d | count").by, std::nullopt);
}

TEST(ResotoWord, means_a_field_of_ours) {
  const std::pair<const char*, const char*> pairs[] = {
      {"is(aws_iam_access_key) and age > 90d", "provider = aws and age > 90d"},
      {"access_key_status = Active", "status = Active"},
      {"access_key_status == 'Inactive'", "status = Inactive"},
      {"/reported.access_key_status = Active", "status = Active"},
      {"reported.age > 1d", "age > 1d"},
      {"name =~ \"^ci-.*\"", "user ~ \"^ci-.*\""},
      {"id = AKIAAPP", "key = AKIAAPP"},
      {"ctime < 2026-01-31 and atime < 2026-01-31", "created < 2026-01-31 and last_used < 2026-01-31"},
      {"access_key_last_used.service_name = s3", "service = s3"},
      {"access_key_last_used.region = eu-west-1", "region = eu-west-1"},
      {"access_key_last_used.last_used < 2026-01-31", "last_used < 2026-01-31"},
      {"/ancestors.account.reported.name in [prod]", "account in [prod]"},
      {"ancestors.cloud.reported.name = aws", "provider = aws"},
      {"is(access_key) <-- is(aws_iam_user) and name = a", "provider = aws and user = a"},
      {"is(access_key)<--is(user)and(name = a or not name = b)", "user = a or not user = b"},
      {"age > 1d or never_used <-- name != a", "(age > 1d or never_used) and user != a"},
      {"is(access_key)", "is(access_key)"}};
  for (const auto& [theirs, ours] : pairs) EXPECT_EQ(parse_query(theirs).text(), ours) << theirs;
}

TEST(ResotoWord, that_means_nothing_here_is_refused_by_name) {
  const std::tuple<const char*, std::size_t, const char*> cases[] = {
      {"is(user)", 4, "the user is asked for behind <--"},
      {"is(instance)", 4, "\"instance\" is no kind that is searched here"},
      {"is access_key", 1, "no field \"is\""},
      {"is(access_key, user)", 14, "is() takes one kind"},
      {"is()", 4, "is() wants a kind"},
      {"is(access_key) --> is(user)", 16, "only <-- is known"},
      {"is(access_key) <-[0:1]- is(user)", 16, "only <-- is known"},
      {"is(access_key) <--> is(user)", 16, "only <-- is known"},
      {"is(access_key) -[0:]-> is(user)", 16, "only <-- is known"},
      {"is(access_key) <--", 19, "something about the user must stand behind <--"},
      {"is(access_key) <-- is(user) <-- is(account)", 29, "<-- stands once"},
      {"is(access_key) <-- is(group)", 23, "\"group\" is no kind"},
      {"is(access_key) <-- is(user) and age > 90d", 33, "the user, which has no \"age\""},
      {"is(access_key) <-- is(user) and id = x", 33, "the user, which has no \"id\""},
      {"(is(access_key) <-- is(user))", 1, "this ( is never closed"},
      {"/ancestors.region.reported.name = x", 1, "nothing that stands above an access key"},
      {"/ancestors.user.reported.arn = x", 1, "nothing that stands above an access key"},
      {"tags.owner = x", 1, "no field \"tags.owner\""},
      {"last_update > 1d", 1, "no field \"last_update\""}};
  for (const auto& [query, column, message] : cases) {
    SCOPED_TRACE(query);
    const Fault fault = fault_of(query);
    EXPECT_EQ(fault.at + 1, column) << fault.message;
    EXPECT_NE(fault.message.find(message), std::string::npos) << fault.message;
  }
}

}  // namespace
}  // namespace inventory::testing
