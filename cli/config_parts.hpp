// The pieces that config.cpp puts together; not for the commands.
#pragma once

#include "cli/config.hpp"
#include "cli/config_yaml.hpp"

namespace cli::parts {

[[nodiscard]] yaml::Handlers policy_handlers(PolicyPatch& patch);
// Of an account or a target: the policy's keys stand in a `policy` mapping or right beside it, but never in both.
[[nodiscard]] yaml::Handlers policy_at_level(PolicyPatch& patch);

[[nodiscard]] std::map<rotation::AccountName, Account> read_accounts(const yaml::Value& value);
[[nodiscard]] std::map<std::string, ConfiguredTarget> read_targets(
    const yaml::Value& value, const std::map<rotation::AccountName, Account>& accounts);

// https, or http to this machine; no name, no password, no query in it.
[[nodiscard]] std::string read_url(const yaml::Value& value);
[[nodiscard]] MetricsConfig read_metrics(const yaml::Value& value);
[[nodiscard]] CleanSettings read_clean(const yaml::Value& value);
[[nodiscard]] RunSettings read_run(const yaml::Value& value);

// "~" expanded; a relative path begins at the config file's directory.
[[nodiscard]] std::filesystem::path read_path(const yaml::Value& value);

}  // namespace cli::parts
