// History against a filter that is too simple to be wrong.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

using rotation::Record;

std::vector<Record> asked(const JournalReader& reader, const HistoryFilter& filter) {
  std::vector<Record> all;
  history(reader, filter, [&](const Record& record) { all.push_back(record); });
  return all;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool mentions(const Record& record, const std::string& needle) {
  std::vector<std::string> texts{record.rotation.text(),     record.actor,          record.claim.value_or(""),
                                 record.caller.value_or(""), record.account.text(), record.user.text(),
                                 record.what.attempt.text()};
  if (record.what.key) texts.push_back(record.what.key->text());
  if (record.what.location) texts.push_back(record.what.location->text());
  for (const auto& [key, value] : record.what.detail) texts.insert(texts.end(), {key, value});
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return lower(text).find(lower(needle)) != std::string::npos; });
}

bool fits(const Record& record, const HistoryFilter& filter) {
  return (!filter.rotation || record.rotation == *filter.rotation) &&
         (!filter.account || record.account == *filter.account) && (!filter.user || record.user == *filter.user) &&
         (!filter.key || record.what.key == filter.key) && (!filter.actor || record.actor == *filter.actor) &&
         (!filter.kind || record.what.kind == *filter.kind) && (!filter.step || record.what.step == filter.step) &&
         (!filter.location || record.what.location == filter.location) &&
         (!filter.since || record.at >= *filter.since) && (!filter.until || record.at < *filter.until) &&
         (!filter.text || mentions(record, *filter.text));
}

bool time_alone(const HistoryFilter& f) {
  return (f.since || f.until) && !f.rotation && !f.account && !f.user && !f.key && !f.actor && !f.kind && !f.step &&
         !f.location;
}

std::vector<std::int64_t> simply(std::vector<Record> all, const HistoryFilter& filter) {
  std::erase_if(all, [&](const Record& record) { return !fits(record, filter); });
  if (time_alone(filter)) {
    std::stable_sort(all.begin(), all.end(), [](const Record& a, const Record& b) { return a.at < b.at; });
  }
  if (filter.limit != 0 && all.size() > filter.limit) {
    all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(filter.limit));
  }
  if (filter.reverse) std::reverse(all.begin(), all.end());
  std::vector<std::int64_t> ids;
  for (const Record& record : all) ids.push_back(record.id);
  return ids;
}

