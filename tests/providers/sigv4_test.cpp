#include "providers/aws_iam/sigv4.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "providers/http/url.hpp"

namespace {

using nlohmann::json;

json vectors() {
  std::ifstream file{PROVIDERS_TEST_DATA "/aws_sigv4_vectors.json"};
  return json::parse(file).at("vectors");
}

rotation::Time parse_amz_date(const std::string& text) {
  const auto iso = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6, 5) + ":" + text.substr(11, 2) +
                   ":" + text.substr(13);
  return rotation::parse_rfc3339(iso).value();
}

TEST(sigv4, agrees_with_botocore_on_every_vector) {
  int checked = 0;
  for (const auto& vector : vectors()) {
    SCOPED_TRACE(vector.at("name").get<std::string>());
    const auto body = vector.at("body").get<std::string>();
    aws_iam::ToSign request{.host = http::parse_url(vector.at("url").get<std::string>()).value().authority(),
                            .headers = {},
                            .body = body,
                            .region = vector.at("region"),
                            .service = vector.at("service"),
                            .at = parse_amz_date(vector.at("amz_date"))};
    for (const auto& [name, value] : vector.at("signed_headers_sent").items()) {
      if (name == "Content-Type") request.headers.emplace_back("content-type", value);
      if (name == "X-Amz-Target") request.headers.emplace_back("x-amz-target", value);
    }
    std::optional<rotation::Secret> token;
    if (vector.at("session_token").is_string()) token.emplace(vector.at("session_token").get<std::string>());
    const auto made =
        aws_iam::sign(request, rotation::AccessKeyId{vector.at("access_key_id")},
                      rotation::Secret{vector.at("secret_access_key").get<std::string>()}, token ? &*token : nullptr);
    EXPECT_EQ(made.canonical_request, vector.at("canonical_request"));
    EXPECT_EQ(made.string_to_sign, vector.at("string_to_sign"));
    EXPECT_EQ(made.signature, vector.at("signature"));
    EXPECT_EQ(made.authorization, vector.at("authorization"));
    EXPECT_EQ(made.amz_date, vector.at("amz_date"));
    ++checked;
  }
  EXPECT_EQ(checked, 9);
}

TEST(sigv4, a_kept_signing_key_is_of_one_secret_and_one_scope) {
  aws_iam::ToSign request{.host = "iam.amazonaws.com",
                          .headers = {},
                          .body = "Action=ListUsers",
                          .region = "us-east-1",
                          .service = "iam",
                          .at = rotation::Time{rotation::Seconds{1'767'322'800}}};
  const rotation::AccessKeyId id{"AKIDEXAMPLE"};
  const rotation::Secret right{"right"};
  const rotation::Secret wrong{"wrong"};  // as a probe has it: our id, another secret
  aws_iam::SigningKey kept;
  const auto afresh = [&](const rotation::Secret& secret) {
    return aws_iam::sign(request, id, secret, nullptr).signature;
  };
  const auto with_kept = [&](const rotation::Secret& secret) {
    return aws_iam::sign(request, id, secret, nullptr, kept).signature;
  };
  EXPECT_EQ(with_kept(right), afresh(right));
  EXPECT_EQ(with_kept(right), afresh(right));
  EXPECT_EQ(with_kept(wrong), afresh(wrong));
  EXPECT_NE(afresh(wrong), afresh(right));
  request.service = "sts";
  EXPECT_EQ(with_kept(wrong), afresh(wrong));
  request.at += rotation::Seconds{86'400};
  EXPECT_EQ(with_kept(wrong), afresh(wrong));
}

TEST(sigv4, joins_blanks_in_header_values_as_the_rules_say) {
  aws_iam::ToSign request{.host = "iam.amazonaws.com",
                          .headers = {{"content-type", "  a   b  "}},
                          .body = "",
                          .region = "us-east-1",
                          .service = "iam",
                          .at = rotation::Time{}};
  const auto made = aws_iam::sign(request, rotation::AccessKeyId{"AKIDEXAMPLE"}, rotation::Secret{"x"}, nullptr);
  EXPECT_NE(made.canonical_request.find("content-type:a b\n"), std::string::npos);
}

}  // namespace
