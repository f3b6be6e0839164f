// Which profile, region and endpoints an account means, from the config, the environment and the vendor's files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "providers/alibaba_ram/cli_config.hpp"
#include "providers/alibaba_ram/credentials_ini.hpp"
#include "providers/alibaba_ram/rpc_api.hpp"

namespace alibaba_ram {

// The vendor's two files; read once.
struct Files {
  explicit Files(const Environment& env) : cli(env), ini(env) {}
  CliConfig cli;
  CredentialsIni ini;
};

struct Selected {
  std::optional<std::string> profile;  // empty: `current` of config.json, or `default` of the ini
  bool explicitly = false;  // by a flag or the config, not by the environment: environment keys are then passed over
};

// A flag or the config, ALIBABA_CLOUD_PROFILE.
[[nodiscard]] Selected select_profile(const std::optional<std::string>& named, const Environment& env);

// A flag or the config, then ALIBABA_CLOUD_REGION_ID and the region_id of the profile in config.json; of these two the
// profile comes first where it is named explicitly. May be empty. Throws Trouble(usage) for what is no region.
[[nodiscard]] std::string select_region(const std::optional<std::string>& named, const Environment& env,
                                        const Files& files, const Selected& selected);

// The config's map ("ram", "sts", "ims", "actiontrail", "kms"), else the vendor's hosts. Where the map has a `ram`,
// what it does not name is absent: who speaks to a cloud of his own must not reach the real one by an omission. Throws
// Trouble(usage) for an address that may not be spoken to, and for a `ram` without an `sts`.
[[nodiscard]] Endpoints select_endpoints(const std::map<std::string, std::string>& named, const std::string& region);

// SSL_CERT_FILE.
[[nodiscard]] std::optional<std::string> select_ca_bundle(const Environment& env);

// The STS of a region. Throws Trouble(usage) for what is no region; `where` says where it stands.
[[nodiscard]] Endpoint regional_sts(std::string_view region, const std::string& where);
// The STS at a host of its own (`sts_endpoint`), likewise.
[[nodiscard]] Endpoint named_sts(std::string_view host, const std::string& where);

}  // namespace alibaba_ram
