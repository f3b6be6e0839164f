// A place behind an API that the config describes, over real HTTP: Fastly, in versions, and smaller ones of our own.
#include <gtest/gtest.h>

#include "secrets_adapters/registry.hpp"
#include "simulated_stores/fastly.hpp"
#include "tests/platform/workbench.hpp"
#include "tests/secrets_adapters/places.hpp"

namespace {

using namespace places;
using simulated_stores::Fastly;
using simulated_stores::Trouble;
using Kind = Trouble::Kind;
using workbench::Directory;
using workbench::put;

const std::string token = "fastly-token-of-tests";
const Fastly::S3 old_fields{
    {"access_key", old_id}, {"secret_key", old_secret}, {"bucket_name", "logs"}, {"period", "3600"}};

using Settings = std::map<std::string, std::string>;

// As docs/locations/http.md has it.
Settings fastly_settings(const std::string& url) {
  const std::string service = url + "/service/SID1/";
  const std::string version = service + "version/{version}/";
  Settings all{{"steps.0.method", "GET"},
               {"steps.0.url", service + "details"},
               {"steps.0.take.active", "/active_version/number"},
               {"steps.1.method", "PUT"},
               {"steps.1.url", service + "version/{active}/clone"},
               {"steps.1.take.version", "/number"},
               {"steps.2.method", "PUT"},
               {"steps.2.url", version + "logging/s3/my%20logs"},
               {"steps.2.form.access_key", "{id}"},
               {"steps.2.form.secret_key", "{secret}"},
               {"steps.3.method", "GET"},
               {"steps.3.url", version + "validate"},
               {"steps.3.expect./status", "ok"},
               {"steps.4.method", "PUT"},
               {"steps.4.url", version + "activate"},
               {"steps.4.ok.0", "200"},
               {"read.steps.0.url", service + "details"},
               {"read.steps.0.take.active", "/active_version/number"},
               {"read.url", service + "version/{active}/logging/s3/my%20logs"},
               {"read.id", "/access_key"},
               {"read.value", "/secret_key"}};
  for (const std::string step : {"steps.0", "steps.1", "steps.2", "steps.3", "steps.4", "read.steps.0", "read"}) {
    all[step + ".headers.Fastly-Key"] = "{token}";
  }
  return all;
}

secrets_adapters::Surroundings networked() {
  return {.network = [](http::TransportSettings settings) { return http::curl_transport(std::move(settings)); },
          .pause = [](rotation::Millis) { return true; }};
}

std::unique_ptr<rotation::Location> make(const Settings& settings) {
  return secrets_adapters::make_location({.name = rotation::LocationName("api"), .type = "http", .settings = settings},
                                         networked());
}

class FastlyPlace : public testing::Test {
 protected:
  FastlyPlace() {
    put(here_ / "token", token + "\n", 0600);
    reset();
  }

  void reset() {
    store_.with([&] {
      store_.versions = {{6, {.locked = true, .s3 = {}}},
                         {7, {.locked = true, .s3 = {{"my logs", old_fields}, {"other", old_fields}}}}};
      store_.active = 7;
      store_.may_write = true;
    });
  }
  [[nodiscard]] std::unique_ptr<rotation::Location> place() {
    Settings settings = fastly_settings(store_.url());
    settings["token_file"] = here_ / "token";
    return make(settings);
  }
  [[nodiscard]] Fastly::S3 live() {
    return store_.with([&] { return store_.live("my logs"); });
  }

