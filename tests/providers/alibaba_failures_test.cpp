// What each error of Alibaba Cloud means, and what may follow it.
#include "providers/alibaba_ram/failures.hpp"

#include <gtest/gtest.h>

#include "tests/providers/alibaba_fakes.hpp"

namespace {

using calling::Effect;
using calling::Remedy;
using calling::Setback;
using rotation::Refusal;

Setback failure(int status, std::string_view body) {
  return alibaba_ram::read_failure(tests::response(status, body), "UpdateAccessKey", tests::start);
}

struct Row {
  int status;
  const char* code;
  Refusal why;
  bool sure = true;
  Remedy remedy = Remedy::none;
};

constexpr Row rows[] = {
    {404, "EntityNotExist.User", Refusal::no_such_entity},
    {404, "EntityNotExist.User.AccessKey", Refusal::no_such_entity},
    {404, "EntityNotExist.Role", Refusal::no_such_entity},
    {409, "LimitExceeded.User.AccessKey", Refusal::limit_exceeded},
    {409, "DeleteConflict.User.AccessKey", Refusal::conflict},
    {409, "DeleteConflict.AccessKey.Active", Refusal::conflict},
    {409, "EntityAlreadyExists.User", Refusal::conflict},
    {400, "InvalidParameter.UserName.InvalidChars", Refusal::invalid},
    {400, "InvalidParameter.UserName.Length", Refusal::invalid},
    {400, "MissingParameter.UserName", Refusal::invalid},
    {400, "MalformedPolicyDocument", Refusal::invalid},
    {400, "IncompleteSignature", Refusal::invalid},
    {400, "MissingSecurityToken", Refusal::invalid},
    {403, "NoPermission", Refusal::denied},
    {403, "NoPermission.CreateAccessKey", Refusal::denied},
    {403, "Inactive", Refusal::denied},
    {403, "Forbidden.RAM", Refusal::denied},
    {403, "Forbidden.NoPermission", Refusal::denied},
    {403, "Forbidden", Refusal::denied},
    {400, "SignatureDoesNotMatch", Refusal::denied},
    {404, "InvalidAccessKeyId.NotFound", Refusal::invalid_credentials},
    {400, "InvalidAccessKeyId.Inactive", Refusal::invalid_credentials},
    {403, "InvalidAccessKeyId.Inactive", Refusal::invalid_credentials},
    {403, "Forbidden.AccessKeyDisabled", Refusal::invalid_credentials},
    {400, "InvalidSecurityToken.MismatchWithAccessKey", Refusal::invalid_credentials},
    {400, "InvalidSecurityToken.Expired", Refusal::expired_session, true, Remedy::new_session},
    {400, "InvalidTimeStamp.Expired", Refusal::clock, true, Remedy::clock},
    {400, "InvalidTimeStamp.Format", Refusal::invalid},
    {400, "IllegalTimestamp", Refusal::clock, true, Remedy::clock},
    {400, "SignatureNonceUsed", Refusal::other, false, Remedy::wait},
    {400, "Throttling", Refusal::throttled, true, Remedy::wait},
    {429, "Throttling.User", Refusal::throttled, true, Remedy::wait},
    {400, "Throttling.Api", Refusal::throttled, true, Remedy::wait},
    {503, "Throttling.User", Refusal::throttled, false, Remedy::wait},
    {503, "ServiceUnavailable", Refusal::other, false, Remedy::wait},
    {400, "ServiceUnavailable", Refusal::other, false, Remedy::wait},
    {500, "InternalError", Refusal::other, false, Remedy::wait},
    {400, "InternalError", Refusal::other, false, Remedy::wait},
    {404, "InvalidAction.NotFound", Refusal::unsupported},
    {404, "Forbidden.ResourceNotFound", Refusal::no_such_entity},
    {409, "Rejected.ResourceInUse", Refusal::conflict},
    {409, "Rejected.ResourceExist", Refusal::conflict},
    {429, "Rejected.Throttling", Refusal::throttled, true, Remedy::wait},
    {400, "UnsupportedOperation", Refusal::unsupported},
    {500, "NoPermission", Refusal::denied, false},         // a 5xx proves nothing
    {403, "SomethingNew.AndOdd", Refusal::denied, false},  // by its status, and that proves nothing
    {400, "Throttlingly", Refusal::other, false},          // only whole words count
    {400, "nopermission", Refusal::other, false},
};

TEST(alibaba_failures, follow_their_table) {
  for (const auto& row : rows) {
    const auto got = failure(row.status, tests::acs::error(row.code));
    EXPECT_EQ(got.refused.why, row.why) << row.code;
    EXPECT_EQ(got.sure, row.sure) << row.code;
    EXPECT_EQ(got.remedy, row.remedy) << row.code;
    EXPECT_EQ(got.refused.code, row.code);
    EXPECT_EQ(got.refused.request_id, "11112222-3333-4444-5555-666677778888") << row.code;
  }
}

// V1 answers in XML by default; the same codes stand in it.
TEST(alibaba_failures, the_documented_xml_is_understood_as_well) {
  for (const auto& row : rows) {
    for (const std::string root : {"Error", "KMS"}) {
      const auto got = failure(row.status, "<?xml version='1.0' encoding='UTF-8'?>\n<" + root +
                                               "><RequestId>R-1</RequestId><HostId>h</HostId><Code>" + row.code +
                                               "</Code><Message>m</Message></" + root + ">\n");
      EXPECT_EQ(got.refused.why, row.why) << row.code;
      EXPECT_EQ(got.sure, row.sure) << row.code;
      EXPECT_EQ(got.refused.code, row.code);
      EXPECT_EQ(got.refused.request_id, "R-1");
    }
  }
}

TEST(alibaba_failures, a_body_that_is_no_error_document_goes_by_its_status_and_proves_nothing) {
  struct ByStatus {
    int status;
    Refusal why;
    Remedy remedy;
  };
  const ByStatus statuses[] = {{302, Refusal::other, Remedy::none},  {400, Refusal::other, Remedy::none},
                               {403, Refusal::denied, Remedy::none}, {407, Refusal::denied, Remedy::none},
                               {408, Refusal::other, Remedy::wait},  {429, Refusal::throttled, Remedy::wait},
                               {500, Refusal::other, Remedy::wait},  {502, Refusal::other, Remedy::wait}};
  const std::string deep(100'000, '[');
  for (const auto& row : statuses) {
    for (const std::string& body :
         {std::string{}, std::string{"<html><Code>NoPermission</Code></html>"}, std::string{"<Error><Code>NoPerm"},
          std::string{"<Error><Code>No Permission</Code></Error>"}, std::string{R"({"Code":"NoPerm)"},
          std::string{R"({"Code":7})"}, std::string{R"({"Code":{"Code":"NoPermission"}})"},
          std::string{R"(["NoPermission"])"}, std::string{"null"}, deep}) {
      const auto got = failure(row.status, body);
      EXPECT_EQ(got.refused.why, row.why) << row.status << body.substr(0, 60);
      EXPECT_FALSE(got.sure) << row.status << body.substr(0, 60);
      EXPECT_EQ(got.remedy, row.remedy) << row.status << body.substr(0, 60);
    }
  }
}

// Invariant 14: a provider's words are never shown, and an error document may echo anything.
TEST(alibaba_failures, the_clouds_own_words_stay_out) {
  for (const std::string& body :
       {tests::acs::error("SignatureDoesNotMatch", "server string to sign is: SECRETSECRET"),
        std::string{"<Error><Code>SignatureDoesNotMatch</Code><Message>SECRETSECRET</Message></Error>"}}) {
    const auto got = failure(400, body);
    EXPECT_EQ(got.refused.why, Refusal::denied);
    EXPECT_EQ((got.refused.message + got.refused.code + got.refused.request_id).find("SECRET"), std::string::npos);
  }
  for (const char* odd : {R"(Bad\u001b[31mCode)", "with blanks", R"(a\u0000b)", "中"}) {
    EXPECT_EQ(failure(403, tests::acs::error(odd)).refused.code, "HTTP 403") << odd;
  }
  EXPECT_EQ(failure(403, tests::acs::error(std::string(129, 'A'))).refused.code, "HTTP 403");
}

TEST(alibaba_failures, the_request_id_may_stand_in_the_header_alone) {
  const auto got =
      alibaba_ram::read_failure(tests::response(502, "<html>", {{"x-acs-request-id", "ID-1"}}), "X", tests::start);
  EXPECT_EQ(got.refused.request_id, "ID-1");
  EXPECT_EQ(got.refused.code, "HTTP 502");
}

TEST(alibaba_failures, the_wait_that_the_server_asks_for_is_kept) {
  const auto got = alibaba_ram::read_failure(
      tests::response(429, tests::acs::error("Throttling.User"), {{"Retry-After", "3"}}), "ListUsers", tests::start);
  EXPECT_EQ(got.retry_after, std::chrono::seconds{3});
}

// Invariants 3 and 11: a used nonce means that this very request had arrived before, and nobody knows what it did.
TEST(alibaba_failures, a_used_nonce_never_proves_that_a_change_was_not_made) {
  const auto used = failure(400, tests::acs::error("SignatureNonceUsed"));
  EXPECT_TRUE(may_try_again(Effect::read, used));
  for (const auto effect : {Effect::write, Effect::create}) {
    EXPECT_FALSE(may_try_again(effect, used));
    EXPECT_FALSE(ends_refused(effect, used));
  }
}

}  // namespace
