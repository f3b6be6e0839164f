// ~/.aws/config and ~/.aws/credentials, as botocore reads them together.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/ini.hpp"
#include "providers/calling/world.hpp"
#include "providers/http/message.hpp"

namespace aws_iam {

using calling::Environment;
using calling::home_path;

// One of the two files; a missing one is empty.
class AwsFile {
 public:
  AwsFile() = default;
  // Throws Trouble(usage) with file and line for a malformed one, and for one that cannot be read.
  explicit AwsFile(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] const platform::IniText& ini() const { return ini_; }
  // Into this object's text: valid as long as it lives. Empty values count as missing.
  [[nodiscard]] std::optional<std::string_view> value(const platform::IniSection* section, std::string_view key) const;
  [[nodiscard]] std::string_view text(platform::Range range) const;

 private:
  std::filesystem::path path_;
  http::Body text_;  // holds secrets: wiped with the object
  platform::IniText ini_;
};

class Profiles {
 public:
  // AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, or the usual places.
  explicit Profiles(const Environment& env);

  [[nodiscard]] bool has(std::string_view profile) const;
  // The credentials file wins over the config file (botocore merges in this order).
  [[nodiscard]] std::optional<std::string_view> get(std::string_view profile, std::string_view key) const;
  [[nodiscard]] std::optional<std::string_view> from_credentials(std::string_view profile, std::string_view key) const;
  [[nodiscard]] std::optional<std::string_view> from_config(std::string_view profile, std::string_view key) const;
  // `endpoint_url` below `iam =` in the `[services NAME]` that the profile names. Throws Trouble(usage) if it names one
  // that is not there.
  [[nodiscard]] std::optional<std::string_view> service_endpoint(std::string_view profile,
                                                                 std::string_view service) const;

  [[nodiscard]] const AwsFile& config() const { return config_; }
  [[nodiscard]] const AwsFile& credentials() const { return credentials_; }

 private:
  // `[KIND NAME]` of the config file, the name with or without quotes.
  [[nodiscard]] const platform::IniSection* config_section(std::string_view kind, std::string_view name) const;
  [[nodiscard]] const platform::IniSection* config_profile(std::string_view profile) const;

  AwsFile config_;
  AwsFile credentials_;
};

}  // namespace aws_iam
