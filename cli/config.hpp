// The config file, read strictly: what it asks for is either done or refused with file, line and column.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_metrics.hpp"
#include "providers/known/kinds.hpp"
#include "rotation/names.hpp"
#include "rotation/ports.hpp"
#include "rotation/view.hpp"

namespace cli {

// What one level (top, account, target) says of the policy; what it leaves open comes from the level above.
struct PolicyPatch {
  std::optional<rotation::Seconds> max_age, quiet, grace, lag, granularity, propagation, check_every, late_undo;
  std::optional<std::set<rotation::Step>> confirm;
  std::optional<std::vector<rotation::UserName>> exclude_users;
  std::optional<bool> auto_rotate;  // the worker starts rotations of keys older than max_age
};

struct Account {
  rotation::AccountName name;
  std::string provider{known::kinds().front().name};
  std::optional<std::string> profile;             // none: the provider's usual chain
  std::optional<rotation::AccountId> account_id;  // a pin
  std::optional<std::string> region;
  std::map<std::string, std::string> endpoints;  // "iam", "ram", "sts", … → URL
  PolicyPatch policy;
  bool canary = false;  // its rotations go first when the worker starts them
};

struct ConfiguredTarget {
  rotation::AccountName account;
  rotation::UserName user;
  PolicyPatch policy;
  std::optional<rotation::Seconds> cadence;
  bool canary = false;
  std::vector<rotation::LocationSpec> locations;  // paths in `settings` are absolute
};

// What the worker may do unattended, and what holds for every clean.
struct CleanWarning {
  std::vector<rotation::Seconds> before;  // the first warning, and those that follow it; the longest first
  std::vector<std::string> run;
  rotation::Seconds timeout{60};
};
struct CleanSettings {
  bool enabled = false;
  bool dry_run = false;
  std::optional<std::string> where;
  std::optional<std::size_t> max_per_run, max_per_account;
  std::size_t parallel = 16;
  std::set<rotation::Step> consent;
  rotation::OnUse on_use = rotation::OnUse::stop;
  std::optional<CleanWarning> warn;
  std::map<rotation::UserName, std::string> owners;
  std::optional<std::string> owner_tag;
};

// Of the worker.
struct RunSettings {
  rotation::Seconds every = std::chrono::hours{1};
  std::size_t max_rotations = 10;  // that one pass starts
};

struct Config {
  std::filesystem::path file;  // empty: there is no config file
  std::map<rotation::AccountName, Account> accounts;
  PolicyPatch policy;
  std::optional<std::filesystem::path> sealing_key;  // absolute
  std::vector<std::filesystem::path> search_paths;   // absolute
  std::map<std::string, ConfiguredTarget> targets;   // by "ACCOUNT/USER", as written
  RunSettings run;
  MetricsConfig metrics;
  CleanSettings clean;

  // nullptr if the config has none.
  [[nodiscard]] const Account* account(const rotation::AccountName& name) const;
  [[nodiscard]] const ConfiguredTarget* target(const rotation::AccountName& name, const rotation::UserName& user) const;
};

// Throws Trouble(usage), its message starting with "FILE:LINE:COLUMN: "; no file, or one that cannot be read or is
// above 1 MiB, likewise.
[[nodiscard]] Config load_config(const std::filesystem::path& file);
// The same from text; `file` is for messages and for relative paths.
[[nodiscard]] Config parse_config(const std::string& text, const std::filesystem::path& file);
// A default-made Config if there is no such file: a profile is then an account. Else as load_config.
[[nodiscard]] Config load_config_if_present(const std::filesystem::path& file);

// ---- policy --------------------------------------------------------------------------------------------------------

enum class Loopback : bool { no, yes };

// "http://127.0.0.1:5000", "http://[::1]/", "http://localhost": the host is this machine.
[[nodiscard]] bool loopback_url(std::string_view url);

// The command line's word, above every level of the config.
struct PolicyOptions {
  std::optional<rotation::Seconds> quiet, grace;
  std::optional<std::string> override_reason;  // lets a value pass below its floor
};

struct EffectivePolicy {
  rotation::Policy policy;
  std::vector<std::string> warnings;  // for stderr, a sentence each
};

// Defaults, then top, account, target, options. Off loopback the floors hold: quiet 1 h, grace 24 h, lag 4 h; a value
// below one throws Trouble(usage) unless it is overridden, which then is a warning. `granularity` is the provider's.
[[nodiscard]] EffectivePolicy effective_policy(const Config& config, const rotation::AccountName& account,
                                               const rotation::UserName& user, const PolicyOptions& options,
                                               Loopback loopback, rotation::Seconds granularity);

// ---- where things are ----------------------------------------------------------------------------------------------

// By XDG_CONFIG_HOME and XDG_STATE_HOME (taken only if absolute, as the base directory specification says), else below
// the home directory.
[[nodiscard]] std::filesystem::path default_config_path();
[[nodiscard]] std::filesystem::path default_journal_path();
[[nodiscard]] std::filesystem::path default_sealing_key_path();

}  // namespace cli
