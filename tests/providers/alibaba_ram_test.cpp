// The port of the core, against replies that Alibaba Cloud could send, and some that it should not.
#include <gtest/gtest.h>

#include "providers/alibaba_ram/ram_cloud.hpp"
#include "providers/alibaba_ram/replies.hpp"
#include "tests/providers/alibaba_fakes.hpp"

namespace {

using rotation::AccessKeyId;
using rotation::KeyStatus;
using rotation::Op;
using rotation::Refusal;
using rotation::UserId;
using rotation::UserName;
using tests::acs::good;

const UserName svc{"svc"};
const UserId svc_id{"216959339000654321"};
const AccessKeyId old_key{"LTAI5tOldKey000000000001"};

struct AlibabaRamTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;

  std::unique_ptr<alibaba_ram::RamCloud> cloud(alibaba_ram::CloudIdentity identity = {},
                                               alibaba_ram::Endpoints endpoints = tests::acs::endpoints(),
                                               alibaba_ram::SignatureStyle style = alibaba_ram::SignatureStyle::v3) {
    auto signer =
        std::make_unique<calling::CredentialCache>(calling::fixed_credentials(tests::acs::keys()), fake.world);
    return std::make_unique<alibaba_ram::RamCloud>(
        alibaba_ram::RpcApi{transport, fake.world, {.endpoints = std::move(endpoints), .style = style}},
        std::move(signer), fake.world, std::move(identity));
  }
  const tests::SentRequest& last() { return transport.sent.back(); }
};

// ---- who we are ---------------------------------------------------------------------------------------------------

TEST_F(AlibabaRamTest, a_caller_is_a_user_a_role_or_the_account_itself) {
  const auto ram = cloud();
  transport.answers(200, tests::acs::caller());
  auto answer = ram->caller();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(*rotation::done(answer),
            (rotation::Caller{rotation::AccountId{"1234567890123456"}, "acs",
                              rotation::Arn{"acs:ram::1234567890123456:user/admin"}, UserId{"216959339000654321"}}));
  EXPECT_EQ(last().url, "https://sts.aliyuncs.com/");
  transport.answers(200, good(R"("IdentityType":"AssumedRoleUser","AccountId":"1234567890123456",)"
                              R"("PrincipalId":"300000000000000001:session","RoleId":"300000000000000001",)"
                              R"("Arn":"acs:ram::1234567890123456:assumed-role/admin/session")"));
  answer = ram->caller();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->user_id.text(), "300000000000000001:session");
  transport.answers(200, good(R"("IdentityType":"Account","AccountId":"1234567890123456",)"
                              R"("PrincipalId":"1234567890123456","UserId":"1234567890123456",)"
                              R"("Arn":"acs:ram::1234567890123456:root")"));
  EXPECT_TRUE(rotation::done(ram->caller()));
}

TEST_F(AlibabaRamTest, a_caller_reply_with_odd_ids_is_unknown) {
  const auto ram = cloud();
  for (const char* account :
       {"", "12345x", "1234567890123456 ", R"(1234\u001b)", "111111111111111111111111111111111"}) {
    transport.answers(200, tests::acs::caller(account));
    EXPECT_TRUE(rotation::unknown(ram->caller())) << account;
  }
  const std::string rest = R"(,"AccountId":"1234567890123456","UserId":"216959339000654321")";
  for (const char* arn : {"", "arn:aws:iam::1234567890123456:user/x", "acs:ram:1234567890123456:user/x",
                          "acs:ram::6543210987654321:user/x", "acs:ram::1234567890123456:user/a b",
                          R"(acs:ram::1234567890123456:user/\u0007)"}) {
    transport.answers(200, good(std::string{R"("Arn":")"} + arn + "\"" + rest));
    EXPECT_TRUE(rotation::unknown(ram->caller())) << arn;
  }
  transport.answers(200, good(R"("Arn":"acs:ram::1:user/x","AccountId":1,"UserId":"22")"));
  EXPECT_TRUE(rotation::unknown(ram->caller()));
  transport.answers(200, good(R"("Arn":"acs:ram::1:user/x","AccountId":"1","UserId":null,"PrincipalId":22)"));
  EXPECT_TRUE(rotation::unknown(ram->caller()));
}

