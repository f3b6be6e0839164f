// One call as a whole: what is sent, how often, and how it ends.
#include "providers/aws_iam/query_api.hpp"

#include <gtest/gtest.h>

#include "tests/providers/fakes.hpp"

namespace {

using aws_iam::Call;
using calling::Effect;
using rotation::Refusal;
using namespace std::chrono_literals;

// Counts how often it is asked for a new session.
class CountingProvider final : public calling::CredentialProvider {
 public:
  explicit CountingProvider(int& fetched, bool renewable) : fetched_(fetched), renewable_(renewable) {}
  rotation::Answer<calling::Credentials> fetch() override {
    ++fetched_;
    auto one = tests::static_keys("ASIASESSION" + std::to_string(100000 + fetched_));
    one.token = rotation::Secret{"token" + std::to_string(fetched_)};
    return rotation::Done<calling::Credentials>{std::move(one)};
  }
  bool renewable() const override { return renewable_; }

 private:
  int& fetched_;
  bool renewable_;
};

struct QueryApiTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;
  aws_iam::QueryApi api{transport, fake.world, {.endpoints = tests::endpoints()}};
  int fetched = 0;
  calling::CredentialCache signer{calling::fixed_credentials(tests::static_keys()), fake.world};
  calling::CredentialCache session{std::make_unique<CountingProvider>(fetched, true), fake.world};
  calling::CredentialCache fixed_session{std::make_unique<CountingProvider>(fetched, false), fake.world};

  static Call call(Effect effect) { return {.action = "GetUser", .params = {{"UserName", "svc"}}, .effect = effect}; }
  std::string good = tests::good_xml("GetUser", "<User/>");
};

TEST_F(QueryApiTest, sends_one_signed_form_post) {
  transport.answers(200, good);
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &signer)));
  ASSERT_EQ(transport.sent.size(), 1U);
  const auto& sent = transport.sent[0];
  EXPECT_EQ(sent.method, http::Method::post);
  EXPECT_EQ(sent.url, "https://iam.amazonaws.com/");
  EXPECT_EQ(sent.body, "Action=GetUser&Version=2010-05-08&UserName=svc");
  EXPECT_EQ(sent.headers.at("Content-Type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(sent.headers.at("X-Amz-Date"), "20260102T030405Z");
  EXPECT_TRUE(sent.headers.at("Authorization")
                  .starts_with("AWS4-HMAC-SHA256 Credential=AKIAOLDKEY0000000001/20260102/us-east-1/iam/aws4_request, "
                               "SignedHeaders=content-type;host;x-amz-date, Signature="));
  EXPECT_EQ(sent.connection, http::Connection::kept_alive);
}

TEST_F(QueryApiTest, writes_and_creates_go_over_a_fresh_connection) {
  for (const auto effect : {Effect::write, Effect::create}) {
    transport.answers(200, good);
    EXPECT_TRUE(rotation::done(api.call(call(effect), &signer)));
    EXPECT_EQ(transport.sent.back().connection, http::Connection::fresh);
  }
}

TEST_F(QueryApiTest, a_session_token_is_sent_and_signed) {
  transport.answers(200, good);
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &session)));
  EXPECT_EQ(transport.sent[0].headers.at("X-Amz-Security-Token"), "token1");
  EXPECT_NE(transport.sent[0].headers.at("Authorization").find("x-amz-security-token"), std::string::npos);
}

TEST_F(QueryApiTest, a_read_is_tried_again_after_every_passing_fault) {
  transport.answers(http::NotSent{"no route"});
  transport.answers(http::Lost{"closed"});
  transport.answers(503, "<html>busy</html>");
  transport.answers(400, tests::error_xml("Throttling"));
  transport.answers(200, "cut <");
  transport.answers(200, good);
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &signer)));
  EXPECT_EQ(transport.sent.size(), 6U);
  EXPECT_EQ(fake.slept, (std::vector<http::Millis>{100ms, 200ms, 400ms, 800ms, 1600ms}));
}

TEST_F(QueryApiTest, a_read_that_stays_throttled_is_refused_and_one_that_stays_broken_is_unknown) {
  for (int i = 0; i < 6; ++i) transport.answers(400, tests::error_xml("Throttling"));
  const auto throttled = api.call(call(Effect::read), &signer);
  ASSERT_TRUE(rotation::refused(throttled));
  EXPECT_EQ(rotation::refused(throttled)->why, Refusal::throttled);
  for (int i = 0; i < 6; ++i) transport.answers(500, tests::error_xml("ServiceFailure"));
  EXPECT_TRUE(rotation::unknown(api.call(call(Effect::read), &signer)));
  EXPECT_EQ(transport.sent.size(), 12U);
}

