// Who used a key, as CloudTrail tells it.
#include "providers/aws_iam/event_history.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/providers/fakes.hpp"

namespace {

using nlohmann::json;
using rotation::AccessKeyId;
using rotation::KeyUse;
using rotation::Refusal;
using namespace std::chrono_literals;

const AccessKeyId key{"AKIAOLDKEY0000000001"};
const std::string at_nine = "2026-01-01T09:00:00Z";
const std::string at_ten = "2026-01-01T10:00:00Z";

json event(const std::string& service, const std::string& address, const std::string& at,
           const std::string& agent = "boto3") {
  const json told{{"eventSource", service + ".amazonaws.com"},
                  {"sourceIPAddress", address},
                  {"userAgent", agent},
                  {"eventTime", at},
                  {"errorCode", "AccessDenied"}};
  return {{"EventId", "e"},
          {"AccessKeyId", key.text()},
          {"EventSource", service + ".amazonaws.com"},
          {"EventTime", 1.7e9},
          {"CloudTrailEvent", told.dump()}};
}

struct EventHistoryTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;
  calling::CredentialCache signer{calling::fixed_credentials(tests::static_keys()), fake.world};
  aws_iam::Endpoints endpoints = tests::endpoints();
  std::unique_ptr<aws_iam::JsonApi> api;
  std::unique_ptr<aws_iam::EventHistory> history;

  rotation::Answer<std::vector<KeyUse>> uses() {
    if (!history) {
      api = std::make_unique<aws_iam::JsonApi>(transport, fake.world, endpoints);
      history = std::make_unique<aws_iam::EventHistory>(*api, fake.world);
    }
    return history->uses(key, &signer);
  }
  void page(const std::vector<json>& events, const std::string& next = {}) {
    json body{{"Events", events}};
    if (!next.empty()) body["NextToken"] = next;
    transport.answers(200, body.dump());
  }
  static std::string words(const KeyUse& use) {
    return use.service + " " + use.address + " " + use.agent + " " + rotation::rfc3339(use.at) + " since " +
           rotation::rfc3339(use.first);
  }
};

TEST_F(EventHistoryTest, is_merged_by_source_and_newest_first) {
  page({event("s3", "203.0.113.7", at_ten), event("ec2", "203.0.113.7", at_nine), event("s3", "203.0.113.7", at_nine),
        event("s3", "198.51.100.2", at_nine)});
  const auto answer = uses();
  const auto* found = rotation::done(answer);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ(words((*found)[0]), "s3 203.0.113.7 boto3 2026-01-01T10:00:00Z since 2026-01-01T09:00:00Z");
  EXPECT_EQ((*found)[1].at, (*found)[2].at);
  EXPECT_EQ(transport.sent.at(0).url, "https://cloudtrail.us-east-1.amazonaws.com/");
  EXPECT_EQ(transport.sent.at(0).body,
            R"({"LookupAttributes":[{"AttributeKey":"AccessKeyId","AttributeValue":"AKIAOLDKEY0000000001"}],)"
            R"("MaxResults":50})");
}

TEST_F(EventHistoryTest, is_asked_in_the_first_region_and_in_the_accounts) {
  endpoints.region = "eu-west-1";
  page({event("iam", "203.0.113.7", at_nine)});
  page({event("s3", "203.0.113.7", at_ten)});
  const auto answer = uses();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->size(), 2U);
  EXPECT_EQ(transport.sent.at(1).url, "https://cloudtrail.eu-west-1.amazonaws.com/");
}

TEST_F(EventHistoryTest, is_asked_in_the_region_of_the_last_use_too_if_that_is_one) {
  endpoints.region = "eu-west-1";
  api = std::make_unique<aws_iam::JsonApi>(transport, fake.world, endpoints);
  history = std::make_unique<aws_iam::EventHistory>(*api, fake.world);
  for (const char* odd : {"N/A", "aws-global.evil.example/", "cn-north-1", ""}) history->last_used_in(key, odd);
  for (int i = 0; i < 2; ++i) page({});
  ASSERT_TRUE(rotation::done(uses()));
  EXPECT_EQ(transport.sent.size(), 2U);
  fake.now += 5min;
  history->last_used_in(key, "ap-south-1");
  for (int i = 0; i < 2; ++i) page({});
  page({event("sqs", "203.0.113.9", at_ten)});
  const auto answer = uses();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->size(), 1U);
  EXPECT_EQ(transport.sent.back().url, "https://cloudtrail.ap-south-1.amazonaws.com/");
}