TEST_F(AlibabaRamTest, a_probe_signs_with_the_given_pair_and_nothing_else) {
  const auto ram = cloud();
  const AccessKeyId fresh{"LTAI5tNewKey000000000001"};
  const rotation::Secret secret{tests::acs::new_secret};
  for (const char* code :
       {"InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive", "Forbidden.AccessKeyDisabled"}) {
    transport.answers(404, tests::acs::error(code));
    const auto early = ram->probe(fresh, secret);
    ASSERT_TRUE(rotation::refused(early)) << code;
    EXPECT_EQ(rotation::refused(early)->why, Refusal::invalid_credentials) << code;
  }
  transport.answers(200, tests::acs::caller());
  const auto answer = ram->probe(fresh, secret);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->partition, "acs");
  EXPECT_NE(last().headers.at("Authorization").find("Credential=LTAI5tNewKey000000000001,"), std::string::npos);
  transport.answers(200, tests::acs::caller());
  ASSERT_TRUE(rotation::done(ram->caller()));
  EXPECT_NE(last().headers.at("Authorization").find("Credential=LTAI5tOldKey000000000001,"), std::string::npos);
}

TEST_F(AlibabaRamTest, sign_with_changes_who_signs) {
  const auto ram = cloud();
  EXPECT_EQ(ram->signing_key(), old_key);
  const AccessKeyId fresh{"LTAI5tNewKey000000000001"};
  ram->sign_with(fresh, rotation::Secret{tests::acs::new_secret});
  EXPECT_EQ(ram->signing_key(), fresh);
  transport.answers(200, tests::acs::caller());
  ASSERT_TRUE(rotation::done(ram->caller()));
  EXPECT_NE(last().headers.at("Authorization").find("Credential=LTAI5tNewKey000000000001,"), std::string::npos);
}

TEST_F(AlibabaRamTest, a_session_has_no_signing_key_of_its_own) {
  int fetched = 0;
  alibaba_ram::RamCloud ram{
      alibaba_ram::RpcApi{transport, fake.world, {}},
      std::make_unique<calling::CredentialCache>(std::make_unique<tests::acs::Sessions>(fetched), fake.world),
      fake.world,
      {}};
  EXPECT_FALSE(ram.signing_key());
}

// ---- users and keys -----------------------------------------------------------------------------------------------

TEST_F(AlibabaRamTest, a_user_is_pinned_by_name_id_and_an_arn_of_the_callers_account) {
  const auto ram = cloud();
  transport.answers(200, tests::acs::caller());
  transport.answers(200, good(R"("User":)" + tests::acs::user("svc")));
  const auto answer = ram->user(svc);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(*rotation::done(answer),
            (rotation::User{svc, svc_id, rotation::Arn{"acs:ram::1234567890123456:user/svc"}}));
  EXPECT_EQ(last().url, "https://ram.aliyuncs.com/?UserName=svc");
  transport.answers(200, good(R"("User":)" + tests::acs::user("svc2")));  // the account is known by now
  EXPECT_TRUE(rotation::unknown(ram->user(svc)));
  transport.answers(200, good(R"("User":)" + tests::acs::user("svc", R"(1\u001b2)")));
  EXPECT_TRUE(rotation::unknown(ram->user(svc)));
  for (const char* odd : {"", R"("User":[])", R"("User":null)", R"("User":"svc")", R"("User":{"UserName":"svc"})"}) {
    transport.answers(200, good(odd));
    EXPECT_TRUE(rotation::unknown(ram->user(svc))) << odd;
  }
  transport.answers(404, tests::acs::error("EntityNotExist.User"));
  EXPECT_EQ(rotation::refused(ram->user(svc))->why, Refusal::no_such_entity);
}

