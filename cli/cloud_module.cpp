// The cloud module: the one place where the command line meets the providers' concrete classes.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include "cli/cloud_access.hpp"
#include "cli/version.hpp"
#include "providers/aws_iam/connect.hpp"
#include "providers/aws_iam/settings.hpp"

namespace cli {
namespace {

using rotation::Answer;

std::optional<std::string> pinned(const rotation::Connection& connection, const char* key) {
  const auto found = connection.find(key);
  if (found == connection.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

// A colleague's home is closed to us: whoever goes on with a team's rotation signs with credentials of his own, and the
// identity check says whether they will do.
bool closed_to_us(const std::string& file) { return ::access(file.c_str(), R_OK) != 0 && errno == EACCES; }

// The environment as it was when the connection was pinned, where that matters: another AWS_SHARED_CREDENTIALS_FILE
// today must not lead a resume to other credentials.
calling::Environment environment(const rotation::Connection& connection) {
  return [connection, real = calling::real_world().env](const std::string& name) -> std::optional<std::string> {
    if (name == "AWS_SHARED_CREDENTIALS_FILE") {
      if (auto file = pinned(connection, "credentials_file"); file && !closed_to_us(*file)) return file;
    }
    if (name == "AWS_CONFIG_FILE") {
      if (auto file = pinned(connection, "config_file"); file && !closed_to_us(*file)) return file;
    }
    return real(name);
  };
}

calling::World world(const rotation::Connection& connection, const CloudNeeds& needs) {
  calling::World made = calling::real_world();
  made.env = environment(connection);
  if (needs.ask_code) made.ask_code = needs.ask_code;
  if (!needs.interrupted) return made;
  made.interrupted = needs.interrupted;
  // In slices, so that Ctrl-C ends a retry's pause within a tenth of a second.
  made.sleep = [interrupted = needs.interrupted](rotation::Millis span) {
    while (span.count() > 0 && !interrupted()) {
      const rotation::Millis slice = std::min(span, rotation::Millis{100});
      std::this_thread::sleep_for(slice);
      span -= slice;
    }
    return !interrupted();
  };
  return made;
}

aws_iam::AccountSettings settings(const rotation::Connection& connection, const CloudNeeds& needs) {
  aws_iam::AccountSettings account{.profile = pinned(connection, "profile"), .region = pinned(connection, "region")};
  for (const std::string service : {"iam", "sts"}) {
    if (const auto url = pinned(connection, ("endpoint." + service).c_str())) account.endpoints[service] = *url;
  }
  if (needs.log) {
    account.log = [log = needs.log](const http::LogLine& line) {
      log(line.what + " " + std::to_string(line.status) + " " + line.ending + " " + line.request_id + " " +
          std::to_string(line.took.count()) + "ms");
    };
  }
  return account;
}

class AwsAccess final : public CloudAccess {
 public:
  AwsAccess(const rotation::Connection& connection, const CloudNeeds& needs)
      : connection_(connection), cloud_(aws_iam::connect(settings(connection, needs), world(connection, needs))) {}

  [[nodiscard]] rotation::Cloud& cloud() override { return *cloud_; }

  [[nodiscard]] rotation::Connection pins() const override {
    const calling::Environment env = environment(connection_);
    const aws_iam::Profiles profiles{env};
    const auto selected = aws_iam::select_profile(pinned(connection_, "profile"), env, profiles);
    const std::string region = aws_iam::select_region(pinned(connection_, "region"), env, profiles, selected.profile);
    const auto chosen =
        aws_iam::select_endpoints(settings(connection_, {}).endpoints, env, profiles, selected.profile, region);
    rotation::Connection pins = connection_;
    if (!region.empty()) pins["region"] = region;
    if (chosen.iam.overridden) pins["endpoint.iam"] = chosen.iam.url;
    if (chosen.sts.overridden) pins["endpoint.sts"] = chosen.sts.url;
    return pins;
  }

  [[nodiscard]] Answer<rotation::Nothing> each_user(
      const std::function<bool(const rotation::User& user)>& take) override {
    return cloud_->list_users(
        [&](const rotation::User& user) { return take(user) ? aws_iam::More::go_on : aws_iam::More::stop; });
  }

  [[nodiscard]] Answer<std::vector<Permission>> simulate(const rotation::Arn& principal,
                                                         const std::vector<std::string>& actions,
                                                         const rotation::Arn& resource) override {
    const auto answer = cloud_->simulate(principal, actions, resource.text());
    const auto* simulated = rotation::done(answer);
    if (simulated == nullptr) return rotation::pass_on<std::vector<Permission>>(answer);
    std::vector<Permission> permissions;
    for (const aws_iam::Simulated& each : *simulated) {
      permissions.push_back({.action = each.action, .allowed = each.decision == "allowed"});
    }
    return rotation::Done<std::vector<Permission>>{std::move(permissions)};
  }

 private:
  rotation::Connection connection_;
  std::unique_ptr<aws_iam::IamCloud> cloud_;
};

}  // namespace
}  // namespace cli

extern "C" {

[[gnu::visibility("default")]] const char* keybaton_cloud_version() { return cli::version; }

[[gnu::visibility("default")]] cli::CloudAccess* keybaton_cloud_open(const rotation::Connection& connection,
                                                                     const cli::CloudNeeds& needs) {
  const auto provider = connection.find("provider");
  if (provider != connection.end() && provider->second != "aws") {
    throw rotation::Trouble(rotation::Ending::usage,
                            {.message = "The provider \"" + provider->second + "\" is not in this version.",
                             .keys = "Nothing was done, no key was touched.",
                             .hint = "use an account whose provider is aws"});
  }
  return std::make_unique<cli::AwsAccess>(connection, needs).release();
}
}
