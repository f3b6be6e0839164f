#include "cli/clean_worker.hpp"

#include <utility>

#include "cli/clean_consent.hpp"
#include "cli/key_query.hpp"
#include "rotation/stops.hpp"

namespace cli {
namespace {

constexpr std::size_t usual_cap = 50;  // of one unattended run, where the config names none

std::string why_only_looking(const CleanSettings& settings) {
  if (!settings.enabled) return "clean.enabled is not set";
  if (settings.dry_run) return "clean.dry_run is set";
  return "clean.consent agrees to nothing";
}

}  // namespace

CleanReport run_clean(House& house, const Config& config) {
  const CleanSettings& settings = config.clean;
  if (!settings.where) {
    CleanReport nothing;
    nothing.notes.emplace_back("clean.where names no query, so no key was looked for");
    return nothing;
  }
  Clean run{house,
            config,
            {.query = query_of(house.options(), "clean.where of the config", *settings.where),
             .accounts = {},
             .max = settings.max_per_run.value_or(usual_cap),
             .plan = {},
             .consents = {},
             .command = "keybaton clean --where " + rotation::quoted(*settings.where)}};
  run.choose();
  const bool may = settings.enabled && !settings.dry_run && !settings.consent.empty();
  if (!may) {
    const std::size_t keys = run.report().would_start.size();
    run.report().notes.push_back(counted_keys(keys) + " would be started; " + why_only_looking(settings));
  } else if (!house.clock().interrupted() && run.agree(settings.consent)) {
    run.act();
  }
  return std::move(run.report());
}

}  // namespace cli
