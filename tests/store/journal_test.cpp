// Rotations in the journal: one commit a record, fold equal to row, one open rotation a user, no gaps.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>

#include "rotation/errors.hpp"
#include "store/schema.hpp"
#include "tests/store/workbench.hpp"

namespace store::test {
namespace {

using rotation::Ending;
using rotation::Held;
using rotation::Op;
using rotation::Seize;
using rotation::Step;
using rotation::StorageTrouble;
using rotation::Trouble;

template <class F>
Trouble trouble_of(F&& work) {
  try {
    work();
  } catch (const Trouble& trouble) {
    return trouble;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {Ending::ok, {}};
}

// Invariant 10: after each record the fold of what is stored, the view in memory and the row are one.
TEST(Journal, FoldEqualsRowAfterEachRecord) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = store.begin(start_for("api"), ann());
  const auto id = journal->view().id;
  for (const rotation::Draft& draft : whole_rotation(bench.clock)) {
    bench.tick(std::chrono::seconds{1});
    journal->append(draft);
    const auto row = store.reader().rotation(id);
    ASSERT_TRUE(row);
    ASSERT_EQ(*row, rotation::summary(journal->view()));
    ASSERT_EQ(*row, rotation::summary(store.reader().view(id)));
  }
  EXPECT_EQ(journal->view().state, rotation::State::completed);
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
}

TEST(Journal, ARecordSaysWhoWhenAndWhat) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = store.begin(start_for("api"), {.person = "ann@ops1", .claim = "deploy-bot"}, rotation::Arn{"arn:1"});
  bench.tick(std::chrono::seconds{60});
  journal->set_caller(rotation::Arn{"arn:2"});
  rotation::Draft draft = intent(Op::create_key, Step::create, "a1");
  draft.detail["text"] = "quotes \" and \\ and \x01 and ümlaut";
  journal->append(draft);
  const auto records = store.reader().records(journal->view().id);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].caller, "arn:1");
  const rotation::Record& last = records[1];
  EXPECT_EQ(last.seq, 2);
  EXPECT_EQ(last.actor, "ann@ops1");
  EXPECT_EQ(last.claim, "deploy-bot");
  EXPECT_EQ(last.caller, "arn:2");
  EXPECT_EQ(last.account.text(), "prod");
  EXPECT_EQ(last.user.text(), "api");
  EXPECT_EQ(last.at, bench.clock.wall);
  EXPECT_EQ(last.what.kind, rotation::Kind::intent);
  EXPECT_EQ(last.what.step, Step::create);
  EXPECT_EQ(last.what.attempt.text(), "a1");
  EXPECT_EQ(last.what.detail, draft.detail);
  EXPECT_EQ(last.hash.size(), 64U);
}

TEST(Journal, TheViewHistoryReadsWellInTheShell) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(write_rotation(store, bench, "api", 1));
  Shell shell(bench.file);
  EXPECT_EQ(shell.ask("SELECT at||' '||actor||' '||kind||' '||step||' '||account||'/'||user FROM history WHERE seq=2"),
            "2026-01-02T03:04:06Z ann@ops1 intent create prod/api");
  EXPECT_EQ(shell.ask("SELECT state||' '||old_key||' '||pending FROM rotations"),
            "planned AKIAOLD00000000000AA create");
  EXPECT_EQ(shell.ask("SELECT hash FROM history WHERE id=2"),
            store.reader().records(store.reader().rotations(Which::open).front().id)[1].hash);
}

TEST(Journal, IdsAreUlidsThatSortByTheirStart) {
  Bench bench;
  JournalStore store = bench.open();
  std::string before;
  for (int i = 0; i < 5; ++i) {
    bench.tick(std::chrono::seconds{1});
    const std::string id = store.begin(start_for("u" + std::to_string(i)), ann())->view().id.text();
    EXPECT_EQ(id.size(), 28U);
    EXPECT_EQ(id.find_first_not_of("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 2), std::string::npos) << id;
    EXPECT_LT(before, id);
    before = id;
  }
}

// Invariant 6
TEST(Journal, AUserHasOneOpenRotateOrSeveralRetiresOfDifferentKeys) {
  Bench bench;
  JournalStore store = bench.open();
  auto first = store.begin(start_for("api"), ann());
  const Trouble again = trouble_of([&] { static_cast<void>(store.begin(start_for("api", "AKIAOTHER"), ann())); });
  EXPECT_EQ(again.ending(), Ending::needs_operator);
  EXPECT_NE(again.problem().message.find(first->view().id.text()), std::string::npos);
  EXPECT_EQ(again.problem().hint, "keybaton resume " + first->view().id.text());

  rotation::Start renamed = start_for("api");
  renamed.target.account = rotation::AccountName{"production"};  // the same cloud user by another name
  EXPECT_EQ(trouble_of([&] { static_cast<void>(store.begin(renamed, ann())); }).ending(), Ending::needs_operator);

  rotation::Start retire = start_for("api");
  retire.procedure = rotation::Procedure::retire;
  EXPECT_EQ(trouble_of([&] { static_cast<void>(store.begin(retire, ann())); }).ending(), Ending::needs_operator);

  retire = start_for("batch");
  retire.procedure = rotation::Procedure::retire;
  static_cast<void>(store.begin(retire, ann()));
  EXPECT_EQ(trouble_of([&] { static_cast<void>(store.begin(retire, ann())); }).ending(), Ending::needs_operator);
  retire.old_key = rotation::AccessKeyId{"AKIASECOND"};
  static_cast<void>(store.begin(retire, ann()));
  EXPECT_EQ(trouble_of([&] { static_cast<void>(store.begin(start_for("batch"), ann())); }).ending(),
            Ending::needs_operator);
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.rotations, 3);
}

TEST(Journal, AClosedRotationMakesRoomForTheNext) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(write_rotation(store, bench, "api"));
  static_cast<void>(write_rotation(store, bench, "api"));
  static_cast<void>(store.begin(start_for("api"), ann()));
  EXPECT_EQ(store.reader().rotations(Which::all).size(), 3U);
  EXPECT_EQ(store.reader().rotations(Which::closed).size(), 2U);
  EXPECT_EQ(store.reader().rotations(Which::open).size(), 1U);
}

