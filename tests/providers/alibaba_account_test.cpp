// What is asked of an Alibaba Cloud account beyond its keys: all users, the recycle bin, and who used a key.
#include <gtest/gtest.h>

#include "providers/alibaba_ram/ram_cloud.hpp"
#include "tests/providers/alibaba_fakes.hpp"

namespace {

using alibaba_ram::More;
using rotation::AccessKeyId;
using rotation::Refusal;
using rotation::UserId;
using tests::acs::good;

const UserId svc_id{"216959339000654321"};
const AccessKeyId old_key{"LTAI5tOldKey000000000001"};

rotation::Time at(const char* text) { return rotation::parse_rfc3339(text).value(); }

struct AlibabaAccountTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;
  std::unique_ptr<alibaba_ram::RamCloud> ram = cloud(tests::acs::endpoints());

  std::unique_ptr<alibaba_ram::RamCloud> cloud(alibaba_ram::Endpoints endpoints) {
    return std::make_unique<alibaba_ram::RamCloud>(
        alibaba_ram::RpcApi{transport, fake.world, {.endpoints = std::move(endpoints)}},
        std::make_unique<calling::CredentialCache>(calling::fixed_credentials(tests::acs::keys()), fake.world),
        fake.world, alibaba_ram::CloudIdentity{});
  }
  void page(const std::string& users, const std::string& more) {
    transport.answers(200, good(R"("Users":{"User":[)" + users + "]}" + more));
  }
  rotation::Answer<rotation::Nothing> read(std::vector<std::string>& names) {
    return ram->list_users([&](const rotation::User& one) {
      names.push_back(one.name.text());
      return More::go_on;
    });
  }
};

std::string cut_off(const std::string& marker) { return R"(,"IsTruncated":true,"Marker":")" + marker + "\""; }

// ---- users --------------------------------------------------------------------------------------------------------

TEST_F(AlibabaAccountTest, users_come_page_by_page_and_the_marker_goes_back_as_it_came) {
  transport.answers(200, tests::acs::caller());
  page(tests::acs::user("a") + "," + tests::acs::user("b"), cut_off("a/b+c=="));
  page("", cut_off("second"));
  page(tests::acs::user("c"), R"(,"IsTruncated":false)");
  std::vector<std::string> names;
  ASSERT_TRUE(rotation::done(read(names)));
  EXPECT_EQ(names, (std::vector<std::string>{"a", "b", "c"}));
  ASSERT_EQ(transport.sent.size(), 4U);
  EXPECT_EQ(transport.sent[1].url, "https://ram.aliyuncs.com/?MaxItems=500");
  EXPECT_EQ(transport.sent[2].url, "https://ram.aliyuncs.com/?Marker=a%2Fb%2Bc%3D%3D&MaxItems=500");
  EXPECT_EQ(transport.sent[3].url, "https://ram.aliyuncs.com/?Marker=second&MaxItems=500");
}

TEST_F(AlibabaAccountTest, the_reader_of_users_may_stop) {
  transport.answers(200, tests::acs::caller());
  page(tests::acs::user("a") + "," + tests::acs::user("b"), cut_off("m"));
  int seen = 0;
  ASSERT_TRUE(rotation::done(ram->list_users([&](const rotation::User& one) {
    EXPECT_EQ(one.arn.text(), "acs:ram::1234567890123456:user/a");
    ++seen;
    return More::stop;
  })));
  EXPECT_EQ(seen, 1);
}

TEST_F(AlibabaAccountTest, a_list_of_users_that_is_not_whole_is_unknown) {
  transport.answers(200, tests::acs::caller());
  std::vector<std::string> names;
  page("", cut_off("one"));
  page("", cut_off("two"));
  page("", cut_off("one"));
  EXPECT_TRUE(rotation::unknown(read(names)));
  for (const char* more : {R"(,"IsTruncated":true)", R"(,"IsTruncated":true,"Marker":"")", R"(,"IsTruncated":"yes")",
                           R"(,"IsTruncated":1)", R"(,"IsTruncated":null,"Marker":"m")"}) {
    page(tests::acs::user("a"), more);
    EXPECT_TRUE(rotation::unknown(read(names))) << more;
  }
  for (const char* odd : {"", R"("Users":{})", R"("Users":[])", R"("Users":{"User":[{}]},"IsTruncated":false)"}) {
    transport.answers(200, good(odd));
    EXPECT_TRUE(rotation::unknown(read(names))) << odd;
  }
  page(tests::acs::user("a"), cut_off("one"));
  transport.answers(403, tests::acs::error("NoPermission"));
  EXPECT_EQ(rotation::refused(read(names))->why, Refusal::denied);
  page(tests::acs::user("a"), "");
  EXPECT_TRUE(rotation::done(read(names)));
}