TEST_F(AlibabaRamTest, a_name_that_ram_cannot_have_is_refused_without_a_call) {
  const auto ram = cloud();
  for (const char* bad : {"", "a b", "a&UserName=root", "../x", "a\n", "a@b", "a+b"}) {
    EXPECT_EQ(rotation::refused(ram->user(UserName{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->keys(UserName{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->create_key(UserName{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->last_used(UserName{bad}, old_key))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->last_used(svc, AccessKeyId{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->delete_key(svc, AccessKeyId{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->set_status(svc, AccessKeyId{bad}, KeyStatus::active))->why, Refusal::invalid);
    EXPECT_EQ(rotation::refused(ram->deleted_keys(UserId{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->undelete_key(UserId{bad}, old_key))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->undelete_key(svc_id, AccessKeyId{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(ram->uses(AccessKeyId{bad}))->why, Refusal::invalid) << bad;
  }
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(AlibabaRamTest, keys_are_listed_with_their_status) {
  const auto ram = cloud();
  transport.answers(200, tests::acs::key_list(tests::acs::key("LTAI5tOldKey000000000001", "Active") + "," +
                                              tests::acs::key("LTAI5tOldKey000000000002", "Inactive") + "," +
                                              tests::acs::key("0wNEpMMlzy7szvai", "Expired")));
  const auto answer = ram->keys(svc);
  const auto* keys = rotation::done(answer);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 3U);
  EXPECT_EQ((*keys)[0],
            (rotation::AccessKey{old_key, KeyStatus::active, rotation::parse_rfc3339("2026-01-01T00:00:00Z").value()}));
  EXPECT_EQ((*keys)[1].status, KeyStatus::inactive);
  EXPECT_EQ((*keys)[2].status, KeyStatus::unusable);
  EXPECT_EQ(last().url, "https://ram.aliyuncs.com/?UserName=svc");
  transport.answers(200, tests::acs::key_list(""));
  const auto none = ram->keys(svc);
  ASSERT_TRUE(rotation::done(none));
  EXPECT_TRUE(rotation::done(none)->empty());
}

// Invariant 11: a list that was not read whole never counts as a shorter list.
TEST_F(AlibabaRamTest, a_list_that_is_not_whole_or_not_about_this_user_is_unknown) {
  const auto ram = cloud();
  const auto one = tests::acs::key("LTAI5tOldKey000000000001", "Active");
  for (const std::string& body :
       {good(), good(R"("AccessKeys":{})"), good(R"("AccessKeys":[])"), good(R"("AccessKeys":{"AccessKey":null})"),
        good(R"("AccessKeys":{"AccessKey":)" + one + "}"), tests::acs::key_list("null"), tests::acs::key_list("7"),
        tests::acs::key_list(one, R"(,"IsTruncated":true,"Marker":"m")"),
        tests::acs::key_list(one, R"(,"IsTruncated":"perhaps")"), tests::acs::key_list(one + "," + one),
        tests::acs::key_list(tests::acs::key("", "Active")), tests::acs::key_list(tests::acs::key("short", "Active")),
        tests::acs::key_list(tests::acs::key(R"(LTAI5tOldKey\u001b[31m0001)", "Active")),
        tests::acs::key_list(tests::acs::key("LTAI5tOldKey000000000001", "Active", "yesterday")),
        tests::acs::key_list(R"({"UserName":"other",)" + one.substr(1))}) {
    transport.answers(200, body);
    EXPECT_TRUE(rotation::unknown(ram->keys(svc))) << body;
  }
  transport.answers(200, tests::acs::key_list(R"({"UserName":"svc",)" + one.substr(1), R"(,"IsTruncated":false)"));
  EXPECT_TRUE(rotation::done(ram->keys(svc)));
}

TEST_F(AlibabaRamTest, a_new_key_comes_with_its_secret) {
  for (const auto style : {alibaba_ram::SignatureStyle::v3, alibaba_ram::SignatureStyle::v1}) {
    const auto ram = cloud({}, tests::acs::endpoints(), style);
    transport.answers(200, tests::acs::new_key());
    const auto answer = ram->create_key(svc);
    const auto* made = rotation::done(answer);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->id.text(), "LTAI5tNewKey000000000001");
    EXPECT_TRUE(made->secret.same_as(rotation::Secret{tests::acs::new_secret}));
    EXPECT_EQ(rotation::rfc3339(made->created_at), "2026-01-02T03:04:05Z");
    EXPECT_EQ(last().connection, http::Connection::fresh);
  }
}

TEST_F(AlibabaRamTest, a_new_key_without_a_readable_time_is_kept_all_the_same) {
  transport.answers(200,
                    good(R"("AccessKey":{"AccessKeyId":"LTAI5tNewKey000000000001","AccessKeySecret":")" +
                         std::string{tests::acs::new_secret} + R"(","CreateDate":7})"),
                    {{"Date", "Fri, 02 Jan 2026 05:04:05 GMT"}});
  const auto answer = cloud()->create_key(svc);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::rfc3339(rotation::done(answer)->created_at), "2026-01-02T05:04:05Z");
}

// Invariants 3 and 11: a create whose reply is not whole is unknown, and it was sent once.
TEST_F(AlibabaRamTest, a_create_reply_cut_at_any_byte_is_unknown) {
  const auto whole = tests::acs::new_key();
  const auto ram = cloud();
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    transport.sent.clear();
    transport.answers(200, whole.substr(0, cut));
    const auto answer = ram->create_key(svc);
    ASSERT_TRUE(rotation::unknown(answer)) << cut;
    EXPECT_EQ(transport.sent.size(), 1U);
    // Invariant 14: nothing that a reply holds ends up in an Unknown.
    EXPECT_EQ(rotation::unknown(answer)->why.find("Secret"), std::string::npos);
  }
}

// Every byte of a good reply changed to each of a few that mean something in JSON: what is still Done has a plausible
// id and a clean secret.
TEST_F(AlibabaRamTest, a_create_reply_with_a_wrong_byte_never_gives_an_odd_key) {
  const auto whole = tests::acs::new_key();
  const auto ram = cloud();
  int done = 0;
  int unsure = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : std::string_view{"{}[]\"\\,: \n\x1b\0\xff!u", 16}) {
      auto bad = whole;
      bad[at] = byte;
      transport.answers(200, bad);
      const auto answer = ram->create_key(svc);
      ASSERT_FALSE(rotation::refused(answer)) << at;
      const auto* key = rotation::done(answer);
      ++(key ? done : unsure);
      if (!key) continue;
      EXPECT_TRUE(alibaba_ram::is_access_key_id(key->id.text())) << at;
      key->secret.expose([&](std::string_view text) {
        EXPECT_GE(text.size(), 16U);
        for (const char c : text) EXPECT_TRUE(c > ' ' && c < '\x7f') << at;
      });
    }
  }
  EXPECT_GT(done, 100);
  EXPECT_GT(unsure, 1000);
}

TEST_F(AlibabaRamTest, a_create_reply_about_another_user_or_without_a_secret_is_unknown) {
  const auto ram = cloud();
  const std::string secret = tests::acs::new_secret;
  for (const std::string& body :
       {good(), good(R"("AccessKey":null)"), good(R"("AccessKey":[])"), tests::acs::new_key("", secret),
        tests::acs::new_key("no/id/at/all/here", secret), tests::acs::new_key("LTAI5tNewKey000000000001", ""),
        tests::acs::new_key("LTAI5tNewKey000000000001", R"(with\na/line/end/0123456789)"),
        good(R"("AccessKey":{"UserName":"other","AccessKeyId":"LTAI5tNewKey000000000001","AccessKeySecret":")" +
             secret + "\"}"),
        good(R"("AccessKey":{"AccessKeyId":"LTAI5tNewKey000000000001","AccessKeySecret":[")" + secret + "\"]}")}) {
    transport.answers(200, body);
    EXPECT_TRUE(rotation::unknown(ram->create_key(svc))) << body;
  }
}

TEST_F(AlibabaRamTest, a_create_that_the_limit_stops_is_refused) {
  transport.answers(409, tests::acs::error("LimitExceeded.User.AccessKey"));
  const auto answer = cloud()->create_key(svc);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::limit_exceeded);
  EXPECT_NE(rotation::refused(answer)->message.find("two access keys"), std::string::npos);
}

// The key meant is UserAccessKeyId; AccessKeyId is the signing key's parameter, and never stands for another.
TEST_F(AlibabaRamTest, changes_name_user_and_key_and_go_over_a_fresh_connection) {
  const auto ram = cloud();
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(ram->set_status(svc, old_key, KeyStatus::inactive)));
  EXPECT_EQ(last().headers.at("x-acs-action"), "UpdateAccessKey");
  EXPECT_EQ(last().url,
            "https://ram.aliyuncs.com/?Status=Inactive&UserAccessKeyId=LTAI5tOldKey000000000001&UserName=svc");
  EXPECT_EQ(last().connection, http::Connection::fresh);
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(ram->delete_key(svc, old_key)));
  EXPECT_EQ(last().headers.at("x-acs-action"), "DeleteAccessKey");
  EXPECT_EQ(last().url, "https://ram.aliyuncs.com/?UserAccessKeyId=LTAI5tOldKey000000000001&UserName=svc");
  EXPECT_EQ(last().connection, http::Connection::fresh);
  transport.answers(409, tests::acs::error("DeleteConflict.AccessKey.Active"));
  EXPECT_EQ(rotation::refused(ram->delete_key(svc, old_key))->why, Refusal::conflict);
  const auto old_style = cloud({}, tests::acs::endpoints(), alibaba_ram::SignatureStyle::v1);
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(old_style->delete_key(svc, AccessKeyId{"LTAI5tOldKey000000000002"})));
  EXPECT_TRUE(last().body.starts_with("AccessKeyId=LTAI5tOldKey000000000001&Action=DeleteAccessKey&"));
  EXPECT_TRUE(last().has("&UserAccessKeyId=LTAI5tOldKey000000000002&"));
}