// Invariant 10
TEST(Journal, ARecordThatCannotFollowIsRefusedWhole) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = write_rotation(store, bench, "api", 2);
  const auto before = store.reader().records(journal->view().id).size();
  rotation::Draft skips = outcome(Op::delete_key, Step::delete_key, "a9");
  skips.detail["state"] = "completed";
  EXPECT_THROW(journal->append(skips), StorageTrouble);
  EXPECT_EQ(store.reader().records(journal->view().id).size(), before);
  EXPECT_EQ(journal->view().state, rotation::State::created);
  journal->append(note("and it goes on"));
}

TEST(Journal, OpenGoesOnWhereAnotherProcessStopped) {
  Bench bench;
  rotation::RotationId id;
  {
    JournalStore store = bench.open();
    id = write_rotation(store, bench, "api", 4)->view().id;
  }
  JournalStore store = bench.open();
  auto journal = store.open(id, {.person = "bob@ops1", .claim = {}});
  EXPECT_EQ(journal->view().seq, 5);
  journal->take_lease(Seize::no);
  journal->append(whole_rotation(bench.clock)[4]);
  EXPECT_EQ(store.reader().records(id).back().actor, "bob@ops1");
  EXPECT_EQ(trouble_of([&] { static_cast<void>(store.open(rotation::RotationId{"r-none"}, ann())); }).ending(),
            Ending::usage);
}

TEST(Journal, TheOneWhoWasOvertakenIsHeld) {
  Bench bench;
  JournalStore store = bench.open();
  auto journal = write_rotation(store, bench, "api", 2);
  JournalStore other_store = bench.open();
  auto other = other_store.open(journal->view().id, ann());
  other->append(note("from elsewhere"));
  EXPECT_THROW(journal->append(note("too late")), Held);
  EXPECT_THROW(journal->append(whole_rotation(bench.clock)[2]), Held);
  EXPECT_EQ(store.reader().records(journal->view().id).size(), 4U);
  EXPECT_EQ(journal->view().seq, 4);  // what it shows is what the other one left
}

TEST(Journal, RotationsAreFoundByIdPrefixAndTarget) {
  Bench bench;
  JournalStore store = bench.open();
  const std::string api = store.begin(start_for("api"), ann())->view().id.text();
  bench.tick(std::chrono::hours{24 * 400});
  const std::string web = store.begin(start_for("web"), ann())->view().id.text();
  const JournalReader& reader = store.reader();
  EXPECT_EQ(reader.resolve(api).text(), api);
  EXPECT_EQ(reader.resolve(web.substr(0, 12)).text(), web);
  EXPECT_EQ(reader.resolve("prod/api").text(), api);
  std::string lower = api;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  EXPECT_EQ(reader.resolve(lower).text(), api);
  const Trouble both = trouble_of([&] { static_cast<void>(reader.resolve("r-0")); });
  EXPECT_EQ(both.ending(), Ending::usage);
  EXPECT_NE(both.problem().message.find(api), std::string::npos);
  EXPECT_NE(both.problem().message.find(web), std::string::npos);
  for (const char* unknown : {"prod/nobody", "nowhere/api", "r-ZZZZ", "api", "", "r-"}) {
    EXPECT_EQ(trouble_of([&] { static_cast<void>(reader.resolve(unknown)); }).ending(), Ending::usage) << unknown;
  }
}

TEST(Journal, ListsLongerThanAPageAreWhole) {
  Bench bench;
  JournalStore store = bench.open();
  Connection& connection = store.reader().connection();
  std::set<std::string> made;
  connection.database().execute("PRAGMA synchronous=OFF");
  for (int i = 0; i < 1203; ++i) made.insert(store.begin(start_for("u" + std::to_string(i)), ann())->view().id.text());
  std::set<std::string> listed;
  for (const auto& each : store.reader().rotations(Which::open)) listed.insert(each.id.text());
  EXPECT_EQ(listed, made);
}

