// One call to Alibaba Cloud as a whole: what is sent, how often, and how it ends.
#include "providers/alibaba_ram/rpc_api.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "providers/alibaba_ram/acs3.hpp"
#include "providers/alibaba_ram/rpc_v1.hpp"
#include "tests/providers/alibaba_fakes.hpp"
#include "tests/providers/raw_server.hpp"

namespace {

using alibaba_ram::Call;
using alibaba_ram::Service;
using alibaba_ram::SignatureStyle;
using calling::Effect;
using rotation::Refusal;
using tests::acs::good;
using namespace std::chrono_literals;

// The value of a parameter in a form or a query, as it was sent.
std::string param(const std::string& form, const std::string& name) {
  const auto text = "&" + form;
  const auto at = text.find("&" + name + "=");
  if (at == std::string::npos) return {};
  const auto start = at + name.size() + 2;
  return text.substr(start, text.find('&', start) - start);
}

struct AlibabaRpcTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;
  alibaba_ram::RpcApi api{transport, fake.world, {.endpoints = tests::acs::endpoints()}};
  alibaba_ram::RpcApi old_style{
      transport, fake.world, {.endpoints = tests::acs::endpoints(), .style = SignatureStyle::v1}};
  int fetched = 0;
  calling::CredentialCache signer{calling::fixed_credentials(tests::acs::keys()), fake.world};
  calling::CredentialCache session{std::make_unique<tests::acs::Sessions>(fetched), fake.world};

  static Call call(Effect effect) { return {.action = "GetUser", .params = {{"UserName", "svc"}}, .effect = effect}; }
  static std::string nonce_of(const tests::SentRequest& sent) {
    const auto found = sent.headers.find("x-acs-signature-nonce");
    return found != sent.headers.end() ? found->second : param(sent.body, "SignatureNonce");
  }
};

// ---- what is sent -------------------------------------------------------------------------------------------------

TEST_F(AlibabaRpcTest, v3_posts_its_parameters_in_a_signed_query) {
  transport.answers(200, good());
  EXPECT_TRUE(
      rotation::done(api.call({.action = "GetUser", .params = {{"UserName", "a b+c"}, {"Also", "1"}}}, &signer)));
  ASSERT_EQ(transport.sent.size(), 1U);
  const auto& sent = transport.sent[0];
  EXPECT_EQ(sent.method, http::Method::post);
  EXPECT_EQ(sent.url, "https://ram.aliyuncs.com/?Also=1&UserName=a%20b%2Bc");
  EXPECT_EQ(sent.body, "");
  EXPECT_EQ(sent.connection, http::Connection::kept_alive);
  EXPECT_EQ(sent.headers.at("Accept"), "application/json");
  EXPECT_EQ(sent.headers.at("x-acs-action"), "GetUser");
  EXPECT_EQ(sent.headers.at("x-acs-version"), "2015-05-01");
  EXPECT_EQ(sent.headers.at("x-acs-date"), "2026-01-02T03:04:05Z");
  EXPECT_FALSE(sent.headers.contains("x-acs-security-token"));
  const auto expected = alibaba_ram::acs3::sign({.host = "ram.aliyuncs.com",
                                                 .action = "GetUser",
                                                 .version = "2015-05-01",
                                                 .query = {{"UserName", "a b+c"}, {"Also", "1"}},
                                                 .nonce = nonce_of(sent),
                                                 .at = std::chrono::floor<rotation::Seconds>(tests::start)},
                                                tests::acs::keys().id, tests::acs::keys().secret, nullptr);
  EXPECT_EQ(sent.headers.at("Authorization"), expected.authorization);
  EXPECT_EQ(sent.headers.at("x-acs-content-sha256"), expected.content_sha256);
}

