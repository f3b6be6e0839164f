// What a policy's text allows, weighed as RAM weighs it; and whose texts are read for a caller.
#include <gtest/gtest.h>

#include "providers/alibaba_ram/policies.hpp"
#include "tests/providers/alibaba_fakes.hpp"

namespace {

using alibaba_ram::evaluate;
using alibaba_ram::Grant;
using alibaba_ram::Policies;
using alibaba_ram::read_statements;
using rotation::Arn;
using rotation::Refusal;
using tests::acs::good;

constexpr const char* every = "acs:ram:*:1234567890123456:user/*";
constexpr const char* app = "acs:ram:*:1234567890123456:user/app";

std::string policy(const std::string& statements) { return R"({"Version":"1","Statement":[)" + statements + "]}"; }
std::string allow(const std::string& action, const std::string& resource = R"("*")", const std::string& more = {}) {
  return R"({"Effect":"Allow","Action":)" + action + R"(,"Resource":)" + resource + more + "}";
}
std::string deny(const std::string& action, const std::string& resource = R"("*")", const std::string& more = {}) {
  return R"({"Effect":"Deny","Action":)" + action + R"(,"Resource":)" + resource + more + "}";
}

Policies holding(const std::string& statements) {
  auto read = read_statements(policy(statements));
  EXPECT_TRUE(read) << statements;
  return {.all = false, .statements = std::move(read).value(), .unread = {}};
}
const char* word(Grant grant) {
  switch (grant) {
    case Grant::allowed: return "allowed";
    case Grant::perhaps: return "perhaps";
    case Grant::denied: return "denied";
    case Grant::not_known: return "not known";
  }
  return "";
}

struct Weighed {
  std::string statements;
  const char* resource;
  Grant grant;
};

class AlibabaPolicy : public testing::TestWithParam<Weighed> {};

TEST_P(AlibabaPolicy, grants) {
  const auto& [statements, resource, grant] = GetParam();
  EXPECT_STREQ(word(evaluate(holding(statements), "ram:CreateAccessKey", resource)), word(grant))
      << statements << " on " << resource;
}

INSTANTIATE_TEST_SUITE_P(Actions, AlibabaPolicy,
                         testing::Values(Weighed{allow(R"("*")"), every, Grant::allowed},
                                         Weighed{allow(R"("ram:*")"), every, Grant::allowed},
                                         Weighed{allow(R"("ram:CreateAccessKey")"), every, Grant::allowed},
                                         Weighed{allow(R"("RAM:createACCESSkey")"), every, Grant::allowed},
                                         Weighed{allow(R"("ram:Create*Key")"), every, Grant::allowed},
                                         Weighed{allow(R"("ram:*AccessKey")"), every, Grant::allowed},
                                         Weighed{allow(R"("ram:CreateAccessKe?")"), every, Grant::allowed},
                                         Weighed{allow(R"("*:*a*e*e*s*y")"), every, Grant::allowed},
                                         Weighed{allow(R"("ram:CreateAccessKey?")"), every, Grant::denied},
                                         Weighed{allow(R"("ram:CreateAccessKeys")"), every, Grant::denied},
                                         Weighed{allow(R"("ram:CreateAccess")"), every, Grant::denied},
                                         Weighed{allow(R"("ram:Get*")"), every, Grant::denied},
                                         Weighed{allow(R"("ims:*")"), every, Grant::denied},
                                         Weighed{allow(R"(["ecs:*","ram:CreateAccessKey"])"), every, Grant::allowed},
                                         Weighed{allow(R"(["ecs:*","oss:*"])"), every, Grant::denied}));

INSTANTIATE_TEST_SUITE_P(
    Resources, AlibabaPolicy,
    testing::Values(Weighed{allow(R"("*")", R"(["*"])"), app, Grant::allowed},
                    Weighed{allow(R"("*")", R"("acs:ram:*:1234567890123456:user/*")"), every, Grant::allowed},
                    Weighed{allow(R"("*")", R"("acs:ram:*:*:user/*")"), every, Grant::allowed},
                    Weighed{allow(R"("*")", R"("acs:ram:*:1234567890123456:*")"), every, Grant::allowed},
                    Weighed{allow(R"("*")", R"("acs:ram:*:1234567890123456:user/app")"), app, Grant::allowed},
                    Weighed{allow(R"("*")", R"("acs:ram:*:*:user/ap?")"), app, Grant::allowed},
                    Weighed{allow(R"("*")", R"("acs:ram:*:1234567890123456:user/app")"), every, Grant::perhaps},
                    Weighed{allow(R"("*")", R"("acs:ram:*:*:user/app")"), every, Grant::perhaps},
                    Weighed{allow(R"("*")", R"("acs:ram:*:*:user/?")"), every, Grant::perhaps},
                    Weighed{allow(R"("*")", R"("acs:ram:*:1234567890123456:user/web")"), app, Grant::denied},
                    Weighed{allow(R"("*")", R"("acs:ram:*:2109876543210987:user/*")"), every, Grant::denied},
                    Weighed{allow(R"("*")", R"("acs:oss:*:*:bucket/*")"), every, Grant::denied},
                    Weighed{allow(R"("*")", R"(["acs:oss:*:*:b","acs:ram:*:*:user/*"])"), app, Grant::allowed}));

// An explicit Deny wins, wherever it stands.
INSTANTIATE_TEST_SUITE_P(
    Denials, AlibabaPolicy,
    testing::Values(Weighed{allow(R"("*")") + "," + deny(R"("ram:CreateAccessKey")"), every, Grant::denied},
                    Weighed{deny(R"("ram:Create*")") + "," + allow(R"("*")"), every, Grant::denied},
                    Weighed{deny(R"("*")") + "," + allow(R"("ram:CreateAccessKey")"), app, Grant::denied},
                    Weighed{allow(R"("*")") + "," + deny(R"("ram:CreateUser")"), every, Grant::allowed},
                    Weighed{allow(R"("*")") + "," + deny(R"("*")", R"("acs:ram:*:*:user/app")"), app, Grant::denied},
                    Weighed{allow(R"("*")") + "," + deny(R"("*")", R"("acs:ram:*:*:user/web")"), app, Grant::allowed},
                    Weighed{allow(R"("*")") + "," + deny(R"("*")", R"("acs:ram:*:*:user/app")"), every, Grant::perhaps},
                    Weighed{allow(R"("*")") + "," +
                                deny(R"("*")", R"("*")", R"(,"Condition":{"Bool":{"acs:MFAPresent":"false"}})"),
                            every, Grant::perhaps},
                    Weighed{deny(R"("*")", R"("*")", R"(,"Condition":{"Bool":{}})"), every, Grant::denied}));

INSTANTIATE_TEST_SUITE_P(
    Conditions, AlibabaPolicy,
    testing::Values(
        Weighed{allow(R"("*")", R"("*")", R"(,"Condition":{"IpAddress":{"acs:SourceIp":"203.0.113.7"}})"), every,
                Grant::perhaps},
        Weighed{allow(R"("*")", R"("*")", R"(,"Condition":null)"), every, Grant::allowed},
        Weighed{allow(R"("*")", R"("*")", R"(,"Condition":{"x":{}})") + "," + allow(R"("ram:*")"), every,
                Grant::allowed},
        Weighed{R"({"Effect":"Allow","NotAction":"ecs:*","Resource":"*"})", every, Grant::allowed},
        Weighed{R"({"Effect":"Allow","NotAction":["ecs:*","ram:Create*"],"Resource":"*"})", every, Grant::denied},
        Weighed{R"({"Effect":"Deny","NotAction":"ecs:*","Resource":"*"},)" + allow(R"("*")"), every, Grant::denied},
        Weighed{R"({"Effect":"Allow","Action":"*","NotResource":"acs:oss:*"})", every, Grant::perhaps},
        Weighed{"", every, Grant::denied}));

TEST(AlibabaPolicies, that_were_not_all_read_prove_less) {
  Policies nothing{.all = false, .statements = {}, .unread = {"policy ops (ram:GetPolicy)"}};
  EXPECT_EQ(evaluate(nothing, "ram:GetUser", every), Grant::not_known);
  Policies some = holding(allow(R"("ram:Get*")") + "," + deny(R"("ram:Delete*")"));
  EXPECT_EQ(evaluate(some, "ram:GetUser", every), Grant::allowed);
  EXPECT_EQ(evaluate(some, "ram:CreateUser", every), Grant::denied);
  some.unread = {"group ops (ram:ListPoliciesForGroup)"};
  EXPECT_EQ(evaluate(some, "ram:GetUser", every), Grant::perhaps) << "what was not read may deny it";
  EXPECT_EQ(evaluate(some, "ram:CreateUser", every), Grant::not_known) << "what was not read may allow it";
  EXPECT_EQ(evaluate(some, "ram:DeleteUser", every), Grant::denied) << "nothing takes a Deny back";
}

TEST(AlibabaPolicies, of_the_account_itself_allow_everything) {
  EXPECT_EQ(evaluate({.all = true, .statements = {}, .unread = {}}, "ram:GetUser", every), Grant::allowed);
}

// A text that is not the language that is known here is not read at all: half of it could say the opposite.
TEST(AlibabaPolicies, in_another_language_are_not_read) {
  for (const std::string& document : {std::string{},
                                      std::string{"null"},
                                      std::string{"[]"},
                                      std::string{"{"},
                                      std::string{R"({"Version":"1"})"},
                                      std::string{R"({"Version":"2","Statement":[]})"},
                                      std::string{R"({"Statement":[]})"},
                                      std::string{R"({"Version":"1","Statement":{}})"},
                                      policy("1"),
                                      policy("{}"),
                                      policy(R"({"Effect":"allow","Action":"*","Resource":"*"})"),
                                      policy(R"({"Action":"*","Resource":"*"})"),
                                      policy(R"({"Effect":"Allow","Resource":"*"})"),
                                      policy(R"({"Effect":"Allow","Action":"*"})"),
                                      policy(R"({"Effect":"Allow","Action":[],"Resource":"*"})"),
                                      policy(R"({"Effect":"Allow","Action":"","Resource":"*"})"),
                                      policy(R"({"Effect":"Allow","Action":["*",1],"Resource":"*"})"),
                                      policy(R"({"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"})"),
                                      policy(R"({"Effect":"Allow","Action":"*","Resource":[{}]})"),
                                      policy(allow(R"("*")") + "," + R"({"Effect":"Deny"})")}) {
    EXPECT_FALSE(read_statements(document)) << document;
  }
  EXPECT_TRUE(read_statements(policy("")));
}

// Two patterns of a thousand stars each must not take for ever.
TEST(AlibabaPolicies, with_many_stars_are_weighed_at_once) {
  std::string stars;
  for (int i = 0; i < 1500; ++i) stars += "*a";
  const Policies held = holding(allow("\"" + stars + "b\"", "\"" + stars + "b\""));
  EXPECT_EQ(evaluate(held, std::string(3000, 'a'), std::string(1500, '*') + std::string(1500, 'a')), Grant::denied);
}

TEST(AlibabaPolicies, speak_of_every_user_of_the_callers_account) {
  EXPECT_EQ(alibaba_ram::every_user(Arn{"acs:ram::1234567890123456:user/admin"}), every);
  EXPECT_EQ(alibaba_ram::every_user(Arn{"acs:ram::1234567890123456:assumed-role/ops/session"}), every);
  EXPECT_EQ(alibaba_ram::every_user(Arn{"odd"}), "acs:ram:*:*:user/*");
}

// ---- whose texts are read ---------------------------------------------------------------------------------------

std::string in_json(const std::string& document) {
  std::string text;
  for (const char c : document) text += c == '"' ? std::string{"\\\""} : std::string{c};
  return text;
}
std::string listed(const std::string& names) {
  std::string all;
  for (std::size_t at = 0; at < names.size();) {
    const std::size_t end = std::min(names.find(' ', at), names.size());
    all += std::string{all.empty() ? "" : ","} + R"({"PolicyName":")" + names.substr(at, end - at) +
           R"(","PolicyType":"Custom","DefaultVersion":"v3"})";
    at = end + 1;
  }
  return good(R"("Policies":{"Policy":[)" + all + "]}");
}
std::string text_of(const std::string& statements) {
  return good(R"("Policy":{"DefaultVersion":"v3"},"DefaultPolicyVersion":{"VersionId":"v3","PolicyDocument":")" +
              in_json(policy(statements)) + R"("})");
}
const std::string no_groups = good(R"("Groups":{"Group":[]})");

struct AlibabaPoliciesOf : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;

  rotation::Answer<Policies> read(const std::string& arn) {
    auto signer =
        std::make_unique<calling::CredentialCache>(calling::fixed_credentials(tests::acs::keys()), fake.world);
    alibaba_ram::RamCloud cloud{alibaba_ram::RpcApi{transport, fake.world, {.endpoints = tests::acs::endpoints()}},
                                std::move(signer),
                                fake.world,
                                {}};
    return alibaba_ram::read_policies(cloud, Arn{arn});
  }
  rotation::Answer<Policies> read_user() { return read("acs:ram::1234567890123456:user/admin"); }
  // "ListPoliciesForUser UserName=admin"
  std::string sent(std::size_t index) {
    const auto& request = transport.sent.at(index);
    std::string text;
    for (const auto& [name, value] : request.headers) {
      if (name == "x-acs-action") text = value;
    }
    return text + " " + request.url.substr(std::min(request.url.find('?'), request.url.size() - 1) + 1);
  }
};

TEST_F(AlibabaPoliciesOf, a_user_are_its_own_and_those_of_its_groups_each_once) {
  transport.answers(200, listed("own shared"));
  transport.answers(200, good(R"("Groups":{"Group":[{"GroupName":"ops"},{"GroupName":"dev"}]})"));
  transport.answers(200, listed("shared"));
  transport.answers(200, listed("team"));
  for (const char* action : {"ram:Get*", "ram:List*", "ram:Create*"}) {
    transport.answers(200, text_of(allow("\"" + std::string{action} + "\"")));
  }
  const auto answer = read_user();
  const auto* found = rotation::done(answer);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->statements.size(), 3U);
  EXPECT_TRUE(found->unread.empty());
  EXPECT_EQ(transport.sent.size(), 7U);
  EXPECT_EQ(sent(0), "ListPoliciesForUser UserName=admin");
  EXPECT_EQ(sent(1), "ListGroupsForUser UserName=admin");
  EXPECT_EQ(sent(2), "ListPoliciesForGroup GroupName=ops");
  EXPECT_EQ(sent(3), "ListPoliciesForGroup GroupName=dev");
  EXPECT_EQ(sent(4), "GetPolicy PolicyName=own&PolicyType=Custom");
  EXPECT_EQ(evaluate(*found, "ram:CreateAccessKey", every), Grant::allowed);
  EXPECT_EQ(evaluate(*found, "ram:DeleteAccessKey", every), Grant::denied);
}

TEST_F(AlibabaPoliciesOf, a_role_are_the_roles_whatever_its_session_is_called) {
  transport.answers(200, listed("ops"));
  transport.answers(200, text_of(allow(R"("*")")));
  const auto answer = read("acs:ram::1234567890123456:assumed-role/deployer/nightly");
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(sent(0), "ListPoliciesForRole RoleName=deployer");
  EXPECT_EQ(transport.sent.size(), 2U) << "a role has no groups";
}

TEST_F(AlibabaPoliciesOf, the_account_itself_are_not_asked_for) {
  const auto answer = read("acs:ram::1234567890123456:root");
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_TRUE(rotation::done(answer)->all);
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(AlibabaPoliciesOf, nobody_known_are_not_asked_for) {
  for (const char* arn : {"acs:ram::1:group/x", "acs:ram::1:user/", "acs:ram::1:user/a b", "acs:ram::1:x", "odd"}) {
    const auto answer = read(arn);
    const auto* no = rotation::refused(answer);
    ASSERT_TRUE(no) << arn;
    EXPECT_EQ(no->why, Refusal::unsupported) << arn;
  }
  EXPECT_TRUE(transport.sent.empty());
}

TEST_F(AlibabaPoliciesOf, a_caller_who_may_not_list_them_are_refused_by_name) {
  transport.answers(403, tests::acs::error("NoPermission"));
  auto answer = read_user();
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_EQ(rotation::refused(answer)->why, Refusal::denied);
  EXPECT_NE(rotation::refused(answer)->message.find("ram:ListPoliciesForUser"), std::string::npos);
  transport.answers(403, tests::acs::error("NoPermission"));
  answer = read("acs:ram::1234567890123456:assumed-role/ops/s");
  ASSERT_TRUE(rotation::refused(answer));
  EXPECT_NE(rotation::refused(answer)->message.find("ram:ListPoliciesForRole"), std::string::npos);
}

TEST_F(AlibabaPoliciesOf, which_a_part_cannot_be_read_say_which) {
  transport.answers(200, listed("own other"));
  transport.answers(403, tests::acs::error("NoPermission"));
  transport.answers(403, tests::acs::error("NoPermission"));
  transport.answers(200, good(R"("DefaultPolicyVersion":{"PolicyDocument":"{\"Version\":\"9\"}"})"));
  const auto answer = read_user();
  const auto* found = rotation::done(answer);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->unread, (std::vector<std::string>{"the groups of admin (ram:ListGroupsForUser)",
                                                     "policy other (ram:GetPolicy)", "policy own (ram:GetPolicy)"}));
  EXPECT_EQ(evaluate(*found, "ram:GetUser", every), Grant::not_known);
}

TEST_F(AlibabaPoliciesOf, a_group_that_cannot_be_read_are_missing) {
  transport.answers(200, listed("own"));
  transport.answers(200, good(R"("Groups":{"Group":[{"GroupName":"ops"}]})"));
  transport.answers(403, tests::acs::error("NoPermission"));
  transport.answers(200, text_of(allow(R"("ram:Get*")")));
  const auto answer = read_user();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->unread, std::vector<std::string>{"group ops (ram:ListPoliciesForGroup)"});
  EXPECT_EQ(evaluate(*rotation::done(answer), "ram:GetUser", every), Grant::perhaps);
}

// Where the text is not in the first reply, the default version has it.
TEST_F(AlibabaPoliciesOf, which_the_text_stands_in_its_version_are_read_there) {
  transport.answers(200, listed("own"));
  transport.answers(200, no_groups);
  transport.answers(200, good(R"("Policy":{"PolicyName":"own","DefaultVersion":"v3"})"));
  transport.answers(200, good(R"("PolicyVersion":{"VersionId":"v3","PolicyDocument":")" +
                              in_json(policy(allow(R"("ram:*")"))) + R"("})"));
  const auto answer = read_user();
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(sent(3), "GetPolicyVersion PolicyName=own&PolicyType=Custom&VersionId=v3");
  EXPECT_EQ(evaluate(*rotation::done(answer), "ram:GetUser", every), Grant::allowed);
}

TEST_F(AlibabaPoliciesOf, an_odd_reply_are_unknown_or_unread) {
  transport.answers(200, good(R"("Policies":{"Policy":{}})"));
  EXPECT_TRUE(rotation::unknown(read_user()));
  for (const char* name : {"", "a b", R"(\u001b[31m)"}) {
    transport.answers(
        200, good(R"("Policies":{"Policy":[{"PolicyName":")" + std::string{name} + R"(","PolicyType":"Custom"}]})"));
    EXPECT_TRUE(rotation::unknown(read_user())) << name;
  }
}

}  // namespace
