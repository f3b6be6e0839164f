// Where credentials come from, in the order of the vendor's SDKs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "providers/alibaba_ram/machine_sources.hpp"
#include "providers/alibaba_ram/session_sources.hpp"
#include "providers/alibaba_ram/settings.hpp"

namespace alibaba_ram {

// Environment, OIDC by the environment, ~/.aliyun/config.json, ~/.alibabacloud/credentials, the metadata service of
// ECS, credentials URI. A profile that is named explicitly is looked for in the two files alone.
// Looks at files and the environment; the network is used by the first fetch. Throws Trouble(usage) for half
// credentials, a profile that is nowhere, source profiles in a circle, and a way of signing in that is not spoken.
class Chain {
 public:
  Chain(const World& world, http::Transport& transport, const Files& files, ApiSettings api,
        std::optional<std::string> metadata = {})
      : world_(world), transport_(transport), files_(files), api_(std::move(api)), metadata_(std::move(metadata)) {}

  [[nodiscard]] std::unique_ptr<CredentialProvider> build(const Selected& selected);

 private:
  using Found = std::unique_ptr<CredentialProvider>;
  [[nodiscard]] Found from_environment() const;
  [[nodiscard]] Found from_environment_oidc() const;
  [[nodiscard]] Found from_files(const Selected& selected);
  [[nodiscard]] Found from_cli(const std::string& name);
  [[nodiscard]] Found from_ini(const std::string& name) const;
  [[nodiscard]] Found from_machine() const;
  [[nodiscard]] Found chained(const std::string& name, Value profile, const std::string& where);
  [[nodiscard]] Found role_of(Value profile, const std::string& where, Found source) const;
  [[nodiscard]] Found oidc_of(Value profile, const std::string& where) const;
  [[nodiscard]] Found ini_role(const std::string& name, const std::string& where) const;
  [[nodiscard]] Found ini_oidc(const std::string& name, const std::string& where) const;
  [[nodiscard]] Found instance(std::optional<std::string> role, const std::string& where) const;
  [[nodiscard]] MetadataSettings metadata(std::optional<std::string> role) const;
  [[nodiscard]] RpcApi sts(const std::optional<std::string>& region, const std::optional<std::string>& host,
                           const std::string& where) const;
  [[nodiscard]] std::string session_name() const;
  [[noreturn]] void nowhere(const std::string& name) const;

  const World& world_;
  http::Transport& transport_;
  const Files& files_;
  ApiSettings api_;
  std::optional<std::string> metadata_;  // in place of the usual address
  std::vector<std::string> visited_;     // profiles of config.json, on the way through source_profile
};

}  // namespace alibaba_ram