TEST_F(AlibabaAccountTest, without_knowing_who_we_are_no_user_is_listed) {
  transport.answers(404, tests::acs::error("InvalidAccessKeyId.NotFound"));
  std::vector<std::string> names;
  EXPECT_EQ(rotation::refused(read(names))->why, Refusal::invalid_credentials);
}

// ---- the recycle bin ----------------------------------------------------------------------------------------------

std::string binned(const std::string& id, const std::string& gone = "2026-01-31T00:00:00Z") {
  return R"({"AccessKeyId":")" + id +
         R"(","CreateDate":"2025-01-01T00:00:00Z","RecycleDate":"2026-01-01T00:00:00Z","DeleteDate":")" + gone + "\"}";
}
std::string bin(const std::string& keys) { return good(R"("AccessKeys":{"AccessKey":[)" + keys + "]}"); }

TEST_F(AlibabaAccountTest, deleted_keys_are_listed_by_the_users_id) {
  transport.answers(200, bin(binned("LTAI5tOldKey000000000001") + "," + binned("LTAI5tOldKey000000000002")));
  const auto answer = ram->deleted_keys(svc_id);
  ASSERT_TRUE(rotation::done(answer));
  ASSERT_EQ(rotation::done(answer)->size(), 2U);
  EXPECT_EQ(rotation::done(answer)->front(),
            (rotation::BinnedKey{old_key, at("2025-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"),
                                 at("2026-01-31T00:00:00Z")}));
  EXPECT_EQ(transport.sent[0].url, "https://ims.aliyuncs.com/?UserId=216959339000654321");
  EXPECT_EQ(transport.sent[0].headers.at("x-acs-action"), "ListAccessKeysInRecycleBin");
  transport.answers(200, bin(""));
  EXPECT_TRUE(rotation::done(ram->deleted_keys(svc_id)));
  for (const std::string& odd :
       {good(), good(R"("AccessKeys":{})"), bin("{}"), bin(binned("short")),
        good(R"("IsTruncated":true,"AccessKeys":{"AccessKey":[]})"), bin(binned("LTAI5tOldKey000000000001", "soon"))}) {
    transport.answers(200, odd);
    EXPECT_TRUE(rotation::unknown(ram->deleted_keys(svc_id))) << odd;
  }
}

TEST_F(AlibabaAccountTest, a_key_comes_back_by_a_change_that_is_sent_as_one) {
  transport.answers(200, good());
  EXPECT_TRUE(rotation::done(ram->undelete_key(svc_id, old_key)));
  EXPECT_EQ(transport.sent[0].url,
            "https://ims.aliyuncs.com/?UserAccessKeyId=LTAI5tOldKey000000000001&UserId=216959339000654321");
  EXPECT_EQ(transport.sent[0].headers.at("x-acs-action"), "RestoreAccessKeyFromRecycleBin");
  EXPECT_EQ(transport.sent[0].connection, http::Connection::fresh);
  transport.answers(http::Lost{"closed"});
  EXPECT_TRUE(rotation::unknown(ram->undelete_key(svc_id, old_key)));
  EXPECT_EQ(transport.sent.size(), 2U);
  transport.answers(404, tests::acs::error("EntityNotExist.User.AccessKey"));
  EXPECT_EQ(rotation::refused(ram->undelete_key(svc_id, old_key))->why, Refusal::no_such_entity);
  transport.answers(409, tests::acs::error("LimitExceeded.User.AccessKey"));
  EXPECT_EQ(rotation::refused(ram->undelete_key(svc_id, old_key))->why, Refusal::limit_exceeded);
}

TEST_F(AlibabaAccountTest, without_their_endpoints_bin_and_history_are_unsupported_and_nothing_is_sent) {
  const auto bare = cloud({});
  EXPECT_EQ(rotation::refused(bare->deleted_keys(svc_id))->why, Refusal::unsupported);
  EXPECT_EQ(rotation::refused(bare->undelete_key(svc_id, old_key))->why, Refusal::unsupported);
  EXPECT_EQ(rotation::refused(bare->uses(old_key))->why, Refusal::unsupported);
  EXPECT_TRUE(transport.sent.empty());
}

// ---- who used a key -----------------------------------------------------------------------------------------------

