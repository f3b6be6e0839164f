// Where credentials come from, in botocore's order.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "providers/aws_iam/profiles.hpp"
#include "providers/aws_iam/settings.hpp"
#include "providers/aws_iam/sources.hpp"

namespace aws_iam {

// Environment, role of a profile (by source_profile or credential_source), web identity, SSO (named, not spoken),
// credentials file, credential_process, config file, container, instance metadata.
// Looks at files and the environment alone; the network is used by the first fetch. Throws Trouble(usage) for half
// credentials, a role without a source, source profiles in a circle, and SSO.
class Chain {
 public:
  Chain(const World& world, http::Transport& transport, const Profiles& profiles, ApiSettings sts)
      : world_(world), transport_(transport), profiles_(profiles), sts_(std::move(sts)) {}

  [[nodiscard]] std::unique_ptr<CredentialProvider> build(const Selected& selected);

 private:
  using Found = std::unique_ptr<CredentialProvider>;
  [[nodiscard]] Found from_environment() const;
  [[nodiscard]] Found from_role(const std::string& profile);
  [[nodiscard]] Found from_profile(const std::string& profile, bool with_environment);
  [[nodiscard]] Found from_web_identity(const std::string& profile, bool with_environment) const;
  [[nodiscard]] Found from_machine() const;
  [[nodiscard]] Found source_of_role(const std::string& profile);
  [[nodiscard]] Found named_source(const std::string& profile, const std::string& source) const;
  [[nodiscard]] Found instance() const;
  void refuse_sso(const std::string& profile) const;
  [[nodiscard]] bool has_keys(const std::string& profile) const;
  [[nodiscard]] bool has_role(const std::string& profile) const;
  [[nodiscard]] std::string session_name(const std::string& profile) const;

  const World& world_;
  http::Transport& transport_;
  const Profiles& profiles_;
  ApiSettings sts_;
  std::vector<std::string> visited_;
};

}  // namespace aws_iam