  Directory here_;
  Fastly store_{"SID1", token};
};

Holding old_holding() {
  Holding expected = holding(old_id);
  expected.secret = Secret(old_secret);
  return expected;
}

Answer<Written> put_new(rotation::Location& place) {
  return place.write({old_holding(), AccessKeyId(new_id), Secret(new_secret)});
}
Answer<Written> put_old_back(rotation::Location& place) {
  return place.write({holding(new_id), AccessKeyId(old_id), Secret(old_secret), rotation::Direction::back});
}

TEST_F(FastlyPlace, ClonesWritesValidatesAndActivatesThereAndBack) {
  const auto there = place();
  EXPECT_EQ(said(there->ready()), "done");
  EXPECT_EQ(said(there->read()), old_pair);
  EXPECT_EQ(said(put_new(*there)), "done");
  Fastly::S3 fields = old_fields;
  fields["access_key"] = new_id;
  fields["secret_key"] = new_secret;
  EXPECT_EQ(live(), fields);
  EXPECT_EQ(said(there->read()), new_pair);
  store_.with([&] {
    EXPECT_EQ(store_.active, 8);
    EXPECT_EQ(store_.live("other"), old_fields);
    EXPECT_EQ(store_.versions.at(7).s3.at("my logs"), old_fields);
  });
  EXPECT_EQ(said(put_old_back(*there)), "done");
  EXPECT_EQ(live(), old_fields);
  EXPECT_TRUE(store_.odd().empty());
}

// Invariant 14
TEST_F(FastlyPlace, NoSecretStandsInAnyUrl) {
  EXPECT_EQ(said(put_new(*place())), "done");
  for (const auto& one : store_.seen()) {
    EXPECT_FALSE(shows_a_piece(one.path + one.query, new_secret));
    EXPECT_FALSE(shows_a_piece(one.path + one.query, token));
  }
}

// What is changed shows with the last step alone; whichever request gets lost, the next write ends well.
TEST_F(FastlyPlace, GoesOnWhereAnyRequestOrReplyOfAWriteWasLost) {
  for (const Kind kind : {Kind::drop_request, Kind::drop_reply, Kind::refuse_before, Kind::refuse_after}) {
    for (const bool back : {false, true}) {
      for (unsigned n = 0; n < 9; ++n) {
        reset();
        if (back) (void)put_new(*place());
        store_.trouble({.kind = kind, .method = "", .path_prefix = "/", .skip = n, .count = 1, .status = 503});
        const std::string point = std::to_string(static_cast<int>(kind)) + (back ? " back " : " ") + std::to_string(n);
        const std::string first = said(back ? put_old_back(*place()) : put_new(*place()));
        const auto seen = place()->read();
        ASSERT_NE(rotation::done(seen), nullptr) << point << said(seen);
        const std::string before = back ? new_pair : old_pair;
        const std::string after = back ? old_pair : new_pair;
        EXPECT_TRUE(said(seen) == before || said(seen) == after) << point << said(seen);
        EXPECT_TRUE(first != "done" || said(seen) == after) << point;
        EXPECT_TRUE(!first.starts_with("refused") || said(seen) == before) << point << first;
        const auto again = place()->write(
            {*rotation::done(seen), AccessKeyId(back ? old_id : new_id), Secret(back ? old_secret : new_secret)});
        EXPECT_EQ(said(again), "done") << point;
        EXPECT_EQ(said(place()->read()), after) << point;
        store_.with([&] { EXPECT_EQ(store_.live("other"), old_fields); });
      }
    }
  }
  EXPECT_TRUE(store_.odd().empty());
}

struct Stumble {
  Trouble trouble;
  std::string answer;  // what it begins with
  std::string part;
};

TEST_F(FastlyPlace, TellsWhereAWriteCameToAnEnd) {
  const auto at = [](Kind kind, const std::string& method, const std::string& path, int status) {
    return Trouble{.kind = kind, .method = method, .path_prefix = path, .skip = 0, .count = 1, .status = status};
  };
  const std::string v8 = "/service/SID1/version/8/";
  const std::string clone = "/service/SID1/version/7/clone";
  const std::vector<Stumble> cases{
      {at(Kind::refuse_before, "PUT", clone, 403), "refused",
       "step 2 of 5: status 403: no permission; nothing was written"},
      {at(Kind::refuse_before, "PUT", clone, 500), "unknown", "step 2 of 5: status 500"},
      {at(Kind::refuse_before, "PUT", v8 + "logging", 400), "refused",
       "step 3 of 5: status 400: it takes the request for malformed; of 5 steps the first 2 were done; the place reads "
       "as before"},
      {at(Kind::refuse_before, "PUT", v8 + "logging", 302), "unknown", "status 302, which tells neither success nor"},
      {at(Kind::refuse_before, "PUT", v8 + "activate", 422), "refused",
       "of 5 steps the first 4 were done; the place reads as before"},
      {at(Kind::refuse_before, "PUT", v8 + "activate", 204), "unknown", "status 204, which tells neither success nor"},
      {at(Kind::drop_request, "PUT", v8 + "activate", 0), "unknown", "the place reads as before, which may change yet"},
      {at(Kind::drop_reply, "PUT", v8 + "activate", 0), "done", ""},
      {at(Kind::refuse_after, "PUT", v8 + "activate", 502), "done", ""},
      {at(Kind::refuse_before, "PUT", clone, 429), "done", ""},
      {{.kind = Kind::refuse_after, .method = "PUT", .path_prefix = clone, .status = 200, .body = "{}"},
       "refused",
       "step 2 of 5: /number in its reply is nothing that a later step could use; of 5 steps the first 2 were done"},
      {{.kind = Kind::refuse_after, .method = "PUT", .path_prefix = clone, .status = 200, .body = "oops"},
       "refused",
       "not JSON"},
      {{.kind = Kind::refuse_after,
        .method = "GET",
        .path_prefix = v8 + "validate",
        .status = 200,
        .body = R"({"status":"error"})"},
       "refused",
       "step 4 of 5: /status in its reply is not ok"},
      {{.kind = Kind::refuse_before, .method = "GET", .path_prefix = v8 + "validate", .count = 3, .status = 503},
       "refused",
       "step 4 of 5: status 503; of 5 steps the first 3 were done; the place reads as before"},
  };
  for (const Stumble& one : cases) {
    reset();
    store_.trouble(one.trouble);
    const std::string answer = said(put_new(*place()));
    EXPECT_TRUE(answer.starts_with(one.answer)) << one.part << ": " << answer;
    EXPECT_NE(answer.find(one.part), std::string::npos) << answer;
    EXPECT_EQ(live().at("access_key"), answer == "done" ? new_id : old_id) << one.part;
  }
}

TEST_F(FastlyPlace, AThirdValueIsAConflictAndNothingIsSent) {
  for (const char* field : {"access_key", "secret_key"}) {
    reset();
    store_.with([&] { store_.versions[7].s3["my logs"][field] = "AKIATHIRD"; });
    EXPECT_EQ(why(put_new(*place())), Refusal::conflict);
  }
  for (const auto& one : store_.seen()) EXPECT_EQ(one.method, "GET");
}

TEST_F(FastlyPlace, GoesOnFromAPlaceWithOneValueOfEachKey) {
  store_.with([&] { store_.versions[7].s3["my logs"]["secret_key"] = new_secret; });
  EXPECT_EQ(said(put_new(*place())), "done");
  EXPECT_EQ(said(place()->read()), new_pair);
}

TEST_F(FastlyPlace, TellsEachUnusableReadingApart) {
  store_.with([&] { store_.versions[7].s3.clear(); });
  EXPECT_EQ(why(place()->read()), Refusal::other) << "a 404 says as much of a token that may not see it";
  EXPECT_EQ(why(put_new(*place())), Refusal::other);
  store_.with([&] { store_.active = 0; });
  EXPECT_EQ(why(place()->read()), Refusal::invalid) << said(place()->read());
  reset();
  put(here_ / "token", "expired", 0600);
  EXPECT_EQ(why(place()->read()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(place()->read()), "renew the token in " + (here_ / "token").string());
  EXPECT_EQ(why(put_new(*place())), Refusal::invalid_credentials);
  put(here_ / "token", token, 0644);
  ::chmod((here_ / "token").c_str(), 0644);
  EXPECT_EQ(why(place()->ready()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(place()->read()), "chmod 600 " + (here_ / "token").string());
  ::chmod((here_ / "token").c_str(), 0600);
  store_.with([&] { store_.may_write = false; });
  EXPECT_EQ(said(place()->read()), old_pair);
  EXPECT_EQ(why(put_new(*place())), Refusal::denied);
  store_.trouble({.kind = Kind::drop_reply, .method = "GET", .path_prefix = "/", .count = 5});
  EXPECT_TRUE(said(place()->read()).starts_with("unknown"));
}

// ---- smaller APIs ---------------------------------------------------------------------------------------------

// One thing at /thing: its GET says `shown`, any other request is kept and, if it should, moves `shown` on.
class Thing final : public simulated_stores::StoreServer {
 public:
  ~Thing() override { stop(); }
  std::string shown, next;
  int status = 200;
  int reload_status = 200;
  std::string echo;  // in the reply to a write
  std::string method, body, type, authorization;

 private:
  simulated_stores::Reply answer(const simulated_stores::Request& request, std::string_view path,
                                 std::string_view /*query*/) override {
    if (path == "/reload") return json(reload_status, {});
    if (path != "/thing") return json(404, {});
    if (request.method == "GET") return {.status = 200, .headers = {}, .body = shown};
    method = request.method;
    body = request.body;
    for (const auto& [name, value] : request.headers) {
      if (name == "Content-Type") type = value;
      if (name == "Authorization") authorization = value;
    }
    shown = next;
    return {.status = status, .headers = {}, .body = echo};
  }
};

Settings thing_settings(const Thing& thing) {
  return {{"steps.0.method", "PATCH"},
          {"steps.0.url", thing.url() + "/thing?for={id}"},
          {"steps.0.json", R"({"aws": {"key": "{id}", "secret": "{secret}", "brace": "{{x}"}})"},
          {"read.url", thing.url() + "/thing"},
          {"read.id", "/aws/key"}};
}

std::string thing_with(const std::string& id) { return R"({"aws":{"key":")" + id + "\"}}"; }

TEST(HttpPlace, EscapesEachValueAsTheTextAroundItWantsIt) {
  Thing thing;
  const std::string strange = "a\"b\\c&d<e>'f+g/h=";
  const auto write = [&](const Settings& settings) {
    thing.with([&] { thing.shown = thing_with(old_id), thing.next = thing_with(new_id), thing.body.clear(); });
    return said(make(settings)->write({holding(old_id), AccessKeyId(new_id), Secret(strange)}));
  };
  Settings settings = thing_settings(thing);
  EXPECT_EQ(write(settings), "done");
  EXPECT_EQ(thing.body, R"({"aws": {"key": ")" + new_id + R"(", "secret": "a\"b\\c&d<e>'f+g/h=", "brace": "{x}"}})");
  EXPECT_EQ(thing.type, "application/json");
  EXPECT_EQ(thing.method, "PATCH");
  EXPECT_EQ(thing.seen().back().query, "");
  settings.erase("steps.0.json");
  settings["steps.0.form.a b"] = "{id}&{secret}";
  EXPECT_EQ(write(settings), "done");
  EXPECT_EQ(thing.body, "a%20b=" + new_id + "&a%22b%5Cc%26d%3Ce%3E%27f%2Bg%2Fh%3D");
  settings.erase("steps.0.form.a b");
  settings["steps.0.body"] = "<k id='{id}'>{secret}</k>";
  settings["steps.0.content_type"] = "text/xml; charset=utf-8";
  EXPECT_EQ(write(settings), "done");
  EXPECT_EQ(thing.body, "<k id='" + new_id + "'>a&quot;b\\c&amp;d&lt;e&gt;&#39;f+g/h=</k>");
  settings["steps.0.content_type"] = "text/plain";
  EXPECT_TRUE(write(settings).starts_with("refused")) << "a secret that means something else there";
  EXPECT_EQ(thing.body, "");
}

TEST(HttpPlace, AnIdAloneIsReadBackWhereTheSecretIsNotShown) {
  Thing thing;
  thing.with([&] { thing.shown = thing_with(old_id), thing.next = thing_with(new_id); });
  ::setenv("KEYBATON_TEST_TOKEN", "t0ken", 1);
  Settings settings = thing_settings(thing);
  settings["token_env"] = "KEYBATON_TEST_TOKEN";
  settings["steps.0.headers.Authorization"] = "Bearer {token}";
  EXPECT_EQ(said(make(settings)->read()), old_id + " -");
  EXPECT_EQ(said(put_new(*make(settings))), "done");
  EXPECT_EQ(thing.authorization, "Bearer t0ken");
  thing.with([&] { thing.shown = thing_with(old_id), thing.next = thing_with("AKIATHIRD"); });
  EXPECT_TRUE(said(put_new(*make(settings))).starts_with("unknown"));
  thing.with([&] { thing.shown = thing_with(old_id), thing.next = thing_with(new_id), thing.status = 500; });
  EXPECT_TRUE(said(put_new(*make(settings))).starts_with("unknown")) << "its secret may not be there";
  ::unsetenv("KEYBATON_TEST_TOKEN");
  EXPECT_EQ(why(make(settings)->ready()), Refusal::invalid_credentials);
  EXPECT_EQ(remedy(make(settings)->ready()), "set the variable KEYBATON_TEST_TOKEN");
}

// The change shows with the first of two steps.
TEST(HttpPlace, ANewPairThatShowsIsNotDoneWhileStepsAreLeft) {
  Thing thing;
  Settings settings = thing_settings(thing);
  settings["read.value"] = "/aws/secret";
  settings["steps.1.method"] = "POST";
  settings["steps.1.url"] = thing.url() + "/reload";
  const auto shown = [](const std::string& id, const std::string& secret) {
    return R"({"aws":{"key":")" + id + R"(","secret":")" + secret + "\"}}";
  };
  const auto write = [&](int status, int reload_status) {
    thing.with([&] {
      thing.shown = shown(old_id, old_secret), thing.next = shown(new_id, new_secret);
      thing.status = status, thing.reload_status = reload_status;
    });
    return said(put_new(*make(settings)));
  };
  EXPECT_EQ(write(200, 200), "done");
  EXPECT_TRUE(write(502, 200).starts_with("unknown")) << "the reload was not sent";
  EXPECT_TRUE(write(200, 400).starts_with("unknown")) << "nothing was reloaded, but the place has changed";
  EXPECT_EQ(write(200, 502), "done") << "the last one, and the place shows both values";
}