TEST_F(AlibabaRamTest, a_last_use_is_an_hour_or_never_and_nothing_between) {
  const auto ram = cloud();
  const auto used = [](const std::string& inner) { return good(R"("AccessKeyLastUsed":{)" + inner + "}"); };
  transport.answers(200, used(R"("LastUsedDate":"2026-01-01T17:00:00Z")"));
  auto answer = ram->last_used(svc, old_key);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(*rotation::done(answer), (rotation::LastUsed{rotation::parse_rfc3339("2026-01-01T17:00:00Z"), "", ""}));
  EXPECT_EQ(last().url, "https://ram.aliyuncs.com/?UserAccessKeyId=LTAI5tOldKey000000000001&UserName=svc");
  for (const char* never : {"", R"("LastUsedDate":"")", R"("LastUsedDate":null)", R"("LastUsedDate":"N/A")"}) {
    transport.answers(200, used(never));
    answer = ram->last_used(svc, old_key);
    ASSERT_TRUE(rotation::done(answer)) << never;
    EXPECT_FALSE(rotation::done(answer)->at) << never;
  }
  for (const char* odd : {R"("LastUsedDate":"yesterday")", R"("LastUsedDate":0)", R"("LastUsedDate":false)",
                          R"("LastUsedDate":{})", R"("LastUsedDate":" ")", R"("UserName":"other")"}) {
    transport.answers(200, used(odd));
    EXPECT_TRUE(rotation::unknown(ram->last_used(svc, old_key))) << odd;
  }
  for (const char* odd : {"", R"("AccessKeyLastUsed":null)", R"("AccessKeyLastUsed":"")",
                          R"("UserName":"other","AccessKeyLastUsed":{})"}) {
    transport.answers(200, good(odd));
    EXPECT_TRUE(rotation::unknown(ram->last_used(svc, old_key))) << odd;
  }
}

