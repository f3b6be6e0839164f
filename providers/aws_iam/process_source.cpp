#include "providers/aws_iam/sources.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"

namespace aws_iam {

std::unique_ptr<CredentialProvider> credential_process(const std::string& profile, const std::string& command_line) {
  const std::string words = "the credential_process of the profile " + profile;
  const std::string hint = "mend credential_process in the AWS config file";
  auto argv = calling::split_words(command_line);
  if (!argv || argv->empty()) calling::unusable(words + " is not a command line", hint);
  return calling::from_program({.words = words,
                                .argv = std::move(*argv),
                                .pass_env = {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION",
                                             "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE", "AWS_VAULT_BACKEND"},
                                .hint = hint,
                                .read = [](std::string_view printed, std::string& what) {
                                  return calling::read_json_credentials(
                                      printed, {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}, 1,
                                      what);
                                }});
}

}  // namespace aws_iam