TEST(HttpPlace, WhatSomebodyElseWritesInBetweenIsNotTakenForDone) {
  Thing thing;
  Settings settings = thing_settings(thing);
  thing.with([&] { thing.shown = thing_with(old_id), thing.next = thing_with("AKIATHIRD"); });
  const std::string answer = said(put_new(*make(settings)));
  EXPECT_EQ(answer, "unknown: " + thing.url() + ": every step was done, but it reads back another value");
  thing.with([&] { thing.shown = thing_with("AKIATHIRD"), thing.method.clear(); });
  EXPECT_EQ(why(put_new(*make(settings))), Refusal::conflict);
  EXPECT_EQ(thing.method, "") << "nothing was sent";
}

// The server said yes and shows nothing of it: it may be late.
TEST(HttpPlace, AnOddReplyToTheLastStepIsNoRefusal) {
  Thing thing;
  Settings settings = thing_settings(thing);
  settings["steps.0.expect./status"] = "saved";
  thing.with([&] { thing.shown = thing.next = thing_with(old_id), thing.echo = R"({"status":"queued"})"; });
  const std::string answer = said(put_new(*make(settings)));
  EXPECT_TRUE(answer.starts_with("unknown: ")) << answer;
  EXPECT_NE(answer.find("the place reads as before, which may change yet"), std::string::npos) << answer;
}