std::string detail(const std::string& address, const std::string& agent) {
  return R"("Detail":"{\"sourceIpAddress\":\")" + address + R"(\",\"userAgent\":\")" + agent + R"(\"}")";
}
std::string product(const std::string& service, const std::string& stamp, const std::string& more) {
  return R"({"ServiceName":")" + service + R"(","ServiceNameEn":"x","Source":"ManagementEvent","UsedTimestamp":)" +
         stamp + "," + more + "}";
}
std::string products(const std::string& list) { return good(R"("Products":[)" + list + "]"); }
std::string addresses(const std::string& list) { return good(R"("Ips":[)" + list + R"(],"NextToken":"more")"); }

TEST_F(AlibabaAccountTest, uses_are_told_by_service_and_address_newest_first) {
  transport.answers(200, products(product("Ram", "1767225600000", detail("10.0.0.9", "aliyun-cli")) + "," +
                                  product("Ecs", "1767312000000", detail("10.0.0.1", "terraform"))));
  transport.answers(200, addresses(R"({"Ip":"10.0.0.1","UsedTimestamp":1767312000000,)" +
                                   detail("10.0.0.1", "terraform 1.5 (linux)") + "}," +
                                   R"({"Ip":"10.0.0.2","UsedTimestamp":1767139200,"Detail":"not json"})"));
  transport.answers(403, tests::acs::error("NoPermission"));
  const auto answer = ram->uses(old_key);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(*rotation::done(answer),
            (std::vector<rotation::KeyUse>{
                {"ecs", "10.0.0.1", "terraform 1.5 (linux)", at("2026-01-02T00:00:00Z")},
                {"ram", "10.0.0.9", "aliyun-cli", at("2026-01-01T00:00:00Z")},  // the service's own: no addresses
                {"ecs", "10.0.0.2", "", at("2025-12-31T00:00:00Z")}}));
  ASSERT_EQ(transport.sent.size(), 3U);
  EXPECT_EQ(transport.sent[0].url, "https://actiontrail.cn-hangzhou.aliyuncs.com/?AccessKey=LTAI5tOldKey000000000001");
  EXPECT_EQ(transport.sent[1].url,
            "https://actiontrail.cn-hangzhou.aliyuncs.com/?AccessKey=LTAI5tOldKey000000000001&PageSize=20"
            "&ServiceName=Ecs");
}

TEST_F(AlibabaAccountTest, not_every_services_addresses_are_asked_for) {
  std::string list;
  for (int i = 0; i < 20; ++i) {
    list += (i == 0 ? "" : ",") +
            product("S" + std::to_string(i), std::to_string(1767225600000 + i * 1000), detail("10.0.0.1", ""));
  }
  transport.answers(200, products(list));
  for (int i = 0; i < 8; ++i) transport.answers(200, addresses(""));
  const auto answer = ram->uses(old_key);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->size(), 20U);
  EXPECT_EQ(rotation::done(answer)->front().service, "s19");
  EXPECT_EQ(transport.sent.size(), 9U);
}

TEST_F(AlibabaAccountTest, a_history_that_cannot_be_read_is_not_an_empty_one) {
  for (const std::string& odd :
       {good(), good(R"("Products":{})"), products("{}"), products(product("", "1767225600000", detail("", ""))),
        products(product("Ecs", "0", detail("", ""))), products(product("Ecs", "\"then\"", detail("", ""))),
        products(product("Ecs", "-5", detail("", ""))), products(product("Ecs", "9e99", detail("", ""))),
        products(product(R"(E\u001b[31m)", "1767225600000", detail("", "")))}) {
    transport.answers(200, odd);
    EXPECT_TRUE(rotation::unknown(ram->uses(old_key))) << odd;
  }
  transport.answers(403, tests::acs::error("NoPermission"));
  EXPECT_EQ(rotation::refused(ram->uses(old_key))->why, Refusal::denied);
  transport.answers(200, products(""));
  const auto none = ram->uses(old_key);
  ASSERT_TRUE(rotation::done(none));
  EXPECT_TRUE(rotation::done(none)->empty());
}

TEST_F(AlibabaAccountTest, control_bytes_of_an_event_are_left_out) {
  transport.answers(200, products(product("Ecs", "1767225600000",
                                          R"("Detail":"{\"sourceIpAddress\":\"10.0.0.1\\u001b[2J\",)"
                                          R"(\"userAgent\":\"evil\\u0007\"}")")));
  transport.answers(200, addresses(""));
  const auto answer = ram->uses(old_key);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->front(), (rotation::KeyUse{"ecs", "", "", at("2026-01-01T00:00:00Z")}));
}

}  // namespace
