#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "secrets_adapters/registry.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using workbench::Directory;
using workbench::get;
using workbench::put;

std::string told(const std::string& id, const std::string& secret) {
  return R"({"id":")" + id + R"(","secret":")" + secret + "\"}";
}

const char* const program = R"sh(#!/bin/sh
dir=$(dirname "$0")
echo "$@" >> "$dir/asked"
mode=$(cat "$dir/mode.$1" 2>/dev/null || echo plain)
env > "$dir/env.$1"
store() { sed 's/.*"id":"\([^"]*\)","secret":"\([^"]*\)".*/{"id":"\1","secret":"\2"}/' "$dir/stdin.$1" > "$dir/held"; }
case $mode in deaf) exec <&-; echo '{}'; exit 0;; esac
cat > "$dir/stdin.$1"
case $1 in show) what='cat $dir/held';; *) what="store $1";; esac
case $mode in
  plain) eval "$what";;
  print*) echo "${mode#print}";;
  done_then\ *) eval "$what"; eval "${mode#done_then }";;
  *) eval "$mode";;
esac
)sh";

// A place that is a file, and its program, which does as the file `mode` tells it.
class Sup {
 public:
  Sup() {
    put(here_ / "held", told(old_id, old_secret));
    put(here_ / "sup", program, 0755);
  }

  // For the calls of one word: show, set, back.
  void mode(const std::string& word, const std::string& what) { put(here_ / ("mode." + word), what); }
  void holds(const std::string& text) { put(here_ / "held", text); }
  [[nodiscard]] std::string held() const { return get(here_ / "held"); }
  [[nodiscard]] nlohmann::json stdin_of(const std::string& word) const {
    return nlohmann::json::parse(get(here_ / ("stdin." + word)));
  }
  [[nodiscard]] std::string file(const std::string& name) const { return get(here_ / name); }

  [[nodiscard]] rotation::LocationSpec spec() const {
    rotation::LocationSpec spec{.name = rotation::LocationName("hook"), .type = "exec", .settings = {}};
    spec.settings = {{"read.0", here_ / "sup"}, {"read.1", "show"}, {"write.0", here_ / "sup"},
                     {"write.1", "set"},        {"timeout", "1"},   {"restore.0", here_ / "sup"},
                     {"restore.1", "back"}};
    return spec;
  }
  [[nodiscard]] std::unique_ptr<rotation::Location> place() const { return secrets_adapters::make_location(spec()); }

 private:
  Directory here_;
};

Holding old_holding() {
  Holding expected = holding(old_id);
  expected.secret = Secret(old_secret);
  return expected;
}

rotation::Change change_to_new(const Holding& expected, const AccessKeyId& id, const Secret& secret) {
  return {expected, id, secret, rotation::Direction::forward, rotation::AttemptId("a-1")};
}

Answer<Written> put_new(rotation::Location& place, const Holding& expected) {
  return place.write(change_to_new(expected, AccessKeyId(new_id), Secret(new_secret)));
}
Answer<Written> put_new(rotation::Location& place) { return put_new(place, old_holding()); }

Answer<Written> put_old_back(rotation::Location& place) {
  return place.write({holding(new_id), AccessKeyId(old_id), Secret(old_secret), rotation::Direction::back,
                      rotation::AttemptId("a-2")});
}

TEST(Exec, HandsThePairToTheProgramByStdinAndReadsItBack) {
  Sup sup;
  const auto place = sup.place();
  EXPECT_EQ(said(place->ready()), "done");
  EXPECT_EQ(said(place->read()), old_pair);
  EXPECT_EQ(said(put_new(*place)), "done");
  EXPECT_EQ(said(place->read()), new_pair);
  EXPECT_EQ(sup.stdin_of("show"), nlohmann::json::parse(R"({"version":1,"op":"read"})"));
  EXPECT_EQ(sup.stdin_of("set"), (nlohmann::json{{"version", 1},
                                                 {"op", "write"},
                                                 {"id", new_id},
                                                 {"secret", new_secret},
                                                 {"expected", {{"id", old_id}}},
                                                 {"attempt", "a-1"}}));
  EXPECT_EQ(said(put_old_back(*place)), "done");
  EXPECT_EQ(sup.held(), told(old_id, old_secret) + "\n");
  EXPECT_EQ(sup.stdin_of("back")["op"], "restore");
  EXPECT_EQ(sup.file("asked"), "show\nshow\nset\nshow\nshow\nshow\nback\nshow\n");
}

