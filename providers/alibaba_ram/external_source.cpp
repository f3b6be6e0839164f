#include "providers/alibaba_ram/machine_sources.hpp"
#include "providers/calling/json_reply.hpp"
#include "providers/calling/setback.hpp"
#include "providers/calling/shell_words.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"

namespace alibaba_ram {

namespace {

// What it prints has the form of a profile of the command line's config.
std::optional<calling::Credentials> read_printed(std::string_view printed, std::string& what) {
  std::string mode;
  {
    const auto json = calling::Json::parse(http::Body{printed});
    if (json) mode = json->root().member("mode").text();
  }
  if (!mode.empty() && mode != "AK" && mode != "StsToken") {
    what = "it printed the mode " + calling::plain(mode, "_-", 32) + ", which is neither AK nor StsToken";
    return std::nullopt;
  }
  auto found = calling::read_json_credentials(
      printed, {"access_key_id", "access_key_secret", "sts_token", "expiration"}, std::nullopt, what);
  if (found && mode == "StsToken" && !found->token) {
    what = "it printed the mode StsToken and no sts_token";
    return std::nullopt;
  }
  return found;
}

}  // namespace

std::unique_ptr<CredentialProvider> external(const std::string& where, const std::string& command_line,
                                             const std::string& file) {
  const auto words = "the process_command of " + where;
  const auto hint = "mend process_command in " + file;
  auto argv = calling::split_words(command_line);
  if (!argv || argv->empty() || argv->front().empty()) calling::unusable(words + " is not a command line", hint);
  return calling::from_program(
      {.words = words,
       .argv = std::move(*argv),
       .pass_env = {"ALIBABA_CLOUD_PROFILE", "ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_CREDENTIALS_FILE"},
       .hint = hint,
       .read = read_printed});
}

}  // namespace alibaba_ram