// The step that brings the secret was done; that a look comes next makes it no refusal.
TEST(HttpPlace, AnOddReplyBeforeALookIsNoRefusalEither) {
  Thing thing;
  Settings settings = thing_settings(thing);
  settings["steps.0.expect./status"] = "saved";
  settings["steps.1.method"] = "GET";
  settings["steps.1.url"] = thing.url() + "/thing";
  thing.with([&] { thing.shown = thing.next = thing_with(old_id), thing.echo = R"({"status":"queued"})"; });
  const std::string answer = said(put_new(*make(settings)));
  EXPECT_TRUE(answer.starts_with("unknown: ")) << answer;
}

// A step that brings the secret answers oddly: the one behind it was never sent, whatever shows.
TEST(HttpPlace, AnOddReplyIsNotDoneWhileAStepIsLeft) {
  Thing thing;
  Settings settings = thing_settings(thing);
  settings["read.value"] = "/aws/secret";
  settings["steps.0.expect./status"] = "saved";
  settings["steps.1.method"] = "POST";
  settings["steps.1.url"] = thing.url() + "/reload";
  const auto shown = [](const std::string& id, const std::string& secret) {
    return R"({"aws":{"key":")" + id + R"(","secret":")" + secret + "\"}}";
  };
  thing.with([&] {
    thing.shown = shown(old_id, old_secret), thing.next = shown(new_id, new_secret);
    thing.echo = R"({"status":"queued"})";
  });
  const std::string answer = said(put_new(*make(settings)));
  EXPECT_TRUE(answer.starts_with("unknown: ")) << answer;
  for (const auto& one : thing.seen()) EXPECT_FALSE(one.path.ends_with("/reload")) << "the step was not sent";
}

