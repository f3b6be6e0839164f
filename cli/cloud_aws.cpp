#include "cli/aws_parameters.hpp"
#include "cli/aws_secrets.hpp"
#include "cli/cloud_parts.hpp"
#include "providers/aws_iam/connect.hpp"
#include "providers/aws_iam/settings.hpp"
#include "providers/calling/unusable.hpp"

namespace cli {
namespace {

using cloud_parts::pinned;
using rotation::Answer;

aws_iam::AccountSettings settings(const rotation::Connection& connection, const CloudNeeds& needs) {
  return {.profile = pinned(connection, "profile"),
          .region = pinned(connection, "region"),
          .endpoints = cloud_parts::endpoints(connection),
          .log = cloud_parts::log(needs)};
}

class AwsAccess final : public CloudAccess {
 public:
  AwsAccess(const rotation::Connection& connection, const CloudNeeds& needs)
      : connection_(connection),
        transport_(std::make_shared<const http::TransportSettings>(
            aws_iam::transport_settings(settings(connection, needs), cloud_parts::environment(connection)))),
        cloud_(aws_iam::connect(settings(connection, needs), cloud_parts::world(connection, needs))) {}

  [[nodiscard]] rotation::Cloud& cloud() override { return *cloud_; }

  [[nodiscard]] rotation::Connection pins() const override {
    const calling::Environment env = cloud_parts::environment(connection_);
    const aws_iam::Profiles profiles{env};
    const auto selected = aws_iam::select_profile(pinned(connection_, "profile"), env, profiles);
    const std::string region = aws_iam::select_region(pinned(connection_, "region"), env, profiles, selected.profile);
    const auto chosen =
        aws_iam::select_endpoints(settings(connection_, {}).endpoints, env, profiles, selected.profile, region);
    rotation::Connection pins = connection_;
    if (!region.empty()) pins["region"] = region;
    if (chosen.iam.overridden) pins["endpoint.iam"] = chosen.iam.url;
    if (chosen.sts.overridden) pins["endpoint.sts"] = chosen.sts.url;
    for (const auto& [service, url] : chosen.own) {
      pins["endpoint." + std::string{aws_iam::service_name(service)}] = url;
    }
    return pins;
  }

  [[nodiscard]] Answer<rotation::Nothing> each_user(
      const std::function<bool(const rotation::User& user)>& take) override {
    return cloud_->list_users(
        [&](const rotation::User& user) { return take(user) ? aws_iam::More::go_on : aws_iam::More::stop; });
  }

  [[nodiscard]] Answer<rotation::CredentialReport> report() override { return cloud_->report(); }
  [[nodiscard]] std::unique_ptr<calling::Questions> questions() override { return cloud_->questions(); }
  [[nodiscard]] std::shared_ptr<const http::TransportSettings> transport() const override { return transport_; }

  [[nodiscard]] Answer<rotation::UserName> user_with(const rotation::AccessKeyId& key) override {
    return cloud_->user_with(key);
  }

  [[nodiscard]] Answer<std::map<std::string, std::string>> tags_of(const rotation::UserName& user) override {
    const auto answer = cloud_->user_tags(user);
    const auto* tags = rotation::done(answer);
    if (tags == nullptr) return rotation::pass_on<std::map<std::string, std::string>>(answer);
    std::map<std::string, std::string> named;
    for (const auto& [name, value] : *tags) named[name] = value;
    return rotation::Done<std::map<std::string, std::string>>{std::move(named)};
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

  [[nodiscard]] std::unique_ptr<secrets_adapters::VersionedSecrets> secrets(
      const rotation::LocationSpec& spec) override {
    return aws_secrets(*cloud_, region_of(spec));
  }
  [[nodiscard]] std::unique_ptr<secrets_adapters::Parameters> parameters(const rotation::LocationSpec& spec) override {
    return aws_parameters(*cloud_, region_of(spec));
  }

 private:
  // Empty: the account's. Throws Trouble (usage) where there is none: a secret of some other region is not this one.
  [[nodiscard]] std::string region_of(const rotation::LocationSpec& spec) const {
    const auto own = spec.settings.find("region");
    if (own == spec.settings.end() && cloud_->endpoints().region.empty()) {
      calling::unusable("location " + spec.name.text() + ": no region is known for a location of type " + spec.type,
                        "give the location, or the account, a region");
    }
    return own == spec.settings.end() ? "" : own->second;
  }

  rotation::Connection connection_;
  std::shared_ptr<const http::TransportSettings> transport_;
  std::unique_ptr<aws_iam::IamCloud> cloud_;
};

}  // namespace

std::unique_ptr<CloudAccess> cloud_parts::open_aws(const rotation::Connection& connection, const CloudNeeds& needs) {
  return std::make_unique<AwsAccess>(connection, needs);
}

}  // namespace cli
