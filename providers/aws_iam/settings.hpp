// Which profile, region and endpoints an account means, from the config, the environment and the AWS files.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "providers/aws_iam/profiles.hpp"
#include "providers/aws_iam/query_api.hpp"

namespace aws_iam {

struct Selected {
  std::string profile;
  bool explicitly = false;  // by a flag or the config, not by the environment: environment keys are then passed over
};

// A flag or the config, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default". Throws Trouble(usage) for a named profile that
// stands in neither file.
[[nodiscard]] Selected select_profile(const std::optional<std::string>& named, const Environment& env,
                                      const Profiles& profiles);

// A flag or the config, AWS_REGION, AWS_DEFAULT_REGION, the profile; may be empty.
[[nodiscard]] std::string select_region(const std::optional<std::string>& named, const Environment& env,
                                        const Profiles& profiles, const std::string& profile);

// The config's map ("iam", "ssm"), then botocore's order: AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL, the profile's
// `services` section, its endpoint_url. Throws Trouble(usage) for an address that keybaton may not speak to.
[[nodiscard]] Endpoints select_endpoints(const std::map<std::string, std::string>& named, const Environment& env,
                                         const Profiles& profiles, const std::string& profile,
                                         const std::string& region);

// AWS_CA_BUNDLE, the profile's ca_bundle, SSL_CERT_FILE.
[[nodiscard]] std::optional<std::string> select_ca_bundle(const Environment& env, const Profiles& profiles,
                                                          const std::string& profile);

}  // namespace aws_iam
