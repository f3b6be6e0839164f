// The port of the core, against replies that AWS could send, and some that it should not.
#include "providers/aws_iam/iam_cloud.hpp"

#include <gtest/gtest.h>

#include "providers/aws_iam/connect.hpp"
#include "providers/aws_iam/replies.hpp"
#include "tests/providers/fakes.hpp"
#include "tests/providers/raw_server.hpp"

namespace {

using rotation::AccessKeyId;
using rotation::KeyStatus;
using rotation::Op;
using rotation::Refusal;
using rotation::UserName;
using tests::good_xml;
using tests::member_xml;

const UserName svc{"svc"};
const AccessKeyId old_key{"AKIAOLDKEY0000000001"};

struct IamCloudTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;

  std::unique_ptr<aws_iam::IamCloud> cloud(aws_iam::CloudIdentity identity = {},
                                           const std::string& url = "https://iam.amazonaws.com/") {
    return over(transport, std::move(identity), url);
  }
  std::unique_ptr<aws_iam::IamCloud> over(http::Transport& wire, aws_iam::CloudIdentity identity = {},
                                          const std::string& url = "https://iam.amazonaws.com/") {
    auto signer =
        std::make_unique<calling::CredentialCache>(calling::fixed_credentials(tests::static_keys()), fake.world);
    return std::make_unique<aws_iam::IamCloud>(
        aws_iam::QueryApi{wire, fake.world, {.endpoints = tests::endpoints(url)}},
        aws_iam::JsonApi{wire, fake.world, tests::endpoints(url)}, std::move(signer), fake.world, std::move(identity));
  }
  void list_page(const std::string& members, const std::string& more = {}) {
    transport.answers(200, good_xml("ListAccessKeys", "<AccessKeyMetadata>" + members + "</AccessKeyMetadata>" + more));
  }
};

std::string cut_off(const std::string& marker) {
  return "<IsTruncated>true</IsTruncated><Marker>" + marker + "</Marker>";
}

// ---- lists
// ------------------------------------------------------------------------------------------------------------

TEST_F(IamCloudTest, a_list_without_is_truncated_is_whole) {
  list_page(member_xml("svc", "AKIAOLDKEY0000000001", "Active") + member_xml("svc", "AKIAOLDKEY0000000002", "Expired"));
  const auto answer = cloud()->keys(svc);
  const auto* keys = rotation::done(answer);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].status, KeyStatus::active);
  EXPECT_EQ((*keys)[1].status, KeyStatus::unusable);
  EXPECT_TRUE(transport.sent[0].has("UserName=svc"));
}

TEST_F(IamCloudTest, every_page_is_read_and_the_marker_goes_back_as_it_came) {
  list_page(member_xml("svc", "AKIAOLDKEY0000000001", "Active"), cut_off("a/b+c=="));
  list_page("", cut_off("second"));
  list_page(member_xml("svc", "AKIAOLDKEY0000000002", "Active") + member_xml("svc", "AKIAOLDKEY0000000001", "Active"),
            "<IsTruncated>false</IsTruncated>");
  const auto answer = cloud()->keys(svc);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->size(), 2U);
  ASSERT_EQ(transport.sent.size(), 3U);
  EXPECT_FALSE(transport.sent[0].has("Marker"));
  EXPECT_TRUE(transport.sent[1].has("&Marker=a%2Fb%2Bc%3D%3D"));
  EXPECT_TRUE(transport.sent[2].has("&Marker=second"));
  EXPECT_TRUE(transport.sent[2].has("UserName=svc"));
}

TEST_F(IamCloudTest, a_list_that_comes_back_to_a_marker_does_not_end_and_is_unknown) {
  list_page("", cut_off("one"));
  list_page("", cut_off("two"));
  list_page("", cut_off("one"));
  const auto answer = cloud()->keys(svc);
  ASSERT_TRUE(rotation::unknown(answer));
  EXPECT_NE(rotation::unknown(answer)->why.find("does not end"), std::string::npos);
}

