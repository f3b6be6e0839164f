// Secrets Manager and SSM behind the ports of the locations: every request byte for byte, and what a reply means.
#include <gtest/gtest.h>

#include "cli/aws_parameters.hpp"
#include "cli/aws_secrets.hpp"
#include "tests/providers/fakes.hpp"

namespace {

using rotation::Refusal;
using rotation::Secret;
using secrets_adapters::Content;
using secrets_adapters::ParameterKeeping;
using secrets_adapters::Rotated;

struct AwsStoresTest : testing::Test {
  tests::FakeWorld fake;
  tests::FakeTransport transport;
  aws_iam::IamCloud cloud = iam();

  aws_iam::IamCloud iam() {
    auto endpoints = tests::endpoints();
    endpoints.region = "eu-west-1";
    auto signer =
        std::make_unique<calling::CredentialCache>(calling::fixed_credentials(tests::static_keys()), fake.world);
    return {aws_iam::QueryApi{transport, fake.world, {.endpoints = endpoints}},
            aws_iam::JsonApi{transport, fake.world, endpoints},
            std::move(signer),
            fake.world,
            {}};
  }
  rotation::Answer<secrets_adapters::SecretVersion> current(const std::string& about) {
    transport.answers(200, "{" + about + "}");
    transport.answers(200, R"({"VersionId":"v1","SecretString":"{\"a\": \"b\"}"})");
    auto answer = cli::aws_secrets(cloud, "")->current("app");
    transport.queue.clear();
    return answer;
  }
};

TEST_F(AwsStoresTest, the_current_version_comes_with_every_label_and_without_a_word_of_its_text_changed) {
  const auto answer = current(R"("RotationEnabled":null,"DeletedDate":null,"VersionIdsToStages":)"
                              R"({"v1":["AWSCURRENT","AWSPENDING"],"v0":["AWSPREVIOUS"]})");
  const auto* found = rotation::done(answer);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "v1");
  EXPECT_TRUE(found->data.same_as(Secret{R"({"a": "b"})"}));
  EXPECT_EQ(found->stages,
            (std::map<std::string, std::string>{{"AWSCURRENT", "v1"}, {"AWSPENDING", "v1"}, {"AWSPREVIOUS", "v0"}}));
  EXPECT_EQ(found->rotated, Rotated::by_nobody);
  EXPECT_EQ(found->type, "");
  ASSERT_EQ(transport.sent.size(), 2U);
  EXPECT_EQ(transport.sent[0].body, R"({"SecretId":"app"})");
  EXPECT_EQ(transport.sent[1].body, R"({"SecretId":"app","VersionStage":"AWSCURRENT"})");
}