TEST(Journal, SingleCommandsStandOutsideRotations) {
  Bench bench;
  JournalStore store = bench.open();
  const auto id = store.append_single(rotation::AccountName{"prod"}, rotation::UserName{"api"}, ann(),
                                      rotation::Arn{"arn:1"}, intent(Op::deactivate_key, Step::deactivate, "s1"));
  EXPECT_EQ(id, 1);
  std::vector<rotation::Record> seen;
  history(store.reader(), {}, [&](const rotation::Record& record) { seen.push_back(record); });
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_TRUE(seen[0].rotation.empty());
  EXPECT_EQ(seen[0].seq, 0);
  EXPECT_TRUE(verify(store.reader()).ok);
}

TEST(Journal, KnowsWhatActedOnAKeyAndACheckBeforeTheStartLeavesNothingBehind) {
  Bench bench;
  JournalStore store = bench.open();
  const rotation::AccessKeyId key = start_for("api").old_key;
  EXPECT_FALSE(store.reader().acted_on(key, 0));
  const rotation::RotationId id = store.begin(start_for("api"), ann())->view().id;
  EXPECT_EQ(store.reader().acted_on(key, 0), id);
  EXPECT_FALSE(store.reader().acted_on(key, head(store.reader()).records));
  EXPECT_FALSE(store.reader().acted_on(rotation::AccessKeyId{"AKIAOTHER"}, 0));
  const auto records = head(store.reader()).records;
  const auto refuse = [&](const JournalReader& reader) {
    EXPECT_TRUE(reader.acted_on(key, 0));
    throw Trouble(Ending::held, {});
  };
  const Trouble held =
      trouble_of([&] { static_cast<void>(store.begin(start_for("web", "AKIAWEB"), ann(), {}, {}, refuse)); });
  EXPECT_EQ(held.ending(), Ending::held);
  EXPECT_EQ(head(store.reader()).records, records);
  EXPECT_TRUE(verify(store.reader()).ok);
}

TEST(Journal, SealedSecretsAndWrappedKeyComeBack) {
  Bench bench;
  JournalStore store = bench.open();
  EXPECT_FALSE(store.reader().holds_wrapped_key());
  auto journal = store.begin(start_for("api"), ann());
  EXPECT_FALSE(journal->wrapped_key());
  journal->append(intent(Op::create_key, Step::create, "a1"),
                  {.wrapped_key = std::string("w\0rapped", 8), .sealed = {}});
  EXPECT_TRUE(store.reader().holds_wrapped_key());
  EXPECT_EQ(journal->wrapped_key(), std::string("w\0rapped", 8));
  const rotation::SealedSecret first{.purpose = "new", .key = rotation::AccessKeyId{"AKIAN"}, .bytes = "one"};
  const rotation::SealedSecret second{.purpose = "new", .key = rotation::AccessKeyId{"AKIAM"}, .bytes = "two"};
  journal->append(note("x"), {.wrapped_key = {}, .sealed = {first}});
  journal->append(note("y"), {.wrapped_key = {}, .sealed = {second}});
  const auto sealed = journal->sealed("new");
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->bytes, "two");
  EXPECT_EQ(sealed->key.text(), "AKIAM");
  EXPECT_FALSE(journal->sealed("old:laptop"));
  EXPECT_EQ(journal->wrapped_key(), std::string("w\0rapped", 8));
}

TEST(Journal, TwoProcessesAppendingLeaveOneGaplessChain) {
  Bench bench;
  bench.open();
  const auto work = [&](const std::string& user) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    try {
      JournalStore store = bench.open();
      for (int i = 0; i < 4; ++i) static_cast<void>(write_rotation(store, bench, user));
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  };
  const pid_t one = work("one"), two = work("two");
  for (const pid_t child : {one, two}) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  JournalStore store = bench.open();
  const Verified verified = verify(store.reader());
  EXPECT_TRUE(verified.ok) << verified.why;
  EXPECT_EQ(verified.rotations, 8);
}

TEST(Journal, SpaceIsAskedForBeforeACreate) {
  Bench bench;
  JournalStore store = bench.open();
  EXPECT_NO_THROW(store.begin(start_for("api"), ann())->require_space());
  EXPECT_THROW(require_free(bench.home.path(), std::uint64_t{1} << 60U), StorageTrouble);
}

// A whole rotation spends little in the journal. The bound is wide: the figure that counts is the benchmark's.
TEST(Journal, AWholeRotationIsCheap) {
  Bench bench;
  JournalStore store = bench.open();
  static_cast<void>(write_rotation(store, bench, "warm"));
  const auto start = std::chrono::steady_clock::now();
  static_cast<void>(write_rotation(store, bench, "api"));
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  RecordProperty("milliseconds", static_cast<int>(spent.count()));
  std::printf("a whole rotation: %d ms in the journal\n", static_cast<int>(spent.count()));
  EXPECT_LT(spent, std::chrono::seconds{2});
}

}  // namespace
}  // namespace store::test
