// ~/.aliyun/config.json, where the aliyun command line keeps its profiles.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "providers/calling/json_reply.hpp"
#include "providers/calling/world.hpp"

namespace alibaba_ram {

using calling::Environment;
using calling::home_path;
using calling::Json;
using calling::Value;

// The `mode` of a profile: how it comes to credentials.
enum class Mode { ak, sts_token, ram_role_arn, chainable_ram_role_arn, ecs_ram_role, external, oidc, uri, other };

// Without a mode, what stands in the profile tells it, as the aliyun command line does; nullopt: nothing does, the
// profile was never set up.
[[nodiscard]] std::optional<Mode> mode_of(Value profile);

class CliConfig {
 public:
  // A missing file is empty, and so is any file where ALIBABA_CLOUD_CLI_PROFILE_DISABLED is "true" in any case.
  // Throws Trouble(usage), with the line where there is one, for a malformed file and one that cannot be read.
  explicit CliConfig(const Environment& env);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] bool disabled() const { return disabled_; }
  // What `current` names; "default" where it names nothing.
  [[nodiscard]] std::string current() const;
  // The first profile of this name; a missing value if there is none. Valid as long as this object lives.
  [[nodiscard]] Value profile(std::string_view name) const;

 private:
  void read();

  std::filesystem::path path_;
  bool disabled_ = false;
  std::optional<Json> json_;
};

// "true", in any case.
[[nodiscard]] bool is_true(const std::optional<std::string>& text);

}  // namespace alibaba_ram
