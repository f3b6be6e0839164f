#include <system_error>

#include "platform/process.hpp"
#include "providers/aws_iam/shell_words.hpp"
#include "providers/aws_iam/sources.hpp"
#include "providers/aws_iam/unusable.hpp"
#include "rotation/errors.hpp"

namespace aws_iam {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;

namespace {

// What such programs need to find their own settings and agents; never a key of ours.
const std::vector<std::string>& passed_on() {
  static const std::vector<std::string> names{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
                                              "AWS_REGION",      "AWS_DEFAULT_REGION",
                                              "AWS_CA_BUNDLE",   "AWS_VAULT_BACKEND",
                                              "SSH_AUTH_SOCK",   "GPG_TTY",
                                              "GNUPGHOME",       "XDG_RUNTIME_DIR",
                                              "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                                              "XDG_DATA_HOME",   "DBUS_SESSION_BUS_ADDRESS",
                                              "HTTPS_PROXY",     "https_proxy",
                                              "HTTP_PROXY",      "http_proxy",
                                              "NO_PROXY",        "no_proxy",
                                              "SSL_CERT_FILE",   "TERM"};
  return names;
}

class Process final : public CredentialProvider {
 public:
  Process(std::string profile, std::vector<std::string> argv) : profile_(std::move(profile)), argv_(std::move(argv)) {}

  Answer<Credentials> fetch() override {
    auto finished = run();
    std::string what;
    std::optional<Credentials> found;
    if (finished.timed_out) {
      what = "it did not end in time";
    } else if (finished.exit_code != 0) {
      what = "it ended with code " + std::to_string(finished.exit_code);
    } else if (finished.output_cut) {
      what = "it printed too much";
    } else {
      found = read_json_credentials(finished.out, "SessionToken", 1, what);
    }
    rotation::wipe(finished.out);
    if (!found) {
      // What it printed may hold secrets, so it is not shown.
      return Refused{
          Refusal::other, "",
          "the credential_process of the profile " + profile_ + " (" + argv_.front() + ") gave no credentials: " + what,
          ""};
    }
    found->source = "credential_process of the profile " + profile_;
    renewable_ = found->expires.has_value();
    return Done<Credentials>{std::move(*found)};
  }
  [[nodiscard]] bool renewable() const override { return renewable_; }

 private:
  [[nodiscard]] platform::Finished run() const {
    try {
      return platform::run({.argv = argv_, .pass_env = passed_on(), .input = {}});
    } catch (const std::system_error& error) {
      unusable("the credential_process of the profile " + profile_ + " cannot be started: " + argv_.front() + ": " +
                   error.code().message(),
               "mend credential_process in the AWS config file");
    }
  }

  std::string profile_;
  std::vector<std::string> argv_;
  bool renewable_ = true;  // until it gives credentials without an end
};

}  // namespace

std::unique_ptr<CredentialProvider> credential_process(const std::string& profile, const std::string& command_line) {
  auto words = split_words(command_line);
  if (!words || words->empty()) {
    unusable("the credential_process of the profile " + profile + " is not a command line",
             "mend credential_process in the AWS config file");
  }
  return std::make_unique<Process>(profile, std::move(*words));
}

}  // namespace aws_iam
