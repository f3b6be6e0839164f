#include "cli/reports.hpp"

#include <algorithm>

#include "rotation/evidence.hpp"

namespace cli {

rotation::Seconds wait_of(const rotation::Row& row, const rotation::Start& start) {
  switch (row.step) {
    case rotation::Step::verify: {
      rotation::View view;
      view.policy = start.policy;
      view.idle_at_start = start.idle_at_start;
      return rotation::effective_quiet(view) + start.policy.lag;
    }
    case rotation::Step::delete_key: return start.policy.grace;
    case rotation::Step::create:
    case rotation::Step::deploy:
    case rotation::Step::deactivate: break;
  }
  return {};
}

std::vector<rotation::Need> needs_of(const rotation::Row& row, const rotation::Start& start) {
  std::vector<rotation::Need> needs;
  if (wait_of(row, start) > rotation::Seconds{0}) needs.push_back(rotation::Need::wait);
  if (start.policy.confirm.contains(row.step)) needs.push_back(rotation::Need::confirm);
  return needs;
}

rotation::Prospect prospect_of(const rotation::View& open) {
  rotation::Prospect prospect;
  prospect.start = {.procedure = open.procedure,
                    .target = open.target,
                    .policy = open.policy,
                    .connection = open.connection,
                    .provider = open.provider,
                    .self = open.self,
                    .old_key = open.old_key,
                    .old_created = open.old_created,
                    .idle_at_start = open.idle_at_start,
                    .locations = {}};
  return prospect;
}

bool fully_restorable(const rotation::Prospect& prospect) {
  return std::all_of(prospect.locations.begin(), prospect.locations.end(),
                     [](const rotation::SurveyedLocation& location) { return location.restorable; });
}

}  // namespace cli
