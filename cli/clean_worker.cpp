#include "cli/clean_worker.hpp"

#include <utility>

#include "cli/clean_consent.hpp"
#include "cli/key_query.hpp"
#include "cli/unattended.hpp"
#include "rotation/stops.hpp"

namespace cli {

CleanReport run_clean(House& house, const Config& config) {
  const CleanSettings& settings = config.clean;
  if (!settings.where) {
    CleanReport nothing;
    nothing.notes.emplace_back("clean.where names no query, so no key was looked for");
    return nothing;
  }
  const UnattendedClean may = unattended_clean(config);
  Clean run{house,
            config,
            {.query = query_of(house.options(), "clean.where of the config", *settings.where),
             .accounts = {},
             .max = may.most,
             .plan = {},
             .consents = {},
             .command = "keybaton clean --where " + rotation::quoted(*settings.where)}};
  run.choose();
  if (may.consent.empty()) {
    const std::size_t keys = run.report().would_start.size();
    run.report().notes.push_back(counted_keys(keys) + " would be started; " + may.why_not);
  } else if (!house.clock().interrupted() && run.agree(may.consent)) {
    run.act();
  }
  return std::move(run.report());
}

}  // namespace cli