// There is no compare-and-set behind it, so that "not done" is not believed at once.
TEST(HttpPlace, AWriteWithoutAClearAnswerIsLookedForSomeSeconds) {
  for (const int status : {500, 302}) {
    Thing thing;
    thing.with([&] { thing.shown = thing.next = thing_with(old_id), thing.status = status; });
    std::vector<rotation::Millis> pauses;
    auto around = networked();
    around.pause = [&](rotation::Millis span) { return pauses.push_back(span), true; };
    const auto place = secrets_adapters::make_location(
        {.name = rotation::LocationName("api"), .type = "http", .settings = thing_settings(thing)}, around);
    const std::string answer = said(place->write({holding(old_id), AccessKeyId(new_id), Secret(new_secret)}));
    EXPECT_TRUE(answer.starts_with("unknown: ")) << answer;
    EXPECT_NE(answer.find("which may change yet; after another 7 s it still read so"), std::string::npos) << answer;
    EXPECT_EQ(pauses.size(), 3U) << status;
    std::size_t sent = 0;
    for (const auto& one : thing.seen()) sent += one.method == "PATCH" ? 1 : 0;
    EXPECT_EQ(sent, 1U) << status;
  }
}

TEST(HttpPlace, AClosedPlaceIsKnownByItsMarkAlone) {
  Thing thing;
  Settings settings = thing_settings(thing);
  settings.erase("read.id");
  settings["read.mark"] = "/updated";
  const auto expected = [](const std::string& mark) {
    return Holding{.id = {}, .secret = {}, .custody = rotation::Custody::closed, .mark = mark};
  };
  const auto write = [&](const std::string& mark, const std::string& next, int status) {
    thing.with([&] { thing.shown = R"({"updated":17})", thing.next = next, thing.status = status; });
    return make(settings)->write({expected(mark), AccessKeyId(new_id), Secret(new_secret)});
  };
  const auto answer = write("17", R"({"updated":18})", 200);
  ASSERT_NE(rotation::done(answer), nullptr) << said(answer);
  EXPECT_EQ(rotation::done(answer)->mark, "18");
  const auto seen = make(settings)->read();
  EXPECT_EQ(rotation::done(seen)->custody, rotation::Custody::closed);
  EXPECT_EQ(rotation::done(seen)->mark, "18");
  EXPECT_EQ(why(write("16", R"({"updated":18})", 200)), Refusal::conflict);
  EXPECT_TRUE(said(write("17", R"({"updated":17})", 200)).starts_with("unknown")) << "it has not moved";
  EXPECT_TRUE(said(write("17", R"({"updated":18})", 500)).starts_with("unknown")) << "moved by whom?";
}