// Invariant 14: what may be secret goes into the body, which is signed by its digest.
TEST_F(AlibabaRpcTest, v3_puts_secrets_into_a_signed_form_body) {
  transport.answers(200, good());
  const Call put{.service = Service::kms,
                 .action = "PutSecretValue",
                 .params = {{"SecretName", "db"}},
                 .body_params = {{"SecretData", "very secret+value"}},
                 .effect = Effect::write};
  EXPECT_TRUE(rotation::done(api.call(put, &signer)));
  const auto& sent = transport.sent[0];
  EXPECT_EQ(sent.url, "https://kms.cn-hangzhou.aliyuncs.com/?SecretName=db");
  EXPECT_EQ(sent.body, "SecretData=very%20secret%2Bvalue");
  EXPECT_EQ(sent.headers.at("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(sent.headers.at("x-acs-version"), "2016-01-20");
  const auto expected = alibaba_ram::acs3::sign({.host = "kms.cn-hangzhou.aliyuncs.com",
                                                 .action = "PutSecretValue",
                                                 .version = "2016-01-20",
                                                 .query = {{"SecretName", "db"}},
                                                 .headers = {{"content-type", "application/x-www-form-urlencoded"}},
                                                 .body = sent.body,
                                                 .nonce = nonce_of(sent),
                                                 .at = std::chrono::floor<rotation::Seconds>(tests::start)},
                                                tests::acs::keys().id, tests::acs::keys().secret, nullptr);
  EXPECT_EQ(sent.headers.at("Authorization"), expected.authorization);
}

TEST_F(AlibabaRpcTest, v1_posts_everything_in_the_form_body) {
  transport.answers(200, good());
  const Call put{.service = Service::kms,
                 .action = "PutSecretValue",
                 .params = {{"SecretName", "db"}},
                 .body_params = {{"SecretData", "very secret"}}};
  EXPECT_TRUE(rotation::done(old_style.call(put, &session)));
  const auto& sent = transport.sent[0];
  EXPECT_EQ(sent.url, "https://kms.cn-hangzhou.aliyuncs.com/");
  EXPECT_EQ(sent.headers.at("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_FALSE(sent.headers.contains("Authorization"));
  const rotation::Secret token{"CAISsecret+token/1=="};
  const auto expected = alibaba_ram::rpc_v1::sign({.action = "PutSecretValue",
                                                   .version = "2016-01-20",
                                                   .params = {{"SecretName", "db"}, {"SecretData", "very secret"}},
                                                   .nonce = nonce_of(sent),
                                                   .at = std::chrono::floor<rotation::Seconds>(tests::start)},
                                                  rotation::AccessKeyId{"STS.NSession1"},
                                                  rotation::Secret{"sessionSecret0123456789"}, &token);
  EXPECT_EQ(sent.body, expected.form);
  EXPECT_EQ(param(sent.body, "Format"), "JSON");
}

TEST_F(AlibabaRpcTest, a_session_token_is_signed_and_stands_in_no_url) {
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &session)));
  const auto& sent = transport.sent[0];
  EXPECT_EQ(sent.headers.at("x-acs-security-token"), "CAISsecret+token/1==");
  EXPECT_EQ(sent.headers.at("x-acs-accesskey-id"), "STS.NSession1");
  EXPECT_NE(sent.headers.at("Authorization").find(";x-acs-security-token;"), std::string::npos);
  for (const auto& [name, value] : sent.headers) {
    EXPECT_EQ(value.find("CAIS") != std::string::npos, name == "x-acs-security-token") << name;
  }
  EXPECT_EQ((sent.url + sent.body).find("CAIS"), std::string::npos);
}

TEST_F(AlibabaRpcTest, an_unsigned_call_has_the_common_parameters_in_its_query) {
  transport.answers(200, good());
  const Call assume{.service = Service::sts,
                    .action = "AssumeRoleWithOIDC",
                    .body_params = {{"RoleArn", "acs:ram::1:role/r"}, {"OIDCToken", "eyJ.secret"}}};
  EXPECT_TRUE(rotation::done(api.call(assume, nullptr)));
  const auto& sent = transport.sent[0];
  EXPECT_TRUE(
      sent.url.starts_with("https://sts.aliyuncs.com/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON&"
                           "Timestamp=2026-01-02T03%3A04%3A05Z&SignatureNonce="))
      << sent.url;
  EXPECT_EQ(sent.body, "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr&OIDCToken=eyJ.secret");
  EXPECT_FALSE(sent.headers.contains("Authorization"));
}

TEST_F(AlibabaRpcTest, each_service_has_its_host_and_version_and_an_absent_one_sends_nothing) {
  const std::tuple<Service, const char*, const char*> services[] = {
      {Service::ram, "https://ram.aliyuncs.com/", "2015-05-01"},
      {Service::sts, "https://sts.aliyuncs.com/", "2015-04-01"},
      {Service::ims, "https://ims.aliyuncs.com/", "2019-08-15"},
      {Service::actiontrail, "https://actiontrail.cn-hangzhou.aliyuncs.com/", "2020-07-06"},
      {Service::kms, "https://kms.cn-hangzhou.aliyuncs.com/", "2016-01-20"}};
  for (const auto& [service, url, version] : services) {
    transport.answers(200, good());
    EXPECT_TRUE(rotation::done(api.call({.service = service, .action = "X"}, &signer)));
    EXPECT_EQ(transport.sent.back().url, url);
    EXPECT_EQ(transport.sent.back().headers.at("x-acs-version"), version);
  }
  transport.sent.clear();
  alibaba_ram::RpcApi bare{transport, fake.world, {}};
  for (const auto service : {Service::ims, Service::actiontrail, Service::kms}) {
    const auto answer = bare.call({.service = service, .action = "X", .effect = Effect::write}, &signer);
    ASSERT_TRUE(rotation::refused(answer));
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::unsupported);
    EXPECT_NE(rotation::refused(answer)->message.find("configured"), std::string::npos);
  }
  EXPECT_TRUE(transport.sent.empty());
}