TEST_F(IamCloudTest, a_cut_list_without_a_marker_is_unknown) {
  list_page("", "<IsTruncated>true</IsTruncated>");
  EXPECT_TRUE(rotation::unknown(cloud()->keys(svc)));
}

TEST_F(IamCloudTest, a_list_that_does_not_say_whether_it_is_whole_is_unknown) {
  for (const char* said : {"TRUE", "True", "yes", "1", "FALSE", "", "truefalse"}) {
    list_page(member_xml("svc", "AKIAOLDKEY0000000001", "Active"),
              std::string{"<IsTruncated>"} + said + "</IsTruncated><Marker>more</Marker>");
    EXPECT_TRUE(rotation::unknown(cloud()->keys(svc))) << said;
  }
}

// Invariant 11: a list that was not read whole never counts as a shorter list.
TEST_F(IamCloudTest, a_fault_on_a_later_page_spoils_the_whole_list) {
  list_page(member_xml("svc", "AKIAOLDKEY0000000001", "Active"), cut_off("one"));
  transport.answers(403, tests::error_xml("AccessDenied"));
  const auto answer = cloud()->keys(svc);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::denied);
}

TEST_F(IamCloudTest, a_list_without_its_list_element_is_unknown_and_not_empty) {
  transport.answers(200, good_xml("ListAccessKeys", "<Else/>"));
  EXPECT_TRUE(rotation::unknown(cloud()->keys(svc)));
}

TEST_F(IamCloudTest, keys_of_another_user_are_unknown) {
  list_page(member_xml("svc", "AKIAOLDKEY0000000001", "Active") +
            member_xml("other", "AKIAOLDKEY0000000002", "Active"));
  EXPECT_TRUE(rotation::unknown(cloud()->keys(svc)));
}

TEST_F(IamCloudTest, users_come_page_by_page_and_the_reader_may_stop) {
  const auto user = [](const std::string& name) {
    return "<member><Path>/</Path><UserName>" + name + "</UserName><UserId>AIDA" + name +
           "</UserId><Arn>arn:aws:iam::123456789012:user/" + name + "</Arn></member>";
  };
  const auto page = [&](const std::string& members, const std::string& more) {
    transport.answers(200, good_xml("ListUsers", "<Users>" + members + "</Users>" + more));
  };
  page(user("a") + user("b"), cut_off("m"));
  page(user("c"), "");
  std::vector<std::string> names;
  const auto iam = cloud();
  ASSERT_TRUE(rotation::done(iam->list_users([&](const rotation::User& one) {
    names.push_back(one.name.text());
    return aws_iam::More::go_on;
  })));
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  page(user("a") + user("b"), cut_off("m"));
  ASSERT_TRUE(rotation::done(iam->list_users([](const rotation::User&) { return aws_iam::More::stop; })));
  EXPECT_EQ(transport.sent.size(), 3U);
}

// ---- the single calls
// ---------------------------------------------------------------------------------------------------

TEST_F(IamCloudTest, the_user_of_a_key_is_named_without_being_asked_for) {
  const auto xml = [](const std::string& name) {
    return good_xml("GetAccessKeyLastUsed",
                    name + "<AccessKeyLastUsed><ServiceName>N/A</ServiceName></AccessKeyLastUsed>");
  };
  transport.answers(200, xml("<UserName>svc</UserName>"));
  const auto answer = cloud()->user_with(old_key);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(*rotation::done(answer), svc);
  EXPECT_FALSE(transport.sent[0].has("UserName="));
  transport.answers(200, xml(""));  // of the root user
  EXPECT_TRUE(rotation::unknown(cloud()->user_with(old_key)));
  EXPECT_TRUE(rotation::refused(cloud()->user_with(AccessKeyId{"no key"})));
  EXPECT_EQ(transport.sent.size(), 2U);
}