TEST(HttpPlace, RefusesWhatItsPlaceShowsInsteadOfAKey) {
  Thing thing;
  Settings settings = thing_settings(thing);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", "nothing"},
      {R"({"aws":{"key":null}})", "nothing"},
      {R"({"aws":{"key":""}})", "nothing"},
      {R"({"aws":{"key":{}}})", "refused"},
      {R"({"aws":{"key":"a b"}})", "refused"},
      {R"({"aws":{"key":"A","key":"B"}})", "refused"},
      {"oops " + old_secret, "refused"},
      {"", "refused"},
  };
  for (const auto& one : cases) {
    thing.with([&] { thing.shown = one.first; });
    const std::string heard = said(make(settings)->read());
    EXPECT_TRUE(heard.starts_with(one.second)) << one.first << ": " << heard;
    EXPECT_FALSE(shows_a_piece(heard, old_secret));
  }
  settings["read.value"] = "/aws/secret";
  thing.with([&] { thing.shown = thing_with(old_id); });
  EXPECT_EQ(why(make(settings)->read()), Refusal::invalid) << "a secret was promised";
}

TEST(HttpPlace, ASecretThatAReplyEchoesIsNotTakenAlong) {
  Thing thing;
  Settings settings = thing_settings(thing);
  thing.with([&] { thing.shown = thing_with(old_id); });
  settings["steps.0.take.echo"] = "/echo";
  thing.with([&] { thing.echo = R"({"echo":")" + new_secret + R"("})"; });
  const auto answer = put_new(*make(settings));
  EXPECT_EQ(said(answer).find(new_secret), std::string::npos);
  EXPECT_NE(said(answer).find("is the secret"), std::string::npos) << said(answer);
}

// ---- the config -----------------------------------------------------------------------------------------------

TEST(HttpConfig, TheFastlyExampleHasNoFault) {
  Settings settings = fastly_settings("https://api.fastly.com");
  settings["token_file"] = "/x";
  EXPECT_TRUE(
      secrets_adapters::check({.name = rotation::LocationName("a"), .type = "http", .settings = settings}).empty());
}

struct Fault {
  std::string setting, value, found;  // an empty value: the setting is taken away
};