TEST(Exec, RestoresByTheWritingProgramWhereThereIsNoOther) {
  Sup sup;
  auto spec = sup.spec();
  spec.settings.erase("restore.0"), spec.settings.erase("restore.1");
  const auto place = secrets_adapters::make_location(spec);
  EXPECT_EQ(said(put_new(*place)), "done");
  EXPECT_EQ(said(put_old_back(*place)), "done");
  EXPECT_EQ(sup.stdin_of("set")["op"], "restore");
}

// Invariant 14
TEST(Exec, GivesTheProgramASmallEnvironmentWithoutTheSecret) {
  Sup sup;
  ::setenv("KEYBATON_TEST_PASSED", "yes", 1);
  ::setenv("KEYBATON_TEST_KEPT", "no", 1);
  auto spec = sup.spec();
  spec.settings["pass_env.0"] = "KEYBATON_TEST_PASSED";
  EXPECT_EQ(said(put_new(*secrets_adapters::make_location(spec))), "done");
  EXPECT_NE(sup.file("env.set").find("KEYBATON_TEST_PASSED=yes"), std::string::npos);
  EXPECT_EQ(sup.file("env.set").find("KEYBATON_TEST_KEPT"), std::string::npos);
  for (const char* file : {"env.set", "env.show", "asked"}) EXPECT_FALSE(shows_a_piece(sup.file(file), new_secret));
}

TEST(Exec, WhatIsNotThereIsAValue) {
  Sup sup;
  sup.holds("{}");
  EXPECT_EQ(said(sup.place()->read()), "nothing");
  EXPECT_EQ(why(put_new(*sup.place())), Refusal::conflict);
  EXPECT_EQ(sup.held(), "{}");
}

struct Reading {
  std::string mode;
  std::string answer;  // what it begins with, behind the program's name
};

TEST(Exec, TellsEachUnusableReadingApartAndWritesNothingThen) {
  const std::vector<Reading> cases{
      {"exit 1", "refused: it ended with exit code 1"},
      {"exit 77", "refused: it ended with exit code 77"},
      {"exit 75", "unknown: it says to try later"},
      {"kill -9 $$", "unknown: it ended with exit code 137, as one that was killed"},
      {"sleep 20", "unknown: it ran for more than 1 s and was ended"},
      {"done_then head -c 100000 /dev/zero", "unknown: it said more than 64 KiB"},
      {"print oops " + old_secret, "refused: its output: not JSON"},
      {"print", "refused: its output: not JSON"},
      {"print []", "refused: its output: it is no JSON object"},
      {"print {} {}", "refused: its output: not JSON"},
      {R"(print {"id":1})", "refused: its output: a member that is no string"},
      {R"(print {"id":"A","id":"B"})", "refused: its output: id is there a second time"},
      {R"(print {"id":"A/B"})", "refused: its output: what stands in the id's"},
      {R"(print {"id":"A","secret":"a b"})", "refused: its output: what stands in the id's"},
      {R"(print {"secret":"x"})", "refused: its output: a secret without its"},
      {R"(print {"id":"A","secret_key":"x"})", "refused: its output: a member other than"},
      {R"(print {"mark":""})", "refused: its output: a mark that is none"},
      {R"(print {"mark":"1","id":"A"})", "refused: its output: a mark beside"},
  };
  for (const Reading& one : cases) {
    Sup sup;
    sup.mode("show", one.mode);
    const std::string answer = said(sup.place()->read());
    const std::size_t mark = answer.find(": program ");
    ASSERT_NE(mark, std::string::npos) << answer;
    const std::string rest = answer.substr(0, mark + 2) + answer.substr(answer.find("/sup: ") + 6);
    EXPECT_TRUE(rest.starts_with(one.answer)) << one.mode << ": " << rest;
    EXPECT_FALSE(shows_a_piece(answer, old_secret)) << answer;
    EXPECT_TRUE(why(put_new(*sup.place())).has_value()) << one.mode;
    EXPECT_EQ(sup.file("asked").find("set"), std::string::npos) << one.mode;
  }
}

struct Writing {
  std::string mode;
  std::string answer;  // what it begins with
  bool written = false;
};