TEST_F(EventHistoryTest, has_pages_of_the_same_question_half_a_second_apart_and_ends_after_ten) {
  for (int i = 0; i < 20; ++i) page({event("s3", "203.0.113." + std::to_string(i), at_nine)}, "t" + std::to_string(i));
  ASSERT_TRUE(rotation::done(uses()));
  ASSERT_EQ(transport.sent.size(), 10U);
  EXPECT_EQ(fake.slept, std::vector<http::Millis>(9, 500ms));
  const auto first = json::parse(transport.sent[0].body);
  for (std::size_t i = 1; i < 10; ++i) {
    auto later = json::parse(transport.sent[i].body);
    EXPECT_EQ(later["NextToken"], "t" + std::to_string(i - 1));
    later.erase("NextToken");
    EXPECT_EQ(later, first);
  }
}

TEST_F(EventHistoryTest, that_comes_back_to_a_token_ends) {
  page({}, "t");
  page({}, "t");
  EXPECT_TRUE(rotation::done(uses()));
  EXPECT_EQ(transport.sent.size(), 2U);
}

TEST_F(EventHistoryTest, is_not_asked_again_for_five_minutes_whatever_the_answer_was) {
  transport.answers(400, R"({"__type":"AccessDeniedException"})");
  for (int i = 0; i < 3; ++i) {
    const auto answer = uses();
    ASSERT_TRUE(rotation::refused(answer));
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::denied);
  }
  EXPECT_EQ(transport.sent.size(), 1U);
  fake.now += 5min;
  page({event("s3", "203.0.113.7", at_ten)});
  EXPECT_TRUE(rotation::done(uses()));
}

TEST_F(EventHistoryTest, of_one_region_is_told_where_the_other_is_not_to_be_had) {
  endpoints.region = "eu-west-1";
  transport.answers(400, R"({"__type":"AccessDeniedException"})");
  page({event("s3", "203.0.113.7", at_ten)});
  const auto answer = uses();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->size(), 1U);
}

TEST_F(EventHistoryTest, that_is_a_page_of_html_is_unknown_and_soon_given_up) {
  for (int i = 0; i < 3; ++i) transport.answers(500, "<html>Internal Server Error</html>");
  EXPECT_TRUE(rotation::unknown(uses()));
  EXPECT_LT(fake.now - tests::start, 5s);
}

TEST_F(EventHistoryTest, does_not_go_on_once_a_minute_is_over) {
  endpoints.region = "eu-west-1";
  fake.world.now = [this] { return fake.now += 11s; };  // each look at the clock
  for (int i = 0; i < 20; ++i) page({event("s3", "203.0.113.7", at_nine)}, "t" + std::to_string(i));
  ASSERT_TRUE(rotation::done(uses()));
  EXPECT_LT(transport.sent.size(), 5U);
}

TEST_F(EventHistoryTest, leaves_out_what_is_another_keys_or_says_too_little_and_nothing_odd_reaches_a_terminal) {
  json foreign = event("s3", "203.0.113.1", at_ten);
  foreign["AccessKeyId"] = "AKIAOTHERKEY00000001";
  json torn = event("s3", "203.0.113.2", at_ten);
  torn["CloudTrailEvent"] = "{";
  json timeless = event("s3", "203.0.113.3", "soon");
  timeless["EventTime"] = "soon";
  json nameless = event("s3", "203.0.113.4", at_ten);
  nameless["EventSource"] = "\x1b[2J";
  nameless["CloudTrailEvent"] = "{}";
  page({foreign, torn, timeless, nameless, event("kms", "\x1b[2J", at_ten, "a\x07gent")});
  const auto answer = uses();
  ASSERT_TRUE(rotation::done(answer));
  ASSERT_EQ(rotation::done(answer)->size(), 2U);
  EXPECT_EQ(words(rotation::done(answer)->at(0)), "kms   2026-01-01T10:00:00Z since 2026-01-01T10:00:00Z");
  EXPECT_EQ(words(rotation::done(answer)->at(1)), "s3   2023-11-14T22:13:20Z since 2023-11-14T22:13:20Z");
}

TEST_F(EventHistoryTest, without_a_list_is_unknown) {
  transport.answers(200, "{}");
  EXPECT_TRUE(rotation::unknown(uses()));
}

}  // namespace