// ---- for people ---------------------------------------------------------------------------------------------------

TEST_F(AlibabaRamTest, facts_are_those_of_alibaba_and_loopback_needs_every_endpoint) {
  const auto facts = cloud()->facts();
  EXPECT_EQ(facts.provider, "alibaba");
  EXPECT_EQ(facts.granularity, std::chrono::hours{1});
  EXPECT_EQ(facts.lag, std::chrono::hours{4});
  EXPECT_FALSE(facts.loopback);
  EXPECT_EQ(facts.undelete_for, std::chrono::hours{30 * 24});
  EXPECT_EQ(facts.bin_slots, 3U);
  EXPECT_EQ(facts.proof_of_use, "aliyun ecs DescribeRegions");
  EXPECT_EQ(cloud({.profile = "my dev"})->facts().proof_of_use, "aliyun ecs DescribeRegions --profile 'my dev'");
  const alibaba_ram::Endpoint local{"http://127.0.0.1:5000/"};
  const alibaba_ram::Endpoint remote{"https://kms.cn-hangzhou.aliyuncs.com/"};
  const alibaba_ram::Endpoints bare{.ram = local, .sts = local};
  EXPECT_TRUE(cloud({}, bare)->facts().loopback);
  EXPECT_FALSE(cloud({}, bare)->facts().undeletes());
  EXPECT_EQ(cloud({}, bare)->facts().bin_slots, 0U);
  EXPECT_TRUE(
      cloud({}, {.ram = local, .sts = local, .ims = local, .actiontrail = local, .kms = local})->facts().loopback);
  for (auto one : {&alibaba_ram::Endpoints::ims, &alibaba_ram::Endpoints::actiontrail, &alibaba_ram::Endpoints::kms}) {
    auto mixed = bare;
    mixed.*one = remote;
    EXPECT_FALSE(cloud({}, mixed)->facts().loopback);
  }
  EXPECT_FALSE(cloud({}, {.ram = local})->facts().loopback);
  EXPECT_FALSE(cloud({}, {.sts = local})->facts().loopback);
}