TEST(Exec, SettlesAWriteByWhatThePlaceHoldsAfterIt) {
  const std::string third = "echo '" + told("AKIATHIRD", "third") + "' > $dir/held; ";
  const std::vector<Writing> cases{
      {"exit 1", "refused: it ended with exit code 1; the place holds what it held"},
      // What it says of itself counts where the place agrees.
      {"done_then exit 3", "done", true},
      {"done_then exit 75", "done", true},
      {"done_then exit 77", "done", true},
      {third + "exit 3", "refused: it found another value in the place"},
      {third + "exit 77", "unknown: it ended with exit code 77; the place holds another value now"},
      {"exit 3", "refused: it found another value in the place"},
      {"exit 75", "refused: it says to try later; nothing was written"},
      {"exit 77", "refused: it has no permission; nothing was written"},
      {"exit 0", "unknown: it says that it has written; the place holds what it held"},
      {"kill -9 $$", "unknown: it ended with exit code 137, as one that was killed; the place holds what it held"},
      {"sleep 20", "unknown: it ran for more than 1 s and was ended; the place holds what it held"},
      {"print oops", "unknown: its output: not JSON"},
      {third + "exit 1", "unknown: it ended with exit code 1; the place holds another value now"},
      {third + "exit 0", "unknown: it says that it has written; the place holds another value now"},
      {"echo '" + told(new_id, "other") + "' > $dir/held",
       "unknown: it says that it has written; the place holds the new id with"},
      {"deaf", "unknown: it says that it has written; the place holds what it held"},
      {"done_then exit 1", "done", true},
      {"done_then echo '{}'", "done", true},
      {"done_then kill -9 $$", "done", true},
      {"done_then sleep 20", "done", true},
      {"done_then echo oops", "done", true},
      {"done_then head -c 100000 /dev/zero", "done", true},
      {"done_then echo x > $dir/mode.show; echo 'exit 1' > $dir/mode.show",
       "unknown: it says that it has written; reading back: ", true},
  };
  for (const Writing& one : cases) {
    Sup sup;
    sup.mode("set", one.mode);
    std::string answer = said(put_new(*sup.place()));
    if (answer != "done") answer = answer.substr(0, answer.find(": ") + 2) + answer.substr(answer.find("/sup: ") + 6);
    EXPECT_TRUE(answer.starts_with(one.answer)) << one.mode << ": " << answer;
    EXPECT_EQ(sup.held() == told(new_id, new_secret) + "\n", one.written) << one.mode;
  }
}

TEST(Exec, GoesOnAfterEachWayOfBeingCutShort) {
  for (const char* mode : {"exit 1", "kill -9 $$", "sleep 20", "done_then kill -9 $$", "done_then exit 9", "print oops",
                           "sed -i s/"
                           "wJalr/AAAAA/ $dir/held; exit 1"}) {
    for (const char* word : {"set", "back"}) {
      Sup sup;
      const bool back = word == std::string("back");
      if (back) sup.holds(told(new_id, new_secret));
      sup.mode(word, mode);
      (void)(back ? put_old_back(*sup.place()) : put_new(*sup.place()));
      sup.mode(word, "plain");
      const auto place = sup.place();
      const auto seen = place->read();
      ASSERT_NE(rotation::done(seen), nullptr) << mode;
      const auto again = place->write({*rotation::done(seen), AccessKeyId(back ? old_id : new_id),
                                       Secret(back ? old_secret : new_secret),
                                       back ? rotation::Direction::back : rotation::Direction::forward});
      EXPECT_EQ(said(again), "done") << mode;
      EXPECT_EQ(said(place->read()), back ? old_pair : new_pair) << mode;
    }
  }
}

TEST(Exec, AThirdValueIsAConflictAndTheProgramIsNotAskedToWrite) {
  for (const std::string& held : {told("AKIATHIRD", "x"), told(old_id, "another")}) {
    Sup sup;
    sup.holds(held);
    EXPECT_EQ(why(put_new(*sup.place())), Refusal::conflict);
    EXPECT_EQ(sup.file("asked"), "show\n");
  }
}

TEST(Exec, GoesOnFromAPlaceWithOneValueOfEachKey) {
  for (const std::string& held : {told(old_id, new_secret), told(new_id, old_secret)}) {
    Sup sup;
    sup.holds(held);
    EXPECT_EQ(said(put_new(*sup.place())), "done");
    EXPECT_EQ(said(sup.place()->read()), new_pair);
    EXPECT_EQ(sup.stdin_of("set")["expected"]["id"], nlohmann::json::parse(held)["id"]);
  }
}

TEST(Exec, AnIdAloneIsEnoughWhereTheProgramSaysThatItHasWritten) {
  Sup sup;
  sup.mode("show", R"(sed 's/,"secret.*/}/' $dir/held)");
  const auto place = sup.place();
  EXPECT_EQ(said(place->read()), old_id + " -");
  sup.mode("set", "done_then exit 1");
  EXPECT_TRUE(said(put_new(*place)).starts_with("unknown")) << "its secret may not be there yet";
  sup.holds(told(old_id, old_secret));
  sup.mode("set", "plain");
  EXPECT_EQ(said(put_new(*place)), "done");
}

Holding marked(const std::string& mark) {
  return {.id = {}, .secret = {}, .custody = rotation::Custody::closed, .mark = mark};
}

