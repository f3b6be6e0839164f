// The doctor's look at the worker: where something is to run by itself, does it?
#include <algorithm>

#include "cli/doctor_checks.hpp"
#include "cli/unattended.hpp"
#include "store/jobs.hpp"

namespace cli {
namespace {

constexpr int passes_missed = 3;

bool anything_to_do(const store::JournalReader& reader, const Config& config) {
  const bool rotates = std::ranges::any_of(config.targets, [&](const auto& each) {
    return setting(config, each.second, &PolicyPatch::auto_rotate).value_or(false);
  });
  return rotates || config.clean.enabled || !store::jobs(reader).empty();
}

Check worker_check(const store::JournalReader& reader, const Config& config, rotation::Time now) {
  const std::string start = "enable keybaton-run.timer, or put keybaton run --once into a crontab";
  const auto last = store::last_pass(reader);
  if (!last) return {.name = "worker", .ok = false, .detail = "it has never run", .hint = start};
  const std::string when = rotation::rfc3339(last->began) + " by " + last->by;
  if (now - last->began > passes_missed * config.run.every) {
    return {.name = "worker", .ok = false, .detail = "last ran at " + when, .hint = start};
  }
  if (!last->ended) return {.name = "worker", .ok = true, .detail = "under way since " + when, .hint = {}};
  return {.name = "worker",
          .ok = true,
          .detail = "last ran at " + when + ", exit " + std::to_string(last->exit.value_or(0)),
          .hint = {}};
}

}  // namespace

std::vector<Check> worker_checks(House& house, const Config& config) {
  try {
    const auto reader = house.reader();
    if (!reader || !anything_to_do(*reader, config)) return {};
    return {worker_check(*reader, config, house.now().wall)};
  } catch (const rotation::Trouble&) {
    return {};  // a journal that cannot be read has its own check
  }
}

}  // namespace cli