TEST_F(QueryApiTest, the_waits_together_stay_within_the_budget) {
  transport.answers(503, "", {{"Retry-After", "50"}});
  transport.answers(503, "", {{"Retry-After", "50"}});
  EXPECT_TRUE(rotation::unknown(api.call(call(Effect::read), &signer)));
  EXPECT_EQ(fake.slept, (std::vector<http::Millis>{50s}));
}

TEST_F(QueryApiTest, slow_tries_count_against_the_budget) {
  fake.world.now = [&] {
    fake.now += 20s;
    return fake.now;
  };
  transport.answers(http::Lost{"time-out"});
  EXPECT_TRUE(rotation::unknown(api.call(call(Effect::read), &signer)));
  EXPECT_EQ(transport.sent.size(), 1U);
}

TEST_F(QueryApiTest, a_write_is_not_tried_for_long) {
  for (int i = 0; i < 3; ++i) transport.answers(400, tests::error_xml("Throttling"));
  const auto answer = api.call(call(Effect::write), &signer);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::throttled);
  EXPECT_EQ(transport.sent.size(), 3U);
  transport.answers(429, tests::error_xml("Throttling"), {{"Retry-After", "11"}});
  EXPECT_TRUE(rotation::refused(api.call(call(Effect::write), &signer)));
  EXPECT_EQ(transport.sent.size(), 4U);
}

TEST_F(QueryApiTest, an_interrupted_read_ends_at_once) {
  transport.answers(http::Lost{"interrupted", true});
  EXPECT_TRUE(rotation::unknown(api.call(call(Effect::read), &signer)));
  transport.answers(http::Lost{"closed"});
  fake.interrupted = true;
  EXPECT_TRUE(rotation::unknown(api.call(call(Effect::read), &signer)));
  EXPECT_EQ(transport.sent.size(), 2U);
}

struct WriteCase {
  const char* name;
  std::function<http::Reply()> first;
  bool again;    // a second try is allowed
  bool refused;  // how it ends if nothing else comes
};

std::vector<WriteCase> write_cases() {
  const auto error = [](int status, const char* code) {
    return [=]() -> http::Reply { return tests::response(status, tests::error_xml(code)); };
  };
  return {
      {"lost", []() -> http::Reply { return http::Lost{"closed"}; }, false, false},
      {"500", error(500, "ServiceFailure"), false, false},
      {"503 with a throttle's code", error(503, "SlowDown"), false, false},
      {"502 of a proxy", []() -> http::Reply { return tests::response(502, "<html>"); }, false, false},
      {"403 of a proxy", []() -> http::Reply { return tests::response(403, "<html>"); }, false, false},
      {"302", []() -> http::Reply { return tests::response(302, ""); }, false, false},
      {"an unheard-of code", error(409, "QuiteNew"), false, false},
      {"time-out on their side", error(400, "RequestTimeout"), false, false},
      {"200 cut", []() -> http::Reply { return tests::response(200, "<GetUserResponse>"); }, false, false},
      {"200 of a proxy", []() -> http::Reply { return tests::response(200, "<html></html>"); }, false, false},
      {"200 empty", []() -> http::Reply { return tests::response(200, ""); }, false, false},
      {"not sent", []() -> http::Reply { return http::NotSent{"no route"}; }, true, true},
      {"throttled", error(400, "Throttling"), true, true},
      {"busy", error(409, "ConcurrentModification"), true, true},
      {"denied", error(403, "AccessDenied"), false, true},
      {"limit", error(409, "LimitExceeded"), false, true},
      {"no such key", error(404, "NoSuchEntity"), false, true},
  };
}

// Invariant 11: what is not certain is unknown, never refused and never done.
TEST_F(QueryApiTest, a_write_is_tried_again_only_if_it_surely_did_nothing) {
  for (const auto& one : write_cases()) {
    transport.sent.clear();
    transport.answers(one.first());
    if (one.again) transport.answers(200, good);
    const auto answer = api.call(call(Effect::write), &signer);
    EXPECT_EQ(transport.sent.size(), one.again ? 2U : 1U) << one.name;
    EXPECT_EQ(rotation::done(answer) != nullptr, one.again) << one.name;
    EXPECT_EQ(rotation::refused(answer) != nullptr, !one.again && one.refused) << one.name;
  }
}