TEST_F(AlibabaRamTest, commands_can_be_pasted) {
  const auto ram = cloud({.profile = "it's dev"});
  EXPECT_EQ(ram->command_for(Op::activate_key, svc, old_key),
            "aliyun ram UpdateAccessKey --UserName svc --UserAccessKeyId LTAI5tOldKey000000000001 --Status Active"
            " --profile 'it'\\''s dev'");
  const auto own = cloud({.ram_endpoint = "127.0.0.1:5000", .ims_endpoint = "127.0.0.1:5001"});
  EXPECT_EQ(own->command_for(Op::delete_key, svc, old_key),
            "aliyun ram DeleteAccessKey --UserName svc --UserAccessKeyId LTAI5tOldKey000000000001"
            " --endpoint 127.0.0.1:5000");
  EXPECT_EQ(cloud()->command_for(Op::deactivate_key, svc, old_key),
            "aliyun ram UpdateAccessKey --UserName svc --UserAccessKeyId LTAI5tOldKey000000000001 --Status Inactive");
  EXPECT_EQ(cloud()->command_for(Op::create_key, svc, {}), "aliyun ram CreateAccessKey --UserName svc");
  EXPECT_EQ(cloud()->command_for(Op::write_location, svc, old_key), "");
  EXPECT_EQ(own->command_for(Op::undelete_key, svc, old_key), "");  // the user's id is not known yet
  transport.answers(200, tests::acs::caller());
  transport.answers(200, good(R"("User":)" + tests::acs::user("svc")));
  ASSERT_TRUE(rotation::done(own->user(svc)));
  EXPECT_EQ(own->command_for(Op::undelete_key, svc, old_key),
            "aliyun ims RestoreAccessKeyFromRecycleBin --UserId 216959339000654321"
            " --UserAccessKeyId LTAI5tOldKey000000000001 --endpoint 127.0.0.1:5001");
}

}  // namespace