// libcurl puts a Content-Type of its own into every POST; one that nobody signed must not go out.
TEST_F(AlibabaRpcTest, on_the_wire_an_empty_body_has_no_content_type) {
  tests::Seen seen;
  tests::RawServer server{[&](tests::Peer& peer, int) {
    const auto request = peer.request();
    if (!request) return;
    seen.add(*request);
    peer.say(tests::reply(200, good()));
  }};
  const auto wire = http::curl_transport();
  alibaba_ram::RpcApi local{*wire, fake.world, {.endpoints = {.ram = {server.url()}, .sts = {server.url()}}}};
  ASSERT_TRUE(rotation::done(local.call(call(Effect::write), &signer)));
  EXPECT_EQ(seen.count("POST /?UserName=svc HTTP/1.1"), 1);
  for (const char* name : {"Content-Type", "content-type"}) EXPECT_EQ(seen.count(name), 0) << name;
  EXPECT_EQ(seen.count("Content-Length: 0"), 1);
}

// ---- how often ----------------------------------------------------------------------------------------------------

TEST_F(AlibabaRpcTest, every_try_has_a_nonce_a_date_and_a_signature_of_its_own) {
  for (auto* one : {&api, &old_style}) {
    transport.sent.clear();
    transport.answers(http::NotSent{"no route"});
    transport.answers(http::Lost{"closed"});
    transport.answers(503, "<html>busy</html>");
    transport.answers(400, tests::acs::error("Throttling.User"), {{"Retry-After", "2"}});
    transport.answers(200, "{");
    transport.answers(200, good());
    EXPECT_TRUE(rotation::done(one->call(call(Effect::read), &signer)));
    ASSERT_EQ(transport.sent.size(), 6U);
    std::set<std::string> nonces;
    std::set<std::string> signatures;
    std::set<std::string> dates;
    for (const auto& sent : transport.sent) {
      nonces.insert(nonce_of(sent));
      const bool v3 = sent.headers.contains("Authorization");
      signatures.insert(v3 ? sent.headers.at("Authorization") : param(sent.body, "Signature"));
      dates.insert(v3 ? sent.headers.at("x-acs-date") : param(sent.body, "Timestamp"));
    }
    EXPECT_EQ(nonces.size(), 6U);
    EXPECT_EQ(signatures.size(), 6U);
    EXPECT_GE(dates.size(), 3U);  // the clock went on while it waited
    EXPECT_EQ(nonces.begin()->size(), 36U);
  }
}