const std::vector<Fault> faults{
    {"steps.2.colour", "red", "steps.2.colour"},
    {"steps.2.url.x", "red", "steps.2.url.x"},
    {"steps.1.url", "", "steps.1.url"},
    {"steps.1.method", "", "steps.1.method"},
    {"steps.1.method", "put", "steps.1.method"},
    {"steps.1.url", "http://api.fastly.com/x", "steps.1.url"},
    {"steps.1.url", "api.fastly.com/x", "steps.1.url"},
    {"steps.1.url", "https://u:p@api.fastly.com/x", "steps.1.url"},
    {"steps.1.url", "https://{active}.example/x", "steps.1.url"},
    {"steps.1.url", "https://api.fastly.com/{secret}", "steps.1.url"},
    {"steps.1.url", "https://api.fastly.com/?t={token}", "steps.1.url"},
    {"steps.1.url", "https://api.fastly.com/{version}", "steps.1.url"},
    {"steps.1.url", "https://api.fastly.com/{Active}", "steps.1.url"},
    {"steps.1.url", "https://api.fastly.com/{active", "steps.1.url"},
    {"steps.1.headers.Fastly-Key", "{secret}", "steps.1.headers.Fastly-Key"},
    {"steps.1.headers.Host", "x", "steps.1.headers.Host"},
    {"steps.1.headers.a b", "x", "steps.1.headers.a b"},
    {"steps.1.headers.Authorization", "Bearer abc", "steps.1.headers.Authorization"},
    {"steps.1.headers.X-Api-Key", "abc", "steps.1.headers.X-Api-Key"},
    {"steps.1.headers.PRIVATE-TOKEN", "abc", "steps.1.headers.PRIVATE-TOKEN"},
    {"steps.2.form.x", "{token}", "steps.2.form.x"},
    {"steps.2.json", "{}", "steps.2.body"},
    {"steps.3.form.x", "1", "steps.3.method"},
    {"steps.4.json", "{\"a\": {id}}", "steps.4.json"},
    {"steps.4.json", "{\"a\": 1", "steps.4.json"},
    {"steps.4.body", "x", "steps.4.content_type"},
    {"steps.4.content_type", "text/plain", "steps.4.content_type"},
    {"steps.4.ok.0", "302", "steps.4.ok.0"},
    {"steps.4.ok.0", "403", "steps.4.ok.0"},
    {"steps.4.ok.0", "yes", "steps.4.ok.0"},
    {"steps.1.take.version", "number", "steps.1.take.version"},
    {"steps.1.take.id", "/x", "steps.1.take.id"},
    {"steps.3.expect.status", "ok", "steps.3.expect.status"},
    {"steps.2.form.secret_key", "x", "steps"},
    {"steps.2.form.access_key", "x", "steps"},
    {"steps.x", "1", "steps.x"},
    {"read.method", "POST", "read.method"},
    {"read.url", "", "read.url"},
    {"read.url", "https://api.fastly.com/{id}", "read.url"},
    {"read.id", "access_key", "read.id"},
    {"read.id", "", "read.id"},
    {"read.mark", "/x", "read.id"},
    {"read.colour", "x", "read.colour"},
    {"read.steps.0.form.x", "1", "read.steps.0.method"},
    {"steps.1.take.s", "/secret_key", "read.value"},
    {"token_env", "X", "token_env"},
    {"token_file", "", "token_file"},
};

TEST(HttpConfig, FindsEachFaultAtItsSetting) {
  const Settings good = [] {
    Settings settings = fastly_settings("https://api.fastly.com");
    settings["token_file"] = "/x";
    return settings;
  }();
  for (const Fault& fault : faults) {
    Settings settings = good;
    fault.value.empty() ? (void)settings.erase(fault.setting) : (void)(settings[fault.setting] = fault.value);
    const auto findings =
        secrets_adapters::check({.name = rotation::LocationName("a"), .type = "http", .settings = settings});
    const bool found = std::ranges::any_of(findings, [&](const auto& one) { return one.setting == fault.found; });
    EXPECT_TRUE(found) << fault.setting << " = " << fault.value << ": "
                       << (findings.empty() ? "nothing" : findings.front().setting + " " + findings.front().message);
  }
  Settings settings = good;
  for (auto& [name, value] : settings) {
    if (value == "{token}") value = "x";
  }
  EXPECT_FALSE(
      secrets_adapters::check({.name = rotation::LocationName("a"), .type = "http", .settings = settings}).empty())
      << "a token that is never used";
}

}  // namespace