std::vector<std::int64_t> ids_of(const std::vector<Record>& records) {
  std::vector<std::int64_t> ids;
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

struct Past {
  Bench bench;
  JournalStore store = bench.open();
  std::mt19937 chance{17};
  std::vector<Record> all;

  // Rotations in turns and single commands, by several people, on a clock that now and then goes back.
  Past() {
    std::vector<std::unique_ptr<rotation::Journal>> open;
    std::vector<std::size_t> next;
    const auto drafts = whole_rotation(bench.clock);
    for (int i = 0; i < 1500; ++i) {
      bench.clock.wall += std::chrono::seconds{static_cast<int>(chance() % 100) - 5};
      const auto what = chance() % 10;
      if (what == 0) {
        store.append_single(rotation::AccountName{"lab"}, rotation::UserName{"u" + std::to_string(chance() % 3)},
                            {.person = "bob@ops2", .claim = "robot"}, rotation::Arn{"arn:aws:iam::1:user/bob"},
                            note(chance() % 2 != 0 ? "50%_of \"it\"" : "Plain\ntext"));
      } else if (what == 1 && open.size() < 40) {
        open.push_back(store.begin(start_for("u" + std::to_string(open.size())), ann()));
        next.push_back(0);
      } else if (!open.empty()) {
        const std::size_t which = chance() % open.size();
        if (next[which] < drafts.size()) open[which]->append(drafts[next[which]++]);
      }
    }
    export_records(store.reader(), [&](const Record& record) { all.push_back(record); });
  }

  HistoryFilter random_filter() {
    HistoryFilter filter;
    const Record& like = all[chance() % all.size()];
    const auto maybe = [&] { return chance() % 5 == 0; };
    if (maybe()) filter.rotation = like.rotation.empty() ? rotation::RotationId{"r-none"} : like.rotation;
    if (maybe()) filter.account = like.account;
    if (maybe()) filter.user = like.user;
    if (maybe()) filter.key = like.what.key.value_or(rotation::AccessKeyId{"AKIANONE"});
    if (maybe()) filter.actor = like.actor;
    if (maybe()) filter.kind = like.what.kind;
    if (maybe()) filter.step = like.what.step;
    if (maybe() && like.what.location) filter.location = like.what.location;
    if (maybe()) filter.since = like.at;
    if (maybe()) filter.until = all[chance() % all.size()].at;
    const char* texts[] = {"50%_", "plain",      "\"it\"", "text\"", "OPS2", "laptop", "\n",
                           "a1",   "create_KEY", "%",      "_",      "\\",   "{",      "u000"};
    if (maybe()) filter.text = texts[chance() % std::size(texts)];
    const std::size_t limits[] = {0, 1, 7, 50, 5000};
    filter.limit = limits[chance() % std::size(limits)];
    filter.reverse = chance() % 2 == 0;
    return filter;
  }
};

TEST(History, EveryFilterFindsWhatASimpleOneFinds) {
  Past past;
  ASSERT_GT(past.all.size(), 1000U);
  for (int i = 0; i < 500; ++i) {
    const HistoryFilter filter = past.random_filter();
    const auto found = ids_of(asked(past.store.reader(), filter));
    ASSERT_EQ(found, simply(past.all, filter)) << "filter " << i << history_sql(past.store.reader(), filter)[0];
  }
}

TEST(History, ShowsTheNewestFiftyOldestFirst) {
  Past past;
  const auto found = ids_of(asked(past.store.reader(), {}));
  ASSERT_EQ(found.size(), 50U);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_EQ(found.back(), past.all.back().id);
}

// Every filter has an index that also gives the order: nothing is scanned, nothing is sorted.
TEST(History, NoFilterScansOrSorts) {
  Past past;
  const Record& like = past.all.at(5);
  std::vector<HistoryFilter> filters(12);
  filters[0].rotation = like.rotation;
  filters[1].key = rotation::AccessKeyId{"AKIAOLD00000000000AA"};
  filters[2].user = like.user;
  filters[3].account = like.account;
  filters[4].actor = like.actor;
  filters[5].since = like.at;
  filters[6].until = like.at;
  filters[7].since = filters[7].until = like.at;
  filters[8].kind = like.what.kind;
  filters[9].step = rotation::Step::deploy;
  filters[10].location = rotation::LocationName{"laptop"};
  filters[11].user = like.user;
  filters[11].since = like.at;
  Database& database = past.store.reader().connection().database();
  for (std::size_t i = 0; i < filters.size(); ++i) {
    for (const std::string& sql : history_sql(past.store.reader(), filters[i])) {
      Statement statement(database, "EXPLAIN QUERY PLAN " + sql);
      Use use(statement);
      std::string plan;
      while (use.next()) plan += use.text(3) + "; ";
      EXPECT_NE(plan.find("SEARCH record USING"), std::string::npos) << i << plan << sql;
      EXPECT_EQ(plan.find("SCAN"), std::string::npos) << i << plan;
      EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << i << plan;
    }
  }
}

TEST(History, PagingBesideALiveWriterNeitherRepeatsNorSkips) {
  Bench bench;
  JournalStore store = bench.open();
  for (int i = 0; i < 30; ++i) static_cast<void>(write_rotation(store, bench, "api"));
  JournalStore other = bench.open();
  for (const bool reverse : {false, true}) {
    for (const bool by_user : {false, true}) {
      const std::int64_t before = head(store.reader()).records;
      std::vector<std::int64_t> seen;
      HistoryFilter filter;
      filter.limit = 0;
      filter.reverse = reverse;
      if (by_user) filter.user = rotation::UserName{"api"};
      const std::int64_t of_user = static_cast<std::int64_t>(asked(store.reader(), filter).size());
      history(store.reader(), filter, [&](const Record& record) {
        seen.push_back(record.id);
        // Between records a writer goes on; this would block if a read were still open.
        if (seen.size() % 100 == 0) static_cast<void>(write_rotation(other, bench, "api"));
      });
      EXPECT_EQ(static_cast<std::int64_t>(seen.size()), by_user ? of_user : before);
      EXPECT_EQ(std::set<std::int64_t>(seen.begin(), seen.end()).size(), seen.size());
      EXPECT_LE(*std::max_element(seen.begin(), seen.end()), before);
    }
  }
}

}  // namespace
}  // namespace store::test