TEST_F(AlibabaRpcTest, a_read_whose_nonce_was_used_goes_out_again_with_a_fresh_one) {
  transport.answers(400, tests::acs::error("SignatureNonceUsed"));
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &signer)));
  EXPECT_NE(nonce_of(transport.sent[0]), nonce_of(transport.sent[1]));
}

// Invariants 3 and 11: another copy of this very request got there before, and what that one did is not known.
TEST_F(AlibabaRpcTest, a_change_whose_nonce_was_used_is_unknown_and_not_sent_again) {
  for (const auto effect : {Effect::write, Effect::create}) {
    transport.sent.clear();
    transport.answers(400, tests::acs::error("SignatureNonceUsed"));
    EXPECT_TRUE(rotation::unknown(api.call(call(effect), &signer)));
    EXPECT_EQ(transport.sent.size(), 1U);
  }
}

struct WriteCase {
  const char* name;
  std::function<http::Reply()> first;
  bool again = false;    // a second try is allowed
  bool refused = false;  // how it ends if nothing else comes
};

std::vector<WriteCase> write_cases() {
  const auto reply = [](int status, const std::string& body) {
    return [=]() -> http::Reply { return tests::response(status, body); };
  };
  const auto error = [&](int status, const char* code) { return reply(status, tests::acs::error(code)); };
  return {
      {"lost", []() -> http::Reply { return http::Lost{"closed"}; }},
      {"500", error(500, "InternalError")},
      {"503 with a throttle's code", error(503, "Throttling.User")},
      {"502 of a proxy", reply(502, "<html>")},
      {"403 of a proxy", reply(403, "<html>")},
      {"302", reply(302, "")},
      {"an unheard-of code", error(409, "QuiteNew")},
      {"a used nonce", error(400, "SignatureNonceUsed")},
      {"200 cut", reply(200, R"({"RequestId":"x")")},
      {"200 of a proxy", reply(200, "<html></html>")},
      {"200 empty", reply(200, "")},
      {"200 without a request id", reply(200, "{}")},
      {"200 with an error", reply(200, tests::acs::error("NoPermission"))},
      {"not sent", []() -> http::Reply { return http::NotSent{"no route"}; }, true, true},
      {"throttled", error(400, "Throttling.User"), true, true},
      {"denied", error(403, "NoPermission"), false, true},
      {"denied, with a status of its own", error(400, "NoPermission"), false, true},
      {"limit", error(409, "LimitExceeded.User.AccessKey"), false, true},
      {"no such key", error(404, "EntityNotExist.User.AccessKey"), false, true},
      {"active", error(409, "DeleteConflict.AccessKey.Active"), false, true},
  };
}

// Invariant 11: what is not certain is unknown, never refused and never done.
TEST_F(AlibabaRpcTest, a_write_is_tried_again_only_if_it_surely_did_nothing) {
  for (const auto& one : write_cases()) {
    transport.sent.clear();
    transport.answers(one.first());
    if (one.again) transport.answers(200, good());
    const auto answer = api.call(call(Effect::write), &signer);
    EXPECT_EQ(transport.sent.size(), one.again ? 2U : 1U) << one.name;
    EXPECT_EQ(rotation::done(answer) != nullptr, one.again) << one.name;
    EXPECT_EQ(rotation::refused(answer) != nullptr, !one.again && one.refused) << one.name;
  }
}

