// Both signature styles against what the vendor's own SDK made.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "providers/alibaba_ram/acs3.hpp"
#include "providers/alibaba_ram/rpc_v1.hpp"

namespace {

using nlohmann::json;

struct Vectors {
  json all = [] {
    std::ifstream file{PROVIDERS_TEST_DATA "/alicloud_vectors.json"};
    return json::parse(file);
  }();
  std::string nonce = all.at("nonce");
  rotation::Time at = rotation::parse_rfc3339(all.at("timestamp").get<std::string>()).value();
};

std::optional<rotation::Secret> token_of(const json& vector) {
  if (!vector.at("security_token").is_string()) return std::nullopt;
  return rotation::Secret{vector.at("security_token").get<std::string>()};
}

std::string text_of(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

TEST(alibaba_sign, v3_agrees_with_the_vendors_sdk_on_every_vector) {
  const Vectors vectors;
  int checked = 0;
  for (const auto& vector : vectors.all.at("vectors")) {
    if (!vector.at("version").get<std::string>().starts_with("V3")) continue;
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const auto& headers = vector.at("signed_headers");
    const auto body = vector.at("body").get<std::string>();
    alibaba_ram::acs3::ToSign request{.host = headers.at("host"),
                                      .action = headers.at("x-acs-action"),
                                      .version = headers.at("x-acs-version"),
                                      .body = body,
                                      .nonce = vectors.nonce,
                                      .at = vectors.at};
    for (const auto& [name, value] : vector.at("query").items()) request.query.emplace_back(name, text_of(value));
    for (const char* name : {"content-type", "x-acs-credentials-provider"}) {
      if (headers.contains(name)) request.headers.emplace_back(name, headers.at(name).get<std::string>());
    }
    const auto token = token_of(vector);
    const auto made = alibaba_ram::acs3::sign(request, rotation::AccessKeyId{vector.at("access_key_id")},
                                              rotation::Secret{vector.at("access_key_secret").get<std::string>()},
                                              token ? &*token : nullptr);
    EXPECT_EQ(made.date, headers.at("x-acs-date"));
    EXPECT_EQ(made.content_sha256, vector.at("body_sha256"));
    EXPECT_EQ(made.canonical_request, vector.at("canonical_request"));
    EXPECT_EQ(made.string_to_sign, vector.at("string_to_sign"));
    EXPECT_EQ(made.signature, vector.at("signature"));
    EXPECT_EQ(made.authorization, vector.at("authorization"));
    ++checked;
  }
  EXPECT_EQ(checked, 5);
}

TEST(alibaba_sign, v1_agrees_with_the_vendors_sdk_on_every_vector) {
  const Vectors vectors;
  int checked = 0;
  for (const auto& vector : vectors.all.at("vectors")) {
    if (!vector.at("version").get<std::string>().starts_with("V1")) continue;
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const auto method = vector.at("http_method").get<std::string>();
    alibaba_ram::rpc_v1::ToSign request{.method = method,
                                        .action = vector.at("params").at("Action"),
                                        .version = vector.at("params").at("Version"),
                                        .nonce = vectors.nonce,
                                        .at = vectors.at};
    for (const char* own : {"MaxItems", "UserName", "UserAccessKeyId", "Status"}) {
      if (vector.at("params").contains(own)) request.params.emplace_back(own, vector.at("params").at(own));
    }
    const auto token = token_of(vector);
    const auto made = alibaba_ram::rpc_v1::sign(request, rotation::AccessKeyId{vector.at("access_key_id")},
                                                rotation::Secret{vector.at("access_key_secret").get<std::string>()},
                                                token ? &*token : nullptr);
    EXPECT_EQ(made.canonical_query, vector.at("canonical_query"));
    EXPECT_EQ(made.string_to_sign, vector.at("string_to_sign"));
    EXPECT_EQ(made.signature, vector.at("signature"));
    EXPECT_TRUE(made.form.starts_with(made.canonical_query + "&Signature="));
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

TEST(alibaba_sign, v3_trims_header_values) {
  alibaba_ram::acs3::ToSign request{.host = "h", .headers = {{"x-acs-odd", "  a  b "}}, .nonce = "n"};
  const auto made = alibaba_ram::acs3::sign(request, rotation::AccessKeyId{"id"}, rotation::Secret{"secret"}, nullptr);
  EXPECT_NE(made.canonical_request.find("\nx-acs-odd:a  b\n"), std::string::npos);
}

}  // namespace
