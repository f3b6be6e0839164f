// doctor: everything that a rotation will lean on, looked at before it matters.
#include <algorithm>

#include "cli/commands.hpp"
#include "cli/doctor_checks.hpp"
#include "cli/exit_codes.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/render_lists.hpp"

namespace cli {
namespace {

// What stands in it decides what is rotated, so whoever can write it decides too.
Check config_check(const Config& config) {
  Check check{.name = "config", .ok = true, .detail = config.file.string(), .hint = {}};
  if (config.file.empty()) {
    check.detail = "none: a profile is an account, and keybaton doctor --profile NAME looks at one";
  } else if (anybody_writes(config.file)) {
    check = {.name = "config",
             .ok = false,
             .detail = config.file.string() + " can be written by anybody",
             .hint = "chmod o-w " + config.file.string()};
  } else if (config.accounts.empty()) {
    check = {.name = "config",
             .ok = false,
             .detail = config.file.string() + " has no account: nothing at a cloud was looked at",
             .hint = "add one below accounts:, or name a profile: keybaton doctor --profile NAME"};
  }
  return check;
}

// A config that cannot be read is a finding, not the end of the examination.
Config examined_config(House& house, std::vector<Check>& checks) {
  try {
    Config config = house.config();
    checks.push_back(config_check(config));
    return config;
  } catch (const rotation::Trouble& trouble) {
    checks.push_back(
        {.name = "config", .ok = false, .detail = trouble.problem().message, .hint = trouble.problem().hint});
    return {};
  }
}

void append(std::vector<Check>& all, std::vector<Check> more) { std::ranges::move(more, std::back_inserter(all)); }

// The open one, else the last that was closed. A journal that cannot be read has its own check.
std::optional<rotation::View> latest_rotation(House& house, const ConfiguredTarget& target) {
  try {
    const auto reader = house.reader();
    if (!reader) return std::nullopt;
    std::optional<rotation::RotationId> latest;
    for (const store::Which which : {store::Which::closed, store::Which::open}) {
      for (const rotation::Summary& each : reader->rotations(which)) {
        const bool same = each.target.account == target.account && each.target.user == target.user;
        if (same && each.procedure == rotation::Procedure::rotate) latest = each.id;
      }
    }
    if (latest) return reader->view(*latest);
  } catch (const rotation::Trouble&) {
    return std::nullopt;
  }
  return std::nullopt;
}

void examine_accounts(House& house, const Config& config, std::vector<Check>& checks) {
  std::map<rotation::AccountName, std::unique_ptr<CloudAccess>> reached;
  for (const auto& [name, account] : config.accounts) {
    AccountChecks found = account_checks(house, name, connection_of(account, config), account.account_id);
    append(checks, std::move(found.checks));
    reached[name] = std::move(found.access);
  }
  for (const auto& [words, target] : config.targets) {
    const auto known = latest_rotation(house, target);
    append(checks, target_checks(house, target, reached[target.account].get(), known ? &*known : nullptr));
  }
}

int doctor(const Options& options, const std::optional<std::string>& profile) {
  House house{options};
  std::vector<Check> checks;
  const Config config = examined_config(house, checks);
  append(checks, local_checks(house, config));
  append(checks, worker_checks(house, config));
  if (profile) {
    const Aim aim = aim_at({.target = {}, .profile = profile}, config, Locations::not_needed);
    append(checks, account_checks(house, aim.account, aim.connection, {}).checks);
  } else {
    examine_accounts(house, config, checks);
  }
  append(checks, call_checks(house));  // by the clouds' clock, which is known now
  if (options.json) {
    print_line(json::doctor(checks));
  } else {
    print(doctor_text(checks, out_style(options)));
  }
  const bool well = std::ranges::all_of(checks, &Check::ok);
  return exit_code(well ? rotation::Ending::ok : rotation::Ending::needs_operator);
}

}  // namespace

void describe_doctor(Describer& front) {
  auto profile = std::make_shared<std::optional<std::string>>();
  Describer command = front.command("doctor", "config, permissions, clocks, disk, sealing key, backup, locations");
  command.text("--profile", *profile, "examine this profile instead of the config's accounts", "NAME")
      .examples("  keybaton doctor\n  keybaton doctor --profile dev");
  command.runs([profile](const Options& options) { return doctor(options, *profile); });
}

}  // namespace cli