// Invariant 3: a create attempt is sent at most once, whatever comes back.
TEST_F(AlibabaRpcTest, a_create_is_sent_once_on_a_fresh_connection_whatever_happens) {
  for (auto* style : {&api, &old_style}) {
    for (const auto& one : write_cases()) {
      transport.sent.clear();
      transport.answers(one.first());
      const auto answer = style->call(call(Effect::create), &signer);
      ASSERT_EQ(transport.sent.size(), 1U) << one.name;
      EXPECT_EQ(transport.sent[0].connection, http::Connection::fresh) << one.name;
      EXPECT_FALSE(rotation::done(answer)) << one.name;
      EXPECT_EQ(rotation::refused(answer) != nullptr, one.refused) << one.name;
    }
  }
  EXPECT_TRUE(fake.slept.empty());
}

TEST_F(AlibabaRpcTest, a_skewed_clock_is_put_right_by_the_replys_date_and_tried_once_more) {
  const std::pair<std::string, std::string> date{"Date", "Fri, 02 Jan 2026 05:04:05 GMT"};
  const auto late = tests::acs::error("InvalidTimeStamp.Expired");
  EXPECT_FALSE(api.clock_offset());
  transport.answers(400, late, {date});
  transport.answers(200, good(), {date});
  const auto answer = api.call(call(Effect::read), &signer);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(transport.sent[0].headers.at("x-acs-date"), "2026-01-02T03:04:05Z");
  EXPECT_EQ(transport.sent[1].headers.at("x-acs-date"), "2026-01-02T05:04:05Z");
  EXPECT_EQ(rotation::rfc3339(rotation::done(answer)->server_time), "2026-01-02T05:04:05Z");
  EXPECT_EQ(api.clock_offset(), 2h + 500ms);

  for (const auto effect : {Effect::write, Effect::create}) {
    transport.sent.clear();
    for (int i = 0; i < (effect == Effect::write ? 2 : 1); ++i) transport.answers(400, late, {date});
    const auto refused = api.call(call(effect), &signer);
    ASSERT_TRUE(rotation::refused(refused));
    EXPECT_EQ(rotation::refused(refused)->why, Refusal::clock);
    EXPECT_EQ(transport.sent.size(), effect == Effect::write ? 2U : 1U);
  }
}

TEST_F(AlibabaRpcTest, an_expired_session_is_renewed_by_reads_alone) {
  transport.answers(400, tests::acs::error("InvalidSecurityToken.Expired"));
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(api.call(call(Effect::read), &session)));
  EXPECT_EQ(fetched, 2);
  EXPECT_EQ(transport.sent[1].headers.at("x-acs-security-token"), "CAISsecret+token/2==");
  for (const auto effect : {Effect::write, Effect::create}) {
    transport.answers(400, tests::acs::error("InvalidSecurityToken.Expired"));
    const auto answer = api.call(call(effect), &session);
    ASSERT_TRUE(rotation::refused(answer));
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::expired_session);
    EXPECT_EQ(fetched, 2);
  }
}

// ---- replies ------------------------------------------------------------------------------------------------------

std::string nested(int depth) {
  return good("\"a\":" + std::string(static_cast<std::size_t>(depth), '[') +
              std::string(static_cast<std::size_t>(depth), ']'));
}

TEST_F(AlibabaRpcTest, a_reply_that_is_no_whole_object_is_unknown) {
  const std::string deep(500'000, '[');
  for (const std::string& body :
       {std::string{}, std::string{"null"}, std::string{"[]"}, std::string{"\"RequestId\""}, std::string{"{}"},
        std::string{R"({"RequestId":7})"}, std::string{R"({"RequestId":""})"}, good() + "x", good() + good(),
        std::string{"{\"RequestId\":\"\xff\"}"}, nested(32), deep}) {
    transport.answers(200, body);
    EXPECT_TRUE(rotation::unknown(api.call(call(Effect::write), &signer))) << body.substr(0, 80);
  }
  for (const std::string& body : {nested(31), good(R"("RequestId":"again")"), " " + good() + "\n",
                                  good(R"("brackets":")" + std::string(100, '[') + R"(\"[[")")}) {
    transport.answers(200, body);
    EXPECT_TRUE(rotation::done(api.call(call(Effect::write), &signer))) << body.substr(0, 80);
  }
}

}  // namespace
