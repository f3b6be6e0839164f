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

// A config that cannot be read is a finding, not the end of the examination.
Config examined_config(House& house, std::vector<Check>& checks) {
  try {
    Config config = house.config();
    checks.push_back({.name = "config",
                      .ok = true,
                      .detail = config.file.empty() ? "none: a profile is an account" : config.file.string(),
                      .hint = {}});
    return config;
  } catch (const rotation::Trouble& trouble) {
    checks.push_back(
        {.name = "config", .ok = false, .detail = trouble.problem().message, .hint = trouble.problem().hint});
    return {};
  }
}

void append(std::vector<Check>& all, std::vector<Check> more) { std::ranges::move(more, std::back_inserter(all)); }

int doctor(const Options& options, const std::optional<std::string>& profile) {
  House house{options};
  std::vector<Check> checks;
  const Config config = examined_config(house, checks);
  append(checks, local_checks(house, config));
  if (profile) {
    const Aim aim = aim_at({.target = {}, .profile = profile}, config, Locations::not_needed);
    append(checks, account_checks(house, aim.account, aim.connection, {}));
  } else {
    for (const auto& [name, account] : config.accounts) {
      append(checks, account_checks(house, name, connection_of(account, config), account.account_id));
    }
    for (const auto& [words, target] : config.targets) append(checks, target_checks(target));
  }
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
