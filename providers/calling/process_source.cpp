#include <system_error>

#include "platform/process.hpp"
#include "providers/calling/sources.hpp"
#include "providers/calling/unusable.hpp"

namespace calling {

using rotation::Answer;
using rotation::Done;
using rotation::Refusal;
using rotation::Refused;

namespace {

// What such programs need to find their agents and a way out; never a key of ours.
const std::vector<std::string>& always_passed_on() {
  static const std::vector<std::string> names{
      "SSH_AUTH_SOCK",   "GPG_TTY",        "GNUPGHOME",     "XDG_RUNTIME_DIR",
      "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DBUS_SESSION_BUS_ADDRESS",
      "HTTPS_PROXY",     "https_proxy",    "HTTP_PROXY",    "http_proxy",
      "NO_PROXY",        "no_proxy",       "SSL_CERT_FILE", "TERM"};
  return names;
}

class FromProgram final : public CredentialProvider {
 public:
  explicit FromProgram(Program program) : program_(std::move(program)) {
    program_.pass_env.insert(program_.pass_env.end(), always_passed_on().begin(), always_passed_on().end());
  }

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
      found = program_.read(finished.out, what);
    }
    rotation::wipe(finished.out);
    if (!found) {
      // What it printed may hold secrets, so it is not shown.
      return Refused{Refusal::other, "",
                     program_.words + " (" + program_.argv.front() + ") gave no credentials: " + what, ""};
    }
    found->source = program_.words;
    renewable_ = found->expires.has_value();
    return Done<Credentials>{std::move(*found)};
  }
  [[nodiscard]] bool renewable() const override { return renewable_; }

 private:
  [[nodiscard]] platform::Finished run() const {
    try {
      return platform::run({.argv = program_.argv, .pass_env = program_.pass_env, .input = {}});
    } catch (const std::system_error& error) {
      unusable(program_.words + " cannot be started: " + program_.argv.front() + ": " + error.code().message(),
               program_.hint);
    }
  }

  Program program_;
  bool renewable_ = true;  // until it gives credentials without an end
};

}  // namespace

std::unique_ptr<CredentialProvider> from_program(Program program) {
  return std::make_unique<FromProgram>(std::move(program));
}

}  // namespace calling
