// What each error of the cloud means, and what may follow it.
#include "providers/aws_iam/failures.hpp"

#include <gtest/gtest.h>

#include "tests/providers/fakes.hpp"

namespace {

using calling::Effect;
using calling::Remedy;
using calling::Setback;
using rotation::Refusal;

Setback failure(int status, std::string_view body) {
  return aws_iam::read_failure(tests::response(status, body), "UpdateAccessKey", tests::start);
}

struct Row {
  int status;
  const char* code;
  const char* message;
  Refusal why;
  bool sure;
  Remedy remedy;
};

TEST(failures, follow_their_table) {
  const Row rows[] = {
      {404, "NoSuchEntity", "", Refusal::no_such_entity, true, Remedy::none},
      {409, "LimitExceeded", "Cannot exceed quota", Refusal::limit_exceeded, true, Remedy::none},
      {409, "EntityTemporarilyUnmodifiable", "", Refusal::other, true, Remedy::none},
      {409, "ConcurrentModification", "", Refusal::other, true, Remedy::wait},
      {500, "ServiceFailure", "", Refusal::other, false, Remedy::wait},
      {400, "ValidationError", "", Refusal::invalid, true, Remedy::none},
      {400, "Throttling", "Rate exceeded", Refusal::throttled, true, Remedy::wait},
      {429, "TooManyRequestsException", "", Refusal::throttled, true, Remedy::wait},
      {503, "SlowDown", "", Refusal::throttled, false, Remedy::wait},
      {400, "RequestTimeout", "", Refusal::other, false, Remedy::wait},
      {403, "AccessDenied", "User: arn:… is not authorized", Refusal::denied, true, Remedy::none},
      {403, "InvalidClientTokenId", "", Refusal::invalid_credentials, true, Remedy::none},
      {403, "SignatureDoesNotMatch", "check your key", Refusal::denied, true, Remedy::none},
      {403, "SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2", Refusal::clock, true, Remedy::clock},
      {403, "SignatureDoesNotMatch", "Signature not yet current: 1", Refusal::clock, true, Remedy::clock},
      {400, "RequestExpired", "", Refusal::clock, true, Remedy::clock},
      {403, "ExpiredToken", "", Refusal::expired_session, true, Remedy::new_session},
      {400, "ExpiredTokenException", "", Refusal::expired_session, true, Remedy::new_session},
      {503, "ServiceUnavailable", "", Refusal::other, false, Remedy::wait},
      {500, "AccessDenied", "a 5xx proves nothing", Refusal::denied, false, Remedy::none},
      {403, "SomethingNewAndOdd", "", Refusal::denied, false, Remedy::none},
  };
  for (const auto& row : rows) {
    const auto got = failure(row.status, tests::error_xml(row.code, row.message));
    const auto name = std::string{row.code} + " " + row.message;
    EXPECT_EQ(got.refused.why, row.why) << name;
    EXPECT_EQ(got.sure, row.sure) << name;
    EXPECT_EQ(got.remedy, row.remedy) << name;
    EXPECT_EQ(got.refused.code, row.code) << name;
    EXPECT_EQ(got.refused.request_id, "11112222-3333-4444-5555-666677778888") << name;
  }
}

TEST(failures, a_body_that_is_no_error_document_goes_by_its_status_and_proves_nothing) {
  struct ByStatus {
    int status;
    Refusal why;
    Remedy remedy;
  };
  const ByStatus rows[] = {{302, Refusal::other, Remedy::none},  {400, Refusal::other, Remedy::none},
                           {403, Refusal::denied, Remedy::none}, {407, Refusal::denied, Remedy::none},
                           {408, Refusal::other, Remedy::wait},  {429, Refusal::throttled, Remedy::wait},
                           {500, Refusal::other, Remedy::wait},  {502, Refusal::other, Remedy::wait},
                           {503, Refusal::other, Remedy::wait},  {504, Refusal::other, Remedy::wait}};
  for (const auto& row : rows) {
    for (const auto* body : {"", "<html>Bad Gateway</html>", "<ErrorResponse><Error><Code>NoSuchEnt", "{}"}) {
      const auto got = failure(row.status, body);
      EXPECT_EQ(got.refused.why, row.why) << row.status;
      EXPECT_FALSE(got.sure) << row.status;
      EXPECT_EQ(got.remedy, row.remedy) << row.status;
    }
  }
}

TEST(failures, both_shapes_of_error_document_are_read) {
  EXPECT_EQ(failure(400,
                    "<Response><Errors><Error><Code>Throttling</Code></Error></Errors><RequestID>r-1</RequestID>"
                    "</Response>")
                .refused.why,
            Refusal::throttled);
  EXPECT_EQ(failure(403,
                    "<x:ErrorResponse xmlns:x=\"https://sts.amazonaws.com/doc/2011-06-15/\"><RequestId>r</RequestId>"
                    "<x:Error><Message/><x:Code>AccessDenied</x:Code></x:Error></x:ErrorResponse>")
                .refused.why,
            Refusal::denied);
}

// Invariant 14: a provider's words are never shown, and an error document may echo anything.
TEST(failures, the_clouds_own_words_stay_out) {
  const auto got = failure(403, tests::error_xml("SignatureDoesNotMatch", "The canonical string was SECRETSECRET"));
  EXPECT_EQ((got.refused.message + got.refused.code + got.refused.request_id).find("SECRET"), std::string::npos);
  const auto odd = failure(403, tests::error_xml("Bad&#27;[31mCode with blanks"));
  EXPECT_EQ(odd.refused.code, "HTTP 403");
}

TEST(failures, the_wait_that_the_server_asks_for_is_kept) {
  const auto got = aws_iam::read_failure(tests::response(503, tests::error_xml("SlowDown"), {{"Retry-After", "3"}}),
                                         "ListUsers", tests::start);
  EXPECT_EQ(got.retry_after, std::chrono::seconds{3});
}

TEST(failures, a_web_page_is_told_from_a_document) {
  for (const char* page : {"<html>login</html>", "\n <!DOCTYPE html><html>", "\xef\xbb\xbf<HTML lang=en>"}) {
    EXPECT_TRUE(calling::is_web_page(page)) << page;
  }
  for (const char* other :
       {"", "<", "<?xml version=\"1.0\"?><ListUsersResponse/>", "<ListUsersResponse/>", "{}", "html"}) {
    EXPECT_FALSE(calling::is_web_page(other)) << other;
  }
}

// Invariants 3 and 11, as a table: what may be tried again, and how it ends otherwise.
TEST(failures, a_create_is_never_tried_again_and_a_write_only_if_nothing_was_done) {
  const auto lost = calling::setback_of(http::Lost{"closed"}, "X");
  const auto not_sent = calling::setback_of(http::NotSent{"no route"}, "X");
  const auto never_sent = calling::setback_of(http::NotSent{"bad certificate", true}, "X");
  const auto broken = failure(500, tests::error_xml("ServiceFailure"));
  const auto throttled = failure(400, tests::error_xml("Throttling"));
  const auto denied = failure(403, tests::error_xml("AccessDenied"));
  const auto proxy = failure(403, "<html>");
  const auto run_out = failure(403, tests::error_xml("ExpiredToken"));
  const auto odd = calling::malformed_reply("X", "words");
  const auto page = calling::web_page("X");
  struct Case {
    const char* name;
    const Setback& setback;
    bool read_again, write_again, read_refused, write_refused;
  };
  const Case cases[] = {
      {"lost", lost, true, false, false, false},
      {"not sent", not_sent, true, true, true, true},
      {"never sent", never_sent, false, false, true, true},
      {"5xx", broken, true, false, false, false},
      {"throttled", throttled, true, true, true, true},
      {"denied", denied, false, false, true, true},
      {"session run out", run_out, true, false, true, true},
      {"proxy's 403", proxy, false, false, true, false},
      {"malformed", odd, true, false, false, false},
      {"a web page", page, false, false, false, false},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(may_try_again(Effect::read, one.setback), one.read_again) << one.name;
    EXPECT_EQ(may_try_again(Effect::write, one.setback), one.write_again) << one.name;
    EXPECT_FALSE(may_try_again(Effect::create, one.setback)) << one.name;
    EXPECT_EQ(ends_refused(Effect::read, one.setback), one.read_refused) << one.name;
    EXPECT_EQ(ends_refused(Effect::write, one.setback), one.write_refused) << one.name;
    EXPECT_EQ(ends_refused(Effect::create, one.setback), one.write_refused) << one.name;
  }
}

}  // namespace