// Invariant 3: a create attempt is sent at most once, whatever comes back.
TEST_F(QueryApiTest, a_create_is_sent_once_whatever_happens) {
  for (const auto& one : write_cases()) {
    transport.sent.clear();
    transport.answers(one.first());
    const auto answer = api.call(call(Effect::create), &signer);
    EXPECT_EQ(transport.sent.size(), 1U) << one.name;
    EXPECT_FALSE(rotation::done(answer)) << one.name;
    EXPECT_EQ(rotation::refused(answer) != nullptr, one.refused) << one.name;
    EXPECT_EQ(rotation::unknown(answer) != nullptr, !one.refused) << one.name;
  }
  EXPECT_TRUE(fake.slept.empty());
}

TEST_F(QueryApiTest, a_skewed_clock_is_put_right_by_the_replys_date_and_tried_once_more) {
  const std::pair<std::string, std::string> date{"Date", "Fri, 02 Jan 2026 05:04:05 GMT"};
  const auto late = tests::error_xml("SignatureDoesNotMatch", "Signature expired: now earlier");
  EXPECT_FALSE(api.clock_offset());
  transport.answers(403, late, {date});
  transport.answers(200, good, {date});
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &signer)));
  EXPECT_EQ(transport.sent[0].headers.at("X-Amz-Date"), "20260102T030405Z");
  EXPECT_EQ(transport.sent[1].headers.at("X-Amz-Date"), "20260102T050405Z");
  EXPECT_EQ(api.clock_offset(), 2h + 500ms);

  transport.answers(403, late, {date});
  transport.answers(403, late, {date});
  const auto answer = api.call(call(Effect::write), &signer);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::clock);
  EXPECT_EQ(transport.sent.size(), 4U);

  transport.answers(403, late, {date});
  const auto create = api.call(call(Effect::create), &signer);
  ASSERT_TRUE(rotation::refused(create));
  EXPECT_EQ(rotation::refused(create)->why, Refusal::clock);
  EXPECT_EQ(transport.sent.size(), 5U);
}

TEST_F(QueryApiTest, an_expired_session_is_renewed_once) {
  transport.answers(403, tests::error_xml("ExpiredToken"));
  transport.answers(200, good);
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &session)));
  EXPECT_EQ(fetched, 2);
  EXPECT_EQ(transport.sent[1].headers.at("X-Amz-Security-Token"), "token2");

  transport.answers(403, tests::error_xml("ExpiredToken"));
  transport.answers(400, tests::error_xml("ExpiredTokenException"));
  const auto answer = api.call(call(Effect::read), &session);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::expired_session);
}

// A renewal can take as long as a person needs for a code; the lease that allows the change would be over by then.
TEST_F(QueryApiTest, a_change_renews_no_session_and_the_next_read_does) {
  for (const auto effect : {Effect::write, Effect::create}) {
    transport.answers(200, good);
    ASSERT_TRUE(rotation::done(api.call(call(Effect::read), &session)));
    const auto before = fetched;
    transport.sent.clear();
    transport.answers(403, tests::error_xml("ExpiredToken"));
    const auto answer = api.call(call(effect), &session);
    ASSERT_TRUE(rotation::refused(answer));
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::expired_session);
    EXPECT_EQ(transport.sent.size(), 1U);
    EXPECT_EQ(fetched, before);
    transport.answers(403, tests::error_xml("ExpiredToken"));
    transport.answers(200, good);
    EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &session)));
    EXPECT_EQ(fetched, before + 1);
  }
}

TEST_F(QueryApiTest, a_change_before_any_read_fetches_no_session_and_sends_nothing) {
  for (const auto effect : {Effect::write, Effect::create}) {
    const auto answer = api.call(call(effect), &session);
    ASSERT_TRUE(rotation::refused(answer));
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::expired_session);
  }
  EXPECT_EQ(fetched, 0);
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(QueryApiTest, an_expired_session_that_cannot_be_renewed_is_refused) {
  transport.answers(403, tests::error_xml("ExpiredToken"));
  const auto answer = api.call(call(Effect::read), &fixed_session);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::expired_session);
  EXPECT_EQ(transport.sent.size(), 1U);
}