TEST_F(IamCloudTest, a_user_is_pinned_by_name_id_and_arn) {
  const auto xml = [](const std::string& name) {
    return good_xml("GetUser", "<User><Tags/><Arn>arn:aws:iam::123456789012:user/team/svc</Arn><UserName>" + name +
                                   "</UserName><UserId>AIDACKCEVSQ6C2EXAMPLE</UserId></User>");
  };
  transport.answers(200, xml("svc"));
  const auto iam = cloud();
  const auto answer = iam->user(svc);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->id.text(), "AIDACKCEVSQ6C2EXAMPLE");
  transport.answers(200, xml("svc2"));
  EXPECT_TRUE(rotation::unknown(iam->user(svc)));
  transport.answers(404, tests::error_xml("NoSuchEntity"));
  EXPECT_EQ(rotation::refused(iam->user(svc))->why, Refusal::no_such_entity);
}

TEST_F(IamCloudTest, a_name_that_iam_cannot_have_is_refused_without_a_call) {
  const auto iam = cloud();
  for (const auto* bad : {"", "a b", "a&UserName=root", "../x", "a\n"}) {
    EXPECT_EQ(rotation::refused(iam->user(UserName{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(iam->keys(UserName{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(iam->create_key(UserName{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(iam->delete_key(svc, AccessKeyId{bad}))->why, Refusal::invalid) << bad;
    EXPECT_EQ(rotation::refused(iam->set_status(svc, AccessKeyId{bad}, KeyStatus::active))->why, Refusal::invalid);
  }
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(IamCloudTest, a_new_key_comes_with_its_secret) {
  transport.answers(200, tests::new_key_xml("svc"));
  const auto answer = cloud()->create_key(svc);
  const auto* made = rotation::done(answer);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->id.text(), "AKIANEWKEY0000000001");
  EXPECT_TRUE(made->secret.same_as(rotation::Secret{"secret/of+the/new/key/0123456789abcdefghi"}));
  EXPECT_EQ(rotation::rfc3339(made->created_at), "2026-01-02T03:04:05Z");
  EXPECT_EQ(transport.sent[0].connection, http::Connection::fresh);
  EXPECT_EQ(transport.sent[0].body, "Action=CreateAccessKey&Version=2010-05-08&UserName=svc");
}

// Invariants 3 and 11: a create whose reply is not whole is unknown, and it was sent once.
TEST_F(IamCloudTest, a_create_reply_cut_at_any_byte_is_unknown) {
  const auto whole = tests::new_key_xml("svc");
  const auto iam = cloud();
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    transport.sent.clear();
    transport.answers(200, whole.substr(0, cut));  // as a reply that only the closed connection delimits
    EXPECT_TRUE(rotation::unknown(iam->create_key(svc))) << cut;
    EXPECT_EQ(transport.sent.size(), 1U);
  }
}

// The same on a real wire, cut by Content-Length and without one.
TEST_F(IamCloudTest, a_create_reply_cut_on_the_wire_is_unknown_and_was_sent_once) {
  const auto body = tests::new_key_xml("svc");
  for (const auto& whole : {tests::reply(200, body), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body}) {
    std::size_t cut = 0;
    tests::Seen seen;
    tests::RawServer server{[&](tests::Peer& peer, int) {
      const auto request = peer.request();
      if (!request) return;
      seen.add(*request);
      peer.say(std::string_view{whole}.substr(0, cut));
    }};
    const auto wire = http::curl_transport();
    const auto iam = over(*wire, {}, server.url());
    int sent = 0;
    for (cut = 0; cut < whole.size(); cut += 7) {
      EXPECT_TRUE(rotation::unknown(iam->create_key(svc))) << cut;
      EXPECT_EQ(seen.count("Action=CreateAccessKey"), ++sent) << cut;
    }
    cut = whole.size();
    EXPECT_TRUE(rotation::done(iam->create_key(svc)));
  }
}

// Every byte of a good reply changed to each of a few that mean something in XML: what is still Done names the asked
// user, a plausible id and a clean secret.
TEST_F(IamCloudTest, a_create_reply_with_a_wrong_byte_never_gives_an_odd_key) {
  const auto whole = tests::new_key_xml("svc");
  const auto iam = cloud();
  int done = 0;
  int unsure = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : std::string_view{"<>&\"/ \n\x1b\0\xff!", 11}) {
      auto bad = whole;
      bad[at] = byte;
      transport.answers(200, bad);
      const auto answer = iam->create_key(svc);
      ASSERT_FALSE(rotation::refused(answer)) << at;
      const auto* key = rotation::done(answer);
      ++(key ? done : unsure);
      if (!key) continue;
      EXPECT_TRUE(aws_iam::is_access_key_id(key->id.text())) << at;
      key->secret.expose([&](std::string_view text) {
        EXPECT_GE(text.size(), 16U);
        for (const char c : text) EXPECT_TRUE(c > ' ' && c < '\x7f') << at;
      });
    }
  }
  EXPECT_GT(done, 100);
  EXPECT_GT(unsure, 1000);
}

TEST_F(IamCloudTest, a_create_reply_about_another_user_or_without_a_secret_is_unknown) {
  const auto iam = cloud();
  transport.answers(200, tests::new_key_xml("other"));
  EXPECT_TRUE(rotation::unknown(iam->create_key(svc)));
  transport.answers(200, tests::new_key_xml("svc", "AKIANEWKEY0000000001", ""));
  EXPECT_TRUE(rotation::unknown(iam->create_key(svc)));
  transport.answers(200, tests::new_key_xml("svc", "AKIANEWKEY0000000001", "with&#10;a/line/end/0123456789"));
  EXPECT_TRUE(rotation::unknown(iam->create_key(svc)));
  transport.answers(200, tests::new_key_xml("svc", "no/id"));
  EXPECT_TRUE(rotation::unknown(iam->create_key(svc)));
}

TEST_F(IamCloudTest, a_create_that_the_limit_stops_is_refused) {
  transport.answers(409, tests::error_xml("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"));
  const auto answer = cloud()->create_key(svc);
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::limit_exceeded);
}

// Invariant 14: nothing that a reply holds ends up in an Unknown.
TEST_F(IamCloudTest, no_answer_repeats_a_secret_of_a_reply) {
  auto broken = tests::new_key_xml("svc");
  broken.resize(broken.size() - 5);
  transport.answers(200, broken);
  const auto answer = cloud()->create_key(svc);
  ASSERT_TRUE(rotation::unknown(answer));
  EXPECT_EQ(rotation::unknown(answer)->why.find("secret/of"), std::string::npos);
}

TEST_F(IamCloudTest, status_and_delete_name_user_and_key) {
  const std::string empty =
      "<UpdateAccessKeyResponse><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></"
      "UpdateAccessKeyResponse>";
  transport.answers(200, empty);
  const auto iam = cloud();
  EXPECT_TRUE(rotation::done(iam->set_status(svc, old_key, KeyStatus::inactive)));
  EXPECT_EQ(transport.sent[0].body,
            "Action=UpdateAccessKey&Version=2010-05-08&UserName=svc&AccessKeyId=AKIAOLDKEY0000000001&Status=Inactive");
  transport.answers(200, "<DeleteAccessKeyResponse/>");
  EXPECT_TRUE(rotation::done(iam->delete_key(svc, old_key)));
  EXPECT_EQ(transport.sent[1].body,
            "Action=DeleteAccessKey&Version=2010-05-08&UserName=svc&AccessKeyId=AKIAOLDKEY0000000001");
  transport.answers(200, empty);  // a reply to another call is no reply to this one
  EXPECT_TRUE(rotation::unknown(iam->delete_key(svc, old_key)));
}

TEST_F(IamCloudTest, last_use_of_another_users_key_is_unknown) {
  const auto xml = [](const std::string& user) {
    return good_xml("GetAccessKeyLastUsed", "<UserName>" + user +
                                                "</UserName><AccessKeyLastUsed><ServiceName>N/A</ServiceName>"
                                                "<Region>N/A</Region></AccessKeyLastUsed>");
  };
  const auto iam = cloud();
  transport.answers(200, xml("svc"));
  EXPECT_TRUE(rotation::done(iam->last_used(svc, old_key)));
  transport.answers(200, xml("other"));
  EXPECT_TRUE(rotation::unknown(iam->last_used(svc, old_key)));
}

TEST_F(IamCloudTest, a_probe_signs_with_the_given_pair_and_nothing_else) {
  transport.answers(403, tests::error_xml("InvalidClientTokenId"));
  transport.answers(200, tests::caller_xml());
  transport.answers(200, tests::caller_xml());
  const auto iam = cloud();
  const AccessKeyId fresh{"AKIANEWKEY0000000001"};
  const rotation::Secret secret{"secret/of+the/new/key/0123456789abcdefghi"};
  const auto early = iam->probe(fresh, secret);
  ASSERT_TRUE(rotation::refused(early));
  EXPECT_EQ(rotation::refused(early)->why, Refusal::invalid_credentials);
  const auto answer = iam->probe(fresh, secret);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->account_id.text(), "123456789012");
  EXPECT_EQ(rotation::done(answer)->partition, "aws");
  EXPECT_EQ(rotation::done(answer)->user_id.text(), "AIDACKCEVSQ6C2EXAMPLE");
  EXPECT_TRUE(transport.sent[1].headers.at("Authorization").find("Credential=AKIANEWKEY0000000001/") !=
              std::string::npos);
  ASSERT_TRUE(rotation::done(iam->caller()));
  EXPECT_TRUE(transport.sent[2].headers.at("Authorization").find("Credential=AKIAOLDKEY0000000001/") !=
              std::string::npos);
}

TEST_F(IamCloudTest, sign_with_changes_who_signs) {
  const auto iam = cloud();
  EXPECT_EQ(iam->signing_key(), old_key);
  const AccessKeyId fresh{"AKIANEWKEY0000000001"};
  iam->sign_with(fresh, rotation::Secret{"secret/of+the/new/key/0123456789abcdefghi"});
  EXPECT_EQ(iam->signing_key(), fresh);
  transport.answers(200, tests::caller_xml());
  ASSERT_TRUE(rotation::done(iam->caller()));
  EXPECT_TRUE(transport.sent[0].headers.at("Authorization").find("Credential=AKIANEWKEY0000000001/") !=
              std::string::npos);
}

TEST_F(IamCloudTest, a_caller_reply_with_odd_ids_is_unknown) {
  const auto iam = cloud();
  for (const auto* account : {"", "12345", "12345678901a", "123456789012&#27;"}) {
    transport.answers(200, tests::caller_xml(account));
    EXPECT_TRUE(rotation::unknown(iam->caller())) << account;
  }
}

TEST_F(IamCloudTest, facts_are_those_of_aws_and_loopback_needs_every_endpoint) {
  const auto facts = cloud()->facts();
  EXPECT_EQ(facts.provider, "aws");
  EXPECT_EQ(facts.granularity, std::chrono::minutes{15});
  EXPECT_EQ(facts.lag, std::chrono::hours{4});
  EXPECT_FALSE(facts.loopback);
  EXPECT_FALSE(facts.undeletes());
  EXPECT_EQ(facts.own_services, (std::set<std::string>{"iam", "sts", "secretsmanager", "ssm", "cloudtrail", "kms"}));
  EXPECT_EQ(facts.proof_of_use, "aws s3 ls");
  EXPECT_EQ(cloud({.profile = "my dev"})->facts().proof_of_use, "aws s3 ls --profile 'my dev'");
  EXPECT_TRUE(cloud({}, "http://127.0.0.1:5000/")->facts().loopback);
  aws_iam::Endpoints mixed = tests::endpoints("http://127.0.0.1:5000/");
  mixed.sts.url = "https://sts.amazonaws.com/";
  aws_iam::IamCloud half{aws_iam::QueryApi{transport, fake.world, {.endpoints = mixed}},
                         aws_iam::JsonApi{transport, fake.world, mixed},
                         nullptr,
                         fake.world,
                         {}};
  EXPECT_FALSE(half.facts().loopback);
}

TEST_F(IamCloudTest, commands_can_be_pasted) {
  const auto iam = cloud({.profile = "it's dev"});
  EXPECT_EQ(iam->command_for(Op::activate_key, svc, old_key),
            "aws iam update-access-key --user-name svc --access-key-id AKIAOLDKEY0000000001 --status Active"
            " --profile 'it'\\''s dev'");
  EXPECT_EQ(
      cloud()->command_for(Op::deactivate_key, UserName{"svc+x=y,z.@-"}, old_key),
      "aws iam update-access-key --user-name svc+x=y,z.@- --access-key-id AKIAOLDKEY0000000001 --status Inactive");
  EXPECT_EQ(cloud({.iam_endpoint = "http://127.0.0.1:5000"})->command_for(Op::delete_key, svc, old_key),
            "aws iam delete-access-key --user-name svc --access-key-id AKIAOLDKEY0000000001"
            " --endpoint-url http://127.0.0.1:5000");
  const auto pasted = [this](const aws_iam::AccountSettings& settings) {
    return aws_iam::connect(settings, fake.world)->command_for(Op::activate_key, svc, old_key);
  };
  const std::string command =
      "aws iam update-access-key --user-name svc --access-key-id " + old_key.text() + " --status Active";
  EXPECT_EQ(pasted({.region = "eu-west-1"}), command);
  EXPECT_EQ(pasted({.region = "cn-northwest-1"}), command + " --region cn-north-1");
  EXPECT_EQ(pasted({.region = "eu-west-1", .endpoints = {{"iam", "http://127.0.0.1:5000"}}}),
            command + " --region us-east-1 --endpoint-url http://127.0.0.1:5000");
  EXPECT_EQ(cloud()->command_for(Op::create_key, svc, {}), "aws iam create-access-key --user-name svc");
  EXPECT_EQ(cloud()->command_for(Op::write_location, svc, old_key), "");
}

// ---- beyond the port
// ----------------------------------------------------------------------------------------------------

TEST_F(IamCloudTest, tags_simulation_and_report_are_read) {
  const auto iam = cloud();
  transport.answers(200, good_xml("ListUserTags", "<Tags><member><Key>team</Key><Value>ops</Value></member></Tags>"));
  const auto tags = iam->user_tags(svc);
  ASSERT_TRUE(rotation::done(tags));
  EXPECT_EQ(rotation::done(tags)->at(0).value, "ops");

  transport.answers(200, good_xml("SimulatePrincipalPolicy",
                                  "<EvaluationResults><member><EvalActionName>iam:CreateAccessKey</EvalActionName>"
                                  "<EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny</EvalDecision>"
                                  "</member></EvaluationResults>"));
  const auto simulated = iam->simulate(rotation::Arn{"arn:aws:iam::123456789012:user/svc"},
                                       {"iam:CreateAccessKey", "iam:DeleteAccessKey"}, "*");
  ASSERT_TRUE(rotation::done(simulated));
  EXPECT_EQ(rotation::done(simulated)->at(0).decision, "implicitDeny");
  EXPECT_TRUE(transport.sent[1].has("&ActionNames.member.1=iam%3ACreateAccessKey"));
  EXPECT_TRUE(transport.sent[1].has("&ActionNames.member.2=iam%3ADeleteAccessKey"));

  transport.answers(200, good_xml("GenerateCredentialReport", "<State>INPROGRESS</State>"));
  const auto state = iam->generate_credential_report();
  ASSERT_TRUE(rotation::done(state));
  EXPECT_FALSE(*rotation::done(state));
  transport.answers(200, good_xml("GetCredentialReport",
                                  "<Content>dXNlcixhcm4K\nYSxiCg==</Content>"
                                  "<GeneratedTime>2026-01-01T00:00:00Z</GeneratedTime>"));
  const auto report = iam->credential_report();
  ASSERT_TRUE(rotation::done(report));
  EXPECT_EQ(rotation::done(report)->csv, "user,arn\na,b\n");
  transport.answers(410, tests::error_xml("ReportNotPresent"));
  const auto missing = iam->credential_report();
  ASSERT_TRUE(rotation::refused(missing));
  EXPECT_EQ(rotation::refused(missing)->code, "ReportNotPresent");
}

}  // namespace
