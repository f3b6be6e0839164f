#include "providers/known/kinds.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace known {
namespace {

constexpr std::array aws_endpoints{Endpoint{"iam"}, Endpoint{"sts"}, Endpoint{"secretsmanager", false},
                                   Endpoint{"ssm", false}, Endpoint{"cloudtrail", false}};
constexpr std::array aws_files{File{"credentials_file", "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"},
                               File{"config_file", "AWS_CONFIG_FILE", "~/.aws/config"}};
constexpr std::array aws_profile_files{ProfileFile{"credentials_file", "aws-credentials-file"}};
constexpr std::array<std::string_view, 6> aws_actions{"iam:GetUser",         "iam:ListAccessKeys",
                                                      "iam:CreateAccessKey", "iam:UpdateAccessKey",
                                                      "iam:DeleteAccessKey", "iam:GetAccessKeyLastUsed"};

constexpr std::array alibaba_endpoints{Endpoint{"ram"}, Endpoint{"sts"}, Endpoint{"ims"},
                                       Endpoint{"actiontrail", false}, Endpoint{"kms", false}};
constexpr std::array alibaba_files{File{"cli_config", "ALIBABA_CLOUD_CONFIG_FILE", "~/.aliyun/config.json"},
                                   File{"credentials_file", "ALIBABA_CLOUD_CREDENTIALS_FILE",
                                        "~/.alibabacloud/credentials", "~/.alibabacloud/credentials.ini"}};
constexpr std::array alibaba_profile_files{ProfileFile{"cli_config", "alibaba-cli-config"},
                                           ProfileFile{"credentials_file", "alibaba-credentials-file"}};
constexpr std::array<std::string_view, 8> alibaba_actions{"ram:GetUser",
                                                          "ram:ListAccessKeys",
                                                          "ram:CreateAccessKey",
                                                          "ram:UpdateAccessKey",
                                                          "ram:DeleteAccessKey",
                                                          "ram:GetAccessKeyLastUsed",
                                                          "ram:ListAccessKeysInRecycleBin",
                                                          "ram:RestoreAccessKeyFromRecycleBin"};

constexpr std::array all{
    Kind{.name = "aws",
         .title = "AWS",
         .endpoints = aws_endpoints,
         .account_id_digits = 12,
         .user_name_marks = "_+=,.@-",  // IAM API reference, CreateUser
         .granularity = std::chrono::minutes{15},
         .files = aws_files,
         .profile_files = aws_profile_files,
         .actions = aws_actions,
         .list_action = "iam:ListUsers",
         .policy = "docs/aws-policy.json",
         .age_metric = "aws.iam.accessKey",
         .age_source = "AWS"},
    Kind{.name = "alibaba",
         .title = "Alibaba Cloud",
         .endpoints = alibaba_endpoints,
         .account_id_digits = 16,
         .user_name_marks = "._-",  // RAM API reference, CreateUser
         .granularity = std::chrono::hours{1},
         .files = alibaba_files,
         .profile_files = alibaba_profile_files,
         .actions = alibaba_actions,
         .list_action = "ram:ListUsers",
         .policy = "docs/alibaba-policy.json",
         .age_metric = "alicloud.ram.accessKey",
         .age_source = "AlibabaCloud"},
};

}  // namespace

std::span<const Kind> kinds() { return all; }

const Kind* kind(std::string_view name) {
  const auto* found = std::ranges::find(all, name, &Kind::name);
  return found == all.end() ? nullptr : found;
}

const Kind& kind_or_first(std::string_view name) {
  const Kind* found = kind(name);
  return found == nullptr ? all.front() : *found;
}

bool is_user_name(const Kind& kind, std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [&](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) ||
           kind.user_name_marks.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

}  // namespace known