TEST_F(AwsStoresTest, a_secret_that_somebody_else_writes_is_told_apart) {
  EXPECT_EQ(rotation::done(current(R"("RotationEnabled":true)"))->rotated, Rotated::by_the_store);
  EXPECT_EQ(rotation::done(current(R"("RotationEnabled":"odd")"))->rotated, Rotated::by_the_store);
  EXPECT_EQ(rotation::done(current(R"("RotationEnabled":false)"))->rotated, Rotated::by_nobody);
  EXPECT_EQ(rotation::done(current(R"("OwningService":"rds")"))->type, "rds");
  EXPECT_EQ(rotation::done(current(R"("Type":"a partner's")"))->type, "a partner's");
  EXPECT_EQ(rotation::refused(current(R"("DeletedDate":1.7e9)"))->why, Refusal::unsupported);
  EXPECT_EQ(rotation::refused(current(R"("PrimaryRegion":"us-west-2")"))->why, Refusal::unsupported);
  EXPECT_TRUE(rotation::done(current(R"("PrimaryRegion":"eu-west-1","ReplicationStatus":[{"Region":"us-west-2"}])")));
}

TEST_F(AwsStoresTest, a_binary_version_and_a_torn_one_are_told_apart) {
  const auto secrets = cli::aws_secrets(cloud, "us-west-2");
  transport.answers(200, R"({"VersionId":"v1","SecretBinary":"AAE="})");
  const auto binary = secrets->version("app", "v1");
  ASSERT_TRUE(rotation::done(binary));
  EXPECT_EQ(rotation::done(binary)->content, Content::binary);
  EXPECT_EQ(transport.sent[0].body, R"({"SecretId":"app","VersionId":"v1"})");
  EXPECT_EQ(transport.sent[0].url, "https://secretsmanager.us-west-2.amazonaws.com/");
  transport.answers(200, R"({"VersionId":"v1"})");
  EXPECT_TRUE(rotation::unknown(secrets->version("app", "v1")));
}

TEST_F(AwsStoresTest, a_version_is_put_under_its_token_with_one_label) {
  transport.answers(200, "{}");
  EXPECT_TRUE(
      rotation::done(cli::aws_secrets(cloud, "")->put("app", "token", Secret{"{\"a\": \"\n\"}"}, "AWSPENDING")));
  EXPECT_EQ(transport.sent[0].body, R"({"SecretId":"app","ClientRequestToken":"token",)"
                                    R"("SecretString":"{\"a\": \"\u000a\"}","VersionStages":["AWSPENDING"]})");
}

TEST_F(AwsStoresTest, a_label_that_is_elsewhere_is_a_conflict) {
  const auto secrets = cli::aws_secrets(cloud, "");
  for (const char* code : {"InvalidParameterException", "InvalidRequestException"}) {
    transport.answers(400, std::string{R"({"__type":")"} + code + "\"}");
    const auto answer = secrets->move_stage("app", "AWSCURRENT", {.from = "v1", .to = "v2"});
    ASSERT_TRUE(rotation::refused(answer));
    EXPECT_EQ(rotation::refused(answer)->why, Refusal::conflict);
  }
  EXPECT_EQ(transport.sent[0].body, R"({"SecretId":"app","VersionStage":"AWSCURRENT",)"
                                    R"("RemoveFromVersionId":"v1","MoveToVersionId":"v2"})");
  transport.answers(400, R"({"__type":"AccessDeniedException"})");
  EXPECT_EQ(rotation::refused(secrets->move_stage("app", "AWSPENDING", {.from = "v1", .to = {}}))->why,
            Refusal::denied);
  EXPECT_EQ(transport.sent[2].body, R"({"SecretId":"app","VersionStage":"AWSPENDING","RemoveFromVersionId":"v1"})");
}

// The key above all: without its id, SSM would encrypt under another one.
TEST_F(AwsStoresTest, a_parameter_is_put_with_all_that_its_history_tells_and_nothing_else) {
  const auto parameters = cli::aws_parameters(cloud, "");
  transport.answers(200, R"({"Parameters":[{"Version":1,"Type":"String","Labels":["first"]}],"NextToken":"more"})");
  transport.answers(200,
                    R"({"Parameters":[{"Version":3,"Type":"SecureString","KeyId":"alias/app","Tier":"Advanced",)"
                    R"("DataType":"text","Description":"d","AllowedPattern":".*"},{"Version":2,"Type":"String"}]})");
  const auto answer = parameters->keeping("/app/secret");
  const auto* how = rotation::done(answer);
  ASSERT_TRUE(how);
  EXPECT_FALSE(how->full);
  EXPECT_EQ(transport.sent[1].body,
            R"({"Name":"/app/secret","WithDecryption":false,"MaxResults":50,"NextToken":"more"})");
  transport.answers(200, R"({"Version":4,"Tier":"Advanced"})");
  const auto made = parameters->put("/app/secret", Secret{"s"}, *how);
  ASSERT_TRUE(rotation::done(made));
  EXPECT_EQ(*rotation::done(made), 4);
  EXPECT_EQ(transport.sent[2].body,
            R"({"Name":"/app/secret","Value":"s","Overwrite":true,"Type":"SecureString","Tier":"Advanced",)"
            R"("DataType":"text","KeyId":"alias/app","Description":"d","AllowedPattern":".*"})");
  transport.answers(200, R"({"Version":2})");
  EXPECT_TRUE(rotation::done(parameters->put("/app/id", Secret{"i"}, {.type = "String"})));
  EXPECT_EQ(transport.sent[3].body, R"({"Name":"/app/id","Value":"i","Overwrite":true,"Type":"String"})");
}

TEST_F(AwsStoresTest, a_hundredth_version_whose_oldest_has_a_label_is_full) {
  for (const std::string labels : {R"(["keep"])", "[]"}) {
    std::string versions = R"({"Version":1,"Type":"String","Labels":)" + labels + "}";
    for (int i = 2; i <= 100; ++i) versions += R"(,{"Type":"String","Version":)" + std::to_string(i) + "}";
    transport.answers(200, R"({"Parameters":[)" + versions + "]}");
    const auto answer = cli::aws_parameters(cloud, "")->keeping("/app/id");
    ASSERT_TRUE(rotation::done(answer));
    EXPECT_EQ(rotation::done(answer)->full, labels != "[]");
  }
}

TEST_F(AwsStoresTest, a_parameter_is_read_decrypted_and_a_version_by_its_number) {
  const auto parameters = cli::aws_parameters(cloud, "");
  transport.answers(200, R"({"Parameter":{"Name":"/app/id","Value":"v","Version":7,"Type":"String"}})");
  const auto answer = parameters->version("/app/id", 7);
  ASSERT_TRUE(rotation::done(answer));
  EXPECT_EQ(rotation::done(answer)->version, 7);
  EXPECT_TRUE(rotation::done(answer)->value.same_as(Secret{"v"}));
  EXPECT_EQ(transport.sent[0].body, R"({"Name":"/app/id:7","WithDecryption":true})");
  transport.answers(400, R"({"__type":"ParameterNotFound"})");
  EXPECT_EQ(rotation::refused(parameters->newest("/app/id"))->why, Refusal::no_such_entity);
  transport.answers(200, "{}");
  EXPECT_TRUE(rotation::unknown(parameters->newest("/app/id")));
  transport.answers(200, R"({"Parameters":[]})");
  EXPECT_TRUE(rotation::unknown(parameters->keeping("/app/id")));
}

}  // namespace