// ---- when credentials are renewed
// -------------------------------------------------------------------------------------

class Lasting final : public calling::CredentialProvider {
 public:
  Lasting(const tests::FakeWorld& fake, rotation::Seconds lifetime, bool asks, int& fetched, bool& broken)
      : fake_(fake), lifetime_(lifetime), asks_(asks), fetched_(fetched), broken_(broken) {}
  rotation::Answer<calling::Credentials> fetch() override {
    ++fetched_;
    if (broken_) return rotation::Unknown{"the service is away"};
    auto one = tests::static_keys();
    one.expires = std::chrono::floor<rotation::Seconds>(fake_.now) + lifetime_;
    return rotation::Done<calling::Credentials>{std::move(one)};
  }
  bool renewable() const override { return true; }
  bool asks() const override { return asks_; }

 private:
  const tests::FakeWorld& fake_;
  rotation::Seconds lifetime_;
  bool asks_;
  int& fetched_;
  bool& broken_;
};

struct RenewalTest : testing::Test {
  tests::FakeWorld fake;
  int fetched = 0;
  bool broken = false;
  std::unique_ptr<calling::CredentialCache> cache(rotation::Seconds lifetime, bool asks = false) {
    return std::make_unique<calling::CredentialCache>(std::make_unique<Lasting>(fake, lifetime, asks, fetched, broken),
                                                      fake.world);
  }
};

TEST_F(RenewalTest, begins_fifteen_minutes_before_the_end) {
  auto kept = cache(1h);
  ASSERT_TRUE(rotation::done(kept->credentials()));
  fake.now += 44min;
  ASSERT_TRUE(rotation::done(kept->credentials()));
  EXPECT_EQ(fetched, 1);
  fake.now += 2min;
  ASSERT_TRUE(rotation::done(kept->credentials()));
  EXPECT_EQ(fetched, 2);
}

TEST_F(RenewalTest, failing_early_keeps_the_old_ones_and_failing_late_does_not) {
  auto kept = cache(1h);
  ASSERT_TRUE(rotation::done(kept->credentials()));
  broken = true;
  fake.now += 46min;
  EXPECT_TRUE(rotation::done(kept->credentials()));
  EXPECT_EQ(fetched, 2);
  fake.now += 5min;
  EXPECT_TRUE(rotation::unknown(kept->credentials()));
}

// Whatever their age: the cloud is the judge of that, and says no before it does anything.
TEST_F(RenewalTest, never_comes_in_the_middle_of_a_change) {
  auto kept = cache(1h);
  ASSERT_TRUE(rotation::done(kept->credentials()));
  for (const auto later : {46min, 10min, 10min}) {
    fake.now += later;
    EXPECT_TRUE(rotation::done(kept->credentials(calling::Renewal::never)));
  }
  EXPECT_EQ(fetched, 1);
}

// A read comes within the minute before each change, and a request has 30 s.
TEST_F(RenewalTest, leaves_what_a_change_needs_after_the_read_before_it) {
  for (const auto lifetime : std::initializer_list<rotation::Seconds>{2min, 5min, 15min, 1h, 12h}) {
    auto kept = cache(lifetime);
    for (rotation::Seconds spent{0}; spent < 2 * lifetime; spent += 10s) {
      const auto answer = kept->credentials();
      ASSERT_TRUE(rotation::done(answer));
      ASSERT_GE(*(*rotation::done(answer))->expires - std::chrono::floor<rotation::Seconds>(fake.now), 90s);
      fake.now += 10s;
    }
  }
}

TEST_F(RenewalTest, a_short_session_is_not_renewed_at_every_call) {
  auto kept = cache(15min);
  for (int minute = 0; minute < 10; ++minute) {
    ASSERT_TRUE(rotation::done(kept->credentials()));
    fake.now += 1min;
  }
  EXPECT_EQ(fetched, 1);
}

TEST_F(RenewalTest, a_person_is_asked_only_when_it_must_be) {
  auto kept = cache(1h, true);
  ASSERT_TRUE(rotation::done(kept->credentials()));
  fake.now += 49min;
  ASSERT_TRUE(rotation::done(kept->credentials()));
  EXPECT_EQ(fetched, 1);
  fake.now += 2min;
  ASSERT_TRUE(rotation::done(kept->credentials()));
  EXPECT_EQ(fetched, 2);
}

}  // namespace
