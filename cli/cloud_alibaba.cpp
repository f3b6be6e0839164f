#include "cli/cloud_parts.hpp"
#include "cli/kms_secrets.hpp"
#include "providers/alibaba_ram/connect.hpp"
#include "providers/alibaba_ram/policies.hpp"
#include "providers/alibaba_ram/settings.hpp"

namespace cli {
namespace {

using cloud_parts::pinned;
using rotation::Answer;

alibaba_ram::AccountSettings settings(const rotation::Connection& connection, const CloudNeeds& needs) {
  return {.profile = pinned(connection, "profile"),
          .region = pinned(connection, "region"),
          .endpoints = cloud_parts::endpoints(connection),
          .log = cloud_parts::log(needs)};
}

class AlibabaAccess final : public CloudAccess {
 public:
  AlibabaAccess(const rotation::Connection& connection, const CloudNeeds& needs)
      : connection_(connection),
        transport_(std::make_shared<const http::TransportSettings>(
            alibaba_ram::transport_settings(settings(connection, needs), cloud_parts::environment(connection)))),
        cloud_(alibaba_ram::connect(settings(connection, needs), cloud_parts::world(connection, needs))) {}

  [[nodiscard]] rotation::Cloud& cloud() override { return *cloud_; }

  [[nodiscard]] rotation::Connection pins() const override {
    const alibaba_ram::Pins found = alibaba_ram::pins(settings(connection_, {}), cloud_parts::environment(connection_));
    rotation::Connection pins = connection_;
    if (!found.region.empty()) pins["region"] = found.region;
    for (const auto& [service, url] : found.endpoints) pins["endpoint." + service] = url;
    return pins;
  }

  [[nodiscard]] Answer<rotation::Nothing> each_user(
      const std::function<bool(const rotation::User& user)>& take) override {
    return cloud_->list_users(
        [&](const rotation::User& user) { return take(user) ? alibaba_ram::More::go_on : alibaba_ram::More::stop; });
  }

  [[nodiscard]] std::unique_ptr<calling::Questions> questions() override { return cloud_->questions(); }
  [[nodiscard]] std::shared_ptr<const http::TransportSettings> transport() const override { return transport_; }

  // RAM has no simulation: the texts of the caller's policies are weighed here.
  [[nodiscard]] Answer<std::vector<Permission>> simulate(const rotation::Arn& principal,
                                                         const std::vector<std::string>& actions,
                                                         const rotation::Arn& resource) override {
    const auto answer = alibaba_ram::read_policies(*cloud_, principal);
    const auto* policies = rotation::done(answer);
    if (policies == nullptr) return rotation::pass_on<std::vector<Permission>>(answer);
    const std::string on = resource.text() == "*" ? alibaba_ram::every_user(principal) : resource.text();
    std::string unread;
    for (const std::string& each : policies->unread) unread += (unread.empty() ? "not read: " : ", ") + each;
    std::vector<Permission> permissions;
    for (const std::string& action : actions) {
      const alibaba_ram::Grant grant = alibaba_ram::evaluate(*policies, action, on);
      const bool certain = grant == alibaba_ram::Grant::allowed || grant == alibaba_ram::Grant::denied;
      permissions.push_back({.action = action,
                             .allowed = grant == alibaba_ram::Grant::allowed || grant == alibaba_ram::Grant::perhaps,
                             .certain = certain,
                             .why = certain ? "" : unread});
    }
    return rotation::Done<std::vector<Permission>>{std::move(permissions)};
  }

  [[nodiscard]] std::unique_ptr<secrets_adapters::VersionedSecrets> secrets(
      const rotation::LocationSpec& spec) override {
    const auto region = spec.settings.find("region");
    return kms_secrets(*cloud_, region == spec.settings.end() ? std::nullopt : std::optional{region->second});
  }

 private:
  rotation::Connection connection_;
  std::shared_ptr<const http::TransportSettings> transport_;
  std::unique_ptr<alibaba_ram::RamCloud> cloud_;
};

}  // namespace

std::unique_ptr<CloudAccess> cloud_parts::open_alibaba(const rotation::Connection& connection,
                                                       const CloudNeeds& needs) {
  return std::make_unique<AlibabaAccess>(connection, needs);
}

}  // namespace cli