TEST(Exec, AClosedPlaceIsKnownByItsMarkAlone) {
  Sup sup;
  sup.holds("7");
  sup.mode("show", R"(echo "{\"mark\":\"v$(cat $dir/held)\"}")");
  const std::string move = "echo 8 > $dir/held; ";
  sup.mode("set", move + R"(echo '{"mark":"v8"}')");
  const auto place = sup.place();
  const auto seen = place->read();
  ASSERT_NE(rotation::done(seen), nullptr) << said(seen);
  EXPECT_EQ(rotation::done(seen)->custody, rotation::Custody::closed);
  EXPECT_EQ(rotation::done(seen)->mark, "v7");
  EXPECT_EQ(why(put_new(*place, marked("v6"))), Refusal::conflict);
  const auto answer = put_new(*place, marked("v7"));
  ASSERT_NE(rotation::done(answer), nullptr) << said(answer);
  EXPECT_EQ(rotation::done(answer)->mark, "v8");
  EXPECT_EQ(sup.stdin_of("set")["expected"], nlohmann::json::parse(R"({"mark":"v7"})"));
  const std::vector<Writing> cases{
      {"exit 0", "unknown"},                           // it has not moved
      {"exit 1", "refused"},                           // nor here
      {move + "exit 1", "unknown"},                    // by whom?
      {move + "echo '{\"mark\":\"v9\"}'", "unknown"},  // somebody wrote after it
      {move + "sleep 20", "unknown"},
      {move, "done"},
  };
  for (const Writing& one : cases) {
    sup.holds("7");
    sup.mode("set", one.mode);
    EXPECT_TRUE(said(put_new(*place, marked("v7"))).starts_with(one.answer)) << one.mode;
  }
}

TEST(Exec, AMissingProgramIsFoundBeforeAKeyIsMade) {
  Sup sup;
  auto spec = sup.spec();
  spec.settings["write.0"] = "/nowhere/sup";
  const auto place = secrets_adapters::make_location(spec);
  EXPECT_EQ(why(place->ready()), Refusal::other);
  EXPECT_EQ(why(put_new(*place)), Refusal::other);
  EXPECT_NE(said(put_new(*place)).find("nothing was written"), std::string::npos);
  spec.settings["write.0"] = "no-such-program-of-keybaton";
  EXPECT_EQ(why(secrets_adapters::make_location(spec)->ready()), Refusal::other);
  spec.settings["write.0"] = "cat";
  EXPECT_EQ(said(secrets_adapters::make_location(spec)->ready()), "done");
  Directory here;
  put(here / "open", "#!/bin/sh\n", 0777);
  spec.settings["write.0"] = here / "open";
  EXPECT_EQ(why(secrets_adapters::make_location(spec)->ready()), Refusal::denied);
}

TEST(Exec, AProgramOrAScriptThatAnybodyMayWriteIsRefused) {
  Directory here;
  put(here / "hook", "exit 0\n");
  auto spec = Sup().spec();
  for (const char* setting : {"read", "write", "restore"}) {
    const Sup sup;
    spec = sup.spec();
    spec.settings[std::string(setting) + ".0"] = "sh";
    spec.settings[std::string(setting) + ".1"] = here / "hook";
    const auto place = secrets_adapters::make_location(spec);
    ::chmod((here / "hook").c_str(), 0775);
    EXPECT_EQ(said(place->ready()), "done") << setting;
    ::chmod((here / "hook").c_str(), 0777);
    EXPECT_EQ(why(place->ready()), Refusal::denied) << setting;
    EXPECT_EQ(remedy(place->ready()), "chmod o-w " + (here / "hook").string());
    EXPECT_NE(said(place->ready()).find("anybody may write to " + (here / "hook").string()), std::string::npos);
  }
}

TEST(Exec, ChecksItsSettings) {
  Sup sup;
  const auto finding = [&](const std::string& setting, const std::string& value) {
    auto spec = sup.spec();
    spec.settings[setting] = value;
    const auto findings = secrets_adapters::check(spec);
    return findings.empty() ? "" : findings.front().setting;
  };
  EXPECT_EQ(finding("timeout", "60"), "");
  EXPECT_EQ(finding("timeout", "61"), "timeout");
  EXPECT_EQ(finding("timeout", "0"), "timeout");
  EXPECT_EQ(finding("read.0", "bin/sup"), "read.0");
  EXPECT_EQ(finding("restore.0", "./sup"), "restore.0");
  EXPECT_EQ(finding("pass_env.0", "A=B"), "pass_env");
  EXPECT_EQ(finding("write.1", ""), "write.1");
  auto spec = sup.spec();
  spec.settings.erase("read.0"), spec.settings.erase("read.1");
  ASSERT_EQ(secrets_adapters::check(spec).size(), 1U);
  EXPECT_TRUE(secrets_adapters::check(spec).front().missing);
}

}  // namespace
